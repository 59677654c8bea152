"""Scalar leaves side by side, as tensors: bins, and the way to Gaussian coordinates and back.

Every column has the bins of its `Margin`; an absent value has a bin of its own, in front. Two views of a column follow:

* bins: (B, D) long. A family with a categorical head over bins has the exact mass or density of a histogram whose
  conditional weights it learns (`log_width` is the log of the number of levels, or of the user's units, in a bin).
* gaussian: z = Phi^-1(F(x + u)), F the piecewise-linear distribution function of the margin, u uniform over one level for
  discrete leaves (Rueschendorf's distributional transform). Columns marked `plain` are taken as they are.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

from .spec import Spec

EDGE = 1e-6  # u is kept this far from 0 and 1: |z| <= 4.75


class Margins(nn.Module):
    """The margins of a spec of scalar leaves."""

    def __init__(self, spec: Spec):
        super().__init__()
        self.spec = spec
        leaves = spec.columns
        if any(leaf.margin is None for leaf in leaves):
            raise ValueError("every scalar leaf needs a margin: the domain fits them on the training rows")
        self.bins = max((len(leaf.margin.probs) for leaf in leaves), default=0) + 1  # the first bin is "absent"
        edges, probs, widths = [], [], []
        for leaf in leaves:
            e, p = np.asarray(leaf.margin.edges, float), np.asarray(leaf.margin.probs, float)
            absent = leaf.margin.absent if leaf.optional else 0.0
            pad = self.bins - 1 - len(p)
            edges.append(np.r_[e[0] - 1, e, e[-1] + 1 + np.arange(pad)])
            probs.append(np.r_[absent, p * (1 - absent) / p.sum(), np.zeros(pad)])
            widths.append(np.r_[0.0, np.log(np.diff(e)) + leaf.log_volume, np.zeros(pad)])
        probs = np.array(probs).reshape(-1, self.bins)
        real = [len(leaf.margin.probs) for leaf in leaves]
        live = np.array([[leaf.optional] + [True] * r + [False] * (self.bins - 1 - r) for leaf, r in zip(leaves, real)])
        self.register_buffer("edges", torch.tensor(np.array(edges).reshape(-1, self.bins + 1)), False)  # (D, K + 1) float64
        self.register_buffer("cum", torch.tensor(np.c_[np.zeros(len(leaves)), probs.cumsum(1)].clip(max=1)), False)
        self.register_buffer("log_width", torch.tensor(np.array(widths).reshape(-1, self.bins)).float(), False)
        self.register_buffer("live", torch.tensor(live.reshape(-1, self.bins)), False)  # (D, K) bins that exist
        self.register_buffer("discrete", torch.tensor([leaf.discrete for leaf in leaves]), False)
        self.register_buffer("plain", torch.tensor([leaf.margin.plain for leaf in leaves]), False)
        self.register_buffer("log_scale", torch.tensor([leaf.log_volume for leaf in leaves]).float(), False)
        last = [e[1 + r] for e, r in zip(self.edges, real)]
        self.register_buffer("low", self.edges[:, 1].contiguous(), False)
        self.register_buffer("high", torch.stack(last) if last else torch.zeros(0, dtype=torch.float64), False)

    def _within(self, x: Tensor) -> Tensor:
        """x: (B, D) with NaN for absent -> float64, inside the outermost edges, absent moved into its own bin's middle."""
        inside = torch.minimum(torch.maximum(x.double(), self.low + 1e-9), self.high - 1e-9)
        return torch.where(x.isnan(), self.edges[:, 0] + 0.5, inside)

    def _locate(self, y: Tensor) -> Tensor:
        bins = torch.searchsorted(self.edges, y.T.contiguous(), right=True).T - 1
        return bins.clamp(0, self.bins - 1)

    def to_bins(self, x: Tensor) -> Tensor:
        """(B, D) -> (B, D) long: the bin of each number; 0 where absent."""
        return self._locate(self._within(x))

    def from_bins(self, bins: Tensor, rng: torch.Generator) -> Tensor:
        """(B, D) long -> (B, D): a uniform draw inside each bin (on the lattice for discrete leaves), NaN for bin 0."""
        left, right = self._bounds(bins)
        y = left + (right - left) * torch.rand(bins.shape, generator=rng, dtype=torch.float64)
        return torch.where(bins == 0, torch.nan, self._settle(y, left, right)).float()

    def _bounds(self, bins: Tensor) -> tuple[Tensor, Tensor]:
        left = torch.gather(self.edges, 1, bins.T).T
        return left, torch.gather(self.edges, 1, bins.T + 1).T

    def _pieces(self, bins: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Ends of each bin, and the distribution function there: left, right, low, high, (B, D) each."""
        left, right = self._bounds(bins)
        return left, right, self.cum.gather(1, bins.T).T, self.cum.gather(1, bins.T + 1).T

    def centre(self, x: Tensor, bins: Tensor) -> Tensor:
        """The Gaussian coordinate (B, D) of each number without noise: the middle of its level; 0 where absent."""
        left, right, low, high = self._pieces(bins)
        u = low + (high - low) * (self._within(x) - left) / (right - left)
        z = torch.special.ndtri(u.clamp(EDGE, 1 - EDGE))
        return torch.where(self.plain, x.double(), z).float().masked_fill(x.isnan(), 0.0)

    def _settle(self, y: Tensor, left: Tensor, right: Tensor) -> Tensor:
        on_lattice = torch.minimum(torch.maximum(y.round(), left + 0.5), right - 0.5)
        return torch.where(self.discrete, on_lattice, y)

    def to_gaussian(self, x: Tensor, rng: torch.Generator) -> tuple[Tensor, Tensor]:
        """(B, D) -> z (B, D), log |dz / dx| (B, D) in the user's units (per level for discrete leaves; for an absent
        value, whose measure is a point, the log of dz over its bin)."""
        y = self._within(x)
        jitter = torch.rand(x.shape, generator=rng, dtype=torch.float64) - 0.5
        y = y + torch.where(self.discrete | x.isnan(), jitter * (1 - 1e-6), 0.0)
        bins = self._locate(y)
        left, right, low, high = self._pieces(bins)
        slope = (high - low) / (right - left)
        u = (low + slope * (y - left)).clamp(EDGE, 1 - EDGE)
        z = torch.special.ndtri(u)
        log_det = slope.clamp(min=1e-30).log() + 0.5 * z**2 + 0.9189385332046727
        log_det = log_det - torch.where(bins == 0, 0.0, self.log_scale)
        z = torch.where(self.plain, x.double(), z)
        return z.float(), torch.where(self.plain, -self.log_scale.double(), log_det).float()

    def from_gaussian(self, z: Tensor) -> Tensor:
        """(B, D) -> (B, D): the inverse; discrete leaves land on their lattice, absent values become NaN."""
        u = torch.special.ndtr(z.double()).clamp(EDGE, 1 - EDGE)
        bins = (torch.searchsorted(self.cum, u.T.contiguous(), right=True).T - 1).clamp(0, self.bins - 1)
        left, right, low, high = self._pieces(bins)
        y = left + (u - low) / (high - low).clamp(min=1e-30) * (right - left)
        x = torch.where(bins == 0, torch.nan, self._settle(y, left, right))
        return torch.where(self.plain, z.double(), x).float()

    def present(self, rng: torch.Generator, n: int) -> Tensor:
        """(n, D): draws from each column's own margin, given that the value is there."""
        u = torch.rand(n, len(self.cum), generator=rng, dtype=torch.float64)
        u = self.cum[:, 1] + (1 - self.cum[:, 1]) * u
        return self.from_bins(torch.searchsorted(self.cum, u.T.contiguous(), right=True).T.sub(1).clamp(1, self.bins - 1), rng)
