"""Drawings of sets of points for the report: each seen along its shortest axis."""

from __future__ import annotations

from pathlib import Path

import matplotlib
import numpy as np
from matplotlib.axes import Axes

from ..metrics.point_shapes import distances
from .figures import INK, STYLE, WIDTH, new, save

SHOWN = 6  # sets a row
NEAR = 1.45  # times the distance to the nearest point: as far a line is drawn
MARKS = "osD^vPX*hp<>8d"  # a kind is told by its mark as well as by its colour


def sheet(sets: list, rows: int, symbols: list[str], path: Path) -> str:
    """sets: [(kinds (m,), positions (m, 3))], of which the first are drawn. symbols: of the kinds, by code."""
    colours = matplotlib.colormaps["tab10"]
    with matplotlib.rc_context(STYLE):
        figure = new((rows + 0.3) * WIDTH / SHOWN)
        axes = figure.subplots(rows, SHOWN, squeeze=False)
        seen = {}
        for axis in axes.flat:
            axis.set_axis_off()
            axis.set_aspect("equal")
        for axis, (kinds, positions) in zip(axes.flat, sets):
            _draw(axis, kinds, positions, colours, seen)
        handles = [seen[kind] for kind in sorted(seen)]
        figure.legend(handles, [symbols[kind] for kind in sorted(seen)], loc="outside lower center", ncols=12)
        return save(figure, path)


def _draw(axis: Axes, kinds: np.ndarray, positions: np.ndarray, colours, seen: dict) -> None:
    centred = positions - positions.mean(0)
    flat = centred @ np.linalg.svd(centred, full_matrices=True)[2][:2].T
    if len(kinds) > 1:
        between = distances(positions) + np.diag(np.full(len(kinds), np.inf))
        joined = between < NEAR * between.min(1)[:, None]
        for i, j in zip(*np.nonzero(np.triu(joined | joined.T))):
            axis.plot(*flat[[i, j]].T, color=INK, linewidth=1, zorder=1)
    for kind in np.unique(kinds).tolist():
        mark, colour = MARKS[kind % len(MARKS)], colours(kind % 10)
        x, y = flat[kinds == kind].T
        seen[kind] = axis.scatter(x, y, s=20, color=colour, marker=mark, edgecolors="white", linewidths=0.5, zorder=2)
    axis.margins(0.15)
