"""Classes of isomorphic graphs, which are equal but for the names of their nodes. Attributes of nodes and edges have to
match.

Colours tell graphs apart first (Weisfeiler & Lehman 1968), then the numbers of closed walks from each node. A search
for a matching (Cordella 2004, VF2) compares the rest. The search may not end for large graphs, so large graphs with
equal colours count as the same.
"""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import numpy as np

SEARCHED = 64  # nodes of a graph for which a matching is sought, at most
ISOMORPHISM_TEST = f"isomorphic; beyond {SEARCHED} nodes, of equal Weisfeiler-Lehman colours"
WALKS = 8  # steps of the longest closed walk


def classes(graphs: Sequence[Any], keys: np.ndarray) -> np.ndarray:
    """(n,) int64: the number of the first graph that each is isomorphic to. keys: (n,), equal for these at least."""
    import networkx as nx

    found, seen = np.empty(len(graphs), np.int64), defaultdict(list)
    for number, graph in enumerate(graphs):
        small = len(graph) <= SEARCHED
        key = keys[number], _closed_walks(nx.to_numpy_array(graph, weight=None)) if small else b""
        alike = (other for other in seen[key] if not small or _match(graph, graphs[other]))
        found[number] = next(alike, number)
        if found[number] == number:
            seen[key].append(number)
    return found


def _match(a: Any, b: Any) -> bool:
    import networkx as nx

    same = None if not any(told for graph in (a, b) for _, told in graph.nodes.data()) else dict.__eq__
    joined = None if not any(told for graph in (a, b) for *_, told in graph.edges.data()) else dict.__eq__
    return nx.is_isomorphic(a, b, same, joined)


def _closed_walks(adjacency: np.ndarray) -> bytes:
    """How many there are of each length from each node, whatever the nodes' order: whole numbers below SEARCHED^WALKS,
    which floats hold."""
    powers, found = adjacency, []
    for _ in range(WALKS - 1):
        powers = powers @ adjacency
        found.append(np.diag(powers))
    rows = np.stack(found, 1)
    return rows[np.lexsort(rows.T)].tobytes()
