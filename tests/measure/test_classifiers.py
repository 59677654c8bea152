# Tests measure/metrics/classifiers.py
import pandas as pd
import pytest
import torch
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

import genwright
from genwright.core.draws import Draws
from genwright.measure.metrics.classifiers import (
    classifier_net,
    cnn_classifier,
    fixed_threads,
    scores,
    svc_classifier,
    train_net,
)


@pytest.fixture(scope="module")
def digits():
    """x, y of 1,437 to learn from, x, y of 360 to test."""
    x, y = load_digits(return_X_y=True)
    x = torch.tensor(x.reshape(-1, 1, 8, 8) / 16).float()
    a, b, ya, yb = train_test_split(x, torch.tensor(y), test_size=360, stratify=y, random_state=0)
    return a, ya, b, yb.numpy()


@pytest.mark.long
def test_both_judges_read_digits(digits):
    x, y, test, truth = digits
    with fixed_threads(1):
        assert (cnn_classifier(x, y, test, 10, 0) == truth).mean() >= 0.98
        assert (svc_classifier(x, y, test) == truth).mean() >= 0.98


def test_shuffled_labels_teach_nothing(digits):
    x, y, test, truth = digits
    mixed = y[Draws.from_seed(0).permutation(len(y))]
    assert (svc_classifier(x, mixed, test) == truth).mean() < 0.25
    with fixed_threads(1):
        guess = scores(train_net(x, mixed, 10, 0, items_seen=4_000), test).argmax(1).numpy()
    assert (guess == truth).mean() < 0.25


def test_a_seed_decides_every_bit_and_the_global_generator_is_left_alone(digits):
    x, y, test, _ = digits
    torch.default_generator.manual_seed(5)
    first = torch.rand(1)
    torch.default_generator.manual_seed(5)
    with fixed_threads(1):
        a, b, other = (scores(train_net(x, y, 10, seed, items_seen=1_000), test) for seed in (0, 0, 1))
    assert torch.rand(1) == first
    assert torch.equal(a, b) and not torch.equal(a, other)


@pytest.mark.parametrize("channels, height, width", [(1, 8, 8), (3, 32, 32), (1, 28, 28), (3, 12, 9)])
def test_pictures_of_any_size(channels, height, width):
    net = classifier_net(channels, max(height, width), 7).eval()
    assert scores(net, torch.rand(5, channels, height, width)).shape == (5, 7)


def test_one_class_is_answered_for_every_picture(digits):
    x, _, test, _ = digits
    assert (svc_classifier(x[:20], torch.full((20,), 3), test) == 3).all()


def test_threads_are_given_back():
    before = torch.get_num_threads()
    with pytest.raises(ZeroDivisionError), fixed_threads(before + 1):
        assert torch.get_num_threads() == before + 1
        1 / 0
    assert torch.get_num_threads() == before


def test_a_model_computes_with_its_own_threads_but_with_no_more_than_are_fixed(monkeypatch):
    table = pd.DataFrame({"a": range(80), "b": ["x", "y", "z", "x"] * 20})
    model, seen = genwright.fit(table, "independent", progress=False), []
    model.config["stages"] = [{"threads": 2}]
    for name in ("sample", "log_likelihood", "fill"):
        verb = getattr(model.family, name)
        watched = lambda *a, verb=verb, **k: seen.append(torch.get_num_threads()) or verb(*a, **k)
        monkeypatch.setattr(model.family, name, watched)

    def threads():
        seen.clear()
        model.sample(1, seed=0), model.log_prob(table[:1]), model.complete(table.where(table["b"] == "x")[:2], seed=0)
        assert len(seen) >= 3
        return set(seen)

    assert threads() == {2}
    with fixed_threads(1):
        assert threads() == {1} and torch.get_num_threads() == 1
    assert threads() == {2}
