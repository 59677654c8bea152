"""Messages on directed bonds (D-MPNN, Yang 2019): a message never returns over the bond that it came by.

    h_0 = relu(W_i [x_s, e_st])                                          of each bond s -> t
    h   = relu(W_i [x_s, e_st] + W_h (sum_{u -> s} h_us - h_ts))         depth - 1 times
    y_v = relu(W_o [x_v, sum_{u -> v} h_uv] + b)                         of each atom

Edges of an undirected graph stand in the order of (target, source), and transposed in that of (source, target). So edge
k runs s -> t where transposed edge k runs t -> s: `transposed` holds the reverse of every edge, and no graph of bonds
is made. Let P reverse edges, and (S h)_st = sum_{u -> t} h_ut - h_st. Messages are P S h, both matrices are symmetric,
and so the gradient of h is S P times that of the messages.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ...core.graph import Graph
from ...graphs.networks import normalise
from ...graphs.networks.features import FeatureLinear, dropout


class BondMessages(nn.Module):
    """A graph network whose messages run on directed bonds (Yang 2019, D-MPNN) and do not return along the bond that
    they came by.

    Args:
        inputs: Numbers of an atom.
        edge_features: Numbers of a bond.
        width: Units of a message.
        depth: How far a message comes, in bonds.
        dropout: Share of the units between matrices that training drops.
    """

    def __init__(self, inputs: int, edge_features: int, width: int, depth: int, dropout: float = 0.0):
        super().__init__()
        self.depth, self.dropout = depth, dropout
        self.first = FeatureLinear(inputs + edge_features, width, bias=False)
        self.between = FeatureLinear(width, width, bias=False)
        self.last = FeatureLinear(inputs + width, width)

    def prepare(self, graph: Graph) -> Graph:
        """Prepares a graph for `forward`. Raises DataError for a directed graph."""
        normalise.require_undirected(graph, "a network of bond messages")
        return graph

    def all_layers(self, x: Tensor, graph: Graph) -> list[Tensor]:
        """Computes the features [(N, width)] of atoms, in a list as a readout takes the layers of a network."""
        return [self(x, graph)]

    def forward(self, x: Tensor, graph: Graph) -> Tensor:
        """Computes the features (N, width) of atoms x (N, inputs).

        Args:
            x: (B, ...) input.
            graph: prepared, with features (E, edge_features).
        """
        drop = lambda y: dropout(F.relu(y), self.dropout, self.training)
        initial_state = self.first(torch.cat([x.index_select(0, graph.source), graph.features], 1))
        h = F.relu(initial_state)
        for _ in range(self.depth - 1):
            h = drop(initial_state + self.between(bond_messages(graph, h)))
        return drop(self.last(torch.cat([x, sum_arriving(graph, h)], 1)))


def bond_messages(graph: Graph, h: Tensor) -> Tensor:
    """Sums h (E, F) for each bond s -> t over the bonds that arrive at s, less that of t -> s: (E, F)."""
    return _Messages.apply(h, graph)


def sum_arriving(graph: Graph, h: Tensor) -> Tensor:
    """Sums h (E, F) over the bonds that arrive at each atom: (N, F), zeros without bonds."""
    return _Arriving.apply(h, graph)


class _Messages(torch.autograd.Function):
    @staticmethod
    def forward(ctx, h: Tensor, graph: Graph) -> Tensor:
        ctx.graph = graph
        return _sum_others(graph, h).index_select(0, _reverse(graph))

    @staticmethod
    def backward(ctx, gradient: Tensor) -> tuple[Tensor, None]:
        return _sum_others(ctx.graph, gradient.index_select(0, _reverse(ctx.graph))), None


class _Arriving(torch.autograd.Function):
    @staticmethod
    def forward(ctx, h: Tensor, graph: Graph) -> Tensor:
        ctx.graph = graph
        return _sums(graph, h)

    @staticmethod
    def backward(ctx, gradient: Tensor) -> tuple[Tensor, None]:
        return gradient.index_select(0, ctx.graph.target), None


def _reverse(graph: Graph) -> Tensor:
    """(E,) which edge is the reverse of each."""
    return graph.transposed[2]


def _sum_others(graph: Graph, h: Tensor) -> Tensor:
    """S h."""
    return _sums(graph, h).index_select(0, graph.target).sub_(h)


def _sums(graph: Graph, h: Tensor) -> Tensor:
    if not graph.edges:
        return h.new_zeros(graph.rows, h.shape[1])
    edges = torch.arange(graph.edges, device=h.device)
    return F.embedding_bag(edges, h.contiguous(), graph.ptr, mode="sum", include_last_offset=True)
