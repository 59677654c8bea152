"""A table as its rules see it: numbers, labels and missing cells of each column, read once."""

from collections.abc import Callable, Iterable

import numpy as np
import pandas as pd

from ..values.cells import factorize
from ..values.column_dates import CLOCK, UNITS
from ..values.frames import column_of
from ..values.reading import is_text
from ..values.typed_cells import as_number
from .columns import Column, Constant, Dates, Labels


class View:
    """A frame as rules see it; each column is read once.

    Args:
        columns: those that may be asked for.
        frame: The table.
    """

    def __init__(self, columns: Iterable[Column], frame: pd.DataFrame):
        self.columns = {c.name: c.inner if isinstance(c, Constant) else c for c in columns}
        self.frame = frame
        self._read: dict[object, np.ndarray] = {}

    def __len__(self) -> int:
        return len(self.frame)

    def numbers(self, name: str) -> np.ndarray:
        """Returns a column as numbers (n,) float64, NaN where missing; dates are days since 1970, labels the numbers
        that they are written as."""
        return self.read_cached(("numbers", name), self._numbers, name)

    def keys(self, name: str) -> np.ndarray:
        """Returns a column as texts of labels (n,), None where missing; of numbers and dates, their numbers."""
        if not isinstance(self.columns[name], Labels):
            return self.numbers(name)
        return self.read_cached(("keys", name), self._texts, name)

    def shuffled(self, name: str, rng: np.random.Generator) -> "View":
        """Returns a view in which the numbers of a column stand in rows of chance."""
        other = View(self.columns.values(), self.frame)
        other._read = self._read | {("numbers", name): rng.permutation(self.numbers(name))}
        return other

    def complete(self, names: Iterable[str]) -> np.ndarray:
        """Finds the rows that miss none of these columns: (n,) bool."""
        return ~np.logical_or.reduce([np.zeros(len(self), bool), *map(self.missing, names)])

    def ticks(self, name: str) -> float | None:
        """Ticks in one unit of a column's numbers: 100 if it has two decimals; None if nothing is known of any."""
        column = self.columns[name]
        if isinstance(column, Dates):
            return 1 / _days(column)
        lattice = None if isinstance(column, Labels) else column.lattice
        return None if lattice is None else 10.0**lattice.decimals

    def missing(self, name: str) -> np.ndarray:
        return self.read_cached(("missing", name), lambda name: pd.isna(self.keys(name)), name)

    def put(self, name: str, keys: np.ndarray) -> None:
        """Gives a column these `keys`, whatever the frame holds."""
        self._read = {key: read for key, read in self._read.items() if name not in key}
        self._read["keys" if isinstance(self.columns[name], Labels) else "numbers", name] = keys

    def cells(self, name: str) -> pd.Series:
        """Returns a column as the training data write it."""
        column = self.columns[name]
        if isinstance(column, Labels):
            return column.from_texts(self.keys(name))
        return column.from_numbers(self.numbers(name) / _days(column))

    def ends(self, name: str) -> tuple[float, float]:
        """Returns the lowest and the highest number of a column in training."""
        column = self.columns[name]
        number = column.count if isinstance(column, Dates) else column
        return number.low * _days(column), number.high * _days(column)

    def cells_within(self, name: str, numbers: np.ndarray) -> pd.Series:
        """Returns cells of numbers of a column, led into the range of the training rows, in the form of the frame."""
        column = self.columns[name]
        cells = column.from_numbers(np.clip(numbers, *self.ends(name)) / _days(column))
        return column.plain(cells) if column.in_text and not is_text(self.frame[name]) else cells

    def read_cached(self, key: object, read: Callable[[str], np.ndarray], name: str) -> np.ndarray:
        """Reads a column by `read`, and keeps the result under the key `key`.

        Args:
            name: Name of the column.
        """
        if key not in self._read:
            self._read[key] = read(name)
        return self._read[key]

    def _numbers(self, name: str) -> np.ndarray:
        """Rounded to the decimals of the column, and not clipped to what it saw in training."""
        column = self.columns[name]
        if isinstance(column, Labels):
            return label_numbers(self.keys(name))
        lattice = (column.count if isinstance(column, Dates) else column).lattice
        values = column.identify(column_of(self.frame, name))
        return (values if lattice is None else lattice.rounded(values)) * _days(column)

    def _texts(self, name: str) -> np.ndarray:
        column = self.columns[name]
        codes, distinct = factorize(column_of(self.frame, name), name)
        known = column.encode(pd.Series(distinct, dtype=object))
        is_coded = known < len(column.labels)
        texts = [str(column.labels[int(k)]) if coded else str(v) for v, k, coded in zip(distinct, known, is_coded)]
        return np.array([*texts, None], object)[codes]


def label_numbers(labels: Iterable[str | None]) -> np.ndarray:
    """Converts labels (n,) to numbers, truth values to 1 and 0; NaN for those that are words."""
    known = {label: as_number(label) for label in {*labels} - {None}} | {"True": 1.0, "False": 0.0}
    return np.array([known.get(label) for label in labels], object).astype(float)


def unit_of(column: Column) -> str:
    """Returns the unit of a column's numbers in a view; "" if they are no dates."""
    return "day" + CLOCK * column.calendar.is_clock if isinstance(column, Dates) else ""


def _days(column: Column) -> float:
    """Days that a count of a column of dates stands for; 1 for other columns."""
    return UNITS[column.calendar.unit] / UNITS["day"] if isinstance(column, Dates) else 1.0
