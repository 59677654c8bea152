"""Every random draw is a function of named integers and names, never of a global state."""

import threading
from contextlib import contextmanager
from copy import copy
from functools import cached_property

import torch
from torch import Tensor

from .errors import not_finite
from .seeds import seed_of

_TURN = threading.RLock()  # held while torch's global generators are seeded; a fit inside a fit holds it twice


def require_numbers(masses: Tensor) -> None:
    """Raises RunError where any of masses, or of their logs, is NaN: a draw would be the first of them."""
    if masses.isnan().any():
        raise not_finite("the probabilities of the model are")


class Draws:
    """A stream of random numbers on one device: a function of the seed's parts, the rank, and the draws before.

    Args:
        parts: Names and numbers of the seed.
        rank: Of the process, as in `seed_of`. Default: 0.
        device: Device of the numbers. Default: the CPU.

    Shapes are given as torch takes them: `normal(3, 4)` or `normal((3, 4))`.
    """

    def __init__(self, *parts: int | str, rank: int = 0, device: torch.device | str = "cpu"):
        self._begin(seed_of(*parts, rank=rank), device)

    @classmethod
    def from_seed(cls, seed: int, device: torch.device | str = "cpu") -> "Draws":
        """Returns the stream of torch's own seed, where no parts name one."""
        draws = cls.__new__(cls)
        draws._begin(seed, device)
        return draws

    def _begin(self, seed: int, device: torch.device | str) -> None:
        self.seed, self.device = seed, torch.device(device)
        self.generator = torch.Generator(self.device).manual_seed(seed)

    def items(self, n: int) -> "ItemDraws":
        """Returns a stream for each of n items."""
        return ItemDraws(self.seed, n, self.device)

    @cached_property
    def host(self) -> torch.Generator:
        """The CPU generator of plain numbers, which need no other device."""
        return self.generator if self.device.type == "cpu" else torch.Generator().manual_seed(self.seed)

    def uniform(self, *shape: int | tuple[int, ...], dtype: torch.dtype = torch.float32) -> Tensor:
        """Draws uniform numbers in [0, 1).

        Args:
            dtype: Type of the numbers.
            *shape: Shape of the result.
        """
        return torch.rand(*shape, generator=self.generator, dtype=dtype, device=self.device)

    def normal(self, *shape: int | tuple[int, ...], dtype: torch.dtype = torch.float32) -> Tensor:
        """Draws standard normal numbers.

        Args:
            dtype: Type of the numbers.
            *shape: Shape of the result.
        """
        return torch.randn(*shape, generator=self.generator, dtype=dtype, device=self.device)

    def integers(self, high: int, shape: tuple[int, ...], low: int = 0) -> Tensor:
        """Draws int64 numbers low .. high - 1, each as likely.

        Args:
            high: above the largest.
            shape: Shape of the result.
            low: the least.
        """
        return torch.randint(low, high, shape, generator=self.generator, device=self.device)

    def number(self, high: int) -> int:
        """Draws one of 0 .. high - 1, each as likely."""
        return int(torch.randint(high, (), generator=self.host))

    def permutation(self, n: int) -> Tensor:
        """Draws a permutation (n,) int64 of 0 .. n - 1."""
        return torch.randperm(n, generator=self.generator, device=self.device)

    def balanced_permutation(self, classes: Tensor) -> Tensor:
        """Draws a permutation (n,) int64 that spreads each class of `classes` (n,) evenly, so that any run of items has
        its share of each, but for one item. For one class, it is that of `permutation`."""
        order = self.permutation(len(classes))
        classes = classes.to(self.device)[order]
        place = torch.empty(len(classes), dtype=torch.float64, device=self.device)
        for one in classes.unique():
            class_rows = (classes == one).nonzero()[:, 0]
            place[class_rows] = (
                torch.arange(len(class_rows), device=self.device) + self.uniform(1, dtype=torch.float64)
            ) / len(class_rows)
        return order[place.argsort(stable=True)]

    def categories(self, weights: Tensor, count: int = 1, replacement: bool = False) -> Tensor:
        """Draws numbers (..., count) int64 in proportion to weights (..., K). Raises RunError for NaN among them.

        Args:
            weights: (..., K), at least 0.
            count: draws from each row.
            replacement: whether a number may come twice.
        """
        require_numbers(weights)
        return torch.multinomial(weights, count, replacement, generator=self.generator)


class ItemDraws:
    """A stream of random numbers for each item: the numbers of item i depend on no other item.

    Otherwise, the numbers of a set would change with the sizes of the sets before it. Draws are packed, item after
    item: (counts.sum(), *shape), where counts (n,) int64 says how many rows each item draws.

    Args:
        seed: Seed of all streams.
        n: Number of items.
        device: Device of the numbers.
    """

    def __init__(self, seed: int, n: int, device: torch.device):
        self.streams = [Draws(seed, "item", i, device=device) for i in range(n)]

    def __len__(self) -> int:
        return len(self.streams)

    def __getitem__(self, ids: Tensor) -> "ItemDraws":
        """The streams of some of the items, which go on where they are."""
        selected = copy(self)
        selected.streams = [self.streams[i] for i in ids.tolist()]
        return selected

    def normal(self, counts: Tensor, *shape: int) -> Tensor:
        """Draws standard normal numbers, counts[i] of item i."""
        return torch.cat([rng.normal(m, *shape) for rng, m in zip(self.streams, counts.tolist())])

    def uniform(self, counts: Tensor, *shape: int) -> Tensor:
        """Draws uniform numbers in [0, 1), counts[i] of item i."""
        return torch.cat([rng.uniform(m, *shape) for rng, m in zip(self.streams, counts.tolist())])

    def categories(self, counts: Tensor, p: Tensor) -> Tensor:
        """Draws a category from each row of probabilities p (counts.sum(), K): int64. Raises as `Draws` does."""
        require_numbers(p)
        return (p.cumsum(1) <= self.uniform(counts, 1)).sum(1).clamp(max=p.shape[1] - 1)


class RowDraws:
    """Random numbers for some rows of a block. Each call draws the numbers of the whole block and returns those of the
    chosen rows, so the numbers of a row do not depend on which other rows are chosen.

    Shapes are those of the chosen rows: (b, ...).

    Args:
        rng: Random numbers of the block.
        rows: (b,) numbers of the chosen rows.
        n: Rows of the block.
    """

    def __init__(self, rng: Draws, rows: Tensor, n: int):
        self.rng, self.rows, self.n = rng, rows, n
        self.device = rng.device

    def normal(self, *shape: int | tuple[int, ...], dtype: torch.dtype = torch.float32) -> Tensor:
        """Draws standard normal numbers.

        Args:
            dtype: Type of the numbers.
            shape: Shape of the result.
        """
        return self.rng.normal(self._full_shape(shape), dtype=dtype)[self.rows]

    def uniform(self, *shape: int | tuple[int, ...], dtype: torch.dtype = torch.float32) -> Tensor:
        """Draws uniform numbers in [0, 1).

        Args:
            dtype: Type of the numbers.
            shape: Shape of the result.
        """
        return self.rng.uniform(self._full_shape(shape), dtype=dtype)[self.rows]

    def categories(self, weights: Tensor) -> Tensor:
        """Draws a category (b, 1) int64 in proportion to each row's weights (b, K)."""
        whole = weights.new_ones(self.n, weights.shape[1])
        whole[self.rows] = weights
        return self.rng.categories(whole)[self.rows]

    def _full_shape(self, shape: tuple) -> tuple[int, ...]:
        return self.n, *(shape[0] if isinstance(shape[0], tuple) else shape)[1:]


@contextmanager
def seeded(seed: int, device: torch.device | str = "cpu"):
    """Seeds torch's global generators, of the CPU and of a device, within this context: first weights and dropout use
    them.

    Afterwards, the generators return to their earlier state. Other threads of this process wait at their own `seeded`.

    Args:
        seed: Seed of the generators.
        device: Device whose generator is seeded too.
    """
    device = torch.device(device)
    with _TURN:
        generators = [torch.default_generator]
        if device.type == "cuda":
            torch.cuda.init()
            generators.append(torch.cuda.default_generators[device.index or 0])
        states_before = [generator.get_state() for generator in generators]
        for generator in generators:
            generator.manual_seed(seed)
        try:
            yield
        finally:
            for generator, state in zip(generators, states_before):
                generator.set_state(state)
