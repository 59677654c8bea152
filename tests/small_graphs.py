"""Small graphs with everything that goes wrong in them: loops, hubs, nodes without an edge, weights, features of edges."""

import torch

from genwright.graphs.graph import Graph, from_edges, undirected
from genwright.randomness import generator


def small_graph(
    seed: int, nodes: int = 12, edges: int = 40, weights: bool = False, features: int = 0, both_ways: bool = False,
    loops: bool = True, columns: int | None = None, dtype: torch.dtype = torch.float64,
) -> Graph:  # fmt: skip
    """The last two nodes have no edge, the first is a hub. columns: senders, of which `nodes` receive."""
    rng = generator("small graph", seed)
    busy = max(nodes - 2, 0)
    senders = busy if columns is None else columns
    source = torch.randint(max(senders, 1), (edges if busy else 0,), generator=rng)
    target = torch.randint(max(busy, 1), (len(source),), generator=rng)
    target[: len(target) // 4] = 0
    if not loops:
        source, target = source[source != target], target[source != target]
    graph = from_edges(source, target, nodes, columns=columns).with_weight(None)
    if features:
        graph = Graph(graph.ptr, graph.source, graph.columns, None, torch.randn(graph.edges, features, generator=rng, dtype=dtype))
    if both_ways:
        graph = undirected(graph)
    if not weights:
        return graph.with_weight(torch.ones(graph.edges, dtype=dtype))
    weight = 0.5 + torch.rand(graph.edges, generator=rng, dtype=dtype)
    if both_ways:  # the same in both directions
        number = torch.minimum(graph.source, graph.target) * nodes + torch.maximum(graph.source, graph.target)
        weight = 0.5 + torch.rand(nodes * nodes, generator=rng, dtype=dtype)[number]
    return graph.with_weight(weight)
