"""Standard errors: how far a number would move if everything behind it were drawn afresh; and influence values, how far
single test items move it.

Two ways. The bootstrap (Efron 1979) draws items again with replacement: for means, medians and ratios of items. Random
groups (Wolter 2007, Introduction to Variance Estimation, chapter 2) take the number on disjoint parts of the items: for
numbers that learn from their items, or compare them with each other, where an item drawn twice would be recognised.
With g groups the variance of the whole is that between groups over g, if it falls as 1 / n. A variance of few groups is
itself uncertain: its root is `widen`, so that 1.96 of it on both sides hold the truth 95 times of 100 all the same.

Influence values serve metrics that are not a mean over items (Hampel 1974; the infinitesimal jackknife, Efron 1982).
Their mean is the metric, and a small change in the weight of an item changes both alike. `differences` compares two
models item by item through them.
"""

from collections.abc import Callable

import numpy as np
from scipy.special import ndtri, stdtrit

from ..core.seeds import seed_of

GROUPS = 4  # random groups of a cut, at most


def numpy_generator(*parts: int | str) -> np.random.Generator:
    """Returns NumPy's generator for any names and numbers, as `Draws` is torch's."""
    return np.random.default_rng(seed_of(*parts))


def bootstrap_se(
    statistic: Callable[..., float], sizes: tuple[int, ...], rng: np.random.Generator, resamples: int = 200
) -> float:
    """Estimates the standard error of `statistic(*indices)` by the bootstrap (Efron 1979); NaN from fewer than two
    items.

    Args:
        sizes: how many items each sample has; the statistic gets one array of drawn item numbers a sample.
        rng: Random numbers.
    """
    if min(sizes) < 2:
        return float("nan")
    draws = [statistic(*(rng.integers(n, size=n) for n in sizes)) for _ in range(resamples)]
    return float(np.std(draws, ddof=1))


def random_groups(
    sizes: tuple[int, ...], rng: np.random.Generator, minimum: int | None, degrees: int
) -> list[list[tuple[np.ndarray, ...]]]:
    """Cuts samples into groups at random, again and again: for each cut its groups, for each group the item numbers of
    each sample.

    As many groups as have `minimum` items of each sample, between 2 and `GROUPS`; halves without `minimum`. As many
    cuts as give the variance about `degrees` degrees of freedom: a cut into g groups gives g - 1.

    Args:
        sizes: Sizes of the samples.
        rng: random numbers.
        minimum: fewest items of a group.
        degrees: degrees of freedom to reach.
    """
    count = 2 if minimum is None else int(np.clip(min(sizes) // minimum, 2, GROUPS))
    cut_groups = lambda: zip(*(np.array_split(rng.permutation(n), count) for n in sizes))
    return [list(cut_groups()) for _ in range(-(-degrees // (count - 1)))]


def groups_variance(values: np.ndarray) -> np.ndarray:
    """Estimates the variance (...) of a statistic on all items from its values on random groups: (cuts, groups,
    ...)."""
    values = np.asarray(values, dtype=float)
    return values.var(axis=1, ddof=1).mean(0) / values.shape[1]


def widen(variance: np.ndarray | float, degrees: int) -> np.ndarray | float:
    """Converts a variance with few degrees of freedom to a standard error: its normal interval is Student's
    interval."""
    return np.sqrt(variance) * stdtrit(degrees, 0.975) / ndtri(0.975)


def resample(statistic: Callable[[np.ndarray], np.ndarray], n: int, rng: np.random.Generator) -> np.ndarray:
    """Computes `statistic(items)` on all n items, then on 20 bootstrap samples: (21, ...).

    Args:
        statistic: a function of item numbers.
        n: number of items.
        rng: random numbers.
    """
    return np.array([statistic(np.arange(n)), *(statistic(rng.integers(n, size=n)) for _ in range(20))])


def learned_variance(scores: np.ndarray) -> float:
    """Estimates the variance of a score that comes from what its classifier learned from.

    Classifiers that are equally good differ on some test items, and so in their scores on few: how far the differences
    between them move with the test items is taken off (two-way analysis of variance), since the error of the score on
    test items knows of it already.

    Args:
        scores: Scores of classifiers taught by random groups, (21, cuts, groups), on test items `resample`.
    """
    deviations = scores[1:] - scores[1:].mean(2, keepdims=True)
    count = scores.shape[2]
    by_items = deviations.var(axis=0, ddof=1).sum(1).mean() / (count - 1) / count
    return max(0.0, float(groups_variance(scores[0]) - by_items))


def halves_se(
    statistic: Callable[..., float], sizes: tuple[int, ...], rng: np.random.Generator, cuts: int = 12
) -> np.ndarray:
    """Estimates the standard error of `statistic(*indices)`, a number or an array, from random halves. It is NaN from
    fewer than four items, of which a half is one.

    Args:
        statistic: a function of item numbers of each sample.
        sizes: Sizes of the samples.
        rng: random numbers.
        cuts: number of random halves.
    """
    if min(sizes) < 4:
        return np.float64("nan")
    groups = random_groups(sizes, rng, None, cuts)
    return widen(groups_variance([[statistic(*group) for group in cut_group] for cut_group in groups]), cuts)


def distance_se(
    statistic: Callable[..., float], sizes: tuple[int, ...], rng: np.random.Generator, resamples: int = 50
) -> float:
    """Estimates the standard error of a distance between samples. Its variance is the mean of two estimates. The
    bootstrap's is too large between items that are alike, as it adds its own noise to a distance that is all noise. The
    halves' is right on average, and too small where the distance is.

    Args:
        statistic: a function of item numbers of each sample.
        sizes: Sizes of the samples.
        rng: random numbers.
        resamples: Resamples of the bootstrap.
    """
    errors = halves_se(statistic, sizes, rng), bootstrap_se(statistic, sizes, rng, resamples)
    return float(np.hypot(*errors) / 2**0.5)


def ratio(top: np.ndarray, bottom: np.ndarray, rng: np.random.Generator) -> tuple[float, float]:
    """Computes mean(top) / mean(bottom) with its standard error, by resampling items.

    Not a number where the bottom is 0.

    Args:
        top: (n,) numbers of the items.
        bottom: (n,) numbers of the same items.
        rng: random numbers.
    """

    def share(i: np.ndarray) -> float:
        bottom_mean = bottom[i].mean()
        return float(top[i].mean() / bottom_mean) if bottom_mean else float("nan")

    return share(np.arange(len(top))), bootstrap_se(share, (len(top),), rng)


def proportion(hits: np.ndarray) -> tuple[float, float]:
    """Computes the share of hits (n,) bool, and its standard error."""
    return float(hits.mean()), float(proportion_se(hits.mean(), len(hits)))


def proportion_se(share: np.ndarray | float, n: int, added: int = 2) -> np.ndarray | float:
    """Computes the standard error of a share with hits and misses `added` (Agresti & Coull 1998): none of a few items
    does not count as never.

    Args:
        share: in [0, 1].
        n: number of items.
        added: hits and misses to add.
    """
    p = (share * n + added) / (n + 2 * added)
    return np.sqrt(p * (1 - p) / (n + 2 * added))


def clustered_proportion(hits: np.ndarray, cells: np.ndarray) -> tuple[float, float]:
    """Computes the share of hits among cells that come in rows, (n,) of each, and its standard error over rows
    (Taylor's, of a ratio). Two hits and two misses are added in rows of their own, as above."""
    top, cell_counts = np.concatenate([hits, [1, 1, 0, 0]]), np.concatenate([cells, [1, 1, 1, 1]])
    residuals = top - top.sum() / cell_counts.sum() * cell_counts
    return float(hits.sum() / cells.sum()), float(np.sqrt((residuals**2).sum()) / cell_counts.sum())


def ratio_influence(top: np.ndarray, bottom: np.ndarray) -> np.ndarray:
    """Computes the influence values (n,) of mean(top) / mean(bottom), both (n,) over the same items."""
    per = bottom.mean()
    value = top.mean() / per
    return value + (top - value * bottom) / per


def placements(zero: np.ndarray, one: np.ndarray) -> np.ndarray:
    """Computes for each of the scores `zero` (n,) the share of the scores `one` (m,) above it, counting half of equal
    ones. Their mean is the area under the curve (DeLong 1988)."""
    sorted_one = np.sort(one)
    return 1 - sum(np.searchsorted(sorted_one, zero, side) for side in ("left", "right")) / (2 * len(one))


def area_influence(y: np.ndarray, score: np.ndarray) -> np.ndarray:
    """Computes the influence values (n,) of the area under the curve of a score (n,) that should be high where y, (n,)
    bool, holds."""
    values = np.empty(len(y))
    values[~y] = placements(score[~y], score[y])
    values[y] = 1 - placements(score[y], score[~y])
    area = values[y].mean()
    for side in (y, ~y):
        values[side] = area + (values[side] - area) / side.mean()
    return values
