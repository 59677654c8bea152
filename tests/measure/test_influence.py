"""Numbers of single items: their mean is the metric, and they move as it does when an item counts twice."""

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from genwright.core.spec import Category, Real, Spec
from genwright.graphs.measure.graph_statistics import discrepancy, discrepancy_items, discrepancy_own, total_variation
from genwright.measure.intervals import area_influence as of_area
from genwright.measure.intervals import placements
from genwright.measure.intervals import ratio_influence as of_ratio
from genwright.measure.metrics.classifiers import area
from genwright.measure.metrics.distances import frechet, frechet_items, frechet_own, frechet_se
from genwright.measure.metrics.table_rows import column_errors, row_errors

N = 4_000


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def check(statistic, items, n, tolerance=0.02):
    """statistic: of item numbers, in which one may stand twice."""
    every = np.arange(n)
    assert items.mean() == pytest.approx(statistic(every), rel=1e-9)
    some = np.argsort(items)[[0, n // 4, n // 2, -1]]  # those that pull most among them
    moved = [statistic(np.append(every, k)) - statistic(every) for k in some]
    expected = (items - items.mean())[some]
    assert np.allclose((n + 1) * np.array(moved), expected, rtol=tolerance, atol=tolerance * items.std())


def test_of_a_ratio(rng):
    top, bottom = rng.gamma(2, size=N), rng.gamma(3, size=N)
    check(lambda i: top[i].mean() / bottom[i].mean(), of_ratio(top, bottom), N)


def test_of_the_area_under_a_curve(rng):
    y, score = rng.random(N) < 0.3, rng.integers(20, size=N) / 20.0  # with equal scores
    score[y] += 0.2
    check(lambda i: roc_auc_score(y[i], score[i]), of_area(y, score), N)


def test_placements_are_what_an_area_is_the_mean_of(rng):
    zero, one = rng.integers(9, size=N), rng.integers(12, size=700)
    check(lambda i: area(zero[i], one), placements(zero, one), N)


def test_of_a_frechet_distance(rng):
    a, b = rng.normal(size=(900, 4)) * [0.5, 1, 2, 1] + 0.3, rng.normal(size=(N, 4))
    check(lambda i: frechet(a, b[i]), frechet_items(a, b), N)


def test_of_a_frechet_distance_between_clouds_that_are_flat(rng):
    """Covariances without full rank: one direction is empty on both sides."""
    a, b = rng.normal(size=(900, 3)) * [0.5, 2, 0], rng.normal(size=(N, 3)) * [1, 1, 0]
    check(lambda i: frechet(a, b[i]), frechet_items(a, b), N)


def test_of_a_mean_of_column_errors(rng):
    spec = Spec((("a", Real()), ("b", Category(3)), ("c", Real())))
    errors = np.stack([rng.gamma(1, size=N), rng.random(N) < 0.3, np.full(N, np.nan)], 1)
    errors[rng.random((N, 3)) < 0.6] = np.nan
    check(lambda i: np.nanmean(column_errors(errors[i], spec)), row_errors(errors, spec), N)


def test_of_a_mean_discrepancy(rng):
    n = 400  # each pair of them is looked at
    kernel = total_variation(rng.dirichlet(np.ones(5), 100 + n), 1.0)

    def of(i):
        chosen = np.append(np.arange(100), 100 + i)
        return discrepancy(kernel[np.ix_(chosen, chosen)], 100, 0)[0]

    check(of, discrepancy_items(kernel, 100), n, 0.05)


def test_an_error_falls_apart_into_that_of_test_items_and_the_models_own(rng):
    """Over replicate worlds: fresh samples on the same test items, for a distance that is not all noise."""
    real = rng.normal(size=(300, 3))
    samples = [rng.normal(size=(500, 3)) * 1.5 for _ in range(40)]
    own = np.mean([frechet_own(a, real, np.random.default_rng(k)) for k, a in enumerate(samples)])
    assert 0.75 < own / np.std([frechet(a, real) for a in samples], ddof=1) < 1.5
    of_items = frechet_items(samples[0], real).std() / 300**0.5
    assert 0.7 < np.hypot(own, of_items) / frechet_se(samples[0], real, rng) < 1.4


def test_the_own_error_of_a_discrepancy_is_that_of_fresh_samples(rng):
    draw = lambda n, flat: rng.dirichlet(np.full(5, flat), n)
    real = draw(150, 1.0)
    kernels = [total_variation(np.concatenate([draw(200, 3.0), real]), 1.0) for _ in range(40)]
    own = np.mean([discrepancy_own(kernel, 200, k) for k, kernel in enumerate(kernels)])
    assert 0.75 < own / np.std([discrepancy(kernel, 200, 0)[0] for kernel in kernels], ddof=1) < 1.5
