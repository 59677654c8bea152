"""Drawings of sets of points for the report: each seen along its shortest axis, real above drawn."""

from __future__ import annotations

from pathlib import Path

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from ..metrics.point_shapes import distances

SHOWN = 6  # sets a row
NEAR = 1.45  # times the distance to the nearest point: as far a line is drawn
MARKS = "osD^vPX*hp<>8d"  # a kind is told by its mark as well as by its colour
STYLE = {"font.size": 8}


def sheet(rows: list[tuple[str, list]], symbols: list[str], path: Path) -> Path:
    """rows: (title, [(kinds (m,), positions (m, 3))]). symbols: of the kinds, by code."""
    colours = matplotlib.colormaps["tab10"]
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(1.7 * SHOWN, 2.0 * len(rows) + 0.3), layout="constrained")
        FigureCanvasAgg(figure)
        axes = figure.subplots(len(rows), SHOWN, squeeze=False)
        seen = {}
        for line, (title, sets) in zip(axes, rows):
            for axis in line:
                axis.set_axis_off()
                axis.set_aspect("equal")
            for axis, (kinds, positions) in zip(line, sets):
                _draw(axis, kinds, positions, colours, seen)
            line[0].set_title(title, loc="left")
        handles = [seen[kind] for kind in sorted(seen)]
        figure.legend(handles, [symbols[kind] for kind in sorted(seen)], loc="outside lower center", ncols=12)
        figure.savefig(path, dpi=110, metadata={"Software": None})  # the same bytes for the same numbers
    return path


def _draw(axis: Axes, kinds: np.ndarray, positions: np.ndarray, colours, seen: dict) -> None:
    centred = positions - positions.mean(0)
    flat = centred @ np.linalg.svd(centred, full_matrices=True)[2][:2].T
    if len(kinds) > 1:
        between = distances(positions) + np.diag(np.full(len(kinds), np.inf))
        joined = between < NEAR * between.min(1)[:, None]
        for i, j in zip(*np.nonzero(np.triu(joined | joined.T))):
            axis.plot(*flat[[i, j]].T, color="#999999", linewidth=1, zorder=1)
    for kind in np.unique(kinds).tolist():
        mark, colour = MARKS[kind % len(MARKS)], colours(kind % 10)
        x, y = flat[kinds == kind].T
        seen[kind] = axis.scatter(x, y, s=28, color=colour, marker=mark, edgecolors="white", linewidths=0.5, zorder=2)
    axis.margins(0.15)
