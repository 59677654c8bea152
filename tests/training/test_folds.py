# Tests training/orders.py
"""Folds of the items that a run learns from and validates on."""

import pytest
import torch

from genwright.core.draws import Draws
from genwright.training.orders import fold


def alike(items):
    return torch.zeros(items, dtype=torch.int64)


@pytest.mark.parametrize("train, valid, count", [(80, 10, 5), (7, 3, 4), (80, 0, 5), (7, 0, 3), (1, 0, 2)])
def test_a_fold_deals_every_item_to_one_side(train, valid, count):
    items = list(range(train + valid))
    for k in range(count):
        learned, judged = fold(k, count, valid, alike(train + valid), 0)
        assert sorted([*learned.tolist(), *judged.tolist()]) == items
        assert len(judged) == valid or not valid


def test_folds_of_one_run_validate_on_others_items_and_of_another_seed_too():
    held = [set(fold(k, 5, 10, alike(90), 0)[1].tolist()) for k in range(5)]
    assert len(set.union(*held)) == 50
    assert set(fold(0, 5, 10, alike(90), 1)[1].tolist()) != held[0]


def test_without_items_to_validate_each_is_held_out_once():
    held = [number for k in range(3) for number in fold(k, 3, 0, alike(10), 0)[1].tolist()]
    assert sorted(held) == list(range(10))


@pytest.mark.parametrize("counts", [(271, 19), (97, 97), (5, 40, 100), (100,)])
def test_folds_and_their_halves_hold_each_class_in_its_share(counts):
    """But for one item. Classes of equal size alternate, so that every second item would be of one class."""
    classes = torch.repeat_interleave(torch.arange(len(counts)), torch.tensor(counts))
    for k in range(5):
        _, held = fold(k, 5, 43, classes, 0)
        for part in (held, held[:21], held[21:]):
            for code, count in enumerate(counts):
                assert abs((classes[part] == code).sum() - len(part) * count / sum(counts)) < 1.001


def test_a_single_class_is_permuted_as_if_there_were_none():
    assert (Draws(3).balanced_permutation(alike(50)) == Draws(3).permutation(50)).all()
