"""Distances between two sets of items, by what their items are made of or where they lie in a space of features.

Each item is a histogram, (n, K) counts, and the numbers of a set are pooled:

    kinds     total variation               1/2 sum_k |p_k - q_k|
    numbers   Wasserstein's, of order 1     width sum_k |P_k - Q_k|, P and Q sums of p and q up to k, of bins so wide
    kinds     Jensen-Shannon (Lin 1991)     H((p + q) / 2) - (H(p) + H(q)) / 2, in bits
    parts     cosine                        between how often each part occurs in either

The Jensen-Shannon divergence is 0 for equal distributions, 1 if no kind is in both. Frequencies of few items give more
than 0 even if both come from one distribution: the floor is the value of real items in the place of samples. The cosine
is 1 where the shares of all parts are the same, 0 where no part is in both.

Each item is a point of features, and each cloud is taken as if it were Gaussian: the Frechet distance (Heusel 2017,
equation 6)

    FD = |mu_1 - mu_2|^2 + tr(C_1) + tr(C_2) - 2 tr((C_1 C_2)^(1/2))

The trace of the root is the sum of the singular values of C_1^(1/2) C_2^(1/2): stable, and a covariance without full
rank needs no special case. The distance falls with n (bias of order 1 / n): compare numbers of the same n only.
Its unit is that of the features, squared.
"""

from collections.abc import Callable, Hashable, Sequence

import numpy as np
import pandas as pd
from scipy.sparse import csr_matrix

from ..intervals import distance_se, groups_variance, numpy_generator, random_groups, widen
from ..metric import Metric
from ..rows import estimate

RESAMPLES = 40


def total_variation(real: np.ndarray, sample: np.ndarray) -> float:
    return float(0.5 * np.abs(_shares(real) - _shares(sample)).sum())


def wasserstein(real: np.ndarray, sample: np.ndarray, width: float) -> float:
    """Computes the earth mover's distance between counts in bins of two sets of items.

    Args:
        real: (n, bins) counts.
        sample: (m, bins) counts.
        width: Width of a bin.
    """
    return float(width * np.abs((_shares(real) - _shares(sample)).cumsum()).sum())


def with_error(distance, real: np.ndarray, sample: np.ndarray, *parts: int | str) -> tuple[float, float]:
    """Computes distance(real, sample) and its standard error over items.

    Args:
        distance: Distance of two sets of items.
        real: items.
        sample: items.
    """
    statistic, sizes = lambda i, j: distance(real[i], sample[j]), (len(real), len(sample))
    return statistic(*map(np.arange, sizes)), distance_se(statistic, sizes, numpy_generator(*parts), RESAMPLES)


def _shares(counts: np.ndarray) -> np.ndarray:
    total = counts.sum(0)
    return total / max(total.sum(), 1)


def jensen_shannon(p: np.ndarray, q: np.ndarray) -> float:
    """Computes the Jensen-Shannon divergence of p and q: (k,) counts or frequencies, which are normalised."""
    p, q = (np.asarray(part, float) / max(np.sum(part), 1e-12) for part in (p, q))
    return float(_entropy((p + q) / 2) - (_entropy(p) + _entropy(q)) / 2)


def _entropy(p: np.ndarray) -> float:
    p = p[p > 0]
    return float(-(p * np.log2(p)).sum())


def count_cosine(
    real: Sequence[Sequence[Hashable]], sample: Sequence[Sequence[Hashable]]
) -> Callable[[np.ndarray, np.ndarray], float]:
    """Computes the cosine of the counts of parts in two sets of items. Returns a function (numbers of real items, of
    samples) -> the cosine; 0 where either has no part.

    Args:
        real: the parts of each item, repeated where they are.
        sample: the parts of each item, repeated where they are.
    """
    items = [*real, *sample]
    lengths = [len(parts) for parts in items]
    codes, names = pd.factorize(np.array([part for parts in items for part in parts] or [""], object)[: sum(lengths)])
    counts = csr_matrix((np.ones(len(codes)), codes, np.r_[0, np.cumsum(lengths)]), (len(items), len(names)))
    sides = counts[: len(real)], counts[len(real) :]

    def cosine(*chosen_counts: np.ndarray) -> float:
        a, b = (side.T @ np.bincount(codes, minlength=side.shape[0]) for side, codes in zip(sides, chosen_counts))
        length = np.sqrt((a @ a) * (b @ b))
        return float(a @ b / length) if length else 0.0

    return cosine


CUTS = 12  # random cuts into halves
RANK = 1e-12  # of the greatest eigenvalue, below which one is 0


def moments(features: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Computes mean (d,) and covariance (d, d) of features (n, d), both float64. Raises ValueError for fewer than two
    items."""
    if len(features) < 2:
        raise ValueError("a covariance needs at least two items")
    features = np.asarray(features, dtype=np.float64)
    return features.mean(0), np.atleast_2d(np.cov(features, rowvar=False))


def gaussian_distance(mu_1: np.ndarray, c_1: np.ndarray, mu_2: np.ndarray, c_2: np.ndarray) -> float:
    """Computes the squared 2-Wasserstein distance of two Gaussians (Dowson & Landau 1982).

    Args:
        mu_1: (d,) mean of the first.
        c_1: (d, d) covariance of the first.
        mu_2: (d,) mean of the second.
        c_2: (d, d) covariance of the second.
    """
    cross = np.linalg.svd(matrix_root(c_1) @ matrix_root(c_2), compute_uv=False).sum()
    return float(((mu_1 - mu_2) ** 2).sum() + np.trace(c_1) + np.trace(c_2) - 2 * cross)


def matrix_root(c: np.ndarray) -> np.ndarray:
    """Computes the symmetric square root of a covariance (d, d)."""
    values, vectors = np.linalg.eigh(c)
    return (vectors * np.sqrt(values.clip(min=0))) @ vectors.T


def frechet(a: np.ndarray, b: np.ndarray) -> float:
    """Computes the Frechet distance between features a (n, d) and b (m, d). Raises ValueError for fewer than two items
    a side."""
    return gaussian_distance(*moments(a), *moments(b))


def measured_frechet(features: np.ndarray, real: np.ndarray, rng: np.random.Generator, reference: str) -> Metric:
    """Measures the Frechet distance of samples to real items, with its error and influence values.

    Args:
        features: (n, d) features of samples.
        real: (m, d) features of real items.
        rng: random numbers.
        reference: name of the real items.
    """
    value, se = frechet(features, real), frechet_se(features, real, rng)
    own_error, items = frechet_own(features, real, rng), frechet_items(features, real)
    return estimate(value, se, len(features), reference, own=own_error, items=items)


def frechet_items(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Computes the influence values (m,) of the items b (m, d) on `frechet(a, b)`, a (n, d); their mean is the
    distance.

    With T the optimal map from b's Gaussian to a's, the distance moves with the mean of b by 2 (mu_b - mu_a) and with
    its covariance by I - T."""
    (mu_a, c_a), (mu_b, c_b) = moments(a), moments(b)
    out = matrix_root(c_a)
    values, vectors = np.linalg.eigh(out @ c_b @ out)
    is_large = values > RANK * values.max(initial=0)
    to_a = out @ (vectors[:, is_large] / np.sqrt(values[is_large])) @ vectors[:, is_large].T @ out
    centred = np.asarray(b, dtype=np.float64) - mu_b
    pull = 2 * centred @ (mu_b - mu_a) + ((centred - centred @ to_a) * centred).sum(1)
    return gaussian_distance(mu_a, c_a, mu_b, c_b) + pull - pull.mean()


def frechet_se(a: np.ndarray, b: np.ndarray, rng: np.random.Generator) -> float:
    """Estimates the standard error of `frechet(a, b)`, from random halves of both sets (a bootstrap would add its own
    bias); NaN for fewer than four items a side.

    Args:
        a: (n, d) features.
        b: (m, d) features.
        rng: random numbers.
    """
    return _se(a, b, rng, lambda i, j: frechet(a[i], b[j]), min(len(a), len(b)))


def frechet_own(a: np.ndarray, b: np.ndarray, rng: np.random.Generator) -> float:
    """Estimates the part of the error of `frechet(a, b)` that remains where the items b stay the same, from random
    halves of a alone.

    Args:
        a: (n, d) features.
        b: (m, d) features.
        rng: random numbers.
    """
    fixed_moments = moments(b)
    return _se(a, b, rng, lambda i, _: gaussian_distance(*moments(a[i]), *fixed_moments), len(a))


def _se(a: np.ndarray, b: np.ndarray, rng: np.random.Generator, of_half: Callable, minimum: int) -> float:
    """Standard error from a distance of halves of a and b, by their numbers.

    Between clouds that are alike the distance is all noise, and falls as 1 / n with its error; between others the error
    falls as 1 / sqrt(n). The whole's distance over the halves' says which: 1/2, or 1.
    """
    if minimum < 4:
        return float("nan")
    cuts = random_groups((len(a), len(b)), rng, None, CUTS)
    halves = np.array([[of_half(i, j) for i, j in cut_group] for cut_group in cuts])
    falls = min(1.0, frechet(a, b) / halves.mean()) if halves.mean() > 0 else 1.0
    return float(widen(groups_variance(halves) * falls, CUTS))
