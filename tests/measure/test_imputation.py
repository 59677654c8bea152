# Tests measure/metrics/table_rows.py
import numpy as np
import pytest

from genwright.core.spec import Category, Ordered, Real, Spec
from genwright.measure.metrics.table_rows import Holes, cell_errors, column_errors, hide, interval_hits

SPEC = Spec((("a", Real()), ("b", Real(optional=True)), ("n", Ordered(20)), ("c", Category(3, optional=True))))


def table(n, seed):
    """Every column says much about every other."""
    rng = np.random.default_rng(seed)
    a = rng.normal(size=n)
    b = 3 * a + 0.3 * rng.normal(size=n) + 5
    count = np.clip(np.round(10 + 3 * a + 0.5 * rng.normal(size=n)), 0, 19)
    c = np.digitize(a + 0.1 * rng.normal(size=n), [-0.5, 0.5])
    x = np.column_stack([a, b, count, c])
    x[rng.random(n) < 0.05, 1] = np.nan
    return x


def test_hide_takes_three_tenths_of_the_known_cells_of_the_leaves():
    x = table(4000, 0)
    known = ~np.isnan(x[:, :3])
    hidden = hide(known, 4, seed=1)
    assert hidden[:, :3].mean() == pytest.approx(0.3 * known.mean(), abs=0.01)
    assert not hidden[np.isnan(x)].any() and not hidden[:, 3].any()
    np.testing.assert_array_equal(hidden, hide(known, 4, seed=1))
    assert (hidden != hide(known, 4, seed=2)).any()


def test_errors_by_hand():
    spec = Spec((("a", Real()), ("c", Category(3)), ("never", Real())))
    truth = np.array([[0.0, 1, 0], [2, 2, 0], [9, 0, 0]])
    guess = np.array([[1.0, 1, 9], [2, 0, 9], [0, 1, 9]])
    hidden = np.array([[True, True, False], [True, True, False], [False, False, False]])
    found = column_errors(cell_errors(truth, guess, hidden, spec, sd=np.array([2.0, 1, 1])), spec)
    np.testing.assert_allclose(found, [np.sqrt((0.25 + 0) / 2), 0.5, np.nan])


def test_an_error_is_in_standard_deviations_of_the_training_rows():
    """Not of the test rows, of which there may be few, and by which no number of another test set could be compared."""
    rng = np.random.default_rng(0)
    train, truth = 4 * rng.normal(size=(300, 1)), rng.normal(size=(50, 1))
    holes = Holes(None, truth, np.ones((50, 1), bool), Spec((("a", Real()),)))
    assert holes.error(truth + 1, train, seed=0).value == pytest.approx(1 / train.std())
    assert holes.error(truth + 1, truth, seed=0).value == pytest.approx(1 / truth.std())


DRAWS = {
    "continuous": lambda rng, size: rng.normal(size=size),
    "mostly zero": lambda rng, size: rng.poisson(0.1, size=size).astype(float),
    "few levels": lambda rng, size: rng.binomial(3, 0.3, size=size).astype(float),
    "one value": lambda rng, size: np.zeros(size),
}


@pytest.mark.parametrize("kind", DRAWS)
def test_right_draws_cover_nine_tenths_on_a_lattice_too(kind):
    rng = np.random.default_rng(0)
    truth, draws = DRAWS[kind](rng, (4000, 2)), DRAWS[kind](rng, (50, 4000, 2))
    assert interval_hits(truth, draws).mean() == pytest.approx(0.9, abs=0.01)


@pytest.mark.parametrize(("spread", "low", "high"), [(0.3, 0.25, 0.5), (1.5, 0.96, 0.995)])
def test_draws_that_are_too_sure_or_too_wide_are_seen(spread, low, high):
    rng = np.random.default_rng(0)
    truth, draws = rng.normal(size=(4000, 1)), spread * rng.normal(size=(50, 4000, 1))
    assert low < interval_hits(truth, draws).mean() < high
