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

    values: a set of rows (w,) for each item, empty where it has its first value alone. column: where the variable
    begins among the G columns. rate: how often a batch shows another value than the first, where an item has others; by
    default each of an item's values is as likely.
    """

    values: Ragged
    column: int
    rate: float | None = None

    def __getitem__(self, which: Tensor | slice) -> Alternatives:
        return replace(self, values=self.values[which])

    def to(self, device: torch.device | str) -> Alternatives:
        return replace(self, values=self.values.to(device))

    @property
    def nbytes(self) -> int:
        return self.values.nbytes

    def chosen(self, given: Tensor, which: Tensor, seed: int) -> Tensor:
        """given (k, G) of the items `which` (k,), with one value for each item: a function of the seed and k."""
        rows, counts = self.values.x, self.values.sizes[which]
        rate = counts / (counts + 1) if self.rate is None else self.rate * (counts > 0)
        drawn = Draws("alternatives", seed).uniform(len(which)).to(given.device)
        number = (drawn / rate * counts).nan_to_num().long().clamp(max=counts - 1)
        other = rows[(self.values.ptr[which] + number).clamp(0, len(rows) - 1)]
        given, own = given.clone(), slice(self.column, self.column + rows.shape[1])
        given[:, own] = torch.where((drawn < rate)[:, None], other, given[:, own])
        return given


def join(parts: Sequence[Alternatives | None], sizes: Sequence[int]) -> Alternatives | None:
    """The alternatives of all parts, one after another; None where no part has any. sizes: items of each part."""
    first = next((part for part in parts if part is not None), None)
    if first is None:
        return None
    sets = [
        Ragged(first.values.x[:0], first.values.ptr.new_zeros(size + 1)) if part is None else part.values
        for part, size in zip(parts, sizes)
    ]
    return replace(first, values=ragged.join(sets))
