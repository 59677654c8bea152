"""A fingerprint of every row of a table, by content: for splits that no order of rows changes, and for duplicates."""

import hashlib
from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType

import numpy as np
import pandas as pd

from .cells import EXACT, Coded, factorize, native

_MISSING = 0x9E3779B97F4A7C15


def row_keys(frame: pd.DataFrame, coded: Mapping[str, Coded] = MappingProxyType({})) -> np.ndarray:
    """(n,) uint64. Rows with equal cells under equal column names have equal keys, whatever the order of the columns,
    the index, or the dtypes that hold the cells (3 and 3.0, text and categories; a missing cell equals a missing cell).

    coded: columns that are factorized already.
    """
    keys = np.zeros(len(frame), np.uint64)
    for at, name in enumerate(frame.columns):
        salt = _hash_text(f"column {name}")
        keys += mix(
            _cell_keys(frame.iloc[:, at], str(name), coded.get(name)) ^ np.uint64(salt)
        )  # a sum, so that the order of columns is free
    return mix(keys)


def _cell_keys(cells: pd.Series, name: str, coded: Coded | None) -> np.ndarray:
    missing, cells = cells.isna().to_numpy(), native(cells)
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
        codes, values = coded or factorize(cells, name)
        keys = np.array([_hash_text(str(value)) for value in values] + [0], np.uint64)[codes]
    return np.where(missing, np.uint64(_MISSING), keys)


def _are_large(cells: pd.Series, inferred: str) -> bool:
    """Whether cells are whole numbers of which float64 cannot tell all apart."""
    whole = inferred == "integer" or pd.api.types.is_integer_dtype(cells.dtype)
    return whole and bool(cells.notna().any()) and max(int(cells.max()), -int(cells.min())) > EXACT


def _number_key(value: int | float | Decimal) -> int:
    """That of the float that says the same, where one surely does."""
    if isinstance(value, Decimal) or (isinstance(value, int) and abs(value) > EXACT):
        return _hash_text(str(value))
    return int(np.float64(value + 0.0).view(np.uint64))


def _hash_text(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little")


def mix(keys: np.ndarray) -> np.ndarray:
    """SplitMix64's finaliser (Steele 2014), in place: every bit of the key reaches every bit of the result."""
    keys ^= keys >> np.uint64(30)
    keys *= np.uint64(0xBF58476D1CE4E5B9)
    keys ^= keys >> np.uint64(27)
    keys *= np.uint64(0x94D049BB133111EB)
    keys ^= keys >> np.uint64(31)
    return keys
