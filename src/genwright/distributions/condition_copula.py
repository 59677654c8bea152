"""Conditions of training items as a distribution: what a sample is given where nobody says, and all that a run keeps of
them.

    z ~ N(0, R),   value j = F_j^-1(Phi(z_j)),   value j is missing where Phi(z_{D + j}) < its share of missing values

F_j are histograms over the bins of the leaf's margin, so R is a Gaussian copula of ranks, of values and of whether they
are there. Its entries make the normal scores f, g of bins go together as they do in training items: with
f_k = E[f(z) He_k(z)] / sqrt(k!) and g_k alike, the covariance of two columns is sum_k r^k f_k g_k (Mehler 1866), which
grows with r. A correlation of scores in place of r would be too small wherever bins are few, as those of labels are.
"""

from __future__ import annotations

import torch
from torch import Tensor

from ..core.draws import Draws
from ..core.spec import Spec
from ..core.threads import threads
from .margins import Margins

TERMS = 64  # of Mehler's sum
HALVINGS = 30  # of the interval in which r lies
MOST = 1 - 1e-5  # |r|
LEAST = 1e-6  # eigenvalue of R
BLOCK = 2**16  # items at a time
FAR = 40.0  # z beyond which nothing lies


class ConditionCopula:
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
    def fit(cls, spec: Spec, given: Tensor) -> ConditionCopula:
        """Copula of training conditions. given: (n, G), columns of `spec`, NaN if a value is missing; n at least 1."""
        margins, columns = Margins(_scalars(spec)), _scalar_columns(spec)
        bins = torch.cat([margins.to_bins(part[:, columns]) for part in given.split(BLOCK)])
        counts = torch.zeros(bins.shape[1], margins.bins, dtype=torch.long)
        for column, count in zip(bins.T, counts):
            count += torch.bincount(column, minlength=margins.bins)
        with threads(1):  # as many items give the same bits on any number of cores
            return cls(spec, counts, _correlation(bins, counts))

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


def _correlation(bins: Tensor, counts: Tensor) -> Tensor:
    """R, of the bins (n, D) of items, 0 where a value is missing, and their counts (D, K)."""
    presence = torch.stack([counts[:, 0], counts[:, 1:].sum(1)], 1)
    columns = [_scores(row[1:]) for row in counts] + [_scores(row) for row in presence]
    if not columns:
        return torch.zeros(0, 0, dtype=torch.float64)
    scores, terms = zip(*columns)
    products = sums = pairs = torch.zeros(len(columns), len(columns), dtype=torch.float64)
    for part in bins.split(BLOCK):
        numbers = torch.cat([(part - 1).clamp(min=0), (part > 0).long()], 1)
        known = torch.cat([part > 0, torch.ones_like(part, dtype=torch.bool)], 1).double()
        found = torch.stack([score[number] for score, number in zip(scores, numbers.T)], 1) * known
        products, sums, pairs = products + found.T @ found, sums + found.T @ known, pairs + known.T @ known
    pairs = pairs.clamp(min=1)
    r = _solved(torch.stack(terms), (products - sums * sums.T / pairs) / pairs)
    r.fill_diagonal_(1.0)
    values, vectors = torch.linalg.eigh(r)
    r = (vectors * values.clamp(min=LEAST)) @ vectors.T
    scale = r.diagonal().rsqrt()
    return scale[:, None] * r * scale


def _scores(counts: Tensor) -> tuple[Tensor, Tensor]:
    """(K,) counts of bins -> their normal scores E[z | bin], 0 where there is no item, and f_1 ... f_TERMS of these."""
    share = counts.double() / counts.sum().clamp(min=1)
    inner = torch.special.ndtri(share.cumsum(0)[:-1].clamp(0, 1)).clamp(-FAR, FAR)
    ends = torch.tensor([FAR], dtype=torch.float64)
    cuts = torch.cat([-ends, inner, ends])
    before, hermite = torch.zeros_like(cuts), torch.exp(-(cuts**2) / 2) / (2 * torch.pi) ** 0.5  # of degree k - 1
    scores = torch.where(counts > 0, -hermite.diff() / share.clamp(min=1e-300), 0.0)
    terms = []
    for k in range(1, TERMS + 1):
        terms.append(-(scores * hermite.diff()).sum() / k**0.5)
        before, hermite = hermite, (cuts * hermite - (k - 1) ** 0.5 * before) / k**0.5
    return scores, torch.stack(terms)


def _solved(terms: Tensor, covariance: Tensor) -> Tensor:
    """The r (C, C) with sum_k r^k f_k g_k = covariance (C, C), of terms (C, TERMS); 0 where a column has one bin."""
    varies = (terms[:, 0] > 0).double()
    low, high = torch.full_like(covariance, -MOST), torch.full_like(covariance, MOST)
    for _ in range(HALVINGS):
        r = (low + high) / 2
        found = torch.zeros_like(r)
        for column in terms.T.flip(0):
            found = (found + torch.outer(column, column)) * r
        low, high = torch.where(found < covariance, r, low), torch.where(found < covariance, high, r)
    return r * torch.outer(varies, varies)
