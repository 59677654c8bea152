import numpy as np

from genwright.evaluation.class_coverage import class_coverage

NAMES = [str(k) for k in range(10)]
EVEN = np.full(10, 0.1)


def test_every_class_in_its_share():
    found = class_coverage(np.arange(1000) % 10, EVEN, NAMES, 0)
    assert (found.value, found.detail, found.n) == (1.0, "", 1000)


def test_missing_and_rare_classes_are_named():
    seen = np.concatenate([np.arange(960) % 8, np.full(40, 8)])  # none of 9, less than half of 8
    found = class_coverage(seen, EVEN, NAMES, 0)
    assert found.value == 0.8 and found.detail == "2 of 10 classes (8, 9)"


def test_half_the_share_is_enough():
    seen = np.concatenate([np.arange(940) % 9, np.full(60, 9)])
    assert class_coverage(seen, EVEN, NAMES, 0).value == 1


def test_a_class_without_real_items_is_not_asked_for():
    share = np.append(np.full(9, 1 / 9), 0)
    found = class_coverage(np.arange(900) % 8, share, NAMES, 0)
    assert found.value == 8 / 9 and found.detail == "1 of 9 classes (8)"


def test_many_names_are_cut_short():
    names = [f"c{k}" for k in range(30)]
    assert class_coverage(np.zeros(100, int), np.full(30, 1 / 30), names, 0).detail.endswith("c7, c8, ...)")
