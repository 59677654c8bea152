"""Scores of links against NetworkX on small graphs, and the likeliest pairs that no edge joins."""

import networkx as nx
import numpy as np
import pytest
import torch

import genwright
from genwright.core.errors import BudgetError, DataError
from genwright.core.graph import from_edges, undirected
from genwright.graphs.families.link_scores import DAMPING, is_bipartite, pair_scorer
from genwright.graphs.networks.negatives import likeliest_pairs

GRAPHS = {
    "karate club": nx.karate_club_graph(),
    "random": nx.gnp_random_graph(40, 0.1, seed=1),
    "two sides": nx.complete_bipartite_graph(4, 6),
    "loops": nx.Graph([(0, 0), (0, 1), (1, 2), (2, 0), (3, 3)]),
    "no edges": nx.empty_graph(3),
}


def paths(graph: nx.Graph) -> np.ndarray:
    """Katz of all pairs, paths of at most four edges, by dense powers."""
    a = nx.to_numpy_array(graph, weight=None) * (1 - np.eye(len(graph)))
    return sum(DAMPING**length * np.linalg.matrix_power(a, length) for length in range(1, 5))


def of_pairs(function):
    return lambda graph, pairs: [score for _, _, score in function(graph, pairs)]


PEERS = {
    "common neighbours": lambda graph, pairs: [len(list(nx.common_neighbors(graph, u, v))) for u, v in pairs],
    "Adamic-Adar": of_pairs(nx.adamic_adar_index),
    "degree product": of_pairs(nx.preferential_attachment),
    "Katz": lambda graph, pairs: [paths(graph)[u, v] for u, v in pairs],
}


def ours(graph: nx.Graph):
    ends = torch.tensor([*graph.edges], dtype=torch.long).view(-1, 2)
    return undirected(from_edges(ends[:, 0], ends[:, 1], len(graph)))


@pytest.mark.parametrize("rule", PEERS)
@pytest.mark.parametrize("name", GRAPHS)
def test_scores_are_those_of_networkx(name, rule):
    graph = GRAPHS[name].copy()
    mine = ours(graph)
    graph.remove_edges_from([*nx.selfloop_edges(graph)])
    pairs = [(u, v) for u in graph for v in graph if u < v]
    assert np.allclose(pair_scorer(rule, mine)(torch.tensor(pairs)), PEERS[rule](graph, pairs), rtol=1e-12, atol=0)


def test_in_a_directed_graph_paths_lead_from_the_first_to_the_second():
    graph = from_edges(*torch.tensor([[0, 1, 0, 2, 3], [1, 2, 3, 4, 2]]), 5)
    pairs = torch.tensor([[0, 2], [2, 0], [1, 4], [0, 4]])
    scores = {rule: pair_scorer(rule, graph)(pairs).tolist() for rule in PEERS}
    assert scores["common neighbours"] == [2, 0, 1, 0]  # by 1 and by 3; by 2
    assert scores["degree product"] == [4, 0, 1, 2]
    assert scores["Katz"] == pytest.approx([2 * DAMPING**2, 0, DAMPING**2, 2 * DAMPING**3], rel=1e-12)


def test_two_sides_are_told_from_one():
    assert [is_bipartite(ours(graph)) for graph in GRAPHS.values()] == [False, False, True, False, True]


@pytest.mark.parametrize("most", [0, 10**6])
def test_likeliest_pairs_are_the_best_of_all(most):
    graph = GRAPHS["random"]
    score = lambda pairs: (pairs[:, 0] * 31 + pairs[:, 1] * 17).remainder(101).double()
    near = dict(nx.all_pairs_shortest_path_length(graph, 3))
    free = [(u, v) for u in graph for v in graph if u < v and not graph.has_edge(u, v) and (most or v in near[u])]
    best = likeliest_pairs(score, ours(graph), 7, most)
    ranked = score(torch.tensor(free)).sort(descending=True).values
    assert score(best).tolist() == ranked[:7].tolist()
    assert set(map(tuple, best.tolist())) <= set(free)
    assert len(likeliest_pairs(score, ours(graph), 10**4, most)) == len(free)


@pytest.mark.parametrize("family", ["adamic-adar", "gae"])
def test_a_person_asks_for_new_links(family):
    graph = nx.relabel_nodes(nx.karate_club_graph(), lambda k: f"member {k}")
    data = genwright.load_data(graph, task="links")
    model = genwright.fit(data, family, task="links", progress=False, **({"epochs": 2} if family == "gae" else {}))
    table = model.predict(data, new=5)
    assert list(table) == ["source", "target", "probability"] and len(table) == 5
    assert table.probability.is_monotonic_decreasing and table.probability.between(0, 1).all()
    assert not any(graph.has_edge(*pair) for pair in table[["source", "target"]].itertuples(index=False))
    with pytest.raises(BudgetError):
        model.predict(data, new=0)


def test_only_links_have_new_pairs():
    data = genwright.load_data("karate-club")
    model = genwright.fit(data, "mean", task="nodes", progress=False)
    with pytest.raises(DataError, match="leave them out"):
        model.predict(data, new=3)


def test_probabilities_keep_the_order_of_scores():
    data, pairs = genwright.load_data("karate-club"), [(0, 33), (0, 16), (2, 3), (4, 10)]
    model = genwright.fit(data, "common-neighbours", task="links", progress=False)
    shared = [len(list(nx.common_neighbors(GRAPHS["karate club"], *pair))) for pair in pairs]
    order = model.predict(data, pairs=pairs).probability.to_numpy()
    assert model.family.curve[1] > 0.1
    assert (np.sign(np.subtract.outer(order, order)) == np.sign(np.subtract.outer(shared, shared))).all()


def test_two_sides_are_said():
    graph = nx.complete_bipartite_graph(8, 9)
    health = lambda family: genwright.fit(graph, family, task="links", progress=False).family.health(None, None, None)
    assert "bipartite" in " ".join(health("common-neighbours")) and not health("katz")
