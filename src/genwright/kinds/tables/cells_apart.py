"""Cells of a table that its columns cannot say, kept apart as they are: JSON of {column: {row: cell}}, and before it,
where a model has other columns, of the names of all, in order."""

import json

import numpy as np
import pandas as pd

from ...core.errors import DataError, damage
from .cells import restore
from .row_keys import row_keys


def cells_left_out(frame: pd.DataFrame, back: pd.DataFrame, first: int) -> bytes:
    """Cells of `frame` that differ in `back`, and columns that `back` lacks, as bytes; b"" if there are none.

    first: number of the first row. Raises DataError for a cell that JSON cannot store without a change."""
    alike = list(frame.columns) == list(back.columns)
    if alike and not len(_differ(frame, back)):
        return b""
    apart = {}
    for name in frame.columns:
        rows = _differ(frame[[name]], back[[name]]) if name in back.columns else np.arange(len(frame))
        if len(rows):
            cells = frame[name].iloc[rows]
            plain = [None if pd.isna(cell) else _plain(cell) for cell in cells]
            apart[name] = dict(zip((rows + first).tolist(), plain))
    text = json.dumps(apart if alike else [list(frame.columns), apart]).encode()
    still = _differ(frame, cells_put_back(back, [text], first))
    if len(still):
        raise DataError(f"row {first + still[0] + 1:,} would not come back unchanged: a cell is no text or number")
    return text


def cells_put_back(back: pd.DataFrame, parts: list[bytes], first: int) -> pd.DataFrame:
    """`back` with these cells in their places. Raises DataError for what is no such JSON, or names no cell of it."""
    frame, names = back.copy(), list(back.columns)
    with damage("what the stream keeps of cells apart", "copy the stream again"):
        for text in filter(None, parts):
            record = json.loads(text)
            names, apart = record if isinstance(record, list) else (names, record)
            for name, cells in apart.items():
                rows = np.array(list(cells), int) - first
                values = frame[name].astype(object) if name in frame else pd.Series(None, frame.index, object)
                values.iloc[rows] = list(cells.values())
                if name in back:
                    broken = any(isinstance(cell, float) and cell % 1 for cell in cells.values())  # no whole numbers
                    dtype = np.float64 if broken and frame[name].dtype.kind in "iu" else frame[name].dtype
                    values = restore(values.to_numpy(), dtype).set_axis(frame.index)
                frame[name] = values
        new = {name: frame[name].infer_objects() for name in names if name not in back}
        return frame.assign(**new)[names]


def _differ(one: pd.DataFrame, other: pd.DataFrame) -> np.ndarray:
    return np.flatnonzero(row_keys(one) != row_keys(other))


def _plain(cell: object) -> object:
    """A cell as JSON has it: a number, a truth value, else its text."""
    cell = cell.item() if isinstance(cell, np.generic) else cell
    return cell if isinstance(cell, (int, float, bool)) else str(cell)
