# Tests measure/metrics/coverage.py
import numpy as np

from genwright.measure.metrics.coverage import UNRECOGNISED, class_coverage, recognise

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


def test_what_is_not_recognised_counts_as_a_sample_and_as_no_class():
    seen = np.concatenate([np.arange(400) % 10, np.full(600, UNRECOGNISED)])
    assert class_coverage(seen, EVEN, NAMES, 0).value == 0
    seen = np.concatenate([np.arange(600) % 10, np.full(400, UNRECOGNISED)])
    assert class_coverage(seen, EVEN, NAMES, 0).value == 1


def test_a_sample_is_recognised_where_the_judge_is_as_sure_as_of_real_items():
    """Of class 0 it is surer than .9 of 95% of those that it names rightly, of class 1 than .6."""
    sure = np.concatenate([np.linspace(0.895, 0.995, 101), np.linspace(0.595, 0.695, 101), [0.51, 0.52]])
    truth = np.repeat([0, 1, 1], [101, 101, 2])
    named = np.repeat([0, 1, 0], [101, 101, 2])  # the last two are named wrongly, and count for no class
    probabilities = lambda named, sure: np.where(np.arange(2) == named[:, None], sure[:, None], 1 - sure[:, None])
    p = probabilities(np.array([0, 0, 1, 1]), np.array([0.89, 0.91, 0.59, 0.61]))
    np.testing.assert_array_equal(recognise(p, probabilities(named, sure), truth), [UNRECOGNISED, 0, UNRECOGNISED, 1])


def test_95_percent_of_fresh_real_items_are_recognised():
    rng = np.random.default_rng(0)
    p = rng.dirichlet(np.full(4, 0.3), 4000)
    seen = recognise(p, p[:2000], p[:2000].argmax(1))
    assert 0.93 < (seen[2000:] != UNRECOGNISED).mean() < 0.97


def test_a_class_that_the_judge_never_names_takes_the_limit_of_all():
    real = np.tile([0.8, 0.1, 0.1], (50, 1))
    p = np.array([[0.1, 0.85, 0.05], [0.1, 0.75, 0.15]])
    np.testing.assert_array_equal(recognise(p, real, np.zeros(50, int)), [1, UNRECOGNISED])


def test_a_class_without_real_items_is_not_asked_for():
    share = np.append(np.full(9, 1 / 9), 0)
    found = class_coverage(np.arange(900) % 8, share, NAMES, 0)
    assert found.value == 8 / 9 and found.detail == "1 of 9 classes (8)"


def test_many_names_are_cut_short():
    names = [f"c{k}" for k in range(30)]
    assert class_coverage(np.zeros(100, int), np.full(30, 1 / 30), names, 0).detail.endswith("c7, c8, ...)")
