"""Parquet and Excel, each where its package is installed. What is refused without it is in faults/."""

import numpy as np
import pandas as pd
import pytest

from genwright.core.errors import DataError
from genwright.data.load import load_data, read_items
from genwright.data.readers.parquet_excel import ENGINES, read_engine_table

N = 60


@pytest.fixture(params=ENGINES)
def suffix(request):
    pytest.importorskip(ENGINES[request.param])
    return request.param


@pytest.fixture
def frame():
    rng = np.random.default_rng(0)
    table = pd.DataFrame(
        {
            "height": rng.normal(size=N).round(3),
            "rings": rng.poisson(4, N),
            "tree": rng.choice(["oak", "elm"], N),
            "zip": [f"{k % 7:03}" for k in range(N)],
            "day": pd.date_range("2020-01-01", periods=N),
            "dead": rng.random(N) > 0.5,
        }
    )
    table.loc[3, "height"], table.loc[5, "tree"] = np.nan, None
    return table


def write(frame, path, **options):
    frame.to_parquet(path, engine="pyarrow") if path.suffix == ".parquet" else frame.to_excel(
        path, index=False, **options
    )
    return path


def test_what_was_written_is_read(suffix, frame, tmp_path):
    found = read_engine_table(write(frame, tmp_path / f"t{suffix}"))
    pd.testing.assert_frame_equal(found, frame, check_dtype=False)
    assert found["zip"][1] == "001" and found["rings"].dtype == "int64" and found["day"].dtype.kind == "M"
    data = load_data(tmp_path / f"t{suffix}", given="tree")
    assert data.name == "t" and data.domain.spec.names == ["height", "rings", "zip", "day", "dead"]
    items, known = read_items(tmp_path / f"t{suffix}", data.domain)
    assert len(items) == N and known is None and data.domain.encode(items)[0].shape == (N, 5)


def test_a_file_cut_short_or_with_a_hole(suffix, frame, tmp_path):
    whole = write(frame, tmp_path / f"t{suffix}").read_bytes()
    middle = len(whole) // 3
    for bad in (whole[: len(whole) // 2], whole[:9], whole[:middle] + bytes(300) + whole[middle + 300 :]):
        (tmp_path / f"t{suffix}").write_bytes(bad)
        with pytest.raises(DataError, match=rf"t{suffix} is damaged or cut short"):
            read_engine_table(tmp_path / f"t{suffix}")


def test_a_named_index_is_a_column_and_lists_are_refused(frame, tmp_path):
    pytest.importorskip("pyarrow")
    frame.index.name = "code"
    assert read_engine_table(write(frame, tmp_path / "t.parquet"))["code"].tolist() == list(range(N))
    write(frame.assign(notes=[[1, 2]] * N), tmp_path / "t.parquet")
    with pytest.raises(DataError, match="column 'notes' holds a ndarray in a cell"):
        load_data(tmp_path / "t.parquet")


def test_too_many_rows_or_columns_are_told_before_they_are_read(tmp_path, monkeypatch):
    pytest.importorskip("pyarrow")
    monkeypatch.setattr(pd, "read_parquet", None)
    write(pd.DataFrame({"a": np.zeros(2_000_001, np.uint8)}), tmp_path / "t.parquet")
    with pytest.raises(DataError, match="t.parquet has 2,000,001 rows"):
        read_engine_table(tmp_path / "t.parquet")
    write(pd.DataFrame(np.zeros((2, 5000), np.uint8), columns=[f"c{j}" for j in range(5000)]), tmp_path / "t.parquet")
    with pytest.raises(DataError, match="t.parquet has 5000 columns"):
        read_engine_table(tmp_path / "t.parquet")


def test_sheets(frame, tmp_path):
    pytest.importorskip("openpyxl")
    with pd.ExcelWriter(tmp_path / "t.xlsx") as book:
        frame.to_excel(book, sheet_name="trees", index=False, startrow=2)
        frame[["height"]].to_excel(book, sheet_name="more", index=False)
    with pytest.warns(UserWarning, match="2 sheets: the first, 'trees'"):
        assert list(read_engine_table(tmp_path / "t.xlsx").columns) == list(frame.columns)
    pd.DataFrame().to_excel(tmp_path / "t.xlsx")
    with pytest.raises(DataError, match="a row of column names and rows below it"):
        read_engine_table(tmp_path / "t.xlsx")
