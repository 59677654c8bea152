# Tests measure/suites/tables.py
"""The two-sample test and distances see what the rules of a table say of a row, also of its columns together."""

import numpy as np
import pandas as pd
import pytest

import genwright
from genwright.kinds.tables.table_rules import KINDS, Bands, Dependency, Formula, Impossible, Together
from genwright.kinds.tables.table_view import View
from genwright.measure.suites.tables import Suite, TableRows

N = 1200
REGION = {"Oslo": "north", "Bergen": "north", "Lyon": "south", "Nice": "south"}


def orders(seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    units, price = rng.integers(1, 20, N), rng.lognormal(3, 0.6, N).round(2)
    town, begun = rng.choice([*REGION], N), rng.integers(0, 500, N)
    return pd.DataFrame(
        {
            "units": units,
            "price": price,
            "total": (units * price).round(2),
            "town": town,
            "region": [REGION[name] for name in town],
            "begun": begun,
            "ended": begun + rng.integers(0, 9, N),
        }
    )


@pytest.fixture(scope="module")
def suite() -> Suite:
    return Suite(genwright.load_data(orders()), 0)


BROKEN = {
    "total": lambda rows, rng: rows["total"] * rng.lognormal(0, 0.02, len(rows)).round(3),
    "ended": lambda rows, rng: rows["ended"] + rng.integers(-60, 60, len(rows)),
    "region": lambda rows, rng: rng.choice([*REGION.values()], len(rows)),
}


@pytest.mark.parametrize("name", ["total", "ended", "region"])
def test_rows_that_break_a_rule_are_told_from_real_rows(suite, name):
    """Noise that each column alone hardly shows."""
    rng, rows = np.random.default_rng(1), suite.data.train.copy()
    rows[name] = BROKEN[name](rows, rng)
    found = suite._two_sample(TableRows(rows, suite._rows(rows)))
    share = suite.domain.broken(rows).any(1).mean()
    assert share > 0.3 and found.value > 0.5 + 0.4 * share


def test_real_rows_are_not_told_from_real_rows(suite):
    real = suite.reference()
    assert abs(real["two_sample_auc"].value - 0.5) < 0.06 and abs(real["memorisation"].value - 1) < 0.15
    fresh = [orders(seed) for seed in (1, 2, 3)]
    found = [suite._two_sample(TableRows(rows, suite._rows(rows))) for rows in fresh]
    assert abs(np.mean([auc.value for auc in found]) - 0.5) < 0.06 and all(
        auc.value < 0.5 + 2 * auc.se for auc in found
    )


def test_distances_are_of_rules_too(suite):
    rows = suite.data.test
    away = suite._nearest(TableRows(rows, suite.test))[0]
    off = rows.assign(ended=rows["ended"] + 30)
    assert np.median(suite._nearest(TableRows(off, suite._rows(off)))[0]) > 2 * np.median(away)
    train = suite.data.train.iloc[suite._picked[:50]]
    assert (suite._nearest(TableRows(train, suite._rows(train)))[0] < 1e-3).all()


RULES = {
    "formula": Formula("`total` = `units` * `price`", 0.01),
    "dependency": Dependency("town", "region", tuple(REGION.items()), False, 0.0),
    "bands": Bands("begun", "region", (("north", -1.0, 249.0), ("south", 250.0, 500.0))),
    "impossible": Impossible("town", "region", ((("is", "Oslo"), ("is", "south")),)),
    "together": Together(("town", "region")),
}


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_each_kind_of_rule_has_features_in_which_broken_rows_differ(suite, kind):
    frame = suite.data.train.head(4).copy()
    frame.loc[:, ["units", "price", "town", "region", "begun"]] = [[2, 5.0, "Oslo", "north", 9]] * 4
    frame["total"] = [10.0, 12.0, np.nan, 10.0]
    frame.loc[1, "region"] = "south"
    if kind == "together":
        frame.loc[1, "region"] = None
    features = RULES[kind].features(View(suite.domain.ruled, frame))
    assert features["broken"].tolist() == [0, 1, 0, 0]
    if kind == "formula":
        assert features["difference"][[0, 1, 3]] == pytest.approx([0, 2, 0]) and np.isnan(features["difference"][2])
        assert features["ratio"][1] == pytest.approx(1.2) and features["computed"] == pytest.approx(np.full(4, 10))


def test_an_order_is_seen_by_its_difference(suite):
    features = Formula("`begun` <= `ended`").features(suite.domain.view(suite.data.train))
    difference = suite.data.train["ended"] - suite.data.train["begun"]
    assert features["computed"] == pytest.approx(difference.to_numpy(float))
