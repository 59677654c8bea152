"""Drawings of graphs for the report, and of how much nodes attend to each other.

A node's colour and an edge's width say their kinds, where they have any. The width of an edge shows attention in a
small graph whole, or around one node.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from ...core.packages import nx
from ...measure.plots.figures import (
    INK,
    MARKS,
    PRINT_STYLE,
    REAL,
    SAMPLE,
    STYLE,
    WIDE,
    WIDTH,
    make_figure,
    save,
    say,
    short,
)
from ..kinds.plain_graphs import ALIKE, Kinds

COLUMNS = 6  # graphs a row
COLOURS = (INK, "#e07b28", "#4f81bd", "#8a5fb0", "#3f9b6c", "#c24d6a", "#b39b2d", "#5fa8b8")  # of kinds, in turns
THIN, THICKER, WIDTHS = 0.6, 0.9, 4  # width of an edge, how much more each next kind has, and how many are told apart
NAMED = 8  # kinds that are named below a drawing, at most


def drawing(graphs: Sequence[Any], rows: int, nodes: Kinds = ALIKE, edges: Kinds = ALIKE) -> Figure:
    """Draws the first of some graphs; nodes are placed so that edges are short.

    Args:
        graphs: to draw.
        rows: Rows of drawings.
        nodes: kinds of nodes.
        edges: kinds of edges.
    """
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
    """Draws graphs, and to the right of each its nearest other: as many pairs as fit.

    Args:
        graphs: to draw.
        nearest: the nearest other of each.
        rows: Rows of pairs.
        path: Path of the PNG.
        nodes: kinds of nodes.
        edges: kinds of edges.
    """
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
    """Draws histograms of degrees and of clustering coefficients, of samples and real graphs.

    Args:
        samples: graphs.
        real: graphs.
        path: Path of the PNG.
    """
    with matplotlib.rc_context(STYLE):
        figure = make_figure(1.9)
        degrees, clustering = figure.subplots(1, 2)
        numbers = [[degree for graph in graphs for _, degree in graph.degree] for graphs in (real, samples)]
        largest = max(map(max, numbers)) + 1
        bins = np.arange(largest + 1) - 0.5 if largest <= 40 else np.linspace(-0.5, largest - 0.5, 41)
        _steps(degrees, numbers, bins, "degree")
        clusters = lambda graph: nx.clustering(nx.Graph(graph)).values()
        numbers = [[c for graph in graphs for c in clusters(graph)] for graphs in (real, samples)]
        _steps(clustering, numbers, np.linspace(0, 1, 21), "clustering")
        degrees.set_ylabel("share of nodes")
        degrees.legend(fontsize=8)
        return save(figure, path)


def _steps(axes: Any, histograms: list[list], bins: np.ndarray, label: str) -> None:
    for values, colour, name in zip(histograms, (REAL, SAMPLE), ("real test graphs", "samples")):
        share = np.histogram(values, bins)[0] / len(values)
        axes.stairs(
            share, bins, color=colour, label=name, fill=name != "samples", alpha=0.5 if name != "samples" else 1
        )
    axes.set_xlabel(label)


def _draw(graph: Any, axes: Any, nodes: Kinds, edges: Kinds) -> None:
    colours = (
        [COLOURS[nodes.codes[attributes[nodes.name]] % len(COLOURS)] for _, attributes in graph.nodes.data()]
        if nodes
        else REAL
    )
    widths = [_width(edges.codes[attributes[edges.name]]) for *_, attributes in graph.edges.data()] if edges else THIN
    places, size = nx.spring_layout(nx.Graph(graph), seed=0, weight=None), max(4, 120 / len(graph))
    look = dict(with_labels=False, node_size=size, node_color=colours, edge_color=INK, width=widths)
    nx.draw_networkx(graph, places, ax=axes, **look)


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


THIN_LINE, WIDER = 0.5, 9  # points that a line is wide with a share of 0, and how much wider with the largest share
SHARES = 0.1, 0.5, 1.0  # of the largest that the legend shows
NODE = 230  # points squared
CLOSEST = 0.075  # share of the extent of a graph by which its nodes lie apart at least
INSIDE = 2  # letters of a name that stand within its mark


@dataclass(frozen=True)
class Attended:
    """Nodes with their names, (n,), and classes y, (n,) with -1 for none, and edges with attention. Edges have source,
    target and share, (E,) each; those with a share of NaN are drawn thinly."""

    names: list[str]
    y: np.ndarray
    classes: list[str]
    source: np.ndarray
    target: np.ndarray
    share: np.ndarray

    @property
    def largest(self) -> float:
        """Returns the largest share between two nodes."""
        return float(np.nanmax(self.share[self.source != self.target], initial=1e-9))


def draw_graph(graph: Attended, seed: int, sentence: str) -> Figure:
    """Draws every node; the half of an edge at a node is as wide as the share that this node gives to the other.

    Args:
        graph: to draw.
        seed: Seed of the layout.
        sentence: under the figure.
    """
    layout_graph = nx.Graph(zip(graph.source.tolist(), graph.target.tolist()))
    layout_graph.add_nodes_from(range(len(graph.names)))
    layout_graph.remove_edges_from(list(nx.selfloop_edges(layout_graph)))
    start_layout = nx.kamada_kawai_layout(layout_graph) if nx.is_connected(layout_graph) else None
    places = nx.spring_layout(layout_graph, seed=seed) if start_layout is None else start_layout
    spots = _lying(_push_apart(np.array([places[node] for node in range(len(graph.names))])))
    with matplotlib.rc_context(PRINT_STYLE):
        figure = make_figure(0.75 * WIDE, WIDE)
        axes = figure.add_subplot()
        is_no_loop = graph.source != graph.target
        source, target, share = (part[is_no_loop] for part in (graph.source, graph.target, graph.share))
        middle_points = (spots[source] + spots[target]) / 2
        _lines(axes, spots[target], middle_points, share / graph.largest)
        _nodes(axes, spots, graph)
        _finish(figure, axes, graph, sentence)
        return figure


def _push_apart(spots: np.ndarray) -> np.ndarray:
    """Spots (n, 2), those pushed away from each other that lie closer than CLOSEST of the extent."""
    spots = spots / np.ptp(spots, axis=0).max()
    for _ in range(50):
        way = spots[:, None] - spots
        gap = np.linalg.norm(way, axis=2)
        push = np.maximum(CLOSEST - gap, 0) / np.maximum(gap, 1e-6) / 2
        np.fill_diagonal(push, 0)
        spots = spots + (push[..., None] * way).sum(1)
    return spots


def _lying(spots: np.ndarray) -> np.ndarray:
    """Spots (n, 2), turned so that they are wider than high."""
    spots = spots - spots.mean(0)
    return spots @ np.linalg.svd(spots, full_matrices=False)[2].T


def around(graph: Attended, sentence: str) -> Figure:
    """Draws node 0 in the middle and the nodes that it attends to around it, in their order; lines to it as wide as its
    shares."""
    angle = np.linspace(0, 2 * np.pi, len(graph.names) - 1, endpoint=False) + np.pi / 2
    ring = np.stack([np.cos(angle), np.sin(angle)], 1)
    spots = np.concatenate([np.zeros((1, 2)), ring])
    listens = (graph.target == 0) & ~np.isnan(graph.share)
    shares = dict(zip(graph.source[listens].tolist(), graph.share[listens].tolist()))
    with matplotlib.rc_context(PRINT_STYLE):
        figure = make_figure(0.9 * WIDE, WIDE)
        axes = figure.add_subplot()
        is_between = np.isnan(graph.share) & (graph.source != 0)
        _lines(axes, spots[graph.source[is_between]], spots[graph.target[is_between]], np.zeros(is_between.sum()))
        node_shares = np.array([shares[number] for number in range(1, len(spots))])
        _lines(axes, ring, np.zeros_like(ring), node_shares / graph.largest)
        _nodes(axes, spots, graph, names=False)
        for number, (x, y) in enumerate(ring, 1):
            words = f"{short(graph.names[number], 10)}\n{shares[number]:.0%}"
            axes.text(1.17 * x, 1.17 * y, words, ha="center", va="center", fontsize=9)
        itself = f" ({shares[0]:.0%} itself)" if 0 in shares else ""
        box = dict(boxstyle="round,pad=0.2", facecolor="white", edgecolor="none", alpha=0.85)
        axes.text(
            0, -0.1, f"{short(graph.names[0], 14)}{itself}", ha="center", va="top", fontsize=9, bbox=box, zorder=4
        )
        axes.set_xlim(-1.35, 1.35)
        axes.set_ylim(-1.3, 1.3)
        _finish(figure, axes, graph, sentence)
        return figure


def _lines(axes: Any, begin: np.ndarray, end: np.ndarray, share: np.ndarray) -> None:
    """From begin (E, 2) to end (E, 2), as wide as share (E,) of the largest."""
    segments = np.stack([begin, end], 1)
    axes.add_collection(LineCollection(segments, linewidths=THIN_LINE + WIDER * share, colors=INK, alpha=0.7, zorder=1))


def _nodes(axes: Any, spots: np.ndarray, graph: Attended, names: bool = True) -> None:
    for k in np.unique(graph.y):
        colour, marker = MARKS[k] if k >= 0 else ("white", "o")
        label = short(graph.classes[k]) if k >= 0 else "no label"
        of_class = graph.y == k
        axes.scatter(*spots[of_class].T, s=NODE, color=colour, marker=marker, edgecolors=INK, label=label, zorder=2)
    names_fit = max(map(len, graph.names)) <= INSIDE
    for (x, y), name, k in zip(spots, graph.names, graph.y) if names else ():
        if names_fit:
            axes.text(x, y, name, ha="center", va="center", fontsize=8, color="white" if k >= 0 else INK, zorder=3)
        else:
            axes.annotate(short(name, 10), (x, y), (0, -9), textcoords="offset points", ha="center", va="top",
                          fontsize=8, zorder=3)  # fmt: skip


def _finish(figure: Figure, axes: Any, graph: Attended, sentence: str) -> None:
    axes.set_aspect("equal")
    axes.set_axis_off()
    handles, _ = axes.get_legend_handles_labels()
    widths = [
        Line2D([], [], color=INK, alpha=0.7, linewidth=THIN_LINE + WIDER * s, label=f"{s * graph.largest:.0%}")
        for s in SHARES
    ]
    title = lambda words: Line2D([], [], linestyle="", label=words)
    legend_title = [title("label"), *handles] if graph.classes else []
    handles = [*legend_title, title("attention"), *widths]
    figure.legend(handles=handles, loc="outside right upper", fontsize=9, markerscale=0.6)
    say(figure, sentence)
