# Tests graphs/measure/predictions_suite.py
"""Suite of predicted labels: against scikit-learn, and where the truth is known."""

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.metrics import accuracy_score, f1_score, log_loss

import genwright
from genwright.core.answers import Answers
from genwright.core.draws import Draws
from genwright.core.errors import Unsupported
from genwright.core.trainable import Items
from genwright.graphs.measure.predictions_suite import LabelsSuite as Suite
from genwright.measure.metrics.predictions import calibration_error


class Told:
    """A predictor that was told what to say, p: (N, classes), of every node."""

    verbs = ["predict"]

    def __init__(self, p):
        self.p = p

    def attention(self, data):
        raise Unsupported("told, not learned")

    def predict(self, data):
        return pd.DataFrame(self.p).assign(label=self.p.argmax(1))[["label", *range(self.p.shape[1])]]


class Labelled:
    """400 nodes of three classes, the even ones to learn from, the odd ones to test."""

    class domain:
        classes = ("a", "b", "c")

    def __init__(self):
        self.y = Draws.from_seed(0).integers(3, (400,))
        self.parts = {"train": torch.arange(0, 400, 2), "valid": torch.arange(0), "test": torch.arange(1, 400, 2)}
        self.items = self.parts["test"]

    def tensors(self, part):
        nodes = self.parts[part]
        return Items(nodes, torch.zeros(len(nodes), 0), Answers.exact(self.y[nodes, None].float()))


@pytest.fixture()
def data():
    return Labelled()


def test_numbers_equal_those_of_scikit_learn(data):
    rng = np.random.default_rng(0)
    p = rng.dirichlet(np.ones(3), 400)
    p[np.arange(400), data.y] += 0.5
    p /= p.sum(1, keepdims=True)
    metrics, _, per_item = Suite(data).measure(Told(p))
    y, test = data.y[data.items].numpy(), p[data.items]
    assert metrics["accuracy"].value == pytest.approx(accuracy_score(y, test.argmax(1)))
    assert metrics["macro_f1"].value == pytest.approx(f1_score(y, test.argmax(1), average="macro"))
    assert metrics["log_loss"].value == pytest.approx(log_loss(y, test))
    assert all(m.n == 200 and m.se > 0 for m in metrics.values())
    for name, (item, value) in per_item.items():
        assert np.array_equal(item, data.items) and value.mean() == pytest.approx(metrics[name].value)
    assert set(per_item) == {"accuracy", "log_loss"}


@pytest.mark.parametrize("part, accuracy", [("test", 1.0), ("train", 0.0)])
def test_only_test_items_count(data, part, accuracy):
    """Of a predictor that is right about one part alone."""
    right = torch.nn.functional.one_hot(data.y, 3).numpy().astype(float)
    told = np.roll(right, 1, axis=1)
    told[data.parts[part]] = right[data.parts[part]]
    metrics, *_ = Suite(data).measure(Told(told))
    assert metrics["accuracy"].value == metrics["macro_f1"].value == accuracy
    assert (metrics["log_loss"].value == 0) == (accuracy == 1)


def test_probabilities_that_are_frequencies_are_calibrated():
    rng = np.random.default_rng(1)
    sure = rng.uniform(0, 1, 200_000)
    honest = rng.uniform(0, 1, 200_000) < sure
    assert calibration_error(sure, honest) < 0.01
    assert calibration_error(np.full(1000, 0.9), np.arange(1000) % 2 == 0) == pytest.approx(0.4)


def test_pictures_are_drawn(data, tmp_path):
    drawn = Suite(data).plot(Told(np.random.default_rng(2).dirichlet(np.ones(3), 400)), tmp_path)
    assert len(drawn) == 2 and all((tmp_path / name).is_file() for name in ("confusion.png", "calibration.png"))


def test_attention_is_drawn_of_families_that_have_it(tmp_path):
    data = genwright.task_of("karate-club", None)
    drawn = {
        family: Suite(data).plot(genwright.fit(data, family, preset="tiny", progress=False), tmp_path)
        for family in ("gat", "gcn")
    }
    assert "Whom a node attends to" in drawn["gat"] and "Whom a node attends to" not in drawn["gcn"]
