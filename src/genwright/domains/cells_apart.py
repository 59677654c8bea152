"""Cells of a table that its columns cannot say, kept apart as they are: JSON of {column: {row: cell}}."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd

from ..core.errors import DataError, damage
from .cells import restore
from .row_keys import row_keys


def cells_left_out(frame: pd.DataFrame, back: pd.DataFrame, first: int) -> bytes:
    """The cells of `frame` that `back`, of the same columns, has otherwise; b"" where there are none. first: number of
    the first row. Raises DataError for a cell that JSON does not give back."""
    if not len(_differ(frame, back)):
        return b""
    apart = {}
    for name in back.columns:
        rows = _differ(frame[[name]], back[[name]])
        if len(rows):
            cells = frame[name].iloc[rows]
            plain = [None if pd.isna(cell) else _plain(cell) for cell in cells]
            apart[name] = dict(zip((rows + first).tolist(), plain))
    text = json.dumps(apart).encode()
    still = _differ(frame, cells_put_back(back, [text], first))
    if len(still):
        raise DataError(f"row {first + still[0] + 1:,} would not come back as it is: a cell of it has no plain form")
    return text


def cells_put_back(back: pd.DataFrame, parts: list[bytes], first: int) -> pd.DataFrame:
    """`back` with these cells in their places. Raises DataError for what is no such JSON, or names no cell of it."""
    frame = back.copy()
    for text in filter(None, parts):
        with damage("what the stream keeps of cells apart", "copy the stream again"):
            for name, cells in json.loads(text).items():
                rows = np.array(list(cells), int) - first
                values = frame[name].astype(object)
                values.iloc[rows] = list(cells.values())
                frame[name] = restore(values.to_numpy(), frame[name].dtype).set_axis(frame.index)
    return frame


def _differ(one: pd.DataFrame, other: pd.DataFrame) -> np.ndarray:
    return np.flatnonzero(row_keys(one) != row_keys(other))


def _plain(cell: object) -> object:
    """A cell as JSON has it: a number, a truth value, else its text."""
    cell = cell.item() if isinstance(cell, np.generic) else cell
    return cell if isinstance(cell, (int, float, bool)) else str(cell)
