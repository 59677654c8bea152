"""Influence values of single test items, for metrics that are not a mean over items (Hampel 1974; the infinitesimal
jackknife, Efron 1982).

Their mean is the metric, and a small change in the weight of an item changes both alike. `differences` compares two
models item by item through them.
"""

import numpy as np


def of_ratio(top: np.ndarray, bottom: np.ndarray) -> np.ndarray:
    """(n,) of mean(top) / mean(bottom), both (n,) over the same items."""
    per = bottom.mean()
    value = top.mean() / per
    return value + (top - value * bottom) / per


def placements(zero: np.ndarray, one: np.ndarray) -> np.ndarray:
    """(n,) share of the scores `one` (m,) above each of the scores `zero` (n,), half of equal ones among them. Their
    mean is the area under the curve (DeLong 1988)."""
    above = np.sort(one)
    return 1 - sum(np.searchsorted(above, zero, side) for side in ("left", "right")) / (2 * len(one))


def of_area(y: np.ndarray, score: np.ndarray) -> np.ndarray:
    """(n,) of the area under the curve of a score (n,) that should be high where y, (n,) bool, holds."""
    found = np.empty(len(y))
    found[~y] = placements(score[~y], score[y])
    found[y] = 1 - placements(score[y], score[~y])
    area = found[y].mean()
    for side in (y, ~y):
        found[side] = area + (found[side] - area) / side.mean()
    return found
