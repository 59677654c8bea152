# Tests kinds/tables/table_rules.py
"""Rules of tables: what was planted is found and nothing else, chance is no rule, rows are mended, files come back."""

import json

import numpy as np
import pandas as pd
import pytest

from genwright.core.schemas import require
from genwright.kinds.known_kinds import domain_schema
from genwright.kinds.tables.domain import Tables
from genwright.kinds.tables.find_rules import COLUMNS, find_rules
from genwright.kinds.tables.table_rules import Bands, Dependency, Formula, Impossible, broken, settle
from genwright.kinds.tables.table_view import View


def split(frame: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    cut = len(frame) * 9 // 10
    return frame[:cut], frame[cut:]


def fitted(frame: pd.DataFrame, given=()) -> Tables:
    train, valid = split(frame)
    table = Tables.fit(train, given)
    table.look_for_rules(train, valid)
    return table


def planted(n: int = 2000, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    start = pd.Timestamp("2023-01-01") + pd.to_timedelta(rng.integers(0, 700, n), "D")
    net, place = rng.lognormal(4, 1, n).round(2), rng.choice(30, n)
    city, sex = rng.normal(17, 4, n).round(), rng.choice(["Female", "Male"], n)
    score = rng.normal(70, 12, n).round(1)
    frame = pd.DataFrame(
        {
            "city": city,
            "highway": city + rng.gamma(6, 1, n).round(),
            "start": start,
            "end": start + pd.to_timedelta(rng.integers(0, 40, n), "D"),
            "net": net,
            "tax": (0.19 * net).round(2),
            "sex": sex,
            "role": np.where(rng.random(n) < 0.5, "Single", np.where(sex == "Male", "Husband", "Wife")),
            "births": np.where(sex == "Female", rng.poisson(2, n), np.nan),
            "zip": pd.Series(1000 + place).astype(str),
            "town": np.array([f"town {k // 3}" for k in range(30)])[place],
            "score": score,
            "grade": np.select([score < 60, score < 75], ["poor", "fair"], "good"),
            "noise": rng.normal(20, 6, n).round(1),
        }
    )
    frame["gross"] = (frame["net"] + frame["tax"]).round(2)
    return frame


PLANTED = {
    "`city` <= `highway`",
    "`start` <= `end`",
    "`tax` = 0.19 * `net`",
    "`gross` = `net` + `tax`",
    "never `sex` Female with `role` Husband; `sex` Male with `role` Wife",
    "never `sex` Female with `births` missing; `sex` Male with `births` there",
    "each `zip` has one `town`",
    "`grade` follows from ranges of `score`: poor up to 59.8, fair up to 74.8, good above",
}


def said(rules) -> set[str]:
    """Sentences with their pairs in order, and without the numbers that training rows happen to end at."""
    found = set()
    for rule in rules:
        if isinstance(rule, Impossible):
            rule = Impossible(rule.a, rule.b, tuple(sorted(rule.pairs)))
        found.add(str(rule).replace("59.9", "59.8").replace("74.9", "74.8"))
    return found


@pytest.fixture(scope="module")
def table():
    return fitted(planted())


# ---------------------------------------------------------------------- finding


@pytest.mark.parametrize("n", [500, 8000])
def test_planted_rules_are_found_and_no_others(n):
    table = fitted(planted(n))
    assert said(table.rules) == PLANTED
    assert not table.broken(planted(n)).any()
    assert all(rule.support.breaks == 0 and rule.support.chance > 20 for rule in table.rules)


def test_a_few_mistakes_do_not_hide_rules_and_are_counted():
    frame = planted(8000)
    frame.loc[[11, 4000], "highway"], frame.loc[[12], "gross"] = 1.0, 1.0
    frame.loc[[13], "town"], frame.loc[[14], "grade"] = "town 0", "poor"
    found = {str(rule): rule.support.breaks for rule in fitted(frame).rules}
    assert found["`city` <= `highway`"] == 2 and found["`gross` = `net` + `tax`"] == 1
    assert found["each `zip` has one `town`"] <= 1 and any(
        rule.startswith("`grade` follows from ranges of `score`") for rule in found
    )


def test_what_the_validation_rows_break_is_no_rule():
    frame = planted(2000)
    frame.loc[1900:1910, "highway"], frame.loc[1900:1910, "town"] = 0.0, "town 9"
    assert said(fitted(frame).rules) == PLANTED - {"`city` <= `highway`", "each `zip` has one `town`"}


@pytest.mark.parametrize("n, seed", [(60, 0), (60, 1), (60, 2), (400, 3), (400, 4), (5000, 5)])
def test_independent_columns_have_no_rules(n, seed):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({f"n{k}": rng.poisson(4 + k, n) for k in range(5)})
    for k in range(4):
        frame[f"r{k}"] = rng.lognormal(k / 3, 1, n)
        frame[f"c{k}"] = rng.choice(list("abcdefgh"), n, p=rng.dirichlet(np.full(8, 0.6)))
        frame[f"z{k}"] = rng.integers(0, 90, n).astype(str)
    frame["hole"] = np.where(rng.random(n) < 0.3, np.nan, rng.normal(size=n))
    assert fitted(frame).rules == ()


def test_an_order_needs_columns_that_chance_would_have_crossed():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"age": rng.integers(18, 80, 3000), "income": rng.integers(9_000, 90_000, 3000)})
    assert fitted(frame).rules == ()


def test_numbers_written_unlike_need_more_than_their_correlation():
    """Heavy snails are long: the weight stays below the length, in other units."""
    rng = np.random.default_rng(0)
    size = rng.normal(0, 1, 3000)
    length = (0.52 + 0.12 * size).clip(0.08)
    weight = 1.1 * length**3 + rng.normal(0, 0.01, 3000).clip(-0.05, 0.05) + 0.02
    unlike = pd.DataFrame({"length": length.round(2), "weight": weight.round(4)})
    assert (unlike["weight"] <= unlike["length"]).mean() > 0.999 and fitted(unlike).rules == ()
    alike = unlike.round(2)
    assert [str(rule) for rule in fitted(alike).rules] == ["`weight` <= `length`"]


def test_what_follows_from_other_rules_is_not_said_again():
    rng = np.random.default_rng(0)
    low = rng.normal(10, 5, 1000)
    frame = pd.DataFrame({"a": low, "b": low + rng.exponential(3, 1000)})
    frame["c"] = frame["b"] + rng.exponential(3, 1000)
    place = rng.choice(40, 1000)
    frame["zip"], frame["town"], frame["state"] = ("p" + pd.Series(place // k).astype(str) for k in (1, 4, 12))
    assert said(fitted(frame).rules) == {
        "`a` <= `b`", "`b` <= `c`", "each `zip` has one `town`", "each `town` has one `state`",
    }  # fmt: skip


def test_copied_rows_do_not_make_numbers_settle_the_rest():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"a": rng.normal(size=200).round(4), "b": rng.choice(list("abc"), 200)})
    assert fitted(frame.loc[rng.choice(200, 2000)]).rules == ()


def test_a_wide_table_is_looked_at_in_part_and_says_so():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.integers(0, 3, (40, COLUMNS + 50)), columns=[f"x{k}" for k in range(COLUMNS + 50)])
    table = fitted(frame)
    assert table.rules == () and f"first {COLUMNS} columns" in table.describe()[-1]


def test_the_same_rows_in_another_order_give_the_same_rules():
    frame = planted(2000)
    train, valid = split(frame)
    columns = Tables.fit(train).modelled
    assert said(find_rules(columns, train.sample(frac=1, random_state=1), valid)) == PLANTED


# ---------------------------------------------------------------------- what rules say


MISSING, THERE, NONZERO = ("missing", ""), ("there", ""), ("nonzero", "")
ROWS = pd.DataFrame(
    {"a": [1.0, 3.0, np.nan, 2.0], "b": [2.0, 1.0, 1.0, 2.0], "c": ["x", "y", None, "x"], "d": ["p", "p", "q", "q"]}
)


@pytest.mark.parametrize(
    "rule, wanted, sentence",
    [
        (Formula("`a` <= `b`"), [0, 1, 0, 0], "`a` <= `b`"),
        (Formula("`a` = 0.5 * `b` + 1", 0.01), [1, 1, 0, 0], "`a` = 0.5 * `b` + 1"),
        (Formula("`a` + `b` = 3", 1.0), [0, 0, 0, 0], "`a` + `b` = 3"),
        (Dependency("c", "d", (("x", "p"), ("y", "q")), False, 0.0), [0, 1, 0, 1], "each `c` has one `d`"),
        (Bands("b", "d", (("p", 1.0, 1.0), ("q", 2.0, 2.0))), [1, 0, 1, 0],
         "`d` follows from ranges of `b`: p up to 1, q above"),
        (Impossible("c", "d", ((("is", "x"), ("is", "p")),)), [1, 0, 0, 0], "never `c` x with `d` p"),
        (Impossible("c", "a", ((MISSING, MISSING),)), [0, 0, 1, 0], "never `c` missing with `a` missing"),
        (Impossible("a", "b", ((THERE, NONZERO),)), [1, 1, 0, 1], "never `a` there with `b` other than 0"),
    ],
)  # fmt: skip
def test_a_rule_knows_the_rows_that_break_it(rule, wanted, sentence):
    columns = Tables.fit(pd.concat([ROWS] * 3, ignore_index=True)).modelled
    assert rule.broken(View(columns, ROWS)).tolist() == [bool(w) for w in wanted] and str(rule) == sentence


def test_labels_are_known_however_they_are_written():
    columns = Tables.fit(pd.DataFrame({"code": ["1", "2"] * 5, "flag": [True, False] * 5}), ()).modelled
    rule = Impossible("code", "flag", ((("is", "1"), ("is", "True")),))
    rows = pd.DataFrame({"code": [1, 2], "flag": ["True", "False"]})
    assert rule.broken(View(columns, rows)).tolist() == [True, False]


# ---------------------------------------------------------------------- mending, files


def test_rows_are_mended_where_a_rule_says_what_must_be_and_keep_their_types(table):
    frame = planted().sample(400, random_state=0)  # within the range of the training rows
    torn = frame.copy()
    for k, name in enumerate(("gross", "tax")):
        torn[name] = frame[name].sample(frac=1, random_state=k).to_numpy()
    assert table.broken(torn).any(1).mean() > 0.9
    mended, counts = table.settle(torn)
    assert not table.broken(mended).any() and sum(counts.values()) > 700
    pd.testing.assert_frame_equal(mended, frame)


def test_labels_are_never_mended(table):
    """A label that a rule gives is drawn with its key, or its row is drawn again: else one side halves the other."""
    frame = planted()
    torn = frame.assign(town=frame["town"].sample(frac=1, random_state=0).to_numpy(), grade=frame["grade"][::-1].array)
    mended, _ = table.settle(torn)
    assert mended["town"].equals(torn["town"]) and mended["grade"].equals(torn["grade"])


def test_a_key_comes_again_and_again():
    """Numbers of invoices, of two or three rows each, say nothing of other invoices."""
    rng = np.random.default_rng(0)
    invoice = np.repeat(np.arange(900), rng.integers(2, 4, 900))
    frame = pd.DataFrame(
        {"invoice": [f"R{k}" for k in invoice], "customer": rng.choice(list("abcdefgh"), 900)[invoice]}
    )
    assert fitted(frame.assign(amount=rng.lognormal(3, 1, len(frame)).round(2))).rules == ()


def test_given_columns_are_never_mended():
    frame = planted()
    table = fitted(frame, given=["gross", "town"])
    torn = frame.assign(gross=frame["gross"] + 7.0)
    mended, _ = table.settle(torn)
    assert mended["gross"].equals(torn["gross"]) and not mended["net"].equals(frame["net"])
    met = np.isclose(mended["net"] + mended["tax"], torn["gross"], atol=0.021)
    assert met[torn["gross"] < 1100].all()  # beyond lie numbers of net that no training row has


def test_numbers_beyond_the_training_range_stay_broken(table):
    frame = planted(50).assign(net=1e6)
    mended, _ = table.settle(frame)
    assert mended["gross"].max() <= planted()["gross"].max()
    assert broken(table.rules, View(table.variables, mended)).any(1).all()


def test_dates_and_whole_numbers_are_mended():
    rng = np.random.default_rng(0)
    start = pd.Series(pd.Timestamp("2023-01-01") + pd.to_timedelta(rng.integers(0, 300, 500), "D"))
    days = pd.Series(rng.integers(0, 30, 500))
    frame = pd.DataFrame({"start": start, "days": days, "end": start + pd.to_timedelta(days, "D")})
    table = fitted(frame)
    assert said(table.rules) == {"`end` = `start` + `days`"}
    mended, _ = settle(table.rules, table.variables, frame.assign(end=start.max()), ())
    pd.testing.assert_frame_equal(mended, frame)


def test_rules_come_back_from_their_file_and_are_absent_where_there_are_none(table):
    record = json.loads(json.dumps(table.to_json()))
    require(record, domain_schema("tables"), "domain.json", "")
    assert tuple(Tables.from_json(record).rules) == tuple(table.rules)
    assert "rules" not in Tables.fit(planted()[:100]).to_json()
    for damage in ({"text": "`nothing` <= `net`"}, {"text": "`net`"}, {"rounding": "away"}, {"is": "order"}):
        bad = {
            **record,
            "structure": [],
            "rules": [next(rule for rule in record["rules"] if rule["is"] == "formula") | damage],
        }
        with pytest.raises((ValueError, TypeError)):
            Tables.from_json(bad)
