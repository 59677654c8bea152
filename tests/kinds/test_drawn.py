# Tests kinds/domain.py
"""Lists of items: what is picked keeps its given values beside it."""

import copy
import pickle

import numpy as np
import pytest

from genwright.kinds.domain import Drawn


def made():
    return Drawn("abcde", {"label": [0, 1, 2, 3, 4]}, seed=7, method="by hand", kind="exact")


@pytest.mark.parametrize(
    "index, left",
    [
        (slice(1, 3), "bc"),
        (slice(None, None, -2), "eca"),
        (np.array([True, False, False, True, False]), "ad"),
        (np.array([4, 0, 0]), "eaa"),
        ([-1, 1], "eb"),
    ],
)
def test_what_is_picked_keeps_its_given_values(index, left):
    some = made()[index]
    assert isinstance(some, Drawn) and some == list(left)
    assert some.given["label"].tolist() == ["abcde".index(letter) for letter in left]
    assert (some.seed, some.method, some.kind) == (7, "by hand", "exact")


def test_one_item_is_itself():
    assert made()[1] == made()[np.int64(-4)] == "b"


@pytest.mark.parametrize("index", [5, np.array([5]), np.array([True]), (0, 1), np.zeros((1, 1), int), "a"])
def test_what_picks_no_items_is_refused(index):
    with pytest.raises(IndexError):
        made()[index]


def test_it_is_a_list_that_copies_whole():
    items = made()
    assert items == list("abcde") and items + ["f"] == list("abcdef") and not Drawn() and Drawn().given == {}
    for other in (items.copy(), copy.copy(items), copy.deepcopy(items), pickle.loads(pickle.dumps(items))):
        assert isinstance(other, Drawn) and other == items and other is not items
        assert (other.given["label"] == items.given["label"]).all() and other.seed == 7
