"""Graph attention (Velickovic 2018) and its second version (Brody 2022), which learn the weight of each neighbour.

h_i' = sum_{j in N(i) + i} a_ij W h_j + b      for each head; heads side by side, or averaged
a_ij = w_ij exp(l_ij) / sum_k w_ik exp(l_ik)   an edge of weight 2 counts as two edges
GAT:   l_ij = leaky_relu(s . W h_j + t . W h_i + u . e_ij)
GATv2: l_ij = s . leaky_relu(W h_j + W' h_i + U e_ij)       so that whom a node attends to depends on the node
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ...core.errors import DataError
from ...core.graph import Graph, with_self_loops
from .features import Features, Linear, dropout
from .propagate import edge_softmax, propagate

SLOPE = 0.2  # slope of the leaky rectifiers below 0


class GAT(nn.Module):
    """Graph attention. A node's edge to itself has the mean features of those that arrive.

    Args:
        inputs: features of a node.
        outputs: numbers of each head.
        heads: of attention.
        join: put the heads side by side, so that `heads` times as many numbers come out; otherwise average them.
        dropout: share of a_ij and of W h_j that is left out.
        edge_features: numbers an edge, 0 for none.
    """

    def __init__(
        self, inputs: int, outputs: int, heads: int, join: bool = True, dropout: float = 0.0, edge_features: int = 0
    ):
        super().__init__()
        self.heads, self.join, self.dropout = heads, join, dropout
        self.linear = Linear(inputs, heads * outputs, bias=False)
        self.bias = nn.Parameter(torch.zeros(heads * outputs if join else outputs))
        self._attend_to(inputs, outputs, edge_features)

    def _attend_to(self, inputs: int, outputs: int, edge_features: int) -> None:
        self.sender, self.receiver = _vectors(self.heads, outputs), _vectors(self.heads, outputs)
        self.edge = Linear(edge_features, self.heads, bias=False) if edge_features else None

    def prepare(self, graph: Graph) -> Graph:
        """Raises DataError for weights below 0, of which no share can be made."""
        if graph.edges and graph.values.min() < 0:
            raise DataError(
                "attention needs weights of edges that are not negative, and some are: leave weights out, or shift them"
            )
        return with_self_loops(graph)

    def forward(self, x: Features, graph: Graph) -> Tensor:
        """x: (columns, inputs) -> (rows, heads x outputs), or (rows, outputs) where heads are averaged."""
        z = self._values(x)
        shares = dropout(self._shares(x, z, graph), self.dropout, self.training)
        y = propagate(graph, dropout(z, self.dropout, self.training), shares)
        return (y.flatten(1) if self.join else y.mean(1)) + self.bias

    def attention(self, x: Features, graph: Graph) -> Tensor:
        """(E, heads) share of each edge of a prepared graph; those that arrive at a node sum to 1."""
        return self._shares(x, self._values(x), graph)

    def _values(self, x: Features) -> Tensor:
        return self.linear(x).unflatten(1, (self.heads, -1))

    def _shares(self, x: Features, z: Tensor, graph: Graph) -> Tensor:
        logits = self._logits(x, z, graph)
        return edge_softmax(graph, logits if graph.weight is None else logits + graph.weight.log()[:, None])

    def _logits(self, x: Features, z: Tensor, graph: Graph) -> Tensor:
        sent, received = (z * self.sender).sum(-1), (z[: graph.rows] * self.receiver).sum(-1)
        logits = sent.index_select(0, graph.source) + received.index_select(0, graph.target)
        return F.leaky_relu(logits if self.edge is None else logits + self.edge(graph.features), SLOPE)


class GATv2(GAT):
    """The second version (Brody 2022), with the same arguments. It has a matrix W' more, of the node that listens."""

    def _attend_to(self, inputs: int, outputs: int, edge_features: int) -> None:
        self.receiver = Linear(inputs, self.heads * outputs, bias=False)
        self.sender = _vectors(self.heads, outputs)
        self.edge = Linear(edge_features, self.heads * outputs, bias=False) if edge_features else None

    def _logits(self, x: Features, z: Tensor, graph: Graph) -> Tensor:
        received = self.receiver(x[: graph.rows]).view(graph.rows, *z.shape[1:])
        both = z.index_select(0, graph.source) + received.index_select(0, graph.target)
        both = both if self.edge is None else both + self.edge(graph.features).view_as(both)
        return (F.leaky_relu(both, SLOPE) * self.sender).sum(-1)


def _vectors(heads: int, outputs: int) -> nn.Parameter:
    return nn.Parameter(nn.init.xavier_uniform_(torch.empty(heads, outputs)))
