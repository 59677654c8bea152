"""Whether probabilities mean what they say: expected calibration error (Guo 2017) and the picture of it."""

import numpy as np

BINS = 10


def reliability(sure: np.ndarray, right: np.ndarray) -> list[tuple[float, float, int]]:
    """(mean confidence, share right, count) of each bin of equal width that holds items.

    sure: (n,) probability of the class that was named; right: (n,) bool whether it was the true one.
    """
    bins = _bins(sure)
    return [(sure[bins == b].mean(), right[bins == b].mean(), int((bins == b).sum())) for b in np.unique(bins)]


def calibration_error(sure: np.ndarray, right: np.ndarray) -> float:
    """sum_b n_b / n |share right - mean confidence| (Guo 2017, equation 3), in [0, 1]; 0 where probabilities are
    frequencies. sure, right: (n,), as in `reliability`."""
    return float(sum(count * abs(hit - said) for said, hit, count in reliability(sure, right)) / len(sure))


def of_items(sure: np.ndarray, right: np.ndarray) -> np.ndarray:
    """(n,) numbers whose mean the error is: confidence less whether the label was right, or the reverse in bins that
    are right more often than they say."""
    bins, off = _bins(sure), right - sure
    return np.sign(np.bincount(bins, off, BINS))[bins] * off


def _bins(sure: np.ndarray) -> np.ndarray:
    """(n,) the bin of each."""
    return np.clip((sure * BINS).astype(int), 0, BINS - 1)
