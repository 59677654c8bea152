# Tests graphs/zoo/bodies/graphs.py, graphs/zoo/bodies/sets.py, graphs/zoo/discrete_diffusion.py,
#   graphs/zoo/graph_networks.py, graphs/zoo/sets.py
"""Which preset fits graphs: of diffusion, by how many edges there are and whether they have kinds."""

import networkx as nx
import pytest

import genwright
from genwright.core.spec import Spec
from genwright.graphs.zoo import discrete_diffusion as diffusion
from genwright.graphs.zoo import sets


def with_kinds(graph):
    nx.set_node_attributes(graph, {node: "CN"[node % 2] for node in graph}, "kind")
    return graph


SETS = {
    "trees": ([nx.random_labeled_tree(n, seed=n) for n in range(12, 42)], 1.9, "sparse"),
    "rings": ([nx.cycle_graph(n) for n in range(12, 42)], 2.0, "sparse"),
    "wheels": ([nx.wheel_graph(n) for n in range(12, 42)], 3.8, "small"),
    "trees of kinds": ([with_kinds(nx.random_labeled_tree(n, seed=n)) for n in range(12, 42)], 1.9, "small"),
}


@pytest.mark.parametrize("graphs, neighbours, preset", SETS.values(), ids=SETS)
def test_diffusion_of_plain_graphs_that_are_nearly_trees_goes_to_no_edges(graphs, neighbours, preset):
    spec = genwright.load_data(graphs).domain.spec
    assert diffusion.neighbours(spec) == pytest.approx(neighbours, abs=0.15)
    assert diffusion.choose_for_graphs(diffusion.DISCRETE_GRAPHS, spec, Spec(()), 24) == preset
    assert sets.GRAPH_RNN.on["graph-sets"].choose(sets.GRAPH_RNN_PRESETS, spec, Spec(()), 24) == "small"
