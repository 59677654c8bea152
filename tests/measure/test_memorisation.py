# Tests measure/metrics/memorisation.py
import numpy as np
import pytest

from genwright.measure.metrics.memorisation import (
    copies_among,
    counts_of,
    distance_ratio,
    mid_median,
    nearest,
    with_copies,
)


@pytest.fixture
def cloud():
    rng = np.random.default_rng(0)
    return [rng.normal(size=(n, 20)) for n in (600, 400, 300)]  # train, test, samples


def ratio_of(samples, test, train):
    return distance_ratio(nearest(samples, train)[0], nearest(test, train)[0], np.random.default_rng(0))


def test_nearest_equals_brute_force(cloud):
    train, test, _ = cloud
    away = np.sqrt(((test[:, None] - train[None]) ** 2).sum(-1))
    distance, number = nearest(test, train)
    assert (number == away.argmin(1)).all()
    assert distance == pytest.approx(away.min(1), rel=1e-5)


def test_fresh_items_are_near_one(cloud):
    train, test, samples = cloud
    value, se = ratio_of(samples, test, train)
    assert abs(value - 1) < 3 * se < 0.1


def test_a_bootstrap_of_the_training_set_is_caught(cloud):
    train, test, _ = cloud
    value, se = ratio_of(train[np.random.default_rng(1).integers(600, size=300)], test, train)
    assert value == 0 and se == 0  # a copy lies at exactly 0


def test_copies_with_a_little_noise_are_caught(cloud):
    train, test, _ = cloud
    value, _ = ratio_of(train[:300] + 0.1 * np.random.default_rng(1).normal(size=(300, 20)), test, train)
    assert value < 0.3


def test_samples_off_the_data_are_above_one(cloud):
    train, test, samples = cloud
    assert ratio_of(2 * samples, test, train)[0] > 1.5


def test_no_number_when_the_test_items_are_training_items(cloud):
    train, _, samples = cloud
    assert np.isnan(ratio_of(samples, train[:100], train)[0])


def test_the_error_of_copies_knows_the_training_items():
    """Items of kinds, each with a share of its own, some so rare that no training item may be there."""
    rng = np.random.default_rng(0)
    shares, rates = rng.dirichlet(np.ones(20)), np.tile([0.5, 1.0, 3.0, 30.0], 5)

    def world():
        train = np.repeat(np.arange(20.0), rng.poisson(rates))[:, None]
        drawn = rng.choice(20, (300, 1), p=shares).astype(float)
        metric = copies_among(drawn, counts_of(train), "")
        return metric.value, metric.se

    values, errors = np.transpose([world() for _ in range(200)])
    assert 0.45 < errors.mean() / values.std(ddof=1) < 1.6


def test_a_middle_of_ties_moves_with_their_shares():
    rng = np.random.default_rng(0)
    for n in (7, 8):
        values = rng.normal(size=n)
        assert mid_median(values) == pytest.approx(np.median(values))
    assert mid_median(np.zeros(5)) == 0 and mid_median(np.array([0.0, 0, 0, 0, 1])) == pytest.approx(1 / 5)
    worlds = [rng.choice([0.01, 0.02], 200, p=[0.49, 0.51]) for _ in range(300)]
    errors = [distance_ratio(world, np.full(50, 0.015), rng)[1] for world in worlds[:20]]
    assert 0.7 < np.mean(errors) / np.std([mid_median(world) / 0.015 for world in worlds]) < 1.4


def test_test_items_get_the_copies_that_the_split_took():
    away = np.array([0.0, 1, 1, 1, 1, 1, 1, 1])
    assert (with_copies(away, 0.3) == 0).mean() == pytest.approx(0.3) and len(with_copies(away, 0.05)) == 8
