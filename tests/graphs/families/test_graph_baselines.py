"""Graphs of blocks, of preferential attachment and rewired ones: what each keeps of its training graphs, and what it
does not."""

import networkx as nx
import numpy as np
import pytest
import torch

from genwright.core.draws import Draws
from genwright.core.errors import Unsupported
from genwright.core.spec import Category, Members, Spec
from genwright.core.trainable import Items
from genwright.graphs.families.graph_baselines import BarabasiAlbert, Rewiring, StochasticBlockModel
from genwright.graphs.kinds.domain import GraphSets, packed, unpacked

NONE = Spec(())
FAMILIES = (BarabasiAlbert, Rewiring, StochasticBlockModel)
EDGES, TRIANGLES = nx.number_of_edges, lambda graph: sum(nx.triangles(graph).values())


def drawn(family, graphs: list, n: int) -> list:
    model, x = family(GraphSets.fit(graphs).spec, NONE), packed(graphs)
    model.finish(Items(x, torch.zeros(len(x), 0)), Draws("finish"))
    return unpacked(model.sample(n, torch.zeros(n, 0), Draws("draw")))


def test_blocks_are_found_and_joined_as_often_as_they_were():
    graphs = [nx.planted_partition_graph(3, 12, 0.8, 0.05, seed=k) for k in range(12)]
    rng = np.random.default_rng(0)
    mixed = [nx.relabel_nodes(graph, dict(enumerate(rng.permutation(36).tolist()))) for graph in graphs]
    found = [nx.community.louvain_communities(graph, seed=0) for graph in drawn(StochasticBlockModel, mixed, 20)]
    assert np.mean([sorted(map(len, blocks)) == [12, 12, 12] for blocks in found]) > 0.9
    both = drawn(StochasticBlockModel, mixed, 20), graphs
    edges, triangles = ([np.mean([f(g) for g in some]) for some in both] for f in (EDGES, TRIANGLES))
    assert edges[0] == pytest.approx(edges[1], rel=0.05) and triangles[0] == pytest.approx(triangles[1], rel=0.15)


def test_the_blocks_are_those_of_one_training_graph():
    two, one = nx.disjoint_union(nx.complete_graph(6), nx.complete_graph(6)), nx.complete_graph(5)
    for graph in drawn(StochasticBlockModel, [two, one], 40):
        assert nx.is_isomorphic(graph, two if len(graph) == 12 else one)


def test_attachment_is_preferential_with_the_edges_of_training_graphs():
    graphs = [nx.barabasi_albert_graph(30, 2, seed=k) for k in range(40)] + [nx.path_graph(12)] * 40
    made = drawn(BarabasiAlbert, graphs, 400)
    for graph in made:
        assert nx.is_connected(graph)
        if len(graph) in (12, 30):
            assert graph.number_of_edges() == {12: 11, 30: 56}[len(graph)]
    ours, theirs = ([max(dict(g.degree).values()) for g in some if len(g) == 30] for some in (made, graphs))
    assert np.mean(ours) == pytest.approx(np.mean(theirs), abs=1.5)
    alike = nx.gnm_random_graph(30, 56, seed=0)
    assert np.mean(ours) > 1.5 * max(dict(alike.degree).values())


def test_the_third_node_chooses_either_of_two_alike_and_the_fourth_the_middle_half_the_time():
    made = [g for g in drawn(BarabasiAlbert, [nx.path_graph(4)] * 20, 2000) if len(g) == 4]
    stars = np.mean([max(dict(g.degree).values()) == 3 for g in made])
    assert len(made) > 1000 and stars == pytest.approx(0.5, abs=0.04)


@pytest.mark.long
def test_rewired_graphs_have_the_degrees_of_training_graphs_and_other_edges():
    graphs = [nx.random_regular_graph(4, 16, seed=3), nx.grid_2d_graph(4, 5), nx.complete_graph(4), nx.empty_graph(2)]
    kept = {tuple(sorted(dict(graph.degree).values())): graph for graph in graphs}
    made = drawn(Rewiring, graphs, 60)
    for graph in made:
        assert tuple(sorted(dict(graph.degree).values())) in kept and not nx.number_of_selfloops(graph)
    grids = [g for g in made if len(g) == 20]
    assert np.mean([nx.is_isomorphic(g, graphs[1]) for g in grids]) < 0.1
    assert all(nx.is_isomorphic(g, graphs[2]) for g in made if len(g) == 4)  # whose edges cannot be exchanged


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.__name__)
def test_kinds_are_refused(family):
    sizes = GraphSets.fit([nx.path_graph(3)]).spec.leaf.sizes
    nodes, pairs = Members(Spec((("node", Category(3)),)), sizes, Category(2)), Category(4)
    for leaf in (nodes, Members(Spec((("node", Category(1)),)), sizes, pairs)):
        with pytest.raises(Unsupported):
            family(Spec((("graph", leaf),)), NONE)
