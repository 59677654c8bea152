# Tests molecules/kinds/molecule_tables.py
"""Every dtype of pandas and many types of Python in a column: a table with them is read or refused in a sentence."""

import datetime as dt
import uuid
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest

from genwright import load_data
from genwright.core.errors import DataError

ROWS = 60
AT = np.arange(ROWS)
STAMPS = pd.date_range("2024-01-01 07:44", periods=ROWS, freq="7h")
DTYPES = {
    **{name: AT.astype(name) for name in ("int8", "int64", "uint8", "uint64", "float16", "float32", "float64")},
    **{name: pd.array(AT % 50, dtype=name) for name in ("Int8", "Int64", "UInt16", "Float32", "Float64")},
    "Int64 with holes": pd.array([None if k % 7 else k for k in range(ROWS)], dtype="Int64"),
    "bool": AT % 2 == 0,
    "boolean": pd.array([None, True, False] * 20, dtype="boolean"),
    "complex128": AT * 1j,
    "str": pd.Series([f"w{k % 9}" for k in range(ROWS)], dtype="str"),
    "string": pd.array([f"w{k % 9}" for k in range(ROWS)], dtype="string"),
    "datetime64[s]": STAMPS.astype("datetime64[s]"),
    "datetime64[ns]": STAMPS.astype("datetime64[ns]"),
    "datetime64 with a zone": STAMPS.tz_localize("Europe/Berlin"),
    "timedelta64": pd.to_timedelta(AT, "min"),
    "period": STAMPS.to_period("D"),
    "interval": pd.interval_range(0, ROWS),
    "categories": pd.Categorical(AT % 3),
    "categories of dates": pd.Categorical(STAMPS),
    "categories of intervals": pd.cut(AT, 4),
    "sparse": pd.arrays.SparseArray(AT % 3),
}
CELLS = {
    "times of day": lambda k: dt.time(k % 24, k % 60),
    "days": lambda k: dt.date(2024, 1, 1 + k % 28),
    "datetimes": lambda k: dt.datetime(2024, 1, 1 + k % 28, k % 24),
    "datetimes of zones": lambda k: dt.datetime(2024, 1, 1 + k % 28, tzinfo=dt.timezone(dt.timedelta(hours=k % 3))),
    "durations": lambda k: dt.timedelta(minutes=k),
    "bytes": lambda k: b"ab"[k % 2 :],
    "lists": lambda k: [k, k],
    "tuples": lambda k: (k % 3, k % 2),
    "dicts": lambda k: {"a": k},
    "sets": lambda k: {k},
    "frozen sets": lambda k: frozenset([k % 3]),
    "arrays": lambda k: np.zeros(2),
    "decimals": lambda k: Decimal(k) / 4,
    "endless decimals": lambda k: Decimal("NaN") if k % 7 else Decimal("Infinity"),
    "fractions": lambda k: Fraction(k, 7),
    "complex": lambda k: complex(k, 1),
    "periods": lambda k: pd.Period("2024-01", "M") + k,
    "intervals": lambda k: pd.Interval(k % 5, k % 5 + 1),
    "uuids": lambda k: uuid.UUID(int=k),
    "objects": lambda k: object(),
    "types": lambda k: int,
    "nothing": lambda k: None,
    "NaT": lambda k: pd.NaT,
    "NA": lambda k: pd.NA,
    "big numbers": lambda k: 10**30 + k,
    "truth values and texts": lambda k: k % 2 == 0 if k % 5 else "x",
    "numbers and texts": lambda k: k if k % 5 else "x",
    "numbers and dates": lambda k: k if k % 5 else dt.date(2024, 1, 1),
    "dates and texts": lambda k: dt.date(2024, 1, 1 + k % 28) if k % 9 else "soon",
    "dates and datetimes": lambda k: dt.date(2024, 1, 1 + k % 28) if k % 9 else dt.datetime(2024, 1, 1, 5),
    "dates with and without a zone": lambda k: pd.Timestamp("2024-01-01", tz="UTC" if k % 2 else None),
    "times and texts": lambda k: dt.time(k % 24) if k % 9 else "noon",
    "times and datetimes": lambda k: dt.time(k % 24) if k % 2 else dt.datetime(1899, 12, 31, 5),
    "lists and numbers": lambda k: [1] if k == 9 else k,
    "NumPy numbers": lambda k: np.float32(k),
    "NumPy dates": lambda k: np.datetime64("2024-01-01") + k,
    "NumPy durations": lambda k: np.timedelta64(k, "m"),
    "surrogates": lambda k: "\udce9" * (k % 3 + 1),
}
ARROW = {
    "int64": AT,
    "bool": AT % 2 == 0,
    "string": [f"w{k % 9}" for k in range(ROWS)],
    "large_string": [f"w{k % 9}" for k in range(ROWS)],
    "timestamp[us]": STAMPS,
    "timestamp[us, tz=UTC]": STAMPS.tz_localize("UTC"),
    "date32[day]": STAMPS.date,
    "time64[us]": [dt.time(k % 24) for k in range(ROWS)],
    "time32[s]": [dt.time(k % 24) for k in range(ROWS)],
    "duration[us]": pd.to_timedelta(AT, "min"),
    "binary": [b"ab"[k % 2 :] for k in range(ROWS)],
    "null": [None] * ROWS,
    "list<item: int64>": [[k] for k in range(ROWS)],
    "double": AT / 3,
}


def describe(cells) -> str:
    """What is said of a table with a column of these cells. Nothing else than a DataError refuses one."""
    try:
        data = load_data(pd.DataFrame({"cells": cells, "y": AT % 5}))
    except DataError as error:
        assert "'cells'" in str(error) or "rows" in str(error), error
        return ""
    return "\n".join([*data.describe(), str(data), repr(data)])


@pytest.mark.parametrize("name", DTYPES)
def test_a_dtype_of_pandas(name):
    assert describe(DTYPES[name])


@pytest.mark.parametrize("name", CELLS)
@pytest.mark.parametrize("holes", [False, True])
def test_a_type_of_python(name, holes):
    cells = pd.Series([None] * ROWS, dtype=object)
    for k in range(ROWS):
        cells[k] = None if holes and k % 4 == 0 else CELLS[name](k)
    describe(cells)


@pytest.mark.parametrize("name", ARROW)
def test_a_type_of_arrow(name):
    pyarrow = pytest.importorskip("pyarrow")
    kind = pyarrow.list_(pyarrow.int64()) if name.startswith("list") else None
    dtype = pd.ArrowDtype(kind) if kind else f"{name}[pyarrow]"
    describe(pd.Series(pd.array(list(ARROW[name]), dtype=dtype)))


def test_columns_of_numbers_are_not_looked_at_for_molecules(monkeypatch):
    from genwright.molecules.kinds import molecule_tables

    looked = []
    monkeypatch.setattr(molecule_tables, "_looks_like_smiles", lambda cells: looked.append(cells.name) or False)
    load_data(pd.DataFrame({"whole": AT, "holes": DTYPES["Int64 with holes"], "real": AT / 7, "text": DTYPES["str"]}))
    assert set(looked) == {"text"}


def test_arrow_numbers_that_are_nan_vary_no_more_than_the_others():
    pyarrow = pytest.importorskip("pyarrow")
    cells = pd.arrays.ArrowExtensionArray(pyarrow.chunked_array([pyarrow.array([1.5, float("nan")] * (ROWS // 2))]))
    with pytest.raises(DataError, match="'a' holds nan"):
        load_data(pd.DataFrame({"a": cells, "b": AT / 7}))
