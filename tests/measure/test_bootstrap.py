# Tests measure/intervals.py
"""Standard errors by the bootstrap, where the right ones are known."""

import numpy as np
import pytest

from genwright.measure.intervals import bootstrap_se, numpy_generator, proportion, ratio

RESAMPLES = 2000
NEAR = 5 / (2 * RESAMPLES) ** 0.5  # five relative standard errors of a standard deviation of so many draws


def test_of_a_mean_it_is_the_standard_deviation_over_the_root_of_n():
    x = numpy_generator("mean").normal(3, 2, size=300)
    found = bootstrap_se(lambda i: float(x[i].mean()), (300,), numpy_generator("draws"), RESAMPLES)
    assert found == pytest.approx(x.std() / 300**0.5, rel=NEAR)


def test_every_sample_is_drawn_again():
    rng = numpy_generator("two")
    x, y = rng.normal(0, 1, size=50), rng.normal(0, 3, size=200)
    gap = lambda i, j: float(x[i].mean() - y[j].mean())
    found = bootstrap_se(gap, (50, 200), numpy_generator("draws"), RESAMPLES)
    assert found == pytest.approx((x.var() / 50 + y.var() / 200) ** 0.5, rel=NEAR)


def test_of_a_ratio_it_is_that_of_the_delta_method_and_items_stay_together():
    """se^2 = var(top - ratio bottom) / (n bottom^2), which is 0 where one is a multiple of the other."""
    rng = numpy_generator("ratio")
    bottom = rng.uniform(1, 2, size=400)
    top = bottom + rng.normal(0, 0.5, size=400)
    value, se = ratio(top, bottom, numpy_generator("draws"))
    assert value == pytest.approx(top.mean() / bottom.mean())
    expected = np.std(top - value * bottom) / bottom.mean() / 400**0.5
    assert se == pytest.approx(expected, rel=5 / 400**0.5)  # 200 resamples
    assert ratio(3 * bottom, bottom, numpy_generator("draws")) == pytest.approx((3, 0))
    assert np.isnan(ratio(top, np.zeros(400), numpy_generator("draws"))).all()


def test_one_item_has_no_error():
    assert np.isnan(bootstrap_se(lambda i: 1.0, (1,), numpy_generator("draws")))
    assert np.isnan(bootstrap_se(lambda i, j: 1.0, (9, 1), numpy_generator("draws")))


@pytest.mark.parametrize("p, n", [(0.5, 30), (0.9, 100), (0.99, 100)])
def test_two_standard_errors_of_a_share_hold_it_nineteen_times_in_twenty(p, n):
    """Over every outcome of n trials, weighted by its chance; the interval is about (hits + 2) / (n + 4)."""
    rows = [np.arange(n) < hits for hits in range(n + 1)]
    chance = np.random.default_rng(0).binomial(n, p, size=200_000)
    share = np.bincount(chance, minlength=n + 1) / len(chance)
    centre = (np.arange(n + 1) + 2) / (n + 4)
    se = np.array([proportion(row)[1] for row in rows])
    assert 0.92 < share[np.abs(centre - p) < 1.96 * se].sum() < 0.995
