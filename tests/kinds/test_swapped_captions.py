# Tests kinds/fields/captions.py
"""Captions with the same words that say something else."""

import numpy as np
import pytest

from genwright.kinds.fields.captions import reversed_relation, swapped_colours
from genwright.kinds.named.shapes import two_captions


@pytest.mark.parametrize(
    "text, colours, relation",
    [
        ("a red star left of a blue circle", "a blue star left of a red circle", "a red star right of a blue circle"),
        ("a red star above a red circle", None, "a red star below a red circle"),
        ("a red star above a red circle on a grey ground", "a grey star above a red circle on a red ground",
         "a red star below a red circle on a grey ground"),
        ("a golden retriever and a black cat", "a black retriever and a golden cat", None),
        ("a bored, covered boar", None, None),  # words within words are none
        ("", None, None),
    ],
)  # fmt: skip
def test_words_change_places(text, colours, relation):
    assert swapped_colours(text) == colours and reversed_relation(text) == relation


def test_both_undo_themselves_and_keep_the_words():
    for text in two_captions(np.array([[0, 1, 2, 3, relation, 1] for relation in range(4)])).ravel():
        assert reversed_relation(reversed_relation(text)) == text
        if swapped := swapped_colours(text):
            assert swapped_colours(swapped) == text and sorted(swapped.split()) == sorted(text.split())
