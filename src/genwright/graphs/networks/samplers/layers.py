"""Samplers that draw the nodes of a layer, the same for all rows.

FastGCN (Chen 2018): the same nodes for every row of a layer, drawn from the whole graph by the norms of their
columns.

    q_j = ||A_:j||^2 / sum_j' ||A_:j'||^2,        w_ij = a_ij / pi_j,   pi_j = min(1, c q_j)

Many draws reach no row at all, the price of a law that is known before the batch. Nodes of the frontier are there
already and cost nothing, so edges between them are all kept.

LADIES (Zou 2019): a layer's nodes are drawn from the neighbours of the layer above, by the norms of their columns
there.

    q_j = ||(Q A)_:j||^2,  Q the rows of the frontier,        w_ij = a_ij / pi_j,   pi_j = min(1, c q_j)

The published weights are divided by the sum of their row afterwards, which has another mean than A x; here they are
not.

AS-GCN (Huang 2018): a layer's nodes are drawn by a law that learns from their features to make the estimate's
variance small.

    q_j ~ sum_i a_ij |g(x_j)|,   g(x) = w x + 1,        w_ij = a_ij / pi_j,   pi_j = min(1, c q_j)
    min over w   log V,   V = 1/R sum_j ||h_j||^2 sum_i a_ij^2 / pi_j        beside the loss, sum over the candidates j

The logarithm, which the paper lacks, keeps the slope independent of the scale of h, which the network chooses. Only
drawn nodes enter V; each stands for 1 / pi_j nodes. As in the paper g reads the features of nodes, since hidden states
h are computed upwards and nodes are drawn downwards.
"""

from collections.abc import Sequence
from functools import cache

import numpy as np
import torch
from torch import Tensor, nn

from ....core.graph import Graph
from ..features import FeatureLinear, Features, squared_norms
from .block import HUB, Block, SampledEdges, Sampler, inclusion, systematic


class FastGCN(Sampler):
    """Samples nodes of each layer independently (Chen 2018).

    budget: nodes drawn for a layer."""

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
        pi, reached_columns = self.law(budget)
        points = np.arange(rng.random(), reached_columns[-1], 1.0)
        nodes = np.minimum(np.searchsorted(reached_columns, points, side="right"), len(pi) - 1)
        edges = self.adjacency.neighbours(frontier, HUB, rng)
        self.drawn[nodes] = pi[nodes]
        self.drawn[frontier] = 1.0
        probability = self.drawn[edges.source]
        self.drawn[nodes] = self.drawn[frontier] = 0.0
        keep = probability > 0
        return self.adjacency.block(frontier, edges.chosen(keep, np.where(keep, probability, 1.0)))


class LADIES(Sampler):
    """Samples nodes of each layer among the neighbours of the next (Zou 2019).

    budget: nodes drawn for a layer, beside those of the frontier, which are there already and always kept."""

    def block(self, frontier: np.ndarray, budget: int, rng: np.random.Generator) -> Block:
        edges = self.adjacency.neighbours(frontier, HUB, rng)
        nodes, column = self.adjacency.columns(frontier, edges.source)
        norms = np.bincount(column, edges.weight.astype(np.float64) ** 2, minlength=len(nodes))[len(frontier) :]
        pi = inclusion(norms, np.array([0, len(norms)]), budget)
        return self.adjacency.block(frontier, edges_of(edges, column, pi, systematic(pi, np.array([0, len(pi)]), rng)))


def edges_of(edges: SampledEdges, column: np.ndarray, pi: np.ndarray, is_chosen: np.ndarray) -> SampledEdges:
    """Selects the edges between the frontier and the chosen nodes, reweighted.

    Args:
        edges: All edges that arrive at the frontier.
        column: (E,) the column of each edge.
        pi: (n,) probability of each column after the rows.
        is_chosen: (n,) bool, columns after the rows that were sampled.
    """
    probability = np.concatenate([np.ones(len(edges.ptr) - 1), np.where(is_chosen, pi, 0.0)])[column]
    return edges.chosen(probability > 0, np.where(probability > 0, probability, 1.0))


FLOOR = 0.1  # added to |g|, so that every node that sends may be drawn


class ASGCN(Sampler):
    """Samples nodes of each layer by learned scores (Huang 2018).

    budget: nodes drawn for a layer, beside those of the frontier.

    Args:
        budgets: Budgets of the presets.
        inputs: Input features.
        share: Share of log V in the loss (0.5 in the paper).
    """

    def __init__(self, budgets: Sequence[int], inputs: int, share: float = 0.5):
        super().__init__(budgets)
        self.share = share
        self.g = FeatureLinear(inputs, 1)
        nn.init.zeros_(self.g.weight)
        nn.init.ones_(self.g.bias)

    def block(self, frontier: np.ndarray, budget: int, rng: np.random.Generator) -> Block:
        rows = len(frontier)
        edges = self.adjacency.neighbours(frontier, HUB, rng)
        nodes, column = self.adjacency.columns(frontier, edges.source)
        sent = np.bincount(column, np.abs(edges.weight), minlength=len(nodes))[rows:]
        tensor = self.adjacency.tensor
        q = tensor(sent).float() * (self.g(self.x[tensor(nodes[rows:])])[:, 0].abs() + FLOOR)
        pi = inclusion(q.detach().double().cpu().numpy(), np.array([0, len(sent)]), budget)
        chosen_columns = systematic(pi, np.array([0, len(pi)]), rng)
        is_certain = tensor(pi >= 1)
        free_q = q.masked_fill(is_certain, 0.0)
        learned = torch.where(
            is_certain, 1.0, float(pi[pi < 1].sum()) * free_q / free_q.sum().clamp(min=1e-30)
        )  # pi again, but differentiable
        return self.adjacency.block(
            frontier, edges_of(edges, column, pi, chosen_columns), learned[tensor(np.flatnonzero(chosen_columns))]
        )

    def learn(self, blocks: list[Block], inputs: list[Features]) -> Tensor:
        variance = 0.0
        for block, h in zip(blocks, inputs):
            rows, pi = block.graph.rows, block.probability
            norms = squared_norms(h).detach()[rows:]
            squares = norms.new_zeros(block.graph.columns).index_add_(0, block.graph.source, block.graph.weight**2)[
                rows:
            ]
            variance = variance + (squares * norms * pi.detach() / pi).sum() / rows  # squares: sum_i a_ij^2 / pi_j^2
        return self.share * (variance + 1e-12).log()
