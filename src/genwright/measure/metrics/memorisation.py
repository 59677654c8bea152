"""Memorisation: are samples nearer to the training items than new items of the same kind are?

    ratio  = median_i min_j |sample_i - train_j| / median_i min_j |test_i - train_j|
    copies = mean_i [sample_i equals some train_j]

A ratio of 1 is right; near 0 the samples are copies; above 1 they lie away from the data. Copies are not wrong by
themselves: of items that repeat, a perfect model repeats some as well. A fresh item equals one of m training items with
probability 1 - (training items that occur once) / m, about (Good 1953): the floor of `copies`. Test items cannot say
it, since equal items are kept on one side of the split.
"""

from collections import Counter
from hashlib import blake2b
from math import exp

import numpy as np

from ..intervals import bootstrap_se, numpy_generator, proportion
from ..metric import Metric

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

    def median_ratio(i: np.ndarray, j: np.ndarray) -> float:
        base = np.median(test[j])
        return float(np.median(samples[i]) / base) if base else float("nan")

    se = bootstrap_se(median_ratio, (len(samples), len(test)), rng)
    return median_ratio(np.arange(len(samples)), np.arange(len(test))), se


def memorisation(away: np.ndarray, test_away: np.ndarray, seed: int, reference: str) -> dict[str, Metric]:
    """{"memorisation": ratio} from nearest distances of samples (n,) and of test items (m,); empty where half of the
    test items are training items as well, since nearness says nothing then."""
    value, se = distance_ratio(away, test_away, numpy_generator("memorisation", seed))
    if np.isnan(value):
        return {}
    return {"memorisation": Metric(value, se, "estimate", "samples", "ratio", len(away), "near 1", reference)}


def copying(equal: np.ndarray, reference: str, variance: float = 0.0) -> dict[str, Metric]:
    """{"copies": share} of items: equal (n,) bool, True where one equals a training item. variance: what the training
    items add to that of the share (`lone_variance`)."""
    value, se = proportion(equal)
    se = float(np.sqrt(se**2 + variance))
    return {"copies": Metric(value, se, "estimate", "samples", "of samples", len(equal), "lower", reference)}


def copies_among(items: np.ndarray, train: Counter, reference: str) -> dict[str, Metric]:
    """{"copies": share} of items (n, d), NaN for absent. train: of `counts_of`."""
    return copying(equal_to_any(items, train), reference, lone_variance(items, train))


def counts_of(train: np.ndarray) -> Counter:
    """train (m, d) -> how many training items equal each, by its key."""
    return Counter(keys_of(train))


def equal_to_any(items: np.ndarray, train: Counter) -> np.ndarray:
    """items (n, d) -> (n,) bool: the item equals some training item in every number."""
    return np.array([key in train for key in keys_of(items)], bool)


def lone_variance(items: np.ndarray, train: Counter) -> float:
    """How far the share of items (n, d) that equal a training item moves with the training items.

    A kind of item of which l training items are expected is among them with probability 1 - e^-l, so that the variance
    is the sum over kinds of q^2 e^-l (1 - e^-l), q the kind's share of the items: l is taken from the training items,
    q^2 from the pairs of items that are of the kind.
    """
    chance, n = lambda key: exp(-train[key]) * (1 - exp(-train[key])), len(items)
    pairs = {key: count * (count - 1) for key, count in Counter(keys_of(items)).items() if count > 1}
    return sum(count * chance(key) for key, count in pairs.items()) / max(1, n * (n - 1))


def repeated(train: np.ndarray) -> np.ndarray:
    """(m, d) -> (m,) bool: another training item is equal to this one."""
    keys = keys_of(train)
    _, group, count = np.unique(keys, return_inverse=True, return_counts=True)
    return count[group] > 1


def keys_of(items: np.ndarray) -> list[bytes]:
    """One value an item (n, d), equal where items are; 0 and -0, and all NaN, are one."""
    rows = np.where(np.isnan(items), np.nan, items + 0.0)
    return [blake2b(row, digest_size=16).digest() for row in np.ascontiguousarray(rows)]


def _blocks(items: np.ndarray) -> list[np.ndarray]:
    return [items[start : start + BLOCK] for start in range(0, len(items), BLOCK)]
