"""How far apart the columns of two tables are, one column at a time.

With p the distribution of a column in the real table and q in the samples:

    numbers      Kolmogorov-Smirnov   sup_t |P(x <= t) - Q(x <= t)|
    categories   total variation      1/2 sum_c |p(c) - q(c)|

Both are 0 for equal columns and 1 for columns that share nothing. They are 1 - KSComplement and 1 - TVComplement of
SDMetrics, the "column-wise density error" of Zhang et al. 2024 (TabSyn), with one difference: absent cells count. They
are one more category, and one value below all numbers, so a sampler that never leaves a cell empty pays for it.
"""

import numpy as np

from ...core.spec import Category, Spec


def kolmogorov_smirnov(real: np.ndarray, sample: np.ndarray) -> float:
    """Largest gap between the empirical distribution functions of two columns, (n,) and (m,), NaN for absent."""
    real, sample = (np.sort(np.where(np.isnan(v), -np.inf, v)) for v in (real, sample))
    steps = np.concatenate([real, sample])
    below_real = np.searchsorted(real, steps, side="right") / len(real)
    below_sample = np.searchsorted(sample, steps, side="right") / len(sample)
    return float(np.abs(below_real - below_sample).max())


def total_variation(real: np.ndarray, sample: np.ndarray, size: int) -> float:
    """Half the sum of the differences between the frequencies of codes 0 .. size - 1 in two integer arrays."""
    p, q = (np.bincount(v, minlength=size) / len(v) for v in (real, sample))
    return float(0.5 * np.abs(p - q).sum())


def category_codes(column: np.ndarray, k: int) -> np.ndarray:
    """Category indices with NaN for absent -> integers 0 .. k, the last for absent."""
    return np.where(np.isnan(column), k, column).astype(np.int64)


def column_distances(real: np.ndarray, sample: np.ndarray, spec: Spec) -> np.ndarray:
    """(D,) distances between the columns of two tables (n, D) and (m, D) that are encoded by one spec."""
    distances = np.empty(spec.dims)
    for j, leaf in enumerate(spec.columns):
        if isinstance(leaf, Category):
            codes = (category_codes(t[:, j], leaf.k) for t in (real, sample))
            distances[j] = total_variation(*codes, leaf.k + 1)
        else:
            distances[j] = kolmogorov_smirnov(real[:, j], sample[:, j])
    return distances
