# Tests graphs/networks/negatives.py, graphs/zoo/bodies/links.py, graphs/zoo/links.py
"""Links: nothing that is asked carries a message, negatives are no edges, and short fits find communities."""

from dataclasses import replace
from types import SimpleNamespace

import networkx as nx
import numpy as np
import pandas as pd
import pytest
import torch
from cells import first_in_short
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

import genwright as gw
from genwright.core.answers import Answers
from genwright.core.draws import Draws
from genwright.core.errors import DataError
from genwright.core.graph import from_edges, undirected
from genwright.core.trainable import Batch
from genwright.graphs.families import links
from genwright.graphs.families.links import InnerProduct, LinkPredictor, VariationalGraphAutoencoder, link_data, walks
from genwright.graphs.kinds.graph_data import GraphData
from genwright.graphs.measure.predictions_suite import links_suite
from genwright.graphs.networks.convolutions import GCN
from genwright.graphs.networks.features import as_features
from genwright.graphs.networks.negatives import NonEdges, graph_of, pair_keys, pairs_of, walk_step
from genwright.graphs.networks.network import GraphNetwork
from genwright.run.tasks import task_of


def communities(seed: int = 0, names: bool = False) -> GraphData:
    """Four groups of 30, linked inside thirty times as often as outside; each node is its own feature."""
    made = nx.stochastic_block_model([30] * 4, np.full((4, 4), 0.01) + 0.29 * np.eye(4), seed=seed)
    graph = graph_of(torch.tensor(list(made.edges)), 120)
    return GraphData(
        "communities", graph, as_features(torch.eye(120)), names=[f"n{i}" for i in range(120)] if names else None
    )


def random_graph(seed: int, nodes: int, density: float):
    upper = torch.triu(Draws("graph", seed).uniform(nodes, nodes) < density, 1)
    return graph_of(torch.nonzero(upper), nodes)


def keys(pairs, nodes=120) -> set:
    return set(pair_keys(pairs, nodes).tolist())


@pytest.mark.parametrize("inductive", [False, True])
def test_no_pair_that_is_asked_carries_a_message_or_is_asked_twice(inductive):
    data = communities()
    task = link_data(data, inductive)
    around, everything = task.context, keys(pairs_of(data.graph))
    asked, others = (
        {part: keys(task.tensors(part).x[task.tensors(part).target.y[:, 0] == joined]) for part in task.items}
        for joined in (1, 0)
    )
    carried = [keys(pairs_of(graph)) for graph in (around.graph, around.later, around.last)]
    assert not asked["valid"] & (asked["train"] | asked["test"]) and not asked["train"] & asked["test"]
    assert (
        carried[0] == asked["train"] and carried[0] <= carried[1] and not carried[1] & (asked["valid"] | asked["test"])
    )
    assert not carried[2] & asked["test"]
    assert all(not others[part] & everything for part in others)
    assert all(len(others[part]) == len(asked[part]) > 0 for part in ("valid", "test"))


def test_a_new_node_is_not_seen_before_its_part():
    task = link_data(communities(), inductive=True)
    around = task.context
    seen = torch.zeros(120, dtype=torch.bool).index_fill_(0, around.nodes, True)
    assert 95 <= int(seen.sum()) <= 110
    assert seen[pairs_of(around.graph)].all() and seen[task.tensors("train").x].all()
    assert not seen[task.tensors("test").x].all(1).any() and not seen[task.tensors("valid").x].all(1).any()
    assert len(pairs_of(around.last)) > len(pairs_of(around.later)) > len(pairs_of(around.graph))


def test_features_are_scaled_by_the_nodes_that_training_sees():
    data = told(communities(1))
    task = link_data(data, inductive=True)
    seen = data.x[task.context.nodes].double()
    assert len(seen) < len(data.x)
    assert task.domain.mean == pytest.approx(seen.mean(0).tolist())
    assert task.domain.deviation == pytest.approx(seen.std(0, correction=0).tolist())


@pytest.mark.parametrize("disjoint", [0.0, 0.5])
def test_a_step_of_the_disjoint_way_learns_from_edges_that_carry_nothing(disjoint):
    """The loss does not move with the weight of an edge it asks about; without the disjoint way it does."""
    task = link_data(communities())
    graph = task.context.graph
    weight = torch.ones(graph.edges, requires_grad=True)
    family = LinkPredictor(GraphNetwork([GCN(120, 8), GCN(8, 4)], 0.0), InnerProduct(), "easy", disjoint)
    family.attach(links.LinkContext(graph.with_weight(weight), task.context.x, later=graph, last=graph))
    pairs = task.tensors("train").x
    joined = Answers.exact(torch.ones(len(pairs), 1))
    family.train().loss(Batch(pairs, torch.zeros(len(pairs), 0), Draws(0), 0, joined))[0].backward()
    asked = pairs[: len(pairs) // 2]
    carries = ~links.is_member(pair_keys(graph.edge_index().T, 120), pair_keys(asked, 120).sort().values)
    assert weight.grad[carries].abs().sum() > 0
    assert bool((weight.grad[~carries] == 0).all()) == (disjoint > 0)


@pytest.fixture(scope="module")
def fitted():
    data = communities()
    return data, gw.fit(data, "gcn", task="links", epochs=60, progress=False)


def test_a_score_does_not_change_when_its_edge_is_added_or_removed(fitted, monkeypatch):
    data, model = fitted
    pairs = link_data(data).tensors("test").x.numpy()
    linked, unlinked = pairs[:5], pairs[-5:]
    with_more = graph_of(torch.cat([pairs_of(data.graph), torch.as_tensor(unlinked)]), 120)
    with_less = links.remove_pairs(data.graph, torch.as_tensor(linked))
    for asked, graph in ((linked, with_less), (unlinked, with_more)):
        other = GraphData("other", graph, data.x)
        assert np.array_equal(*(model.predict(whose, asked)["probability"] for whose in (data, other)))
        with monkeypatch.context() as leaky:
            leaky.setattr(links, "remove_pairs", lambda graph, pairs: graph)
            assert not np.allclose(*(model.predict(whose, asked)["probability"] for whose in (data, other)))


def test_a_score_does_not_depend_on_which_end_comes_first(fitted):
    data, model = fitted
    pairs = np.array([[0, 1], [5, 80], [7, 33]])
    np.testing.assert_allclose(
        model.predict(data, pairs)["probability"], model.predict(data, pairs[:, ::-1])["probability"], rtol=1e-6
    )


def told(data: GraphData) -> GraphData:
    """The same with noisy features that tell the groups apart."""
    groups = torch.nn.functional.one_hot(torch.arange(120) // 30).float()
    return GraphData("told", data.graph, groups + 0.5 * Draws("told").normal(120, 4))


def auc(model, task) -> tuple[float, float]:
    """Area under the curve of a model on the test pairs, and of knowing the groups, which is the most that can be
    known."""
    answers, truth = model.predict(task), task.tensors("test").target.y[:, 0]
    assert answers["probability"].between(0, 1).all()
    inside = answers["source"] // 30 == answers["target"] // 30
    return roc_auc_score(truth, answers["probability"]), roc_auc_score(truth, inside)


@pytest.mark.parametrize("fits", first_in_short([
    ("gae", 80, 1), ("gcn", 60, 1), ("sage", 60, 1), ("gat", 40, 1), ("gin", 40, 1), ("walks", 80, 3),
]), ids=lambda fits: fits[0])  # fmt: skip
def test_a_short_fit_finds_communities(fits):
    """Walks alone stay 0.07 behind, so that they are judged by more than the 57 edges that one world holds back."""
    family, epochs, worlds = fits
    tasks = [link_data(communities(4 + k)) for k in range(worlds)]
    found, most = np.mean([auc(gw.fit(task, family, epochs=epochs, progress=False), task) for task in tasks], axis=0)
    assert found > most - (0.15 if worlds == 1 else 0.2) and most > 0.7


@pytest.mark.parametrize("family, inductive", [("vgae", False), ("gcn", True)])
def test_a_short_fit_learns_what_features_tell_of_links(family, inductive):
    task = link_data(told(communities(1)), inductive)
    found, most = auc(gw.fit(task, family, epochs=100, progress=False), task)
    assert found > most - 0.15 and most > 0.7


def test_pairs_are_asked_by_name_and_embeddings_come_one_a_node():
    data = communities(names=True)
    model = gw.fit(data, "gae", task="links", epochs=5, progress=False)
    pairs = pd.DataFrame({"source": ["n3", "n4"], "target": ["n9", "n117"]})
    answers = model.predict(data, pairs)
    pd.testing.assert_frame_equal(answers[["source", "target"]], pairs, check_dtype=False)
    assert model.encode(data).shape == (120, 16)


@pytest.mark.parametrize("task", ("nodes", "links", "pairs", "relations"))
def test_nodes_of_which_only_the_name_is_known_are_those_of_training(task):
    data = communities(names=True)
    labelled = {"y": torch.arange(120) // 30, "classes": tuple("abcd"), "relations": dict.fromkeys("rs", data.graph)}
    here, others = (replace(data, **labelled, names=[f"{name}{i}" for i in range(120)]) for name in "nm")
    domain = task_of(here, "links" if task == "pairs" else task).domain

    def asked(data: GraphData):
        return domain.with_pairs(data, []) if task == "pairs" else domain.context_for(task_of(data, task), ())

    asked(here)
    with pytest.raises(DataError):
        asked(others)


def test_faults_are_refused(fitted):
    data, model = fitted
    for pairs in ([[0, 500]], [0, 1], [["a", "b"]]):
        with pytest.raises(DataError):
            model.predict(data, pairs)
    with pytest.raises(DataError):  # too few edges
        link_data(GraphData("path", graph_of(torch.tensor([[0, 1], [1, 2]]), 3), torch.eye(3)))
    with pytest.raises(DataError):  # no two nodes are apart
        link_data(GraphData("clique", graph_of(torch.combinations(torch.arange(6)), 6), torch.eye(6)))
    with pytest.raises(DataError):
        gw.fit(GraphData("two", data.graph, data.x, members=torch.tensor([0, 60, 120])), task="links", progress=False)


def one_way_groups() -> GraphData:
    """Four groups; edges lead from a group to a later one, and some have their reverse."""
    rng = Draws("one way")
    group = torch.arange(80) % 4
    later = (group[:, None] < group) & (rng.uniform(80, 80) < 0.2)
    edges = (later | later.mT & (rng.uniform(80, 80) < 0.1)).nonzero()
    return GraphData("groups", from_edges(*edges.T, 80).with_weight(None), torch.eye(80))


def test_pairs_of_a_directed_graph_are_ordered_and_no_message_tells_of_them():
    data = one_way_groups()
    task = link_data(data)
    edges = {tuple(pair) for pair in data.graph.edge_index().T.tolist()}
    spoken = {tuple(pair) for pair in task.context.last.edge_index().T.tolist()}
    assert spoken < edges and task.domain.spec.directed
    for part in ("valid", "test"):
        items = task.tensors(part)
        asked = [tuple(pair) for pair in items.x.tolist()]
        joined = items.target.y[:, 0].tolist()
        assert all((pair in edges) == bool(is_edge) for pair, is_edge in zip(asked, joined))
        assert not {way for u, v in asked for way in ((u, v), (v, u))} & spoken
        back = {(v, u) for (u, v), is_edge in zip(asked, joined) if is_edge} - edges
        assert back and back <= set(asked)


@pytest.mark.parametrize("family", ["gcn", pytest.param("walks", marks=pytest.mark.long)])
def test_a_short_fit_tells_which_way_edges_run(family):
    task = link_data(one_way_groups())
    model = gw.fit(task, family, epochs=40, progress=False)
    found = links_suite(task)(task).measure(model, only=("direction",))[0]
    assert found["direction"].value > 0.8


def test_the_error_of_a_few_pairs_that_are_all_told_apart_is_not_0():
    task = link_data(communities())
    suite = links_suite(task)(task)
    knowing = SimpleNamespace(predict=lambda data: pd.DataFrame({"probability": suite.y.astype(float)}))
    found = suite.measure(knowing, only=("auc",)).metrics["auc"]
    assert found.value == 1 and 0 < found.se < 0.1


def test_new_links_of_a_directed_graph_are_ordered_and_no_edges():
    data = one_way_groups()
    model = gw.fit(data, "gcn", task="links", preset="tiny", progress=False)
    new = model.predict(data, new=6400)
    pairs = set(zip(new["source"], new["target"]))
    edges = {tuple(pair) for pair in data.graph.edge_index().T.tolist()}
    assert pairs == {(u, v) for u in range(80) for v in range(80) if u != v} - edges
    assert new["probability"].is_monotonic_decreasing


# ---------------------------------------------------------------------- negatives


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10**6), nodes=st.integers(4, 25), density=st.floats(0.05, 0.9))
def test_negatives_are_never_edges_or_loops(seed, nodes, density):
    graph = random_graph(seed, nodes, density)
    if len(pairs_of(graph)) == nodes * (nodes - 1) // 2:
        return
    others, rng = NonEdges(graph), Draws("negatives", seed)
    linked = keys(pairs_of(graph), nodes)
    for pairs in (others.easy(40, rng), others.hard(40, rng)):
        assert pairs.shape == (40, 2) and not keys(pairs, nodes) & linked and (pairs[:, 0] != pairs[:, 1]).all()
    distinct = others.distinct(30, others.easy, rng)
    assert len(keys(distinct, nodes)) == len(distinct) <= 30


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10**6), nodes=st.integers(6, 25))
def test_half_of_the_hard_ones_are_two_steps_away(seed, nodes):
    graph = random_graph(seed, nodes, 0.25)
    a = torch.zeros(nodes, nodes).index_put_((graph.target, graph.source), graph.values)
    two = (a @ a > 0) & (a == 0) & ~torch.eye(nodes, dtype=torch.bool)
    if two.sum() < 8:
        return
    u, v = NonEdges(graph).hard(60, Draws("hard", seed))[:30].T
    assert two[u, v].all()


def test_the_other_half_are_as_popular_as_ends_of_edges():
    star = graph_of(torch.tensor([[0, k] for k in range(1, 11)] + [[11, 12]]), 30)
    popular = NonEdges(star).hard(4000, Draws("popular"))[2000:, 1]
    assert (
        popular == 0
    ).float().mean() > 0.25  # of the ends of edges 0 is 10 / 22, of the nodes 1 / 30; some pairs are edges


def test_every_easy_pair_comes_as_often():
    graph = random_graph(0, 6, 0.4)
    _, counts = pair_keys(NonEdges(graph).easy(20_000, Draws("easy")), 6).unique(return_counts=True)
    assert len(counts) == 15 - len(pairs_of(graph)) and counts.max() < 1.2 * counts.min()


def test_a_step_goes_to_each_neighbour_as_often():
    graph = undirected(from_edges(torch.tensor([0, 0, 0]), torch.tensor([1, 2, 3]), 5))
    after = walk_step(graph, torch.zeros(9000, dtype=torch.long), Draws("step"))
    assert (torch.bincount(after, minlength=5)[1:4] - 3000).abs().max() < 250
    assert walk_step(graph, torch.tensor([4, 2]), Draws("step")).tolist() == [4, 0]


# ---------------------------------------------------------------------- autoencoders


def test_the_variational_one_pays_for_its_code_and_draws_in_training_only():
    task = link_data(communities())
    family = VariationalGraphAutoencoder(GraphNetwork([GCN(120, 8)], 0.0), InnerProduct())
    family.attach(task.context)
    look = lambda: family.code(family.x, family.prepared)
    family.train()
    (one, cost), (other, _) = look(), look()
    assert not torch.equal(one, other) and cost > 0
    train = task.tensors("train")
    loss, _ = family.loss(Batch(train.x, train.given, Draws(0), 0, train.target))
    assert loss > cost
    family.eval()
    assert torch.equal(look()[0], look()[0])
    with torch.no_grad():
        family.network.layers[0].linear.weight.zero_()
    assert look()[1] == 0  # N(0, 1) for every node: the prior itself


def test_walks_stay_in_their_component_and_meet_others():
    graph = graph_of(torch.tensor([[0, 1], [1, 2], [3, 4]]), 6)
    start, met = walks(graph, torch.arange(6).repeat(200), 3, Draws("walks"))
    assert (start != met).all() and not (start == 5).any()
    assert ((start < 3) == (met < 3)).all() and {(0, 2), (2, 0)} <= set(zip(start.tolist(), met.tolist()))
