"""A layer that ignores the graph. It treats each node by itself, and shows what the edges are worth.

h_i' = h_i W + b
"""

from torch import Tensor, nn

from ...core.graph import Graph
from .features import Features, Linear


class Dense(nn.Module):
    """x: (columns, inputs) -> (rows, outputs). graph: None where x holds the receivers alone (see `precompute`)."""

    def __init__(self, inputs: int, outputs: int):
        super().__init__()
        self.linear = Linear(inputs, outputs)

    def prepare(self, graph: Graph) -> Graph:
        return graph

    def precompute(self, x: Features, graph: Graph) -> Features:
        return x

    def forward(self, x: Features, graph: Graph | None) -> Tensor:
        return self.linear(x if graph is None else x[: graph.rows])
