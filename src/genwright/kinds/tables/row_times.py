"""When each row of a table was: a column of dates or numbers as numbers that grow with time."""

import numpy as np
import pandas as pd

from ...core.errors import DataError
from .cells import read_numbers
from .column_dates import calendar_of, check_dates


def row_times(cells: pd.Series, name: str) -> np.ndarray:
    """(n,) float64 for cells that are all dates, written in one way, or all numbers (a year, a time stamp).

    Raises DataError, naming the column, for an empty cell and for cells of any other kind.
    """
    missing = cells.isna()
    if missing.any():
        row = missing.idxmax()
        raise DataError(
            f"column '{name}', which says the time, is empty in row {row}: fill that cell or leave the row out"
        )
    if pd.api.types.is_numeric_dtype(cells.dtype) and not pd.api.types.is_bool_dtype(cells.dtype):
        return read_numbers(cells, name)
    calendar = calendar_of(cells)
    if calendar is None:
        raise DataError(
            f"column '{name}' holds {str(cells.iloc[0])!r}, and its cells are neither numbers nor all dates written in "
            "one known way: name another column for time"
        )
    return check_dates(cells, calendar, name)
