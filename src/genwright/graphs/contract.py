"""Small data of graphs, and the contract's view of them."""

from collections.abc import Sequence
from dataclasses import replace

import networkx as nx
import numpy as np
import torch
from torch import Tensor

import genwright

from ..contract.kinds import Kind, Known
from ..contract.tasks import SmallTask
from ..core.data import Data
from ..core.domain import BaseDomain
from ..core.draws import Draws
from ..core.graph import from_edges, undirected
from ..core.ragged import Ragged
from .kinds.graph_data import GraphData, Interactions
from .networks.features import SparseRows


def rings_and_stars(count: int = 40, size: int = 6) -> GraphData:
    """Makes rings and stars of five to seven nodes, half of each, with one random number a node.

    Args:
        count: Number of graphs.
        size: Number of nodes.
    """
    rng = Draws("rings and stars")
    sizes = torch.tensor([size - 1 + k % 3 for k in range(count)])
    begin = torch.cat([torch.zeros(1, dtype=torch.long), sizes.cumsum(0)])
    source, target = [], []
    for k, n in enumerate(sizes.tolist()):
        ring = torch.arange(n)
        source.append(begin[k] + (ring if k % 2 else ring[1:]))
        target.append(begin[k] + ((ring + 1) % n if k % 2 else torch.zeros(n - 1, dtype=torch.long)))
    graph = undirected(from_edges(torch.cat(source), torch.cat(target), int(begin[-1])))
    x = torch.cat([torch.ones(graph.rows, 1), rng.normal(graph.rows, 2)], 1)
    return GraphData("rings and stars", graph, x, torch.arange(count) % 2, ("star", "ring"), members=begin)


def clubs() -> Interactions:
    """Makes interactions of two clubs of 20 users and 15 items: everyone takes 4 items of the club to learn from, and 2
    to test."""
    members = torch.stack([15 * (u // 20) + Draws("clubs", u).permutation(15)[:6] for u in range(40)])
    pairs = torch.stack([torch.arange(40)[:, None].expand(-1, 6), members], 2)
    return Interactions("clubs", 40, 30, pairs[:, :4].reshape(-1, 2), pairs[:, 4:].reshape(-1, 2))


def rings_trees_and_clubs():
    """Returns graphs of six to ten nodes: a ring, a random tree, or two clubs that know each other by one person."""
    rng = np.random.default_rng(0)
    graphs = []
    for k in range(600):
        size = 6 + k % 5
        if k % 3 == 0:
            graphs.append(nx.cycle_graph(size))
        elif k % 3 == 1:
            graphs.append(nx.Graph((i, int(rng.integers(i))) for i in range(1, size)))
        else:
            clubs = nx.disjoint_union(nx.complete_graph(size // 2), nx.complete_graph(size - size // 2))
            lost = [edge for edge in clubs.edges if rng.random() < 0.15]
            clubs.remove_edges_from(lost)
            clubs.add_edge(0, size - 1)
            graphs.append(clubs)
    return genwright.load_data(graphs)


def parts_of_graphs(data):
    """Returns the first four nodes of each."""
    return [graph.subgraph(sorted(graph)[:4]).copy() for graph in data.test[:20]], None


class WholeGraphs(Kind):
    data, holes = staticmethod(rings_trees_and_clubs), staticmethod(parts_of_graphs)
    guessed = False

    def are_equal(self, a: Sequence[nx.Graph], b: Sequence[nx.Graph]) -> bool:
        return type(a) is type(b) and len(a) == len(b) and all(map(nx.utils.graphs_equal, a, b))

    def fits(self, sampled: Sequence[nx.Graph], data: Data) -> bool:
        sizes = range(1, 2 * max(map(len, data.train)) + 1)
        return super().fits(sampled, data) and all(
            isinstance(graph, nx.Graph) and len(graph) in sizes and not nx.number_of_selfloops(graph)
            for graph in sampled
        )

    def junk(self, data: Data) -> Sequence[nx.Graph]:
        """Returns all joined but the nodes that a path would join: denser than the data, and unlike a club."""
        return [nx.complement(nx.path_graph(len(graph))) for graph in data.test]

    def keeps_known(self, completions: Sequence[nx.Graph], items: Sequence[nx.Graph], known: Known) -> bool:
        return all(
            nx.utils.graphs_equal(completion.subgraph(item), item) for completion, item in zip(completions, items)
        )

    def half_known(self, x: Ragged) -> Ragged:
        return x.with_x((x.place < (x.sizes[x.item] + 1) // 2)[:, None])

    def reversed(self, x: Ragged) -> Ragged:
        """Returns each graph with its nodes from last to first: known are the others."""
        place = x.ptr[x.item] + x.sizes[x.item] - 1 - x.place
        pairs = from_edges(place[x.pairs.source], place[x.pairs.target], len(x.x), x.pairs.values)
        return Ragged(x.x, x.ptr, pairs)

    def unknown(self, x: Ragged, known: Ragged) -> Tensor:
        """Returns numbers of the joined pairs that are not of two known nodes."""
        count = torch.zeros_like(known.sizes).index_add_(0, known.item, known.x[:, 0].long())
        new = x.place >= count[x.item]
        return x.pairs.edge_index()[:, new[x.pairs.source] | new[x.pairs.target]]


class Pairs(SmallTask):
    """Pairs of the nodes of one graph."""

    def data(self) -> GraphData:
        return genwright.load_data("karate-club")

    def unfitting_data(self, data: GraphData) -> GraphData:
        """Returns the same graph with twice the features."""
        x = data.x.dense() if isinstance(data.x, SparseRows) else data.x
        return replace(data, x=torch.cat([x, x], 1))


class OneGraph(Pairs):
    """Nodes of one graph."""

    def count(self, data: GraphData) -> int:
        return len(data.y)

    def chances(self, domain: BaseDomain) -> dict[str, dict[str, str]]:
        return {"label": {name: f"p({name})" for name in domain.classes}}


class ManyGraphs(OneGraph):
    """Graphs with labels."""

    def data(self) -> GraphData:
        return rings_and_stars()


class Relations(SmallTask):
    """Triples of two nodes and a kind of edge."""

    def data(self) -> GraphData:
        return genwright.load_data("drug-effects")

    def unfitting_data(self, data: GraphData) -> GraphData:
        """Returns the same graph with fewer kinds of edges."""
        return replace(data, relations=dict(list(data.relations.items())[1:]))


class Recommendations(SmallTask):
    """Items for users."""

    def data(self) -> Interactions:
        return clubs()

    def unfitting_data(self, data: Interactions) -> Interactions:
        """Returns the same interactions with one user more."""
        return replace(data, users=data.users + 1)
