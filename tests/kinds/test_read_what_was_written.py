"""A sample is read back by its run as the same rows, whatever its cells are and whichever file holds them."""

import datetime as dt
import json
import warnings
from decimal import Decimal
from importlib.util import find_spec

import numpy as np
import pandas as pd
import pytest

import genwright as gw
from genwright.core.errors import DataError
from genwright.kinds.formats.forms import FORMS
from genwright.kinds.load import read_items
from genwright.studio import answers
from genwright.studio.answers import as_json
from genwright.studio.models import Answer

ROOM = "formats.tables."  # of writers of tables
WRITERS = {  # suffix: the writer that a row of `forms.py` names
    suffix: name
    for form in FORMS
    for name in form.writers
    for suffix in form.suffixes
    if name.startswith(ROOM) and (not form.package or find_spec(form.package))
}
SERVER = "the answers of a server"
DOORS = (*WRITERS, ".csv.gz", SERVER)
REMEDY = (
    "{door} changes cells on their way out and back. Write numbers with all digits, and texts as texts (json_cells, "
    "text_cell and exact_cell do), or refuse the table with a DataError that names another form"
)
REQUIRED = (".csv", ".tsv", ".csv.gz", ".json", ".jsonl", ".xlsx", ".ods", ".npz")  # that hold whatever a table has
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
    "numbers with a plus": ["+49", "+1", "+44"],
    "words for missing beside a missing cell": ["NA", "None", "NULL", "", None],
    "durations of Python": ["1 day, 14:00:00", "2 days, 3:00:00", "5:00:00"],
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
    "days before 1900": lambda pick: pd.to_datetime(pick("1875-03-01", "1899-12-31", "1901-01-01")),
    "durations": lambda pick: pd.to_timedelta(pick("1 days 14:00:00", "0 days 03:00:00", "2 days")),
    "seventeen digits": lambda pick: pd.Series(pick(12345678901234567, 12345678901234569)),
    "decimals": lambda pick: pd.Series(pick(Decimal("1.10"), Decimal("2.20"))),
    "dates of Python": lambda pick: pd.Series(pick(dt.date(2024, 1, 1), dt.date(2024, 5, 6)), dtype=object),
}


def cells_of(name):
    rng = np.random.default_rng(0)
    pick = lambda *values: [values[i] for i in rng.permutation(np.arange(ROWS) % len(values))]
    return pick(*TEXTS[name]) if name in TEXTS else VALUES[name](pick)


def read_back(model, rows, door, folder, write=None):
    """Rows as a door gives them out and takes them in; None where it refuses them, and names another form."""
    if door == SERVER:
        answer = json.loads(Answer(as_json(rows, model)).body)
        return answers.read_request(model, answer).items
    try:
        path = (write or model.domain.write)(rows, folder / f"new{door}")
    except DataError as error:
        assert ".csv" in str(error) and door not in REQUIRED
        return None
    return read_items(path, model.domain).items


def require_same(table, tmp_path, doors=DOORS, write=None):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = gw.fit(gw.load_data(table), "independent", progress=False)
        rows = model.sample(40, seed=1)
        for door in doors:
            back, said = read_back(model, rows, door, tmp_path, write), REMEDY.format(door=WRITERS.get(door, door))
            if back is None:
                continue
            assert (model.domain.keys(back) == model.domain.keys(rows)).all(), said
            for one, other in zip(model.domain.encode(back), model.domain.encode(rows)):
                np.testing.assert_array_equal(one.numpy(), other.numpy(), said)
            assert set(model.domain.meanings(back)) == set(model.domain.meanings(rows)), said


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
    model = gw.fit(gw.load_data(table), "independent", progress=False)
    assert read_back(model, model.sample(40, seed=1), ".parquet", tmp_path) is None
    require_same(table, tmp_path, [".csv", ".tsv", ".xlsx", ".npz"])


def test_a_novel_row_is_in_no_file_of_the_same_rows(tmp_path):
    table = pd.DataFrame({"day": pd.to_datetime(["2024-01-01", "2024-05-06"] * 30), "label": ["NA", "1"] * 30})
    model = gw.fit(gw.load_data(table), "independent", progress=False)
    known = read_items(model.domain.write(table, tmp_path / "t.csv"), model.domain).items
    new = model.sample(2, seed=0, novel=known, unique=True)
    assert set(zip(new["day"].dt.month, new["label"])) == {(1, "1"), (5, "NA")}


def test_a_new_writer_that_changes_cells_fails_and_is_told_what_to_do(tmp_path):
    """Its row in `forms.py` alone makes it a door of `test_a_column`."""

    def toy(rows, path):
        text = "\n".join(json.dumps({name: str(cell) for name, cell in row.items()}) for row in rows.to_dict("records"))
        (tmp_path / "toy.jsonl").write_text(text)
        return tmp_path / "toy.jsonl"

    with pytest.raises(AssertionError, match="json_cells"):
        require_same(pd.DataFrame({"c": cells_of("a word for missing and a missing cell")}), tmp_path, (".jsonl",), toy)
