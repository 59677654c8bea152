"""PASS (Yoon 2021): which neighbours to draw is learned by the gradient of the task's loss, through the score function.

    q_ij = s softmax_j(<W x_i, W x_j> / sqrt d) + (1 - s) / d_i,   s = sigma(b)
    w_ij = a_ij / pi_ij,   pi_ij = min(1, c q_ij),  sum_j pi_ij = k
    dE[L] = -1/2 E[ sum_e (w_e dL/dw_e)^2 d log pi_e ]

In the paper draws are averaged without weights, so that q changes what is computed, and d log q_e is weighed by w_e
dL/dw_e, the first-order share of edge e in the loss. Here weights make the mean A x whatever q is: that term has mean
zero, and q can only lower the variance. To second order E[L] = L(A x) + V / 2 with V the variance of sum_e w_e dL/dw_e
(the Hessian taken as the outer product of gradients), whose slope the score function estimates by the squares.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor, nn

from ....core.graph import Graph
from ..features import Features, Linear
from ..propagate import edge_softmax
from .block import HUB, Block, Sampler
from .inclusion import inclusion, systematic

MAX_SHARE = 0.9  # largest s, so that every neighbour has a chance


class PASS(Sampler):
    """budget: k, neighbours of each node. width: of W x."""

    def __init__(self, budgets: Sequence[int], inputs: int, width: int = 16):
        super().__init__(budgets)
        self.project = Linear(inputs, width, bias=False)
        self.mix = nn.Parameter(torch.zeros(()))

    def attach(self, graph: Graph, x: Features, train: np.ndarray) -> None:
        super().attach(graph, x, train)
        self.x = x

    def block(self, frontier: np.ndarray, budget: int, rng: np.random.Generator) -> Block:
        edges = self.adjacency.neighbours(frontier, HUB, rng)
        nodes, column = self.adjacency.columns(frontier, edges.source)
        tensor = self.adjacency.tensor
        z = self.project(self.x[tensor(nodes)])
        row, column = tensor(edges.row), tensor(column)
        rows = Graph(tensor(edges.ptr), column, len(nodes))
        alike = edge_softmax(rows, ((z[row] * z[column]).sum(1) / z.shape[1] ** 0.5)[:, None])[:, 0]
        share = MAX_SHARE * self.mix.sigmoid()
        q = share * alike + (1 - share) / rows.degree[row]
        pi = inclusion(q.detach().double().cpu().numpy(), edges.ptr, budget)
        drawn = systematic(pi, edges.ptr, rng)
        free = tensor(pi < 1)
        total = q.new_zeros(len(frontier)).index_add_(0, row, q.masked_fill(~free, 0.0)).clamp(min=1e-30)
        log_pi = (q / total[row]).log().masked_fill(~free, 0.0)[tensor(drawn)]
        block = self.adjacency.block(frontier, edges.chosen(drawn, np.where(drawn, pi, 1.0)))
        log_pi = log_pi.new_zeros(block.graph.edges).index_put((tensor(block.others),), log_pi)
        return replace(block, graph=block.graph.with_weight(_Score.apply(block.graph.weight, log_pi)))


class _Score(torch.autograd.Function):
    """w: (E,) as they are; backwards, log pi: (E,) receives -1/2 (w dL/dw)^2."""

    @staticmethod
    def forward(ctx, w: Tensor, log_pi: Tensor) -> Tensor:
        ctx.save_for_backward(w)
        return w.clone()

    @staticmethod
    def backward(ctx, gradient: Tensor):
        (w,) = ctx.saved_tensors
        return None, -0.5 * (w * gradient) ** 2
