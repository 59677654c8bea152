# Tests kinds/formats/tables/write_forms.py, kinds/formats/tables/write_table.py
"""Tables in the forms of other programs come back cell for cell, by the library that people read them with."""

import json

import numpy as np
import pandas as pd
import pytest

from genwright.core.errors import DataError
from genwright.kinds.formats.tables.write_table import write_table

ROWS = pd.DataFrame(
    {
        "age": pd.array([31, None, 7, 64], dtype="Int64"),
        "height": [1.1, 0.30000000000000004, np.nan, -2.5e-7],
        "city": ["Oslo", "Tromsø <&>", None, 'é, "x"'],
        "member": [True, False, True, True],
        "since": pd.to_datetime(["2020-01-01", "2021-02-03", None, "1999-12-31"]),
    }
)


def read_back(path):
    match path.name.partition(".")[2]:
        case "dta":
            return pd.read_stata(path)
        case "sav":
            return pytest.importorskip("pyreadstat").read_sav(path, apply_value_formats=True)[0]
        case "arrow":
            return pd.read_feather(path)
        case "orc":
            return pd.read_orc(path)
        case "ods":
            pytest.importorskip("python_calamine", reason="workbooks need python-calamine")
            return pd.read_excel(path, engine="calamine")
        case "json" | "json.gz":
            return pd.read_json(path, convert_dates=["since"], precise_float=True)
    return pd.read_json(path, lines=True, convert_dates=["since"], precise_float=True)


@pytest.mark.parametrize("suffix", ["dta", "sav", "arrow", "orc", "ods", "json", "json.gz", "jsonl", "ndjson"])
def test_a_form_comes_back_cell_for_cell(suffix, tmp_path):
    back = read_back(write_table(ROWS, tmp_path / f"rows.{suffix}"))
    assert list(back.columns) == list(ROWS.columns)
    back["member"] = [{"True": 1.0, "False": 0.0}.get(cell, cell) for cell in back["member"]]  # labels of 1 and 0
    for name in ("age", "height", "member"):
        np.testing.assert_array_equal(
            back[name].to_numpy(float, na_value=np.nan), ROWS[name].to_numpy(float, na_value=np.nan)
        )
    assert [None if pd.isna(text) else str(text) for text in back["city"]] == ["Oslo", "Tromsø <&>", None, 'é, "x"']
    assert pd.to_datetime(back["since"]).equals(ROWS["since"].astype(pd.to_datetime(back["since"]).dtype))


def test_labels_stand_with_their_codes(tmp_path):
    pyreadstat = pytest.importorskip("pyreadstat", reason="SPSS files need pyreadstat")
    _, meta = pyreadstat.read_sav(write_table(ROWS, tmp_path / "rows.sav"))
    assert list(meta.variable_value_labels["city"].values()) == ["Oslo", "Tromsø <&>", 'é, "x"']


def test_json_has_null_where_a_cell_is_missing(tmp_path):
    rows = json.loads(write_table(ROWS, tmp_path / "rows.json").read_text())
    assert rows[1]["age"] is None and rows[2]["height"] is None and rows[0]["since"] == "2020-01-01"


@pytest.mark.parametrize("suffix", ["dta", "sav"])
def test_a_name_that_a_form_cannot_hold_is_refused(suffix, tmp_path):
    with pytest.raises(DataError):
        write_table(ROWS.rename(columns={"age": "age in years"}), tmp_path / f"rows.{suffix}")
    assert not list(tmp_path.iterdir())
