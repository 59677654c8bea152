"""Columns that are missing in the same rows share one flag, which is a structure of the table."""

import json

import numpy as np
import pandas as pd
import pytest

import genwright
from genwright.core.schemas import require
from genwright.kinds.known_kinds import domain_schema
from genwright.kinds.tables.domain import Tables
from genwright.kinds.tables.table_rules import Impossible, Together

GROUPS = [("speed", "gust", "wind"), ("job", "wage"), ("begun", "ended")]


def visits(n: int = 800, seed: int = 0) -> pd.DataFrame:
    """Three groups of columns: measured numbers and a label; a label and counts; two dates, one after the other."""
    rng = np.random.default_rng(seed)
    begun = pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 300, n), "D")
    frame = pd.DataFrame(
        {
            "age": rng.integers(18, 90, n),
            "speed": rng.gamma(2, 3, n).round(1),
            "gust": rng.normal(size=n),
            "wind": rng.choice(["north", "east", "south"], n),
            "job": rng.choice(list("abcd"), n),
            "wage": rng.integers(1, 60, n),
            "begun": begun,
            "ended": begun + pd.to_timedelta(rng.integers(0, 9, n), "D"),
            "alone": rng.normal(size=n).round(2),
        }
    )
    for names, share in zip(GROUPS, (0.3, 0.2, 0.15)):
        frame.loc[rng.random(n) < share, list(names)] = None
    frame.loc[rng.random(n) < 0.2, "alone"] = np.nan
    return frame


def find_groups(frame: pd.DataFrame, **options) -> list[tuple[str, ...]]:
    return genwright.load_data(frame, **options).domain.structure.groups


@pytest.fixture(scope="module")
def data():
    return genwright.load_data(visits())


def test_groups_are_found_and_their_rows_come_back(data):
    domain, frame = data.domain, data.train
    assert domain.structure.groups == GROUPS and set(domain.structure.numbers) == {"ended"}
    leaves = dict(domain.spec.leaves)
    assert [leaves[name].absent_with for name in ("speed", "gust", "wind", "alone")] == ["", "speed", "speed", ""]
    assert sum(isinstance(rule, Together) for rule in domain.rules) == 3
    assert not any(isinstance(rule, Impossible) for rule in domain.rules)
    pd.testing.assert_frame_equal(domain.decode(*domain.encode(frame), 0), frame, check_dtype=False)
    assert not domain.breaks_structure(frame).any() and domain.whole.structure.groups == []


def test_a_group_comes_back_from_its_file(data):
    record = json.loads(json.dumps(data.domain.to_json()))
    require(record, domain_schema("tables"), "domain.json", "")
    again = Tables.from_json(record)
    assert again.structure == data.domain.structure and again.spec == data.domain.spec
    flag = next(part for part in record["structure"] if part["column"] == "gust")
    order = next(k for k, rule in enumerate(record["rules"]) if rule["is"] == "formula")
    for damage in (
        {"of": "gust"},
        {"of": "age"},
        {"of": "alone"},
        {"column": "speed", "of": "gust"},
        {"rules": [order]},
    ):
        with pytest.raises((ValueError, KeyError)):
            Tables.from_json(record | {"structure": [flag | damage]})
    with pytest.raises(ValueError):
        Tables.from_json(record | {"structure": [flag, flag]})


@pytest.mark.parametrize("seed", range(4))
def test_columns_that_are_missing_by_themselves_share_nothing(seed):
    rng, n = np.random.default_rng(seed), (200, 500, 1_000, 3_000)[seed]
    frame = pd.DataFrame({f"{k}": rng.normal(size=n).round(2) for k in range(8)} | {"none": rng.integers(0, 5, n)})
    for k in range(8):
        frame.loc[rng.random(n) < (0.5 if k < 4 else 0.01 * 2**k), f"{k}"] = np.nan
    assert find_groups(frame) == []


def test_a_row_that_breaks_a_group_is_told_and_a_few_of_training_make_it_a_filter(data):
    rows = visits(seed=1)[:40].reset_index(drop=True)
    rows.loc[0, ["speed", "gust", "wind"]] = [1.0, None, "north"]
    rows.loc[1, ["job", "wage"]] = [None, 3]
    with pytest.warns(UserWarning, match="2 of 40 rows"):
        assert data.domain.breaks_structure(rows).tolist() == [True, True] + [False] * 38
    torn = visits(4_000).assign(part=["train"] * 3_400 + ["valid"] * 300 + ["test"] * 300)
    torn.loc[torn.index[torn["job"].isna()][0], "job"] = "a"
    domain = genwright.load_data(torn, split_column="part").domain
    assert domain.structure.groups == [GROUPS[0], GROUPS[2]]
    assert any({*rule.columns} == {"job", "wage"} for rule in domain.rules)


def test_too_few_missing_cells_make_no_group():
    frame = visits(400)
    frame[["p", "q"]] = 1.0
    frame[["p", "q"]] *= np.arange(400)[:, None] % 7
    frame.loc[:9, ["p", "q"]] = np.nan
    assert not any("p" in group for group in find_groups(frame))


def test_a_person_can_give_every_column_its_own_flag(data):
    assert find_groups(visits(), filter="gust") == [("speed", "wind"), *GROUPS[1:]]
    assert find_groups(visits(), filter=["job"]) == [GROUPS[0], GROUPS[2]]
    assert find_groups(visits(), given=["speed", "wage"]) == [("gust", "wind"), GROUPS[2]]
    assert find_groups(visits(), filter="*") == []


def test_a_flag_follows_what_the_column_is_derived_from():
    """A column that is computed has none; a difference has one only where it cannot be missing for another reason."""
    frame = visits(1_500)
    frame["net"] = frame["wage"] * 3
    assert find_groups(frame) == GROUPS
    frame.loc[np.random.default_rng(5).random(len(frame)) < 0.1, ["begun", "ended"]] = None
    frame.loc[frame["ended"].isna(), "stamp"] = None
    frame["late"] = (np.arange(len(frame)) % 11).astype(float)
    frame.loc[frame["ended"].isna(), "late"] = np.nan
    assert find_groups(frame)[2] == ("begun", "ended", "late")
    held = frame["ended"].mask(np.random.default_rng(6).random(len(frame)) < 0.3)  # missing more often than its source
    frame = frame.assign(ended=held, late=frame["late"].where(held.notna()))
    assert find_groups(frame) == GROUPS[:2]


def test_what_is_known_to_be_absent_is_absent_in_the_whole_group(data):
    rows = data.test.dropna()[:3].reset_index(drop=True)
    known = pd.DataFrame(True, index=rows.index, columns=rows.columns)
    rows.loc[0, "gust"], known.loc[0, ["speed", "wind"]] = np.nan, False
    known.loc[1, ["speed", "wind"]] = False
    items, known = data.domain.prepare_holes(rows, known)
    x, _, mask = data.domain.encode_holes(items, known, None)
    at = [data.domain.spec.names.index(name) for name in GROUPS[0]]
    assert mask[:, at].tolist() == [[True] * 3, [False, True, False], [True] * 3]
    assert x[0, at].isnan().all() and not x[1:, at].isnan().any() and items.loc[0, list(GROUPS[0])].isna().all()


def test_a_label_that_training_never_saw_is_not_missing(data):
    rows = data.test.dropna()[:2].reset_index(drop=True)
    rows.loc[0, "job"], rows.loc[1, "wind"] = "z", "west"
    x, _ = data.domain.encode(rows)
    assert not x.isnan().any() and not data.domain.breaks_structure(rows).any()
