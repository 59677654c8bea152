"""Jensen-Shannon divergence of two distributions over the same kinds (Lin 1991), in bits:

    JS(p, q) = H((p + q) / 2) - (H(p) + H(q)) / 2

0 where they are equal, 1 where no kind is in both. Of frequencies of few items it is above 0 even where both come from
one law: what real items reach in the place of samples is the floor.
"""

from __future__ import annotations

import numpy as np


def jensen_shannon(p: np.ndarray, q: np.ndarray) -> float:
    """p, q: (k,) counts or frequencies, which are brought to sum 1."""
    p, q = (np.asarray(part, float) / max(np.sum(part), 1e-12) for part in (p, q))
    return float(_entropy((p + q) / 2) - (_entropy(p) + _entropy(q)) / 2)


def _entropy(p: np.ndarray) -> float:
    p = p[p > 0]
    return float(-(p * np.log2(p)).sum())
