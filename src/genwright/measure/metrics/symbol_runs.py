"""Lines by their runs of symbols: how often each run stands in each line, and classifiers and distances on that.

Ends of a line are symbols as well, so that the first and last runs tell how lines begin and end. Runs are hashed into a
fixed number of columns (Weinberger 2009), which needs no vocabulary; two runs that meet in one count as one.
"""

from collections.abc import Callable, Sequence

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.feature_extraction.text import HashingVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import normalize

from .classifier_two_sample import Score
from .jensen_shannon import jensen_shannon

LONGEST = 5
COLUMNS, DENSE_COLUMNS = 2**16, 2**9
RUNS = f"logistic regression on runs of up to {LONGEST} symbols, out of fold"


def run_counts(
    lines: Sequence[str], shortest: int = 1, longest: int = LONGEST, columns: int = COLUMNS, signed: bool = False
) -> csr_matrix:
    """(n, columns): how often each run stands in each of n lines. signed: half of the runs count below 0, so that those
    that meet in a column cancel on average."""
    count = HashingVectorizer(
        analyzer="char",
        ngram_range=(shortest, longest),
        n_features=columns,
        lowercase=False,
        norm=None,
        alternate_sign=signed,
    )
    return count.transform(f"\n{line}\n" for line in lines)


def line_points(lines: Sequence[str]) -> np.ndarray:
    """(n, 512) float32 points of length 1, of which near ones are lines that share runs, whatever their lengths."""
    return normalize(run_counts(lines, 1, LONGEST, DENSE_COLUMNS, signed=True)).toarray().astype(np.float32)


def pair_distance(real: csr_matrix, sample: csr_matrix) -> Callable[[np.ndarray, np.ndarray], float]:
    """(numbers of real lines, of samples) -> half the sum of the differences between the frequencies of their runs
    (total variation): 0 where they are alike, 1 where no run is in both."""

    return lambda i, j: float(0.5 * np.abs(_frequencies(real, i) - _frequencies(sample, j)).sum())


def run_divergence(real: csr_matrix, sample: csr_matrix) -> Callable[[np.ndarray, np.ndarray], float]:
    """The same for their Jensen-Shannon divergence in bits."""
    return lambda i, j: jensen_shannon(_frequencies(real, i), _frequencies(sample, j))


def _frequencies(counts: csr_matrix, items: np.ndarray) -> np.ndarray:
    total = counts.T @ np.bincount(items, minlength=counts.shape[0])
    return total / max(1.0, total.sum())


def logistic(counts: csr_matrix) -> Score:
    """The score of logistic regression on counts (n, columns), each line brought to length 1."""
    rows = normalize(counts)

    def score(train: np.ndarray, labels: np.ndarray, test: np.ndarray) -> np.ndarray:
        classifier = LogisticRegression(C=10.0, solver="liblinear", dual=True, tol=0.01, random_state=0)
        return classifier.fit(rows[train], labels).decision_function(rows[test])

    return score
