"""GCN-BS (Liu 2020): a bandit at every node learns which of its neighbours to draw, by EXP3 with k plays a round
(Uchiya 2010).

    q_ij = (1 - eta) u_ij / sum_j' u_ij' + eta / d_i
    w_ij = a_ij / pi_ij,   pi_ij = min(1, c q_ij),  sum_j pi_ij = k
    reward of a draw  r_ij = a_ij^2 ||h_j||^2 / pi_ij^2      (how fast the variance of the estimate falls with pi_ij)
    u_ij <- u_ij exp(eta k r_ij / (d_i pi_ij))               for the neighbours drawn

Rewards are divided by the largest of their row, so that they lie in [0, 1] whatever the scale of h.
"""

from collections.abc import Sequence

import numpy as np
import torch

from ....core.graph import Graph
from ..features import Features, squared_norms
from .block import HUB, Block, Sampler
from .inclusion import inclusion, systematic


class Bandit(Sampler):
    """budget: k, neighbours of each node. eta: share of plays that explore (0.4 in the paper)."""

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
        drawn = systematic(pi, edges.ptr, rng)
        return self.adjacency.block(frontier, edges.chosen(drawn, np.where(drawn, pi, 1.0)), pi[drawn])

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
    """(R,) the largest of values: (E,) in each row, 0 in an empty one."""
    full = np.flatnonzero(np.diff(ptr))
    most = np.zeros(len(ptr) - 1)
    most[full] = np.maximum.reduceat(values, ptr[full]) if len(full) else 0.0
    return most
