"""Items are drawn and scored in blocks of fixed sizes, each with its own stream of random numbers, so that the first
k of n are the k that would come alone, and no batch size changes a result.

The sizes are fixed by position, and small ones come first: one item costs one, a thousand cost a thousand. Where items
are scored the first block holds more, since the error of a number that is drawn is learned from the items scored with
it (see `core.monte_carlo`), be they the same one many times.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, repeat

import torch

from ..core.either import X
from ..core.spec import Spec

ROWS, OTHERS = (1, 15, 240, 256), (1, 3, 12, 48, 64)  # the last of them again and again
SCORED_ROWS, SCORED_OTHERS = (16, 240, 256), (16, 48, 64)


def sizes_of(spec: Spec, scored: bool = False) -> tuple[int, ...]:
    """Sizes of blocks of such items."""
    row = not (spec.is_array or spec.is_set)
    if scored:
        return SCORED_ROWS if row else SCORED_OTHERS
    return ROWS if row else OTHERS


def blocks(n: int, sizes: tuple[int, ...]) -> Iterator[tuple[int, int]]:
    """(start, end) of the whole blocks that hold n items."""
    start = 0
    for size in chain(sizes, repeat(sizes[-1])):
        if start >= n:
            return
        yield start, start + size
        start += size


class Repeated:
    """Items one time after another, `times` over, of which a slice holds no more than is asked for."""

    def __init__(self, items: X, times: int):
        self.items, self.times = items, times

    def __len__(self) -> int:
        return len(self.items) * self.times

    def __getitem__(self, which: slice) -> X:
        return self.items[torch.arange(*which.indices(len(self))) % len(self.items)]
