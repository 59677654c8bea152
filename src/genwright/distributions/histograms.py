"""Distributions that are counted on training items: of their conditions, and of the sizes of sets.

Conditions are what a sample is given where nobody says, and all that a run keeps of the values of its items:

    z ~ N(0, R),   value j = F_j^-1(Phi(z_j)),   value j is missing where Phi(z_{D + j}) < its share of missing values

F_j are histograms over the bins of the leaf's margin. R is the identity: conditions are drawn one by one. Some run
folders of format 3 hold another R, which makes ranks go together as in the training items of that run.

The number n of members of a set has the histogram of its `Members`, which conditions c change:

    p(n | c) in proportion to p(n) prod_j p(c_j | n),    p(c_j | n) = (count(c_j, n) + s p(c_j)) / (count(n) + s)

counted on training sets, numbers c_j by bins of their margin. Without it a model that is asked for twelve edges could
sample the size of a set with six. Hoogeboom 2022 samples n with c from such a histogram. Several conditions are
independent given n.
"""

import torch
from torch import Tensor, nn

from ..core.device import threads
from ..core.draws import Draws, ItemDraws
from ..core.spec import Category, Leaf, Members, Spec
from .margins import Margins

ITEMS_PER_BLOCK = 2**16  # items at a time


class ConditionHistograms:
    """Histograms of conditions, one for each scalar leaf, and how they go together. left_out: names of the leaves that
    are no scalars, such as texts and images: nothing is known of them, and samples leave them out.

    Args:
        spec: The conditions.
        counts: (D, K) int64, training items in each bin of the D scalar leaves, in front those that lack the value.
        correlation: (2 D, 2 D) float64, R.

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
    def fit(cls, spec: Spec, given: Tensor) -> "ConditionHistograms":
        """Histograms of training conditions. given: (n, G), columns of `spec`, NaN for missing values; n at least 1."""
        margins, columns = Margins(_scalars(spec)), _scalar_columns(spec)
        bins = torch.cat([margins.to_bins(part[:, columns]) for part in given.split(ITEMS_PER_BLOCK)])
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


MAX_CONDITION_BINS = 32  # bins of a number
PRIOR_SETS = 1.0  # s, in sets


class Sizes(nn.Module):
    """Number of members of a set, which conditions may change.

    Args:
        leaf: Its `sizes` have a bin for each whole number from 1.
        given: Conditions. `learn` counts what the scalar ones say of the size; until then, and where one is absent, it
            says nothing. Nothing is counted of a text. Default: None.
    """

    def __init__(self, leaf: Members, given: Spec | None = None):
        super().__init__()
        probs = torch.tensor(leaf.sizes.probs, dtype=torch.float64)
        self.register_buffer("probs", probs / probs.sum(), False)
        scalars = [(sum(given.widths[:at]), of) for at, of in enumerate(given.columns) if not of.shape] if given else []
        self.columns = [column for column, _ in scalars]
        self.inner = [_inner_edges(leaf) for _, leaf in scalars]
        for j in range(len(self.inner)):
            self.register_buffer(f"told_{j}", None)  # (bins, N) counts

    def flaw(self) -> str:
        """See `Trainable.flaw`."""
        for j, inner in enumerate(self.inner):
            counts = getattr(self, f"told_{j}")
            if counts is not None and (counts.shape != (len(inner) + 1, len(self.probs)) or (counts < 0).any()):
                return "counts of sizes that are not there"
        return ""

    @property
    def mean(self) -> float:
        return float((self.probs * torch.arange(1, len(self.probs) + 1, device=self.probs.device)).sum())

    def learn(self, sizes: Tensor, given: Tensor) -> None:
        """Count what is given, (n, G), of training sets of sizes (n,)."""
        for j, (column, inner) in enumerate(zip(self.columns, self.inner)):
            known = ~given[:, column].isnan()
            bins = torch.bucketize(given[known, column].double(), inner.to(given.device))
            counts = torch.bincount(
                bins * len(self.probs) + sizes[known] - 1, minlength=(len(inner) + 1) * len(self.probs)
            )
            setattr(self, f"told_{j}", counts.view(-1, len(self.probs)).double())

    def log_prob(self, sizes: Tensor, given: Tensor | None = None) -> Tensor:
        """(B,) float64, of sizes (B,), where (B, G) is given."""
        if given is None or not self.inner:
            return self.probs.log()[sizes - 1]
        return self._conditional_masses(given).log().gather(1, sizes[:, None] - 1)[:, 0]

    def sample(self, draws: ItemDraws, least: Tensor, given: Tensor | None = None) -> Tensor:
        """(B,) int64, as many as draws has streams, each at least as large as `least` (B,) says."""
        number = torch.arange(1, len(self.probs) + 1, device=least.device)
        p = self.probs if given is None or not self.inner else self._conditional_masses(given)
        p = p.masked_fill(number < least[:, None], 0.0)
        return 1 + draws.categories(torch.ones_like(least), (p / p.sum(1, keepdim=True)).float())

    def _conditional_masses(self, given: Tensor) -> Tensor:
        """p(n | c), (B, N), above 0 wherever p(n) is. given: (B, G)."""
        log_p = self.probs.log().expand(len(given), -1)
        for j, (column, inner) in enumerate(zip(self.columns, self.inner)):
            counts = getattr(self, f"told_{j}")
            if counts is None:
                continue
            share = (counts.sum(1, keepdim=True) + 1) / (counts.sum() + len(counts))
            likely = (counts + PRIOR_SETS * share) / (counts.sum(0) + PRIOR_SETS)
            known = ~given[:, column].isnan()
            bins = torch.bucketize(given[:, column].nan_to_num().double(), inner.to(given.device))
            log_p = log_p + torch.where(known[:, None], likely.log()[bins], 0.0)
        return log_p.softmax(1)


def _inner_edges(leaf: Leaf) -> Tensor:
    """Edges between the bins of a variable: half-way between categories, of a number where its margin has as many
    items on one side of the next."""
    if isinstance(leaf, Category):
        return torch.arange(leaf.k - 1, dtype=torch.float64) + 0.5
    edges, mass = torch.tensor(leaf.margin.edges[1:-1], dtype=torch.float64), torch.tensor(leaf.margin.probs[:-1])
    ranks = mass.double().cumsum(0)
    wanted = torch.arange(1, MAX_CONDITION_BINS, dtype=torch.float64) / MAX_CONDITION_BINS * ranks[-1]
    return edges[torch.searchsorted(ranks, wanted).clamp(max=len(edges) - 1).unique()]
