"""Orbits of nodes by looking at every connected subgraph of two to four nodes."""

from itertools import combinations

import networkx as nx
import numpy as np


def orbits_by_hand(graph: nx.Graph) -> np.ndarray:
    """(nodes, 15), numbered as `graph_orbits` does."""
    counts = np.zeros((len(graph), 15))
    place = {3: {1: 4, 2: 5}, 4: {1: 9, 2: 10, 3: 11}, 5: {2: 12, 3: 13}, 6: {3: 14}}
    for size in (2, 3, 4):
        for nodes in combinations(graph, size):
            part = graph.subgraph(nodes)
            edges, most = part.number_of_edges(), max(dict(part.degree).values())
            if not nx.is_connected(part):
                continue
            for node, degree in part.degree:
                if size == 2:
                    orbit = 0
                elif size == 3:
                    orbit = 3 if edges == 3 else degree
                elif edges == 3 and most == 3:
                    orbit = {1: 6, 3: 7}[degree]
                else:
                    orbit = 8 if edges == 4 and most == 2 else place[edges][degree]
                counts[node, orbit] += 1
    return counts
