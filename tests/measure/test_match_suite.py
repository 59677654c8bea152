# Tests measure/suites/match.py
"""Metrics of images matched with texts, against draws of the candidates and against vectors that are known."""

import numpy as np
import pytest

from genwright.contract.small_data import halves
from genwright.measure.metrics.captions import compare_captions, hit_probabilities
from genwright.measure.suites.match import Suite
from genwright.run.tasks import task_of


def test_the_share_of_firsts_is_that_of_drawn_candidates():
    rng = np.random.default_rng(0)
    near, right = rng.normal(size=(6, 40)), rng.integers(40, size=6)
    near[np.arange(6), right] += 1.5
    near[5, :20] = -np.inf
    near[5, right[5]] = 0.7
    expected = hit_probabilities(near, right, 10)
    for row, own, share in zip(near, right, expected):
        wrong = np.setdiff1d(np.flatnonzero(np.isfinite(row)), own)
        drawn = np.array([row[rng.choice(wrong, 9, replace=False)].max() < row[own] for _ in range(4_000)])
        assert share == pytest.approx(drawn.mean(), abs=4 * np.sqrt(0.25 / 4_000))


def test_the_right_one_is_first_of_all_or_never():
    near = np.array([[3.0, 1, 2], [1, 3, 2], [1, 1, 1]])
    # fewer than 100: all are candidates; ties lose
    assert hit_probabilities(near, np.array([0, 0, 0])).tolist() == [1, 0, 0]
    assert compare_captions(np.array([1.0, 0, 2]), np.array([0.0, 1, 2])).tolist() == [1, 0, 0.5]


class Known:
    """A model that puts texts and images where a function says."""

    def __init__(self, of_texts, suite):
        self.of_texts, self.suite = of_texts, suite

    def encode(self, items):
        own = [self.suite.own[i] for i in self.suite.right] if items is self.suite.pictures else items
        return np.array([self.of_texts(text) for text in own], np.float32)


def test_a_bag_of_words_finds_texts_and_does_not_tell_their_order():
    data = halves()
    names = ("red star left of a blue ring", "green ring above a red cross", "blue cross below a red star")
    for part in data.items.values():
        part.given["caption"] = np.array([f"a {names[i % 3]}" for i in range(len(part))], object)
    suite = Suite(task_of(data, "match"))
    words = sorted({word for text in suite.texts for word in text.split()} - {"left", "right", "above", "below"})
    bag = lambda text: np.array([text.split().count(word) for word in words]) / len(text.split())
    measured = suite.measure(Known(lambda text: bag(text) / np.linalg.norm(bag(text)), suite)).metrics
    assert measured["recall"].value == measured["image_recall"].value == 1
    assert all(abs(measured[name].value - 0.5) < 0.1 for name in ("colours", "relation"))  # but for rounding, half
    exact = lambda text: np.eye(len(suite.texts))[suite.texts.index(text)]
    assert all(metric.value == 1 for metric in suite.measure(Known(exact, suite)).metrics.values())
