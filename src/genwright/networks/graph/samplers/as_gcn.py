"""AS-GCN (Huang 2018): a layer's nodes are drawn by a law that learns from their features to make the estimate's
variance small.

    q_j ~ sum_i a_ij |g(x_j)|,   g(x) = w x + 1,        w_ij = a_ij / pi_j,   pi_j = min(1, c q_j)
    min over w   log V,   V = 1/R sum_j ||h_j||^2 sum_i a_ij^2 / pi_j        beside the loss, sum over the candidates j

The logarithm, which the paper lacks, keeps the slope independent of the scale of h, which the network chooses. Only
drawn nodes enter V; each stands for 1 / pi_j nodes. As in the paper g reads the features of nodes, since hidden states
h are computed upwards and nodes are drawn downwards.
"""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn

from ....core.graph import Graph
from ..features import Features, Linear, squared_norms
from .block import HUB, Block, Sampler
from .inclusion import inclusion, systematic
from .ladies import edges_of

FLOOR = 0.1  # added to |g|, so that every node that sends may be drawn


class ASGCN(Sampler):
    """budget: nodes drawn for a layer, beside those of the frontier. share: of log V in the loss (0.5 in the paper)."""

    def __init__(self, budgets: Sequence[int], inputs: int, share: float = 0.5):
        super().__init__(budgets)
        self.share = share
        self.g = Linear(inputs, 1)
        nn.init.zeros_(self.g.weight)
        nn.init.ones_(self.g.bias)

    def attach(self, graph: Graph, x: Features, train: np.ndarray) -> None:
        super().attach(graph, x, train)
        self.x = x

    def block(self, frontier: np.ndarray, budget: int, rng: np.random.Generator) -> Block:
        rows = len(frontier)
        edges = self.adjacency.neighbours(frontier, HUB, rng)
        nodes, column = self.adjacency.columns(frontier, edges.source)
        sent = np.bincount(column, np.abs(edges.weight), minlength=len(nodes))[rows:]
        tensor = self.adjacency.tensor
        q = tensor(sent).float() * (self.g(self.x[tensor(nodes[rows:])])[:, 0].abs() + FLOOR)
        pi = inclusion(q.detach().double().cpu().numpy(), np.array([0, len(sent)]), budget)
        drawn = systematic(pi, np.array([0, len(pi)]), rng)
        sure = tensor(pi >= 1)
        free = q.masked_fill(sure, 0.0)
        learned = torch.where(
            sure, 1.0, float(pi[pi < 1].sum()) * free / free.sum().clamp(min=1e-30)
        )  # pi again, but differentiable
        return self.adjacency.block(
            frontier, edges_of(edges, column, pi, drawn), learned[tensor(np.flatnonzero(drawn))]
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
