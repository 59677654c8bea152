"""Graphs that are one: equal but for the names of their nodes. Attributes of nodes and edges have to match.

Colours tell graphs apart first (Weisfeiler & Lehman 1968), then the numbers of closed walks from each node. A search
for a matching (Cordella 2004, VF2) compares the rest. The search may not end for large graphs, so large graphs with
equal colours count as the same.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from ..equals import Facts

if TYPE_CHECKING:
    import networkx as nx

SEARCHED = 64  # nodes of a graph for which a matching is sought, at most
ISOMORPHISM_TEST = f"isomorphic; beyond {SEARCHED} nodes, of equal Weisfeiler-Lehman colours"
WALKS = 8  # steps of the longest closed walk


class Isomorphic(Facts):
    """A graph without attributes other than its kinds. colours: a hash that isomorphic graphs share."""

    def __init__(self, graph: nx.Graph, colours: int):
        self.graph, self.places = graph, (colours,)

    def equal(self, other: Isomorphic) -> bool:
        import networkx as nx

        if len(self.graph) != len(other.graph):
            return False
        if len(self.graph) > SEARCHED:
            return True
        if self.closed_walks != other.closed_walks:
            return False
        both = self.graph, other.graph
        same = dict.__eq__ if any(told for graph in both for _, told in graph.nodes.data()) else None
        joined = dict.__eq__ if any(told for graph in both for *_, told in graph.edges.data()) else None
        return nx.is_isomorphic(*both, same, joined)

    @cached_property
    def closed_walks(self) -> bytes:
        """How many there are of each length from each node, whatever the nodes' order: whole numbers below
        SEARCHED^WALKS, which floats hold."""
        import networkx as nx

        adjacency = nx.to_numpy_array(self.graph, weight=None)
        powers, diagonals = adjacency, []
        for _ in range(WALKS - 1):
            powers = powers @ adjacency
            diagonals.append(np.diag(powers))
        rows = np.stack(diagonals, 1)
        return rows[np.lexsort(rows.T)].tobytes()
