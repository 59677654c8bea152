"""Drawings of series: small multiples of subjects, fans of forecasts, correlations in time."""

from collections.abc import Sequence
from pathlib import Path

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ...core.spec import Category, Leaf
from ...measure.plots.column_sheets import Labels
from ...measure.plots.figures import INK, REAL, SAMPLE, STYLE, make_figure, save, short
from ..kinds.quantiles import quantiles
from .statistics import Rows, in_units, lag_profile

ACROSS, COLUMNS = 4, 3  # subjects side by side, and columns of each
FANS = 3  # forecasts side by side
LEVELS = ((0.05, 0.95), (0.25, 0.75))  # of the bands of a fan
MOST_LAGS = 20
MOST_LABELS = 6  # of a category, beside its picture


def drawing(rows: Rows, names: Sequence[str], labels: Labels, colour: str = SAMPLE) -> Figure:
    """Small multiples: a column of pictures for each series, a row for each of the first columns.

    Args:
        rows: Series, of which the first of at least the usual length are drawn.
        names: Names of the columns.
        labels: Those of categories, by the name of their column.
        colour: Of the lines.
    """
    shown = _shown_columns(rows)[:COLUMNS]
    usual = np.flatnonzero(rows.sizes >= np.median(rows.sizes))[:ACROSS]
    with matplotlib.rc_context(STYLE):
        figure = make_figure(0.4 + 1.1 * len(shown))
        axes = figure.subplots(len(shown), len(usual), squeeze=False, sharex=True, sharey="row")
        for column, number in enumerate(usual):
            part = slice(rows.ptr[number], rows.ptr[number + 1])
            time = _times(rows, part)
            for line, j in enumerate(shown):
                _draw_cells(axes[line, column], time, rows.x[part, j], rows.leaves[j], colour)
        for line, j in enumerate(shown):
            axes[line, 0].set_ylabel(short(names[j], 12))
            if isinstance(rows.leaves[j], Category):
                _name_labels(axes[line, 0], labels.get(names[j], []))
        unit = "" if rows.step is None else rows.leaves[rows.step].unit
        axes[-1, 0].set_xlabel(f"{unit}s since the first row" if unit else "time" if rows.step is not None else "rows")
        return figure


def _shown_columns(rows: Rows) -> list[int]:
    return [*rows.numbers, *rows.labels] or list(range(len(rows.leaves)))


def _times(rows: Rows, part: slice) -> np.ndarray:
    """Times since the first row, in the unit of the steps."""
    if rows.step is None:
        return np.arange(part.stop - part.start)
    steps = in_units(rows.leaves[rows.step], rows.x[part, rows.step])
    steps[0] = 0
    return np.cumsum(steps)


def _draw_cells(axis: Axes, time: np.ndarray, cells: np.ndarray, leaf: Leaf, colour: str) -> None:
    is_known = ~np.isnan(cells)
    if isinstance(leaf, Category):
        axis.step(time[is_known], cells[is_known], where="mid", color=colour, linewidth=1, marker=".", markersize=3)
    else:
        numbers = in_units(leaf, cells[is_known])
        axis.plot(time[is_known], numbers, color=colour, linewidth=1, marker=".", markersize=3)
    axis.locator_params(nbins=3)
    axis.tick_params(labelsize=7)


def _name_labels(axis: Axes, labels: Sequence[str]) -> None:
    """Labels instead of codes, where so few of them are drawn that they have room."""
    low, high = axis.get_ylim()
    codes = [code for code in range(len(labels)) if low <= code <= high]
    if len(codes) <= MOST_LABELS:
        axis.set_yticks(codes, [short(str(labels[code]), 9) for code in codes])


def correlations_in_time(real: Rows, drawn: Rows, names: Sequence[str], path: Path) -> str:
    """Write the autocorrelation of each number, real and sampled side by side; return the path."""
    shown = real.numbers[:COLUMNS]
    most = int(min(MOST_LAGS, max(2, np.median(real.sizes) - 1)))
    lags = range(1, most + 1)
    profiles = [lag_profile(rows, lags) for rows in (real, drawn)]
    with matplotlib.rc_context(STYLE):
        figure = make_figure(1.8)
        axes = figure.subplots(1, max(1, len(shown)), squeeze=False, sharey=True)[0]
        for k, (axis, j) in enumerate(zip(axes, shown)):
            for profile, colour, label in zip(profiles, (REAL, SAMPLE), ("real", "sampled")):
                axis.plot(lags, profile[:, k, k], color=colour, marker=".", markersize=4, linewidth=1, label=label)
            axis.axhline(0, color=INK, linewidth=0.5)
            axis.set_title(short(names[j], 16))
            axis.set_xlabel("rows apart")
        axes[0].set_ylabel("correlation")
        axes[0].legend(fontsize=8)
        for axis in axes:
            axis.xaxis.get_major_locator().set_params(integer=True)
        return save(figure, path)


def fans(truth: Sequence[np.ndarray], draws: Sequence[np.ndarray], name: str, path: Path) -> str:
    """Write forecasts of one number as fans around the truth; return the path.

    Args:
        truth: (T,) of each series, NaN where absent.
        draws: (S, ahead) of each series, its last rows.
        name: Name of the number.
        path: Of a PNG.
    """
    with matplotlib.rc_context(STYLE):
        figure = make_figure(2.0)
        axes = figure.subplots(1, max(1, len(truth)), squeeze=False, sharey=True)[0]
        for axis, real, drawn in zip(axes, truth, draws):
            begun = len(real) - drawn.shape[1]
            known = np.flatnonzero(~np.isnan(real))
            past = known[known < begun]
            last = past[-1:]  # the fan opens at the last known value
            for low, high in LEVELS:
                edges = [np.r_[real[last], edge] for edge in quantiles(drawn, (low, high))]
                time = np.r_[last, np.arange(begun, len(real))]
                label = f"{high - low:.0%} of forecasts"
                axis.fill_between(time, *edges, color=SAMPLE, alpha=0.3, linewidth=0, label=label)
            axis.plot(known, real[known], color=REAL, linewidth=1.2, marker=".", markersize=4, label="truth")
            axis.axvline(begun - 0.5, color=INK, linewidth=0.6, linestyle=":")
            axis.set_xlabel("rows")
            axis.tick_params(labelsize=7)
            axis.xaxis.get_major_locator().set_params(integer=True)
        axes[0].set_ylabel(short(name, 16))
        axes[0].legend(fontsize=7)
        return save(figure, path)
