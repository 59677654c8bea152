"""Rows of the tables of metrics: what a suite measures, in words and as a function, and what each number tells."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from ..core.data import Data
from .metric import Metric, Role

ALIKE = "alike"  # real items are measured as samples are
MOST_BAD = 0.9  # of the samples, from which on bad ones leave nothing to use


@dataclass(frozen=True)
class MetricRow:
    """A metric of a suite: its words, unit, better direction, role and function.

    Args:
        name: key in `results.json`.
        title: what a page calls it, in a word or two.
        meaning: what it measures and which way is good, in half a sentence.
        unit: Unit of the number; a metric that brings one of its own keeps it.
        better: "higher", "lower" or "near 1".
        role: what it tells.
        measure: function (suite, items) -> `Metric`, {name: Metric} of several rows, or None without a value. items
            are samples as the suite reads them, predictions of test items, or what `size` says.
        size: the size of the suite that says how many items the metric is measured on. "scored": items are the
            likelihood and the test items; of every other size than "samples", the model.
        real: what real items reach: `ALIKE`, a function (suite) of its own that returns as `measure`, or None.
        ranks: the purpose for which `compare` ranks by it, "" for none.
        fact: Fact of a hard fact, what it says of a family's samples, with {} for the number: "{} of its rows break
            a rule". Of shares of good samples the number is the rest; of ratios, what is below that of real items
            is bad. Hard facts decide between families that are tied.
        cure: the options of `genwright sample` that mend the fact, with {data} for the training data.
        most_bad: share of bad samples by the fact from which on a family is of no use. Default: 0.9, where good ones
            can be told from bad ones and kept.
        chance: function (suite) -> `Metric` that the metric reaches with nothing learned, by chance, class
            frequencies or noise; None where that is not known. A pick must be better.
        beside: what it trades against, a sentence.
    """

    name: str
    title: str
    meaning: str
    unit: str
    better: str
    role: Role
    measure: Callable[[Any, Any], Metric | dict[str, Metric] | None]
    size: str = "samples"
    real: Callable[[Any], Metric | dict[str, Metric] | None] | str | None = ALIKE
    ranks: str = ""
    fact: str = ""
    cure: str = ""
    most_bad: float = MOST_BAD
    chance: Callable[[Any], Metric | None] | None = None
    beside: str = ""

    def complete(self, metric: Metric, of: str) -> Metric:
        """Completes a metric with what the row says of it.

        Args:
            of: what was measured, where the metric does not say.
        """
        return replace(metric, of=metric.of or of, unit=metric.unit or self.unit, better=metric.better or self.better)


def rows(*of: MetricRow) -> dict[str, MetricRow]:
    """Builds a table of metrics by name."""
    return {row.name: row for row in of}


def ranked(table: dict[str, MetricRow], **purposes: str) -> dict[str, MetricRow]:
    """Copies the table with other metrics that rank: {purpose: metric}, or "" for none."""
    other_rows = {name: replace(row, ranks="" if row.ranks in purposes else row.ranks) for name, row in table.items()}
    return other_rows | {name: replace(other_rows[name], ranks=purpose) for purpose, name in purposes.items() if name}


def constant_chance(value: float) -> Callable[[Any], Metric]:
    """Returns a function for the `chance` of a row whose metric has a fixed value where nothing was learned."""
    return lambda suite: estimate(value, 0.0, 0, kind="exact")


def of_items(measure: Callable[[Data, Any], float | tuple[float, float]]) -> Callable[[Any, Any], Metric]:
    """Adapts a measure of the data and items in the user's form to the function of a row. The items are samples, or
    predictions of test items; the measure returns a number, or a number and its standard error."""

    def measured(suite: Any, items: Any) -> Metric:
        raw_items = suite.raw(items)
        value = measure(suite.data, raw_items)
        return estimate(*(value if isinstance(value, tuple) else (value, None)), len(raw_items))

    return measured


def estimate(
    value: float, se: float | None, n: int, reference: str = "", detail: str = "", *, kind: str = "estimate",
    of: str = "", unit: str = "", **metric_fields: Any,
) -> Metric:  # fmt: skip
    """Makes a metric from a number measured on n items; the row completes it.

    Args:
        value: the number.
        se: its standard error.
        n: number of items.
        reference: what it is measured against.
        detail: a remark.
        kind: "estimate", "exact" or a bound.
        of: what was measured.
        unit: Unit of the number.
        metric_fields: other fields of `Metric`.
    """
    error = None if se is None else float(se)
    return Metric(float(value), error, kind, of, unit, n, "", reference, detail, **metric_fields)
