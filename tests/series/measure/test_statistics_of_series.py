# Tests series/kinds/quantiles.py, series/measure/sheets.py, series/measure/statistics.py
"""Statistics of series against plain sums, and forecasts against the truth that they are drawn like."""

import numpy as np
import pytest
from scipy.stats import kstest

from genwright.core.spec import Category, Marginal, Real
from genwright.measure.metrics.classifiers import two_sample_auc
from genwright.series.kinds.quantiles import quantiles
from genwright.series.kinds.subjects import starts
from genwright.series.measure.statistics import (
    Rows,
    correlations,
    crps,
    describe_series,
    lag_profile,
    place_among,
    regression,
)

NUMBER = Real(marginal=Marginal((-20.0, -3, -1, 0, 1, 3, 20), (0.01, 0.15, 0.34, 0.34, 0.15, 0.01)))


def walks(n, length, seed, memory=0.9):
    """Series of one number with memory."""
    rng = np.random.default_rng(seed)
    x = np.zeros((n, length))
    x[:, 0] = rng.normal(size=n)
    for t in range(1, length):
        x[:, t] = memory * x[:, t - 1] + (1 - memory**2) ** 0.5 * rng.normal(size=n)
    return Rows(x.reshape(-1, 1), starts(np.full(n, length)), [NUMBER], None)


def test_correlations_leave_absent_cells_out():
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(2, 200, 2))
    a[::3, 0], b[::5, 1] = np.nan, np.nan
    found = correlations(a, b)
    for i in range(2):
        for j in range(2):
            both = ~np.isnan(a[:, i]) & ~np.isnan(b[:, j])
            assert found[i, j] == pytest.approx(np.corrcoef(a[both, i], b[both, j])[0, 1])


def test_lags_stay_within_a_series():
    rows = walks(300, 20, 0)
    pairs = rows.x[:, 0].reshape(300, 20)
    wanted = np.corrcoef(pairs[:, :-2].ravel(), pairs[:, 2:].ravel())[0, 1]
    assert lag_profile(rows, (2,))[0, 0, 0] == pytest.approx(wanted)


@pytest.mark.parametrize("draws", [5, 50])
def test_corrected_quantiles_hold_the_truth_as_often_as_they_say(draws):
    rng = np.random.default_rng(1)
    x, truth = rng.random((draws, 20_000)), rng.random(20_000)
    levels = (0.2, 0.8) if draws == 5 else (0.05, 0.95)
    low, high = quantiles(x, levels)
    inside = ((low <= truth) & (truth <= high)).mean()
    assert inside == pytest.approx(levels[1] - levels[0], abs=0.015)


def test_crps_is_that_of_all_pairs():
    rng = np.random.default_rng(2)
    x, truth = rng.normal(size=(7, 4)), rng.normal(size=4)
    pairs = np.abs(x[:, None] - x[None]).sum((0, 1)) / (7 * 6)
    assert np.allclose(crps(x, truth), np.abs(x - truth).mean(0) - pairs / 2)


def test_the_judge_tells_order_and_nothing_else():
    """Real series against real ones: by chance. Against their rows in random order: almost always."""
    real, other, mixed = walks(300, 12, 0), walks(300, 12, 1), walks(300, 12, 2, memory=0.0)
    fake = np.repeat([0, 1], 300)

    def auc(drawn):
        features = np.concatenate([describe_series(real), describe_series(drawn)])
        return two_sample_auc(np.arange(600)[:, None], fake, regression(features), 0).value

    assert 0.42 < auc(other) < 0.58 and auc(mixed) > 0.9


def test_series_of_labels_alone_have_statistics():
    label = Category(2, marginal=Marginal((-0.5, 0.5, 1.5), (0.5, 0.5)))
    rows = Rows(np.array([[0.0], [1], [1]]), np.array([0, 1, 3]), [label], None)
    assert np.isfinite(describe_series(rows)).all() and len(describe_series(rows)) == 2


def test_truths_drawn_as_forecasts_take_every_place_alike():
    """Also of a column that is mostly zero, which closed intervals would always hold."""
    rng = np.random.default_rng(0)
    rain = lambda *shape: np.where(rng.random(shape) < 0.6, 0.0, rng.gamma(2.0, 1.0, shape))
    draws, truth = rain(20, 4_000), rain(4_000)
    place = place_among(draws, truth, rng)
    assert kstest(place, "uniform").pvalue > 0.001
    assert abs((np.abs(place - 0.5) <= 0.45).mean() - 0.9) < 0.02
