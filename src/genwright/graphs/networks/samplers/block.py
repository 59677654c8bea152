"""Blocks: what one layer needs of a graph for the nodes of a batch, as a rectangular graph whose columns begin with its
rows.

    sum_j w_ij x_j,   w_ij = a_ij / P(edge i <- j is drawn)      has the mean (A x)_i       (Horvitz & Thompson 1952)

A node always gets its own message (the diagonal of A): it costs nothing, since the node's features are there.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from ....core.graph import Graph, keep
from ..features import Features

HUB = 512  # edges that samplers look at in a row; of a longer row so many at random, with more weight each


class Edges(NamedTuple):
    """Edges of some rows, row after row.

    Args:
        ptr: (R + 1,) where the edges of each row begin.
        source: (E,) node.
        weight: (E,) float32.
        number: (E,) among all edges.
    """

    ptr: np.ndarray
    source: np.ndarray
    weight: np.ndarray
    number: np.ndarray

    @property
    def row(self) -> np.ndarray:
        """Row (E,) of each edge among the R rows."""
        return np.repeat(np.arange(len(self.ptr) - 1), np.diff(self.ptr))

    def chosen(self, mask: np.ndarray, probability: np.ndarray | float = 1.0) -> "Edges":
        """The edges of `mask` (E,) bool, weights divided by the `probability` (E,) that they had."""
        ptr = np.concatenate([[0], mask.cumsum()])[self.ptr]
        weight = (self.weight / probability).astype(np.float32)
        return Edges(ptr, self.source[mask], weight[mask], self.number[mask])


@dataclass(frozen=True, eq=False)
class Block:
    """A rectangular graph of one layer, whose rows are the first of its columns.

    Args:
        graph: (rows, columns), prepared.
        nodes: (columns,) int64, which node each column is.
        edges: those that the graph was made of, without the diagonal.
        others: (E,) bool, where they are among the graph's.
        probability: with which they were drawn, (E,), or the columns beyond the rows, (columns - rows,), for samplers
            that learn from it.
    """

    graph: Graph
    nodes: Tensor
    edges: Edges
    others: np.ndarray
    probability: np.ndarray | Tensor | None = None


class Adjacency:
    """A prepared square graph as samplers read it: the diagonal apart, arrays instead of tensors. Blocks are made on
    the graph's device."""

    def __init__(self, graph: Graph):
        loop = graph.source == graph.target
        rest = keep(graph, ~loop)
        own = graph.values.new_zeros(graph.rows).float()
        own.index_put_((graph.target[loop],), graph.values[loop].float())
        self.own = own.cpu().numpy() if loop.any() else None
        self.ptr, self.source, self.weight = (t.cpu().numpy() for t in (rest.ptr, rest.source, rest.values.float()))
        self.nodes, self.device = graph.rows, graph.ptr.device
        self.local = np.full(graph.rows, -1, dtype=np.int32)  # scratch: the column of a node in the block at hand

    def neighbours(self, rows: np.ndarray, most: int, rng: np.random.Generator | None = None) -> Edges:
        """The edges that arrive at `rows`, at most `most` of each, all subsets equally likely; at the cost of what is
        drawn.

        Args:
            rng: may be left out where all are taken.
        """
        start = self.ptr[rows]
        degree = self.ptr[rows + 1] - start
        taken = np.minimum(degree, most)
        ptr = np.concatenate([[0], taken.cumsum()])
        number = np.arange(ptr[-1])
        number += np.repeat(start - ptr[:-1], taken)
        weight = self.weight[number]
        many = np.flatnonzero(degree > most)
        if len(many):
            place = ptr[many] + np.arange(most)[:, None]
            number[place] = start[many] + distinct(degree[many], most, rng)
            weight[place] = self.weight[number[place]] * (degree[many] / most)
        return Edges(ptr, self.source[number], weight, number)

    def columns(self, frontier: np.ndarray, source: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Numbers the nodes of a block: (C,) nodes of the frontier and then the others of `source`, and the place (E,)
        of each source among them. Nodes are distinguished by marks, without a sort."""
        rows, local = len(frontier), self.local
        local[frontier] = np.arange(rows)
        new = source[local[source] < 0]
        order = np.arange(len(new), dtype=np.int32)
        local[new] = order
        new = new[local[new] == order]  # only the last mark of a repeated node is left, so each stays once
        local[new] = rows + order[: len(new)]
        column = local[source].astype(np.int64)
        nodes = np.concatenate([frontier, new])
        local[nodes] = -1
        return nodes, column

    def block(self, frontier: np.ndarray, edges: Edges, probability: np.ndarray | Tensor | None = None) -> Block:
        """The block of these edges, which arrive at `frontier`, (R,) different nodes."""
        nodes, column = self.columns(frontier, edges.source)
        rows = len(frontier)
        ptr, weight, others = edges.ptr, edges.weight, np.ones(len(column) + rows * (self.own is not None), dtype=bool)
        if self.own is not None:  # the diagonal comes first in each row
            ptr = edges.ptr + np.arange(rows + 1)
            others[ptr[:-1]] = False
            column, weight = spread(column, np.arange(rows), others), spread(weight, self.own[frontier], others)
        graph = Graph(self.tensor(ptr), self.tensor(column), len(nodes), self.tensor(weight))
        return Block(graph, self.tensor(nodes), edges, others, probability)

    def tensor(self, array: np.ndarray) -> Tensor:
        """An array as a tensor on the graph's device."""
        return torch.from_numpy(array).to(self.device)


def distinct(degree: np.ndarray, k: int, rng: np.random.Generator) -> np.ndarray:
    """Samples k different numbers in [0, degree_i) for each i, every subset equally likely: (k, n) (Floyd; Bentley
    1987).

    For each j, take a number up to degree - k + j. If it was taken before, take degree - k + j itself, which cannot
    have been.

    Args:
        degree: (n,), at least k.
        k: Numbers of each.
        rng: Random numbers.
    """
    chosen = np.empty((k, len(degree)), dtype=np.int64)
    for j in range(k):
        last = degree - (k - j)
        chosen[j] = rng.random(len(degree)) * (last + 1)
        np.copyto(chosen[j], last, where=(chosen[:j] == chosen[j]).any(0))
    return chosen


def spread(a: np.ndarray, b: np.ndarray, where: np.ndarray) -> np.ndarray:
    """Merges two arrays, (len(a) + len(b),), each in its order.

    Args:
        a: Values where `where` holds.
        b: Values elsewhere.
        where: bool mask.
    """
    both = np.empty(len(where), dtype=a.dtype)
    both[where], both[~where] = a, b
    return both


class Sampler(nn.Module):
    """Draws blocks of the graph that it was attached to. A learned one has parameters, or buffers that `learn` updates.

    block: each sampler's own method (frontier, budget, rng) -> Block, that of one layer for `frontier`, (R,) int64
    different nodes, which come first among the block's. budget: as the sampler says, of neighbours or of nodes. Its
    weights are divided by their probability, so that the mean of a layer's sums is that over the whole graph.
    """

    adjacency: Adjacency
    x: Features
    block: Callable[[np.ndarray, int, np.random.Generator], Block]

    def __init__(self, budgets: Sequence[int]):
        """budgets: of each layer, the last layer's first."""
        super().__init__()
        self.budgets = tuple(budgets)

    def attach(self, graph: Graph, x: Features, train: np.ndarray) -> None:
        """Take the graph to draw from.

        Args:
            graph: prepared, square.
            x: (N, F).
            train: (n,) int64 nodes with labels, from which batches come.
        """
        self.adjacency, self.x = Adjacency(graph), x

    def draw(self, nodes: np.ndarray, rng: np.random.Generator) -> list[Block]:
        """Blocks in the order of the layers, the last for `nodes`, (R,) int64 different ones; each layer's rows are the
        columns of the next one's block."""
        blocks = []
        for budget in self.budgets:
            blocks.append(self.block(nodes, budget, rng))
            nodes = blocks[-1].nodes.cpu().numpy()
        return blocks[::-1]

    def shares(self, rows: np.ndarray, batch: int) -> np.ndarray:
        """Weight (R,) of the loss of each node that comes out. The first `batch` of them were asked for."""
        return np.where(np.arange(len(rows)) < batch, 1 / batch, 0.0)

    def learn(self, blocks: list[Block], inputs: list[Features]) -> Tensor | float:
        """Term that the sampler adds to the loss, a scalar, after the network has seen `inputs`, (columns, F) of each
        block. Samplers that learn from rewards change their buffers here and add 0."""
        return 0.0


def inclusion(q: np.ndarray, ptr: np.ndarray, k: int) -> np.ndarray:
    """Draws of a fixed number with given unequal probabilities, no item twice (Madow 1949), for many rows at once.

        pi_j = min(1, c q_j),  c such that sum_j pi_j = k             how likely j is in the sample
        j is drawn  iff  floor(u + pi_1 + .. + pi_j) > floor(u + pi_1 + .. + pi_{j-1}),   u ~ U(0, 1)

    Papers that draw k times from q with replacement count an item m_j times with m_j / (k q_j); here each counts once
    with 1 / pi_j, which has the same mean and no draw is spent twice on one item.

    (E,) float64 pi of items with sizes q: (E,) >= 0, k from each row; all the items of a row with fewer than k of
    positive size.

    Args:
        ptr: (R + 1,) int64 where the items of each row begin.
    """
    row = np.repeat(np.arange(len(ptr) - 1), np.diff(ptr))
    total = lambda values: np.bincount(row, values, minlength=len(ptr) - 1)
    budget = np.minimum(k, total(q > 0))
    sure = (q > 0) & (budget == total(q > 0))[row]
    while True:
        left = budget - total(sure)
        c = left / np.maximum(total(np.where(sure, 0.0, q)), 1e-300)
        pi = np.where(sure, 1.0, c[row] * q)
        more = (pi >= 1 - 1e-9) & ~sure
        if not more.any():
            return pi
        sure |= more


def systematic(pi: np.ndarray, ptr: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Samples items of each row with given probabilities, (E,) bool, as many from a row as its pi add up to.

    Args:
        pi: (E,) probability of each item.
        ptr: (R + 1,) where the items of each row begin.
        rng: Random numbers.
    """
    reached = np.concatenate([[0.0], pi.cumsum()])
    first = np.repeat(reached[ptr[:-1]] - rng.random(len(ptr) - 1), np.diff(ptr))
    floor = lambda sums: np.floor(sums - first + 1e-9)  # rounding may leave a whole sum just below
    return floor(reached[1:]) > floor(reached[:-1])
