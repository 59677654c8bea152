"""The one frame that a report reads: families by metrics, each number with the ends of its 95% interval.

The ends never lie beyond what the number can be. A share, such as an accuracy or an area under a curve, has Wilson's
interval (1927) for as many items as its standard error speaks of: a plain share for the items it was counted on, a
clustered one for fewer. Any other number has the normal interval, cut where its unit ends, such as at 0 of a distance.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from math import floor, inf, isfinite, log10

from ...core.likelihood import MEASURES, UNNORMALISED
from ...measure.metric import SIGMAS, Metric, decimals
from .decision import chance_of, is_coin, tied_families
from .records import Results, Row
from .results import is_copy, metric_of, names, ranking, rows, title
from .rules import PURPOSE_ORDER, purpose, serves

SHARES = ("AUC", "F1", "accuracy", "cosine", "Tanimoto", "gain")  # units of numbers from 0 to 1, beside "of ..."
OVER = ("of real", "of a guess", "of mean", "of black")  # units of ratios, which may be above 1
LEAST_SPAN = 0.5  # of all that a share can be, which an axis shows at least
LEAST_VARIANCE = 1e-18  # of a share, below which its interval is the share itself
LOG_RATIO = 30  # largest over smallest number from which an axis is logarithmic
TICKS = 3  # on an axis, about
THOUSAND = 1_000  # items whose seconds are told


# ---------------------------------------------------------------------- intervals


def limits_of(metric: Metric) -> tuple[float, float]:
    """Returns the least and the most that a number of this kind can be, and at least the number itself."""
    unit, value = metric.unit, metric.value
    if unit == "%" or unit in SHARES or (unit.startswith("of ") and unit not in OVER):
        low, high = 0.0, 100.0 if unit == "%" else 1.0
    elif metric.of in MEASURES:
        low, high = _limits_of_likelihood(metric)
    elif metric.better == "higher":
        low, high = (-inf, 1.0) if not unit else (0.0, inf) if unit in ("times", *OVER) else (-inf, inf)
    elif metric.better == "near 1" and not unit:
        low, high = 0.0, 1.0
    else:
        low, high = 0.0, inf
    return min(low, value), max(high, value)


def _limits_of_likelihood(metric: Metric) -> tuple[float, float]:
    """A probability is at most 1; a density is anything."""
    if metric.of != "mass":
        return -inf, inf
    return (-inf, 0.0) if metric.better == "higher" else (0.0, inf)


def interval_of(metric: Metric) -> tuple[float, float]:
    """Returns the ends of the 95% interval of a number, both the number itself where its error is not known."""
    if not metric.se:
        return metric.value, metric.value
    low, high = limits_of(metric)
    if isfinite(low) and isfinite(high) and low < metric.value < high or (low, high) in ((0.0, 1.0), (0.0, 100.0)):
        a, b = wilson((metric.value - low) / (high - low), metric.se / (high - low), metric.n)
        return low + (high - low) * a, low + (high - low) * b
    half = SIGMAS * metric.se
    return max(low, metric.value - half), min(high, metric.value + half)


def wilson(share: float, se: float, n: int) -> tuple[float, float]:
    """Computes Wilson's 95% interval of a share, for as many items as its standard error implies.

    Args:
        share: The share.
        se: Its standard error.
        n: Items that were measured.
    """
    middle = (share * n + 2) / (n + 4)
    items = max(middle * (1 - middle) / max(se**2, LEAST_VARIANCE) - 4, 1.0)
    z = SIGMAS**2 / items
    centre, half = (share + z / 2) / (1 + z), SIGMAS * ((share * (1 - share) + z / 4) / items) ** 0.5 / (1 + z)
    return max(0.0, min(share, centre - half)), min(1.0, max(share, centre + half))


# ---------------------------------------------------------------------- what a column shows


@dataclass(frozen=True)
class Shown:
    """How a column shows its metric.

    Args:
        title: Title of the column.
        unit: in which it shows the number.
        better: "higher", "lower" or "near 1".
        words: which way is good.
        of: the number as it is shown, a monotone function of the metric.
    """

    title: str
    unit: str
    better: str
    words: str
    of: Callable[[float], float] = float


WORDS = {"higher": "higher is better", "lower": "lower is better", "near 1": "1 is right"}


def passes(metric: Metric) -> bool:
    """Tells whether a metric is how well a judge tells samples from real items, by an area under a curve."""
    return (metric.of, metric.unit, metric.better) == ("samples", "AUC", "lower")


def share_passing(area: float) -> float:
    """Computes how many of 100 samples a judge takes for real from the area under its curve: twice the chance that it
    ranks a sample above a real item."""
    return min(100.0, 200 * (1 - area))


# ---------------------------------------------------------------------- the frame


@dataclass(frozen=True)
class Cell:
    """A number of a family.

    Args:
        metric: as it was measured.
        value: as its column shows them.
        low: as its column shows them.
        high: as its column shows them.
        text: The text.
        place: "ranked", "tied" with the best, "best", or "" where it is shown and not ranked.
    """

    metric: Metric
    value: float
    low: float
    high: float
    text: str
    place: str = ""
    coin: bool = False

    @property
    def ends(self) -> str:
        """The interval in words; "" where there is none."""
        if self.low == self.high:
            return ""
        places = decimals((self.high - self.low) / 2 or 1.0, 2)
        return f"{self.low:,.{places}f} to {self.high:,.{places}f}"

    @property
    def kind(self) -> str:
        """The kind of a likelihood, such as "lower bound"."""
        return self.metric.kind if self.metric.of in MEASURES else ""


@dataclass(frozen=True)
class Axis:
    """A scale for the numbers of a column.

    Args:
        ticks: round numbers on it.
    """

    low: float
    high: float
    log: bool
    ticks: tuple[float, ...]

    def at(self, value: float) -> float:
        """Places a number on the axis, from 0 to 1."""
        put = log10 if self.log else float
        value = min(max(value, self.low), self.high)
        return (put(value) - put(self.low)) / ((put(self.high) - put(self.low)) or 1.0)


@dataclass(frozen=True)
class Column:
    """A metric of all families.

    Args:
        metric: Name of the metric.
        criterion: the purpose that it settles; "" of one that is shown beside these.
        purpose: in words.
        shown: how the numbers are shown.
        cells: {family: its number}.
        missing: {family: why it has none}, of those that could have one.
        real: what real items reach, chance: what is reached with nothing learned; None where nobody knows.
        trade: what it trades against, a sentence or "".
    """

    metric: str
    criterion: str
    purpose: str
    shown: Shown
    cells: dict[str, Cell]
    missing: dict[str, str]
    real: Cell | None
    chance: Cell | None
    trade: str = ""

    @cached_property
    def axis(self) -> Axis:
        return axis_of(self)


@dataclass(frozen=True)
class Line:
    """A family of a frame.

    Args:
        row: Row of the results, one family.
        role: "model" or "baseline".
        thousand: seconds for 1,000 items, None where not known.
    """

    row: Row
    role: str
    thousand: float | None

    @property
    def family(self) -> str:
        return self.row.family


@dataclass(frozen=True)
class Frame:
    """Families in one order, best first, and the columns that a person compares them by.

    Args:
        lines: Lines of text.
    """

    lines: tuple[Line, ...]
    columns: tuple[Column, ...]


def frame_of(results: Results, first: str | None = None) -> Frame:
    """Returns the frame of results.

    Args:
        results: Results of the comparison.
        first: the family to stand first, the pick of the first purpose.
    """
    columns = [column_of(results, criterion, metric) for criterion, metric in headline_metrics(results)]
    bound_metrics = results.metrics.get("beside", {})
    columns += [
        column_of(results, "", metric, trade) for metric, trade in bound_metrics.items() if metric in names(results)
    ]
    columns = [column for column in columns if column.cells or column.missing]
    order = _order(results, columns, first)
    place = {family: number for number, family in enumerate(order)}
    all_rows = [(row, "model") for row in results.models] + [(row, "baseline") for row in results.baselines]
    all_rows = sorted(all_rows, key=lambda pair: (bool(pair[0].error), place.get(pair[0].family, len(place))))
    return Frame(tuple(Line(row, role, seconds_for_thousand(row)) for row, role in all_rows), tuple(columns))


def headline_metrics(results: Results) -> Iterator[tuple[str, str]]:
    """Yields (criterion, metric) of each purpose in the order in which people come for them; of those measured where
    nothing was compared."""
    headline, metric_names = results.metrics["headline"], names(results)
    for criterion in PURPOSE_ORDER:
        metric = headline.get(criterion)
        if metric is not None and (results.study == "compare" or metric in metric_names):
            yield criterion, metric


def column_of(results: Results, criterion: str, metric: str, trade: str = "") -> Column:
    """Returns the column of a metric.

    Args:
        results: Results of the comparison.
        criterion: Name of the criterion.
        metric: Name of the metric.
    """
    records = {row.family: row.metrics.get(metric) for row in rows(results)}
    numbers = {family: m for family, record in records.items() if (m := metric_of(record))}
    numbers = {family: m for family, m in numbers.items() if m.kind != UNNORMALISED}
    reference, chance = metric_of(results.reference_metrics.get(metric)), chance_of(results, metric)
    shown_metric = shown_as(results, metric, next(iter(numbers.values()), reference))
    ranked = ranking(results, metric)
    tied = tied_families(results, ranked) if ranked.order else []
    place = dict.fromkeys(ranked.order, "ranked") | dict.fromkeys(tied, "tied")
    place |= {tied[0]: "best" if len(tied) == 1 else "tied"} if tied else {}
    cells = {
        family: cell_of(m, shown_metric, place.get(family, ""), is_coin(results, m, metric))
        for family, m in numbers.items()
    }
    verb = criterion or "samples"
    missing = {
        row.family: missing_reason(results, row, metric)
        for row in results.models + results.baselines
        if row.family not in cells and not row.error and serves(results, row.family, verb, metric)
    }
    column_title = title(results, metric) if not criterion else purpose(results, criterion, metric)
    return Column(
        metric, criterion, column_title, shown_metric, cells, missing, reference and cell_of(reference, shown_metric),
        chance and cell_of(chance, shown_metric), trade,
    )  # fmt: skip


def shown_as(results: Results, metric: str, number: Metric | None) -> Shown:
    """Converts a metric to the form in which it is shown: itself, or the area under a judge's curve as a share of
    samples that pass for real.

    Args:
        results: Results of the comparison.
        metric: Name of the metric.
        number: The metric.
    """
    if number and passes(number):
        return Shown("Passes for real", "%", "higher", "as high as real items is best", share_passing)
    unit = results.metrics["titles"].get(metric, ["", "", ""])[2]
    metric_title = title(results, metric)
    better = number.better if number else ""
    words = WORDS.get(better, "")
    if number and better == "near 1" and number.of in ("completions", "predictions"):
        words = "0.9 is right"
    return Shown(metric_title, "" if unit.lower() in metric_title.lower() else unit, better, words)


def cell_of(metric: Metric, shown_metric: Shown, place: str = "", coin: bool = False) -> Cell:
    ends = sorted(map(shown_metric.of, interval_of(metric)))
    value = shown_metric.of(metric.value)
    half = (ends[1] - ends[0]) / 2
    places = decimals(half, 2) if half else decimals(value, 3)
    return Cell(metric, value, *ends, f"{value:,.{places}f}", place, coin)


def missing_reason(results: Results, row: Row, metric: str) -> str:
    """Explains why a row has no number of a metric that can be shown.

    Args:
        results: Results of the comparison.
        row: Row of the results, one family.
        metric: Name of the metric.
    """
    record = row.metrics.get(metric)
    if record is not None:
        return record["note"] or "known only up to a constant"
    name = title(results, metric)
    own_reasons = [reason for reason in row.unmeasured.split("; ") if reason.startswith(name)]
    return "; ".join(own_reasons).removeprefix(f"{name}: ").removeprefix(f"{name} ") or "not measured"


def seconds_for_thousand(row: Row) -> float | None:
    """Returns seconds in which a row samples, or predicts, 1,000 items; None where that was not measured."""
    counts = [m.n for record in row.metrics.values() if (m := metric_of(record)) and m.of in ("samples", "predictions")]
    seconds = row.seconds.get("sample")
    return THOUSAND * seconds / max(counts) if seconds and counts and max(counts) else None


def _order(results: Results, columns: list[Column], first: str | None) -> list[str]:
    """Families best first by the first column: the pick, those that are ranked, those that are shown, the others."""
    if not columns:
        return [] if first is None else [first]
    column = columns[0]
    ranked = ranking(results, column.metric).order
    shown_families = sorted(column.cells, key=lambda family: column.cells[family].value)
    shown_families = shown_families[::-1] if column.shown.better == "higher" else shown_families
    copies = [row.family for row in rows(results) if is_copy(results, row)]
    order = [*([first] if first else []), *ranked, *(f for f in shown_families if f not in copies), *shown_families]
    return list(dict.fromkeys(order))


# ---------------------------------------------------------------------- axes


def axis_of(column: Column) -> Axis:
    """Returns an axis on which all numbers of a column stand with their intervals, and what real items reach; and
    chance where that is not far away."""
    cells = [*column.cells.values(), *([column.real] if column.real else [])]
    if not cells:
        return Axis(0.0, 1.0, False, ())
    low, high = min(cell.low for cell in cells), max(cell.high for cell in cells)
    values = [cell.value for cell in cells]
    minimum, maximum = limits_of(cells[0].metric)
    bounded = isfinite(minimum) and isfinite(maximum)
    if low > 0 and max(values) > LOG_RATIO * min(values) and not bounded:
        low, high = min(low, min(values)), max(high, max(values))
        return Axis(low / 1.2, high * 1.2, True, log_ticks(low / 1.2, high * 1.2))
    maximum = 100.0 if column.shown.unit == "%" else maximum
    if bounded and high - low < LEAST_SPAN * maximum:
        spare = (LEAST_SPAN * maximum - (high - low)) / 2
        low, high = max(minimum, low - spare), min(maximum, high + spare)
    span = (high - low) or abs(high) or 1.0
    if column.chance and low - span <= column.chance.value <= high + span:
        low, high = min(low, column.chance.value), max(high, column.chance.value)
    span = (high - low) or abs(high) or 1.0
    return Axis(low - 0.04 * span, high + 0.04 * span, False, round_ticks(low, high))


def round_ticks(low: float, high: float, count: int = TICKS) -> tuple[float, ...]:
    """Chooses about `count` round numbers in a range: multiples of 1, 2 or 5 by a power of ten.

    Args:
        low: Lower end of the range.
        high: Upper end of the range.
        count: Approximate number of ticks.
    """
    if not high > low:
        return (low,)
    raw = (high - low) / count
    power = 10.0 ** floor(log10(raw))
    step = min((times * power for times in (1, 2, 5, 10)), key=lambda one: abs(one - raw))
    first = -floor(-low / step + 1e-9)
    ticks = tuple(round(step * k, 12) for k in range(int(first), int(first) + 12) if step * k <= high + 1e-9 * step)
    return ticks or (round(low, 12),)


def log_ticks(low: float, high: float) -> tuple[float, ...]:
    """Powers of ten in a range, every second or third of them where there are many; twice and five times them where
    there are few."""
    first, last = floor(log10(low)), floor(log10(high)) + 1
    ticks_within = lambda *times: [
        t * 10.0**k for k in range(first, last + 1) for t in times if low <= t * 10.0**k <= high
    ]
    all_ticks = ticks_within(1) if len(ticks_within(1)) > 2 else ticks_within(1, 2, 5)
    return tuple(all_ticks[:: max(1, len(all_ticks) // 4)])


def tick_text(value: float) -> str:
    """Returns a round number, short."""
    return f"{value:,.12g}" if abs(value) < 1e6 else f"{value:.0e}"
