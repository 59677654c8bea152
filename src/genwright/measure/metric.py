"""A metric: a number with its standard error, unit and number of items, never a bare float; and its role.

No code outside the suites knows a metric by its name: it asks for a role, or for the metric that serves a purpose.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from enum import StrEnum
from typing import NamedTuple

import numpy as np

SIGMAS = 1.96  # half a 95% interval in standard errors
NEARLY = 0.1  # of the items: with a tenth more, an error shrinks by a twentieth, and a distance's bias by a tenth of it


class Role(StrEnum):
    """The role of a metric in comparisons and reports."""

    DENSITY = "density"  # how likely test items are
    SAMPLES = "samples"  # how far samples are from test items
    VALIDITY = "validity"  # whether samples make sense at all
    RULES = "rules"  # how many samples break a rule that real items keep
    CONDITIONS = "conditions"  # whether samples are what they were asked to be
    CLASSES = "classes"  # which classes samples leave out
    TEACHING = "teaching"  # what a classifier learns from samples, over what it learns from real items
    LEARNED = "learned"  # what a classifier learns from samples, as a score of its own
    NEARNESS = "nearness"  # distance of samples to training items, over that of test items
    COPIES = "copies"  # samples that equal a training item
    PAIRS = "pairs"  # samples that hold a pair of cells that few training rows hold
    NOVELTY = "novelty"  # what of samples no training item has
    HOLD_OUT = "hold-out"  # samples that lie nearer to training items than to others
    ATTACK = "attack"  # how well an attack with samples tells who was trained on
    CODES = "codes"  # what codes hold
    COMPLETIONS = "completions"  # how well what is missing is filled in
    COVERAGE = "coverage"  # how often intervals hold the truth
    ANSWERS = "answers"  # how good predictions are
    CONFIDENCE = "confidence"  # whether probabilities mean what they say


ROLE_METRICS = {  # role -> metrics that have it, for stored results, which hold names alone; a test compares the suites
    Role.NEARNESS: ("memorisation",),
    Role.COPIES: ("copies",),
    Role.PAIRS: ("copied_pairs",),
    Role.HOLD_OUT: ("dcr_share",),
    Role.ATTACK: ("membership_auc",),
    Role.RULES: ("broken_rules",),
    Role.CLASSES: ("class_coverage",),
    Role.TEACHING: ("cas", "cas_cnn", "cas_svc", "tstr_share"),
    Role.LEARNED: ("tstr",),
    Role.COVERAGE: ("coverage",),
}


@dataclass(frozen=True)
class Metric:
    """One measured number, `value`, in `unit`, with its standard error and number of items.

    Three fields serve to compare two models (`differences`). An item without a part is NaN; items are None where test
    items do not settle the value.

    Args:
        se: standard error, None where it has none.
        kind: Kind of a likelihood (see `likelihood`), or "estimate" or "exact".
        of: what was measured ("mass", "samples", "completions", ...).
        n: items it was measured on.
        better: "higher", "lower" or "near 1".
        reference: the feature network, classifier or set that it stands on, by name and file hash; numbers with
            different references or kinds, or on far more items, are not ranked against each other.
        detail: words for a reader, such as which classes are missing.
        own: the part of se that does not come from test items, but from samples or from the items that a classifier
            learned from; 0 if all of se comes from test items.
        splits: the number on each of several splits of the data, whose mean the value is; empty for one split.
        survived: share of the samples that could be measured at all, such as strings that are molecules; the metric
            says nothing of the other samples.
        items: (m,) numbers of the first test items, whose mean the value is, influence values where it is no mean
            itself (`influence`).
    """

    value: float
    se: float | None
    kind: str
    of: str
    unit: str
    n: int
    better: str
    reference: str = ""
    detail: str = ""
    own: float = 0.0
    splits: tuple[float, ...] = ()
    survived: float = 1.0
    items: np.ndarray | None = field(default=None, compare=False, repr=False)

    def to_json(self) -> dict:
        """Returns the fields by name, as `results.json` holds them: all but `items`."""
        return {f.name: getattr(self, f.name) for f in fields(self) if f.name != "items"}

    def __str__(self) -> str:
        """The value with half its 95% interval, rounded where the interval makes further digits meaningless."""
        if self.se is None or self.se <= 0:
            return f"{self.value:,.{decimals(self.value, 3)}f}"
        half_width = SIGMAS * self.se
        places = decimals(half_width, 2)
        return f"{self.value:,.{places}f} ± {half_width:,.{places}f}"

    def comparable(self, other: "Metric", anyhow_many: bool = False) -> bool:
        """Tells whether the two were measured alike, so that ranking them is fair.

        Args:
            anyhow_many: on more or fewer items.
        """
        is_same_measure = all(getattr(self, f) == getattr(other, f) for f in ("of", "unit", "better", "reference"))
        as_many = anyhow_many or nearly_as_many(self.n, other.n)
        return is_same_measure and as_many and "unnormalised" not in (self.kind, other.kind)

    def below(self, limit: float) -> bool:
        """Tells whether the 95% interval of the number lies below a limit."""
        return self.value + SIGMAS * (self.se or 0.0) < limit

    def above(self, limit: float) -> bool:
        """Tells whether the 95% interval of the number lies above a limit."""
        return self.value - SIGMAS * (self.se or 0.0) > limit

    def differs_from(self, other: "Metric") -> bool:
        """Tells whether the 95% intervals of the two lie apart; never, where one has no error."""
        if self.se is None or other.se is None:
            return False
        return abs(self.value - other.value) > SIGMAS * (self.se + other.se)


def nearly_as_many(a: int, b: int) -> bool:
    """Tells whether numbers measured on a and on b items may be ranked together: their errors cover the difference."""
    return abs(a - b) <= NEARLY * max(a, b)


def decimals(value: float, figures: int) -> int:
    """Returns the decimal places that show `figures` significant figures, at most 4."""
    return 2 if value == 0 else max(0, min(4, figures - 1 - math.floor(math.log10(abs(value)))))


class Measured(NamedTuple):
    """The measurements of one model by a suite. The mean of these numbers is the metric; they are influence values
    where it is no mean itself. An item is known by the key of its content, or by its number in a graph.

    Args:
        metrics: by name.
        seconds: {"sample", "evaluate"}.
        per_item: {metric: (items (n,) int64, the number of each (n,) float64)} of metrics that test items settle,
            to compare two models item by item.
    """

    metrics: dict[str, Metric]
    seconds: dict[str, float]
    per_item: dict[str, tuple[np.ndarray, np.ndarray]]


def per_item(metrics: dict[str, Metric], keys: np.ndarray) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Collects the numbers of single test items in the form of `Measured`.

    Args:
        keys: (n,) int64 of the test items, in the order in which they were measured.
    """
    numbers = {}
    for name, metric in metrics.items():
        if metric.items is not None:
            is_finite = np.isfinite(metric.items)
            numbers[name] = keys[: len(is_finite)][is_finite], metric.items[is_finite]
    return numbers


def metric_for(role: Role) -> str:
    """Finds the metric of stored results that has a unique role."""
    (name,) = ROLE_METRICS[role]
    return name


def with_role(role: Role, names: Iterable[str]) -> list[str]:
    """Selects the metrics of stored results that have a role."""
    return [name for name in names if name in ROLE_METRICS[role]]
