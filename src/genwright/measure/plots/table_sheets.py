"""Tables for the report: a few rows and the rules as CSV files that a person reads; drawings of a scatter and
completions, real beside drawn. `column_sheets` has those of columns and pairs.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure

from ...core.files import write_whole
from ...core.safe_text import csv_bytes
from ...core.spec import Category, Leaf, Spec
from ...kinds.values.column_dates import show_count
from ..metrics.table_columns import shorten
from .column_sheets import Labels, user_values
from .figures import REAL, SAMPLE, STYLE, WIDTH, make_figure, save, short


def write_rows(rows: pd.DataFrame, path: Path) -> str:
    """Writes rows with their numbers cut short as CSV, and returns the path."""
    write_whole(path, csv_bytes(rows.astype(object).map(shorten)))
    return str(path)


def write_preview(rows: pd.DataFrame, is_broken: np.ndarray, rules: Sequence[Any], path: Path) -> str:
    """Write rows of samples, columns of broken rules first, and beside them which cells break a rule (`.marks.json`).
    Returns the path.

    Args:
        rows: (n, D) of samples.
        is_broken: (n, R) bool, which row breaks which rule.
        rules: (R,) each with the names of its `columns`.
        path: Path of the CSV.
    """
    shown_columns = dict.fromkeys(name for k in (-is_broken.mean(0)).argsort(kind="stable") if is_broken[:, k].any()
        for name in rules[k].columns if name in rows.columns)  # fmt: skip
    rows = rows[[*shown_columns, *(name for name in rows.columns if name not in shown_columns)]]
    cells = {
        (int(row), int(rows.columns.get_loc(name)))
        for row, k in zip(*np.nonzero(is_broken))
        for name in rules[k].columns
        if name in rows.columns
    }
    write_whole(path.with_suffix(".marks.json"), json.dumps({"cells": sorted(cells)}).encode())
    return write_rows(rows, path)


def percents(shares: np.ndarray) -> list[str]:
    return [f"{share:.0%}" for share in shares]


MOST_RULES = 30  # rules


def write_rules(domain: Any, test: pd.DataFrame, samples: pd.DataFrame, path: Path) -> str:
    """Writes the rules of a table as CSV, those that most samples break first, and returns the path.

    Args:
        domain: Domain of the table.
        test: rows.
        samples: rows.
        path: Path of the file.
    """
    real, sampled = (domain.broken(rows).mean(0) for rows in (test, samples))
    order = (-sampled).argsort(kind="stable")[:MOST_RULES]
    support_text = lambda support: f"{support.rows - support.breaks:,} of {support.rows:,}"
    table = {
        "rule": [str(domain.rules[k]) for k in order],
        "held": [support_text(domain.rules[k].support) for k in order],
        "test rows that break it": [f"{real[k]:.1%}" for k in order],
        "samples that break it": [f"{sampled[k]:.1%}" for k in order],
    }
    write_whole(path, csv_bytes(pd.DataFrame(table)))
    return str(path)


ROWS = 10_000  # rows drawn, at most
COLUMNS = 60  # columns with a small plot of their own, at most
ACROSS = 3  # small plots side by side
BARS = 6  # categories drawn, the most frequent ones
LOOKS = {"real": dict(color=REAL, alpha=0.6), "samples": dict(color=SAMPLE)}
NAMED = 40  # columns up to which a matrix of pairs can hold their names


def drawing(sample: np.ndarray, spec: Spec, labels: Labels) -> Figure:
    """Draws the distribution of each column of samples, in the table's order.

    Args:
        sample: (n, D) rows.
        spec: Spec of the rows.
        labels: Labels of the columns.
    """
    order = np.arange(spec.dims)[:COLUMNS]
    return _distributions({"samples": sample}, order, [short(spec.names[j], 18) for j in order], spec, labels)


def _distributions(
    parts: dict[str, np.ndarray], order: np.ndarray, titles: list[str], spec: Spec, labels: Labels
) -> Figure:
    """parts: rows (n, D) by their names in LOOKS, of which the first says how far axes go. order: numbers of
    the columns, which have titles."""
    with matplotlib.rc_context(STYLE):
        figure, axes = _grid(len(order))
        for axis, j, title in zip(axes, order, titles):
            name, leaf = spec.leaves[j]
            cells = {part: rows[:, j] for part, rows in parts.items()}
            if isinstance(leaf, Category):
                _bars(axis, cells, leaf, labels[name])
            else:
                _histogram(axis, cells, leaf)
                axis.set_yticks([])
            axis.set_title(title)
        if len(parts) > 1:
            figure.legend(*axes[0].get_legend_handles_labels(), loc="outside upper center", ncols=2)
        return figure


def scatter(real: np.ndarray, sample: np.ndarray, spec: Spec, path: Path) -> str:
    """Draws two columns of numbers as points: real beside samples, on the same axes.

    Args:
        real: (n, D) rows.
        sample: (m, D) rows.
        spec: Spec of both.
        path: Path of the PNG.
    """
    with matplotlib.rc_context(STYLE):
        figure = make_figure(WIDTH / 2)
        shown_values = [user_values(real[:, j], leaf) for j, leaf in enumerate(spec.columns)]
        limits = [
            np.nanquantile(v, [0.001, 0.999]) + np.array([-0.05, 0.05]) * np.ptp(v[~np.isnan(v)]) for v in shown_values
        ]
        panels = ("real", real, REAL), ("samples", sample, SAMPLE)
        for axis, (title, table, colour) in zip(figure.subplots(1, 2, sharey=True), panels):
            x, y = (user_values(table[:, j], leaf) for j, leaf in enumerate(spec.columns))
            axis.scatter(x, y, s=1, c=colour, alpha=0.5, linewidths=0)
            axis.set(title=title, xlim=limits[0], ylim=limits[1], xlabel=spec.names[0])
            axis.locator_params(nbins=5)
            if table is real:
                axis.set_ylabel(spec.names[1])
            _name_dates(axis.xaxis, spec.columns[0])
            _name_dates(axis.yaxis, spec.columns[1])
        return save(figure, path)


def completions(
    truth: np.ndarray, guess: np.ndarray, hidden: np.ndarray, spec: Spec, labels: Labels, path: Path
) -> str:
    """Draws hidden cells: the truth against the best guess for numbers, share guessed right for each category.

    Args:
        truth: (n, D) rows.
        guess: (n, D) rows.
        hidden: (n, D) bool.
        spec: Spec of both.
        labels: Labels of the columns.
        path: Path of the PNG.
    """
    chosen_columns = [j for j in range(spec.dims) if hidden[:, j].any()][:COLUMNS]
    with matplotlib.rc_context(STYLE):
        figure, axes = _grid(len(chosen_columns))
        for axis, j in zip(axes, chosen_columns):
            name, leaf = spec.leaves[j]
            real, guessed = truth[hidden[:, j], j], guess[hidden[:, j], j]
            if isinstance(leaf, Category):
                frequent = _frequent(np.bincount(real.astype(int), minlength=leaf.k))
                right = [np.mean(guessed[real == c] == c) for c in frequent]
                axis.barh(range(len(frequent)), right, color=SAMPLE)
                _name(axis, [labels[name][c] for c in frequent])
                axis.set(xlim=(0, 1), xticks=[0, 0.5, 1], xticklabels=["0%", "50%", "100%"])
                axis.set_title(f"{short(name, 12)} {np.mean(real == guessed):.0%} right")
            else:
                real, guessed = user_values(real, leaf), user_values(guessed, leaf)
                low, high = np.quantile(real, [0.005, 0.995])
                margin = 0.05 * (high - low) or 1.0
                axis.scatter(real, guessed, s=5, c=SAMPLE, alpha=0.6, linewidths=0)
                axis.plot([low, high], [low, high], color=REAL, linewidth=1)
                limits = low - margin, high + margin
                axis.set(xlim=limits, ylim=limits)
                axis.locator_params(nbins=3)
                _name_dates(axis.xaxis, leaf)
                _name_dates(axis.yaxis, leaf)
                axis.set_title(short(name, 14))
        return save(figure, path)


def _name_dates(axis: Axis, leaf: Leaf) -> None:
    """Write dates and times of day, which are counted, as such."""
    if leaf.unit:
        axis.set_major_formatter(lambda count, _: show_count(count, leaf.unit))
        axis.set_tick_params(labelsize=8)


def _histogram(axis: Axes, cells: dict[str, np.ndarray], leaf: Leaf) -> None:
    values = {part: user_values(cells_of_part[~np.isnan(cells_of_part)], leaf) for part, cells_of_part in cells.items()}
    first = next(iter(values.values()))
    if not len(first):
        return
    low, high = np.quantile(first, [0.005, 0.995])
    edges = np.linspace(low, high if high > low else low + 1, 31)
    axis.locator_params(axis="x", nbins=3)
    _name_dates(axis.xaxis, leaf)
    for part, cells_of_part in values.items():
        heights = np.histogram(cells_of_part.clip(edges[0], edges[-1]), edges)[0] / max(len(cells_of_part), 1)
        look = LOOKS[part] | (dict(fill=True) if part == "real" else dict(linewidth=1.3))
        axis.stairs(heights, edges, label=part, **look)


def _bars(axis: Axes, cells: dict[str, np.ndarray], leaf: Category, labels: list[str]) -> None:
    share = lambda v: np.bincount(v[~np.isnan(v)].astype(int), minlength=leaf.k) / max(len(v), 1)
    shares = {part: share(cells_of_part) for part, cells_of_part in cells.items()}
    frequent = _frequent(sum(shares.values()))
    height = 0.8 / len(shares)
    for k, (part, bar_width) in enumerate(shares.items()):
        place = np.arange(len(frequent)) + (k - (len(shares) - 1) / 2) * height
        axis.barh(place, bar_width[frequent], height, label=part, **LOOKS[part])
    axis.set_xticks([])
    _name(axis, [labels[c] for c in frequent])


def _frequent(counts: np.ndarray) -> np.ndarray:
    """The most frequent codes of those that there are."""
    return np.argsort(-counts, kind="stable")[: min(BARS, np.count_nonzero(counts))]


def _name(axis: Axes, names: list[str]) -> None:
    """The names of horizontal bars, the first at the top."""
    axis.set_yticks(range(len(names)), [short(name, 9) for name in names], fontsize=9)
    axis.tick_params("y", length=0)
    axis.invert_yaxis()


def _grid(count: int) -> tuple[Figure, list[Axes]]:
    row_count = -(-count // ACROSS)
    figure = make_figure(1.45 * row_count + 0.3)
    axes = list(figure.subplots(row_count, ACROSS, squeeze=False).flat)
    for spare in axes[count:]:
        spare.set_axis_off()
    return figure, axes[:count]
