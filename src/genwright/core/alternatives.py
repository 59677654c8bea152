"""Several values of one given variable, such as the captions of an image: a batch shows one of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from . import ragged
from .draws import Draws
from .ragged import Ragged


@dataclass(frozen=True)
class Alternatives:
    """Further values of a variable that n items have beside the first, which stands in their `given` (n, G).

    values: a set of rows (w,) for each item, empty where it has its first value alone. shares: a set of numbers (1,)
    for each item, how often a batch shows each of these values; else it shows the first. column: where the variable
    begins among the G columns.
    """

    values: Ragged
    shares: Ragged
    column: int

    def __getitem__(self, which: Tensor | slice) -> Alternatives:
        return replace(self, values=self.values[which], shares=self.shares[which])

    def to(self, device: torch.device | str) -> Alternatives:
        return replace(self, values=self.values.to(device), shares=self.shares.to(device))

    @property
    def nbytes(self) -> int:
        return self.values.nbytes + self.shares.nbytes

    def chosen(self, given: Tensor, which: Tensor, seed: int) -> Tensor:
        """given (k, G) of the items `which` (k,), with one value for each item: a function of the seed and k."""
        rows, first, counts = self.values.x, self.values.ptr[which], self.values.sizes[which]
        drawn = Draws("alternatives", seed).uniform(len(which)).to(given.device)
        number = torch.arange(int(counts.max()), device=given.device)
        shares = self.shares.x[(first[:, None] + number).clamp(max=len(rows) - 1), 0] * (number < counts[:, None])
        chosen = (drawn[:, None] >= shares.cumsum(1)).sum(1)  # the first value where it is none of the others
        other = rows[(first + chosen).clamp(max=len(rows) - 1)]
        given, own = given.clone(), slice(self.column, self.column + rows.shape[1])
        given[:, own] = torch.where((chosen < counts)[:, None], other, given[:, own])
        return given


def join(parts: Sequence[Alternatives | None], sizes: Sequence[int]) -> Alternatives | None:
    """The alternatives of all parts, one after another; None where no part has any. sizes: items of each part."""
    first = next((part for part in parts if part is not None), None)
    if first is None:
        return None
    none = lambda like, size: Ragged(like.x[:0], like.ptr.new_zeros(size + 1))
    joined = {
        name: ragged.join(
            [
                none(getattr(first, name), size) if part is None else getattr(part, name)
                for part, size in zip(parts, sizes)
            ]
        )
        for name in ("values", "shares")
    }
    return replace(first, **joined)
