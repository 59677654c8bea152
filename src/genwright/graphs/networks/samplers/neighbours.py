"""Samplers that draw k neighbours of each node.

Uniform neighbours (Hamilton 2017, GraphSAGE): k of the d neighbours of each node, all subsets equally likely.

    w_ij = a_ij max(1, d_i / k)          a node with up to k neighbours keeps them all

With replacement, as published: k draws j ~ U(N(i)) from every node, w_ij = a_ij d_i / k for each of them. A hub costs
k, not d.

GCN-BS (Liu 2020): a bandit at every node learns which of its neighbours to draw, by EXP3 with k plays a round
(Uchiya 2010).

    q_ij = (1 - eta) u_ij / sum_j' u_ij' + eta / d_i
    w_ij = a_ij / pi_ij,   pi_ij = min(1, c q_ij),  sum_j pi_ij = k
    reward of a draw  r_ij = a_ij^2 ||h_j||^2 / pi_ij^2      (how fast the variance of the estimate falls with pi_ij)
    u_ij <- u_ij exp(eta k r_ij / (d_i pi_ij))               for the neighbours drawn

Rewards are divided by the largest of their row, so that they lie in [0, 1] whatever the scale of h.

PASS (Yoon 2021): which neighbours to draw is learned by the gradient of the task's loss, through the score function.

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
from ..features import FeatureLinear, Features, squared_norms
from ..propagate import edge_softmax
from .block import HUB, Block, SampledEdges, Sampler, inclusion, systematic


class UniformSampler(Sampler):
    """Samples neighbours of each node uniformly (Hamilton 2017).

    budget: k, neighbours of each node.

    Args:
        budgets: Budgets of the presets.
        replacement: draw them as published.
    """

    def __init__(self, budgets: Sequence[int], replacement: bool = False):
        super().__init__(budgets)
        self.replacement = replacement

    def block(self, frontier: np.ndarray, budget: int, rng: np.random.Generator) -> Block:
        draw = self._with_replacement if self.replacement else self.adjacency.neighbours
        return self.adjacency.block(frontier, draw(frontier, budget, rng))

    def _with_replacement(self, rows: np.ndarray, k: int, rng: np.random.Generator) -> SampledEdges:
        a = self.adjacency
        start, degree = a.ptr[rows], a.ptr[rows + 1] - a.ptr[rows]
        ptr = np.concatenate([[0], (k * (degree > 0)).cumsum()])
        start, degree = np.repeat(start, np.diff(ptr)), np.repeat(degree, np.diff(ptr))
        number = start + (rng.random(len(start)) * degree).astype(np.int64)
        return SampledEdges(ptr, a.source[number], (a.weight[number] * (degree / k)).astype(np.float32), number)


class Bandit(Sampler):
    """Samples neighbours by a bandit that learns which lower the variance (Liu 2020).

    budget: k, neighbours of each node.

    Args:
        budgets: Budgets of the presets.
        eta: share of plays that explore (0.4 in the paper).
    """

    def __init__(self, budgets: Sequence[int], eta: float = 0.4):
        super().__init__(budgets)
        self.eta = eta
        self.register_buffer("log_u", None)  # (E,) of the edges without the diagonal

    def attach(self, graph: Graph, x: Features, train: np.ndarray) -> None:
        super().attach(graph, x, train)
        self.log_u = torch.zeros(len(self.adjacency.source), device=graph.ptr.device)
        self.degree = np.minimum(np.diff(self.adjacency.ptr), HUB)

    def block(self, frontier: np.ndarray, budget: int, rng: np.random.Generator) -> Block:
        edges = self.adjacency.neighbours(frontier, HUB, rng)
        row, degree = edges.row, np.diff(edges.ptr)
        log_u = self.log_u.cpu().numpy()[edges.number].astype(np.float64)
        u = np.exp(log_u - row_maximum(log_u, edges.ptr)[row])
        q = (1 - self.eta) * u / np.bincount(row, u, minlength=len(degree))[row] + self.eta / degree[row]
        pi = inclusion(q, edges.ptr, budget)
        chosen_columns = systematic(pi, edges.ptr, rng)
        return self.adjacency.block(
            frontier, edges.chosen(chosen_columns, np.where(chosen_columns, pi, 1.0)), pi[chosen_columns]
        )

    @torch.no_grad()
    def learn(self, blocks: list[Block], inputs: list[Features]) -> float:
        for block, h in zip(blocks, inputs):
            edges, pi, row = block.edges, block.probability, block.edges.row
            degree = self.degree[block.nodes[: block.graph.rows].cpu().numpy()]
            column = block.graph.source.cpu().numpy()[block.others]
            reward = (
                edges.weight.astype(np.float64) ** 2 * squared_norms(h).double().cpu().numpy()[column]
            )  # the weights are a / pi already
            reward /= np.maximum(row_maximum(reward, edges.ptr), 1e-300)[row]
            k = np.diff(edges.ptr)
            number, gain = map(self.adjacency.tensor, (edges.number, self.eta * (k / degree)[row] * reward / pi))
            self.log_u[number] = (self.log_u[number] + gain).float()
        return 0.0


def row_maximum(values: np.ndarray, ptr: np.ndarray) -> np.ndarray:
    """Takes the largest of the values (E,) of each row: (R,), 0 in an empty one."""
    filled_rows = np.flatnonzero(np.diff(ptr))
    largest = np.zeros(len(ptr) - 1)
    largest[filled_rows] = np.maximum.reduceat(values, ptr[filled_rows]) if len(filled_rows) else 0.0
    return largest


MAX_SHARE = 0.9  # largest s, so that every neighbour has a chance


class PASS(Sampler):
    """Samples neighbours by learned scores (Yoon 2021).

    budget: k, neighbours of each node.

    Args:
        budgets: Budgets of the presets.
        inputs: Input features.
        width: Width of W x.
    """

    def __init__(self, budgets: Sequence[int], inputs: int, width: int = 16):
        super().__init__(budgets)
        self.project = FeatureLinear(inputs, width, bias=False)
        self.mix = nn.Parameter(torch.zeros(()))

    def block(self, frontier: np.ndarray, budget: int, rng: np.random.Generator) -> Block:
        edges = self.adjacency.neighbours(frontier, HUB, rng)
        nodes, column = self.adjacency.columns(frontier, edges.source)
        tensor = self.adjacency.tensor
        z = self.project(self.x[tensor(nodes)])
        row, column = tensor(edges.row), tensor(column)
        rows = Graph(tensor(edges.ptr), column, len(nodes))
        attention = edge_softmax(rows, ((z[row] * z[column]).sum(1) / z.shape[1] ** 0.5)[:, None])[:, 0]
        share = MAX_SHARE * self.mix.sigmoid()
        q = share * attention + (1 - share) / rows.degree[row]
        pi = inclusion(q.detach().double().cpu().numpy(), edges.ptr, budget)
        chosen_columns = systematic(pi, edges.ptr, rng)
        is_free = tensor(pi < 1)
        total = q.new_zeros(len(frontier)).index_add_(0, row, q.masked_fill(~is_free, 0.0)).clamp(min=1e-30)
        log_pi = (q / total[row]).log().masked_fill(~is_free, 0.0)[tensor(chosen_columns)]
        block = self.adjacency.block(frontier, edges.chosen(chosen_columns, np.where(chosen_columns, pi, 1.0)))
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
