"""What people fill holes with: the mean or the most frequent value of a column, the nearest rows (Troyanskaya 2001),
and an iterative forest (missForest, Stekhoven & Buehlmann 2012).

Each takes holes (n, D) with NaN in the cells to fill, training rows (m, D), and the spec.
"""

import numpy as np
from sklearn.ensemble import ExtraTreesClassifier, ExtraTreesRegressor
from sklearn.impute import KNNImputer

from genwright.core.spec import Category, Spec
from genwright.measure.metric import Metric
from genwright.measure.metrics.table_rows import expand, standard
from genwright.measure.suites.tables import Suite

NEIGHBOURS, TREES, ROUNDS = 10, 30, 3


def impute_by_peers(suite: Suite, rows: int = 10_000) -> dict[str, Metric]:
    """The imputation error of each on the very same hidden cells of the suite: "mean", "neighbours", "forest".

    rows: training rows that they learn from, at most.
    """
    holes, train = suite.holes, suite.train[:rows]
    if holes is None:
        return {}
    error = lambda guess: holes.error(guess, suite.train, suite.seed)
    return {
        "mean": error(fill_typical(holes.x, train, suite.spec)),
        "neighbours": error(fill_neighbours(holes.x, train, suite.spec)),
        "forest": error(fill_forest(holes.x, train, suite.spec, suite.seed)),
    }


def fill_typical(holes: np.ndarray, train: np.ndarray, spec: Spec) -> np.ndarray:
    """The mean of each number, the mode of each category."""
    return np.where(np.isnan(holes), typical(train, spec), holes)


def typical(train: np.ndarray, spec: Spec) -> np.ndarray:
    """(D,) mean or mode of each training column; 0 where it is never present."""
    values = np.zeros(spec.dims)
    for j, leaf in enumerate(spec.columns):
        seen = train[~np.isnan(train[:, j]), j]
        if len(seen):
            values[j] = np.bincount(seen.astype(int)).argmax() if isinstance(leaf, Category) else seen.mean()
    return values


def fill_neighbours(holes: np.ndarray, train: np.ndarray, spec: Spec) -> np.ndarray:
    """The mean, or the vote, of the ten training rows that are nearest in the known cells (standardised, one-hot)."""
    rows, groups = expand(train, train, spec)
    queries, _ = expand(holes, train, spec)
    imputer = KNNImputer(n_neighbors=NEIGHBOURS, keep_empty_features=True).fit(rows)
    filled = imputer.transform(queries)
    guess = np.empty_like(holes, dtype=float)
    centre, scale = standard(train)
    for j, (leaf, group) in enumerate(zip(spec.columns, groups)):
        votes = filled[:, group]
        guess[:, j] = votes.argmax(1) if isinstance(leaf, Category) else votes[:, 0] * scale[j] + centre[j]
    return np.where(np.isnan(holes), guess, holes)


def fill_forest(holes: np.ndarray, train: np.ndarray, spec: Spec, seed: int) -> np.ndarray:
    """A forest for each column, on all others, round after round, over training rows and rows with holes together."""
    table = np.concatenate([train, holes])
    absent = np.isnan(table)
    filled = np.where(absent, typical(train, spec), table)
    for turn in range(ROUNDS):
        for j in np.argsort(absent.sum(0), kind="stable"):
            gaps = absent[:, j]
            if not gaps.any() or gaps.all():
                continue
            forest = ExtraTreesClassifier if isinstance(spec.columns[j], Category) else ExtraTreesRegressor
            forest = forest(TREES, min_samples_leaf=3, max_features=0.5, n_jobs=-1, random_state=seed + turn)
            others = np.delete(filled, j, axis=1)
            filled[gaps, j] = forest.fit(others[~gaps], table[~gaps, j]).predict(others[gaps])
    return filled[len(train) :]
