# Tests measure/metrics/table_columns.py
import numpy as np
import pytest

from genwright.core.spec import Category, Real, Spec
from genwright.measure.metrics.table_columns import column_distances, kolmogorov_smirnov

SPEC = Spec((("x", Real(optional=True)), ("c", Category(2, optional=True))))


def test_a_table_is_at_no_distance_from_itself_in_any_order():
    table = np.array([[0.1, 0], [np.nan, 1], [2.0, np.nan], [-1.0, 1]])
    np.testing.assert_allclose(column_distances(table, table[::-1], SPEC), 0, atol=1e-12)


def test_columns_that_share_nothing_are_at_distance_one():
    a, b = np.array([[0.0, 0], [1, 0]]), np.array([[5.0, 1], [6, 1]])
    np.testing.assert_allclose(column_distances(a, b, SPEC), 1)


def test_absent_cells_count_as_mass():
    whole = np.array([[1.0, 0], [2, 0], [3, 1], [4, 1]])
    holes = whole.copy()
    holes[0] = np.nan  # a quarter of each column is absent
    np.testing.assert_allclose(column_distances(whole, holes, SPEC), 0.25)


def test_a_column_that_is_never_present():
    nothing = np.full(3, np.nan)
    assert kolmogorov_smirnov(nothing, nothing) == 0
    assert kolmogorov_smirnov(np.zeros(3), nothing) == pytest.approx(1)


def test_it_sees_a_shift_of_half_a_standard_deviation():
    rng = np.random.default_rng(0)
    near, far = (kolmogorov_smirnov(rng.normal(size=5000), rng.normal(m, size=5000)) for m in (0.0, 0.5))
    assert near < 0.04 and far == pytest.approx(0.197, abs=0.03)  # 2 Phi(1/4) - 1
