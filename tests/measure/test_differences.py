"""Differences between two models, and which of many are no chance."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import binomtest, ttest_rel

from genwright.measure.differences import (
    Difference,
    Trainings,
    by_item,
    by_split,
    real,
    scale_of,
    shown_by_trainings,
    spread_with_second,
    unpaired_difference,
    with_trainings,
)
from genwright.measure.metric import Metric


def metric(value, se=0.1, n=200, **more):
    return Metric(value, se, "exact", "mass", "nats", n, "higher", **more)


def test_numbers_that_share_nothing_have_both_errors():
    found = unpaired_difference(metric(2.0, 0.3), metric(1.0, 0.4))
    assert (found.value, found.se, found.how) == (1.0, 0.5, "apart")
    assert found.p == pytest.approx(0.0455, abs=1e-4)
    assert unpaired_difference(metric(2.0, None), metric(1.0)).p == 1.0


def test_means_over_the_same_items_are_a_paired_t_test():
    rng = np.random.default_rng(0)
    hard = rng.normal(size=2_000) * 10
    a, b = hard + rng.normal(size=2_000), hard + rng.normal(size=2_000) + 0.05
    keys = rng.permutation(2_000)
    found = by_item(metric(a.mean()), metric(b.mean()), (keys, a), (keys, b))
    assert found.value == pytest.approx(a.mean() - b.mean()) and found.how == "by item"
    assert found.se == pytest.approx((a - b).std(ddof=1) / 2_000**0.5, rel=2e-3)
    assert found.p == pytest.approx(ttest_rel(a, b).pvalue, rel=2e-2)


def test_only_items_that_both_saw_count_whatever_their_order():
    keys, values = np.arange(300), np.random.default_rng(0).normal(size=300)
    found = by_item(metric(0), metric(0), (keys, values + keys % 2), (keys[99::-1], values[99::-1]))
    assert found.n == 100 and found.value == pytest.approx(0.5)
    assert by_item(metric(0), metric(0), (keys, values), (keys + 299, values)) is None


def test_items_that_stand_twice_go_each_with_its_own():
    """Equal rows, or items that are in the tests of several splits."""
    a, b = (np.array([7, 8, 7]), np.array([1.0, 5, 3])), (np.array([8, 7, 7]), np.array([4.0, 0, 2]))
    found = by_item(metric(0), metric(0), a, b)
    assert (found.value, found.se, found.n) == (1.0, 0.0, 3)


def test_what_is_a_models_own_stays_in_the_difference():
    keys, values = np.arange(100), np.random.default_rng(0).normal(size=100)
    found = by_item(metric(0, own=0.3), metric(0, own=0.4), (keys, values + 1), (keys, values))
    assert (found.value, found.se) == (pytest.approx(1.0), pytest.approx(0.5))


def test_an_own_error_that_is_not_known_tells_nothing():
    keys, values = np.arange(100), np.random.default_rng(0).normal(size=100)
    assert by_item(metric(0, own=float("nan")), metric(0), (keys, values), (keys, values)) is None


@pytest.mark.parametrize("only", range(1, 12))
def test_a_few_items_that_differ_prove_no_more_than_the_sign_test(only):
    """All of the few for one model, of a thousand on which both are right."""
    keys, a, b = np.arange(1_000), np.ones(1_000), np.ones(1_000)
    b[:only] = 0
    found = by_item(metric(1.0), metric(1 - only / 1_000), (keys, a), (keys, b))
    exact = binomtest(only, only).pvalue
    assert (found.p <= 0.05) == (exact <= 0.0625) and found.p > exact / 2


def test_splits_are_compared_one_by_one_with_the_correction_of_nadeau_and_bengio():
    a, b = metric(2.0, splits=(1.0, 2.0, 3.0)), metric(1.0, splits=(0.1, 1.0, 1.9))
    found = by_split(a, b, 0.25)
    assert (found.value, found.n, found.how) == (pytest.approx(1.0), 3, "by split")
    variance = (1 / 3 + 0.25) * np.var([0.9, 1.0, 1.1], ddof=1)
    assert found.se == pytest.approx(variance**0.5 * 4.3027 / 1.96, rel=1e-4)  # Student's t of two degrees of freedom
    assert by_split(a, metric(1.0, splits=(1.0, float("nan"), 2.0)), 0.25).n == 2
    assert by_split(a, metric(1.0), 0.25) is None


def test_holms_steps():
    of = lambda p: Difference(1.0, 1 / {0.001: 3.2905, 0.02: 2.3263, 0.03: 2.1701, 0.2: 1.2816}[p], 9, "apart")
    assert real([of(0.2), of(0.001), of(0.02)]) == [False, True, True]
    assert real([of(0.03), of(0.03)]) == [False, False]  # neither is below half of 5%
    assert real([of(0.03), of(0.001)]) == [True, True] and real([]) == []


def test_no_number_of_items_tells_two_trainings_apart_that_differ_as_others_do():
    """The error tends to that of 1 / (r_a^2 + r_b^2) items, and few items feel no trainings."""
    rng = np.random.default_rng(0)
    for n in (10, 1_000, 100_000):
        off = by_item(metric(0), metric(0), (np.arange(n), rng.normal(size=n)), (np.arange(n), np.zeros(n)))
        found = with_trainings(off, Trainings(0.06), Trainings(0.08))
        assert (found.value, found.n, found.how) == (off.value, off.n, off.how)
        assert found.se**2 == pytest.approx(off.se**2 * (1 + 0.01 * n))
        assert found.se**2 == pytest.approx(off.se**2 + found.trainings**2)
    assert found.se == pytest.approx(0.1, rel=0.02)
    usual = Trainings(0.1)
    by_splits = by_split(metric(0, splits=(1.0, 2.0, 4.0)), metric(0, splits=(0.0, 0.0, 1.0)), 0.25)
    assert with_trainings(by_splits, usual, usual) == by_splits
    assert with_trainings(off, Trainings(0.0), Trainings(0.0)) == off


def test_a_rival_of_long_tails_says_nothing_of_how_a_family_trains():
    off = by_item(metric(0), metric(0), (np.arange(400), np.zeros(400)), (np.arange(400), np.r_[np.zeros(399), 800.0]))
    found = with_trainings(off, Trainings(0.1, 0.01 * 800**0.5), Trainings(0.0))
    assert found.trainings == pytest.approx(0.1 * 0.01 * 800**0.5) and found.se == pytest.approx(off.se, rel=0.01)
    assert with_trainings(off, Trainings(0.1), Trainings(0.0)).trainings > 50 * found.trainings


@pytest.mark.parametrize("r", [0.0, 0.05, 0.3])
def test_two_trainings_show_how_far_a_family_differs_right_on_average(r):
    """Over many pairs of trainings, whose items differ by one standard deviation."""
    rng = np.random.default_rng(2)
    shown = []
    for _ in range(3_000):
        items, off = np.arange(200), rng.normal(size=200) + 2**0.5 * r * rng.normal()
        shown.append(shown_by_trainings(by_item(metric(0), metric(0), (items, off), (items, 0 * off))))
    assert np.mean(shown) == pytest.approx(r**2, abs=4 * np.std(shown) / 3_000**0.5)


def test_a_second_training_counts_as_much_as_what_was_known():
    alike = Difference(0.0, 0.1, 100, "by item")
    assert spread_with_second(0.1, alike) == pytest.approx(0.1 / 2**0.5)
    far = replace(alike, value=0.1 * (1 + 200 * 0.3**2) ** 0.5)
    assert spread_with_second(0.1, far) == pytest.approx(((0.01 + 0.09) / 2) ** 0.5)
    assert scale_of(far) == pytest.approx(1.0)


def test_a_family_that_trained_twice_counts_by_the_mean_of_both():
    off = Difference(1.0, 0.1, 100, "by item")
    found = with_trainings(off, Trainings(0.1, second=Difference(0.4, 0.1, 100, "by item")), Trainings(0.0))
    r = ((0.1**2 + (4**2 - 1) / 200) / 2) ** 0.5
    assert found.value == pytest.approx(1.2) and found.trainings == pytest.approx(r / 2**0.5)
    other = with_trainings(off, Trainings(0.0), Trainings(0.1, second=Difference(0.4, 0.1, 100, "by item")))
    assert other.value == pytest.approx(0.8) and other.trainings == pytest.approx(found.trainings)


def test_of_equal_families_a_training_is_called_better_no_more_often_than_chance_allows():
    """Each family's mean moves from training to training by r standard deviations of an item."""
    rng, called = np.random.default_rng(1), []
    for _ in range(400):
        a, b = rng.normal(size=(2, 600)) / 2**0.5 + 0.1 * rng.normal(size=(2, 1))
        off = by_item(metric(0), metric(0), (np.arange(600), a), (np.arange(600), b))
        called.append([real([off])[0], real([with_trainings(off, Trainings(0.1), Trainings(0.1))])[0]])
    plain, allowed = np.mean(called, 0)
    assert plain > 0.4 and allowed <= 0.07
