"""Colour refinement against NetworkX's, and what a colouring must be under renumbering and refinement."""

import networkx as nx
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from small_graphs import of, renumbered, small_trees_and_graphs

from genwright.core.graph import offsets, side_by_side
from genwright.graphs.networks.weisfeiler_lehman import colours, distinguishes, graph_keys
from genwright.graphs.studies.expressiveness import GRAPHS, NODES


@pytest.mark.long
def test_keys_of_graphs_are_equal_where_their_colours_are():
    drawn = [of(g) for g in small_trees_and_graphs()]
    turned = [renumbered(g, seed)[0] for seed, g in enumerate(drawn)]
    ptr = offsets(torch.tensor([g.rows for g in drawn]))
    keys = graph_keys(side_by_side(drawn), ptr)
    assert torch.equal(keys, graph_keys(side_by_side(turned), ptr))
    for i, a in enumerate(drawn):
        for j, b in enumerate(drawn[:i]):
            assert (keys[i] != keys[j]) == distinguishes(a, b)
    assert torch.equal(graph_keys(drawn[3], offsets(torch.tensor([drawn[3].rows]))), keys[3:4])  # whatever is beside


@pytest.mark.long
def test_pairs_are_told_apart_exactly_where_networkx_hashes_differ():
    drawn = small_trees_and_graphs()
    hashes = [nx.weisfeiler_lehman_graph_hash(g, iterations=8) for g in drawn]
    graphs = [of(g) for g in drawn]
    differing = 0
    for i in range(len(drawn)):
        for j in range(i):
            assert distinguishes(graphs[i], graphs[j]) == (hashes[i] != hashes[j]), (i, j)
            differing += hashes[i] != hashes[j]
    assert 0 < len(drawn) * (len(drawn) - 1) / 2 - differing  # some pair looks alike, or the test says nothing of it


@pytest.mark.parametrize("rounds", [1, 2, 3])
def test_nodes_share_a_colour_after_each_round_where_they_share_networkx_hashes(rounds):
    drawn = nx.gnm_random_graph(40, 50, seed=1)
    found = colours(of(drawn), rounds=rounds)
    hashes = nx.weisfeiler_lehman_subgraph_hashes(drawn, iterations=rounds)
    theirs = torch.tensor([hash(hashes[i][-1]) for i in range(40)])
    assert torch.equal(found[:, None] == found, theirs[:, None] == theirs)
    assert 1 < len(found.unique()) < 40


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 14), st.integers(0, 30), st.integers(0, 10**6))
def test_renumbering_carries_colours_along(nodes, edges, seed):
    graph = of(nx.gnm_random_graph(nodes, edges, seed))
    other, new = renumbered(graph, seed)
    assert torch.equal(colours(other)[new], colours(graph))
    assert not distinguishes(graph, other)


def test_the_stable_colouring_is_equitable():
    graph = of(nx.gnm_random_graph(30, 40, seed=3))
    classes = colours(graph).unique(return_inverse=True)[1]
    seen = torch.zeros(30, int(classes.max()) + 1).index_put_(
        (graph.target, classes[graph.source]), torch.tensor(1.0), accumulate=True
    )
    for number in range(seen.shape[1]):
        assert (seen[classes == number] == seen[classes == number][0]).all()


def test_first_colours_are_refined_not_forgotten():
    graph = GRAPHS["two triangles, a hexagon"][1]
    marked = colours(graph, torch.tensor([1, 0, 0, 0, 0, 0]))
    assert [len(part.unique()) for part in (marked, marked[[1, 5]], marked[[2, 4]], marked[[0, 3]])] == [4, 1, 1, 2]


def test_look_alikes_differ_but_not_to_refinement():
    for a, b in GRAPHS.values():
        drawn = [nx.Graph(g.edge_index().T.tolist()) for g in (a, b)]
        assert not nx.is_isomorphic(*drawn)
        assert not distinguishes(a, b)
    for graph, i, j in NODES.values():
        found = colours(graph)
        assert found[i] == found[j]
