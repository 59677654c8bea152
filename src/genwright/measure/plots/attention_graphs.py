"""How much nodes attend to each other, as the width of edges: a small graph whole, or one node and those around it."""

from dataclasses import dataclass
from typing import Any

import matplotlib
import numpy as np
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from .figures import INK, MARKS, PRINT_STYLE, WIDE, make_figure, say, short

THIN, WIDER = 0.5, 9  # points that a line is wide with a share of 0, and how much wider with the largest share
SHARES = 0.1, 0.5, 1.0  # of the largest that the legend shows
NODE = 230  # points squared
CLOSEST = 0.075  # share of the extent of a graph by which its nodes lie apart at least
INSIDE = 2  # letters of a name that stand within its mark


@dataclass(frozen=True)
class Attended:
    """Nodes with their names, (n,), and classes y, (n,) with -1 for none; and edges among them: source, target and
    share, (E,) each, of which those with a share of NaN are only drawn thinly."""

    names: list[str]
    y: np.ndarray
    classes: list[str]
    source: np.ndarray
    target: np.ndarray
    share: np.ndarray

    @property
    def largest(self) -> float:
        """Share between two nodes."""
        return float(np.nanmax(self.share[self.source != self.target], initial=1e-9))


def draw_graph(graph: Attended, seed: int, sentence: str) -> Figure:
    """Every node; the half of an edge that lies at a node is as wide as the share that this node gives to the other."""
    import networkx as nx

    drawn = nx.Graph(zip(graph.source.tolist(), graph.target.tolist()))
    drawn.add_nodes_from(range(len(graph.names)))
    drawn.remove_edges_from(list(nx.selfloop_edges(drawn)))
    begun = nx.kamada_kawai_layout(drawn) if nx.is_connected(drawn) else None
    found = nx.spring_layout(drawn, seed=seed) if begun is None else begun
    spots = _lying(_push_apart(np.array([found[node] for node in range(len(graph.names))])))
    with matplotlib.rc_context(PRINT_STYLE):
        figure = make_figure(0.75 * WIDE, WIDE)
        axes = figure.add_subplot()
        between = graph.source != graph.target
        source, target, share = (part[between] for part in (graph.source, graph.target, graph.share))
        middle = (spots[source] + spots[target]) / 2
        _lines(axes, spots[target], middle, share / graph.largest)
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
    """Node 0 in the middle and those that it hears from around it, in their order; lines to it as wide as its
    shares."""
    angle = np.linspace(0, 2 * np.pi, len(graph.names) - 1, endpoint=False) + np.pi / 2
    ring = np.stack([np.cos(angle), np.sin(angle)], 1)
    spots = np.concatenate([np.zeros((1, 2)), ring])
    listens = (graph.target == 0) & ~np.isnan(graph.share)
    shares = dict(zip(graph.source[listens].tolist(), graph.share[listens].tolist()))
    with matplotlib.rc_context(PRINT_STYLE):
        figure = make_figure(0.9 * WIDE, WIDE)
        axes = figure.add_subplot()
        among = np.isnan(graph.share) & (graph.source != 0)
        _lines(axes, spots[graph.source[among]], spots[graph.target[among]], np.zeros(among.sum()))
        own = np.array([shares[number] for number in range(1, len(spots))])
        _lines(axes, ring, np.zeros_like(ring), own / graph.largest)
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
    axes.add_collection(LineCollection(segments, linewidths=THIN + WIDER * share, colors=INK, alpha=0.7, zorder=1))


def _nodes(axes: Any, spots: np.ndarray, graph: Attended, names: bool = True) -> None:
    for k in np.unique(graph.y):
        colour, marker = MARKS[k] if k >= 0 else ("white", "o")
        label = short(graph.classes[k]) if k >= 0 else "no label"
        own = graph.y == k
        axes.scatter(*spots[own].T, s=NODE, color=colour, marker=marker, edgecolors=INK, label=label, zorder=2)
    inside = max(map(len, graph.names)) <= INSIDE
    for (x, y), name, k in zip(spots, graph.names, graph.y) if names else ():
        if inside:
            axes.text(x, y, name, ha="center", va="center", fontsize=8, color="white" if k >= 0 else INK, zorder=3)
        else:
            axes.annotate(short(name, 10), (x, y), (0, -9), textcoords="offset points", ha="center", va="top",
                          fontsize=8, zorder=3)  # fmt: skip


def _finish(figure: Figure, axes: Any, graph: Attended, sentence: str) -> None:
    axes.set_aspect("equal")
    axes.set_axis_off()
    handles, _ = axes.get_legend_handles_labels()
    widths = [
        Line2D([], [], color=INK, alpha=0.7, linewidth=THIN + WIDER * s, label=f"{s * graph.largest:.0%}")
        for s in SHARES
    ]
    title = lambda words: Line2D([], [], linestyle="", label=words)
    named = [title("label"), *handles] if graph.classes else []
    handles = [*named, title("attention"), *widths]
    figure.legend(handles=handles, loc="outside right upper", fontsize=9, markerscale=0.6)
    say(figure, sentence)
