# Tests kinds/formats/tables/binary_tables.py
"""Parquet, Feather and Excel, each where its package is installed. What is refused without it is in faults/."""

import datetime
import json
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from genwright.core.errors import DataError
from genwright.kinds.formats.forms import BINARY_TABLES
from genwright.kinds.formats.tables.binary_tables import read_binary_table
from genwright.kinds.formats.tables.delimited import read_table
from genwright.kinds.load import load_data, read_items
from genwright.kinds.tables.domain import Tables
from genwright.kinds.values.cells import dtype_to_json

N = 60


@pytest.fixture(params=BINARY_TABLES)
def suffix(request):
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
    if path.suffix == ".xlsm":  # which pandas does not write
        path.write_bytes(write(frame, path.with_suffix(".xlsx")).read_bytes())
    elif path.suffix == ".xlsx":
        frame.to_excel(path, index=False, **options)
    else:
        frame.to_parquet(path, engine="pyarrow") if path.suffix == ".parquet" else frame.to_feather(path)
    return path


def test_what_was_written_is_read(suffix, frame, tmp_path):
    found = read_binary_table(write(frame, tmp_path / f"t{suffix}")).items
    pd.testing.assert_frame_equal(found, frame, check_dtype=False)
    assert found["zip"][1] == "001" and found["rings"].dtype == "int64" and found["day"].dtype.kind == "M"
    data = load_data(tmp_path / f"t{suffix}", given="tree")
    assert data.name == "t" and data.domain.spec.names == ["height", "rings", "zip", "day", "dead"]
    items, known, *_ = read_items(tmp_path / f"t{suffix}", data.domain)
    assert len(items) == N and known is None and data.domain.encode(items)[0].shape == (N, 5)


def typed():
    """A table of Arrow, of types for which pandas has none of its own."""
    pa = pytest.importorskip("pyarrow")
    rng = np.random.default_rng(0)
    holes = lambda values: [None if k % 9 == 4 else value for k, value in enumerate(values)]
    numbers = [int(k) for k in rng.integers(0, 9999, 90)]
    days = [datetime.date(2024, 1, 1 + k % 28) for k in numbers]
    return pa.table({
        "price": pa.array(holes(Decimal(k).scaleb(-2) for k in numbers), pa.decimal128(20, 2)),
        "total": pa.array([Decimal(k) * 7 for k in numbers[:30]] * 3, pa.decimal128(9, 0)),
        "rings": pa.array(holes(k % 9 for k in numbers), pa.int8()),
        "ticket": pa.array(holes(2**60 + k % 9 for k in numbers), pa.uint64()),
        "day": pa.array(holes(days), pa.date32()),
        "tree": pa.array(holes("oak elm".split()[k % 2] for k in numbers)).dictionary_encode(),
        "dead": pa.array(holes(k % 3 == 0 for k in numbers)),
        "seen": pa.array([3_600_000_000 * k for k in numbers], pa.timestamp("us", "+05:30")),
    })  # fmt: skip


@pytest.mark.parametrize("backend", ["file", "numpy_nullable", "pyarrow"])
def test_types_of_parquet_are_kept_at_every_door(backend, tmp_path):
    table = typed()
    from pyarrow import parquet, types

    parquet.write_table(table, tmp_path / "a.parquet")
    path = tmp_path / "a.parquet"
    frame = read_binary_table(path).items if backend == "file" else pd.read_parquet(path, dtype_backend=backend)
    domain = Tables.fit(frame)
    assert {column.name: column.kind for column in domain.columns} == {
        "price": "number", "total": "number", "rings": "number", "ticket": "category", "day": "date",
        "tree": "category", "dead": "boolean", "seen": "date",
    }  # fmt: skip
    domain = type(domain).from_json(json.loads(json.dumps(domain.to_json())))
    back = domain.decode(*domain.encode(frame), 0)
    assert backend == "numpy_nullable" or [*map(dtype_to_json, back.dtypes)] == [*map(dtype_to_json, frame.dtypes)]
    domain.write(back, tmp_path / "b.parquet")
    again = parquet.read_table(tmp_path / "b.parquet")
    left = ["price", "total"] if backend == "numpy_nullable" else []  # whose cells are objects by then
    for field in table.schema:
        if field.name not in left and not types.is_dictionary(field.type):
            assert again.schema.field(field.name).type == field.type, field.name
        assert again[field.name].to_pylist() == table[field.name].to_pylist() or field.name in left, field.name
    assert pd.read_parquet(tmp_path / "b.parquet").shape == frame.shape  # by pandas alone
    assert read_binary_table(tmp_path / "b.parquet").items.shape == frame.shape


@pytest.mark.skipif(pd.__version__ < "3", reason="pandas 2 cannot name dictionaries of Arrow")
def test_a_frame_of_arrow_that_pandas_wrote_is_read(tmp_path):
    table = typed()
    frame = table.to_pandas(types_mapper=pd.ArrowDtype)
    frame.to_parquet(tmp_path / "a.parquet")  # which pandas does not read again
    found = read_binary_table(tmp_path / "a.parquet").items
    assert found["price"].dropna().tolist() == frame["price"].dropna().tolist()
    assert found["tree"].dropna().tolist() == frame["tree"].dropna().tolist()
    pa = pytest.importorskip("pyarrow")
    lists = pd.array([[1, 2]] * 90, dtype=pd.ArrowDtype(pa.list_(pa.int64())))
    frame.assign(lists=lists).to_parquet(tmp_path / "a.parquet")
    assert {"lists.1", "lists.2"} < {column.name for column in load_data(tmp_path / "a.parquet").domain.columns}


def test_weights_of_edges_may_be_decimals(tmp_path):
    pa = pytest.importorskip("pyarrow")
    weights = pd.array([Decimal("0.50"), Decimal("1.25")], dtype=pd.ArrowDtype(pa.decimal128(5, 2)))
    data = load_data(pd.DataFrame({"source": ["a", "b"], "target": ["b", "c"], "weight": weights}), task="links")
    assert sorted(set(data.graph.weight.tolist())) == [0.5, 1.25]


@pytest.mark.parametrize("suffix", [".csv", ".tsv", ".xlsx", ".npz"])
def test_types_of_arrow_are_written_to_other_files(suffix, tmp_path):
    frame = typed().to_pandas(types_mapper=pd.ArrowDtype)
    domain = load_data(frame).domain
    domain.write(domain.decode(*domain.encode(frame), 0), tmp_path / f"a{suffix}")
    if suffix == ".npz":
        assert np.load(tmp_path / "a.npz")["price"].dtype == np.float64
        return
    found = load_data(tmp_path / f"a{suffix}").domain
    kinds = {column.name: column.kind for column in found.columns}
    assert kinds["price"] == kinds["rings"] == "number" and kinds["day"] == "date"


def test_whole_decimals_of_many_digits_are_names_and_others_are_rounded_with_a_note():
    pa = pytest.importorskip("pyarrow")
    of = lambda values, digits: pd.array(values, dtype=pd.ArrowDtype(pa.decimal128(30, digits)))
    frame = pd.DataFrame({
        "ticket": of([Decimal(10**20 + k % 9) for k in range(90)], 0),
        "sum": of([Decimal(10**18 + k % 37) + Decimal("0.25") for k in range(90)], 2) ,
        "row": of([Decimal(1000 + k) for k in range(90)], 0),
    })  # fmt: skip
    with pytest.raises(DataError):
        load_data(frame)
    frame["sum"] = of([Decimal(10**17 + 1000 * (k % 37)) + Decimal("0.25") for k in range(90)], 2)
    data = load_data(frame)
    assert {column.name: column.kind for column in data.domain.columns} == {
        "ticket": "category", "sum": "number", "row": "ignored"
    }  # fmt: skip
    assert any("`sum`: numbers of more than 15 digits are rounded" in line for line in data.describe())
    assert data.domain.identifiers["row"].fill(2, 0).tolist() == [1090, 1091]


def test_a_named_index_is_a_column_and_lists_are_columns(frame, tmp_path):
    pytest.importorskip("pyarrow")
    frame.index.name = "code"
    assert read_binary_table(write(frame, tmp_path / "t.parquet")).items["code"].tolist() == list(range(N))
    write(frame.assign(notes=[[1, 2]] * N), tmp_path / "t.parquet")
    assert {"notes.1", "notes.2"} < {column.name for column in load_data(tmp_path / "t.parquet").domain.columns}


def test_whole_numbers_with_missing_cells_of_a_sheet_stay_whole(frame, tmp_path):
    pytest.importorskip("openpyxl")
    frame = frame.assign(rings=frame["rings"].astype("Int64").mask(frame["rings"] > 5))
    write(frame, tmp_path / "t.xlsx")
    frame.to_csv(tmp_path / "t.csv", index=False)
    book, text = read_binary_table(tmp_path / "t.xlsx").items, read_table(tmp_path / "t.csv")
    assert book["rings"].dtype == text["rings"].dtype == "Int64" and book["rings"].equals(text["rings"])
    assert book["height"].dtype == "float64" and list(book.columns) == list(frame.columns)


def test_sheets(frame, tmp_path):
    pytest.importorskip("openpyxl")
    with pd.ExcelWriter(tmp_path / "t.xlsx") as book:
        frame.to_excel(book, sheet_name="trees", index=False, startrow=2)
        frame[["height"]].to_excel(book, sheet_name="more", index=False)
    found = read_binary_table(tmp_path / "t.xlsx")
    assert list(found.items.columns) == list(frame.columns) and found.sheet == "trees"
    assert [one.answer for one in found.asked] == [{"sheet": "more"}]
    pd.DataFrame().to_excel(tmp_path / "t.xlsx")
    with pytest.raises(DataError):
        read_binary_table(tmp_path / "t.xlsx")


def test_a_histogram_of_the_wrong_size_in_a_footer_is_told(tmp_path):
    """pyarrow ends the process over it where a row group is asked for its column."""
    pytest.importorskip("pyarrow")
    path = write(pd.DataFrame({"a": np.arange(N) % 7, "b": [f"row {i}" for i in range(N)]}), tmp_path / "t.parquet")
    whole, histogram = path.read_bytes(), b"\x3c\x29\x06\x19"
    assert histogram in whole
    path.write_bytes(whole.replace(histogram, b"\x3c\x29\x41\x19"))
    with pytest.raises(DataError, match="t.parquet.*histogram size mismatch"):
        read_binary_table(path).items
