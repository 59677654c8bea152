"""All families at a glance, drawn from the frame: a table of strips, quality against seconds, and a figure."""

from itertools import groupby
from math import log10

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ...core.errors import DataError
from ...measure.plots.figures import INK, REAL, SAMPLE, STYLE, make_figure, short
from .answer import time_text
from .frame import Axis, Cell, Column, Frame, frame_of, log_ticks, passes, round_ticks, tick_text
from .picks import picks
from .records import Results
from .rules import listed

WIDTH, SIDE, HEIGHT = 190.0, 8.0, 26.0  # units of a strip, and of the room at its sides
WIDE, TALL, LEFT, FOOT, RIGHT = 640.0, 300.0, 46.0, 34.0, 110.0  # of the plane of quality and seconds
APART = 12.0  # between names there
LETTER = 6.0  # of a letter of a mark's name
PASSING = (
    "Passes for real: how many of 100 samples a judge takes for real items. It is 200 (1 - AUC), at most 100, of the "
    "two-sample AUC among all numbers."
)
ROW, ABOVE = 0.24, 0.9  # inches of a row of a figure, and of the words around a panel


def place(axis: Axis, value: float) -> float:
    """Places a number on a strip, in pixels.

    Args:
        axis: Axis of the metric.
        value: The number.
    """
    return round(SIDE + (WIDTH - 2 * SIDE) * axis.at(value), 1)


def strips(frame: Frame, picked: dict[str, str], called: str = "pick") -> dict:
    """Returns the table of strips: {columns, lines, notes}.

    Args:
        picked: {criterion: its pick}.
        called: the tag of the first purpose's pick.
    """
    heads = [_head(column) for column in frame.columns]
    lines = []
    for number, line in enumerate(frame.lines):
        neighbours = [frame.lines[k] if 0 <= k < len(frame.lines) else None for k in (number - 1, number + 1)]
        cells = [
            _strip(column, line.family, [one and one.family for one in neighbours], picked) for column in frame.columns
        ]
        lines.append(
            dict(
                name=line.family, role=line.role, error=line.row.error, improving=bool(line.row.improving), cells=cells,
                picked=called if frame.columns and line.family == picked.get(frame.columns[0].criterion) else "",
                thousand="" if line.thousand is None else time_text(line.thousand),
            )
        )  # fmt: skip
    judged = (passes(cell.metric) for column in frame.columns for cell in column.cells.values())
    notes = [PASSING] if any(judged) else []
    notes += [f"{column.shown.title}: {column.trade}" for column in frame.columns if column.trade]
    notes += [_missing(column) for column in frame.columns if column.missing]
    return dict(columns=heads, lines=lines, notes=notes)


def _head(column: Column) -> dict:
    axis = column.axis
    marks = [("real", column.real)] + [("chance", column.chance)]
    marks = [(name, cell) for name, cell in marks if cell and axis.low <= cell.value <= axis.high]
    return dict(
        purpose=column.purpose,
        said=_scale_in_words(column),
        ticks=[(place(axis, tick), tick_text(tick)) for tick in axis.ticks],
        marks=spread_names([(name, place(axis, cell.value)) for name, cell in marks]),
    )


def spread_names(marks: list[tuple[str, float]]) -> list[dict]:
    """The marks of a strip, at most two, as {name, x, middle}: the middle of the name stands beside its line where the
    two names would overlap or leave the strip."""
    marks = sorted(marks, key=lambda mark: mark[1])
    widths = [LETTER * len(name) for name, _ in marks]
    middles = [min(max(x, width / 2), WIDTH - width / 2) for (_, x), width in zip(marks, widths)]
    if len(marks) == 2 and middles[1] - middles[0] < (apart := sum(widths) / 2 + LETTER):
        left = min(max((sum(middles) - apart) / 2, widths[0] / 2), WIDTH - widths[1] / 2 - apart)
        middles = [left, left + apart]
    return [dict(name=name, x=x, middle=round(middle, 1)) for (name, x), middle in zip(marks, middles)]


def _scale_in_words(column: Column) -> str:
    """What the numbers of a column are, which way is good, and how they are drawn."""
    shown_metric = column.shown
    scale_title = "" if shown_metric.title == column.purpose else shown_metric.title
    parts = [", ".join(filter(None, (scale_title, shown_metric.unit))), shown_metric.words]
    return ": ".join(filter(None, parts)) + ("; log scale" if column.axis.log else "")


def _strip(column: Column, family: str, neighbours: list[str | None], picked: dict[str, str]) -> dict:
    """A cell of the table. neighbours: the families above and below."""
    cell = column.cells.get(family)
    if cell is None:
        reason = column.missing.get(family, "")
        return dict(empty=True, first=False, tied=False, text="–", note=reason or "does not do this")
    axis, is_tied = column.axis, lambda name: name in column.cells and column.cells[name].place == "tied"
    return dict(
        empty=False,
        text=cell.text,
        note=describe(column, cell),
        at=place(axis, cell.value),
        low=place(axis, cell.low),
        high=place(axis, cell.high),
        hollow=not cell.place,
        first=picked.get(column.criterion) == family,
        kind=cell.kind,
        tied=is_tied(family),
        ends=[not is_tied(name) for name in neighbours],
    )


def describe(column: Column, cell: Cell) -> str:
    """Returns a number in words: value, interval, and on how many items."""
    unit = f" {column.shown.unit}" if column.shown.unit else ""
    ends = f" (95%: {cell.ends})" if cell.ends else ""
    remarks = [f"{cell.metric.n:,} items", cell.kind, "not ranked" if not cell.place else ""]
    return f"{cell.text}{unit}{ends}, {', '.join(filter(None, remarks))}"


def _missing(column: Column) -> str:
    """A sentence on families that have no number of a column, by reason."""
    missing_pairs = sorted(column.missing.items(), key=lambda pair: pair[1])
    parts = [
        f"{listed([family for family, _ in members])} ({reason})"
        for reason, members in groupby(missing_pairs, key=lambda pair: pair[1])
    ]
    return f"No {column.shown.title}: {'; '.join(parts)}."


def plane(frame: Frame, pick: str) -> dict | None:
    """Plots quality against seconds to sample, a dot for each family; None for fewer than two families.

    Args:
        frame: Families and metrics of the report.
        pick: The recommended family.
    """
    column = next((one for one in frame.columns if one.criterion in ("samples", "words", "labels") and one.cells), None)
    if column is None:
        return None
    known = [line for line in frame.lines if line.thousand and line.family in column.cells]
    if len(known) < 2:
        return None
    seconds = [line.thousand for line in known]
    low, high = min(seconds) / 1.5, max(seconds) * 1.5
    across = lambda s: round(LEFT + (WIDE - LEFT - RIGHT) * log10(s / low) / log10(high / low), 1)
    up = lambda value: round(TALL - FOOT - (TALL - FOOT - SIDE) * column.axis.at(value), 1)
    dots = [
        dict(
            name=line.family, role=line.role, first=line.family == pick, x=across(line.thousand),
            y=up(column.cells[line.family].value), tied=column.cells[line.family].place in ("tied", "best"),
            note=f"{line.family}: {column.cells[line.family].text} in {time_text(line.thousand)}",
        )
        for line in known
    ]  # fmt: skip
    ticks = log_ticks(low, high) or round_ticks(low, high)
    real = up(column.real.value) if column.real else None
    return dict(
        title=column.shown.title, unit=column.shown.unit, words=column.shown.words, dots=_named(dots, real),
        tied=sum(dot["tied"] for dot in dots) > 1,
        across=[(across(tick), f"{tick_text(tick)} s") for tick in ticks],
        up=[(up(tick), tick_text(tick)) for tick in column.axis.ticks],
        real=real,
    )  # fmt: skip


def _named(dots: list[dict], real: float | None) -> list[dict]:
    """The dots with the heights of their names, so that no name covers one that is near it. real: the height of the
    line of real items."""
    taken_spans = [(WIDE - RIGHT, real)] if real is not None else []  # the word "real" at the end of its line
    names_placed = []
    for dot in sorted(dots, key=lambda one: one["y"]):
        at = dot["y"]
        while any(abs(at - y) < APART and abs(dot["x"] - x) < 7 * len(dot["name"]) + 10 for x, y in taken_spans):
            at += 1
        taken_spans.append((dot["x"], at))
        names_placed.append(dot | {"name_y": round(min(at, TALL - FOOT), 1)})
    return names_placed


# ---------------------------------------------------------------------- a figure


def figure_of(results: Results) -> Figure:
    """Returns the columns of a comparison as panels, one below another. Raises DataError where nothing was measured."""
    family_of_purpose = {pick.criterion: pick.family for pick in picks(results) if pick.family}
    frame = frame_of(results, next(iter(family_of_purpose.values()), None))
    columns = [column for column in frame.columns if column.cells]
    if not columns:
        raise DataError("nothing was measured that a figure could show: give the comparison more minutes")
    height = ABOVE + ROW * len(frame.lines)
    with matplotlib.rc_context(STYLE):
        page = make_figure(height * len(columns))
        for axes, column in zip(page.subplots(len(columns), 1, squeeze=False)[:, 0], columns):
            _draw(axes, frame, column, family_of_purpose.get(column.criterion))
        return page


def _draw(axes: Axes, frame: Frame, column: Column, pick: str | None) -> None:
    """A row a family: a diamond for a baseline, hollow where it is not ranked; numbers stand at the right."""
    lines = [line for line in frame.lines if line.family in column.cells or line.family in column.missing]
    for number, line in enumerate(lines):
        if (cell := column.cells.get(line.family)) is None:
            continue
        colour = SAMPLE if line.family == pick else REAL
        axes.plot([cell.low, cell.high], [number, number], color=colour, linewidth=3, alpha=0.4)
        marker, inside = "D" if line.role == "baseline" else "o", colour if cell.place else "none"
        axes.plot(cell.value, number, marker, color=colour, markerfacecolor=inside, markersize=6)
    if column.real:
        label = f"real against real: {column.real.text}"
        axes.axvline(column.real.value, color=INK, linestyle=":", linewidth=1, label=label)
        axes.legend(loc="lower right", bbox_to_anchor=(1, 1), fontsize=8)
    if column.axis.log:
        axes.set_xscale("log")
    axes.set(xlim=(column.axis.low, column.axis.high), ylim=(len(lines) - 0.5, -0.5))
    axes.set_xticks(column.axis.ticks, list(map(tick_text, column.axis.ticks)), minor=False)
    axes.set_yticks(range(len(lines)), [short(line.family, 24) for line in lines])
    numbers = axes.secondary_yaxis("right")
    numbers.set_yticks(range(len(lines)), [_text(column, line.family) for line in lines])
    for side in (axes, numbers):
        side.tick_params("y", length=0)
        side.spines[["left", "right", "top"] if side is axes else ["right"]].set_visible(False)
    unit = f" ({column.shown.unit})" if column.shown.unit else ""
    words = f": {column.shown.words}" if column.shown.words else ""
    axes.set_title(f"{column.purpose}\n{column.shown.title}{unit}{words}", loc="left")


def _text(column: Column, family: str) -> str:
    return column.cells[family].text if family in column.cells else "–"
