"""Labels of nodes learned from sampled batches, and answers that are those of the whole graph."""

import numpy as np
import pytest
import torch

import genwright as gw
from genwright.core.graph import from_edges, undirected
from genwright.graphs import layerwise
from genwright.graphs.graph_data import GraphData
from genwright.graphs.network import GraphNetwork
from genwright.networks.graph.gcn import GCN
from genwright.networks.graph.sage import SAGE
from genwright.training.weights import state_of


def blocks_of_nodes(seed: int = 0) -> GraphData:
    """Three groups of 60; edges mostly within a group, features that say little."""
    import networkx as nx

    graph = nx.stochastic_block_model([60] * 3, np.full((3, 3), 0.01) + 0.14 * np.eye(3), seed=seed)
    y = torch.arange(3).repeat_interleave(60)
    rng = np.random.default_rng(seed)
    x = torch.from_numpy(rng.normal(0, 2, (180, 8))).float()
    x[:, :3] += torch.nn.functional.one_hot(y, 3)
    parts = np.array(["train", "valid", "test"])[rng.integers(0, 3, 180)]
    return GraphData(
        "blocks", undirected(from_edges(*torch.tensor(list(graph.edges)).T, 180)), x, y, ("a", "b", "c"), parts=parts
    )


def test_answers_in_parts_are_those_of_the_whole(monkeypatch):
    """Parts of about 40 edges, results in a file; two kinds of layers, with and without a diagonal."""
    monkeypatch.setattr(layerwise, "EDGES", 40)
    monkeypatch.setattr(layerwise, "IN_MEMORY", 0)
    data = blocks_of_nodes()
    for layers in ([GCN(8, 6), GCN(6, 3)], [SAGE(8, 6), SAGE(6, 3)]):
        network = GraphNetwork(layers, 0.5).eval()
        with torch.no_grad():
            whole = network(data.x, network.prepare(data.graph))
            torch.testing.assert_close(layerwise.layerwise(network, data.x, data.graph, 2), whole, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("preset", ["uniform", "fastgcn", "ladies", "as-gcn", "bandit", "pass", "clusters", "walks"])
def test_every_sampler_trains_a_predictor(preset, tmp_path):
    """Above 85 % on groups that features alone tell apart in about half of the nodes; opened again it answers the
    same."""
    data = blocks_of_nodes()
    model = gw.fit(data, "gcn", preset=preset, epochs=50, seed=0, progress=False)
    answers = model.predict(data)
    test = data.parts == "test"
    assert (answers["label"].to_numpy()[test] == np.array(data.classes)[data.y.numpy()[test]]).mean() > 0.85
    opened = gw.load_model(model.save(tmp_path / "run"))
    assert opened.predict(data).equals(answers)
    assert state_of(opened.family).keys() == state_of(model.family).keys()  # what a bandit has learned, too


def test_a_sampled_classifier_is_judged_in_batches_and_one_of_the_whole_graph_in_one_go(monkeypatch):
    from genwright.training import stage

    sizes, sound = {}, stage.StageTraining.validate

    def validate(self, items, *more):
        sizes[type(self.family).__name__] = []
        loss = self.stage.players[0].loss
        watched = lambda batch: sizes[type(self.family).__name__].append(len(batch.x)) or loss(batch)
        object.__setattr__(self.stage.players[0], "loss", watched)
        found = sound(self, items, *more)
        object.__setattr__(self.stage.players[0], "loss", loss)
        return found

    monkeypatch.setattr(stage.StageTraining, "validate", validate)
    data = blocks_of_nodes()
    valid = int((data.parts == "valid").sum())
    for preset in ("uniform", "few"):
        gw.fit(data, "gcn", preset=preset, epochs=2, progress=False)
    assert sizes["SampledNodeClassifier"] == [50, valid - 50] and sizes["NodeClassifier"] == [valid]
