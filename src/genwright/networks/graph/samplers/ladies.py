"""LADIES (Zou 2019): a layer's nodes are drawn from the neighbours of the layer above, by the norms of their columns
there.

    q_j = ||(Q A)_:j||^2,  Q the rows of the frontier,        w_ij = a_ij / pi_j,   pi_j = min(1, c q_j)

The published weights are divided by the sum of their row afterwards, which has another mean than A x; here they are
not.
"""

import numpy as np

from .block import HUB, Block, Edges, Sampler
from .inclusion import inclusion, systematic


class LADIES(Sampler):
    """budget: nodes drawn for a layer, beside those of the frontier, which are there already and always kept."""

    def block(self, frontier: np.ndarray, budget: int, rng: np.random.Generator) -> Block:
        edges = self.adjacency.neighbours(frontier, HUB, rng)
        nodes, column = self.adjacency.columns(frontier, edges.source)
        norms = np.bincount(column, edges.weight.astype(np.float64) ** 2, minlength=len(nodes))[len(frontier) :]
        pi = inclusion(norms, np.array([0, len(norms)]), budget)
        return self.adjacency.block(frontier, edges_of(edges, column, pi, systematic(pi, np.array([0, len(pi)]), rng)))


def edges_of(edges: Edges, column: np.ndarray, pi: np.ndarray, drawn: np.ndarray) -> Edges:
    """The edges from the frontier and from the nodes `drawn`. column: (E,) of each edge, pi, drawn: (n,) of the columns
    after the rows."""
    probability = np.concatenate([np.ones(len(edges.ptr) - 1), np.where(drawn, pi, 0.0)])[column]
    return edges.chosen(probability > 0, np.where(probability > 0, probability, 1.0))
