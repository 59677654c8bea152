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


class SampledEdges(NamedTuple):
    """The edges that arrive at some rows, row after row.

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
        """The row (E,) of each edge among the R rows."""
        return np.repeat(np.arange(len(self.ptr) - 1), np.diff(self.ptr))

    def chosen(self, mask: np.ndarray, probability: np.ndarray | float = 1.0) -> "SampledEdges":
        """Selects edges by `mask` (E,) bool, and divides their weights by the `probability` (E,) that they had."""
        ptr = np.concatenate([[0], mask.cumsum()])[self.ptr]
        weight = (self.weight / probability).astype(np.float32)
        return SampledEdges(ptr, self.source[mask], weight[mask], self.number[mask])


@dataclass(frozen=True, eq=False)
class Block:
    """The graph of one layer for a batch: rectangular, its rows are the first of its columns.

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
    edges: SampledEdges
    others: np.ndarray
    probability: np.ndarray | Tensor | None = None


class Adjacency:
    """A prepared square graph as samplers read it: loops apart, arrays instead of tensors. Blocks are made on the
    graph's device."""

    def __init__(self, graph: Graph):
        loop = graph.source == graph.target
        without_loops = keep(graph, ~loop)
        loop_weights = graph.values.new_zeros(graph.rows).float()
        loop_weights.index_put_((graph.target[loop],), graph.values[loop].float())
        self.own = loop_weights.cpu().numpy() if loop.any() else None
        self.ptr, self.source, self.weight = (
            t.cpu().numpy() for t in (without_loops.ptr, without_loops.source, without_loops.values.float())
        )
        self.nodes, self.device = graph.rows, graph.ptr.device
        self.local = np.full(graph.rows, -1, dtype=np.int32)  # scratch: the column of a node in the block at hand

    def neighbours(self, rows: np.ndarray, most_each: int, rng: np.random.Generator | None = None) -> SampledEdges:
        """Samples the edges that arrive at `rows`, at most `most_each` of each, all subsets equally likely; at the cost
        of the sample.

        Args:
            rng: may be left out where all are taken.
        """
        start = self.ptr[rows]
        degree = self.ptr[rows + 1] - start
        counts = np.minimum(degree, most_each)
        ptr = np.concatenate([[0], counts.cumsum()])
        number = np.arange(ptr[-1])
        number += np.repeat(start - ptr[:-1], counts)
        weight = self.weight[number]
        many = np.flatnonzero(degree > most_each)
        if len(many):
            place = ptr[many] + np.arange(most_each)[:, None]
            number[place] = start[many] + distinct(degree[many], most_each, rng)
            weight[place] = self.weight[number[place]] * (degree[many] / most_each)
        return SampledEdges(ptr, self.source[number], weight, number)

    def columns(self, frontier: np.ndarray, source: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Numbers the nodes of a block. Returns the nodes (C,), those of the frontier before the others of `source`,
        and the position (E,) of each source among them."""
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

    def block(self, frontier: np.ndarray, edges: SampledEdges, probability: np.ndarray | Tensor | None = None) -> Block:
        """Builds the block of some edges.

        Args:
            frontier: (R,) different nodes that the edges arrive at.
            edges: Edges of the block.
            probability: (E,) that each edge had of being drawn.
        """
        nodes, column = self.columns(frontier, edges.source)
        rows = len(frontier)
        ptr = edges.ptr
        weight = edges.weight
        edge_weights = np.ones(len(column) + rows * (self.own is not None), dtype=bool)
        if self.own is not None:  # the diagonal comes first in each row
            ptr = edges.ptr + np.arange(rows + 1)
            edge_weights[ptr[:-1]] = False
            column = interleave(column, np.arange(rows), edge_weights)
            weight = interleave(weight, self.own[frontier], edge_weights)
        graph = Graph(self.tensor(ptr), self.tensor(column), len(nodes), self.tensor(weight))
        return Block(graph, self.tensor(nodes), edges, edge_weights, probability)

    def tensor(self, array: np.ndarray) -> Tensor:
        """Copies an array to the graph's device."""
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
    chosen_columns = np.empty((k, len(degree)), dtype=np.int64)
    for j in range(k):
        last = degree - (k - j)
        chosen_columns[j] = rng.random(len(degree)) * (last + 1)
        np.copyto(chosen_columns[j], last, where=(chosen_columns[:j] == chosen_columns[j]).any(0))
    return chosen_columns


def interleave(a: np.ndarray, b: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Interleaves two arrays, each in its order: (len(a) + len(b),).

    Args:
        a: Values where `mask` holds.
        b: Values elsewhere.
        mask: bool mask.
    """
    merged = np.empty(len(mask), dtype=a.dtype)
    merged[mask], merged[~mask] = a, b
    return merged


class Sampler(nn.Module):
    """Base of samplers, which draw blocks of an attached graph. A learned one has parameters, or buffers that `learn`
    updates.

    Its weights are divided by their probability, so that the mean of a layer's sums is that over the whole graph.

    Args:
        block: each sampler's own method (frontier, budget, rng) -> Block, that of one layer for `frontier`, (R,)
            int64 different nodes, which come first among the block's. budget: as the sampler says, of neighbours or
            of nodes.
    """

    adjacency: Adjacency
    x: Features
    block: Callable[[np.ndarray, int, np.random.Generator], Block]

    def __init__(self, budgets: Sequence[int]):
        """budgets: of each layer, the last layer's first."""
        super().__init__()
        self.budgets = tuple(budgets)

    def attach(self, graph: Graph, x: Features, train: np.ndarray) -> None:
        """Sets the graph to draw from.

        Args:
            graph: prepared, square.
            x: (N, F).
            train: (n,) int64 nodes with labels, from which batches come.
        """
        self.adjacency, self.x = Adjacency(graph), x

    def draw(self, nodes: np.ndarray, rng: np.random.Generator) -> list[Block]:
        """Samples blocks in the order of the layers, the last for `nodes`, (R,) int64 different ones. Each layer's rows
        are the columns of the next one's block."""
        blocks = []
        for budget in self.budgets:
            blocks.append(self.block(nodes, budget, rng))
            nodes = blocks[-1].nodes.cpu().numpy()
        return blocks[::-1]

    def shares(self, rows: np.ndarray, batch: int) -> np.ndarray:
        """Returns the weight (R,) of each output node in the loss. The first `batch` nodes are the sampled targets. The
        first `batch` of them were asked for."""
        return np.where(np.arange(len(rows)) < batch, 1 / batch, 0.0)

    def learn(self, blocks: list[Block], inputs: list[Features]) -> Tensor | float:
        """Returns a term that the sampler adds to the loss, a scalar, after the network has read `inputs`, (columns, F)
        of each block. Samplers that learn from rewards update their buffers here and return 0."""
        return 0.0


def inclusion(q: np.ndarray, ptr: np.ndarray, k: int) -> np.ndarray:
    """Computes inclusion probabilities of a sample of fixed size with given unequal weights, no item twice (Madow
    1949), for many rows at once.

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
    is_certain = (q > 0) & (budget == total(q > 0))[row]
    while True:
        remaining = budget - total(is_certain)
        c = remaining / np.maximum(total(np.where(is_certain, 0.0, q)), 1e-300)
        pi = np.where(is_certain, 1.0, c[row] * q)
        becomes_certain = (pi >= 1 - 1e-9) & ~is_certain
        if not becomes_certain.any():
            return pi
        is_certain |= becomes_certain


def systematic(pi: np.ndarray, ptr: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Samples items of each row with given probabilities, (E,) bool, as many from a row as its pi add up to.

    Args:
        pi: (E,) probability of each item.
        ptr: (R + 1,) where the items of each row begin.
        rng: Random numbers.
    """
    cumulative = np.concatenate([[0.0], pi.cumsum()])
    first = np.repeat(cumulative[ptr[:-1]] - rng.random(len(ptr) - 1), np.diff(ptr))
    floor = lambda sums: np.floor(sums - first + 1e-9)  # rounding may leave a whole sum just below
    return floor(cumulative[1:]) > floor(cumulative[:-1])
