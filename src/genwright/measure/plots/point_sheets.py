"""Drawings of sets of points for the report: each seen along its shortest axis; and the same sets as numbers beside the
image, which the page lets a reader turn."""

import json
from pathlib import Path

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ...core.files import write_whole
from ..metrics.point_shapes import distances
from .figures import INK, STYLE, WIDTH, make_figure

SETS_PER_ROW = 6  # sets a row
BOND_REACH = 1.45  # times the distance to the nearest point: as far a line is drawn
DECIMALS = 2  # of a coordinate that is turned
MARKS = "osD^vPX*hp<>8d"  # a kind is told by its mark as well as by its colour


def drawing(sets: list, rows: int, symbols: list[str]) -> Figure:
    """Draws sets of points, each seen along its shortest axis.

    Args:
        sets: kinds (m,) and positions (m, 3) of each; the first are drawn.
        rows: Rows of drawings.
        symbols: Symbols of the kinds, by code.
    """
    colours = matplotlib.colormaps["tab10"]
    with matplotlib.rc_context(STYLE):
        figure = make_figure((rows + 0.3) * WIDTH / SETS_PER_ROW)
        axes = figure.subplots(rows, SETS_PER_ROW, squeeze=False)
        legend = {}
        for axis in axes.flat:
            axis.set_axis_off()
            axis.set_aspect("equal")
        for axis, (kinds, positions) in zip(axes.flat, sets):
            _draw(axis, kinds, positions, colours, legend)
        handles = [legend[kind] for kind in sorted(legend)]
        figure.legend(handles, [symbols[kind] for kind in sorted(legend)], loc="outside lower center", ncols=12)
        return figure


def write_animation(sets: list, rows: int, symbols: list[str], path: Path) -> None:
    """Writes the sets that `drawing` draws as JSON beside an image, for a page that turns them. The form is {columns,
    symbols, colours, sets: [{kinds (m,), at (m, 3) in axes of its own, the shortest towards the reader, joined: [[i,
    j]]}]}.

    Args:
        sets: kinds (m,) and positions (m, 3) of each.
        rows: Rows of drawings.
        symbols: Symbols of the kinds, by code.
        path: Path of the image.
    """
    colours = [matplotlib.colors.to_hex(colour) for colour in matplotlib.colormaps["tab10"].colors]
    shown_sets = [(kinds, *_flattened(positions)) for kinds, positions in sets[: rows * SETS_PER_ROW]]
    record = {
        "columns": SETS_PER_ROW,
        "symbols": symbols,
        "colours": [colours[kind % 10] for kind in range(len(symbols))],
        "sets": [
            {"kinds": kinds.tolist(), "at": at.round(DECIMALS).tolist(), "joined": is_joined.tolist()}
            for kinds, at, is_joined in shown_sets
        ],
    }
    write_whole(path.with_suffix(".json"), json.dumps(record, separators=(",", ":")).encode())


def _flattened(positions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Positions (m, 3) in axes of their own, from the longest, and which two of them a line joins, (k, 2)."""
    centred = positions - positions.mean(0)
    at = centred @ np.linalg.svd(centred, full_matrices=True)[2].T
    if len(at) < 2:
        return at, np.zeros((0, 2), int)
    distances_between = distances(positions) + np.diag(np.full(len(at), np.inf))
    is_joined = distances_between < BOND_REACH * distances_between.min(1)[:, None]
    return at, np.argwhere(np.triu(is_joined | is_joined.T))


def _draw(axis: Axes, kinds: np.ndarray, positions: np.ndarray, colours, legend: dict) -> None:
    at, is_joined = _flattened(positions)
    for pair in is_joined:
        axis.plot(*at[pair, :2].T, color=INK, linewidth=1, zorder=1)
    for kind in np.unique(kinds).tolist():
        mark, colour = MARKS[kind % len(MARKS)], colours(kind % 10)
        x, y = at[:, :2][kinds == kind].T
        legend[kind] = axis.scatter(x, y, s=20, color=colour, marker=mark, edgecolors="white", linewidths=0.5, zorder=2)
    axis.margins(0.15)
