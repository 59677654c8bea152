# Tests graphs/kinds/domain.py, graphs/kinds/named.py
"""The domain of simple graphs: what goes in comes out, completions keep names, files are whole."""

import networkx as nx
import numpy as np
import pytest
import torch

from genwright.core.spec import Members
from genwright.graphs.kinds.domain import GraphSets, packed, unpacked
from genwright.kinds.domain import Drawn

GRAPHS = [nx.cycle_graph(5), nx.star_graph(3), nx.empty_graph(2), nx.empty_graph(1), nx.complete_graph(4)]


@pytest.fixture(scope="module")
def domain() -> GraphSets:
    return GraphSets.fit(GRAPHS)


def test_graphs_come_back(domain):
    x, given = domain.encode(GRAPHS)
    assert x.sizes.tolist() == [5, 4, 2, 1, 4] and given.shape == (5, 0)
    back = domain.decode(x, given, 7)
    assert type(back) is Drawn and back.seed == 7
    assert all(map(nx.utils.graphs_equal, back, GRAPHS))


def test_names_of_nodes_mean_nothing(domain):
    named = nx.relabel_nodes(GRAPHS[0], dict(enumerate("abcde")))
    assert torch.equal(packed([named]).pairs.source, packed([GRAPHS[0]]).pairs.source)


def test_the_spec_holds_what_training_graphs_have(domain):
    leaf = domain.spec.leaf
    edges, pairs = 5 + 3 + 6, 10 + 6 + 1 + 6
    assert isinstance(leaf, Members) and domain.spec.of == "mass" and leaf.pairs.k == 2
    assert leaf.pairs.marginal.probs[1] == pytest.approx((edges + 0.5) / (pairs + 1))
    assert np.argmax(leaf.sizes.probs) == 3 and sum(leaf.sizes.probs) == pytest.approx(1)
    assert domain.describe() == ["5 graphs of 1 to 5 nodes, 14 edges"]
    again = GraphSets.from_json(domain.to_json())
    assert again.to_json() == domain.to_json() and again.spec == domain.spec


def test_a_completion_keeps_the_names_that_were_there(domain):
    part = nx.Graph([("a", "b"), ("b", 0)])
    x, given, known = domain.encode_holes([part], None, None)
    assert known.x.all() and known.sizes.tolist() == [3]
    drawn = unpacked(x)[0]
    drawn.add_edges_from([(2, 3), (3, 4)])
    filled = domain.decode_holes(packed([drawn]), [part], known, given, {"seed": 1, "method": "m", "kind": "exact"})
    assert list(filled[0]) == ["a", "b", 0, 1, 2]
    assert set(map(frozenset, filled[0].edges)) == {frozenset(e) for e in (("a", "b"), ("b", 0), (0, 1), (1, 2))}
    assert (filled.seed, filled.method, filled.kind) == (1, "m", "exact")


def test_keys_are_those_of_shapes(domain):
    turned = nx.relabel_nodes(GRAPHS[1], {0: 3, 3: 0})
    keys = domain.keys([*GRAPHS, turned])
    assert keys.dtype == np.uint64 and keys[1] == keys[5] and len(set(keys.tolist())) == 5
    assert len(domain.keys([])) == 0
    assert domain.keys(GRAPHS[2:3])[0] == keys[2]  # whatever stands beside


def test_names_survive_graphml(domain, tmp_path):
    graph = nx.Graph([('a"<', "b & c")])
    domain.write([graph], tmp_path / "new")
    assert set(nx.read_graphml(tmp_path / "new" / "00000.graphml")) == set(graph)
