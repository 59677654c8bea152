# Tests kinds/formats/tables/json_records.py
"""JSON and JSON lines of records are tables, and so are files whose first line is for a spreadsheet."""

import gzip
import json

import pandas as pd
import pytest

from genwright import load_data
from genwright.core.errors import DataError
from genwright.kinds.formats.tables.delimited import read_table
from genwright.kinds.formats.tables.json_records import holds_records, read_records

ROWS = [
    {"age": 20 + k, "side": "ab"[k % 2], "sure": k % 3 == 0} | ({"height": k / 7} if k % 5 else {}) for k in range(40)
]
FORMS = {
    "t.json": json.dumps(ROWS),
    "columns.json": json.dumps({name: [row.get(name) for row in ROWS] for name in ("age", "side", "sure", "height")}),
    "pandas.json": pd.DataFrame(ROWS).to_json(),
    "t.jsonl": "\n".join(map(json.dumps, ROWS)) + "\n",
    "lines.json": "\ufeff" + "\n".join(map(json.dumps, ROWS)),
}


@pytest.mark.parametrize("name", FORMS)
def test_records_are_a_table(name, tmp_path):
    (tmp_path / name).write_text(FORMS[name], "utf-8")
    assert holds_records(tmp_path / name)
    frame = read_records(tmp_path / name).items
    assert frame.dtypes.map(str).to_dict() == {"age": "int64", "side": "str", "sure": "bool", "height": "float64"}
    assert frame["height"].isna().sum() == 8 and frame["age"].tolist() == list(range(20, 60))


def test_packed_records_are_loaded(tmp_path):
    (tmp_path / "t.jsonl.gz").write_bytes(gzip.compress(FORMS["t.jsonl"].encode()))
    data = load_data(tmp_path / "t.jsonl.gz")
    assert data.kind == "tables" and sum(data.sizes.values()) == 40


def test_objects_in_cells_are_spread_over_columns(tmp_path):
    rows = [{"id": k, "at": {"x": k / 7, "in": {"city": "ab"[k % 2]}} if k % 5 else {}} for k in range(40)]
    for name, text in {"t.json": json.dumps({"data": rows}), "t.jsonl": "\n".join(map(json.dumps, rows))}.items():
        (tmp_path / name).write_text(text)
        frame = read_records(tmp_path / name).items
        assert list(frame) == ["id", "at.x", "at.in.city"] and frame["at.x"].isna().sum() == 8
    (tmp_path / "t.json").write_text(json.dumps([row | {"at.x": 1} for row in rows]))
    with pytest.raises(DataError, match="'at.x' twice"):
        read_records(tmp_path / "t.json")


@pytest.mark.parametrize("hint", ["sep=;\n", '"sep=;"\r\n', "\ufeffSEP=;\n"])
def test_a_hint_for_spreadsheets_is_no_row(hint, tmp_path):
    (tmp_path / "t.csv").write_text(hint + "a;b\n1,5;x\n2,5;y\n", "utf-8", newline="")
    pd.testing.assert_frame_equal(read_table(tmp_path / "t.csv"), pd.DataFrame({"a": [1.5, 2.5], "b": ["x", "y"]}))


def test_labels_that_differ_in_case_or_blanks_are_one_question():
    city = ["Paris", "paris", " Paris", "Rome", "ROME", "Oslo"] * 10
    data = load_data(pd.DataFrame({"city": city, "x": range(60)}))
    (question,) = [one.text for one in data.questions if one.text.startswith("`city`")]
    assert "`Paris`, `paris`, ` Paris`, and 1 more" in question and "correct 30 cells" in question


@pytest.mark.parametrize("suffix", ["json", "jsonl"])
def test_rows_without_names_are_a_table_and_no_music(suffix, tmp_path):
    rows = [list(row.values())[:2] for row in ROWS]
    text = json.dumps(rows) if suffix == "json" else "\n".join(map(json.dumps, rows))
    (tmp_path / f"t.{suffix}").write_text(text)
    data = load_data(tmp_path / f"t.{suffix}")
    assert data.kind == "tables" and [column.name for column in data.domain.columns] == ["x0", "x1"]


def test_several_tables_are_told_by_name_and_keys_of_columns_are_seen(tmp_path):
    (tmp_path / "two.json").write_text(json.dumps({"train": ROWS[:20], "test": ROWS[20:]}))
    with pytest.raises(DataError, match="train.*test"):
        load_data(tmp_path / "two.json")
    frame = pd.DataFrame(ROWS, index=[f"p{k}" for k in range(len(ROWS))])
    frame.to_json(tmp_path / "columns.json")
    assert "p0" in load_data(tmp_path / "columns.json").account.unused["keys of the rows"]
