"""Folds of the items that a run learns from and validates on."""

import pytest

from genwright.training.orders import fold


@pytest.mark.parametrize("train, valid, count", [(80, 10, 5), (7, 3, 4), (80, 0, 5), (7, 0, 3), (1, 0, 2)])
def test_a_fold_deals_every_item_to_one_side(train, valid, count):
    items = list(range(train + valid))
    for k in range(count):
        learned, judged = fold(k, count, train, valid, 0)
        assert sorted([*learned.tolist(), *judged.tolist()]) == items
        assert len(judged) == valid or not valid


def test_folds_of_one_run_validate_on_others_items_and_of_another_seed_too():
    held = [set(fold(k, 5, 80, 10, 0)[1].tolist()) for k in range(5)]
    assert len(set.union(*held)) == 50
    assert set(fold(0, 5, 80, 10, 1)[1].tolist()) != held[0]


def test_without_items_to_validate_each_is_held_out_once():
    held = [number for k in range(3) for number in fold(k, 3, 10, 0, 0)[1].tolist()]
    assert sorted(held) == list(range(10))
