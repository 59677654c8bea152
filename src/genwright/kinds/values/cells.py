"""Cells of a table as plain values and back, whatever dtype holds them and however missing is written.

`row_keys` is a fingerprint of every row by content, for splits that no order of rows changes and for duplicates. Cells
that the columns of a table cannot represent are kept as they are: JSON of {column: {row: cell}}, and before it, if a
model has other columns, the names of all columns in order.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from decimal import Decimal
from numbers import Number as AnyNumber
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
from pandas.api.extensions import ExtensionDtype

from ...core.errors import DataError, damage
from .written import Written

if TYPE_CHECKING:
    import pyarrow

HUGE = 1e100  # larger numbers are mistakes or stand for infinity, and their fourth powers overflow
EXACT = 2**53  # up to which float64 holds every whole number
Dtype = str | dict[str, object] | np.dtype | ExtensionDtype  # also as `dtype_to_json` writes it
ARROW = "[pyarrow]"  # behind the name of a type


class Coded(NamedTuple):
    """Cells by their distinct values, plain Python objects in the order of their first rows.

    Args:
        codes: (n,) which of them each cell is, -1 where it is missing.
    """

    codes: np.ndarray
    distinct: list

    @property
    def rows(self) -> np.ndarray:
        """Number of rows of each distinct value."""
        return np.bincount(self.codes + 1, minlength=len(self.distinct) + 1)[1:]

    def take(self, rows: np.ndarray) -> Coded:
        """Returns the cells of some rows, (m,) numbers, by the values that these hold."""
        codes = self.codes[rows]
        first = pd.unique(codes)
        first = first[first >= 0]
        places = np.full(len(self.distinct) + 1, -1, np.int32)  # the last is that of missing cells
        places[first] = np.arange(len(first))
        return Coded(places[codes], [self.distinct[k] for k in first.tolist()])


def native(cells: pd.Series) -> pd.Series:
    """Converts cells to a type that pandas handles well.

    Arrow decimals and dates become Python objects, Arrow dictionaries become categories, Arrow texts become texts of
    pandas, and Arrow half floats become Float32, since Arrow cannot sort them. Other cells stay as they are."""
    if not isinstance(cells.dtype, pd.ArrowDtype):
        return cells
    from pyarrow import types

    kind = cells.dtype.pyarrow_dtype
    if types.is_decimal(kind) or types.is_date(kind):
        return cells.astype(object).where(cells.notna(), None)
    if types.is_float16(kind):
        return cells.astype("Float32")
    if types.is_string(kind) or types.is_large_string(kind):
        return cells.astype("str")
    return cells.astype(object).astype("category") if types.is_dictionary(kind) else cells


def filled_cells(cells: pd.Series) -> pd.Series:
    """Returns the cells that are not missing, without a copy where none is missing."""
    return cells.dropna() if cells.array.isna().any() else cells


def hold_texts(cells: pd.Series) -> bool:
    """Tells whether all cells that are filled are texts."""
    return pd.api.types.infer_dtype(cells, skipna=True) == "string"


def first_filled(cells: pd.Series, count: int) -> pd.Series:
    first = cells.iloc[: 2 * count].dropna()
    return (first if len(first) >= count else cells.dropna()).iloc[:count]


def factorize(cells: pd.Series, name: str) -> Coded:
    """Codes cells by their distinct values, in the order in which these appear first.

    Decimals are whole numbers or floats where these say the same, and truth values among others are texts, as in
    `tell_truths`. Raises DataError, naming the column, for cells that hold lists and the like.
    """
    try:
        codes, values = pd.factorize(tell_truths(cells))
    except (TypeError, NotImplementedError):  # NotImplementedError: of Arrow
        kind = next(type(v).__name__ for v in cells if isinstance(v, (list, dict, set, np.ndarray)))
        raise DataError(
            f"column '{name}' holds a {kind} in a cell: spread it over columns of plain values, or drop the column"
        ) from None
    is_plain = isinstance(values.dtype, pd.StringDtype) or getattr(values.dtype, "kind", "") in "biuf"
    return Coded(codes.astype(np.int32), values.tolist() if is_plain else list(map(_plain_value, values.tolist())))


def tell_truths(cells: pd.Series) -> pd.Series:
    """Returns the cells with truth values among others as texts, since True equals 1."""
    if cells.dtype != object or not pd.api.types.infer_dtype(cells).startswith("mixed"):
        return cells
    return cells.map(lambda value: str(value) if isinstance(value, (bool, np.bool_)) else value)


def _plain_value(value: object) -> object:
    """A value without NumPy, a decimal as a whole number or a float where that says the same."""
    if isinstance(value, np.generic):
        return value.item()
    if not isinstance(value, Decimal) or not value.is_finite():
        return value
    if value == value.to_integral_value():
        return int(value)
    return float(value) if Decimal(repr(float(value))) == value else value


def read_numbers(cells: pd.Series, name: str, written_form: Written | None = None) -> np.ndarray:
    """Cells -> (n,) float64, NaN where missing. DataError names the column, row and value that is no finite number.

    Args:
        cells: Cells of the column.
        name: Name of the column.
        written_form: how those that are text write a number, as a reader of numbers takes them by default.
    """
    cells = native(cells)
    if cells.dtype.kind == "m":
        raise DataError(
            f"column '{name}' holds durations, which are not numbers: turn them into seconds with "
            f"table['{name}'].dt.total_seconds()"
        )
    if isinstance(cells.dtype, pd.CategoricalDtype):
        cells = cells.astype(cells.cat.categories.dtype)
    if pd.api.types.is_numeric_dtype(cells.dtype) and not pd.api.types.is_complex_dtype(cells.dtype):
        plain = isinstance(cells.dtype, np.dtype)  # missing cells are NaN already
        values = cells.to_numpy(np.float64) if plain else cells.to_numpy(np.float64, na_value=np.nan)
        bad = np.abs(values) > HUGE
    else:
        if written_form is None:
            values = _as_numbers(cells)
        else:
            known, distinct = pd.factorize(cells.astype(object))
            values = np.where(
                [isinstance(v, str) for v in distinct], written_form.read(distinct), _as_numbers(distinct)
            )
            values = np.append(values, np.nan)[known]  # -1, missing, is the last
        bad = (np.abs(values) > HUGE) | (np.isnan(values) & cells.notna().to_numpy())
    if bad.any():
        at = int(np.flatnonzero(bad)[0])
        problem = "too large to model" if np.isfinite(values[at]) else "not a finite number"
        if written_form is not None and np.isnan(values[at]):
            problem = f"no number written like {written_form.write([1234.5])[0]!r}"
        shown_value = _format_value(cells.iloc[at])
        raise DataError(
            f"column '{name}' holds {shown_value} in row {row_number(cells.index[at])}, which is {problem}: "
            "correct it or leave the cell empty"
        )
    return values


def row_number(label: object) -> object:
    """Names a row of data in messages: by its number from 1, or by its label where rows have labels."""
    return label + 1 if isinstance(label, (int, np.integer)) else label


def _as_numbers(cells: pd.Series | np.ndarray) -> np.ndarray:
    """(n,) float64, NaN for what is none."""
    plain = pd.Series(cells, dtype=object)
    plain = plain.map(lambda v: v if isinstance(v, (str, AnyNumber)) else str(v), na_action="ignore")
    return pd.to_numeric(plain, errors="coerce").to_numpy(np.float64, na_value=np.nan)


def _format_value(value: object) -> str:
    return repr(value.item() if isinstance(value, np.generic) else value)


def restore(values: np.ndarray, dtype: Dtype) -> pd.Series:
    """Values with NaN or None where missing -> a Series of the dtype, or of the nearest that can hold missing cells."""
    dtype = dtype_from_json(dtype)
    missing = pd.isna(values)
    if isinstance(dtype, np.dtype) and missing.any() and dtype.kind in "iub":
        dtype = np.dtype(object if dtype.kind == "b" else float)
    if isinstance(dtype, pd.ArrowDtype) and dtype.type is Decimal:
        scale = dtype.pyarrow_dtype.scale
        texts = [
            None if is_missing else v if isinstance(v, str) else _digits(v, scale)
            for v, is_missing in zip(values, missing)
        ]
        return pd.Series([text and Decimal(text) for text in texts], dtype=dtype)
    if not isinstance(dtype, pd.CategoricalDtype) and dtype.kind in "iub":
        plain = np.where(missing, False if dtype.kind == "b" else 0, values)
        if values.dtype != object:  # objects are labels, which floats would round
            lowest, highest = (0, 2.0**64) if dtype.kind == "u" else (-(2.0**63), 2.0**63)
            plain = np.rint(plain).clip(lowest, np.nextafter(highest, 0)).astype(np.uint64 if lowest == 0 else np.int64)
        whole = pd.Series(plain).astype(dtype)
        return whole.mask(missing) if missing.any() else whole
    if isinstance(dtype, np.dtype) and dtype.kind == "f":
        return pd.Series(values.astype(dtype))
    return pd.Series(values.astype(object), dtype=object).where(~missing, np.nan).astype(dtype)


def _digits(value: float, decimals: int) -> str:
    return str(value) if isinstance(value, int) else f"{round(value, decimals):.{max(decimals, 0)}f}"


def dtype_to_json(dtype: Dtype) -> str | dict[str, object]:
    if isinstance(dtype, pd.CategoricalDtype):
        values = [value.item() if isinstance(value, np.generic) else value for value in dtype.categories]
        return {"categories": values, "of": dtype_to_json(dtype.categories.dtype), "ordered": bool(dtype.ordered)}
    if isinstance(dtype, pd.DatetimeTZDtype) and "FixedOffset" in str(dtype):  # of pytz, with pandas 2
        hours, minutes = divmod(int(abs(offset := dtype.tz.utcoffset(None).total_seconds())) // 60, 60)
        return f"datetime64[{dtype.unit}, UTC{'-' if offset < 0 else '+'}{hours:02}:{minutes:02}]"
    return "string[python]" if pd.StringDtype("python") == dtype else str(dtype)  # str is "string" for any storage


def dtype_from_json(record: Dtype) -> np.dtype | ExtensionDtype:
    if isinstance(record, dict):
        return pd.CategoricalDtype(
            pd.Index(record["categories"], dtype=dtype_from_json(record["of"])), record["ordered"]
        )
    if isinstance(record, str) and record.endswith(ARROW):
        return pd.ArrowDtype(_arrow_type(record.removesuffix(ARROW)))
    return pd.api.types.pandas_dtype(record)


def _arrow_type(text: str) -> pyarrow.DataType:
    """Type of Arrow that a text names, even if pandas knows no such text."""
    import pyarrow

    if match := re.fullmatch(r"(decimal\d+)\((\d+), (-?\d+)\)", text):
        return getattr(pyarrow, match[1])(int(match[2]), int(match[3]))
    if match := re.fullmatch(r"dictionary<values=(.+), indices=(\w+), ordered=([01])>", text):
        return pyarrow.dictionary(_arrow_type(match[2]), _arrow_type(match[1]), match[3] == "1")
    if text == "string":
        return pyarrow.string()
    return pd.ArrowDtype.construct_from_string(text + ARROW).pyarrow_dtype


_MISSING = 0x9E3779B97F4A7C15


def row_keys(frame: pd.DataFrame, coded_columns: Mapping[str, Coded] = MappingProxyType({})) -> np.ndarray:
    """Computes keys of rows, (n,) uint64. Rows with equal cells under equal column names have equal keys, whatever the
    order of the columns, the index, or the dtypes that hold the cells (3 and 3.0, text and categories; a missing cell
    equals a missing cell).

    Args:
        frame: The table.
        coded_columns: columns that are factorized already.
    """
    keys = np.zeros(len(frame), np.uint64)
    for name, cells in frame.items():
        salt = _hash_text(f"column {name}")
        keys += mix(
            _cell_keys(cells, str(name), coded_columns.get(name)) ^ np.uint64(salt)
        )  # a sum, so that the order of columns is free
    return mix(keys)


def _cell_keys(cells: pd.Series, name: str, coded_cells: Coded | None) -> np.ndarray:
    missing, cells = cells.array.isna(), native(cells)
    if isinstance(cells.dtype, pd.CategoricalDtype):
        cells = cells.astype(object)
    inferred = pd.api.types.infer_dtype(cells) if cells.dtype == object else ""
    if inferred == "decimal" or _are_large(cells, inferred):
        codes, values = factorize(cells, name)
        keys = np.array([*map(_number_key, values), 0], np.uint64)[codes]
        return np.where(missing, np.uint64(_MISSING), keys)
    if inferred in ("integer", "floating", "mixed-integer-float", "boolean"):
        cells = pd.Series(cells.where(~missing, 0).to_numpy(np.float64))
    if pd.api.types.is_datetime64_any_dtype(cells.dtype):
        stamps = cells.dt.tz_convert("UTC").dt.tz_localize(None) if cells.dt.tz is not None else cells
        keys = stamps.to_numpy().astype("datetime64[us]").astype(np.int64).view(np.uint64)
    elif pd.api.types.is_numeric_dtype(cells.dtype) and not pd.api.types.is_complex_dtype(cells.dtype):
        numbers = cells.to_numpy(np.float64, na_value=0.0) + 0.0  # adding 0 turns -0 into 0
        keys = numbers.view(np.uint64)
    else:
        codes, values = coded_cells or factorize(cells, name)
        keys = np.array([_hash_text(str(value)) for value in values] + [0], np.uint64)[codes]
    return np.where(missing, np.uint64(_MISSING), keys)


def _are_large(cells: pd.Series, inferred: str) -> bool:
    """Whether cells are whole numbers of which float64 cannot tell all apart."""
    whole = inferred == "integer" or pd.api.types.is_integer_dtype(cells.dtype)
    return whole and bool(cells.notna().any()) and max(int(cells.max()), -int(cells.min())) > EXACT


def _number_key(value: int | float | Decimal) -> int:
    """Key of a number: that of the equal float, if there surely is one."""
    if isinstance(value, Decimal) or (isinstance(value, int) and abs(value) > EXACT):
        return _hash_text(str(value))
    return int(np.float64(value + 0.0).view(np.uint64))


def _hash_text(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode(errors="surrogatepass"), digest_size=8).digest(), "little")


def mix(keys: np.ndarray) -> np.ndarray:
    """SplitMix64's finaliser (Steele 2014), in place: every bit of the key reaches every bit of the result."""
    keys ^= keys >> np.uint64(30)
    keys *= np.uint64(0xBF58476D1CE4E5B9)
    keys ^= keys >> np.uint64(27)
    keys *= np.uint64(0x94D049BB133111EB)
    keys ^= keys >> np.uint64(31)
    return keys


def encode_residual_cells(frame: pd.DataFrame, restored: pd.DataFrame, first: int) -> bytes:
    """Returns cells of `frame` that differ in `restored`, and columns that `restored` lacks, as bytes; b"" if there are
    none.

    Raises DataError for a cell that JSON cannot store without a change.

    Args:
        first: number of the first row.
    """
    same_columns = list(frame.columns) == list(restored.columns)
    if same_columns and not len(_differing_rows(frame, restored)):
        return b""
    residual = {}
    for name in frame.columns:
        rows = _differing_rows(frame[[name]], restored[[name]]) if name in restored.columns else np.arange(len(frame))
        if len(rows):
            cells = frame[name].iloc[rows]
            plain = [None if pd.isna(cell) else _as_json(cell) for cell in cells]
            residual[name] = dict(zip((rows + first).tolist(), plain))
    text = json.dumps(residual if same_columns else [list(frame.columns), residual]).encode()
    still = _differing_rows(frame, restore_residual_cells(restored, [text], first))
    if len(still):
        raise DataError(f"row {first + still[0] + 1:,} would not come back unchanged: a cell is no text or number")
    return text


def restore_residual_cells(restored: pd.DataFrame, parts: list[bytes], first: int) -> pd.DataFrame:
    """Puts stored cells back into `restored`. Raises DataError for what is no such JSON, or names no cell " "of it.

    Args:
        restored: Table as it was decoded.
        parts: Stored cells, as bytes of JSON.
        first: Number of the first row in the stream.
    """
    frame, names = restored.copy(), list(restored.columns)
    with damage("what the stream keeps of cells apart", "copy the stream again"):
        for text in filter(None, parts):
            record = json.loads(text)
            names, residual = record if isinstance(record, list) else (names, record)
            for name, cells in residual.items():
                rows = np.array(list(cells), int) - first
                values = frame[name].astype(object) if name in frame else pd.Series(None, frame.index, object)
                values.iloc[rows] = list(cells.values())
                if name in restored:
                    has_fractions = any(
                        isinstance(cell, float) and cell % 1 for cell in cells.values()
                    )  # no whole numbers
                    dtype = np.float64 if has_fractions and frame[name].dtype.kind in "iu" else frame[name].dtype
                    values = restore(values.to_numpy(), dtype).set_axis(frame.index)
                frame[name] = values
        new = {name: frame[name].infer_objects() for name in names if name not in restored}
        return frame.assign(**new)[names]


def _differing_rows(one: pd.DataFrame, other_frame: pd.DataFrame) -> np.ndarray:
    return np.flatnonzero(row_keys(one) != row_keys(other_frame))


def _as_json(cell: object) -> object:
    """A cell as JSON has it: a number, a truth value, else its text."""
    cell = cell.item() if isinstance(cell, np.generic) else cell
    return cell if isinstance(cell, (int, float, bool)) else str(cell)
