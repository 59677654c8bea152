"""Statistics of series: correlations of their rows in time, what describes a series in numbers, and scores of
forecasts."""

from collections.abc import Callable, Sequence

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from ...core.spec import Category, Leaf, Ordered
from ..kinds.subjects import starts

LAGS = (1, 2, 3, 5)  # rows apart, of the correlations that are compared
MOST_PAIRS = 10  # pairs of numbers whose products describe a series
SMALL = 1e-3  # variance that counts as none, in standardised units
C = 0.1  # inverse strength of the penalty of the logistic regression


def in_units(leaf: Leaf, x: np.ndarray) -> np.ndarray:
    """Numbers of a leaf in the user's units."""
    if not isinstance(leaf, Ordered):
        return x * leaf.scale + leaf.shift
    t = leaf.start + leaf.width * x
    return leaf.curve[0] + leaf.curve[1] * np.sinh(t) if leaf.curve else t


class Rows:
    """The rows of series as numbers.

    Args:
        x: (N, D) numbers in the units of the leaves, NaN where absent.
        ptr: (n + 1,) where each series begins.
        leaves: The leaf of each column.
        step: The column of the steps, None without times.
    """

    def __init__(self, x: np.ndarray, ptr: np.ndarray, leaves: Sequence[Leaf], step: int | None):
        self.x, self.ptr, self.leaves, self.step = x.astype(np.float64), ptr, list(leaves), step
        columns = range(len(self.leaves))
        self.numbers = [j for j in columns if not isinstance(leaves[j], Category) and j != step]
        self.labels = [j for j in columns if isinstance(leaves[j], Category)]

    def __len__(self) -> int:
        return len(self.ptr) - 1

    def __getitem__(self, which: np.ndarray) -> "Rows":
        which = np.arange(len(self))[which]
        sizes = np.diff(self.ptr)[which]
        rows = np.repeat(self.ptr[which] - starts(sizes)[:-1], sizes) + np.arange(sizes.sum())
        return Rows(self.x[rows], starts(sizes), self.leaves, self.step)

    @property
    def sizes(self) -> np.ndarray:
        """(n,) rows of each series."""
        return np.diff(self.ptr)

    @property
    def series(self) -> np.ndarray:
        """(N,) the series of each row."""
        return np.repeat(np.arange(len(self)), self.sizes)

    @property
    def steps(self) -> np.ndarray:
        """Steps of all rows but the first ones."""
        return np.delete(self.x[:, self.step], self.ptr[:-1]) if self.step is not None else np.zeros(0)

    def lagged(self, lag: int) -> tuple[np.ndarray, np.ndarray]:
        """Numbers of the rows that have one `lag` rows behind them in their series, and of those: (P, numbers) each."""
        same = self.series[lag:] == self.series[:-lag] if lag < len(self.x) else np.zeros(0, bool)
        numbers = self.x[:, self.numbers]
        return (numbers[:-lag][same], numbers[lag:][same]) if lag else (numbers, numbers)


def correlations(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """(k, k) correlation of each column of `before` with each of `after`, of the rows in which both are present; NaN
    where nothing varies."""
    is_known, behind = ~np.isnan(before), ~np.isnan(after)
    a, b = np.nan_to_num(before), np.nan_to_num(after)
    n = is_known.T.astype(float) @ behind
    with np.errstate(divide="ignore", invalid="ignore"):
        mean_a, mean_b = a.T @ behind / n, is_known.T @ b / n
        cov = a.T @ b / n - mean_a * mean_b
        var_a = (a**2).T @ behind / n - mean_a**2
        var_b = is_known.T @ (b**2) / n - mean_b**2
        return np.where((var_a > 1e-12) & (var_b > 1e-12), cov / np.sqrt(var_a * var_b), np.nan)


def lag_profile(rows: Rows, lags: Sequence[int] = LAGS) -> np.ndarray:
    """(lags, numbers, numbers) correlations of numbers with numbers so many rows later."""
    return np.stack([correlations(*rows.lagged(lag)) for lag in lags])


def lag_errors(real: np.ndarray, drawn: np.ndarray) -> dict[str, float]:
    """Distances of correlations of two samples, (lags, k, k) each: of numbers with themselves one row later, on average
    and at most, and of all pairs and lags on average."""
    off = np.abs(real - drawn)
    own = np.diagonal(off, axis1=1, axis2=2)
    nan = float("nan")
    is_known = ~np.isnan(own[0])
    return {
        "lag_error": float(np.nanmean(own[0])) if is_known.any() else nan,
        "largest_lag_error": float(np.nanmax(own[0])) if is_known.any() else nan,
        "cross_error": float(np.nanmean(off)) if (~np.isnan(off)).any() else nan,
    }


def describe_series(rows: Rows) -> np.ndarray:
    """(n, F) numbers that describe each series: how long it is; of each number its moments, its ends, its changes, how
    rough it is, its products one and two rows apart, and the share of its absent cells; products of pairs of numbers in
    one row and one row apart; the share of each label, how often it stays, and whether its ends are alike; mean, spread
    and ends of the steps."""
    columns = [np.log(rows.sizes)]
    mean = lambda values, series: _means(values, series, len(rows))
    z = _standardised(rows)
    for k in range(len(rows.numbers)):
        own = z[:, k]
        columns += [mean(own, rows.series), mean(own**2, rows.series), mean(own**3, rows.series)]
        columns += [own[rows.ptr[:-1]], own[rows.ptr[1:] - 1], mean(np.isnan(own).astype(float), rows.series)]
        for lag in (1, 2):
            columns += [_product(rows, own, own, lag)]
        columns += [_changes(rows, own), _roughness(rows, own)]
    pairs = [(a, b) for a in range(len(rows.numbers)) for b in range(len(rows.numbers)) if a != b][:MOST_PAIRS]
    for a, b in pairs:
        columns += [_product(rows, z[:, a], z[:, b], 0), _product(rows, z[:, a], z[:, b], 1)]
    for j in rows.labels:
        for code in range(min(rows.leaves[j].k, MOST_PAIRS)):
            columns.append(mean((rows.x[:, j] == code).astype(float), rows.series))
        same = (rows.x[1:, j] == rows.x[:-1, j]).astype(float)
        inner = rows.series[1:] == rows.series[:-1]
        columns.append(_means(same[inner], rows.series[1:][inner], len(rows)))
        columns += [rows.x[rows.ptr[:-1], j] == rows.x[rows.ptr[1:] - 1, j]]
    if rows.step is not None:
        steps = np.where(np.arange(len(rows.x)) == np.repeat(rows.ptr[:-1], rows.sizes), np.nan, rows.x[:, rows.step])
        columns += [mean(steps, rows.series), mean(steps**2, rows.series) ** 0.5]
        columns += [steps[np.minimum(rows.ptr[:-1] + 1, rows.ptr[1:] - 1)], steps[rows.ptr[1:] - 1]]
    return np.nan_to_num(np.stack(columns, 1))


def _standardised(rows: Rows) -> np.ndarray:
    """(N, numbers) in units in which a histogram has about mean 0 and deviation 1, cut at 6."""
    z = []
    for j in rows.numbers:
        marginal = rows.leaves[j].marginal
        edges, masses = np.array(marginal.edges), np.array(marginal.probs)
        edges, masses = (edges[1:-1], masses[1:-1]) if len(masses) > 2 else (edges, masses)
        middles, masses = (edges[:-1] + edges[1:]) / 2, masses / masses.sum()
        centre = masses @ middles
        spread = np.sqrt(masses @ (middles - centre) ** 2) or 1.0
        z.append(np.clip((rows.x[:, j] - centre) / spread, -6, 6))
    return np.stack(z, 1) if z else np.zeros((len(rows.x), 0))


def _means(values: np.ndarray, series: np.ndarray, count: int) -> np.ndarray:
    """(count,) mean of the present values of each series, NaN where there is none."""
    is_known = ~np.isnan(values)
    sums = np.bincount(series[is_known], values[is_known], count)
    n = np.bincount(series[is_known], minlength=count)
    return np.divide(sums, n, out=np.full(count, np.nan), where=n > 0)


def _product(rows: Rows, a: np.ndarray, b: np.ndarray, lag: int) -> np.ndarray:
    if lag >= len(a):
        return np.full(len(rows), np.nan)
    later = b[lag:] if lag else b
    inner = rows.series[lag:] == rows.series[: len(a) - lag]
    return _means((a[: len(a) - lag] * later)[inner], rows.series[lag:][inner], len(rows))


def _changes(rows: Rows, own: np.ndarray) -> np.ndarray:
    inner = rows.series[1:] == rows.series[:-1]
    return _means(np.abs(np.diff(own))[inner], rows.series[1:][inner], len(rows))


def _roughness(rows: Rows, own: np.ndarray) -> np.ndarray:
    """(n,) log of the mean squared change over twice the variance within a series (von Neumann 1941): 0 in random
    order, whatever the level and the spread of the series."""
    inner = rows.series[1:] == rows.series[:-1]
    change = _means(np.diff(own)[inner] ** 2, rows.series[1:][inner], len(rows))
    variance = _means(own**2, rows.series, len(rows)) - _means(own, rows.series, len(rows)) ** 2
    return np.log((change + SMALL) / (2 * variance + SMALL))


def regression(features: np.ndarray) -> Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]:
    """A score for `two_sample_auc`: the logit of a logistic regression on features (n, F) and their squares."""
    scaled = StandardScaler().fit_transform(features).clip(-5, 5)
    both = np.concatenate([scaled, scaled**2], 1)

    def score(train: np.ndarray, labels: np.ndarray, test: np.ndarray) -> np.ndarray:
        model = make_pipeline(StandardScaler(), LogisticRegression(C=C, max_iter=500))
        return model.fit(both[train], labels).decision_function(both[test])

    return score


def crps(draws: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """(...) continuous ranked probability score of draws (S, ...) for truth (...): E|X - y| - E|X - X'| / 2, both means
    without bias (Gneiting & Raftery 2007)."""
    count = len(draws)
    away = np.abs(draws - truth).mean(0)
    ordered = np.sort(draws, axis=0)
    weight = (2 * np.arange(1, count + 1) - count - 1).reshape(-1, *[1] * truth.ndim)
    between = 2 * (weight * ordered).sum(0) / max(1, count * (count - 1))
    return away - between / 2


def place_among(draws: np.ndarray, truth: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """(...) place of truth (...) among draws (S, ...), in (0, 1): uniform if both are drawn alike. A truth that equals
    draws takes a random place among them."""
    below, equal = (draws < truth).sum(0), (draws == truth).sum(0)
    return (below + rng.random(truth.shape) * (equal + 1)) / (len(draws) + 1)
