# Tests graphs/studies/nodes.py, graphs/zoo/bodies/convolutions.py, graphs/zoo/bodies/nodes.py
"""Labels of nodes learned from few, on made communities whose features say little by themselves."""

import networkx as nx
import numpy as np
import pytest
import torch
from cells import first_in_short

import genwright
from genwright.core.draws import Draws
from genwright.core.errors import DataError, Unsupported
from genwright.core.graph import from_edges, undirected
from genwright.graphs.kinds.graph_data import GraphData
from genwright.graphs.networks.features import SparseRows, as_features, normalise_rows
from genwright.graphs.zoo.bodies.convolutions import Convolved
from genwright.run.tasks import task_of
from genwright.zoo import registry

FAMILIES = [
    row.family
    for row in registry.ROWS
    if row.task == "nodes" and not row.baseline and isinstance(registry.presets(row).get("few"), Convolved)
]


def communities(seed: int = 0, features: int = 0) -> GraphData:
    """Three communities of 60; each node has 20 words, a few more of its community's than of others'."""
    made = nx.stochastic_block_model([60] * 3, np.full((3, 3), 0.01) + np.eye(3) * 0.11, seed=seed)
    y = torch.arange(180) // 60
    rng = np.random.default_rng(seed)
    words = torch.zeros(180, 90)
    for i in range(180):
        share = np.full(90, 1.0)
        share[30 * int(y[i]) : 30 * int(y[i]) + 30] = 1.8
        words[i, rng.choice(90, 20, replace=False, p=share / share.sum())] = 1.0
    source, target = torch.tensor(list(made.edges)).T
    strength = None if not features else Draws.from_seed(seed).normal(len(source), features)
    graph = undirected(from_edges(source, target, 180, features=strength))
    parts = np.array(["train", "train", "train", "valid", "test", "test"])[np.arange(180) % 6]
    parts = np.where((parts == "train") & (np.arange(180) % 60 > 20), "", parts)  # 10 or 11 labels a class
    return GraphData("communities", graph, words, y, ("a", "b", "c"), parts=parts)


def accuracy(model, data: GraphData) -> float:
    test = data.parts == "test"
    return float((model.predict(data)["label"].to_numpy()[test] == np.array(data.classes)[data.y[test]]).mean())


@pytest.fixture(scope="module")
def data():
    return communities()


@pytest.fixture(scope="module")
def alone(data):
    return accuracy(genwright.fit(data, "mlp", progress=False), data)


@pytest.mark.parametrize("family", first_in_short(FAMILIES))
def test_every_convolution_learns_what_a_node_alone_does_not_tell(family, data, alone):
    found = accuracy(genwright.fit(data, family, epochs=100, progress=False), data)
    assert alone < 0.7 and found > max(0.8, alone + 0.15)


@pytest.mark.parametrize("preset", first_in_short(["pool", "lstm"]))
def test_so_do_the_other_aggregators(preset, data, alone):
    found = accuracy(genwright.fit(data, "sage", preset=preset, epochs=40, progress=False), data)
    assert found > max(0.7, alone + 0.05)


def test_labels_outside_training_are_not_seen(data):
    """Other labels on test nodes change nothing that is learned."""
    other = communities()
    other.y = torch.where(torch.as_tensor(other.parts == "test"), (other.y + 1) % 3, other.y)
    assert not torch.equal(other.y, data.y)
    models = [genwright.fit(d, "gcn", epochs=20, progress=False) for d in (data, other)]
    for a, b in zip(*(m.family.state_dict().values() for m in models)):
        assert torch.equal(a, b)


def test_a_graph_without_the_features_of_edges_that_training_had_is_refused():
    data = communities(features=2)
    model = genwright.fit(data, "gat", preset="tiny", progress=False)
    assert model.predict(data).shape == (180, 4)
    with pytest.raises(DataError):
        model.predict(communities())


def test_sparse_features_are_divided_by_the_sum_of_their_absolute_values():
    x = torch.zeros(5, 40)
    x[:4, :3] = torch.tensor([1.0, -1.0, 2.0])
    sparse = as_features(x)
    assert isinstance(sparse, SparseRows) and torch.equal(normalise_rows(sparse).dense(), normalise_rows(x))
    assert normalise_rows(x)[:, 2].tolist() == [0.5] * 4 + [0.0]


def test_words_stay_sparse_and_smoothed_features_are_made_once(data):
    task = task_of(data, "nodes")
    assert isinstance(genwright.load_data("karate-club").x, SparseRows)
    model = genwright.fit(data, "sgc", preset="tiny", progress=False)
    model.family.attach(task.context)
    assert model.family.graph is None and model.family.x.shape == (180, 90)
    assert np.allclose(model.encode(data), model.family.x.numpy(), atol=1e-6)


def test_attention_is_told_by_edges_and_shares_sum_to_one(data):
    model = genwright.fit(data, "gat", preset="tiny", progress=False)
    table = model.attention(data)
    assert np.allclose(table.groupby("target").share.sum(), 1, atol=1e-5) and table.target.nunique() == data.graph.rows
    for family in ("gcn", "deep-gcn"):
        with pytest.raises(Unsupported):
            genwright.fit(data, family, steps=1, progress=False).attention(data)


def test_a_column_of_labels_is_no_feature_of_a_graph_that_had_none(tmp_path):
    """The file of training is read without its target where a model predicts."""
    club = nx.karate_club_graph()
    plain = nx.Graph([(str(u), str(v)) for u, v in club.edges])
    told = plain.copy()
    nx.set_node_attributes(told, {node: "low" if int(node) < 17 else "high" for node in told}, "faction")
    data = genwright.load_data(told, target="faction")
    model = genwright.fit(data, "gcn", task="nodes", steps=1, out=tmp_path / "run", progress=False)
    found = model.predict(genwright.load_data(told))
    assert found.equals(model.predict(genwright.load_data(plain))) and len(found) == len(club)


def test_sgc_reaches_farther_where_two_hops_tell_little():
    """Four rings of 60 nodes, of each of which three nodes have labels; features tell hardly one from another."""
    source = torch.arange(240)
    graph = undirected(from_edges(source, source // 60 * 60 + (source + 1) % 60, 240))
    y, rng = source // 60, Draws("rings")
    x = rng.normal(240, 12) + 0.2 * rng.normal(4, 12)[y]
    parts = np.full(240, "test", dtype="<U5")
    parts[::20], parts[10::20] = "train", "valid"
    task = task_of(GraphData("rings", graph, x, y, tuple("abcd"), parts=parts), "nodes")
    chosen, near = (genwright.fit(task, "sgc", progress=False, hyperparameters=how) for how in (None, {"farther": []}))
    assert int(chosen.family.chosen) > 0
    assert accuracy(chosen, task.whole) > accuracy(near, task.whole) + 0.1
