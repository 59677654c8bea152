"""Folds of an ensemble: each member has its own partition into training and validation items."""

from torch import Tensor

from ..core.draws import Draws


def fold(k: int, count: int, train: int, valid: int, seed: int) -> tuple[Tensor, Tensor]:
    """Indices of the training and of the validation items in fold k of `count`.

    Index i < train is a training item of the original split; the `valid` indices after it are validation items. Each
    fold has `valid` validation items, so folds may overlap. If `valid` is 0, each item validates in exactly one fold.
    """
    items = train + valid
    begin, end = (k * valid, (k + 1) * valid) if valid else (k * items // count, (k + 1) * items // count)
    order = Draws("folds", seed).permutation(items).roll(-begin)
    return order[end - begin :], order[: end - begin]
