"""Which graphs are the same but for the names of their nodes.

Graphs are told apart by colours first (Weisfeiler & Lehman 1968), and those of equal colours by a search for a matching
(Cordella 2004, VF2), but for large ones, where such a search may not end: they count as the same.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import numpy as np

SEARCHED = 64  # nodes of a graph for which a matching is sought, at most
HOW = f"isomorphic; beyond {SEARCHED} nodes, of equal Weisfeiler-Lehman colours"


def classes(graphs: Sequence[Any], keys: np.ndarray) -> np.ndarray:
    """(n,) int64: the number of the first graph that each is isomorphic to. keys: (n,), equal for these at least."""
    import networkx as nx

    found, seen = np.empty(len(graphs), np.int64), defaultdict(list)
    for number, (graph, key) in enumerate(zip(graphs, keys.tolist())):
        alike = (other for other in seen[key] if len(graph) > SEARCHED or nx.is_isomorphic(graph, graphs[other]))
        found[number] = next(alike, number)
        if found[number] == number:
            seen[key].append(number)
    return found
