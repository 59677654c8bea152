"""Cells of one column as plain values and back: whatever dtype holds them, however missing is written."""

import re
from decimal import Decimal
from numbers import Number as AnyNumber
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from ...core.errors import DataError
from .written import Written

HUGE = 1e100  # larger numbers are mistakes or stand for infinity, and their fourth powers overflow
EXACT = 2**53  # up to which float64 holds every whole number
ARROW = "[pyarrow]"  # behind the name of a type


class Coded(NamedTuple):
    """Cells by their distinct values, plain Python objects in the order of their first rows. codes: (n,) which of them
    each cell is, -1 where it is missing."""

    codes: np.ndarray
    distinct: list

    @property
    def rows(self) -> np.ndarray:
        """Number of rows of each distinct value."""
        return np.bincount(self.codes + 1, minlength=len(self.distinct) + 1)[1:]


def native(cells: pd.Series) -> pd.Series:
    """Cells in a type that pandas handles well.

    Arrow decimals and dates become Python objects, Arrow dictionaries become categories, and Arrow half floats become
    Float32, since Arrow cannot sort them. Other cells stay as they are.
    """
    if not isinstance(cells.dtype, pd.ArrowDtype):
        return cells
    from pyarrow import types

    kind = cells.dtype.pyarrow_dtype
    if types.is_decimal(kind) or types.is_date(kind):
        return cells.astype(object).where(cells.notna(), None)
    if types.is_float16(kind):
        return cells.astype("Float32")
    return cells.astype(object).astype("category") if types.is_dictionary(kind) else cells


def factorize(cells: pd.Series, name: str) -> Coded:
    """Decimals are whole numbers or floats where these say the same. Raises DataError, naming the column, for cells
    that hold lists and the like."""
    try:
        codes, values = pd.factorize(cells)
    except (TypeError, NotImplementedError):  # NotImplementedError: of Arrow
        kind = next(type(v).__name__ for v in cells if isinstance(v, (list, dict, set, np.ndarray)))
        raise DataError(
            f"column '{name}' holds a {kind} in a cell: spread it over columns of plain values, or drop the column"
        ) from None
    return Coded(codes.astype(np.int32), [_plain(value) for value in values.tolist()])


def _plain(value: Any) -> Any:
    """A value without NumPy, a decimal as a whole number or a float where that says the same."""
    if isinstance(value, np.generic):
        return value.item()
    if not isinstance(value, Decimal) or not value.is_finite():
        return value
    if value == value.to_integral_value():
        return int(value)
    return float(value) if Decimal(repr(float(value))) == value else value


def read_numbers(cells: pd.Series, name: str, written: Written | None = None) -> np.ndarray:
    """Cells -> (n,) float64, NaN where missing. written: how those that are text write a number, as a reader of numbers
    takes them by default. DataError names the column, row and value that is no finite number."""
    cells = native(cells)
    if cells.dtype.kind == "m":
        raise DataError(
            f"column '{name}' holds durations, which are not numbers: turn them into seconds with "
            f"table['{name}'].dt.total_seconds()"
        )
    if isinstance(cells.dtype, pd.CategoricalDtype):
        cells = cells.astype(cells.cat.categories.dtype)
    if pd.api.types.is_numeric_dtype(cells.dtype) and not pd.api.types.is_complex_dtype(cells.dtype):
        plain = isinstance(cells.dtype, np.dtype)  # whose missing cells are NaN already
        values = cells.to_numpy(np.float64) if plain else cells.to_numpy(np.float64, na_value=np.nan)
        bad = np.abs(values) > HUGE
    else:
        if written is None:
            values = _as_numbers(cells)
        else:
            known, distinct = pd.factorize(cells.astype(object))
            values = np.where([isinstance(v, str) for v in distinct], written.read(distinct), _as_numbers(distinct))
            values = np.append(values, np.nan)[known]  # -1, missing, is the last
        bad = (np.abs(values) > HUGE) | (np.isnan(values) & cells.notna().to_numpy())
    if bad.any():
        at = int(np.flatnonzero(bad)[0])
        why = "too large to model" if np.isfinite(values[at]) else "not a finite number"
        if written is not None and np.isnan(values[at]):
            why = f"no number written like {written.write([1234.5])[0]!r}"
        shown = _format_value(cells.iloc[at])
        raise DataError(
            f"column '{name}' holds {shown} in row {cells.index[at]}, which is {why}: "
            "correct it or leave the cell empty"
        )
    return values


def _as_numbers(cells: pd.Series | np.ndarray) -> np.ndarray:
    """(n,) float64, NaN for what is none."""
    plain = pd.Series(cells, dtype=object)
    plain = plain.map(lambda v: v if isinstance(v, (str, AnyNumber)) else str(v), na_action="ignore")
    return pd.to_numeric(plain, errors="coerce").to_numpy(np.float64, na_value=np.nan)


def _format_value(value: Any) -> str:
    return repr(value.item() if isinstance(value, np.generic) else value)


def restore(values: np.ndarray, dtype: Any) -> pd.Series:
    """Values with NaN or None where missing -> a Series of the dtype, or of the nearest that can hold missing cells."""
    dtype = dtype_from_json(dtype)
    missing = pd.isna(values)
    if isinstance(dtype, np.dtype) and missing.any() and dtype.kind in "iub":
        dtype = np.dtype(object if dtype.kind == "b" else float)
    if isinstance(dtype, pd.ArrowDtype) and dtype.type is Decimal:
        scale = dtype.pyarrow_dtype.scale
        texts = [None if gone else v if isinstance(v, str) else _digits(v, scale) for v, gone in zip(values, missing)]
        return pd.Series([text and Decimal(text) for text in texts], dtype=dtype)
    if not isinstance(dtype, pd.CategoricalDtype) and dtype.kind in "iub":
        plain = np.where(missing, False if dtype.kind == "b" else 0, values)
        if values.dtype != object:  # objects are labels, which floats would round
            least, most = (0, 2.0**64) if dtype.kind == "u" else (-(2.0**63), 2.0**63)
            plain = np.rint(plain).clip(least, np.nextafter(most, 0)).astype(np.uint64 if least == 0 else np.int64)
        whole = pd.Series(plain).astype(dtype)
        return whole.mask(missing) if missing.any() else whole
    if isinstance(dtype, np.dtype) and dtype.kind == "f":
        return pd.Series(values.astype(dtype))
    return pd.Series(values.astype(object), dtype=object).where(~missing, np.nan).astype(dtype)


def _digits(value: float, decimals: int) -> str:
    return str(value) if isinstance(value, int) else f"{round(value, decimals):.{max(decimals, 0)}f}"


def dtype_to_json(dtype: Any) -> Any:
    if isinstance(dtype, pd.CategoricalDtype):
        values = [value.item() if isinstance(value, np.generic) else value for value in dtype.categories]
        return {"categories": values, "of": dtype_to_json(dtype.categories.dtype), "ordered": bool(dtype.ordered)}
    return "string[python]" if pd.StringDtype("python") == dtype else str(dtype)  # str is "string" for any storage


def dtype_from_json(record: Any) -> Any:
    if isinstance(record, dict):
        return pd.CategoricalDtype(
            pd.Index(record["categories"], dtype=dtype_from_json(record["of"])), record["ordered"]
        )
    if isinstance(record, str) and record.endswith(ARROW):
        return pd.ArrowDtype(_arrow_type(record.removesuffix(ARROW)))
    return pd.api.types.pandas_dtype(record)


def _arrow_type(text: str) -> Any:
    """Type of Arrow that a text names, even if pandas knows no such text."""
    import pyarrow

    if match := re.fullmatch(r"(decimal\d+)\((\d+), (-?\d+)\)", text):
        return getattr(pyarrow, match[1])(int(match[2]), int(match[3]))
    if match := re.fullmatch(r"dictionary<values=(.+), indices=(\w+), ordered=([01])>", text):
        return pyarrow.dictionary(_arrow_type(match[2]), _arrow_type(match[1]), match[3] == "1")
    if text == "string":
        return pyarrow.string()
    return pd.ArrowDtype.construct_from_string(text + ARROW).pyarrow_dtype
