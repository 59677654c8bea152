"""Graphs of which some pairs are open: the others stay, and what is drawn goes with them."""

import networkx as nx
import pytest
import torch
from short_training import train

import genwright
from genwright.core.draws import Draws
from genwright.core.errors import DataError, Unsupported
from genwright.core.spec import Spec
from genwright.core.trainable import Items
from genwright.graphs.families.discrete_diffusion import DiscreteDiffusion
from genwright.graphs.families.gran import GRAN
from genwright.graphs.families.graph_baselines import ErdosRenyi
from genwright.graphs.kinds.domain import GraphSets, packed
from genwright.graphs.kinds.plain_graphs import Kinds
from genwright.graphs.networks.graph_transformer import GraphTransformer

NONE = Spec(())
COLOURS = Kinds("colour", ("red", "blue"))


def all_or_nothing(size: int, joined: bool, colour: str | None = None) -> nx.Graph:
    graph = nx.complete_graph(size) if joined else nx.empty_graph(size)
    nx.set_node_attributes(graph, colour or ("red" if joined else "blue"), "colour")
    return graph


GRAPHS = [all_or_nothing(size, joined) for size in (3, 4, 5) for joined in (True, False)] * 8
DOMAIN = GraphSets.fit(GRAPHS, nodes=COLOURS)


@pytest.fixture(scope="module")
def model():
    torch.manual_seed(0)
    found = DiscreteDiffusion(DOMAIN.spec, NONE, GraphTransformer(DOMAIN.spec, NONE, 16, 8, 2, 2, 2, 0.0), 24, 16)
    return train(found, packed(GRAPHS[:12], COLOURS), 220, batch=12, lr=1e-2)


def completed(model, graphs: list, seed: int = 0) -> list:
    x, given, known = DOMAIN.encode_holes(graphs, None, None)
    with torch.no_grad():
        filled = x.filled(known, model.fill(x, known, given, Draws("fill", seed)))
    return DOMAIN.decode_holes(filled, graphs, known, given, {})


def opened(graph: nx.Graph, *pairs: tuple) -> nx.Graph:
    graph = graph.copy()
    graph.add_edges_from(pairs, unknown=True)
    return graph


@pytest.mark.long
@pytest.mark.parametrize("joined", [True, False])
def test_an_open_pair_is_drawn_in_view_of_the_others(model, joined):
    """All are joined or none is, so one pair says what the open ones are."""
    graph = all_or_nothing(5, joined)
    graph.remove_edges_from([(0, 1), (2, 3)])
    found = completed(model, [opened(graph, (0, 1), (2, 3), (1, 4))] * 32)
    rest = [pair for pair in nx.complete_graph(5).edges if pair not in ((0, 1), (2, 3), (1, 4))]
    assert all(len(drawn) == 5 and not nx.get_edge_attributes(drawn, "unknown") for drawn in found)
    assert all(drawn.has_edge(*pair) == joined for drawn in found for pair in rest)
    assert all(drawn.nodes[i]["colour"] == graph.nodes[i]["colour"] for drawn in found for i in range(5))
    right = [drawn.has_edge(*pair) == joined for drawn in found for pair in ((0, 1), (2, 3), (1, 4))]
    assert sum(right) >= 0.9 * len(right)


@pytest.mark.long
def test_graphs_without_open_pairs_grow_as_before_beside_others(model):
    piece, other = all_or_nothing(3, True), opened(all_or_nothing(4, False), (0, 1))
    alone = completed(model, [piece] * 16)
    beside = completed(model, [piece] * 16 + [other] * 16)
    assert all(nx.utils.graphs_equal(a, b) for a, b in zip(alone, beside[:16]))
    assert {len(graph) for graph in alone} == {3, 4, 5} and {len(graph) for graph in beside[16:]} == {4}


def test_independent_pairs_are_drawn_as_often_as_training_graphs_are_joined():
    model = ErdosRenyi(DOMAIN.spec, NONE)
    x = packed(GRAPHS, COLOURS)
    model.finish(Items(x, torch.zeros(len(x), 0)), Draws("finish"))
    found = completed(model, [opened(all_or_nothing(4, False), (0, 1), (3, 2))] * 500)
    edges = [set(map(frozenset, graph.edges)) for graph in found]
    assert all(pairs <= {frozenset((0, 1)), frozenset((2, 3))} for pairs in edges)
    share = sum(map(len, edges)) / 1000
    assert abs(share - float(model.kinds[3, 1])) < 0.05


def test_what_draws_nodes_in_turn_refuses_open_pairs():
    graphs = [nx.path_graph(4), nx.cycle_graph(4)] * 6
    model = genwright.fit(graphs, "gran", preset="tiny", steps=1, progress=False)
    assert len(model.complete([nx.path_graph(2)])) == 1
    with pytest.raises(Unsupported):
        model.complete([opened(nx.path_graph(3), (0, 2))])
    assert isinstance(model.family, GRAN)


def test_what_is_unknown_is_read_from_files(tmp_path):
    """As it is written by NetworkX; an edge that is there beside makes its pair known."""
    from genwright.kinds.load import read_items

    graph = opened(nx.path_graph(4), (0, 3), (1, 3))
    graph.edges[0, 1]["unknown"] = False
    nx.write_graphml(graph, tmp_path / "hole.graphml")
    domain = GraphSets.fit([nx.path_graph(4), nx.cycle_graph(4)])
    items, known, *_ = read_items(str(tmp_path), domain)
    x, _, mask = domain.encode_holes(items, known, None)
    pairs = {tuple(sorted(pair)) for pair in mask.pairs.edge_index()[:, mask.pairs.values == 0].T.tolist()}
    assert pairs == {(0, 3), (1, 3)} and x.pairs.values.sum() == 6 and mask.some_open.tolist() == [True]
    with pytest.raises(DataError):
        domain.encode(items)
    both = nx.MultiGraph(nx.path_graph(3))
    both.add_edge(0, 1, unknown=True)
    assert not domain.encode_holes([both], None, None)[2].some_open.any()
