"""A sample is read back by its run as the same rows, whatever its cells are and whichever file holds them."""

import datetime as dt
import warnings
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

import genwright as gw
from genwright.core.errors import DataError
from genwright.kinds.load import read_items

SUFFIXES = (".csv", ".tsv", ".csv.gz", ".xlsx", ".parquet", ".feather", ".npz")
ROWS = 60
TEXTS = {
    "words for missing": ["NA", "None", "x"],
    "more words for missing": ["null", "nan", "NaN", "N/A", "<NA>", "#N/A", "n/a", "NULL", "?"],
    "an empty text": ["", "a", "b"],
    "an empty text and a missing cell": ["", "a", None],
    "a word for missing and a missing cell": ["NA", "a", None],
    "blanks": [" a ", "a", " ", "\ta"],
    "numbers as labels": ["1", "1.0", "01", "1e5"],
    "whole numbers as labels": ["1", "2", "3"],
    "truth values as labels": ["True", "False", "x"],
    "two truth values as labels": ["True", "False"],
    "formulas": ["=1+1", "@x", "-a", "'=1+1", "''a"],
    "line breaks": ["a\nb", "c\r\nd", "e\rf", "g"],
    "marks of a file": ['a"b', '"c"', "d,e", "f;g", "h\ti", "j|k"],
    "letters": ["é", "e\u0301", "日本", "\u200bx", "\ufeffy", "\u2028z"],
    "escapes of a workbook": ["_x000D_", "_x0041_", "a_b"],
    "leading zeros": ["00123", "01234", "99999"],
    "dashes": ["-", "--", "a"],
    "comments": ["#a", "# x", "// y"],
    "infinities as labels": ["inf", "-inf", "x"],
}
VALUES = {
    "categories": lambda pick: pd.Categorical(pick("NA", "b", "c")),
    "categories of numbers": lambda pick: pd.Categorical(pick(1, 2, 3)),
    "truth values": lambda pick: pd.Series(pick(True, False)),
    "truth values with holes": lambda pick: pd.array(pick(True, False, None), dtype="boolean"),
    "truth values among objects": lambda pick: pd.Series(pick(True, False, None), dtype=object),
    "whole numbers with holes": lambda pick: pd.array(pick(1, 2, None), dtype="Int64"),
    "large whole numbers": lambda pick: pd.Series(pick(2**53 + 1, 2**53 + 3, 2**60 + 1)),
    "larger whole numbers": lambda pick: pd.Series(pick(2**63 + 5, 2**64 - 1), dtype="uint64"),
    "double precision": lambda pick: pd.Series(np.random.default_rng(1).normal(size=ROWS) * 1e-3),
    "single precision": lambda pick: pd.Series(np.random.default_rng(1).normal(size=ROWS), dtype="float32"),
    "small and large": lambda pick: pd.Series(pick(1e-99, 1e22, 1e23, -0.0)),
    "days": lambda pick: pd.to_datetime(pick("2024-01-01", "2024-02-03", None)),
    "stamps": lambda pick: pd.Timestamp("2024-01-01") + pd.to_timedelta(np.arange(ROWS) ** 5 % 10**15, unit="us"),
    "some stamps of whole seconds": lambda pick: pd.to_datetime(
        pick("2024-01-01 00:00:01", "2024-01-01 00:00:00.000001"), format="ISO8601"
    ),
    "stamps of a zone": lambda pick: pd.to_datetime(pick("2024-03-30", "2024-04-01")).tz_localize("Europe/Berlin"),
    "decimals": lambda pick: pd.Series(pick(Decimal("1.10"), Decimal("2.20"))),
    "dates of Python": lambda pick: pd.Series(pick(dt.date(2024, 1, 1), dt.date(2024, 5, 6)), dtype=object),
}


def cells_of(name):
    rng = np.random.default_rng(0)
    pick = lambda *values: [values[i] for i in rng.permutation(np.arange(ROWS) % len(values))]
    return pick(*TEXTS[name]) if name in TEXTS else VALUES[name](pick)


def require_same(table, tmp_path, suffixes=SUFFIXES):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = gw.fit(gw.load_data(table), "independent", progress=False)
        rows = model.sample(40, seed=1)
        for suffix in suffixes:
            back = read_items(model.domain.write(rows, tmp_path / f"new{suffix}"), model.domain).items
            assert (model.domain.keys(back) == model.domain.keys(rows)).all(), suffix
            for one, other in zip(model.domain.encode(back), model.domain.encode(rows)):
                np.testing.assert_array_equal(one.numpy(), other.numpy(), suffix)
            assert set(model.domain.meanings(back)) == set(model.domain.meanings(rows))


@pytest.mark.parametrize("name", [*TEXTS, *VALUES])
def test_a_column(name, tmp_path):
    require_same(pd.DataFrame({"c": cells_of(name), "k": np.arange(ROWS) % 5}), tmp_path)


@pytest.mark.parametrize("name", ["words for missing", "marks of a file", "a word for missing and a missing cell"])
def test_a_column_alone(name, tmp_path):
    require_same(pd.DataFrame({"c,;": cells_of(name)}), tmp_path)


@pytest.mark.parametrize("cells", [[True, 1, "x"], [-9e18, 3, "x"]])
def test_labels_of_several_types(cells, tmp_path):
    table = pd.DataFrame({"c": pd.Series(cells * (ROWS // 3), dtype=object), "k": np.arange(ROWS) % 5})
    require_same(table, tmp_path, (".csv", ".tsv", ".xlsx"))


@pytest.mark.parametrize(
    "cells", [[0, 2**53, 5], pd.to_datetime(["1700-01-01 00:00:00.000001", "2250-01-01"] * 15, format="ISO8601")]
)
def test_a_run_with_a_wide_range_opens(cells, tmp_path):
    table = pd.DataFrame({"c": list(cells) * (ROWS // len(cells)), "k": np.arange(ROWS) % 5})
    model = gw.fit(gw.load_data(table), "independent", progress=False)
    model.save(tmp_path / "run")
    assert len(gw.load_model(tmp_path / "run").sample(3, seed=0)) == 3


def test_a_name_with_a_mark_of_a_file(tmp_path):
    """In all rows, another delimiter would cut cells alike."""
    require_same(pd.DataFrame({"1,5": ["1,2"] * 30 + ["3,4"] * 30, "k": ["a,b", "c,d"] * 30}), tmp_path)


@pytest.mark.parametrize("suffix", [".csv", ".json", ".xlsx", ".parquet"])
@pytest.mark.parametrize("name", ["an empty text and a missing cell", "words for missing", "marks of a file"])
def test_of_a_run_on_a_file(name, suffix, tmp_path):
    table, path = pd.DataFrame({"c": cells_of(name), "k": np.arange(ROWS) % 5 + 0.25}), tmp_path / f"t{suffix}"
    if suffix == ".csv":
        table.to_csv(path, index=False, sep=";", decimal=",", na_rep="NA")
    elif suffix == ".json":
        table.to_json(path, orient="records")
    else:
        getattr(table, "to_excel" if suffix == ".xlsx" else "to_parquet")(path, index=False)
    require_same(path, tmp_path, (".csv", ".xlsx", ".npz"))


def test_cells_of_several_types_have_no_place_in_parquet(tmp_path):
    table = pd.DataFrame({"c": pd.Series([1, "a", 2.5] * 20, dtype=object), "k": np.arange(ROWS) % 5})
    with pytest.raises(DataError):
        require_same(table, tmp_path, [".parquet"])
    require_same(table, tmp_path, [".csv", ".tsv", ".xlsx", ".npz"])


def test_a_novel_row_is_in_no_file_of_the_same_rows(tmp_path):
    table = pd.DataFrame({"day": pd.to_datetime(["2024-01-01", "2024-05-06"] * 30), "label": ["NA", "1"] * 30})
    model = gw.fit(gw.load_data(table), "independent", progress=False)
    known = read_items(model.domain.write(table, tmp_path / "t.csv"), model.domain).items
    new = model.sample(2, seed=0, novel=known, unique=True)
    assert set(zip(new["day"].dt.month, new["label"])) == {(1, "1"), (5, "NA")}
