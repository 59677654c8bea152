"""Drawings of graphs for the report. A node's colour and an edge's width say their kinds, where they have any."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from ...core.kinds import ALIKE, Kinds
from .figures import INK, REAL, SAMPLE, STYLE, WIDTH, make_figure, save, short

COLUMNS = 6  # graphs a row
COLOURS = (INK, "#e07b28", "#4f81bd", "#8a5fb0", "#3f9b6c", "#c24d6a", "#b39b2d", "#5fa8b8")  # of kinds, in turns
THIN, THICKER, WIDTHS = 0.6, 0.9, 4  # width of an edge, how much more each next kind has, and how many are told apart
NAMED = 8  # kinds that are named below a drawing, at most


def sheet(graphs: Sequence[Any], rows: int, path: Path, nodes: Kinds = ALIKE, edges: Kinds = ALIKE) -> str:
    """Write the first of some graphs as a PNG; returns its path."""
    return save(drawing(graphs, rows, nodes, edges), path)


def drawing(graphs: Sequence[Any], rows: int, nodes: Kinds = ALIKE, edges: Kinds = ALIKE) -> Figure:
    """The first of some graphs; where a node stands is chosen so that edges are short."""
    with matplotlib.rc_context(STYLE):
        figure = make_figure(rows * WIDTH / COLUMNS + _room(nodes, edges))
        for number, axes in enumerate(figure.subplots(rows, COLUMNS, squeeze=False).flat):
            axes.set_axis_off()
            if number < len(graphs):
                _draw(graphs[number], axes, nodes, edges)
        _legend(figure, nodes, edges)
        return figure


def neighbours(
    graphs: Sequence[Any], nearest: Sequence[Any], rows: int, path: Path, nodes: Kinds = ALIKE, edges: Kinds = ALIKE
) -> str:
    """Some graphs, and to the right of each the one that is nearest to it: as many pairs as fit."""
    with matplotlib.rc_context(STYLE):
        figure = make_figure(rows * WIDTH / COLUMNS + 0.2 + _room(nodes, edges))
        axes = figure.subplots(rows, COLUMNS, squeeze=False)
        for column, place in enumerate(axes[0]):
            place.set_title("nearest" if column % 2 else "sample", fontsize=8)
        pairs = [graph for pair in zip(graphs, nearest) for graph in pair]
        for number, place in enumerate(axes.flat):
            place.set_axis_off()
            if number < len(pairs):
                _draw(pairs[number], place, nodes, edges)
        _legend(figure, nodes, edges)
        return save(figure, path)


def statistics(samples: Sequence[Any], real: Sequence[Any], path: Path) -> str:
    """How many neighbours nodes have, and how many of their pairs of neighbours are joined."""
    import networkx as nx

    with matplotlib.rc_context(STYLE):
        figure = make_figure(1.9)
        degrees, clustering = figure.subplots(1, 2)
        found = [[degree for graph in graphs for _, degree in graph.degree] for graphs in (real, samples)]
        most = max(map(max, found)) + 1
        bins = np.arange(most + 1) - 0.5 if most <= 40 else np.linspace(-0.5, most - 0.5, 41)
        _steps(degrees, found, bins, "degree")
        found = [[c for graph in graphs for c in nx.clustering(nx.Graph(graph)).values()] for graphs in (real, samples)]
        _steps(clustering, found, np.linspace(0, 1, 21), "clustering")
        degrees.set_ylabel("share of nodes")
        degrees.legend(fontsize=8)
        return save(figure, path)


def _steps(axes: Any, found: list[list], bins: np.ndarray, label: str) -> None:
    for values, colour, name in zip(found, (REAL, SAMPLE), ("real test graphs", "samples")):
        share = np.histogram(values, bins)[0] / len(values)
        axes.stairs(
            share, bins, color=colour, label=name, fill=name != "samples", alpha=0.5 if name != "samples" else 1
        )
    axes.set_xlabel(label)


def _draw(graph: Any, axes: Any, nodes: Kinds, edges: Kinds) -> None:
    import networkx as nx

    colours = (
        [COLOURS[nodes.codes[told[nodes.name]] % len(COLOURS)] for _, told in graph.nodes.data()] if nodes else REAL
    )
    widths = [_width(edges.codes[told[edges.name]]) for *_, told in graph.edges.data()] if edges else THIN
    nx.draw_networkx(
        graph,
        nx.spring_layout(nx.Graph(graph), seed=0, weight=None),
        ax=axes,
        with_labels=False,
        node_size=max(4, 120 / len(graph)),
        node_color=colours,
        edge_color=INK,
        width=widths,
    )


def _width(code: int) -> float:
    return THIN + THICKER * (code % WIDTHS)


def _room(nodes: Kinds, edges: Kinds) -> float:
    """Inches below a drawing for the names of kinds."""
    return 0.3 * (bool(nodes) + bool(edges))


def _legend(figure: Any, nodes: Kinds, edges: Kinds) -> None:
    marks = []
    for code, value in enumerate(nodes.values[:NAMED]):
        colour = COLOURS[code % len(COLOURS)]
        marks.append(Line2D([], [], color=colour, marker="o", linestyle="", markersize=5, label=short(str(value))))
    for code, value in enumerate(edges.values[:NAMED]):
        marks.append(Line2D([], [], color=INK, linewidth=_width(code), label=short(str(value))))
    if marks:
        figure.legend(handles=marks, loc="outside lower center", ncols=6, fontsize=8, handlelength=1.2)
