"""Squared maximum mean discrepancy (Gretton 2012) of two sets of histograms, as graph generation measures it.

    MMD^2 = mean k(x, x') - 2 mean k(x, y) + mean k(y, y'),   over all pairs, those of an item with itself included

    earth mover's    k = exp(-d^2 / 2 s^2),  d = |CDF - CDF'|_1 times the width of a bin     (You 2018)
    total variation  k = exp(-d^2 / 2 s^2),  d = 1/2 |p - p'|_1                              (Liao 2019)
    Gaussian         k = exp(-d^2 / 2 s^2),  d = |p - p'|_2, of numbers that need be no histogram

The first two are not positive definite for certain, so that the number may be below 0; it stays so. Numbers of
different kernels cannot stand in one table.
"""

from collections.abc import Callable

import numpy as np
from scipy.spatial.distance import cdist

from ..intervals import halves_se, numpy_generator


def earth_movers(p: np.ndarray, scale: float, width: float = 1.0) -> np.ndarray:
    """(n, n) kernel of histograms (n, bins)."""
    return _gaussian(width * cdist(p.cumsum(1), p.cumsum(1), "cityblock"), scale)


def total_variation(p: np.ndarray, scale: float) -> np.ndarray:
    """(n, n) kernel of histograms (n, bins)."""
    return _gaussian(0.5 * cdist(p, p, "cityblock"), scale)


def gaussian(p: np.ndarray, scale: float) -> np.ndarray:
    """(n, n) kernel of vectors (n, numbers)."""
    return _gaussian(cdist(p, p), scale)


def discrepancy(kernel: np.ndarray, samples: int, *seed: int | str) -> tuple[float, float]:
    """MMD^2 and its standard error by random halves. kernel: (n, n) of all items, of which the first are samples."""
    of, sizes = _discrepancy_function(kernel, samples), (samples, len(kernel) - samples)
    return of(*map(np.arange, sizes)), float(halves_se(of, sizes, numpy_generator("mmd", *seed)))


def discrepancy_own(kernel: np.ndarray, samples: int, *seed: int | str) -> float:
    """The part of the error that stays where the other items stay the same: by random halves of the samples alone."""
    of, fixed = _discrepancy_function(kernel, samples), np.arange(len(kernel) - samples)
    return float(halves_se(lambda i: of(i, fixed), (samples,), numpy_generator("mmd, own", *seed)))


def discrepancy_items(kernel: np.ndarray, samples: int) -> np.ndarray:
    """(m,) numbers of the items that are no samples, whose mean is MMD^2: influence values."""
    pull = 2 * (kernel[samples:, samples:].mean(1) - kernel[samples:, :samples].mean(1))
    return _discrepancy_function(kernel, samples)(*map(np.arange, (samples, len(pull)))) + pull - pull.mean()


def _discrepancy_function(kernel: np.ndarray, samples: int) -> Callable[[np.ndarray, np.ndarray], float]:
    """MMD^2 of some samples and some other items, by their numbers."""

    def discrepancy_between(i: np.ndarray, j: np.ndarray) -> float:
        j = j + samples
        within = kernel[np.ix_(i, i)].mean() + kernel[np.ix_(j, j)].mean()
        return float(within - 2 * kernel[np.ix_(i, j)].mean())

    return discrepancy_between


def _gaussian(distance: np.ndarray, scale: float) -> np.ndarray:
    return np.exp(-(distance**2) / (2 * scale**2))
