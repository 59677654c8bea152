"""A spec as real coordinates, for families that need them: x -> z with its log-determinant, and back.

Discrete leaves are dequantised by uniform noise over one level. By Jensen's inequality the expected log density of z
plus the log-determinant is then a lower bound on the log mass of x; for real leaves it is the exact log density.
"""

from collections.abc import Callable
from math import log

import torch
from torch import Tensor, nn

from ..core.draws import Draws
from ..core.monte_carlo import log_average
from ..core.spec import Spec
from .marginals import Marginals

ROOM = 2**17  # numbers whose coordinates are computed at a time, since they take many times their memory
DRAWS = 8  # dequantisations of an item, whose densities are averaged


class Columns(nn.Module):
    """Gaussian coordinates z (B, D) of scalar leaves, by their marginals: about standard normal in each column."""

    sample_size = 2048  # items that a mean by kind is measured on
    estimates = 4  # estimates of the log density of an item; their spread is its error

    def __init__(self, spec: Spec):
        super().__init__()
        self.marginals = Marginals(spec)
        self.kinds = len(spec.columns)  # kinds of numbers: each column is its own

    def mean_by_kind(self, numbers: Tensor) -> Tensor:
        """Averages numbers by kind of number: (n, D) -> (kinds,)."""
        return numbers.mean(0)

    def forward(self, x: Tensor, rng: Draws) -> tuple[Tensor, Tensor]:
        """Maps rows x (B, D) to coordinates z (B, D) and log |dz/dx| (B, D), one term a column."""
        return self.marginals.to_gaussian(x, rng)

    def steady(self, x: Tensor) -> Tensor:
        """Maps rows to coordinates z without randomness: places within the levels come from a fixed seed."""
        return self(x, Draws.from_seed(0, x.device))[0]

    def inverse(self, z: Tensor) -> Tensor:
        """Maps coordinates z (B, D) to rows x (B, D) float32. Discrete leaves land on their lattice; absent values are
        NaN."""
        return self.marginals.from_gaussian(z)


class Array(nn.Module):
    """Coordinates of one leaf with a shape: pixels as z in [-1, 1], real arrays as they are."""

    marginals = None  # no number of an array is ever absent
    kinds = 1  # kinds of numbers: all are alike
    sample_size, estimates = 128, 2  # as in `Columns`; each item holds many numbers of one kind

    def __init__(self, spec: Spec):
        super().__init__()
        self.leaf = spec.leaf

    def mean_by_kind(self, numbers: Tensor) -> Tensor:
        """Averages numbers by kind of number: (n, *shape) -> (kinds,)."""
        return numbers.mean().view(1)

    def forward(self, x: Tensor, rng: Draws) -> tuple[Tensor, Tensor]:
        """Maps arrays x (B, *shape) to coordinates z and log |dz/dx|, one term a number, both of that shape."""
        x = x.float()
        if not self.leaf.discrete:
            return x, torch.full_like(x, -self.leaf.log_volume)
        noise = rng.uniform(x.shape)
        return (x + noise) * (2 / self.leaf.levels) - 1, torch.full_like(x, log(2 / self.leaf.levels))

    def centre(self, x: Tensor) -> Tensor:
        """Maps arrays to coordinates z without noise, in the middle of each level."""
        return (x.float() + 0.5) * (2 / self.leaf.levels) - 1 if self.leaf.discrete else x.float()

    steady = centre

    def inverse(self, z: Tensor) -> Tensor:
        """Maps coordinates z to arrays x (B, *shape) float32: the level that holds z, the nearest one beyond [-1,
        1]."""
        if not self.leaf.discrete:
            return z.float()
        return ((z.float() + 1) * (self.leaf.levels / 2)).floor().clamp(0, self.leaf.levels - 1)


def rows_at_once(x: Tensor) -> int:
    """Chooses how many items of x (n, *shape) to map at a time: at least as many as an item has numbers, so that their
    covariance is worth its cost."""
    numbers = max(1, x.shape[1:].numel())
    return max(numbers, ROOM // numbers)


def continuous(spec: Spec) -> Columns | Array:
    """Returns the coordinates of a spec: `Array` for one leaf with a shape, else `Columns`.

    Args:
        spec: The variables.
    """
    return Array(spec) if spec.is_array else Columns(spec)


def level_width(spec: Spec) -> float:
    """Returns the width in z of the levels of an array; 0 where there are none, or where they have different widths, as
    in columns."""
    return 2 / spec.leaf.levels if spec.is_array and spec.discrete else 0.0


def exactness(spec: Spec) -> str:
    """Returns the kind of likelihood that a density over `continuous` coordinates gives: "exact" if every number is
    real and never missing, else "lower bound".

    Args:
        spec: The variables.
    """
    bound = spec.discrete or any(leaf.discrete or leaf.optional for leaf in spec.columns)
    return "lower bound" if bound else "exact"


def log_mean_density(
    spec: Spec, view: Columns | Array, log_density: Callable[[Tensor], Tensor], x: Tensor, rng: Draws,
    draws: int | None = None, known: Tensor | None = None,
) -> tuple[Tensor, Tensor | None]:  # fmt: skip
    """Estimates the log of the mean density of x over random dequantisations: (B,) nats, and its standard error. If
    nothing is discrete, x has one density, and the error is None. With more draws the bound is tighter, by Jensen's
    inequality (Burda 2016).

    Args:
        spec: The variables.
        view: Their coordinates, as `continuous` returns them.
        log_density: z (B, *shape) -> (B,) nats; with `known`, the density of the unknown numbers alone.
        x: (B, *shape) items.
        rng: Random draws.
        draws: Number of dequantisations. Default: None, 8.
        known: bool like x, True where it is known. Default: None.
    """

    def one() -> Tensor:
        z, log_det = view(x, rng)
        log_det = log_det if known is None else log_det.masked_fill(known, 0.0)
        return log_density(z) + log_det.flatten(1).sum(1)

    if exactness(spec) == "exact":
        return one(), None
    return log_average(torch.stack([one() for _ in range(draws or DRAWS)]).double())
