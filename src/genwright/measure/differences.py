"""Differences between two models: how large the difference of a metric is, and which of many differences are real.

Items that are hard for one model are hard for others, so most of the error is shared and cancels in the difference.
With v the numbers of single items whose mean is the metric (or its influence values, Hampel 1974), over items measured
for both models,

    difference  mean (v_a - v_b)
    variance    var (v_a - v_b) / n  +  own_a^2  +  own_b^2

where `own` is the part of an error that comes from a model's own samples or classifiers. Without numbers of single
items, the variance is se_a^2 + se_b^2. `by_split` compares models that were trained and measured on several splits,
with the variance of Nadeau & Bengio (2003), since the splits share training items.

Two trainings of one family differ as well, and enough items tell them apart. So the variance has a term of trainings,

    s^2 (r_a^2 + r_b^2),   s = se sqrt(n)

s: the standard deviation of one item's difference; r: the standard deviation over trainings of a family's mean, in
units of s (`with_trainings`). Differences by split need none, since each split is trained anew. Two trainings of one
family that differ by d, with the error se of items, show r by

    E d^2  =  se^2 (1 + 2 n r^2)

(`shown_by_trainings`), and their mean has r / sqrt(2).
"""

from dataclasses import dataclass, replace
from math import hypot, inf

import numpy as np
from scipy.special import ndtr

from .intervals import widen
from .metric import Metric

LEVEL = 0.05  # chance that among models that are equal one is named all the same
PerItem = tuple[np.ndarray, np.ndarray]  # keys (n,) int64 of items, numbers (n,) of theirs


@dataclass(frozen=True)
class Difference:
    """A number of one model less that of another.

    Args:
        value: the difference.
        se: its standard error, such that 1.96 of it on both sides hold the difference 95 times of 100; None where it
            has none.
        n: items, or splits, that both were measured on.
        how: "by split", "by item" or "apart".
        trainings: the part of se that training both anew makes; 0 where se holds it already, or nothing trains.
    """

    value: float
    se: float | None
    n: int
    how: str
    trainings: float = 0.0

    @property
    def p(self) -> float:
        """Chance of a difference as large, either way, between models that are equal; 1 where there is no error."""
        if self.se is None or self.value == 0:
            return 1.0
        return float(2 * ndtr(-abs(self.value) / self.se)) if self.se > 0 else 0.0


def unpaired_difference(a: Metric, b: Metric) -> Difference:
    """Computes the difference of two numbers with independent errors."""
    se = None if a.se is None or b.se is None else float(np.hypot(a.se, b.se))
    return Difference(a.value - b.value, se, min(a.n, b.n), "apart")


@dataclass(frozen=True)
class Trainings:
    """What is known of how trainings of a family differ.

    Args:
        spread: standard deviation over trainings of the family's mean, in standard deviations of one item's difference;
            0 for a family that always comes out the same.
        scale: the standard deviation of one item's difference between two trainings, at most: a rival of long tails
            says nothing of how a family trains.
        second: by how much a second training differs from the first; None where there was none.
    """

    spread: float
    scale: float = inf
    second: Difference | None = None

    def error(self, scale: float) -> float:
        """Estimates the standard error of the family's mean over its trainings.

        Args:
            scale: Scale of one item's difference from another.
        """
        if self.second is None:
            return self.spread * min(scale, self.scale)
        both_spread = spread_with_second(self.spread, self.second) * min(scale, self.scale, scale_of(self.second))
        return both_spread / 2**0.5

    @property
    def shift(self) -> float:
        """The mean of both trainings less the first."""
        return 0.0 if self.second is None else self.second.value / 2


def with_trainings(difference: Difference, a: Trainings, b: Trainings) -> Difference:
    """Returns the difference of two families, with the error of training both anew: a family that trained twice counts
    by the mean of both.

    Args:
        difference: the difference of their first trainings without that error, or one by split, which has it.
        a, b: of both families.
    """
    if difference.se is None or difference.how == "by split":
        return difference
    trainings = hypot(*(metric.error(scale_of(difference)) for metric in (a, b)))
    return replace(
        difference, value=difference.value + a.shift - b.shift, se=hypot(difference.se, trainings), trainings=trainings
    )


def scale_of(difference: Difference) -> float:
    """Computes the standard deviation of one item's difference."""
    return difference.se * difference.n**0.5


def shown_by_trainings(difference: Difference) -> float:
    """Estimates r^2, the relative variance between trainings of a family, from the difference of two trainings. The
    estimate is unbiased, and often negative where trainings hardly differ.

    Args:
        difference: without an error of trainings.
    """
    return ((difference.value / difference.se) ** 2 - 1) / (2 * difference.n) if difference.se else 0.0


def spread_with_second(known: float, difference: Difference) -> float:
    """Estimates r, the relative spread between trainings of a family, when a second training differs by `difference`.
    The two trainings count as much as the earlier record. The two count as much as what was known before: alone, they
    say little.

    Args:
        known: Spread that earlier records give.
    """
    return ((known**2 + max(0.0, shown_by_trainings(difference))) / 2) ** 0.5


def by_split(a: Metric, b: Metric, test_share: float) -> Difference | None:
    """Returns the difference over the splits that both were measured on; None where there are not two.

    Args:
        test_share: test items over training items.
    """
    if len(a.splits) != len(b.splits):
        return None
    differences = np.array(a.splits) - np.array(b.splits)
    differences = differences[np.isfinite(differences)]
    count = len(differences)
    if count < 2:
        return None
    variance = (1 / count + test_share) * differences.var(ddof=1)  # Nadeau & Bengio 2003, equation 9
    return Difference(float(differences.mean()), float(widen(variance, count - 1)), count, "by split")


def by_item(a: Metric, b: Metric, of_a: PerItem, of_b: PerItem) -> Difference | None:
    """Returns the difference over the items that both were measured on; None where there are not two, or a number is
    not finite.

    A variance that a few items make, among many that hardly differ, is itself uncertain: its degrees of freedom are 2 n
    / (kurtosis - 1), so that four items of a thousand do not tell two accuracies apart."""
    i, j = _common_items(of_a[0], of_b[0])
    n = len(i)
    if n < 2:
        return None
    differences = np.asarray(of_a[1], float)[i] - np.asarray(of_b[1], float)[j]
    if not np.isfinite(differences).all():
        return None
    squares, paired = (differences - differences.mean()) ** 2, 0.0
    if squares.any():
        kurtosis = ((squares / squares.mean()) ** 2).mean()
        degrees = np.clip(2 * n / max(kurtosis - 1, 1e-9), 1, n - 1)
        paired = widen(differences.var(ddof=1) / n, degrees)
    se = float(np.sqrt(paired**2 + a.own**2 + b.own**2))
    return Difference(float(differences.mean()), se, n, "by item") if np.isfinite(se) else None


def estimate_on_more_items(few: Metric, many: Metric, of_few: PerItem, of_many: PerItem) -> tuple[float, float]:
    """Estimates the number of `few` as if it were measured on all items of `many`, with its standard error.

        variance    se_many^2  +  se_difference^2  +  2 cov(v_few - v_many, v_many) / n_many

    Args:
        of_few: Numbers of the items behind `few`.
        of_many: Numbers of the items behind `many`.
    """
    differences, (i, j) = by_item(few, many, of_few, of_many), _common_items(of_few[0], of_many[0])
    a, b = np.asarray(of_few[1], float)[i], np.asarray(of_many[1], float)[j]
    variance = (many.se or 0.0) ** 2 + differences.se**2 + 2 * np.cov(a - b, b)[0, 1] / many.n
    return many.value + differences.value, float(np.sqrt(max(variance, 0.0)))


def _common_items(a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Places of the items that stand in both, (n,) in each; of equal keys the first goes with the first, and so on."""
    if np.array_equal(a, b):
        return np.arange(len(a)), np.arange(len(b))
    _, i, j = np.intersect1d(_counted(a), _counted(b), assume_unique=True, return_indices=True)
    return i, j


def _counted(keys: np.ndarray) -> np.ndarray:
    """(n,) keys, each with how many of the same stand before it."""
    order = np.argsort(keys, kind="stable")
    _, first, group = np.unique(keys[order], return_index=True, return_inverse=True)
    numbered = np.empty(len(keys), [("key", np.int64), ("before", np.int64)])
    numbered["key"] = keys
    numbered["before"][order] = np.arange(len(keys)) - first[group]
    return numbered


def real(differences: list[Difference], level: float = LEVEL) -> list[bool]:
    """Tells whether each difference is real: the chance of one wrong answer among all is at most `level` (Holm
    1979)."""
    are_real, order = [False] * len(differences), sorted(range(len(differences)), key=lambda k: differences[k].p)
    for patterns_left, k in zip(range(len(order), 0, -1), order):
        if differences[k].p > level / patterns_left:
            break
        are_real[k] = True
    return are_real
