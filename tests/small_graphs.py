"""Small graphs with everything that goes wrong in them: loops, hubs, nodes without an edge, weights, features of
edges."""

import networkx as nx
import numpy as np
import torch

from genwright.core.draws import Draws
from genwright.core.graph import Graph, from_edges, undirected


def small_graph(
    seed: int, nodes: int = 12, edges: int = 40, weights: bool = False, features: int = 0, both_ways: bool = False,
    loops: bool = True, columns: int | None = None, dtype: torch.dtype = torch.float64,
) -> Graph:  # fmt: skip
    """The last two nodes have no edge, the first is a hub. columns: senders, of which `nodes` receive."""
    rng = Draws("small graph", seed)
    busy = max(nodes - 2, 0)
    senders = busy if columns is None else columns
    source = rng.integers(max(senders, 1), (edges if busy else 0,))
    target = rng.integers(max(busy, 1), (len(source),))
    target[: len(target) // 4] = 0
    if not loops:
        source, target = source[source != target], target[source != target]
    graph = from_edges(source, target, nodes, columns=columns).with_weight(None)
    if features:
        graph = Graph(graph.ptr, graph.source, graph.columns, None, rng.normal(graph.edges, features, dtype=dtype))
    if both_ways:
        graph = undirected(graph)
    if not weights:
        return graph.with_weight(torch.ones(graph.edges, dtype=dtype))
    weight = 0.5 + rng.uniform(graph.edges, dtype=dtype)
    if both_ways:  # the same in both directions
        number = torch.minimum(graph.source, graph.target) * nodes + torch.maximum(graph.source, graph.target)
        weight = 0.5 + rng.uniform(nodes * nodes, dtype=dtype)[number]
    return graph.with_weight(weight)


def skewed(nodes: int, edges: int, seed: int = 0) -> Graph:
    """Undirected, with weights; a few nodes have most of the edges."""
    rng = np.random.default_rng(seed)
    law = (np.arange(nodes) + 1.0) ** -0.8
    ends = rng.choice(nodes, (2, edges), p=law / law.sum())
    ends = torch.from_numpy(
        np.concatenate([ends[:, ends[0] != ends[1]], [np.arange(nodes), np.roll(np.arange(nodes), 1)]], axis=1)
    )
    return undirected(from_edges(*ends, nodes))


def of(drawn: nx.Graph) -> Graph:
    edges = torch.tensor(list(drawn.edges), dtype=torch.long).reshape(-1, 2).T
    return undirected(from_edges(*edges, len(drawn)))


def renumbered(graph: Graph, seed: int) -> tuple[Graph, torch.Tensor]:
    new = Draws.from_seed(seed).permutation(graph.rows)
    return from_edges(new[graph.source], new[graph.target], graph.rows), new


def small_trees_and_graphs() -> list[nx.Graph]:
    """Of one size and with few edges, so that many look alike: trees, cubic graphs, thin random ones."""
    trees = list(nx.nonisomorphic_trees(8))[:12]
    cubic = [nx.random_regular_graph(3, 8, seed) for seed in range(6)]
    return trees + cubic + [nx.gnm_random_graph(8, 8, seed) for seed in range(24)]
