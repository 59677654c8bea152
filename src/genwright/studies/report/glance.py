"""All families at a glance: for each purpose a chart of the number that ranks them, in the report and as a figure."""

import math

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ...core.errors import DataError
from ...core.likelihood import MEASURES, UNNORMALISED
from ...measure.metric import SIGMAS, Metric
from ...measure.plots.figures import INK, REAL, SAMPLE, STYLE, make_figure, short
from .numbers import direction, metrics_beside, unit_of
from .picks import picks
from .records import Results, Row
from .results import badness, format_number, metric_of, names, ranking, rows, title
from .rules import PURPOSE_ORDER, purpose, serves

LOG_RATIO = 30  # largest over smallest number from which intervals are drawn on a log scale
ROW, ABOVE = 0.24, 0.75  # inches of a row of a figure, and of the words around a chart


def figure_of(results: Results) -> Figure:
    """The charts of a comparison, one below another. Raises DataError where nothing was measured."""
    shown = charts(results, {pick.criterion: pick.family for pick in picks(results)}, compared=True)
    if not shown:
        raise DataError("nothing was measured that a figure could show: give the comparison more minutes")
    heights = [ABOVE + ROW * (len(chart["spots"]) + len(chart["missing"])) for chart in shown]
    with matplotlib.rc_context(STYLE):
        page = make_figure(sum(heights))
        panels = page.subplots(len(shown), 1, squeeze=False, height_ratios=heights)[:, 0]
        for axes, chart in zip(panels, shown):
            _draw(axes, chart)
        return page


def _draw(axes: Axes, chart: dict) -> None:
    """A row a family: a diamond for a baseline, hollow where it is not ranked; numbers stand at the right."""
    lines = chart["spots"] + chart["missing"]
    for row, spot in enumerate(chart["spots"]):
        role = spot["role"].split()
        colour = SAMPLE if "first" in role else REAL
        axes.plot([spot["low"], spot["low"] + spot["width"]], [row, row], color=colour, linewidth=3, alpha=0.4)
        marker, inside = "D" if "baseline" in role else "o", "none" if "unranked" in role else colour
        axes.plot(spot["at"], row, marker, color=colour, markerfacecolor=inside, markersize=6)
    if chart["reference"] is not None:
        label = f"real against real: {chart['reference_text']}"
        axes.axvline(chart["reference"], color=INK, linestyle=":", linewidth=1, label=label)
        axes.legend(loc="upper center", bbox_to_anchor=(0.5, 0), fontsize=8)
    axes.set(xlim=(0, 100), xticks=[], ylim=(len(lines) - 0.5, -0.5))
    axes.set_yticks(range(len(lines)), [short(line["name"], 24) for line in lines])
    numbers = axes.secondary_yaxis("right")
    numbers.set_yticks(range(len(lines)), [line["text"] for line in lines])
    for side in (axes, numbers):
        side.tick_params("y", length=0)
        side.spines[:].set_visible(False)
    unit = f" ({chart['unit']})" if chart["unit"] else ""
    scale = "; log scale" if chart["log"] else ""
    way = f": {chart['arrow']} {chart['words']}" if chart["words"] else ""
    axes.set_title(f"{chart['purpose']}\n{chart['title']}{unit}{way}{scale}")


def charts(results: Results, best: dict[str, str | None], compared: bool) -> list[dict]:
    """A chart for each purpose, and for each metric that is shown beside those. A purpose of a comparison has its pick
    in bold, and rows without a number too; another study has charts of what it measured, the best in bold. best: the
    pick for each purpose."""
    headline, charted = results.metrics["headline"], []
    for criterion in PURPOSE_ORDER:
        metric = headline.get(criterion)
        if metric is not None and (compared or metric in names(results)):
            first = best.get(criterion) if compared else next(iter(ranking(results, metric).order), None)
            charted.append(_chart(results, criterion, metric, first))
    for metric, said in metrics_beside(results).items():
        explanation = results.metrics["titles"][metric][1]
        titled = dict(purpose=title(results, metric), title=explanation, trade=said)
        charted.append(_chart(results, "samples", metric, None) | titled)
    return [chart for chart in charted if chart["spots"] or chart["missing"]]


def _chart(results: Results, criterion: str, metric: str, pick: str | None) -> dict:
    """Dots with 95% intervals on one scale, best first, what is not ranked next, and last what has no number that could
    stand on it; positions in percent of the track. pick: the family that is set in bold."""
    numbers = [(row, metric_of(row.metrics.get(metric))) for row in rows(results)]
    ranked = ranking(results, metric).order
    first = lambda pair: (pair[0].family not in ranked, badness(pair[1]))
    numbers = sorted(((row, m) for row, m in numbers if m and m.kind != UNNORMALISED), key=first)
    reference = metric_of(results.reference_metrics.get(metric))
    at, log = _scale([m for _, m in numbers] + [m for m in [reference] if m])
    spots = []
    for row, m in numbers:
        half = SIGMAS * (m.se or 0)
        low, high = at(m.value - half), at(m.value + half)
        place = dict(at=at(m.value), low=low, width=round(high - low, 2))
        role = "baseline" if row in results.baselines else "model"
        role += "" if row.family in ranked else " unranked"
        kind = m.kind if m.of in MEASURES else ""
        role += " first" if row.family == pick else ""
        spots.append(
            dict(name=row.family, role=role, text=format_number(m), kind=kind, improving=bool(row.improving), **place)
        )
    placed = [row.family for row, _ in numbers]
    arrow, words = direction(numbers[0][0].metrics[metric]) if numbers else ("", "")
    return dict(
        purpose=purpose(results, criterion, metric),
        missing=[
            dict(
                name=row.family,
                role="baseline" if row in results.baselines else "model",
                **_missing_reason(results, row, metric),
            )
            for row in results.models + results.baselines
            if row.family not in placed and serves(results, row.family, criterion, metric)
        ],
        title=title(results, metric),
        trade="",
        unit=unit_of(results, metric),
        arrow=arrow,
        words=words,
        spots=spots,
        reference=at(reference.value) if reference else None,
        reference_text=format_number(reference) if reference else "",
        log=log,
    )


def _missing_reason(results: Results, row: Row, metric: str) -> dict:
    """A reason for a row without a number that a chart could show: {text, reason}; the reason may be unknown."""
    record = row.metrics.get(metric)
    if row.error:
        return dict(text="did not finish", reason=row.error)
    if record is None:
        reasons, name = row.unmeasured, title(results, metric)  # of each metric that the row lacks
        own = [reason for reason in reasons.split("; ") if reason.startswith(name)]
        return dict(text="not measured", reason="; ".join(own).removeprefix(f"{name}: ") or reasons)
    return dict(text="no place on this scale", reason=record["note"] or "known only up to a constant")


def _scale(metrics: list[Metric]):
    """A function from a value to percent of the track, and whether it is logarithmic."""
    ends = [m.value + sign * SIGMAS * (m.se or 0) for m in metrics for sign in (-1, 1)]
    values = [m.value for m in metrics]
    log = bool(values) and min(values) > 0 and max(values) > LOG_RATIO * min(values)
    put = (lambda v: math.log(max(v, min(values) / 2))) if log else (lambda v: v)
    low, high = (put(min(ends)), put(max(ends))) if ends else (0.0, 1.0)
    span = (high - low) or 1.0
    return (lambda v: round(2 + 96 * (put(v) - low) / span, 2)), log
