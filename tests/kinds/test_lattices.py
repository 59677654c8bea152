# Tests kinds/tables/column_marginals.py, kinds/tables/fit_column.py
"""Lattices of numbers: as many levels as float32 holds apart, whatever a column holds beside a frequent value."""

import json

import numpy as np
import pandas as pd
import pytest

from genwright import load_data
from genwright.core.spec import MOST_CODES, Category, Ordered, Spec
from genwright.kinds.tables.column_marginals import LEVELS, Lattice, bend, count_levels, find_lattice
from genwright.kinds.tables.domain import Tables
from genwright.measure.plots.column_sheets import user_values

ZEROS = 0.1


def amounts(sigma: float, n: int = 2000) -> np.ndarray:
    """Amounts in cents, one in ten of which is 0 and one in twenty 50,000.37."""
    rng = np.random.default_rng(0)
    values = np.where(rng.random(n) < 0.05, 50_000.37, np.exp(rng.normal(5, sigma, n)).round(2))
    return np.where(rng.random(n) < ZEROS, 0.0, values)


def curved(sigma: float) -> Lattice:
    distinct, rows = np.unique(amounts(sigma), return_counts=True)
    return bend(find_lattice(distinct, 1e-16), distinct, rows)


@pytest.mark.parametrize("grid", [Lattice(2, 1.0, -500.0), curved(2.5), curved(5)], ids=["even", "curve", "long curve"])
def test_every_level_passes_through_float32(grid):
    index = np.arange(LEVELS - 1)
    codes = index.astype(np.float32).astype(np.float64)
    assert (codes == index).all()
    values = grid.curve.values(codes) if grid.curve else grid.values(codes)
    assert (np.diff(values) > 0).all() and (grid.index(values) == index).all()


@pytest.mark.parametrize("sigma", [2.5, 5])
def test_frequent_values_and_digits_are_kept(sigma):
    frame = pd.DataFrame({"amount": amounts(sigma), "one": np.arange(2000) % 2})
    table = Tables.fit(frame)
    leaf = table.spec.columns[0]
    assert leaf.levels <= LEVELS and leaf.curve
    table = Tables.from_json(json.loads(json.dumps(table.to_json())))
    back = table.decode(*table.encode(frame), 0)["amount"].to_numpy()
    for value in (0.0, 50_000.37):
        assert ((back == value) == (frame["amount"] == value)).all()
    assert np.allclose(back, frame["amount"], rtol=1e-5, atol=0.005)
    assert (back == back.round(2)).all()
    drawn = user_values(table.encode(frame)[0][:, 0].numpy().astype(float), leaf)
    assert np.allclose(drawn, frame["amount"], rtol=1e-4, atol=0.01)


def test_rules_see_the_digits_that_levels_do_not():
    rng = np.random.default_rng(0)
    units, price = rng.integers(0, 40, 900), np.exp(rng.normal(5, 2.5, 900)).round(2)
    frame = pd.DataFrame({"units": units, "price": price, "total": (units * price).round(2)})
    data = load_data(frame, filter="*")
    assert data.domain.spec.columns[2].curve
    assert [rule.columns for rule in data.domain.rules if rule.kind == "formula"] == [("total", "units", "price")]
    broken = data.train.assign(total=data.train["total"] + 0.5)
    mended, _ = data.domain.settle(broken)
    assert np.allclose(mended["total"], data.train["total"], rtol=0, atol=0.005)


def test_no_leaf_has_more_codes_than_float32_holds():
    for leaf in (Ordered(MOST_CODES + 1), Category(MOST_CODES + 1)):
        with pytest.raises(ValueError, match="'amount'"):
            Spec((("amount", leaf),))
    assert np.float32(MOST_CODES - 1) != np.float32(MOST_CODES - 2)


def test_levels_are_counted_by_their_largest_step():
    assert count_levels(np.array([1.0, 3, 2, 3])) == 3 and count_levels(np.array([0.0, 50_000, 100_000])) == 3
    assert count_levels(np.array([0.5, 2.0])) == 2 and count_levels(np.array([0.1, 0.4], np.float32).astype(float)) == 2
    assert count_levels(np.random.default_rng(0).normal(size=50)) == np.inf


def test_a_table_of_few_different_rows_is_split_one_by_one():
    """The classes, sexes and survivors of Titanic, as numbers and labels."""
    rows = [(1, "female", 1, 91), (1, "female", 0, 3), (1, "male", 1, 45), (1, "male", 0, 77), (2, "female", 1, 70)]
    rows += [(2, "female", 0, 6), (2, "male", 1, 17), (2, "male", 0, 91), (3, "female", 1, 72), (3, "female", 0, 72)]
    rows += [(3, "male", 1, 47), (3, "male", 0, 300)]
    frame = pd.DataFrame([row[:3] for row in rows for _ in range(row[3])], columns=["class", "sex", "survived"])
    for seed in range(10):
        data = load_data(frame, seed=seed)
        assert len(data.train.drop_duplicates()) >= 11 and len(data.test) == pytest.approx(len(frame) / 5, abs=1)
        assert not data.domain.rules
