"""Whether networks can tell two graphs, or two nodes of a graph, apart when nodes know nothing but the edges.

Weights are random and in double precision. If a network of some form can separate a pair at all, almost every network
of that form separates it, by much more than rounding. No training separates any other pair. Nodes with the same
embeddings are one to a network, and so are graphs with the same sum. A position-aware network answers for one choice of
anchors, so two graphs are one to it if the answers over all choices are the same.
"""

from itertools import combinations

import torch
from torch import Tensor

from ..core.draws import seeded
from ..core.graph import Graph
from ..core.seeds import seed_of
from ..networks.graph.gcn import GCN
from ..networks.graph.gin import GIN
from ..networks.graph.identity import IdentityNetwork, closed_walks
from ..networks.graph.network import GraphNetwork
from ..networks.graph.position import PGNN, Anchors, closeness
from ..networks.graph.weisfeiler_lehman import colours, distinguishes

WL = "WL test"
NETWORKS = ("GCN", "GIN", "ID-GNN-Fast", "ID-GNN", "P-GNN")
LAYERS, WIDTH, ANCHORS = 6, 16, 3
ROUNDING = 1e-9  # tolerance, relative to the size of what is compared


def graphs_apart(kind: str, a: Graph, b: Graph, seed: int = 0) -> bool:
    """kind: WL or one of NETWORKS. Graphs of one size; those of two are told apart by counting."""
    if kind == WL:
        return distinguishes(a, b)
    first, second = (embeddings(kind, graph, seed).sum(-2) for graph in (a, b))
    if kind == "P-GNN":
        first, second = (sums.sort(0).values for sums in (first, second))
    return _differ(first, second)


def nodes_apart(kind: str, graph: Graph, i: int, j: int, seed: int = 0) -> bool:
    """A position-aware network tells two nodes apart if it does for some choice of anchors."""
    if kind == WL:
        colour = colours(graph)
        return bool(colour[i] != colour[j])
    h = embeddings(kind, graph, seed)
    return _differ(h[..., i, :], h[..., j, :])


@torch.no_grad()
def embeddings(kind: str, graph: Graph, seed: int) -> Tensor:
    """(N, WIDTH) float64 of a network with the random weights of `seed`; of P-GNN (choices of anchors, N, WIDTH)."""
    with seeded(seed_of("tell apart", kind, seed)):
        x = torch.ones(graph.rows, 1)
        if kind == "ID-GNN-Fast":
            x = torch.cat([x, closed_walks(graph, LAYERS).log1p()], 1)
        sizes = [x.shape[1], *[WIDTH] * LAYERS]
        if kind == "P-GNN":
            layers = [PGNN(a, b).double() for a, b in zip(sizes, sizes[1:])]
            return _over_all_anchors(layers, x.double(), closeness(graph).double())
        layers = [
            GIN(a, b, WIDTH) if kind == "GIN" or kind.startswith("ID") else GCN(a, b) for a, b in zip(sizes, sizes[1:])
        ]
        network = IdentityNetwork(layers, sizes[:-1], 0.0) if kind == "ID-GNN" else GraphNetwork(layers, 0.0)
        network.double().eval()
        return network(x.double(), network.prepare(graph))


def _over_all_anchors(layers: list[PGNN], x: Tensor, close: Tensor) -> Tensor:
    """(C, N, D): every choice of ANCHORS single nodes, each in a copy of the graph of its own."""
    nodes = len(x)
    chosen = torch.tensor(list(combinations(range(nodes), ANCHORS)))  # (C, ANCHORS)
    nearest = (chosen + nodes * torch.arange(len(chosen))[:, None]).repeat_interleave(nodes, 0)
    anchors = Anchors(nearest, close[:, chosen].transpose(0, 1).reshape(-1, ANCHORS))
    h = x.repeat(len(chosen), 1)
    for layer in layers:
        h = layer(h, anchors).mean(1)
    return h.view(len(chosen), nodes, -1)


def _differ(a: Tensor, b: Tensor) -> bool:
    return bool((a - b).abs().max() > ROUNDING * torch.maximum(a.abs().max(), b.abs().max()))
