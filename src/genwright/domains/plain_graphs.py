"""Graphs of NetworkX as simple ones: nodes, and which two of them are joined, and nothing else."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from ..core.errors import DataError
from ..core.limits import MAX_MEMBERS
from ..core.packages import require_package


def is_graph(item: Any) -> bool:
    """Whether it is a graph of NetworkX, told by what it can do."""
    return hasattr(item, "adj") and hasattr(item, "is_directed") and hasattr(item, "nodes")


def plain(graph: Any) -> tuple[Any, Counter]:
    """A networkx.Graph of the same nodes without loops, repeated edges, directions and attributes, and how many of
    these it had: "loop" and "repeat" count edges, "directed" and "labelled" graphs."""
    import networkx as nx

    ends = [(u, v) for u, v, *_ in graph.edges if u != v]
    distinct = set(ends) if graph.is_directed() else set(map(frozenset, ends))
    odd = Counter(loop=graph.number_of_edges() - len(ends), repeat=len(ends) - len(distinct))
    odd["directed"] = int(graph.is_directed())
    told = (attributes for kept in (graph.nodes.data(), graph.edges.data()) for *_, attributes in kept)
    odd["labelled"] = int(any(told))
    made = nx.Graph()
    made.add_nodes_from(graph)
    made.add_edges_from(ends)
    return made, odd


def plain_graphs(items: Any) -> tuple[list, Counter]:
    """The same of a list of graphs. Raises DataError, by the number of the graph, for what is none, or is empty or too
    large."""
    require_package("networkx")
    items = [items] if is_graph(items) else items
    if not isinstance(items, Sequence) or isinstance(items, (str, bytes)) or not len(items):
        raise DataError(f"{type(items).__name__} is no list of graphs: pass one or more graphs of NetworkX in a list")
    found, odd = [], Counter()
    for number, item in enumerate(items):
        if not is_graph(item):
            raise DataError(f"item {number} is a {type(item).__name__} and no graph of NetworkX: leave it out")
        if not 1 <= len(item) <= MAX_MEMBERS:
            raise DataError(
                f"graph {number} has {len(item):,} nodes: graphs of 1 to {MAX_MEMBERS} are taken, as every two of "
                "their nodes are looked at"
            )
        graph, seen = plain(item)
        found.append(graph)
        odd.update(seen)
    return found, odd
