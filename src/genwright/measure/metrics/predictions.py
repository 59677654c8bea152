"""Quality of predictions: whether probabilities mean what they say, and predicted properties of molecules, target by
target.

Calibration is the expected calibration error (Guo 2017) and the picture of it. Most metrics of targets are means over
numbers of single test molecules; these are influence values where a metric is no mean itself (Hampel 1974). They give
the errors of metrics, and comparisons of two models molecule by molecule (`measure.differences`).

With two classes, such as inactive and active, metrics judge the last one; with more, each class against the others. A
bound ("> 10") is no measured value, so metrics of numbers leave it out.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil

import numpy as np
import pandas as pd
from scipy.stats import rankdata

from ...core.answers import EXACT, UNKNOWN, Target
from ..intervals import area_influence as of_area
from ..intervals import ratio_influence as of_ratio

BINS = 10


def reliability(confidence: np.ndarray, right: np.ndarray) -> list[tuple[float, float, int]]:
    """Computes (mean confidence, share right, count) of each bin of equal width that holds items.

    Args:
        confidence: (n,) probability of the class that was named.
        right: (n,) bool whether it was the true one.
    """
    bins = _bins(confidence)
    return [(confidence[bins == b].mean(), right[bins == b].mean(), int((bins == b).sum())) for b in np.unique(bins)]


def calibration_error(sure: np.ndarray, right: np.ndarray) -> float:
    """Computes the calibration error sum_b n_b / n |share right - mean confidence| (Guo 2017, equation 3), in [0, 1]; 0
    where probabilities are frequencies.

    Args:
        sure: (n,), as in `reliability`.
        right: (n,), as in `reliability`.
    """
    return float(sum(count * abs(hit - confidence) for confidence, hit, count in reliability(sure, right)) / len(sure))


def calibration_of_items(confidence: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Computes numbers (n,) whose mean is the calibration error: confidence less whether the label was right, or the
    reverse in bins that are right more often than they say."""
    bins, errors = _bins(confidence), right - confidence
    return np.sign(np.bincount(bins, errors, BINS))[bins] * errors


def _bins(confidence: np.ndarray) -> np.ndarray:
    """(n,) the bin of each."""
    return np.clip((confidence * BINS).astype(int), 0, BINS - 1)


DIGITS = 4  # shown of a number
TOP = 0.01  # of the test molecules, among which hits are counted


@dataclass(frozen=True)
class ScaledPredictions:
    """Predictions of n molecules.

    Args:
        outputs: (n, outputs), probabilities of classes and scaled numbers.
        low: (n, T) ends of 90% intervals of scaled numbers, NaN where there are none.
        high: (n, T) ends of 90% intervals of scaled numbers, NaN where there are none.
        inside: (n,) bool, whether a molecule is as near to training molecules as those on which errors were
            measured; None where the model does not say.
    """

    outputs: np.ndarray
    low: np.ndarray
    high: np.ndarray
    inside: np.ndarray | None = None


@dataclass(frozen=True)
class OfTarget:
    """Known values and predictions of one target.

    Args:
        target: The target that is predicted.
        items: (k,) numbers of molecules.
        y: (k,) the class, or the number in the target's unit.
        predicted: (k, classes) or (k, 1) predictions.
        low: (k,) ends of intervals.
        high: (k,) ends of intervals.
    """

    target: Target
    items: np.ndarray
    y: np.ndarray
    predicted: np.ndarray
    low: np.ndarray
    high: np.ndarray

    def of_rows(self, rows: np.ndarray) -> "OfTarget":
        """Selects rows by their numbers."""
        return OfTarget(
            self.target, *(values[rows] for values in (self.items, self.y, self.predicted, self.low, self.high))
        )

    def of_molecules(self, is_chosen: np.ndarray) -> "OfTarget":
        """Selects the rows of chosen molecules, (n,) bool."""
        return self.of_rows(np.flatnonzero(is_chosen[self.items]))


def predicted_of(table: pd.DataFrame, targets: Sequence[Target]) -> ScaledPredictions:
    """Reads the predictions in a table of `predict` as arrays, numbers scaled as in training.

    Args:
        table: The table.
        targets: The targets that are predicted.
    """
    no_values = np.full(len(table), np.nan)
    cells = lambda column: table[column].to_numpy(float) if column in table else no_values
    outputs, ends = [], []
    for target in targets:
        name = target.name or "value"
        if target.classes:
            columns = [class_name if len(targets) == 1 else f"{name}={class_name}" for class_name in target.classes]
            outputs += [table[f"p({column})"].to_numpy(float) for column in columns]
            ends.append((no_values, no_values))
        else:
            transform = np.log if target.log else np.asarray
            scaled = [(transform(cells(f"{name}{end}")) - target.shift) / target.scale for end in ("", "_low", "_high")]
            outputs.append(scaled[0])
            ends.append(scaled[1:])
    low, high = (np.stack(side, 1) for side in zip(*ends))
    is_said = "inside" in table and table["inside"].notna().all()
    return ScaledPredictions(np.stack(outputs, 1), low, high, table["inside"].to_numpy(bool) if is_said else None)


def each_target(
    predictions: ScaledPredictions, y: np.ndarray, known: np.ndarray, targets: Sequence[Target], scaled: bool = False
) -> list[OfTarget]:
    """Collects the known values and predictions of each target.

    Args:
        predictions: Predictions of n molecules.
        y: (n, T) values, as `Answers` has them.
        known: (n, T) which are known, as `Answers` has them.
        targets: T of them.
        scaled: whether numbers stay in deviations of the training part.
    """
    parts, begin = [], 0
    for t, target in enumerate(targets):
        own_outputs = predictions.outputs[:, begin : begin + target.outputs]
        begin += target.outputs
        rows = np.flatnonzero(known[:, t] != UNKNOWN if target.classes else known[:, t] == EXACT)
        if target.classes:
            columns = [y[:, t].astype(int), own_outputs]
        else:
            columns = [
                values if scaled else values * target.scale + target.shift
                for values in (y[:, t].astype(float), own_outputs)
            ]
        ends = [
            end[:, t] if scaled else end[:, t] * target.scale + target.shift
            for end in (predictions.low, predictions.high)
        ]
        parts.append(OfTarget(target, rows, *(values[rows] for values in (*columns, *ends))))
    return parts


# ---------------------------------------------------------------------- classes


def sides(part: OfTarget) -> list[tuple[int, np.ndarray, np.ndarray]]:
    """Yields (a class, whether a molecule is of it (k,), its probability (k,)) for each class that is sought, where the
    molecules are not all on one side."""
    classes = len(part.target.classes)
    split = [(c, part.y == c, part.predicted[:, c]) for c in ([1] if classes == 2 else range(classes))]
    return [(c, y, p) for c, y, p in split if 0 < y.sum() < len(y)]


def average_precision(y: np.ndarray, score: np.ndarray) -> np.ndarray:
    """Computes influence values of the average precision of hits, y (k,) bool, ranked by a score (k,). At each hit it
    counts all molecules with as large a score or a larger one."""
    n, order = len(y), np.argsort(-score, kind="stable")
    y, place = y[order].astype(float), np.empty(n, int)
    place[order] = np.arange(n)
    last = np.searchsorted(-score[order], -score[order], "right") - 1  # of those that score as much
    share_above, hits = (last + 1) / n, y.cumsum()[last] / n
    precision, rate = hits / share_above, y.mean()
    value = (y * precision).sum() / (n * rate)
    first = np.searchsorted(-score[order], -score[order], "left")
    mean_below = lambda values: (values[::-1].cumsum()[::-1] / n)[first]  # mean over those that score as much or less
    influence = y * (precision - value + mean_below(y / share_above)) - mean_below(y * precision / share_above)
    return (value + influence / rate)[place]


def brier(part: OfTarget) -> np.ndarray:
    """Computes half the squared distance (k,) of probabilities from the class (Brier 1950): (p - y)^2 for two
    classes."""
    return ((part.predicted - np.eye(part.predicted.shape[1])[part.y]) ** 2).sum(1) / 2


def calibration(part: OfTarget) -> np.ndarray:
    return calibration_of_items(part.predicted.max(1), part.predicted.argmax(1) == part.y)


def enrichment(y: np.ndarray, score: np.ndarray, top: float = TOP) -> float:
    """Computes the hit rate among the `top` share of molecules with the largest score, over the hit rate of all.
    Molecules that tie at the edge of the share count in part.

    Args:
        y: (k,) bool hits.
        score: (k,).
        top: share, in (0, 1].
    """
    count = ceil(top * len(y))
    edge = np.sort(score)[-count]
    is_above, at = score > edge, score == edge
    hits = y[is_above].sum() + y[at].mean() * (count - is_above.sum())
    return float(hits / count / y.mean())


# ---------------------------------------------------------------------- numbers


def rmse(part: OfTarget) -> np.ndarray:
    square = (part.predicted[:, 0] - part.y) ** 2
    value = np.sqrt(square.mean())
    return value + (square - value**2) / (2 * value) if value else square


def mae(part: OfTarget) -> np.ndarray:
    return np.abs(part.predicted[:, 0] - part.y)


def r2(part: OfTarget) -> np.ndarray:
    """Computes 1 - squared errors over squared deviations from the mean of the test molecules."""
    return 1 - of_ratio((part.predicted[:, 0] - part.y) ** 2, (part.y - part.y.mean()) ** 2)


def spearman(part: OfTarget) -> np.ndarray:
    """Computes influence values of the correlation of ranks (Croux & Dehon 2010), equal ones at their mean rank."""
    pair = part.predicted[:, 0], part.y
    x, y = ((rankdata(values) - 0.5) / len(values) - 0.5 for values in pair)
    variances = (x**2).mean(), (y**2).mean()
    if not all(variances):
        return np.zeros(len(x))
    influence = (x * y + _mean_above(pair[0], y) + _mean_above(pair[1], x)) / np.prod(variances) ** 0.5
    value = (x * y).mean() / np.prod(variances) ** 0.5
    for values, variance in zip(pair, variances):  # which is (1 - the cubes of the shares that are equal) / 12
        _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
        influence += value * (counts[place] / len(values)) ** 2 / (8 * variance)
    return value + influence - influence.mean()


def _mean_above(order_by: np.ndarray, values: np.ndarray) -> np.ndarray:
    """(n,) the mean of values over all with a larger `order_by`, those with an equal one by half."""
    order = np.argsort(order_by, kind="stable")
    sums = np.concatenate([[0.0], values[order].cumsum()])
    ends = [np.searchsorted(order_by[order], order_by, side) for side in ("left", "right")]
    return (sums[-1] - (sums[ends[0]] + sums[ends[1]]) / 2) / len(order_by)


def coverage(part: OfTarget) -> np.ndarray:
    """Tells whether each interval holds the answer, (k,)."""
    return ((part.low <= part.y) & (part.y <= part.high)).astype(float)


def width(part: OfTarget) -> np.ndarray:
    return part.high - part.low


def over_targets(n: int, parts: Sequence[tuple[np.ndarray, np.ndarray]]) -> np.ndarray:
    """Computes influence values (n,) of the mean of the numbers of several targets; NaN for molecules without a part in
    any.

    Args:
        n: Number of items.
        parts: Parts of each target, molecules (k,) and influence values (k,).
    """
    touched, influence = np.zeros(n, bool), np.zeros(n)
    for molecules, _ in parts:
        touched[molecules] = True
    for molecules, values in parts:
        influence[molecules] += touched.sum() / len(values) * (values - values.mean()) / len(parts)
    return np.where(touched, np.mean([values.mean() for _, values in parts]) + influence, np.nan)


OF_CLASSES: dict[str, Callable[[OfTarget], np.ndarray | None]] = {  # influence values, None where there are none
    "roc_auc": lambda part: _over_sides(of_area, part),
    "average_precision": lambda part: _over_sides(average_precision, part),
    "brier": brier,
    "calibration": calibration,
}
OF_NUMBERS: dict[str, Callable[[OfTarget], np.ndarray | None]] = {
    "rmse": rmse,
    "mae": mae,
    "r2": lambda part: r2(part) if np.ptp(part.y) else None,
    "spearman": lambda part: spearman(part) if np.ptp(part.y) else None,
    "coverage": lambda part: _of_intervals(coverage, part),
    "width": lambda part: _of_intervals(width, part),
}


def _over_sides(measure: Callable, part: OfTarget) -> np.ndarray | None:
    values = [measure(y, p) for _, y, p in sides(part)]
    return np.mean(values, 0) if values else None


def _of_intervals(measure: Callable, part: OfTarget) -> np.ndarray | None:
    return measure(part) if np.isfinite(part.low).all() else None


def enriched(part: OfTarget) -> float | None:
    """Computes `enrichment`, averaged over the classes that are sought."""
    values = [enrichment(y, p) for _, y, p in sides(part)]
    return float(np.mean(values)) if values else None


def by_target(parts: Sequence[OfTarget]) -> pd.DataFrame:
    """Makes a table with a row a target: how many test molecules, how many of them of each class, and every metric that
    it has."""
    rows = []
    for part in parts:
        row = {"target": part.target.name, "tested": len(part.y)}
        if part.target.classes:
            row["of the last class"] = int((part.y == len(part.target.classes) - 1).sum())
        for name, measure in (OF_CLASSES if part.target.classes else OF_NUMBERS).items():
            values = measure(part) if len(part.y) else None
            row[name] = float("nan") if values is None else float(values.mean())
        if part.target.classes:
            row["enrichment"] = enriched(part) if len(part.y) else None
        rows.append(row)
    return pd.DataFrame(rows)


def answers_in_words(part: OfTarget) -> tuple[list[str], list[str]]:
    """Writes the prediction and the measured value of each molecule of a target in words."""
    if not part.target.classes:
        return in_words(part.target, part.predicted[:, 0]), in_words(part.target, part.y)
    names = np.array(part.target.classes, object)
    named_class, confidence = names[part.predicted.argmax(1)], part.predicted.max(1)
    return [f"{name} ({p:.0%})" for name, p in zip(named_class, confidence)], in_words(part.target, part.y)


def in_words(target: Target, values: np.ndarray) -> list[str]:
    """Writes class numbers as names; numbers, of which the logarithm may have been taken, as they were measured."""
    if target.classes:
        return [target.classes[value] for value in values]
    return [f"{value:.{DIGITS}g}" for value in (np.exp(values) if target.log else values)]
