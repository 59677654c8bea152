"""The time of rows: from the cells of a column to numbers, and back."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ...core.errors import DataError
from ...kinds.values.cells import Dtype, dtype_from_json, dtype_to_json, read_numbers, restore, row_number
from ...kinds.values.column_dates import UNITS, Calendar, calendar_of, check_dates


@dataclass(frozen=True)
class Clock:
    """A column of times.

    Args:
        name: Name of the column.
        dtype: Type of its cells, as records hold it.
        calendar: How it writes its dates; None for numbers.
    """

    name: str
    dtype: Dtype
    calendar: Calendar | None

    @classmethod
    def fit(cls, cells: pd.Series) -> Clock:
        """The clock of a column. Raises DataError for an empty cell, and for cells that are neither numbers nor dates
        of one kind."""
        name = str(cells.name)
        if cells.isna().any():
            row = row_number(cells.isna().idxmax())
            raise DataError(
                f"column '{name}', which says the time, is empty in row {row}: fill that cell or leave the row out"
            )
        if pd.api.types.is_numeric_dtype(cells.dtype) and not pd.api.types.is_bool_dtype(cells.dtype):
            return cls(name, dtype_to_json(cells.dtype), None)
        calendar = calendar_of(cells)
        if calendar is None:
            raise DataError(
                f"column '{name}' holds {str(cells.iloc[0])!r}, and its cells are neither numbers nor all dates "
                "written in one known way: name another column for time"
            )
        return cls(name, dtype_to_json(cells.dtype), calendar)

    @property
    def unit(self) -> str:
        """Unit of the numbers: a key of `UNITS`, or "" where the column holds plain numbers."""
        unit = "" if self.calendar is None else self.calendar.leaf_unit
        return unit if unit in UNITS else ""

    def read(self, cells: pd.Series) -> np.ndarray:
        """(n,) float64: the time of each cell, NaN where it is empty. Raises DataError for a cell that is no time."""
        if self.calendar is None:
            return read_numbers(cells, self.name)
        return check_dates(cells, self.calendar, self.name)

    def write(self, times: np.ndarray) -> pd.Series:
        """Cells of times (n,), as the column writes them."""
        if self.calendar is not None:
            return self.calendar.restore(times, dtype_from_json(self.dtype))
        return restore(times, self.dtype)

    def plain(self, cells: pd.Series) -> pd.Series:
        """Dates in the place of text that stands for them."""
        return self.calendar.plain(cells).set_axis(cells.index) if self.calendar and self.calendar.in_text else cells

    def as_written(self, cells: pd.Series) -> pd.Series:
        """The opposite of `plain`."""
        if self.calendar is None or not self.calendar.in_text:
            return cells
        return self.write(self.read(cells)).set_axis(cells.index)

    def to_json(self) -> dict:
        calendar = None if self.calendar is None else self.calendar.to_json()
        return {"name": self.name, "dtype": self.dtype, "calendar": calendar}

    @classmethod
    def from_json(cls, record: dict) -> Clock:
        calendar = None if record["calendar"] is None else Calendar.from_json(record["calendar"])
        return cls(record["name"], record["dtype"], calendar)
