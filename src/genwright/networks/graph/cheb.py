"""Chebyshev convolution (Defferrard 2016): a polynomial of the Laplacian, a filter that reaches as far as its degree.

    H = sum_{k < K} T_k(L~) X W_k + b,   T_0 = 1, T_1 = L~, T_k = 2 L~ T_{k-1} - T_{k-2}
    L~ = 2 L / 2 - I = -D^-1/2 A D^-1/2                 no eigenvalue of L is above 2

Summed from the highest degree down (Clenshaw 1955), so that the matrix meets outputs, never features:
    B_k = X W_k + 2 L~ B_{k+1} - B_{k+2},   H = X W_0 + L~ B_1 - B_2 + b,   B_K = B_{K+1} = 0
"""

import torch
from torch import Tensor, nn

from ...core.graph import Graph
from . import normalise
from .features import Features, Linear
from .propagate import propagate


class Cheb(nn.Module):
    """terms: K, one more than the degree of the polynomial. Its graphs are whole ones, and undirected."""

    def __init__(self, inputs: int, outputs: int, terms: int):
        super().__init__()
        self.terms = terms
        self.linear = Linear(inputs, terms * outputs, bias=False)
        for block in self.linear.weight.data.split(outputs, 1):
            nn.init.xavier_uniform_(block)
        self.bias = nn.Parameter(torch.zeros(outputs))

    def prepare(self, graph: Graph) -> Graph:
        """Raises DataError for a directed graph."""
        normalise.require_undirected(graph, "a Chebyshev convolution")
        return normalise.scaled_laplacian(graph)

    def forward(self, x: Features, graph: Graph) -> Tensor:
        """x: (N, inputs) -> (N, outputs)."""
        *lower, after = self.linear(x).chunk(self.terms, 1)
        afterwards = 0.0
        for k in reversed(range(len(lower))):
            after, afterwards = lower[k] + (2 if k else 1) * propagate(graph, after) - afterwards, after
        return after + self.bias
