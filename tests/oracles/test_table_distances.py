"""The distances between tables against scipy, pandas and the definitions of SDMetrics, worked out by hand."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import ks_2samp

from genwright.core.spec import Category, Ordered, Real, Spec
from genwright.measure.metrics.table_columns import (
    column_distances,
    correlations,
    kolmogorov_smirnov,
    pair_distances,
    total_variation,
)

MIXED = Spec((("height", Real()), ("weight", Real()), ("colour", Category(3)), ("size", Category(2))))


@pytest.fixture
def tables():
    rng = np.random.default_rng(5)

    def draw(n, tilt):
        height = rng.normal(size=n)
        weight = tilt * height + rng.normal(size=n)
        colour = rng.choice(3, size=n, p=[0.5, 0.5 - 0.2 * tilt, 0.2 * tilt])
        size = (colour + rng.integers(0, 2, n)) % 2
        return np.stack([height, weight, colour, size], 1).astype(float)

    return draw(700, 0.9), draw(500, 0.3)


@pytest.mark.parametrize("digits", [0, 1, 8])  # with many ties, some, none
def test_kolmogorov_smirnov_is_scipys(digits):
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=400).round(digits), rng.normal(0.2, 1.3, size=300).round(digits)
    assert kolmogorov_smirnov(a, b) == pytest.approx(ks_2samp(a, b).statistic, abs=1e-12)


def test_total_variation_by_hand():
    real, sample = np.array([0, 0, 0, 1]), np.array([0, 1, 1, 2])
    assert total_variation(real, sample, 3) == pytest.approx(0.5)  # (|3/4 - 1/4| + |1/4 - 2/4| + |0 - 1/4|) / 2


def test_column_distances_of_a_mixed_table(tables):
    real, sample = tables
    expected = [ks_2samp(real[:, j], sample[:, j]).statistic for j in (0, 1)]
    for j in (2, 3):
        p, q = (pd.Series(t[:, j]).value_counts(normalize=True) for t in (real, sample))
        expected.append(p.sub(q, fill_value=0).abs().sum() / 2)
    np.testing.assert_allclose(column_distances(real, sample, MIXED), expected, atol=1e-12)


def test_correlations_are_those_of_pandas_with_holes():
    rng = np.random.default_rng(1)
    x = rng.normal(size=(300, 4)) @ rng.normal(size=(4, 4)) * [1, 1e4, 1e-3, 7] + [0, 1e6, 0, -3]
    x[rng.random(x.shape) < 0.3] = np.nan
    np.testing.assert_allclose(correlations(x), pd.DataFrame(x).corr(), atol=1e-9)


def contingency_by_definition(real: pd.DataFrame, sample: pd.DataFrame) -> float:
    """1 - ContingencySimilarity: half the sum over all cells of the differences of the relative frequencies."""
    p, q = (t.value_counts(normalize=True) for t in (real, sample))
    return p.sub(q, fill_value=0).abs().sum() / 2


def test_pair_distances_follow_the_definitions(tables):
    real, sample = tables
    found = pair_distances(real, sample, MIXED)
    r = [np.corrcoef(t[:, 0], t[:, 1])[0, 1] for t in tables]
    assert found[0, 1] == pytest.approx(abs(r[0] - r[1]) / 2, abs=1e-9)
    frames = [pd.DataFrame(t, columns=MIXED.names) for t in tables]
    assert found[2, 3] == pytest.approx(contingency_by_definition(*(f[["colour", "size"]] for f in frames)))
    edges = np.histogram_bin_edges(frames[0]["height"], 10)  # of the real column, for both
    for frame in frames:
        frame["height"] = np.digitize(frame["height"], edges)
    assert found[0, 2] == pytest.approx(contingency_by_definition(*(f[["height", "colour"]] for f in frames)))
    np.testing.assert_array_equal(found, found.T)
    assert np.isnan(np.diag(found)).all()


def test_lattice_columns_are_numbers():
    spec = Spec((("count", Ordered(10)),))
    a, b = np.array([[0.0], [1], [2], [9]]), np.array([[0.0], [1], [2], [3]])
    assert column_distances(a, b, spec)[0] == pytest.approx(0.25)
