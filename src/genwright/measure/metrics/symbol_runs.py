"""Lines by their runs of symbols: how often each run stands in each line, classifiers and distances on that, and runs
that stand in other lines too.

Ends of a line are symbols as well, so that the first and last runs tell how lines begin and end. Runs are hashed into a
fixed number of columns (Weinberger 2009), which needs no vocabulary; two runs that meet in one count as one.

    longest copied run of a line = max {n: some n symbols of it in a row stand in a training line}

Fresh lines share runs with training lines as well, the longer the more there are and the likelier they are: the floor
is what test lines reach. Copied runs are compared by hashes of 64 bits, sum_i h(s_i) B^i of their symbols s, which
cumulative sums give of all runs of one length at once (Karp & Rabin 1987).
"""

from collections.abc import Callable, Sequence
from functools import cached_property

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.feature_extraction.text import HashingVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import normalize

from .classifiers import Score
from .distances import jensen_shannon

LONGEST = 5
COLUMNS, DENSE_COLUMNS = 2**16, 2**9
RUNS = f"logistic regression on runs of up to {LONGEST} symbols, out of fold"


def run_counts(
    lines: Sequence[str], shortest: int = 1, max_length: int = LONGEST, columns: int = COLUMNS, signed: bool = False
) -> csr_matrix:
    """Counts how often each run of symbols (n-gram) stands in each of n lines: (n, columns), by hashing.

    Args:
        lines: n lines.
        shortest: symbols of a run, at least.
        max_length: symbols of a run, at most.
        columns: Columns of the table of hashes.
        signed: half of the runs count below 0, so that those that meet in a column cancel on average.
    """
    plain = dict(analyzer="char", lowercase=False, norm=None)
    count = HashingVectorizer(ngram_range=(shortest, max_length), n_features=columns, alternate_sign=signed, **plain)
    return count.transform(f"\n{line}\n" for line in lines)


def line_points(lines: Sequence[str]) -> np.ndarray:
    """Embeds lines as points (n, 512) float32 of length 1, of which near ones are lines that share runs, whatever their
    lengths."""
    return normalize(run_counts(lines, 1, LONGEST, DENSE_COLUMNS, signed=True)).toarray().astype(np.float32)


def pair_distance(real: csr_matrix, sample: csr_matrix) -> Callable[[np.ndarray, np.ndarray], float]:
    """Returns a function (numbers of real lines, of samples) -> the total variation between the frequencies of their
    runs. It is 0 where they are alike, 1 where no run is in both."""

    return lambda i, j: float(0.5 * np.abs(_frequencies(real, i) - _frequencies(sample, j)).sum())


def run_divergence(real: csr_matrix, sample: csr_matrix) -> Callable[[np.ndarray, np.ndarray], float]:
    """Returns the same function as `pair_distance` for the Jensen-Shannon divergence in bits."""
    return lambda i, j: jensen_shannon(_frequencies(real, i), _frequencies(sample, j))


def _frequencies(counts: csr_matrix, items: np.ndarray) -> np.ndarray:
    total = counts.T @ np.bincount(items, minlength=counts.shape[0])
    return total / max(1.0, total.sum())


def logistic(counts: csr_matrix) -> Score:
    """Returns the score of logistic regression on counts (n, columns), each line scaled to length 1."""
    rows = normalize(counts)

    def score(train: np.ndarray, labels: np.ndarray, test: np.ndarray) -> np.ndarray:
        classifier = LogisticRegression(C=10.0, solver="liblinear", dual=True, tol=0.01, random_state=0)
        return classifier.fit(rows[train], labels).decision_function(rows[test])

    return score


BASE = np.uint64(0x9E3779B97F4A7C15)  # odd, so that it has an inverse modulo 2^64
INVERSE = np.uint64(pow(int(BASE), -1, 2**64))
MIX = np.uint64(0xBF58476D1CE4E5B9)
TABLE = 22  # bits of a hash by which most runs are known to be others


class Runs:
    """All runs of symbols of n lines.

    Args:
        lines: Lines of text.
        ends: line ends are symbols as well, before the first and after the last.
    """

    def __init__(self, lines: Sequence[str], ends: bool = False):
        lines = [f"\n{line}\n" for line in lines] if ends else lines
        self.lengths = np.array([len(line) for line in lines])
        self.line = np.repeat(np.arange(len(self.lengths)), self.lengths)
        self._text = "".join(lines)

    @cached_property
    def _sums(self) -> tuple[np.ndarray, np.ndarray]:
        """Sums of hashes before each place, and what takes those of a run back to the first place."""
        symbols = np.frombuffer(self._text.encode("utf-32-le", "surrogatepass"), np.uint32).astype(np.uint64)
        with np.errstate(over="ignore"):
            hashes = (symbols + np.uint64(1)) * MIX
            hashes ^= hashes >> np.uint64(29)
            powers, power_numbers = (
                np.cumprod(np.r_[np.uint64(1), np.full(max(len(symbols) - 1, 0), base)], dtype=np.uint64)[
                    : len(symbols)
                ]
                for base in (BASE, INVERSE)
            )
            return np.r_[np.uint64(0), np.cumsum(hashes * powers, dtype=np.uint64)], power_numbers

    def runs_of_length(self, n: int) -> tuple[np.ndarray, np.ndarray]:
        """Returns the hashes (m,) uint64 of the runs of n symbols, n >= 1, and the number (m,) of the line of each."""
        sums, sum_numbers = self._sums
        with np.errstate(over="ignore"):
            keys = (sums[n:] - sums[:-n]) * sum_numbers[: max(len(sum_numbers) - n + 1, 0)]
        in_one_line = self.line[: len(keys)] == self.line[n - 1 :]
        return keys[in_one_line], self.line[: len(keys)][in_one_line]


def stand_in(keys: np.ndarray, known_hashes: np.ndarray) -> np.ndarray:
    """Tells which hashes (m,) are among the known hashes (k,): (m,) bool.

    Args:
        keys: (m,) hashes.
        known_hashes: (k,) hashes, perhaps many more.
    """
    table = np.zeros(2**TABLE, bool)
    shift = np.uint64(64 - TABLE)
    table[keys >> shift] = True
    return np.isin(keys, known_hashes[table[known_hashes >> shift]])


def copied_spans(lines: Runs, known_runs: Runs) -> np.ndarray:
    """Finds the length (n,) of the longest run of each line that stands in one of `known_runs`. It is found bit after
    bit, since what is copied at one length is at every shorter one."""
    spans = np.zeros(len(lines.lengths), int)
    for bit in reversed(range(int(lines.lengths.max(initial=0)).bit_length())):
        trial_spans = spans + 2**bit
        for length in np.unique(trial_spans[trial_spans <= lines.lengths]):
            keys, line = lines.runs_of_length(length)
            is_asked = (trial_spans == length)[line]
            copied = line[is_asked][stand_in(keys[is_asked], known_runs.runs_of_length(length)[0])]
            spans[np.unique(copied)] = length
    return spans


def shared_runs(lines: Runs, other_runs: Runs, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Counts for each line how many of its runs stand in one of the others, and how many runs it has.

    Args:
        lines: to look at.
        other_runs: to search.
        n: symbols of a run.
    """
    keys, line = lines.runs_of_length(n)
    count, shared_count = len(lines.lengths), stand_in(keys, other_runs.runs_of_length(n)[0])
    return np.bincount(line[shared_count], minlength=count), np.bincount(line, minlength=count)
