"""Scalar leaves side by side, as tensors: bins, and the way to Gaussian coordinates and back.

Every column has the bins of its `Marginal`; an absent value has a bin of its own, in front. The first and the last bin
of a number reach to infinity: a tail has their mass. A column that is absent with another one has no mass for it: where
that one is there, so is it, and where that one is absent, it is nothing but absent. Two views of a column follow:

* bins: (B, D) long. A family with a categorical head over bins has the exact mass or density of a histogram whose
  conditional weights it learns (`log_inside`: log mass or density of a number given its bin).
* gaussian: z = Phi^-1(F(x + u)), F the distribution function of the marginal, u uniform over one level for discrete
  leaves (Rueschendorf's distributional transform). A value that is absent with another one has a z of pure noise, which
  costs nothing on the mean: the log of the normal density is taken off. Columns marked `plain` are taken as they are,
  but that beyond their tail bins z grows as the log of x, which keeps the squares of any number of float32 finite.

An entropy coder codes a number's level inside its bin: evenly inside a bin, and by its tail in the outermost
ones.

A tail spreads the mass of an outermost bin over all numbers beyond those of training:

    P(T > t) = (1 + t)^-TAIL_POWER,   t >= 0 the distance from the bin's inner edge in units of the scale (Lomax 1954)

It is a power of t, so that an outlier of heavy-tailed data costs a few nats, and one a hundred times as far out 18
more. With power 3, draws have a finite mean and variance. The scale is half of the observed range: half of the draws
from a tail lie within an eighth of the range from its edge, and one in 700 farther than four ranges.
"""

from math import log

import numpy as np
import torch
from torch import Tensor, nn

from ..core.draws import Draws
from ..core.entropy_coder import Coder, code_raw
from ..core.spec import Category, Leaf, Spec

TAIL_POWER = 3
TAIL_SCALE = 1 / 16  # share of the width of a tail bin, which is eight observed ranges
EDGE = 1e-6  # smallest mass beyond a z that networks see: |z| is at most 4.75
LARGEST = torch.finfo(torch.float32).max


def mass_beyond(t: Tensor) -> Tensor:
    """Computes P(T > t) of the tail distribution."""
    return (-TAIL_POWER * t.log1p()).exp()


def mass_within(t: Tensor) -> Tensor:
    """Computes P(T <= t) of the tail distribution."""
    return -(-TAIL_POWER * t.log1p()).expm1()


def tail_distance(share: Tensor) -> Tensor:
    """Computes the t beyond which `share` of the mass lies."""
    return (-share.log() / TAIL_POWER).expm1()


def tail_log_density(t: Tensor) -> Tensor:
    """Computes the log density of T at t, per unit of the scale."""
    return log(TAIL_POWER) - (TAIL_POWER + 1) * t.log1p()


def tail_log_mass(t: Tensor, step: Tensor) -> Tensor:
    """Computes log P(t < T <= t + step)."""
    return -TAIL_POWER * t.log1p() + torch.log(-(-TAIL_POWER * (step / (1 + t)).log1p()).expm1())


def _has_flag(leaf: Leaf) -> bool:
    """Whether a scalar may be absent by a flag of its own."""
    return leaf.optional and not leaf.absent_with


class Marginals(nn.Module):
    """The marginal distributions of scalar leaves, by bins. bins: K, the most that a column has, with one for "absent"
    in front.

    x: (B, D) as the Spec says, NaN for absent. Raises ValueError for a leaf without a marginal."""

    def __init__(self, spec: Spec):
        super().__init__()
        self.spec = spec
        leaves = spec.columns
        if any(leaf.marginal is None for leaf in leaves):
            raise ValueError("every scalar leaf needs a margin: the domain fits them on the training rows")
        self.bins = max((len(leaf.marginal.probs) for leaf in leaves), default=0) + 1  # the first bin is "absent"
        edges, probs, ends = [], [], []
        for leaf in leaves:
            e, p = np.asarray(leaf.marginal.edges, float), np.asarray(leaf.marginal.probs, float)
            missing_share = leaf.marginal.absent if _has_flag(leaf) else 0.0
            pad = self.bins - 1 - len(p)
            edges.append(np.r_[e[0] - 1, e, e[-1] + 1 + np.arange(pad)])
            probs.append(np.r_[missing_share, p * (1 - missing_share) / p.sum(), np.zeros(pad)])
            ends.append([e[0], e[1], e[-2], e[-1]])
        probs = np.array(probs).reshape(-1, self.bins)
        zero = np.zeros((len(leaves), 1))
        real = [len(leaf.marginal.probs) for leaf in leaves]
        live = np.array(
            [[_has_flag(leaf)] + [True] * r + [False] * (self.bins - 1 - r) for leaf, r in zip(leaves, real)]
        )
        cum, above = probs.cumsum(1).clip(max=1), probs[:, ::-1].cumsum(1)[:, ::-1]
        edges = torch.tensor(np.array(edges).reshape(-1, self.bins + 1))
        self.register_buffer("edges", edges, False)  # (D, K + 1) float64
        self.register_buffer("cum", torch.tensor(np.c_[zero, cum]), False)  # mass below each edge
        self.register_buffer("above", torch.tensor(np.c_[above, zero]), False)  # mass above each edge
        self.register_buffer("live", torch.tensor(live.reshape(-1, self.bins)), False)  # (D, K) bins that exist
        self.register_buffer("last", torch.tensor(real, dtype=torch.long), False)  # number of each column's last bin
        self.register_buffer("discrete", torch.tensor([leaf.discrete for leaf in leaves]), False)
        tailed = [not isinstance(leaf, Category) and r > 1 for leaf, r in zip(leaves, real)]
        self.register_buffer("tailed", torch.tensor(tailed), False)
        plain = [leaf.marginal.plain for leaf in leaves]
        self.register_buffer("plain", torch.tensor(plain), False)
        self.register_buffer("flags", torch.tensor(spec.flags, dtype=torch.long), False)  # whose flag is each column's
        self.any_tailed, self.any_plain = any(tailed), any(plain)
        self.any_followers = spec.flags != [*range(len(leaves))]
        self.register_buffer("log_scale", torch.tensor([leaf.log_volume for leaf in leaves]).float(), False)
        self.register_buffer("ends", torch.tensor(ends).reshape(-1, 4).double(), False)  # edges of the outermost bins
        self.register_buffer("least", self.ends[:, 0] + 1e-9, False)  # inside the outermost bins
        self.register_buffer("most", self.ends[:, 3] - 1e-9, False)

    # ------------------------------------------------------------------ bins

    def to_bins(self, x: Tensor) -> Tensor:
        """Finds the bin (B, D) long of each number of x (B, D); 0 where absent."""
        return self._bin_of(self._finite(x))

    def bins_of_column(self, x: Tensor, column: int) -> Tensor:
        """Finds the bin (B,) long of each number (B,) of one column, as in `to_bins`."""
        y = self._finite(x)
        clamped = y.clamp(self.least[column], self.most[column])
        bins = torch.searchsorted(self.edges[column], clamped, right=True) - 1
        return bins.clamp(0, self.bins - 1).masked_fill(y.isnan(), 0)

    def from_bins(self, bins: Tensor, rng: Draws) -> Tensor:
        """Samples a number inside each bin: (B, D). Uniform except in tails, on the lattice for discrete leaves; NaN
        for bin 0.

        Args:
            bins: (B, D) long, bin of each number.
            rng: Random numbers.
        """
        share = rng.uniform(bins.shape, dtype=torch.float64)
        ends = self.bounds(bins)
        return self._settle(self._value_at(share, 1 - share, ends), bins, ends)

    def bounds(self, bins: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Returns the ends of each bin, and whether it is a lower or an upper tail: (B, D) each."""
        is_lower_tail, upper = self.tailed & (bins == 1), self.tailed & (bins == self.last)
        return self._gather(self.edges, bins), self._gather(self.edges, bins + 1), is_lower_tail, upper

    def log_inside(self, x: Tensor, bins: Tensor) -> Tensor:
        """Computes log p(x | bin) (B, D), in the user's units, 0 where absent.

        Args:
            x: (B, ...) input.
            bins: those of x.
        """
        left, right, is_lower_tail, upper = self.bounds(bins)
        t, scale = self._tail_distance(self._finite(x), left, right, is_lower_tail)
        half_unit = torch.where(self.discrete, 0.5 / scale, 0.0)  # half a level, in units of the tail's scale
        level, point = tail_log_mass((t - half_unit).clamp(min=0), 2 * half_unit), tail_log_density(t) - scale.log()
        tail = torch.where(self.discrete, level, point)
        inside_density = torch.where(is_lower_tail | upper, tail, -(right - left).log())
        return torch.where(bins == 0, 0.0, inside_density - self.log_scale).float()

    def follows(self, x: Tensor) -> Tensor | None:
        """Finds the numbers of x (B, D) that are absent because the column whose absence flag they share is absent: (B,
        D) bool. None where each column has its own flag. None where each column has its own flag."""
        return self._flagged(x) & x.isnan() if self.any_followers else None

    def without_followers(self, x: Tensor) -> Tensor:
        """Sets numbers to NaN where the column whose absence flag they share is absent: (B, D)."""
        return x.masked_fill(self._flagged(x), torch.nan) if self.any_followers else x

    def _flagged(self, x: Tensor) -> Tensor:
        column = torch.arange(len(self.flags), device=x.device)
        return x.isnan()[:, self.flags] & (self.flags != column)

    def present(self, rng: Draws, n: int) -> Tensor:
        """Samples n rows (n, D) from each column's own marginal, given that the value is present."""
        u = rng.uniform(n, len(self.cum), dtype=torch.float64)
        return self.from_bins(self._bin_at(self.cum[:, 1] + (1 - self.cum[:, 1]) * u).clamp(min=1), rng)

    # ------------------------------------------------------------------ Gaussian coordinates

    def centre(self, x: Tensor, bins: Tensor) -> Tensor:
        """Maps numbers to Gaussian coordinates (B, D) without noise, as networks read them: the middle of the level,
        clamped to the range of training rows; 0 where absent.

        Args:
            x: (B, D) numbers.
            bins: (B, D) bins of the numbers.
        """
        y = self._finite(x)
        u = self._mass_below(y, bins)
        z = torch.special.ndtri(u.clamp(EDGE, 1 - EDGE))
        clamped = torch.minimum(torch.maximum(y, self.ends[:, 1]), self.ends[:, 2])
        return torch.where(self.plain, clamped, z).float().masked_fill(x.isnan(), 0.0)

    def to_gaussian(self, x: Tensor, rng: Draws) -> tuple[Tensor, Tensor]:
        """Maps numbers to Gaussian coordinates z (B, D) and log |dz / dx| (B, D), in the user's units.

        The derivative is per level for discrete leaves. An absent value is a point mass, so its log derivative is that
        of its bin.

        Args:
            x: (B, D) numbers.
            rng: Random numbers that place a level inside its interval.
        """
        y = self._finite(x)
        jitter = rng.uniform(x.shape, dtype=torch.float64) - 0.5
        y = torch.where(x.isnan(), self.edges[:, 0] + 0.5, y)
        y = y + torch.where(self.discrete | x.isnan(), jitter * (1 - 1e-6), 0.0)
        bins = self._bin_of(y).masked_fill(x.isnan(), 0)
        u, q, log_slope = self._rank(y, bins)
        if (is_missing := self.follows(x)) is not None:
            share = jitter * (1 - 1e-6)
            u, q = torch.where(is_missing, 0.5 + share, u), torch.where(is_missing, 0.5 - share, q)
            log_slope = log_slope.masked_fill(is_missing, 0.0)
        z = torch.where(u < 0.5, torch.special.ndtri(u.clamp(min=1e-300)), -torch.special.ndtri(q.clamp(min=1e-300)))
        log_det = log_slope + 0.5 * z**2 + 0.9189385332046727
        log_det = log_det - torch.where(bins == 0, 0.0, self.log_scale)
        if not self.any_plain:
            return z.float().contiguous(), log_det.float().contiguous()
        clamped, distance, scale = self._tail_excess(y)
        squeezed = clamped + distance.sign() * scale * (distance.abs() / scale).log1p()
        slope = -(distance.abs() / scale).log1p() - self.log_scale
        return torch.where(self.plain, squeezed, z).float(), torch.where(self.plain, slope, log_det).float()

    def from_gaussian(self, z: Tensor) -> Tensor:
        """Maps Gaussian coordinates to numbers (B, D). Discrete leaves land on their lattice; absent values become
        NaN."""
        z = z.double()
        u, q = (torch.special.erfc(-sign * z / 2**0.5) / 2 for sign in (1, -1))  # `ndtr` is 0 below -8
        bins = self._bin_at(u)
        low, high = self._gather(self.cum, bins), self._gather(self.above, bins + 1)
        mass = (self._gather(self.above, bins) - high).clamp(min=1e-30)
        ends = self.bounds(bins)
        x = self._settle(self._value_at((u - low) / mass, (q - high) / mass, ends), bins, ends)
        x = self.without_followers(x)
        if not self.any_plain:
            return x.contiguous()
        clamped, distance, scale = self._tail_excess(z)
        stretched = clamped + distance.sign() * scale * (distance.abs() / scale).expm1()
        return torch.where(self.plain, stretched.clamp(-LARGEST, LARGEST).float(), x)

    # ------------------------------------------------------------------ inside

    def _finite(self, x: Tensor) -> Tensor:
        return x.double().clamp(-LARGEST, LARGEST)

    def _gather(self, table: Tensor, bins: Tensor) -> Tensor:
        return torch.gather(table, 1, bins.T).T

    def _bin_of(self, y: Tensor) -> Tensor:
        """(B, D) float64 -> the bin that holds each number, 0 for NaN."""
        clamped = torch.minimum(torch.maximum(y, self.least), self.most)
        bins = torch.searchsorted(self.edges, clamped.T.contiguous(), right=True).T - 1
        return bins.clamp(0, self.bins - 1).masked_fill(y.isnan(), 0)

    def _bin_at(self, u: Tensor) -> Tensor:
        """(B, D) ranks -> the bin that holds each."""
        bins = torch.searchsorted(self.cum, u.T.contiguous(), right=True).T - 1
        return torch.minimum(bins.clamp(min=0), self.last)

    def _mass_below(self, y: Tensor, bins: Tensor) -> Tensor:
        """The marginal's mass below y: (B, D)."""
        left, right, is_lower_tail, upper = self.bounds(bins)
        share = (y - left) / (right - left)
        if self.any_tailed:
            t, _ = self._tail_distance(y, left, right, is_lower_tail)
            share = torch.where(is_lower_tail, mass_beyond(t), torch.where(upper, mass_within(t), share))
        low = self._gather(self.cum, bins)
        return low + (self._gather(self.cum, bins + 1) - low) * share

    def _rank(self, y: Tensor, bins: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """The marginal's mass below y and above it, and the log of its density per unit of x: (B, D) each."""
        left, right, is_lower_tail, upper = self.bounds(bins)
        width = right - left
        below, above, log_density = (y - left) / width, (right - y) / width, -width.log()
        if self.any_tailed:
            t, scale = self._tail_distance(y, left, right, is_lower_tail)
            mass_inside, mass_past = mass_within(t), mass_beyond(t)
            below = torch.where(is_lower_tail, mass_past, torch.where(upper, mass_inside, below))
            above = torch.where(is_lower_tail, mass_inside, torch.where(upper, mass_past, above))
            log_density = torch.where(is_lower_tail | upper, tail_log_density(t) - scale.log(), log_density)
        low, high = self._gather(self.cum, bins), self._gather(self.above, bins + 1)
        mass = self._gather(self.cum, bins + 1) - low
        return low + mass * below, high + mass * above, mass.clamp(min=1e-30).log() + log_density

    def _tail_distance(self, y: Tensor, left: Tensor, right: Tensor, is_lower_tail: Tensor) -> tuple[Tensor, Tensor]:
        """Distance of y beyond the inner edge of a tail, in units of its scale; and that scale. left, right, lower: of
        its bin, as `bounds` says."""
        scale = (right - left) * TAIL_SCALE
        return torch.where(is_lower_tail, right - y, y - left).clamp(min=0) / scale, scale

    def _value_at(self, below: Tensor, above: Tensor, ends: tuple[Tensor, ...]) -> Tensor:
        """The number in each bin with these shares of the bin's mass on either side. ends: as of `bounds`."""
        left, right, is_lower_tail, upper = ends
        if not self.any_tailed:
            return left + below * (right - left)
        outside_mass = torch.where(is_lower_tail, below, above).clamp(1e-300, 1)
        distance = (right - left) * TAIL_SCALE * tail_distance(outside_mass)
        return torch.where(
            is_lower_tail, right - distance, torch.where(upper, left + distance, left + below * (right - left))
        )

    def _settle(self, y: Tensor, bins: Tensor, ends: tuple[Tensor, ...]) -> Tensor:
        """Numbers as x: on the lattice for discrete leaves, NaN for bin 0. ends: as of `bounds`."""
        left, right, is_lower_tail, upper = ends
        lowest, highest = torch.where(is_lower_tail, -torch.inf, left + 0.5), torch.where(upper, torch.inf, right - 0.5)
        on_lattice = torch.minimum(torch.maximum(y.round(), lowest), highest)
        x = torch.where(self.discrete, on_lattice, y).clamp(-LARGEST, LARGEST)
        return torch.where(bins == 0, torch.nan, x).float()

    def _tail_excess(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """x: (B, D) within the tail bins, by how much it lies beyond them, with its sign, the scale of the tails."""
        clamped = torch.minimum(torch.maximum(x, self.ends[:, 0]), self.ends[:, 3])
        return clamped, x - clamped, (self.ends[:, 1] - self.ends[:, 0]) * TAIL_SCALE


NEAR_LEVELS = 4096  # levels of a tail that have symbols of their own; numbers farther out are coded as they are


def code_inside(marginals: Marginals, bins: Tensor, coder: Coder, x: Tensor | None) -> Tensor:
    """Writes or reads numbers (B,) on the lattice of the only column of `marginals` by an entropy coder, given their
    bins; NaN in bin 0.

    Args:
        marginals: Marginals of one column.
        bins: (B,) long, bins of x.
        coder: The coder.
        x: (B,) numbers to write, None to read.
    """
    left, right, is_lower_tail, upper = (part[:, 0] for part in marginals.bounds(bins[:, None]))
    is_present, outer = bins > 0, is_lower_tail | upper
    numbers = torch.full((len(bins),), torch.nan, dtype=torch.float64)
    numbers[is_present] = left[is_present] + 0.5
    select = lambda rows, value: None if x is None else value()[rows].round().long()
    many = is_present & ~outer & (right - left > 1.5)
    numbers[many] += coder.code_even((right - left)[many].long(), select(many, lambda: x - left - 0.5))
    levels = torch.where(is_lower_tail, right - 0.5 - x, x - left - 0.5) if x is not None else None
    far = None if levels is None else levels.clamp(0, NEAR_LEVELS)
    tail_steps = coder.code(_tail_masses((right - left)[outer]), select(outer, lambda: far))
    inner = torch.where(is_lower_tail[outer], right[outer] - 0.5 - tail_steps, left[outer] + 0.5 + tail_steps)
    escaped = tail_steps == NEAR_LEVELS
    inner[escaped] = code_raw(coder, int(escaped.sum()), None if x is None else x[outer][escaped]).double()
    numbers[outer] = inner
    return numbers.float()


def _tail_masses(width: Tensor) -> Tensor:
    """(n, NEAR_LEVELS + 1): of the first levels of tails, and of all that are farther. width: (n,) of the outermost
    bins."""
    step = 1 / (width[:, None] * TAIL_SCALE)
    edges = mass_beyond(step * torch.arange(NEAR_LEVELS + 1))
    return torch.cat([edges[:, :-1] - edges[:, 1:], edges[:, -1:]], 1)
