"""Conditions of training items as a distribution: what a sample is given where nobody says, and all that a run keeps of
them.

    z ~ N(0, R),   value j = F_j^-1(Phi(z_j)),   value j is missing where Phi(z_{D + j}) < its share of missing values

F_j are histograms over the bins of the leaf's margin. R is the identity: conditions are drawn one by one. Some run
folders of format 3 hold another R, which makes ranks go together as in the training items of that run.
"""

from __future__ import annotations

import torch
from torch import Tensor

from ..core.draws import Draws
from ..core.spec import Spec
from ..core.threads import threads
from .margins import Margins

BLOCK = 2**16  # items at a time


class ConditionHistograms:
    """counts: (D, K) int64, training items in each bin of the D scalar leaves of `spec`, in front those that lack the
    value. correlation: (2 D, 2 D) float64, R. left_out: names of the leaves that are no scalars, such as texts and
    images: nothing is known of them, and samples leave them out.

    Raises ValueError for counts or a correlation that are none of these leaves.
    """

    def __init__(self, spec: Spec, counts: Tensor, correlation: Tensor):
        scalars = _scalars(spec)
        self.spec, self.counts, self.correlation = spec, counts, correlation
        self.left_out = [name for name in spec.names if name not in scalars.names]
        self.margins = margins = Margins(scalars)
        size = len(scalars.leaves)
        if counts.shape != (size, margins.bins) or counts.dtype != torch.long or (counts < 0).any():
            raise ValueError("there is one count for each bin of a condition")
        if counts.masked_fill(margins.live.bool(), 0)[:, 1:].any() or (counts.sum(1) == 0).any():
            raise ValueError("counts are of bins that exist")
        if correlation.shape != (2 * size, 2 * size) or correlation.dtype != torch.float64:
            raise ValueError("there is one correlation for each pair of conditions")
        self.factor, failed = torch.linalg.cholesky_ex(correlation)
        if failed.any():
            raise ValueError("correlations are of a distribution")
        margins.plain.zero_()
        there = counts.double()
        there[:, 0] = 0
        share = there / there.sum(1, keepdim=True).clamp(min=1)
        margins.cum[:, 1:] = share.cumsum(1).clamp(max=1)
        margins.above[:, :-1] = share.flip(1).cumsum(1).flip(1).clamp(max=1)
        self.missing = counts[:, 0] / counts.sum(1)

    @classmethod
    def fit(cls, spec: Spec, given: Tensor) -> ConditionHistograms:
        """Histograms of training conditions. given: (n, G), columns of `spec`, NaN for missing values; n at least 1."""
        margins, columns = Margins(_scalars(spec)), _scalar_columns(spec)
        bins = torch.cat([margins.to_bins(part[:, columns]) for part in given.split(BLOCK)])
        counts = torch.zeros(bins.shape[1], margins.bins, dtype=torch.long)
        for column, count in zip(bins.T, counts):
            count += torch.bincount(column, minlength=margins.bins)
        return cls(spec, counts, torch.eye(2 * len(counts), dtype=torch.float64))

    def sample(self, n: int, rng: Draws) -> Tensor:
        """(n, G), as `given` of `fit`: NaN where a value is missing, and in all columns that are left out."""
        given = torch.full((n, self.spec.width), torch.nan)
        size = len(self.counts)
        if size:
            with threads(1):
                z = rng.normal(n, 2 * size, dtype=torch.float64) @ self.factor.T
            lacks = torch.special.ndtr(z[:, size:]) < self.missing
            given[:, _scalar_columns(self.spec)] = self.margins.from_gaussian(z[:, :size]).masked_fill(lacks, torch.nan)
        return given


def _scalars(spec: Spec) -> Spec:
    return Spec(tuple((name, leaf) for name, leaf in spec.leaves if not leaf.shape))


def _scalar_columns(spec: Spec) -> Tensor:
    """(G,) bool: which columns of a row are scalar leaves."""
    scalar = torch.tensor([not leaf.shape for leaf in spec.columns], dtype=torch.bool)
    return scalar.repeat_interleave(torch.tensor(spec.widths, dtype=torch.long))
