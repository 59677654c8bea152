"""The graph transformer: renumbering nodes renumbers what it says, and padding says nothing."""

import networkx as nx
import numpy as np
import pytest
import torch

from genwright.core.draws import Draws
from genwright.core.spec import Category, Marginal, Members, Spec
from genwright.graphs.networks.graph_transformer import GraphTransformer, random_walks, resistances

SIZES = Marginal(tuple(k + 0.5 for k in range(13)), (1 / 12,) * 12)
SPEC = Spec((("graph", Members(Spec((("node", Category(1)),)), SIZES, Category(3))),))


@pytest.fixture(scope="module")
def network() -> GraphTransformer:
    torch.manual_seed(0)
    network = GraphTransformer(SPEC, Spec(()), 16, 8, 2, 2, 4, 0.0).eval()
    torch.nn.init.normal_(network.out.weight)
    return network


def inputs(width: int = 8):
    rng = Draws("graphs")
    upper = rng.integers(3, (2, width, width)).triu(1)
    mask = torch.arange(width) < torch.tensor([[6], [4]])
    kinds = (upper + upper.mT) * (mask[:, :, None] & mask[:, None])
    known = (torch.arange(width) < torch.tensor([[2], [0]])) & mask
    return kinds, mask, torch.tensor([0.2, 0.9]), torch.zeros(2, 0), known


@torch.no_grad()
def test_renumbering_nodes_renumbers_the_answer(network):
    kinds, mask, clock, given, known = inputs()
    found, _ = network(kinds, mask, clock, given, known)
    order = torch.tensor([3, 5, 0, 2, 1, 4, 6, 7])
    turn = lambda pairs: pairs[:, order][:, :, order]
    again, _ = network(turn(kinds), mask[:, order], clock, given, known[:, order])
    there = turn(mask[:, :, None] & mask[:, None])
    assert torch.allclose(again[there], turn(found)[there], atol=1e-5)
    assert not torch.allclose(found[0, 0, 1], found[0, 0, 2], atol=1e-2)


@torch.no_grad()
def test_the_answer_is_the_same_both_ways(network):
    found, nodes = network(*inputs())
    assert nodes is None  # which are all alike
    assert torch.allclose(found, found.transpose(1, 2), atol=1e-5)


@torch.no_grad()
def test_padding_changes_nothing(network):
    kinds, mask, clock, given, known = inputs()
    found = network(kinds, mask, clock, given, known)[0][:, :6, :6]
    cut, _ = network(kinds[:, :6, :6], mask[:, :6], clock, given, known[:, :6])
    there = (mask[:, :, None] & mask[:, None])[:, :6, :6]
    assert torch.allclose(cut[there], found[there], atol=1e-5)


@torch.no_grad()
def test_each_input_counts(network):
    kinds, mask, clock, given, known = inputs()
    found = network(kinds, mask, clock, given, known)[0][:, 0, 1]
    far = kinds.clone()
    far[:, 2, 3] = far[:, 3, 2] = (kinds[:, 2, 3] + 1) % 3
    for other in (
        (far, mask, clock, given, known),
        (kinds, mask, 1 - clock, given, known),
        (kinds, mask, clock, given, ~known & mask),
    ):
        assert ((network(*other)[0][:, 0, 1] - found).abs().amax(1) > 1e-3).all()


def test_it_says_nothing_before_it_is_trained():
    fresh = GraphTransformer(SPEC, Spec(()), 16, 8, 1, 2, 2, 0.0)
    assert not fresh(*inputs())[0].any()


def test_walks_on_a_path():
    """From the end of a path of three nodes: to the middle, then back or on with equal chances."""
    joined = torch.tensor([[[0.0, 1, 0], [1, 0, 1], [0, 1, 0]]])
    walks, degree = random_walks(joined, 2)
    assert walks[0, 0].T.tolist() == [[0, 1, 0], [0.5, 0, 0.5]] and degree.tolist() == [[1, 2, 1]]
    alone, none = random_walks(torch.zeros(1, 2, 2), 3)
    assert not alone.any() and not none.any()


def test_resistances_are_those_of_networkx_and_large_between_pieces():
    graph = nx.disjoint_union(nx.lollipop_graph(4, 3), nx.path_graph(2))
    found = resistances(torch.tensor(nx.to_numpy_array(graph))[None])[0].numpy()
    for piece in map(sorted, nx.connected_components(graph)):
        true = nx.resistance_distance(graph.subgraph(piece))
        wanted = [[true[u][v] if u != v else 0 for v in piece] for u in piece]
        np.testing.assert_allclose(found[np.ix_(piece, piece)], wanted, atol=0.02)
    assert found[0, 8] > 100
