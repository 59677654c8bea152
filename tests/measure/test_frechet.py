# Tests measure/metrics/distances.py
import numpy as np
import pytest

from genwright.measure.metrics.distances import frechet, frechet_se, gaussian_distance, moments


def test_two_diagonal_gaussians_in_closed_form():
    mu_1, mu_2, s_1, s_2 = np.array([0.0, 1]), np.array([2.0, 1]), np.array([1.0, 2]), np.array([3.0, 0.5])
    truth = 4 + ((s_1 - s_2) ** 2).sum()
    assert gaussian_distance(mu_1, np.diag(s_1**2), mu_2, np.diag(s_2**2)) == pytest.approx(truth, rel=1e-12)


def test_zero_to_itself_and_symmetric():
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(200, 8)), rng.normal(size=(300, 8)) * 2
    assert frechet(a, a) == pytest.approx(0, abs=1e-9)
    assert frechet(a, b) == pytest.approx(frechet(b, a), rel=1e-10)


def test_a_shift_costs_its_square():
    a = np.random.default_rng(0).normal(size=(100, 3))
    assert frechet(a, a + np.array([3.0, 0, 4])) == pytest.approx(25, rel=1e-10)


def test_fewer_items_than_features_need_no_special_case():
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(5, 40)), rng.normal(size=(6, 40)) + 1
    assert np.isfinite(frechet(a, b)) and frechet(a, b) > 10
    assert frechet(a, a) == pytest.approx(0, abs=1e-6)


def test_moments_do_not_lose_digits_in_float32():
    a = (1000 + np.random.default_rng(0).normal(size=(1000, 2))).astype(np.float32)
    mean, covariance = moments(a)
    assert mean.dtype == covariance.dtype == np.float64
    assert covariance == pytest.approx(np.cov(a.astype(np.float64).T), rel=1e-9)


def test_one_item_is_refused():
    with pytest.raises(ValueError):
        moments(np.zeros((1, 3)))


def test_standard_error_falls_with_n_and_repeats():
    rng = np.random.default_rng(0)
    cloud = lambda n: (rng.normal(size=(n, 4)), rng.normal(size=(n, 4)) + 1)
    few, many = cloud(50), cloud(5000)
    se = frechet_se(*few, np.random.default_rng(1))
    assert se > 3 * frechet_se(*many, np.random.default_rng(1)) > 0
    assert se == frechet_se(*few, np.random.default_rng(1))
