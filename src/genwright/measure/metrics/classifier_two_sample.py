"""Classifier two-sample test (Lopez-Paz & Oquab 2017): can a classifier tell samples from real items it has not seen?

The area under its curve is 0.5 where it cannot, 1 where it always can. Scores are out of fold. Equal items share a
fold: otherwise the classifier would remember a copy that occurs twice, and call copying a difference.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from scipy.stats import rankdata
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.model_selection import StratifiedGroupKFold

from ..intervals import bootstrap_se, numpy_generator, placements

ROUNDS = 60  # of boosting
Score = Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]


class TwoSample(NamedTuple):
    """Area under the curve, its standard error, the part of that which stays where the real items stay the same, and
    (n,) numbers of the real items whose mean the area is."""

    value: float
    se: float
    own: float
    items: np.ndarray


def two_sample_auc(keys: np.ndarray, fake: np.ndarray, score: Score, seed: int, folds: int = 4) -> TwoSample:
    """Area under the curve and its standard error: that over items, times sqrt(1 + k / (k - 1)) of k folds, since what
    the classifiers of the folds learned from moves it too (Nadeau & Bengio 2003: 1 / k of the variance of one fold, and
    test over training items of it more).

    keys: (n, d), rows that are equal where items are. fake: (n,) 1 for samples, 0 for real items.
    score(train, labels, test): item numbers, their fakeness, other item numbers -> a number per other item, higher for
    fake; a fresh classifier each call. Not a number where either side has fewer than two items a fold.
    """
    fake = np.asarray(fake).astype(int)
    sides = np.flatnonzero(fake == 0), np.flatnonzero(fake == 1)
    sizes = tuple(map(len, sides))
    if min(sizes) < 2 * folds:
        nan = float("nan")
        return TwoSample(nan, nan, nan, np.full(sizes[0], nan))
    group = np.unique(keys, axis=0, return_inverse=True)[1].reshape(-1)
    rng, (zero, one) = numpy_generator("two-sample", seed), _ranks(*sides, group, score, seed, folds)
    items = bootstrap_se(lambda i, j: area(zero[i], one[j]), sizes, rng, 50)
    variance = items**2 * (1 + folds / (folds - 1))
    real, drawn = placements(zero, one), placements(one, zero)
    by_real, by_drawn = (float(side.var(ddof=1) / len(side)) for side in (real, drawn))
    return TwoSample(area(zero, one), variance**0.5, max(by_drawn, variance - by_real) ** 0.5, real)


def area(zero: np.ndarray, one: np.ndarray) -> float:
    """P(one above zero) + P(equal) / 2, for scores (n,) of real items and (m,) of samples."""
    below = np.sort(zero)
    return float(sum(np.searchsorted(below, one, side).mean() for side in ("left", "right")) / (2 * len(zero)))


def _ranks(
    real: np.ndarray, drawn: np.ndarray, keys: np.ndarray, score: Score, seed: int, folds: int
) -> tuple[np.ndarray, np.ndarray]:
    """Out-of-fold scores of real items and of samples, from their numbers (n,) and (m,), by classifiers of these alone.
    keys: a number for each item, equal where items are."""
    items, fake = np.concatenate([real, drawn]), np.repeat([0, 1], [len(real), len(drawn)])
    guess, different = np.zeros(len(fake)), len(np.unique(keys[items]))
    if different < 2:
        return guess[: len(real)], guess[len(real) :]
    split = StratifiedGroupKFold(min(folds, different), shuffle=True, random_state=seed % 2**32)
    for train, test in split.split(items, fake, keys[items]):
        learns = fake[train].any() and not fake[train].all()  # not from items of one side
        said = score(items[train], fake[train], items[test]) if learns else np.zeros(len(test))
        guess[test] = (rankdata(said) - 0.5) / len(test)  # midranks, alike in every fold
    return guess[: len(real)], guess[len(real) :]


def boosted_trees(rows: np.ndarray) -> Score:
    """The score of gradient-boosted trees on numbers: (n, d), one row an item."""

    def score(train: np.ndarray, labels: np.ndarray, test: np.ndarray) -> np.ndarray:
        classifier = HistGradientBoostingClassifier(max_iter=ROUNDS, early_stopping=False, random_state=0)
        return classifier.fit(rows[train], labels).decision_function(rows[test])

    return score
