"""The distinct numbers of a column, increasing, and the rows of each: whatever goes by order needs no more, and so the
column is sorted once."""

import numpy as np


def merge_equal(values: np.ndarray, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """values: (m,) never decreasing, as distinct numbers are once they were rounded. Distinct, and the rows of each."""
    first = np.flatnonzero(np.concatenate([[True], values[1:] != values[:-1]]))
    return values[first], np.add.reduceat(rows, first)


def median(values: np.ndarray, rows: np.ndarray) -> float:
    """As np.median has it, of a column with values (m,), increasing, each in rows (m,) rows."""
    middle = rows.sum() - 1
    return float(_values_at([middle // 2, (middle + 1) // 2], values, rows).mean())


def quartiles(values: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """The lower and the upper, as np.percentile has them."""
    place = np.array([0.25, 0.75]) * (rows.sum() - 1)
    (low, high), t = _values_at([np.floor(place), np.ceil(place)], values, rows), place % 1
    return np.where(t < 0.5, low + (high - low) * t, high - (high - low) * (1 - t))


def _values_at(places: list, values: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """The numbers at these places of the sorted column."""
    return values[np.searchsorted(np.cumsum(rows), np.array(places, int), side="right")]
