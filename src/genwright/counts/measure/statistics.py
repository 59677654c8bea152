"""Statistics of rows of counts: means and zeros of columns, totals, and log counts in few dimensions."""

import numpy as np
from scipy.sparse import csr_array
from sklearn.decomposition import TruncatedSVD
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.neighbors import KNeighborsClassifier, NearestNeighbors
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from ..kinds.rows import CountRows

SCALE = 1e4  # counts of a row whose logarithms are looked at
NEIGHBOURS = 15
FOLDS = 5


def column_means(rows: CountRows) -> np.ndarray:
    """(m,) mean of each column."""
    return rows.column_totals / max(1, len(rows))


def column_zeros(rows: CountRows) -> np.ndarray:
    """(m,) share of rows in which nothing was counted of each column."""
    return 1 - rows.column_sizes / max(1, len(rows))


def mean_error(real: np.ndarray, sampled: np.ndarray) -> float:
    """Root mean square of the differences of log(1 + mean) of columns. real, sampled: (m,)."""
    return float(np.sqrt(np.mean((np.log1p(real) - np.log1p(sampled)) ** 2)))


def log_counts(rows: CountRows) -> csr_array:
    """(n, m) of log(1 + s x / total), without zeros."""
    matrix = rows.matrix.astype(np.float64)
    scale = SCALE / np.maximum(rows.totals, 1)
    matrix.data = np.log1p(matrix.data * np.repeat(scale, rows.sizes))
    return matrix


class Plane:
    """Log counts of rows in few dimensions: principal directions of training rows, and the logarithm of the total.

    Args:
        train: The training rows.
        dims: Number of directions, at most.
    """

    def __init__(self, train: CountRows, dims: int):
        dims = max(1, min(dims, len(train.names) - 1, len(train) - 1))
        self.svd = TruncatedSVD(dims, random_state=0).fit(log_counts(train))
        features = self._features(train)
        self.centre, self.spread = features.mean(0), features.std(0) + 1e-6

    def __call__(self, rows: CountRows) -> np.ndarray:
        """(n, dims + 1) features in standard deviations of training rows."""
        return (self._features(rows) - self.centre) / self.spread

    def _features(self, rows: CountRows) -> np.ndarray:
        return np.c_[self.svd.transform(log_counts(rows)), np.log(np.maximum(rows.totals, 1))]


def neighbours_agree(latents: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """(n,) bool: whether the NEIGHBOURS nearest other rows mostly have a row's own label.

    Args:
        latents: (n, D).
        labels: (n,) numbers.
    """
    count = min(NEIGHBOURS, len(latents) - 1)
    near = NearestNeighbors(n_neighbors=count).fit(latents).kneighbors(return_distance=False)
    votes = np.stack([(labels[near] == label).sum(1) for label in range(labels.max() + 1)], 1)
    return votes.argmax(1) == labels


def predicted_right(latents: np.ndarray, labels: np.ndarray, seed: int) -> np.ndarray:
    """(n,) bool: whether a classifier, taught by the other folds, names the label of a row by its latents. The better
    of a logistic regression and nearest neighbours.

    Args:
        latents: (n, D).
        labels: (n,) numbers, of which each stands at least FOLDS times.
        seed: Of the folds.
    """
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=seed)
    count = max(1, min(NEIGHBOURS, len(latents) * (FOLDS - 1) // FOLDS))
    judges = LogisticRegression(max_iter=500), KNeighborsClassifier(count)
    answers = [
        cross_val_predict(make_pipeline(StandardScaler(), judge), latents, labels, cv=folds) == labels
        for judge in judges
    ]
    return max(answers, key=np.mean)
