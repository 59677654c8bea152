"""Distributions that are counted on training items: of their conditions, and of the sizes of sets.

Conditions are what a sample is given where nobody says, and all that a run keeps of the values of its items. Training
items lie in groups, within which conditions are independent:

    p(c) = sum_g p(g) prod_j p(c_j | g),    p(g) and p(c_j | g) counted on the items of group g, by bins of a marginal

Groups split by each label, then by the medians of the numbers in turn, as long as each part has `LEAST` items or more:
so labels that never come together are not drawn together, and no group is of a few people. Smaller parts stay together
in one group, whose histograms keep the share of each. A single condition has one group, which is its histogram.

The number n of members of a set has the histogram of its `Members`, which conditions c change:

    p(n | c) in proportion to p(n) prod_j p(c_j | n),    p(c_j | n) = (count(c_j, n) + s p(c_j)) / (count(n) + s)

counted on training sets, numbers c_j by bins of their marginal. Without it a model that is asked for twelve edges could
sample the size of a set with six. Hoogeboom 2022 samples n with c from such a histogram. Several conditions are
independent given n.
"""

from collections.abc import Collection

import numpy as np
import torch
from torch import Tensor, nn

from ..core.draws import Draws, ItemDraws
from ..core.spec import Category, Leaf, Members, Spec
from .marginals import Marginals

ITEMS_PER_BLOCK = 2**16  # items at a time
LEAST = 5  # training items of a group of conditions
MAX_GROUPS = 512


class ConditionHistograms:
    """Histograms of conditions, one for each group of training items and each scalar leaf. left_out: names of leaves
    that are no scalars, such as texts and images; samples leave them out.

    Args:
        spec: The conditions.
        counts: (R, 4) int32, ascending: a group, a scalar leaf, a bin of it (0 of a missing value), and how many
            training items of the group have their value there, at least 1.

    Raises ValueError for counts that are none of these leaves.
    """

    def __init__(self, spec: Spec, counts: Tensor):
        scalars = _scalars(spec)
        self.spec, self.counts = spec, counts
        self.left_out = [name for name in spec.names if name not in scalars.names]
        self.marginals = Marginals(scalars)
        leaves, bins = len(scalars.leaves), self.marginals.bins
        if counts.dtype != torch.int32 or counts.ndim != 2 or counts.shape[1] != 4 or bool(len(counts)) != bool(leaves):
            raise ValueError("there are counts of each condition")
        group, leaf, bin, count = counts.numpy().astype(np.int64).T
        self._keys = (group * leaves + leaf) * bins + bin
        is_valid = (leaf >= 0) & (leaf < leaves) & (bin >= 0) & (bin < bins) & (group >= 0)
        if not is_valid.all() or (count < 1).any() or (np.diff(self._keys) <= 0).any():
            raise ValueError("counts are of bins of a condition, ascending")
        if not (self.marginals.live.bool().numpy()[leaf, bin] | (bin == 0)).all():
            raise ValueError("counts are of bins that exist")
        self.groups = int(group.max()) + 1 if len(group) else 0
        totals = np.bincount(group * leaves + leaf, count, self.groups * leaves).reshape(self.groups, leaves)
        if (totals < 1).any() or (totals != totals[:, :1]).any():
            raise ValueError("a group has as many items for each condition")
        self.sizes = totals[:, 0].astype(np.int64) if leaves else np.zeros(0, np.int64)
        self._ends = count.cumsum()

    @classmethod
    def fit(cls, spec: Spec, given: Tensor) -> "ConditionHistograms":
        """Counts training conditions.

        Args:
            spec: Spec of the items.
            given: (n, G), columns of `spec`, NaN for missing values; n at least 1.
        """
        scalars, columns = _scalars(spec), _scalar_columns(spec)
        marginals = Marginals(scalars)
        bins = torch.cat([marginals.to_bins(part[:, columns]) for part in given.split(ITEMS_PER_BLOCK)]).cpu().numpy()
        group, parts = _group_items(bins, [isinstance(leaf, Category) for leaf in scalars.columns]), []
        for j, column in enumerate(bins.T):
            key, count = np.unique(group * marginals.bins + column, return_counts=True)
            parts.append(np.stack([key // marginals.bins, np.full_like(key, j), key % marginals.bins, count], 1))
        rows = np.concatenate(parts) if parts else np.zeros((0, 4), np.int64)
        rows = rows[np.lexsort(rows.T[2::-1])]
        return cls(spec, torch.from_numpy(rows.astype(np.int32)))

    def sample(self, n: int, rng: Draws, given: Tensor | None = None, omitted: Collection[str] = ()) -> Tensor:
        """Samples conditions (n, G), as `given` of `fit`: NaN where a value is missing, and in all columns that are
        left out.

        Args:
            n: Number of items.
            rng: Source of random numbers.
            given: (n, G) conditions of which `omitted` are drawn alone, from groups in which the others come as often
                as they come; from all, where no group has the others. Default: None, and all are drawn.
            omitted: Names of those that are drawn.
        """
        samples = torch.full((n, self.spec.width), torch.nan)
        leaves, names = len(self.marginals.spec.leaves), self.marginals.spec.names
        if leaves:
            conditions = None if given is None else given[:, _scalar_columns(self.spec)]
            group = self._draw_groups(n, rng, conditions, [name not in omitted for name in names])
            start = np.r_[0, self.sizes.cumsum()][group] * leaves
            size = self.sizes[group]
            rank = (rng.uniform(n, leaves, dtype=torch.float64).numpy() * size[:, None]).astype(np.int64)
            at = start[:, None] + np.arange(leaves) * size[:, None] + rank
            bins = self._keys[np.searchsorted(self._ends, at, side="right")] % self.marginals.bins
            samples[:, _scalar_columns(self.spec)] = self.marginals.from_bins(torch.from_numpy(bins), rng)
        if given is None:
            return samples
        is_omitted = torch.tensor([name in omitted for name in self.spec.names])
        return torch.where(is_omitted.repeat_interleave(torch.tensor(self.spec.widths)), samples, given)

    def agree(self, given: Tensor, omitted: Collection[str]) -> Tensor:
        """Tells whether training items may have all of given but the omitted variables: (n,) bool."""
        conditions, names = given[:, _scalar_columns(self.spec)], self.marginals.spec.names
        masses, group = self._group_masses(conditions, [name not in omitted for name in names])
        return torch.from_numpy(masses.any(1)[group])

    def _draw_groups(self, n: int, rng: Draws, conditions: Tensor | None, is_given: list[bool]) -> np.ndarray:
        """Draws groups (n,) among those in which the conditions (n, D) occur."""
        u = rng.uniform(n, dtype=torch.float64).numpy()
        if conditions is None or self.groups == 1:
            return np.searchsorted(self.sizes.cumsum(), u * self.sizes.sum(), side="right")
        masses, group = self._group_masses(conditions, is_given)
        ends = np.where(masses.any(1, keepdims=True), masses, self.sizes).cumsum(1)
        ends = ends / ends[:, -1:] + np.arange(len(ends))[:, None]  # of all rows one after another
        return np.searchsorted(ends.reshape(-1), group + u, side="right") - group * self.groups

    def _group_masses(self, conditions: Tensor, is_given: list[bool]) -> tuple[np.ndarray, np.ndarray]:
        """Computes p(g) prod_j p(condition_j | g) (different rows, groups), and which row each of conditions (n, D) is.
        A number counts as if its bins were alike from the least to the largest that the group has. A value that is
        given as missing says nothing."""
        bins, group = np.unique(self.marginals.to_bins(conditions).numpy() * is_given, axis=0, return_inverse=True)
        masses = np.broadcast_to(self.sizes / self.sizes.sum(), (len(bins), self.groups)).copy()
        for j in np.flatnonzero(is_given):
            first_key, bin = (np.arange(self.groups) * len(is_given) + j) * self.marginals.bins, bins[:, j, None]
            if isinstance(self.marginals.spec.columns[j], Category):
                at = np.searchsorted(self._keys, first_key + bin).clip(max=len(self._keys) - 1)
                share = np.where(self._keys[at] == first_key + bin, self.counts[:, 3].numpy()[at], 0) / self.sizes
            else:
                lowest = (
                    self._keys[np.searchsorted(self._keys, first_key + 1).clip(max=len(self._keys) - 1)] - first_key
                )
                highest = self._keys[np.searchsorted(self._keys, first_key + self.marginals.bins) - 1] - first_key
                share = ((lowest <= bin) & (bin <= highest)) / (highest - lowest + 1).clip(min=1)
            masses *= np.where(bin > 0, share, 1.0)
        return masses, group.reshape(-1)


def _group_items(bins: np.ndarray, is_label: list[bool]) -> np.ndarray:
    """(n,) the group of each item by the bins (n, D) of its conditions."""
    group = np.zeros(len(bins), np.int64)
    if bins.shape[1] < 2:
        return group
    minimum = max(LEAST, len(bins) // MAX_GROUPS)
    for j in np.flatnonzero(is_label):
        group = _split_groups(group, bins[:, j], minimum)
    groups, numbers = 0, np.flatnonzero(~np.array(is_label))
    while len(numbers) and groups < (groups := int(group.max()) + 1):
        for j in numbers:
            if np.bincount(group).max() >= 2 * minimum:
                group = _split_groups(group, _above_median(group, bins[:, j]), minimum)
    return group


def _split_groups(group: np.ndarray, part: np.ndarray, minimum: int) -> np.ndarray:
    """(n,) groups, each split into its parts of at least `minimum` items. Smaller parts of a group become one, which
    joins the largest part where it is too small itself."""
    part_count = int(part.max()) + 1
    key, group_of_key, count = np.unique(group * part_count + part, return_inverse=True, return_counts=True)
    owner, small = key // part_count, count < minimum
    order = count.argsort(kind="stable")
    largest = np.zeros(int(group.max()) + 1, np.int64)
    largest[owner[order]] = order  # the last of several stays
    small_count = np.bincount(owner, count * small, len(largest))
    part_number = np.where(small_count[owner] >= minimum, len(key) + owner, largest[owner])
    return np.unique(np.where(small, part_number, np.arange(len(key)))[group_of_key], return_inverse=True)[1].reshape(
        -1
    )


def _above_median(group: np.ndarray, values: np.ndarray) -> np.ndarray:
    """(n,) 0 or 1: whether a whole number is at least the median of its group, or above it where that is the least."""
    order = np.lexsort((values, group))
    first = np.r_[0, np.bincount(group).cumsum()[:-1]]
    median = values[order[first + np.bincount(group) // 2]]
    threshold = np.where(values[order[first]] < median, median, median + 1)
    return (values >= threshold[group]).astype(np.int64)


def _scalars(spec: Spec) -> Spec:
    return Spec(tuple((name, leaf) for name, leaf in spec.leaves if not leaf.shape))


def _scalar_columns(spec: Spec) -> Tensor:
    """(G,) bool: which columns of a row are scalar leaves."""
    scalar = torch.tensor([not leaf.shape for leaf in spec.columns], dtype=torch.bool)
    return scalar.repeat_interleave(torch.tensor(spec.widths, dtype=torch.long))


MAX_CONDITION_BINS = 32  # bins of a number
PRIOR_SETS = 1.0  # s, in sets


class SetSizes(nn.Module):
    """The distribution of the number of members of a set, which may depend on conditions.

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
        """Returns a sentence about damaged buffers, "" if there is none; see `Trainable.flaw`."""
        for j, inner in enumerate(self.inner):
            counts = getattr(self, f"told_{j}")
            if counts is not None and (counts.shape != (len(inner) + 1, len(self.probs)) or (counts < 0).any()):
                return "counts of sizes that are not there"
        return ""

    @property
    def mean(self) -> float:
        return float((self.probs * torch.arange(1, len(self.probs) + 1, device=self.probs.device)).sum())

    def learn(self, sizes: Tensor, given: Tensor) -> None:
        """Counts the sizes (n,) of training sets under conditions given (n, G)."""
        for j, (column, inner) in enumerate(zip(self.columns, self.inner)):
            known = ~given[:, column].isnan()
            bins = torch.bucketize(given[known, column].double(), inner.to(given.device))
            counts = torch.bincount(
                bins * len(self.probs) + sizes[known] - 1, minlength=(len(inner) + 1) * len(self.probs)
            )
            setattr(self, f"told_{j}", counts.view(-1, len(self.probs)).double())

    def log_prob(self, sizes: Tensor, given: Tensor | None = None) -> Tensor:
        """Computes the log-probability (B,) float64 of sizes (B,) under conditions (B, G)."""
        if given is None or not self.inner:
            return self.probs.log()[sizes - 1]
        return self._conditional_masses(given).log().gather(1, sizes[:, None] - 1)[:, 0]

    def sample(self, draws: ItemDraws, minimum: Tensor, given: Tensor | None = None) -> Tensor:
        """Samples sizes (B,) int64, one for each stream of draws.

        Args:
            draws: Random numbers, a stream for each size.
            minimum: (B,) smallest size of each.
            given: (B, G) conditions.
        """
        number = torch.arange(1, len(self.probs) + 1, device=minimum.device)
        p = self.probs if given is None or not self.inner else self._conditional_masses(given)
        p = p.masked_fill(number < minimum[:, None], 0.0)
        return 1 + draws.categories(torch.ones_like(minimum), (p / p.sum(1, keepdim=True)).float())

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
    """Edges between the bins of a variable: half-way between categories, of a number where its marginal has as many
    items on one side of the next."""
    if isinstance(leaf, Category):
        return torch.arange(leaf.k - 1, dtype=torch.float64) + 0.5
    edges, mass = torch.tensor(leaf.marginal.edges[1:-1], dtype=torch.float64), torch.tensor(leaf.marginal.probs[:-1])
    ranks = mass.double().cumsum(0)
    ranks_wanted = torch.arange(1, MAX_CONDITION_BINS, dtype=torch.float64) / MAX_CONDITION_BINS * ranks[-1]
    return edges[torch.searchsorted(ranks, ranks_wanted).clamp(max=len(edges) - 1).unique()]
