"""How far apart two tables are, one column at a time and in their pairs of columns.

With p the distribution of a column in the real table and q in the samples:

    numbers      Kolmogorov-Smirnov   sup_t |P(x <= t) - Q(x <= t)|
    categories   total variation      1/2 sum_c |p(c) - q(c)|

Both are 0 for equal columns and 1 for columns that share nothing. They are 1 - KSComplement and 1 - TVComplement of
SDMetrics, the "column-wise density error" of Zhang et al. 2024 (TabSyn), with one difference: absent cells count. They
are one more category, and one value below all numbers, so a sampler that never leaves a cell empty pays for it.

Of pairs of columns:

    two numbers        |r - r'| / 2, r the Pearson correlation over the rows in which both are present
    any category       total variation between the contingency tables, numbers cut into ten bins of equal width

These are 1 - CorrelationSimilarity and 1 - ContingencySimilarity of SDMetrics, the "pair-wise correlation error" of
Zhang et al. 2024 (TabSyn). The bins are those of the real column for both tables; a category, and a bin, more counts
absent cells; the correlation with a constant column is 0 here, and not left out.
"""

import numpy as np

from ...core.spec import Category, Spec


def kolmogorov_smirnov(real: np.ndarray, sample: np.ndarray) -> float:
    """Computes the largest gap between the empirical distribution functions of two columns, (n,) and (m,), NaN for
    absent.

    Args:
        real: Real items.
        sample: Generated items.
    """
    real, sample = (np.sort(np.where(np.isnan(v), -np.inf, v)) for v in (real, sample))
    steps = np.concatenate([real, sample])
    below_real = np.searchsorted(real, steps, side="right") / len(real)
    below_sample = np.searchsorted(sample, steps, side="right") / len(sample)
    return float(np.abs(below_real - below_sample).max())


def total_variation(real: np.ndarray, sample: np.ndarray, size: int) -> float:
    """Computes half the sum of the differences between the frequencies of codes in two integer arrays.

    Args:
        real: codes.
        sample: codes.
        size: number of codes, 0 .. size - 1.
    """
    p, q = (np.bincount(v, minlength=size) / len(v) for v in (real, sample))
    return float(0.5 * np.abs(p - q).sum())


def category_codes(column: np.ndarray, k: int) -> np.ndarray:
    """Converts category indices with NaN for absent to integers 0 .. k, the last for absent."""
    return np.where(np.isnan(column), k, column).astype(np.int64)


def column_distances(real: np.ndarray, sample: np.ndarray, spec: Spec) -> np.ndarray:
    """Computes the distances (D,) between the columns of two tables.

    Args:
        real: (n, D) table.
        sample: (m, D) table.
        spec: by which both are encoded.
    """
    distances = np.empty(spec.dims)
    for j, leaf in enumerate(spec.columns):
        if isinstance(leaf, Category):
            codes = (category_codes(t[:, j], leaf.k) for t in (real, sample))
            distances[j] = total_variation(*codes, leaf.k + 1)
        else:
            distances[j] = kolmogorov_smirnov(real[:, j], sample[:, j])
    return distances


BINS = 10


def correlations(x: np.ndarray) -> np.ndarray:
    """Computes Pearson correlations (D, D) of a table (n, D) with NaN for absent, each over the rows in which both are
    present."""
    present = ~np.isnan(x)
    m = present.astype(float)
    centre = np.where(present, x, 0).sum(0) / m.sum(0).clip(1)
    y = np.where(present, x - centre, 0)
    y = y / np.sqrt((y**2).mean(0)).clip(1e-12)
    # entry [i, j] of each: the sum over rows in which i and j are both present
    rows, total, square = m.T @ m, y.T @ m, (y**2).T @ m
    rows = rows.clip(1)
    variance = (square / rows - (total / rows) ** 2).clip(0)
    covariance = y.T @ y / rows - total * total.T / rows**2
    scale = np.sqrt(variance * variance.T)
    return np.where(scale > 1e-9, covariance / scale.clip(1e-9), 0.0).clip(-1, 1)


def bin_table(table: np.ndarray, real: np.ndarray, spec: Spec) -> tuple[np.ndarray, list[int]]:
    """Bins a table: codes (n, D), and the number of codes of each column; numbers by the bins of that column of `real`.

    Args:
        table: (n, D).
        real: (m, D) table that settles the bins.
        spec: Spec of both.
    """
    codes, sizes = np.empty(table.shape, dtype=np.int64), []
    for j, leaf in enumerate(spec.columns):
        if isinstance(leaf, Category):
            codes[:, j] = category_codes(table[:, j], leaf.k)
            sizes.append(leaf.k + 1)
        else:
            values = real[~np.isnan(real[:, j]), j]
            edges = np.histogram_bin_edges(values, BINS) if len(values) else np.linspace(0, 1, BINS + 1)
            bin_numbers = np.digitize(table[:, j], edges)  # 0 .. BINS + 1: below, the bins, at or above the largest
            codes[:, j] = np.where(np.isnan(table[:, j]), BINS + 2, bin_numbers)
            sizes.append(BINS + 3)
    return codes, sizes


def pair_distances(real: np.ndarray, sample: np.ndarray, spec: Spec) -> np.ndarray:
    """Computes the distances (D, D) between the pairs of columns of two tables; the diagonal is NaN.

    Args:
        real: (n, D) table.
        sample: (m, D) table.
        spec: by which both are encoded.
    """
    distances = np.abs(correlations(real) - correlations(sample)) / 2
    (a, sizes), (b, _) = bin_table(real, real, spec), bin_table(sample, real, spec)
    category = [isinstance(leaf, Category) for leaf in spec.columns]
    for i in range(spec.dims):
        for j in range(i):
            if category[i] or category[j]:
                pair = (t[:, i] * sizes[j] + t[:, j] for t in (a, b))
                distances[i, j] = distances[j, i] = total_variation(*pair, sizes[i] * sizes[j])
    np.fill_diagonal(distances, np.nan)
    return distances


def shorten(value: object, digits: int = 7) -> object:
    """Formats a cell as people read it: a finite number as text of so many digits."""
    return f"{value:.{digits}g}" if isinstance(value, float) and np.isfinite(value) else value
