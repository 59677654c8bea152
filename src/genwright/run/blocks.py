"""Items are sampled and scored in blocks of fixed sizes, each with its own stream of random numbers. The first k of n
samples therefore equal the k samples of a shorter call, and no batch size changes a result.

The size of a block depends only on its position. Small blocks come first, so one item costs one and a thousand cost a
thousand. For scoring, the first block is larger: the error of a Monte Carlo estimate is learned from the items that
are scored together (see `core.monte_carlo`), which may be copies of one item.
"""

from collections.abc import Iterator
from itertools import chain, repeat

from torch import Tensor

from ..core.ragged import X
from ..core.spec import Spec

ROWS, ITEM_BLOCKS = (1, 15, 240, 256), (1, 3, 12, 48, 64)  # the last of them again and again
SCORED_ROWS, SCORED_OTHERS = (16, 240, 256), (16, 48, 64)


def sizes_of(spec: Spec, scored: bool = False) -> tuple[int, ...]:
    """Sizes of blocks of such items."""
    row = not (spec.is_array or spec.is_set)
    if scored:
        return SCORED_ROWS if row else SCORED_OTHERS
    return ROWS if row else ITEM_BLOCKS


def blocks(n: int, sizes: tuple[int, ...]) -> Iterator[tuple[int, int]]:
    """(start, end) of the whole blocks that hold n items."""
    start = 0
    for size in chain(sizes, repeat(sizes[-1])):
        if start >= n:
            return
        yield start, start + size
        start += size


class Repeated:
    """Items at places, where those beyond the last item begin with the first again. A slice holds no more than is asked
    for."""

    def __init__(self, items: X, places: Tensor):
        self.items, self.places = items, places

    def __len__(self) -> int:
        return len(self.places)

    def __getitem__(self, which: slice) -> X:
        return self.items[self.places[which] % len(self.items)]
