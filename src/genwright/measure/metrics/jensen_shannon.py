"""Jensen-Shannon divergence of two distributions over the same kinds (Lin 1991), in bits:

    JS(p, q) = H((p + q) / 2) - (H(p) + H(q)) / 2

It is 0 if they are equal, 1 if no kind is in both. Frequencies of few items give more than 0 even if both come from one
distribution: the floor is the value of real items in the place of samples.
"""

import numpy as np


def jensen_shannon(p: np.ndarray, q: np.ndarray) -> float:
    """p, q: (k,) counts or frequencies, which are brought to sum 1."""
    p, q = (np.asarray(part, float) / max(np.sum(part), 1e-12) for part in (p, q))
    return float(_entropy((p + q) / 2) - (_entropy(p) + _entropy(q)) / 2)


def _entropy(p: np.ndarray) -> float:
    p = p[p > 0]
    return float(-(p * np.log2(p)).sum())
