"""LightGCN (He 2020): embeddings of users and items, averaged over neighbourhoods. Nothing else is learned.

    E_{l+1} = D^-1/2 A D^-1/2 E_l,    E = mean(E_0, .., E_L),    score(u, i) = <E_u, E_i>

Without layers, it is matrix factorisation.
"""

import torch
from torch import Tensor, nn

from ...core.graph import Graph
from .normalise import scaled
from .propagate import propagate


class LightGCN(nn.Module):
    """forward(graph) -> (nodes, width) vectors of all users, then items. graph: prepared, (nodes, nodes)."""

    def __init__(self, nodes: int, width: int, layers: int):
        super().__init__()
        self.vectors = nn.Parameter(0.1 * torch.randn(nodes, width))
        self.layers = layers

    def prepare(self, graph: Graph) -> Graph:
        return scaled(graph)

    def forward(self, graph: Graph) -> Tensor:
        x = total = self.vectors
        for _ in range(self.layers):
            x = propagate(graph, x)
            total = total + x
        return total / (self.layers + 1)
