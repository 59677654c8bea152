# Tests kinds/tables/find_rules.py
"""Products, ratios and shares of a table: found, checked, written to JSON and kept to the last digit."""

import json

import numpy as np
import pandas as pd
import pytest

import genwright
from genwright.kinds.tables.domain import Tables
from genwright.kinds.tables.find_rules import find_rules
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


def noise(rng: np.random.Generator, n: int) -> pd.DataFrame:
    """Numbers that know nothing of each other: counts, prices, shares, percentages, and dates with whole days."""
    start = pd.Timestamp("2023-01-01")
    return pd.DataFrame(
        {
            "count": rng.integers(1, rng.integers(5, 60), n), "price": rng.lognormal(3, 1, n).round(2),
            "share": rng.choice([0, 0.05, 0.1, 0.2], n), "percent": rng.integers(0, 6, n) * 5,
            "total": rng.lognormal(5, 1, n).round(2), "small": rng.integers(0, 4, n),
            "first": start + pd.to_timedelta(rng.integers(0, 300, n), "D"), "days": rng.integers(0, 30, n),
            "last": start + pd.to_timedelta(rng.integers(0, 300, n), "D"),
        }
    )  # fmt: skip


@pytest.mark.long
@pytest.mark.parametrize("tables", [40, pytest.param(200, marks=pytest.mark.long)])
def test_no_formula_is_found_in_tables_of_noise(tables):
    rng, found_texts = np.random.default_rng(0), []
    for _ in range(tables):
        frame = noise(rng, int(rng.integers(60, 200)))
        found_texts += [
            text for rule in find_rules(Tables.fit(frame).modelled, frame, frame[:0]) if "=" in (text := str(rule))
        ]
    assert not found_texts


def test_shares_that_add_up_and_dates_plus_days_are_found_and_mended():
    rng, n = np.random.default_rng(0), 400
    shares = pd.DataFrame((rng.dirichlet([2, 3, 4], n) * 100).round(1), columns=["rent", "food", "fun"])
    shares["fun"] = (100 - shares.rent - shares.food).round(1)
    sent = pd.Series(pd.Timestamp("2023-01-01") + pd.to_timedelta(rng.integers(0, 60 * 24 * 300, n), "min"))
    hours, days = pd.Series(rng.integers(1, 90, n)), pd.Series(rng.integers(1, 20, n))
    frame = shares.assign(sent=sent, hours=hours, days=days)
    frame["left"], frame["due"] = sent + pd.to_timedelta(hours, "h"), sent.dt.normalize() + pd.Timedelta(30, "D")
    frame["there"] = frame.left + pd.to_timedelta(days, "D")
    texts = set(map(str, formulas(frame.drop(columns="due"))))
    assert {"`there` = `left` + `days`", "`left` = `sent` + `hours` / 24"} <= texts
    assert any(text.endswith(" = 100") for text in texts)
    table = genwright.load_data(frame).domain
    torn = frame.assign(there=frame.there.sample(frac=1, random_state=0).to_numpy(), fun=shares.fun[::-1].to_numpy())
    inside = frame.there.between(frame.there.quantile(0.05), frame.there.quantile(0.95))
    mended = table.settle(torn)[0]
    assert (mended.there == frame.there)[inside].all()


ROUNDED = {
    "half even": lambda x: x.round(1),
    "half up": lambda x: np.floor(x * 10 + 0.5) / 10,
    "down": lambda x: np.floor(x * 10) / 10,
    "up": lambda x: np.ceil(x * 10) / 10,
}


@pytest.mark.parametrize("way", ROUNDED)
def test_a_typed_rule_is_rounded_as_the_training_rows_are_to_the_last_digit(way):
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"a": rng.integers(0, 99, 500), "b": rng.integers(1, 40, 500)})
    frame["c"] = ROUNDED[way](frame.a * frame.b / 8)  # half ticks are common
    domain = genwright.load_data(frame, rules="c = a * b / 8").domain
    (rule,) = [rule for rule in domain.rules if rule.typed]
    assert rule.rounding == way
    torn = frame.assign(c=frame.c.sample(frac=1, random_state=0).to_numpy())
    pd.testing.assert_frame_equal(domain.settle(torn)[0], frame)


def test_equalities_that_follow_from_others_are_not_said_and_the_rest_are_kept_together():
    rng, n = np.random.default_rng(0), 500
    frame = pd.DataFrame({"a": rng.integers(1, 20, n), "b": rng.integers(1, 20, n)})
    frame["all"] = frame.a * frame.b
    frame["some"] = (frame["all"] * rng.uniform(0, 1, n)).astype(int)
    frame["rest"] = frame["all"] - frame.some
    frame["percent"] = (100 * frame.rest / frame["all"]).round(1)
    data = genwright.load_data(frame)
    texts = {str(rule) for rule in data.domain.rules if " = " in str(rule)}
    assert texts == {"`all` = `a` * `b`", "`all` = `some` + `rest`", "`percent` = 100 * `rest` / `all`"}
    rows = genwright.fit(data, "independent", items=1, progress=False).sample(100, seed=0, keep_rules=True)
    assert (rows["all"] == rows.a * rows.b).all() and (rows["all"] == rows.some + rows.rest).all()
    assert (rows.percent == (100 * rows.rest / rows["all"]).round(1)).all()
