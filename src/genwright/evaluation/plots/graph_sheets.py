"""Drawings of graphs for the report."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

ROWS, COLUMNS = 4, 4
SIDE = 1.2  # inches that a graph has
INK, LINE = "#4c78a8", "#888888"


def samples(drawn: Sequence[Any], real: Sequence[Any], path: Path) -> str:
    """Drawn graphs at the left, real ones at the right; where a node stands is chosen so that edges are short."""
    import networkx as nx
    from matplotlib.figure import Figure

    figure = Figure((2 * COLUMNS * SIDE + 0.4, ROWS * SIDE + 0.4), layout="constrained")
    for block, graphs, title in zip(figure.subfigures(1, 2, wspace=0.05), (drawn, real), ("drawn", "real")):
        block.suptitle(title, fontsize=10)
        for number, axes in enumerate(block.subplots(ROWS, COLUMNS).flat):
            axes.set_axis_off()
            if number < len(graphs):
                graph = graphs[number]
                nx.draw_networkx(
                    graph,
                    nx.spring_layout(graph, seed=0),
                    ax=axes,
                    with_labels=False,
                    node_size=max(4, 120 / len(graph)),
                    node_color=INK,
                    edge_color=LINE,
                    width=0.6,
                )
    figure.savefig(path, dpi=110)
    return str(path)
