"""A table and an image of who tells look-alikes apart: networks of each form against pairs of graphs and pairs of
nodes."""

import io
from dataclasses import replace
from pathlib import Path

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from scipy.sparse.csgraph import connected_components

from ..core.files import write_whole
from ..core.graph import Graph, as_scipy
from ..measure.metric import Metric
from ..networks.graph.weisfeiler_lehman import colours
from .look_alikes import GRAPHS, NODES
from .report.curves import COLOURS, THEMES
from .report.records import Results
from .report.results import metric_json
from .study import blank_row, study
from .tell_apart import NETWORKS, WL, graphs_apart, nodes_apart

SEEDS = 3  # random networks of each form, of which one that tells a pair apart is enough
APART_MARK, ALIKE_MARK = "apart", "."


def show(out: Path) -> Results:
    """Write results.json, one row a form of network and one metric a pair, and expressiveness.png to `out`; the
    results."""
    pairs = {name: (graphs_apart, pair) for name, pair in GRAPHS.items()}
    pairs |= {name: (nodes_apart, pair) for name, pair in NODES.items()}
    titles = {name: (name, f"1 where some of {SEEDS} random networks tells the pair apart", "apart") for name in pairs}
    kinds = [WL, *NETWORKS]
    with study("expressiveness", out, None, kinds, metrics={"titles": titles, "headline": {}}) as done:
        for kind in kinds:
            if not done.row(kind):
                told = {
                    name: any(verdict(kind, *pair, seed) for seed in range(SEEDS))
                    for name, (verdict, pair) in pairs.items()
                }
                metrics = {name: metric_json(_metric(apart)) for name, apart in told.items()}
                done.add(replace(blank_row(kind, "tell_apart"), metrics=metrics))
        done.finish(drawings={"Look-alikes": "expressiveness.png"})
        write_whole(out / "expressiveness.png", figure(table(done.results)))
    return done.results


def _metric(apart: bool) -> Metric:
    return Metric(float(apart), None, "exact", "pairs", "apart", SEEDS, "higher")


def table(results: Results) -> dict[str, dict[str, bool]]:
    """{pair: {form of network: whether it tells the pair apart}}."""
    told = lambda row, name: row.metrics[name]["value"] == 1
    return {name: {row.family: told(row, name) for row in results.models} for name in results.metrics["titles"]}


def as_text(found: dict[str, dict[str, bool]]) -> str:
    """The table, a line a pair."""
    wide, kinds = max(map(len, found)), list(next(iter(found.values())))
    lines = [f"{'':{wide}}  " + "  ".join(f"{kind:>11}" for kind in kinds)]
    lines += [
        f"{name:{wide}}  " + "  ".join(f"{APART_MARK if row[kind] else ALIKE_MARK:>11}" for kind in kinds)
        for name, row in found.items()
    ]
    return "\n".join(lines)


def figure(found: dict[str, dict[str, bool]], theme: str = "light") -> bytes:
    """A PNG with one panel a pair: nodes in the colours of refinement, ringed where a pair of nodes is meant; who tells
    it apart below."""
    paper, ink, _ = THEMES[theme]
    page = Figure(figsize=(13, 9.5), dpi=110, facecolor=paper, layout="constrained")
    FigureCanvasAgg(page)
    caption = "Look-alikes: nodes of one colour and sign are one to colour refinement"
    page.suptitle(caption, color=ink, x=0.01, ha="left", fontsize=13)
    for panel, (name, told) in zip(page.subplots(3, 3).flat, found.items()):
        if name in GRAPHS:
            a, b = GRAPHS[name]
            _draw(panel, [a, b], [colours(a), colours(b)], (), theme)
        else:
            graph, i, j = NODES[name]
            _draw(panel, [graph], [colours(graph)], (i, j), theme)
        by = [kind for kind in told if told[kind]]
        panel.set_title(name, color=ink, loc="left", fontsize=11)
        below = dict(transform=panel.transAxes, va="top")
        panel.text(0, -0.01, f"told apart by {', '.join(by) or 'none'}", color=ink, fontsize=10, **below)
        panel.set_aspect("equal")
        panel.axis("off")
    buffer = io.BytesIO()
    page.savefig(buffer, format="png", metadata={"Software": None})
    return buffer.getvalue()


def _draw(panel, graphs: list[Graph], colour: list, ringed: tuple[int, ...], theme: str) -> None:
    _, ink, grid = THEMES[theme]
    classes = {c: number for number, c in enumerate(sorted({int(c) for part in colour for c in part}))}
    left = 0.0
    for graph, found in zip(graphs, colour):
        at, right = _places(graph, left)
        left = right + 1.2
        for i, j in graph.edge_index().T.tolist():
            if i < j:
                panel.plot(*at[[i, j]].T, color=grid, linewidth=1.4, zorder=1)
        for node, place in enumerate(at):
            k = classes[int(found[node])]
            panel.plot(*place, "os^Dv"[k % 5], color=COLOURS[theme][k % 6], markersize=8, zorder=2)
            if node in ringed:
                ring = dict(markerfacecolor="none", markeredgecolor=ink, markeredgewidth=1.5)
                panel.plot(*place, "o", markersize=16, zorder=3, **ring)
    panel.set(ylim=(-1.25, 1.25), xlim=(-0.25, max(left - 0.95, 5.6)))


def _places(graph: Graph, left: float) -> tuple[np.ndarray, float]:
    """(N, 2) places, each connected piece on a circle of its own from x = `left` on; and where the last one ends."""
    pieces, piece = connected_components(as_scipy(graph), directed=False)
    found = np.zeros((graph.rows, 2))
    for number in range(pieces):
        nodes = np.flatnonzero(piece == number)
        angle = np.pi / 2 - 2 * np.pi * np.arange(len(nodes)) / len(nodes)
        found[nodes] = np.stack([left + 1 + np.cos(angle), np.sin(angle)], 1)
        left += 2.5
    return found, left - 0.5
