"""Uniform neighbours (Hamilton 2017, GraphSAGE): k of the d neighbours of each node, all subsets equally likely.

    w_ij = a_ij max(1, d_i / k)          a node with up to k neighbours keeps them all

With replacement, as published: k draws j ~ U(N(i)) from every node, w_ij = a_ij d_i / k for each of them. A hub costs
k, not d.
"""

from collections.abc import Sequence

import numpy as np

from .block import Block, Edges, Sampler


class Uniform(Sampler):
    """budget: k, neighbours of each node. replacement: draw them as published."""

    def __init__(self, budgets: Sequence[int], replacement: bool = False):
        super().__init__(budgets)
        self.replacement = replacement

    def block(self, frontier: np.ndarray, budget: int, rng: np.random.Generator) -> Block:
        draw = self._with_replacement if self.replacement else self.adjacency.neighbours
        return self.adjacency.block(frontier, draw(frontier, budget, rng))

    def _with_replacement(self, rows: np.ndarray, k: int, rng: np.random.Generator) -> Edges:
        a = self.adjacency
        start, degree = a.ptr[rows], a.ptr[rows + 1] - a.ptr[rows]
        ptr = np.concatenate([[0], (k * (degree > 0)).cumsum()])
        start, degree = np.repeat(start, np.diff(ptr)), np.repeat(degree, np.diff(ptr))
        number = start + (rng.random(len(start)) * degree).astype(np.int64)
        return Edges(ptr, a.source[number], (a.weight[number] * (degree / k)).astype(np.float32), number)
