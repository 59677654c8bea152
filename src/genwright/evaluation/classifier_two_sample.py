"""Classifier two-sample test (Lopez-Paz & Oquab 2017): can a classifier tell samples from real items it has not seen?

The area under its curve is 0.5 where it cannot, 1 where it always can. Scores are out of fold. Equal items share a
fold: otherwise the classifier would remember a copy that occurs twice, and call copying a difference.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.stats import rankdata
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.model_selection import StratifiedGroupKFold

from .intervals import bootstrap_se, numpy_generator

Score = Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]


def two_sample_auc(keys: np.ndarray, fake: np.ndarray, score: Score, seed: int, folds: int = 4) -> tuple[float, float]:
    """Area under the curve and its bootstrap standard error.

    keys: (n, d), rows that are equal where items are. fake: (n,) 1 for samples, 0 for real items.
    score(train, labels, test): item numbers, their fakeness, other item numbers -> a number per other item, higher for
    fake; a fresh classifier each call. Not a number where either side has fewer than two items a fold.
    """
    fake = np.asarray(fake).astype(int)
    if min(fake.sum(), (1 - fake).sum()) < 2 * folds:
        return float("nan"), float("nan")
    group = np.unique(keys, axis=0, return_inverse=True)[1].reshape(-1)
    split = StratifiedGroupKFold(folds, shuffle=True, random_state=seed % 2**32)
    guess = np.zeros(len(fake))
    for train, test in split.split(keys, fake, group):
        guess[test] = (rankdata(score(train, fake[train], test)) - 0.5) / len(test)  # midranks, alike in every fold
    one, zero = guess[fake == 1], guess[fake == 0]

    def auc(i: np.ndarray, j: np.ndarray) -> float:
        """P(fake above real) + P(equal) / 2"""
        below = np.sort(zero[j])
        return float(sum(np.searchsorted(below, one[i], side).mean() for side in ("left", "right")) / (2 * len(j)))

    rng = numpy_generator("two-sample", seed)
    return auc(np.arange(len(one)), np.arange(len(zero))), bootstrap_se(auc, (len(one), len(zero)), rng, 50)


def boosted_trees(rows: np.ndarray) -> Score:
    """The score of gradient-boosted trees on numbers: (n, d), one row an item."""

    def score(train: np.ndarray, labels: np.ndarray, test: np.ndarray) -> np.ndarray:
        judge = HistGradientBoostingClassifier(max_iter=60, early_stopping=False, random_state=0)
        return judge.fit(rows[train], labels).decision_function(rows[test])

    return score
