"""Networks that see more of a graph than sums over neighbours do: marked centres, and distances to anchors."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from math import inf

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ...core.graph import Graph, as_scipy, pointer, spans
from .features import FeatureLinear, Features, dropout


@dataclass(frozen=True, eq=False)
class Egos:
    """The ego networks of N nodes side by side.

    Args:
        graph: Graph of their M members.
        node: (M,) int64 who each member is.
        centre: (N,) int64 the member that is the node itself.
    """

    graph: Graph
    node: Tensor
    centre: Tensor


def egos(graph: Graph, hops: int) -> Egos:
    """Finds the ego network of each node, as of `IdentityNetwork`.

    Args:
        graph: square, (N, N); weights of edges are kept, their features are not.
    """
    from scipy.sparse import eye_array

    nodes, adjacency = graph.rows, as_scipy(graph)
    ball = eye_array(nodes, format="csr", dtype="float32")
    for _ in range(hops):
        ball = ball + ball @ adjacency
        ball.data[:] = 1
    ball.sort_indices()
    ptr, node = (torch.from_numpy(part).long().to(graph.ptr.device) for part in (ball.indptr, ball.indices))
    number = partial(torch.arange, device=graph.ptr.device)
    owner = torch.repeat_interleave(number(nodes), ptr.diff())
    key = owner * nodes + node  # ascends
    degree = graph.degree[node]
    edge = spans(graph.ptr[node], torch.cat([degree.new_zeros(1), degree.cumsum(0)]))
    target = torch.repeat_interleave(number(len(node)), degree)
    member_key = owner[target] * nodes + graph.source[edge]
    source = torch.searchsorted(key, member_key).clamp(max=len(key) - 1)
    is_inside = key[source] == member_key
    weight = None if graph.weight is None else graph.weight[edge][is_inside]
    inner_graph = Graph(pointer(target[is_inside], len(node)), source[is_inside], len(node), weight)
    return Egos(inner_graph, node, torch.searchsorted(key, number(nodes) * (nodes + 1)))


def closed_walks(graph: Graph, longest: int) -> Tensor:
    """Counts the walks of 1 .. `longest` steps from each node back to itself: (N, longest) float32."""
    adjacency = power = as_scipy(graph)
    counts = [torch.from_numpy(power.diagonal())]
    for _ in range(longest - 1):
        power = power @ adjacency
        counts.append(torch.from_numpy(power.diagonal()))
    return torch.stack(counts, 1).float().to(graph.ptr.device)


class IdentityNetwork(nn.Module):
    """Identity-aware networks (You 2021, ID-GNN): each node is embedded in its own neighbourhood, where it alone is
    coloured.

    ego of v    the nodes from which v is reached in at most K steps, and the edges among them
    h_u <- conv(h_u + 1[u = v] (h_u C + c)) of u's neighbours in the ego, K times: the centre has its own matrix I + C
    z_v = h_v

    So the messages that come back to v, along cycles, differ from those of other nodes, which sums over neighbours
    cannot see. The fast form (ID-GNN-Fast) counts them instead: the closed walks of length 1 .. K, diag(A^k), are
    features for any network.

    Args:
        layers: K convolutions of one kind.
        inputs: numbers a node that each takes.
        activation: between them.
        dropout: of numbers, before each layer.
    """

    def __init__(
        self,
        layers: list[nn.Module],
        inputs: list[int],
        dropout: float,
        activation: Callable[[Tensor], Tensor] = F.relu,
    ):
        super().__init__()
        self.layers, self.own = nn.ModuleList(layers), nn.ModuleList(FeatureLinear(size, size) for size in inputs)
        self.dropout, self.activation = dropout, activation

    def prepare(self, graph: Graph) -> Egos:
        ego_networks = egos(graph, len(self.layers))
        return replace(ego_networks, graph=self.layers[0].prepare(ego_networks.graph))

    def attach(self, x: Features, graph: Graph) -> tuple[Features, Egos]:
        """Prepares the ego networks of all nodes once for all training steps. Returns x and them."""
        return x, self.prepare(graph)

    def hidden(self, x: Features, ego_networks: Egos) -> Tensor:
        """Computes the features (N, D) of each node in its own ego network, which the last layer reads."""
        return self._members(x, ego_networks, self.layers[:-1])[ego_networks.centre]

    def forward(self, x: Features, ego_networks: Egos) -> Tensor:
        """Computes scores (N, outputs) of nodes with features x (N, F)."""
        return self._members(x, ego_networks, self.layers)[ego_networks.centre]

    def _members(self, x: Features, ego_networks: Egos, layers: nn.ModuleList) -> Tensor:
        """(M, D) after these layers."""
        h = (x if isinstance(x, Tensor) else x.dense())[ego_networks.node]
        for number, (layer, own_layer) in enumerate(zip(layers, self.own)):
            h = dropout(self.activation(h) if number else h, self.dropout, self.training)
            h = layer(h.index_add(0, ego_networks.centre, own_layer(h[ego_networks.centre])), ego_networks.graph)
        return h


@dataclass(frozen=True, eq=False)
class Anchors:
    """Sets of nodes to which distances are measured.

    Args:
        nearest: (N, k) int64 member of each set that is nearest to each node.
        closeness: (N, k) float, s to it.
    """

    nearest: Tensor
    closeness: Tensor


def closeness(graph: Graph, hops: float = inf) -> Tensor:
    """Computes the closeness (N, N) float32, 1 / (steps from column to row + 1), 0 beyond `hops` steps."""
    from scipy.sparse.csgraph import dijkstra

    steps = dijkstra(as_scipy(graph).T, unweighted=True, limit=hops)  # SciPy's rows are where a path begins
    return torch.from_numpy(1 / (steps.T + 1)).float().to(graph.ptr.device)


class PGNN(nn.Module):
    """A layer of a position-aware graph network. x: (N, inputs), anchors of k sets -> messages m: (N, k, outputs)."""

    def __init__(self, inputs: int, outputs: int):
        super().__init__()
        self.theirs, self.own = FeatureLinear(inputs, outputs, bias=False), FeatureLinear(inputs, outputs)

    def forward(self, x: Tensor, anchors: Anchors) -> Tensor:
        return F.relu(anchors.closeness[:, :, None] * self.theirs(x)[anchors.nearest] + self.own(x)[:, None])
