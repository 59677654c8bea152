"""Graph isomorphism network (Xu 2019): an MLP of the sum over neighbours, which distinguishes any two multisets of
neighbours.

    h_i' = MLP((1 + eps) h_i + sum_{j in N(i)} w_ij h_j)                         eps learned, or 0 (GIN-0)
    h_i' = MLP((1 + eps) h_i + sum_{j in N(i)} w_ij relu(h_j + W e_ij))          with features of edges (GINE, Hu 2020)

MLP: linear, batch norm, relu, linear. Without features of edges, the first linear map is applied before the sum, with
the same result.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ...core.graph import Graph
from ...core.shares import BatchNorm
from .features import Features, Linear
from .propagate import propagate, row_sums


class GIN(nn.Module):
    """width: inside the MLP. learn_eps: else it is 0. edge_features: numbers an edge, 0 for none."""

    def __init__(self, inputs: int, outputs: int, width: int, learn_eps: bool = False, edge_features: int = 0):
        super().__init__()
        self.eps = nn.Parameter(torch.zeros(())) if learn_eps else 0.0
        self.edge = Linear(edge_features, inputs) if edge_features else None
        self.first = Linear(inputs, width, bias=False)
        self.rest = nn.Sequential(BatchNorm(width), nn.ReLU(), Linear(width, outputs))

    def prepare(self, graph: Graph) -> Graph:
        return graph

    def forward(self, x: Features, graph: Graph) -> Tensor:
        """x: (columns, inputs) -> (rows, outputs)."""
        if self.edge is None:
            z = self.first(x)
            return self.rest((1 + self.eps) * z[: graph.rows] + propagate(graph, z))
        x = x if isinstance(x, Tensor) else x.dense()
        messages = F.relu(x.index_select(0, graph.source) + self.edge(graph.features)) * graph.values[:, None]
        return self.rest(self.first((1 + self.eps) * x[: graph.rows] + row_sums(graph, messages)))
