# Tests graphs/measure/graph_sheets.py
"""The metrics of graphs on graphs whose law is known: what is right passes, and each fault is seen by its number."""

import json
from dataclasses import replace

import networkx as nx
import numpy as np
import pytest

import genwright
from genwright.core.family import Family
from genwright.distributions.histograms import ConditionHistograms
from genwright.graphs.kinds.plain_graphs import ALIKE, Kinds
from genwright.graphs.measure.graph_sets_suite import MEAN, STATISTICS, Suite
from genwright.graphs.measure.graph_statistics import nearest_graphs as nearest
from genwright.kinds.domain import Drawn
from genwright.run.model import Model


def graphs(seed: int, n: int = 240, chance: float = 0.35) -> list:
    """Random graphs in which a third of the nodes are a clique."""
    rng, made = np.random.default_rng(seed), []
    for _ in range(n):
        size = int(rng.integers(8, 13))
        graph = nx.gnp_random_graph(size, chance, seed=int(rng.integers(1 << 30)))
        graph.add_edges_from((i, j) for i in range(size // 3) for j in range(i))
        made.append(graph)
    return made


class Law(Family):
    """The law itself, or one that draws as `make` does."""

    def __init__(self, domain, make):
        super().__init__(domain.spec, domain.given)
        self.domain, self.make = domain, make

    def sample(self, n, given, rng):
        return self.domain.encode(self.make(rng.seed % 2**31, n))[0]

    def log_likelihood(self, x, given, rng, draws=None):
        return -x.sizes.double(), None


@pytest.fixture(scope="module")
def data():
    return genwright.load_data(graphs(0))


@pytest.fixture(scope="module")
def suite(data):
    return Suite(data)


def modelled(data, make):
    return Model(
        Law(data.domain, make), data.domain, {}, ConditionHistograms.fit(data.domain.given, data.tensors("train").given)
    )


def measured(suite, data, make):
    return suite.measure(modelled(data, make))


@pytest.fixture(scope="module")
def right(suite, data):
    """What is measured of the law itself."""
    return measured(suite, data, graphs)


def test_the_right_law_is_as_good_as_training_graphs(suite, right):
    found, reference = right.metrics, suite.reference()
    for name in (MEAN, *STATISTICS):
        assert found[name].value < reference[name].value + 3 * found[name].se
    assert found["unique"].value > 0.98 and found["copies"].value < 0.02
    assert found[MEAN].value == pytest.approx(np.mean([found[name].value for name in STATISTICS]), abs=1e-12)
    assert set(found) == set(Suite.TITLES) - {"valid", "valid_new", "connected", "given_error"}
    assert set(Suite.HEADLINE.values()) <= set(Suite.TITLES)


@pytest.mark.long
@pytest.mark.parametrize(
    "make, worse",
    [
        (lambda seed, n: graphs(seed, n, 0.6), (MEAN, *STATISTICS)),
        (lambda seed, n: [nx.random_regular_graph(4, 10, seed=seed + k) for k in range(n)], ("degree", "clustering")),
    ],
)
def test_another_law_is_seen(make, worse, suite, data):
    found, reference = measured(suite, data, make).metrics, suite.reference()
    for name in worse:
        assert found[name].value - 3 * found[name].se > reference[name].value, name


def communities(seed: int, n: int) -> list:
    """Two groups of six to eight nodes each, which few edges join."""
    shapes = [([6 + k % 3] * 2, [[0.8, 0.05], [0.05, 0.8]]) for k in range(n)]
    return [nx.Graph(nx.stochastic_block_model(*shape, seed=1000 * seed + k).edges) for k, shape in enumerate(shapes)]


def test_few_graphs_suffice_to_tell_communities_from_random_graphs_of_their_density():
    data = genwright.load_data(communities(1, 80))
    suite, made = Suite(data), lambda seed, n: communities(2 + seed % 99, n)
    random = lambda seed, n: [nx.gnm_random_graph(len(one), one.size(), seed=seed) for one in made(seed, n)]
    right, wrong = (measured(suite, data, make).metrics[Suite.HEADLINE["samples"]] for make in (made, random))
    assert len(suite.test) <= 20 and wrong.value - right.value > 4 * np.hypot(wrong.se, right.se)


@pytest.mark.long
def test_a_rule_that_training_graphs_keep_is_asked_of_samples():
    trees = lambda seed, n: [nx.random_labeled_tree(12, seed=1000 * seed + k) for k in range(n)]
    data = genwright.load_data(trees(1, 120))
    suite = Suite(data)
    assert suite.reference()["valid"].value > 0.97 and "valid_new" not in suite.reference()
    right = measured(suite, data, lambda seed, n: trees(2 + seed % 1000, n)).metrics
    assert right["valid"].value > 0.97 and right["valid"].reference == "rule: tree"
    assert right["valid_new"].value == pytest.approx(right["unique"].value - right["copies"].value, abs=0.1)
    copied = measured(suite, data, lambda seed, n: data.train[:n]).metrics
    assert copied["valid"].value > 0.97 and copied["valid_new"].value < 0.03
    ringed = measured(suite, data, lambda seed, n: [nx.cycle_graph(12)] * n).metrics
    assert ringed["valid"].value < 0.03


def test_a_split_that_repeats_graphs_is_told(suite, data):
    again = replace(data, items=data.items | {"test": Drawn([*data.test[:-2], *data.train[:2]])}, encoded={})
    assert suite.reference()["copies"].detail == ""
    detail = Suite(again).reference()["copies"].detail
    assert detail == f"2 of {len(again.test)} test graphs are isomorphic to a training graph"


@pytest.mark.long
def test_copies_are_seen_whatever_their_nodes_are_called(suite, data):
    turn = lambda graph: nx.relabel_nodes(graph, {0: 1, 1: 0})
    found = measured(suite, data, lambda seed, n: [turn(graph) for graph in data.train[:n]]).metrics
    assert found["copies"].value == 1
    one = measured(suite, data, lambda seed, n: [turn(data.train[0])] * n).metrics
    assert one["unique"].value < 0.1


def test_the_order_of_graphs_changes_nothing(data, right):
    turned = replace(data, items={part: items[::-1] for part, items in data.items.items()}, encoded={})
    a, b = right, measured(Suite(turned), data, graphs)
    assert {name: metric.to_json() for name, metric in a.metrics.items()} == {
        name: metric.to_json() for name, metric in b.metrics.items()
    }


@pytest.mark.long
def test_numbers_can_be_written_down_and_drawn(suite, data, right, tmp_path):
    found = right
    json.dumps({name: metric.to_json() for name, metric in found.metrics.items()}, allow_nan=False)
    assert set(found.per_item) == {"nats", MEAN, *STATISTICS}
    for name, (_, values) in found.per_item.items():
        assert values.mean() == pytest.approx(found.metrics[name].value, abs=1e-12), name
    items, nats = found.per_item["nats"]
    assert len(items) == len(nats) == len(suite.test) and (nats == [-len(graph) for graph in suite.test]).all()
    drawn = suite.plot(modelled(data, graphs), tmp_path).values()
    assert [path.rpartition("/")[2] for path in drawn] == ["samples.png", "nearest.png", "statistics.png"]
    assert all((tmp_path / path).stat().st_size > 500 for path in drawn)


def atoms(seed: int, n: int = 60, broken: float = 0.0) -> list:
    """Chains of single bonds, and a share of them with an oxygen of three."""
    rng, made = np.random.default_rng(seed), []
    for _ in range(n):
        graph = nx.path_graph(int(rng.integers(4, 9)))
        nx.set_node_attributes(graph, {i: "CCON"[rng.integers(4)] for i in graph}, "atom")
        nx.set_edge_attributes(graph, "single", "bond")
        if rng.random() < broken:
            graph.nodes[1]["atom"] = "O"
            graph.edges[1, 2]["bond"] = "double"
        made.append(graph)
    first = made[0]
    nx.set_node_attributes(first, {0: "C", 1: "C"}, "atom")
    first.edges[0, 1]["bond"] = "double"
    return made


def test_of_molecules_those_that_rdkit_takes_are_valid():
    pytest.importorskip("rdkit")
    data = genwright.load_data(atoms(0, 120))
    suite = Suite(data)
    found = measured(suite, data, lambda seed, n: atoms(seed, n, broken=0.5)).metrics
    assert suite.reference()["valid"].value == 1 and 0.3 < found["valid"].value < 0.7
    assert found["connected"].value == 1 and found["valid_new"].value <= found["valid"].value


def test_the_nearest_of_some_graphs_is_the_one_it_was_made_of():
    others = [nx.cycle_graph(8), nx.star_graph(7), nx.path_graph(8), nx.complete_graph(8)]
    near = others[2].copy()
    near.add_edge(0, 2)
    kinds = Kinds("colour", ("blue", "red"))
    coloured = [nx.path_graph(4), nx.path_graph(4)]
    nx.set_node_attributes(coloured[0], "blue", "colour")
    nx.set_node_attributes(coloured[1], "red", "colour")
    assert nearest([near, others[3]], others, ALIKE, ALIKE).tolist() == [2, 3]
    assert nearest(coloured[1:], coloured, kinds, ALIKE).tolist() == [1]
