"""Memorisation: are samples nearer to the training items than new items of the same kind are?

    ratio = median_i min_j |sample_i - train_j| / median_i min_j |test_i - train_j|

1 is right; near 0 the samples are copies; above 1 they lie away from the data.
"""

from __future__ import annotations

import numpy as np

from .intervals import bootstrap_se

BLOCK = 256


def nearest(items: np.ndarray, train: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """items (n, d), train (m, d) -> Euclidean distance (n,) to the nearest training item, and its number (n,).

    |a - b|^2 = |a|^2 - 2 a.b + |b|^2 finds the neighbour, the difference itself gives the distance: a copy is at 0.
    """
    items, train = np.asarray(items, np.float32), np.asarray(train, np.float32)
    square = (train**2).sum(1)
    number = np.concatenate([(square - 2 * part @ train.T).argmin(1) for part in _blocks(items)])
    return np.sqrt(((items - train[number]).astype(np.float64) ** 2).sum(1)), number


def distance_ratio(samples: np.ndarray, test: np.ndarray, rng: np.random.Generator) -> tuple[float, float]:
    """Ratio of medians and its bootstrap standard error, from nearest distances of samples (n,) and of test items (m,).

    Not a number where the median test item is itself a training item.
    """

    def of(i: np.ndarray, j: np.ndarray) -> float:
        base = np.median(test[j])
        return float(np.median(samples[i]) / base) if base else float("nan")

    return of(np.arange(len(samples)), np.arange(len(test))), bootstrap_se(of, (len(samples), len(test)), rng)


def _blocks(items: np.ndarray) -> list[np.ndarray]:
    return [items[start : start + BLOCK] for start in range(0, len(items), BLOCK)]
