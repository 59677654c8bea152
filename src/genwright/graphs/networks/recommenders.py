"""Networks that give each user and each item of a graph a vector."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ...core.draws import Draws
from ...core.graph import Graph, from_edges
from .features import FeatureLinear
from .normalise import neighbours, scaled
from .propagate import propagate
from .random_walks import Walker


class LightGCN(nn.Module):
    """LightGCN (He 2020): embeddings of users and items, averaged over neighbourhoods. Nothing else is learned.

        E_{l+1} = D^-1/2 A D^-1/2 E_l,    E = mean(E_0, .., E_L),    score(u, i) = <E_u, E_i>

    Without layers, it is matrix factorisation.

    forward(graph) -> (nodes, width) vectors of all users, then items. graph: prepared, (nodes, nodes).
    """

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


WALKS, STEPS = 50, 4  # walks from each node and their steps; every second step from a user is at a user again
NODES = 4096  # nodes whose walks are counted at a time


class PinSage(nn.Module):
    """PinSage (Ying 2018): a node aggregates the nodes that short random walks from it visit most often, weighted by
    visits.

    a_vu    share of the walks from v that visit u, for the T most visited u
    n_v = sum_u a_vu relu(Q h_u + q),    h_v' = z / ||z||,  z = relu(W [h_v, n_v] + w)

    forward(graph) -> (nodes, width) vectors of length 1. graph: prepared, (nodes, nodes).

    Args:
        heard: T.
    """

    def __init__(self, nodes: int, width: int, layers: int, heard: int):
        super().__init__()
        self.vectors = nn.Parameter(0.1 * torch.randn(nodes, width))
        self.hears = nn.ModuleList(FeatureLinear(width, width) for _ in range(layers))
        self.joins = nn.ModuleList(FeatureLinear(2 * width, width) for _ in range(layers))
        self.heard = heard

    def prepare(self, graph: Graph) -> Graph:
        """Computes the importance neighbourhoods of nodes, always from the same walks."""
        return neighbours(most_visited(graph, self.heard))

    def forward(self, graph: Graph) -> Tensor:
        h = self.vectors
        for number, (hears, joins) in enumerate(zip(self.hears, self.joins), 1):
            z = joins(torch.cat([h, propagate(graph, F.relu(hears(h)))], 1))
            h = F.normalize(F.relu(z) if number < len(self.joins) else z, dim=1)
        return h


def most_visited(graph: Graph, count: int) -> Graph:
    """Finds edges to each node from the `count` others that walks from it visit most; an edge weighs how often it was
    visited.

    Args:
        graph: square.
    """
    walker, edges = Walker(graph), []
    device = graph.ptr.device
    for start in torch.arange(graph.rows, device=device).split(NODES):
        walks = walker.walk(start.repeat_interleave(WALKS), STEPS, Draws("visits", int(start[0]), device=device))[:, 1:]
        owner = start.repeat_interleave(WALKS)[:, None].expand_as(walks).reshape(-1)
        key, times = torch.unique(owner * graph.rows + walks.reshape(-1), return_counts=True)
        owner, visited = key // graph.rows, key % graph.rows
        order = torch.argsort(owner * (times.max() + 1) + times.max() - times, stable=True)  # most visited first
        order = order[(owner != visited)[order]]
        owner, visited, times = owner[order], visited[order], times[order]
        first = torch.searchsorted(owner, owner)  # where each owner's run begins
        top = torch.arange(len(owner), device=device) - first < count
        edges.append(torch.stack([visited[top], owner[top], times[top]]))
    source, target, times = torch.cat(edges, 1)
    return from_edges(source, target, graph.rows, times.float())
