"""Draws of a fixed number with given unequal probabilities, no item twice (Madow 1949), for many rows at once.

    pi_j = min(1, c q_j),  c such that sum_j pi_j = k             how likely j is in the sample
    j is drawn  iff  floor(u + pi_1 + .. + pi_j) > floor(u + pi_1 + .. + pi_{j-1}),   u ~ U(0, 1)

Papers that draw k times from q with replacement count an item m_j times with m_j / (k q_j); here each counts once with
1 / pi_j, which has the same mean and no draw is spent twice on one item.
"""

import numpy as np


def inclusion(q: np.ndarray, ptr: np.ndarray, k: int) -> np.ndarray:
    """(E,) float64 pi of items with sizes q: (E,) >= 0, k from each row; all the items of a row with fewer than k of
    positive size. ptr: (R + 1,) int64 where the items of each row begin."""
    row = np.repeat(np.arange(len(ptr) - 1), np.diff(ptr))
    total = lambda values: np.bincount(row, values, minlength=len(ptr) - 1)
    whole = np.minimum(k, total(q > 0))
    sure = (q > 0) & (whole == total(q > 0))[row]
    while True:
        left = whole - total(sure)
        c = left / np.maximum(total(np.where(sure, 0.0, q)), 1e-300)
        pi = np.where(sure, 1.0, c[row] * q)
        more = (pi >= 1 - 1e-9) & ~sure
        if not more.any():
            return pi
        sure |= more


def systematic(pi: np.ndarray, ptr: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """(E,) bool, each item drawn with probability pi: (E,); as many from a row as its pi add up to."""
    reached = np.concatenate([[0.0], pi.cumsum()])
    first = np.repeat(reached[ptr[:-1]] - rng.random(len(ptr) - 1), np.diff(ptr))
    whole = lambda sums: np.floor(sums - first + 1e-9)  # rounding may leave a whole sum just below
    return whole(reached[1:]) > whole(reached[:-1])
