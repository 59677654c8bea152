"""Which items a member of an ensemble learns from, and which validate it: each member has a fold of its own."""

from __future__ import annotations

from torch import Tensor

from ..core.draws import Draws


def fold(k: int, count: int, train: int, valid: int, seed: int) -> tuple[Tensor, Tensor]:
    """Numbers of items, the `train` before the `valid`, to learn from and to validate on, in fold k of `count`.

    As many validate as did before, so that folds may share items; where none did, each item validates in one fold.
    """
    items = train + valid
    begin, end = (k * valid, (k + 1) * valid) if valid else (k * items // count, (k + 1) * items // count)
    order = Draws("folds", seed).permutation(items).roll(-begin)
    return order[end - begin :], order[: end - begin]
