"""How far apart the pooled numbers of two sets of items are, each item being a histogram: (n, K) counts.

kinds     total variation           1/2 sum_k |p_k - q_k|
numbers   Wasserstein's, of order 1   width sum_k |P_k - Q_k|, P and Q the sums of p and q up to k, of bins so wide
"""

import numpy as np

from ..intervals import bootstrap_se, halves_se, numpy_generator

RESAMPLES = 40


def total_variation(real: np.ndarray, sample: np.ndarray) -> float:
    return float(0.5 * np.abs(_shares(real) - _shares(sample)).sum())


def wasserstein(real: np.ndarray, sample: np.ndarray, width: float) -> float:
    return float(width * np.abs((_shares(real) - _shares(sample)).cumsum()).sum())


def with_error(distance, real: np.ndarray, sample: np.ndarray, *parts: int | str) -> tuple[float, float]:
    """distance(real, sample) and its standard error over items. The variance is the mean of two: the bootstrap's is too
    large between sets that are alike, and that of halves too small where the distance is."""
    of, sizes = lambda i, j: distance(real[i], sample[j]), (len(real), len(sample))
    rng = numpy_generator(*parts)
    se = np.hypot(halves_se(of, sizes, rng), bootstrap_se(of, sizes, rng, RESAMPLES)) / 2**0.5
    return of(*map(np.arange, sizes)), float(se)


def _shares(counts: np.ndarray) -> np.ndarray:
    total = counts.sum(0)
    return total / max(total.sum(), 1)
