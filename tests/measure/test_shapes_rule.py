# Tests measure/metrics/shapes_rule.py
"""The rule of shapes: right on every combination of attributes, seen or held out; its scores, and those of chance."""

import numpy as np
import pytest

from genwright.kinds.named.shapes import ATTRIBUTES, NO_VALUE, SEEN_PAIRS, TEST_PAIRS, draw_shapes, sample_centres
from genwright.measure.intervals import proportion
from genwright.measure.metrics.shapes_rule import agreement, guessed_apart, nearest_caption, read_attributes

SIZES = [len(table) for table in ATTRIBUTES.values()]
EVERY = np.stack(np.unravel_index(np.arange(np.prod(SIZES)), SIZES), 1)  # (252, 4)


@pytest.mark.parametrize("noise", [0, 8], ids=["as drawn", "noisy"])
def test_every_combination_is_read(noise):
    """Twice at other positions: 504 images, of which 144 show a held-out pair."""
    rng, attributes = np.random.default_rng(0), np.tile(EVERY, (2, 1))
    images = draw_shapes(attributes, sample_centres(attributes[:, 2], rng))
    noisy = (images + rng.normal(0, noise, images.shape)).round().clip(0, 255).astype(np.uint8)
    assert (read_attributes(noisy) == attributes).all()


def test_nothing_is_read_where_nothing_is():
    blank = np.full((1, 32, 32, 3), 130, np.uint8)
    assert read_attributes(blank).tolist() == [[NO_VALUE, NO_VALUE, NO_VALUE, 1]]
    noise = np.random.default_rng(0).integers(256, size=(20, 32, 32, 3), dtype=np.uint8)
    assert (read_attributes(noise)[:, [0, 2]] == NO_VALUE).all()
    assert read_attributes(blank[:0]).shape == (0, 4)


def test_agreement_counts_what_captions_ask_for():
    asked = np.array([[3, 0, 1, 1], [3, 0, NO_VALUE, NO_VALUE], [2, NO_VALUE, NO_VALUE, NO_VALUE], [0, 1, 0, 0]])
    shown = np.array([[3, 0, 1, 1], [3, 1, 0, 0], [2, 5, 1, 2], [NO_VALUE, 1, NO_VALUE, 0]])
    scores = agreement(shown, asked)
    assert {name: (metric.value, metric.n) for name, metric in scores.items()} == {
        "shape": (3 / 4, 4),
        "colour": (2 / 3, 3),
        "size": (1 / 2, 2),
        "ground": (1.0, 2),
        "pair": (1 / 3, 3),
        "all": (1 / 2, 2),
    }
    assert scores["pair"].se == proportion(np.array([True, False, False]))[1]
    assert list(agreement(shown[2:3], asked[2:3])) == ["shape"]


def test_attributes_guessed_apart():
    scores = guessed_apart(EVERY, EVERY)
    expected = {"shape": 1 / 6, "colour": 1 / 7, "size": 1 / 2, "ground": 1 / 3, "pair": 1 / 42, "all": 1 / 252}
    assert {name: metric.value for name, metric in scores.items()} == pytest.approx(expected)


def test_the_nearest_caption_never_has_a_held_out_pair():
    pairs = [tuple(pair) for pair in EVERY[:, :2].tolist()]
    train = EVERY[[pair in SEEN_PAIRS for pair in pairs]]
    scores = nearest_caption(EVERY[[pair in TEST_PAIRS for pair in pairs]], train)
    assert scores["pair"].value == scores["all"].value == 0
    assert scores["size"].value == scores["ground"].value == 1
    assert scores["shape"].value + scores["colour"].value == pytest.approx(1)  # one of the two has to differ
    assert all(metric.value == 1 for metric in nearest_caption(train, train).values())
