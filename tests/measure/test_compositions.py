# Tests measure/metrics/captions.py
"""Captions whose words training captions have, but never together."""

from genwright.measure.metrics.captions import are_compositions

TRAINING = ["A red star", "a blue ring, on grey", None, "a red ring"]


def test_compositions_combine_words_as_no_training_caption_does():
    captions = ["a blue star", "a red ring on grey", "A RED ring.", "a ring", "a green star", "purple", ""]
    assert are_compositions(captions, TRAINING) == [True, True, False, False, False, False, False]


def test_without_training_captions_nothing_is_a_composition():
    assert are_compositions(["a red star"], [None, None]) == [False]
