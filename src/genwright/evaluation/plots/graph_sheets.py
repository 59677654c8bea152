"""Drawings of graphs for the report."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib

from .figures import INK, REAL, STYLE, WIDTH, new, save

COLUMNS = 6  # graphs a row


def sheet(graphs: Sequence[Any], rows: int, path: Path) -> str:
    """The first of some graphs; where a node stands is chosen so that edges are short."""
    import networkx as nx

    with matplotlib.rc_context(STYLE):
        figure = new(rows * WIDTH / COLUMNS)
        for number, axes in enumerate(figure.subplots(rows, COLUMNS, squeeze=False).flat):
            axes.set_axis_off()
            if number < len(graphs):
                graph = graphs[number]
                nx.draw_networkx(
                    graph,
                    nx.spring_layout(graph, seed=0),
                    ax=axes,
                    with_labels=False,
                    node_size=max(4, 120 / len(graph)),
                    node_color=REAL,
                    edge_color=INK,
                    width=0.6,
                )
        return save(figure, path)
