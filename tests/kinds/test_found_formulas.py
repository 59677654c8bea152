"""Products, ratios and shares of a table: found, checked, written to JSON and kept to the last digit."""

import json

import numpy as np
import pandas as pd
import pytest

import genwright
from genwright.kinds.tables.table_rules import Formula, rule_from_json, rule_to_json


def orders(n: int = 400) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    units, price = rng.integers(1, 30, n), (rng.uniform(2, 90, n)).round(2)
    discount, tax = rng.choice([0, 0.05, 0.1, 0.15, 0.2], n), rng.choice([0.05, 0.07, 0.19], n)
    return pd.DataFrame(
        {"units": units, "price": price, "discount": discount, "tax": tax, "town": rng.choice(["A", "B"], n)}
    )


MADE = {  # a column made of others, and the formula that is found
    "units x price": (lambda f: (f.units * f.price).round(2), "`units` * `price`"),
    "discounted": (lambda f: (f.units * f.price * (1 - f.discount)).round(2), "`units` * `price` * (1 - `discount`)"),
    "percent": (
        lambda f: (f.units * f.price * (1 - f.percent / 100)).round(2),
        "`units` * `price` * (1 - `percent` / 100)",
    ),
    "taxed": (lambda f: (f.price * (1 + f.tax)).round(2), "`price` * (1 + `tax`)"),
    "ratio": (lambda f: (f.price / f.units).round(2), "`price` / `units`"),
    "share": (lambda f: (100 * f.price / f.both).round(1), "100 * `price` / `both`"),
}


def formulas(frame: pd.DataFrame) -> list[Formula]:
    return [
        rule for rule in genwright.load_data(frame).domain.rules if isinstance(rule, Formula) and " = " in str(rule)
    ]


@pytest.mark.parametrize("name", MADE)
def test_a_product_is_found(name):
    make, wanted = MADE[name]
    frame = orders().assign(percent=lambda f: f.units % 5 * 5, both=lambda f: (f.price + f.units).round(2))
    made = frame[[column for column in frame if column in wanted or column == "town"]].assign(made=make(frame))
    (rule,) = formulas(made)
    assert str(rule) == f"`made` = {wanted}" and rule.rounding in ("half even", "half up")
    assert rule.support.breaks == 0 and rule_from_json(json.loads(json.dumps(rule_to_json(rule)))) == rule


def test_a_few_mistakes_are_borne_and_many_are_not():
    frame = orders()
    made = MADE["units x price"][0](frame)
    assert formulas(frame.assign(made=made.where(np.arange(len(frame)) != 7, 1.0)))
    assert not formulas(frame.assign(made=made.where(np.arange(len(frame)) % 10 > 0, 1.0)))


def test_columns_that_know_nothing_of_each_other_have_no_product():
    rng = np.random.default_rng(1)
    frame = pd.DataFrame(rng.integers(0, 9, (600, 6)), columns=list("abcdef")).assign(g=rng.normal(size=600))
    assert not formulas(frame)


def test_samples_keep_a_product_to_the_last_digit():
    frame = orders()
    frame["total"] = MADE["discounted"][0](frame)
    model = genwright.fit(frame, "independent", progress=False)
    kept = model.sample(100, seed=0, keep_rules=True)
    exact = kept.units * kept.price * (1 - kept.discount)
    assert (np.abs(exact - kept.total) <= 0.005 + 1e-9).all() and (kept.total.round(2) == kept.total).all()
