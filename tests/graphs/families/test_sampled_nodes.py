# Tests graphs/networks/network.py
"""Labels of nodes learned from sampled batches, and answers that are those of the whole graph."""

import pytest
import torch
from test_nodes import accuracy, communities

import genwright as gw
from genwright.graphs.networks import network as graph_network
from genwright.graphs.networks.convolutions import GCN, SAGE
from genwright.graphs.networks.network import GraphNetwork
from genwright.training.weights import state_of


def test_answers_in_parts_are_those_of_the_whole(monkeypatch):
    """Parts of about 40 edges, results in a file; two kinds of layers, with and without a diagonal."""
    monkeypatch.setattr(graph_network, "EDGES", 40)
    monkeypatch.setattr(graph_network, "IN_MEMORY", 0)
    data = communities()
    for layers in ([GCN(90, 6), GCN(6, 3)], [SAGE(90, 6), SAGE(6, 3)]):
        network = GraphNetwork(layers, 0.5).eval()
        with torch.no_grad():
            whole = network(data.x, network.prepare(data.graph))
            torch.testing.assert_close(
                graph_network.layerwise(network, data.x, data.graph, 2), whole, atol=1e-5, rtol=1e-5
            )


@pytest.mark.parametrize("preset", ["uniform", "fastgcn", "ladies", "as-gcn", "bandit", "pass", "clusters", "walks"])
def test_every_sampler_trains_a_predictor(preset, tmp_path):
    """Above 85 % on groups that features alone tell apart in about half of the nodes; opened again it answers the
    same."""
    data = communities()
    model = gw.fit(data, "gcn", preset=preset, epochs=50, seed=0, progress=False)
    assert accuracy(model, data) > 0.85
    opened = gw.load_model(model.save(tmp_path / "run"))
    assert opened.predict(data).equals(model.predict(data))
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
    data = communities()
    data.parts[data.parts == "test"] = "valid"
    valid = int((data.parts == "valid").sum())
    for preset in ("uniform", "few"):
        gw.fit(data, "gcn", preset=preset, epochs=2, progress=False)
    assert sizes["SampledNodeClassifier"] == [50, valid - 50] and sizes["NodeClassifier"] == [valid]
