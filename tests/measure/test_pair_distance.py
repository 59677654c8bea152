import numpy as np
import pytest

from genwright.core.spec import Category, Real, Spec
from genwright.measure.metrics.table_columns import correlations, pair_distances

NUMBERS = Spec((("a", Real()), ("b", Real())))
MIXED = Spec((("a", Real(optional=True)), ("c", Category(3, optional=True))))


def pairs(distances):
    return distances[np.triu_indices(len(distances), 1)]


def test_columns_drawn_apart_pay_for_the_lost_link():
    rng = np.random.default_rng(0)
    a = rng.normal(size=4000)
    table = np.stack([a, (a > 0) + (a > 1.0)], 1)
    apart = np.stack([table[:, 0], rng.permutation(table[:, 1])], 1)
    assert pairs(pair_distances(table, table[::-1], MIXED)) == pytest.approx(0)
    assert pairs(pair_distances(table, apart, MIXED)) > 0.3


def test_a_sign_turned_round_is_the_largest_distance_of_two_numbers():
    line = np.linspace(0, 1, 50)
    up, down = np.stack([line, line], 1), np.stack([line, -line], 1)
    assert pairs(pair_distances(up, down, NUMBERS)) == pytest.approx(1)


def test_a_constant_column_has_no_correlation():
    rng = np.random.default_rng(0)
    flat = np.stack([rng.normal(size=100), np.full(100, 3.0)], 1)
    np.testing.assert_array_equal(correlations(flat)[0, 1], 0)


def test_values_outside_the_real_range_and_absent_cells_have_bins_of_their_own():
    real = np.array([[0.0, 0], [10, 1]] * 10)
    outside, absent = real.copy(), real.copy()
    outside[:5, 0] = 99
    absent[:5, 0] = np.nan
    for sample in (outside, absent):
        assert 0.1 < pairs(pair_distances(real, sample, MIXED)).item() <= 0.25
    assert pairs(pair_distances(absent, absent, MIXED)) == pytest.approx(0)


@pytest.mark.parametrize("value", [-99.0, 0.0, 10.0, 99.0])
def test_an_absent_number_is_no_number_neither_the_lowest_nor_the_highest(value):
    """A sampler that fills the empty quarter with one number, in the real range or outside, is a quarter away."""
    real = np.array([[0.0, 0], [np.nan, 1], [5, 0], [10, 1]] * 10)
    filled = np.where(np.isnan(real), value, real)
    assert pairs(pair_distances(real, filled, MIXED)) == pytest.approx(0.25)
    assert pairs(pair_distances(filled, real, MIXED)) == pytest.approx(0.25)


@pytest.mark.parametrize("value", [0.0, 2.0])
def test_an_absent_category_is_no_category(value):
    real = np.array([[0.0, 0], [1, np.nan], [5, 1], [10, 2]] * 10)
    filled = np.where(np.isnan(real), value, real)
    assert pairs(pair_distances(real, filled, MIXED)) == pytest.approx(0.25)
