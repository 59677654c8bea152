# Tests kinds/tables/structure.py, kinds/tables/table_view.py
"""The structure of tables: rows that keep it are one to one with the columns that are left, and chance makes none."""

import json

import numpy as np
import pandas as pd
import pytest

import genwright
from genwright.core.schemas import require
from genwright.kinds.known_kinds import domain_schema
from genwright.kinds.tables.domain import Tables
from genwright.kinds.tables.table_view import View


def orders(n: int = 600, seed: int = 0, holes: float = 0.0) -> pd.DataFrame:
    """Products, sums, look-ups in a chain, a pair one to one, orders of dates, whole numbers and decimals."""
    rng = np.random.default_rng(seed)
    town, grade = rng.choice(12, n, p=rng.dirichlet(np.full(12, 4.0))), rng.integers(1, 6, n)
    ordered = pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 360, n), "D")
    low = rng.gamma(4, 5, n).round(1)
    frame = pd.DataFrame(
        {
            "Town": np.array([f"town {k}" for k in range(12)])[town],
            "Region": np.array(["north", "south", "west"])[town % 3],
            "Grade": grade,
            "Word": np.array(["one", "two", "three", "four", "five"])[grade - 1],
            "Ordered": ordered,
            "Shipped": ordered + pd.to_timedelta(rng.integers(0, 12, n), "D"),
            "Units": rng.integers(1, 40, n),
            "Price": rng.lognormal(3, 0.8, n).round(2),
            "Discount": rng.choice([0, 0.05, 0.1], n),
            "Low": low,
            "High": (low + rng.exponential(8, n)).round(1),
        }
    )
    frame["Total"] = (frame["Units"] * frame["Price"] * (1 - frame["Discount"])).round(2)
    frame["Gross"] = (1.19 * frame["Total"]).round(2)
    gone = rng.random((n, 3)) < holes
    frame.loc[gone[:, 0], ["Town", "Region"]] = None
    frame.loc[gone[:, 1], "Shipped"] = pd.NaT
    frame.loc[gone[:, 2], ["Price", "Total", "Gross"]] = np.nan
    return frame


DERIVED = {"Region", "Word", "Total", "Gross"}
DIFFERENCES = {"Shipped", "High"}


@pytest.fixture(scope="module")
def data():
    return genwright.load_data(orders(), seed=0)


@pytest.mark.parametrize("seed, holes", [(1, 0.0), (2, 0.1), (3, 0.3)])
def test_rows_that_keep_the_structure_are_one_to_one_with_what_is_left(seed, holes):
    data = genwright.load_data(orders(seed=seed, holes=holes))
    domain, frame = data.domain, data.train
    assert domain.structure.derived == DERIVED and set(domain.structure.numbers) == DIFFERENCES
    x, given = domain.encode(frame)
    back = domain.decode(x, given, 0)
    assert x.shape[1] == frame.shape[1] - len(DERIVED)
    pd.testing.assert_frame_equal(back, frame, check_dtype=not holes)
    assert not domain.structure.broken(domain.view(frame), frame.columns).any()


def test_any_numbers_that_a_model_makes_become_rows_that_keep_every_rule(data):
    rng, domain = np.random.default_rng(0), data.domain
    x, given = domain.encode(data.train)
    for j in range(x.shape[1]):
        x[:, j] = x[rng.permutation(len(x)), j]
    rows = domain.decode(x, given, 0)
    assert not domain.broken(rows).any() and not domain.structure.broken(domain.view(rows), rows.columns).any()
    assert (rows["High"] <= data.train["High"].max()).all() and (rows.dtypes == data.train.dtypes).all()
    assert not domain.broken(domain.decode(domain.spec.extremes(), given[:2], 0)).any()


def test_rows_that_break_a_rule_are_known(data):
    frame = orders(seed=5)[:8].reset_index(drop=True)
    frame.loc[0, "Total"] += 1
    frame.loc[1, "Region"] = "west" if frame.loc[1, "Region"] != "west" else "north"
    frame.loc[2, "Shipped"] = frame.loc[2, "Ordered"] - pd.Timedelta(days=1)
    frame.loc[3, "Price"] = np.nan
    frame.loc[4, ["Town", "Region"]] = "nowhere"
    with pytest.warns(UserWarning, match="4 of 8 rows"):
        assert data.domain.breaks_structure(frame).tolist() == [True] * 4 + [False] * 4
    assert not data.domain.breaks_structure(frame[4:].drop(columns=["Total", "Gross", "Word"])).any()


def test_a_structure_comes_back_from_its_file(data):
    record = json.loads(json.dumps(data.domain.to_json()))
    require(record, domain_schema("tables"), "domain.json", "")
    again = Tables.from_json(record)
    assert again.structure == data.domain.structure and again.spec == data.domain.spec
    steps = record["structure"]
    at = {step["column"]: k for k, step in enumerate(steps)}
    for damage in (
        {**steps[at["Total"]], "rules": [99]},
        {**steps[at["Total"]], "column": "Town"},
        {**steps[at["Region"]], "column": "Word"},
        {key: value for key, value in steps[at["High"]].items() if key != "number"},
    ):
        with pytest.raises((ValueError, KeyError, IndexError)):
            Tables.from_json(record | {"structure": [damage]})
    with pytest.raises(ValueError):
        Tables.from_json(record | {"structure": steps[::-1]})


@pytest.mark.parametrize("seed", range(3))
def test_independent_columns_have_no_structure(seed):
    rng, n = np.random.default_rng(seed), (200, 700, 2000)[seed]
    frame = pd.DataFrame({f"whole {k}": rng.integers(0, 3 + 5 * k, n) for k in range(4)})
    for k in range(3):
        frame[f"label {k}"] = rng.choice(list("abcdefgh"), n, p=rng.dirichlet(np.full(8, 0.6)))
        frame[f"flag {k}"] = rng.random(n) < rng.random()
        frame[f"number {k}"] = rng.lognormal(2, 1, n).round(k)
        frame[f"day {k}"] = pd.Timestamp("2021-01-01") + pd.to_timedelta(rng.integers(0, 400, n), "D")
    assert genwright.load_data(frame).domain.structure.steps == ()


def fit_structure(frame: pd.DataFrame, **options) -> set[str]:
    return {step.column for step in genwright.load_data(frame, **options).domain.structure.steps}


def test_what_a_few_rows_break_or_a_dependence_explains_is_no_structure():
    frame = orders(2000)
    torn = frame.copy()
    torn.loc[:8, "Total"], torn.loc[:8, "Region"] = 1.0, "east"
    torn.loc[:8, "Shipped"] = torn.loc[:8, "Ordered"] - pd.Timedelta(days=3)
    assert not fit_structure(torn) & {"Total", "Region", "Shipped"}
    rng = np.random.default_rng(0)
    mean = rng.lognormal(2, 0.7, 2000)
    scaled = pd.DataFrame({"error": (mean * rng.uniform(0.1, 0.5, 2000)).round(2), "mean": mean.round(2)})
    assert (scaled["error"] <= scaled["mean"]).all() and fit_structure(scaled) == set()
    price = rng.choice([9.99, 19.99, 49.99], 2000)
    usual = pd.DataFrame({"paid": (price * rng.random(2000)).round(2), "price": price})
    assert fit_structure(usual) == set()


def test_missing_cells_of_their_own_make_no_structure():
    frame = orders()
    rng = np.random.default_rng(0)
    for name in ("Total", "Region", "Ordered"):
        frame.loc[rng.random(len(frame)) < 0.1, name] = None
    assert not fit_structure(frame) & {"Total", "Region", "Shipped"}


def test_rare_labels_and_measured_numbers_are_no_keys():
    rng = np.random.default_rng(0)
    town, height = rng.integers(0, 150, 4000), rng.choice([1.5, 1.6, 1.75], 4000)
    frame = pd.DataFrame(
        {"town": [f"t{k}" for k in town], "state": np.array(list("abcde"))[town % 5], "height": height}
    )
    frame["class"] = np.where(height < 1.7, "small", "tall")
    assert fit_structure(frame) == set()


def test_given_columns_are_never_derived_and_others_are_derived_from_them():
    found = lambda *given: fit_structure(orders(), given=list(given))
    assert "Region" not in found("Region") and "Region" in found("Town")
    assert {"Grade", "Word"} & found("Word") == {"Grade"} and "Total" not in found("Total")


@pytest.mark.parametrize("typed", [{"filter": "Total"}, {"types": "types.toml"}])
def test_a_person_can_have_a_column_modelled(typed, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "types.toml").write_text('[rules]\nTotal = "filter"\n')
    assert fit_structure(orders(), **typed) == (DERIVED | DIFFERENCES) - {"Total"}


def test_a_person_can_have_every_column_modelled():
    assert fit_structure(orders(), filter="*") == set()


def test_typed_rules_are_structure_where_all_rows_keep_them():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"a": rng.integers(0, 9, 120), "b": rng.integers(0, 9, 120)})
    frame["c"], frame["d"] = frame["a"] + frame["b"], frame["a"] + rng.integers(1, 4, 120)
    assert fit_structure(frame, rules=["c = a + b", "d > a"]) == {"c", "d"}
    whole = pd.DataFrame(rng.multinomial(100, [0.6, 0.3, 0.1], 400), columns=["rent", "food", "fun"])
    assert fit_structure(whole, rules="rent + food + fun = 100") == {"rent"}


def test_every_look_up_is_asked_about_with_an_option_that_ends_it():
    asked = [one for one in genwright.load_data(orders()).questions if "filter" in one.answer]
    assert {column for one in asked for column in one.answer["filter"]} == {"Region", "Word"}
    assert not fit_structure(orders(), filter=[column for one in asked for column in one.answer["filter"]]) & {
        "Region",
        "Word",
    }


def test_a_key_that_no_row_has_becomes_the_nearest():
    rng = np.random.default_rng(0)
    code = rng.choice([1, 2, 10, 40], 600)
    frame = pd.DataFrame({"code": code, "word": pd.Series(code).map({1: "a", 2: "b", 10: "c", 40: "d"})})
    domain = genwright.load_data(frame.assign(x=rng.integers(0, 5, 600))).domain
    view = View(domain.ruled, pd.DataFrame({"code": [3.0, 30.0, 10.0], "x": [1, 1, 1]}))
    cells = domain.structure.restore(view, {}, {"code": np.array([False, False, True])})
    assert cells["code"].tolist() == [2, 40, 10] and cells["word"].tolist() == ["b", "d", "c"]
