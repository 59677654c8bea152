"""GraphSAINT with random walks (Zeng 2020): a batch is all that walks from some training nodes visit, with every edge
in between.

    w_ij = a_ij C_i / C_ij               C_i, C_ij: batches with node i, with edge i <- j, of M batches drawn beforehand
    L = sum_{i in the batch} L_i / (lambda_i n),   lambda_i = C_i / M        over the n training nodes

The weights tend to one over the probability that j is there when i is, as M grows; an edge that none of the M batches
had counts as if one had.
"""

from collections.abc import Sequence

import numpy as np

from ....core.graph import Graph
from ..features import Features
from .block import HUB, Block, Edges, Sampler


class RandomWalks(Sampler):
    """budget: steps of a walk, the same for all layers. roots: walks of a batch. batches: M."""

    def __init__(self, budgets: Sequence[int], roots: int, batches: int):
        super().__init__(budgets)
        self.roots, self.batches = roots, batches

    def attach(self, graph: Graph, x: Features, train: np.ndarray) -> None:
        super().attach(graph, x, train)
        self.train_share = np.zeros(graph.rows)
        self.train_share[train] = 1 / len(train)
        self.of_node, self.of_edge = np.zeros(graph.rows), np.zeros(len(self.adjacency.source), dtype=np.float32)
        rng = np.random.default_rng(0)
        for _ in range(self.batches):
            nodes, edges = self._visit(rng.permutation(train)[: self.roots], self.budgets[0], rng)
            self.of_node[nodes] += 1
            self.of_edge[edges.number] += 1

    def block(self, frontier: np.ndarray, budget: int, rng: np.random.Generator) -> Block:
        nodes, edges = self._visit(frontier, budget, rng)
        alpha = np.maximum(self.of_edge[edges.number], 1) / np.maximum(self.of_node[nodes], 1)[edges.row]
        edges = edges._replace(weight=(self.adjacency.weight[edges.number] / alpha).astype(np.float32))
        return self.adjacency.block(nodes, edges)

    def draw(self, nodes: np.ndarray, rng: np.random.Generator) -> list[Block]:
        """One block for all layers, of which the first nodes are those asked for."""
        return [self.block(nodes, self.budgets[0], rng)] * len(self.budgets)

    def shares(self, rows: np.ndarray, batch: int) -> np.ndarray:
        return self.train_share[rows] * self.batches / np.maximum(self.of_node[rows], 1)

    def _visit(self, roots: np.ndarray, length: int, rng: np.random.Generator) -> tuple[np.ndarray, Edges]:
        """The nodes on walks of `length` steps from `roots`, which come first, and the edges between them; a walk ends
        where no edge goes on."""
        a, at, visited = self.adjacency, roots, [roots]
        for _ in range(length):
            degree = a.ptr[at + 1] - a.ptr[at]
            at, degree = at[degree > 0], degree[degree > 0]
            at = a.source[a.ptr[at] + (rng.random(len(at)) * degree).astype(np.int64)]
            visited.append(at)
        nodes, _ = a.columns(roots, np.concatenate(visited))
        edges = a.neighbours(nodes, HUB, rng)
        return nodes, edges.chosen(a.columns(nodes, edges.source)[1] < len(nodes))
