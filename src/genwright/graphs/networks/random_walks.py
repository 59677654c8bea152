"""Walks along the edges of a graph, many at a time. Weighted edges are taken in proportion to their weight.

    uniform, from v             P(x)  ~  w_vx
    second order, from t by v   P(x)  ~  w_vx a(t, x),   a = 1/p where x = t;  1 where t -> x is an edge;  1/q elsewhere

The first is DeepWalk's (Perozzi 2014), the second node2vec's (Grover & Leskovec 2016, 3.2).
The second is drawn by rejection: a uniform step is accepted with probability a / max a, so a step costs as much at a
hub as anywhere.
"""

from functools import cached_property

import torch
from torch import Tensor

from ...core.draws import Draws
from ...core.errors import BudgetError
from ...core.graph import Graph


class Walker:
    """Biased random walks (Grover & Leskovec 2016). Raises BudgetError for a p or q that is not above 0.

    Args:
        graph: Undirected graph.
        p: Above 1, walks seldom turn back.
        q: Above 1, walks stay near; below 1, they go far.
    """

    def __init__(self, graph: Graph, p: float = 1.0, q: float = 1.0):
        if p <= 0 or q <= 0:
            raise BudgetError(f"p and q of a random walk must be above 0, not {p} and {q}: 1 and 1 walk uniformly")
        self.graph, self.p, self.q = graph, p, q
        self.ptr, self.target, self.order = graph.transposed  # edges by the node that they leave
        self.leaving = self.ptr.diff()

    def walk(self, start: Tensor, length: int, rng: Draws) -> Tensor:
        """Walks at random along edges, and stays where none leads on. Returns nodes (n, length + 1).

        Args:
            start: (n,) int64 first nodes.
            length: number of steps.
            rng: random numbers.
        """
        if not self.graph.edges:
            return start[:, None].expand(-1, length + 1)
        nodes = [start]
        for step in range(length):
            uniform = step == 0 or self.p == self.q == 1
            nodes.append(self._step(nodes[-1], rng) if uniform else self._second_order(nodes[-2], nodes[-1], rng))
        return torch.stack(nodes, 1)

    def _step(self, at: Tensor, rng: Draws) -> Tensor:
        """One edge onwards from each node (n,)."""
        u = rng.uniform(len(at), dtype=torch.float64)
        first, count = self.ptr[at], self.leaving[at]
        if self.graph.weight is None:
            edge = first + (u * count).long()
        else:
            low, high = self._reached[first], self._reached[first + count]
            edge = torch.searchsorted(self._reached, low + u * (high - low), right=True) - 1
            edge = torch.minimum(torch.maximum(edge, first), first + count - 1)
        return torch.where(count > 0, self.target[edge.clamp(0, self.graph.edges - 1)], at)

    def _second_order(self, previous: Tensor, at: Tensor, rng: Draws) -> Tensor:
        onwards, open = self._step(at, rng), torch.arange(len(at), device=at.device)
        highest = max(1 / self.p, 1.0, 1 / self.q)
        while len(open):
            t, x = previous[open], onwards[open]
            bias = torch.where(self._is_edge(t, x), 1.0, 1 / self.q).masked_fill(x == t, 1 / self.p)
            open = open[rng.uniform(len(open)) * highest >= bias]
            onwards[open] = self._step(at[open], rng)
        return onwards

    def _is_edge(self, source: Tensor, target: Tensor) -> Tensor:
        key = source * self.graph.rows + target
        place = torch.searchsorted(self._keys, key).clamp(max=self.graph.edges - 1)
        return self._keys[place] == key

    @cached_property
    def _keys(self) -> Tensor:
        """(E,) int64, ascending: one number an edge."""
        nodes = torch.arange(len(self.leaving), device=self.leaving.device)
        return torch.repeat_interleave(nodes, self.leaving) * self.graph.rows + self.target

    @cached_property
    def _reached(self) -> Tensor:
        """(E + 1,) running sum of the weights."""
        total = self.graph.weight[self.order].double().cumsum(0)
        return torch.cat([total.new_zeros(1), total])
