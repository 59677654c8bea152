"""Adjacency matrices that convolutions multiply by, as graphs with other weights.

symmetric  D^-1/2 (A + I) D^-1/2       Kipf & Welling 2017
scaled     D^-1/2 A D^-1/2              the same without what a node knows of itself
mean       D^-1 (A + I)                 the mean over a node and its neighbours
neighbours D^-1 A                       the mean over the neighbours alone
laplacian  -D^-1/2 A D^-1/2             that of A without self-loops, scaled to [-1, 1] (Defferrard 2016)

D holds what arrives at each node. All raise DataError for a graph with negative weights (see `strength`).
"""

import torch
from torch import Tensor

from ...core.errors import DataError
from ...core.graph import Graph, is_undirected, with_self_loops, without_self_loops


def strength(graph: Graph) -> Tensor:
    """Sums the weights of the edges that arrive at each node: (rows,) float. Raises DataError where a sum is
    negative."""
    if graph.weight is not None and graph.edges and float(graph.weight.min()) < 0:
        raise DataError(
            f"an edge weighs {float(graph.weight.min()):g}, and a normalised convolution divides by sums of weights. "
            "Give weights of 0 and above, or take a model that does not normalise"
        )
    return graph.values.new_zeros(graph.rows).index_add(0, graph.target, graph.values)


def symmetric(graph: Graph) -> Graph:
    """Normalises edges to D^-1/2 (A + I) D^-1/2, D the strength of A + I."""
    return scaled(with_self_loops(graph))


def scaled(graph: Graph) -> Graph:
    """Normalises edges to D^-1/2 A D^-1/2. In a directed graph, D holds the sum of arriving weights, for both ends of
    an edge."""
    scale = _inverse(strength(graph)).sqrt()
    return graph.with_weight(scale[graph.target] * graph.values * scale[graph.source])


def mean(graph: Graph) -> Graph:
    """Normalises edges so that `propagate` averages each node with its neighbours: D^-1 (A + I).

    Args:
        graph: square, with weights of 0 and above.
    """
    return neighbours(with_self_loops(graph))


def neighbours(graph: Graph) -> Graph:
    """Normalises edges so that `propagate` averages the neighbours: D^-1 A; a row without edges stays empty."""
    return graph.with_weight(graph.values * _inverse(strength(graph))[graph.target])


def scaled_laplacian(graph: Graph) -> Graph:
    """Computes -D^-1/2 A D^-1/2 of an undirected graph, without loops."""
    plain = scaled(without_self_loops(graph))
    return plain.with_weight(-plain.weight)


def require_undirected(graph: Graph, method: str) -> None:
    """Raises DataError for a directed graph, where the method `method` needs a symmetric matrix."""
    if not is_undirected(graph):
        raise DataError(
            f"{method} needs an undirected graph, and this one is directed: leave directed out, "
            "give every edge its reverse too, or take another model"
        )


def _inverse(x: Tensor) -> Tensor:
    return torch.where(x > 0, 1 / x.clamp(min=1e-12), 0.0)
