"""The nearest of other graphs to each graph, for people to look at: no metric stands on it.

The distance adds earth mover's distances between the histograms of degrees (over their mean), of clustering and of the
spectrum. It also adds total variations between the shares of the kinds of nodes, and of edges. Isomorphic graphs are at
distance 0, and others may be.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from ...core.kinds import Kinds
from .graph_statistics import BINS, SPECTRUM_BINS, clustering, degrees, histograms, spectrum


def nearest(graphs: Sequence[Any], others: Sequence[Any], nodes: Kinds, edges: Kinds) -> np.ndarray:
    """(n,) the number of the nearest of others to each graph: the first of those that are as near."""
    import networkx as nx

    every = [*graphs, *others]
    adjacencies = [nx.to_numpy_array(graph, weight=None) for graph in every]
    mean = max(np.mean([adjacency.sum(1).mean() for adjacency in adjacencies]), 1e-9)
    parts = [
        histograms(adjacencies, of).cumsum(1) * width
        for of, width in ((degrees, 1 / mean), (clustering, 1 / BINS), (spectrum, 2 / SPECTRUM_BINS))
    ]
    parts.append(_shares([[told for _, told in graph.nodes.data()] for graph in every], nodes) / 2)
    parts.append(_shares([[told for *_, told in graph.edges.data()] for graph in every], edges) / 2)
    rows = np.concatenate(parts, 1)
    mine, theirs = rows[: len(graphs)], rows[len(graphs) :]
    return np.array([np.abs(theirs - row).sum(1).argmin() for row in mine], int)


def _shares(attributes: Sequence[Sequence[dict]], kinds: Kinds) -> np.ndarray:
    """(n, k) of the nodes, or edges, of each graph that are of each kind; zeros where all are alike."""
    found = np.zeros((len(attributes), kinds.k))
    for row, every in zip(found, attributes if kinds else ()):
        for told in every:
            row[kinds.codes[told[kinds.name]]] += 1
    return found / np.maximum(found.sum(1, keepdims=True), 1)
