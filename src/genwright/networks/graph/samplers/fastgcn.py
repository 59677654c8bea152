"""FastGCN (Chen 2018): the same nodes for every row of a layer, drawn from the whole graph by the norms of their
columns.

    q_j = ||A_:j||^2 / sum_j' ||A_:j'||^2,        w_ij = a_ij / pi_j,   pi_j = min(1, c q_j)

Many draws reach no row at all, the price of a law that is known before the batch. Nodes of the frontier are there
already and cost nothing, so edges between them are all kept.
"""

from functools import cache

import numpy as np

from ....core.graph import Graph
from ..features import Features
from .block import HUB, Block, Sampler
from .inclusion import inclusion


class FastGCN(Sampler):
    """budget: nodes drawn for a layer."""

    def attach(self, graph: Graph, x: Features, train: np.ndarray) -> None:
        super().attach(graph, x, train)
        a = self.adjacency
        norms = np.bincount(a.source, a.weight.astype(np.float64) ** 2, minlength=a.nodes)

        @cache
        def law(budget: int) -> tuple[np.ndarray, np.ndarray]:
            pi = inclusion(norms, np.array([0, a.nodes]), budget)
            return pi, pi.cumsum()

        self.law = law
        self.drawn = np.zeros(a.nodes)  # scratch: pi of the nodes drawn, 0 elsewhere

    def block(self, frontier: np.ndarray, budget: int, rng: np.random.Generator) -> Block:
        pi, reached = self.law(budget)
        points = np.arange(rng.random(), reached[-1], 1.0)
        nodes = np.minimum(np.searchsorted(reached, points, side="right"), len(pi) - 1)
        edges = self.adjacency.neighbours(frontier, HUB, rng)
        self.drawn[nodes] = pi[nodes]
        self.drawn[frontier] = 1.0
        probability = self.drawn[edges.source]
        self.drawn[nodes] = self.drawn[frontier] = 0.0
        keep = probability > 0
        return self.adjacency.block(frontier, edges.chosen(keep, np.where(keep, probability, 1.0)))
