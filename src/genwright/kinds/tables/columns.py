"""Kinds of column: how the cells of one column become the numbers of one leaf, and back; `see` shows a table at one
glance.

A column of text that stands for numbers or dates is `in_text`: plain(cells) reads them, write(cells) is the inverse.
Every kind has encode(series) -> (n,) float64 in the leaf's units with NaN where missing; decode(x, seed, first) -> the
Series, of rows of a draw before which so many others stand; and code(value) -> one number. `fit_column.py` chooses the
kind of a column.
"""

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, fields
from functools import cached_property

import numpy as np
import pandas as pd

from ...core.errors import GivenError
from ...core.seeds import seed_of
from ...core.spec import Leaf, Ordered, Spec, spec_from_json, spec_to_json
from ...core.terminal import fit_widths, line_width
from ..values.cells import Dtype, dtype_from_json, factorize, read_numbers, restore
from ..values.column_dates import Calendar, check_dates
from ..values.written import Written
from .column_marginals import Curve, Lattice


@dataclass(frozen=True)
class Number:
    """Numbers: an `Ordered` leaf holds their index on the lattice, a `Real` leaf the standardised number, whose draws
    are rounded to the lattice where there is one.

    Args:
        name: Name of the column.
        dtype: Type of the numbers.
        leaf: Leaf of the spec.
        low, high: what training rows lie between; draws are clipped to it.
        typical: the median, in the leaf's units.
        note: Remark for the user.
        written: how the cells write them, where they are text.
    """

    name: str
    dtype: Dtype
    leaf: Leaf
    low: float
    high: float
    typical: float
    lattice: Lattice | None
    note: str = ""
    written: Written | None = None
    kind = "number"

    def encode(self, cells: pd.Series) -> np.ndarray:
        return self.to_leaf(self.identify(cells))

    def decode(self, x: np.ndarray, seed: int, first: int = 0) -> pd.Series:
        return self.from_numbers(self.from_leaf(x))

    def from_numbers(self, values: np.ndarray) -> pd.Series:
        """Makes cells of numbers (n,), also of numbers beyond the range of training."""
        narrow = re.fullmatch(r"u?int(8|16|32)", str(self.dtype).lower())
        ends = np.iinfo(narrow[0]) if narrow else None
        if ends and ((values < ends.min) | (values > ends.max)).any():
            return restore(values, "int64")
        return restore(values if self.written is None else self.written.write(values), self.dtype)

    @property
    def ends(self) -> tuple[float, float]:
        return self.low, self.high

    def show(self, number: float) -> str:
        """A number in words."""
        return f"{number:g}"

    @property
    def in_text(self) -> bool:
        return self.written is not None

    @property
    def texts(self) -> frozenset[str]:
        """A number as the column writes it, where its mark of thousands may be one of decimals: such cells stay text,
        or `1.234` would be read as 1.234."""
        marks = self.written is not None and self.written.thousands in tuple(",.")
        return frozenset(self.written.write([1.0])) if marks else frozenset()

    def identify(self, cells: pd.Series) -> np.ndarray:
        """Returns the numbers (n,) in the precision of the column, so that no way to write one makes it another."""
        values = read_numbers(cells, self.name, self.written)
        return values.astype(np.float32).astype(np.float64) if str(self.dtype).lower().startswith("float32") else values

    def plain(self, cells: pd.Series) -> pd.Series:
        """Converts cells to whole numbers where the lattice has no others and none is missing."""
        values = read_numbers(cells, self.name, self.written)
        whole = self.lattice is not None and self.lattice.decimals <= 0 and not (values % 1 > 0).any()
        return restore(values, "int64" if whole else "float64").set_axis(cells.index)

    def write(self, cells: pd.Series) -> pd.Series:
        """Returns a number with more decimals than the column writes stays as it is."""
        distinct, row_numbers = np.unique(read_numbers(cells, self.name), return_inverse=True)
        texts = self.written.write(distinct)
        is_exact = (self.written.read(texts) == distinct) | np.isnan(distinct)
        return restore(np.where(is_exact, texts, distinct)[row_numbers], self.dtype).set_axis(cells.index)

    def to_leaf(self, values: np.ndarray) -> np.ndarray:
        if isinstance(self.leaf, Ordered):
            return self.lattice.index(values)
        return (values - self.leaf.shift) / self.leaf.scale

    def from_leaf(self, x: np.ndarray) -> np.ndarray:
        if isinstance(self.leaf, Ordered):
            return self.lattice.values(np.clip(x, 0, self.leaf.levels - 1))
        return self.nearest(x * self.leaf.scale + self.leaf.shift)

    def nearest(self, values: np.ndarray) -> np.ndarray:
        """Finds the numbers that the column may hold nearest to these: within its range, on its lattice."""
        values = np.clip(values, self.low, self.high)
        return values if self.lattice is None else self.lattice.nearest(values)

    def code(self, value: object) -> float:
        number = float(read_numbers(pd.Series([value], dtype=object), self.name, self.written)[0])
        if not self.low <= number <= self.high:
            raise GivenError(
                f"{value!r} lies outside the values known for '{self.name}', {self.low:g} to {self.high:g}: "
                "choose one between"
            )
        return float(self.to_leaf(np.array([number]))[0])


@dataclass(frozen=True)
class Labels:
    """One of a set of labels: code k is labels[k], and one code more, where there is one, is any other label.

    Args:
        name: Name of the column.
        dtype: Type of the numbers.
        leaf: Leaf of the spec.
        rare: labels seen too seldom to have a code, with their rows; a drawn "other" becomes one of them at random,
            or one of `labels` at its own frequency when there are none.
        kind: Kind of data.
        note: Remark for the user.
    """

    name: str
    dtype: Dtype
    leaf: Leaf
    labels: tuple
    other: bool
    rare: tuple = ()
    rare_rows: tuple[int, ...] = ()
    kind: str = "category"
    note: str = ""

    @property
    def typical(self) -> float:
        """The code of a value about which nothing was learned: "other", else the commonest label."""
        return float(len(self.labels) if self.other else np.argmax(self.leaf.marginal.probs))

    @property
    def texts(self) -> frozenset[str]:
        """Its labels that are text, which are no words for a missing cell."""
        return frozenset(label for label in (*self.labels, *self.rare) if isinstance(label, str))

    @property
    def known(self) -> tuple:
        """The labels of training, also the rare ones."""
        return (*self.labels, *self.rare)

    def identify(self, cells: pd.Series) -> np.ndarray:
        """Returns the labels as texts (n,), None where missing: a label is known by how it is written."""
        known, distinct = factorize(cells, self.name)
        return np.array([*map(str, distinct), None], object)[known]

    def encode(self, cells: pd.Series) -> np.ndarray:
        return self.encode_and_count(cells)[0]

    def encode_and_count(self, cells: pd.Series) -> tuple[np.ndarray, Counter]:
        """Returns (n,) codes, and how many cells hold each label that training never saw."""
        known, distinct = factorize(cells, self.name)
        codes = np.array([self._lookup(label) for label in distinct] + [np.nan])
        unknown_labels = [k for k, label in enumerate(distinct) if str(label) not in self._known_labels]
        rows = np.bincount(known + 1, minlength=len(distinct) + 1) if unknown_labels else ()
        return codes[known], Counter(
            {str(distinct[k]): int(rows[k + 1]) for k in unknown_labels}
        )  # -1, missing, is the last

    def likely_meant(self, label: str) -> str | None:
        """Returns the label of training that a label seems to be without its zeros or its sign in front; None
        for none."""
        return next((one for one in self._known_labels if one != label and _plain_number(one) == label), None)

    def from_texts(self, texts: np.ndarray) -> pd.Series:
        """Makes cells of labels from their texts (n,), None where missing."""
        labels = {str(label): label for label in (*self.rare, *self.labels)}
        values = np.empty(len(texts), object)
        values[:] = [labels.get(text) for text in texts]
        return restore(values, self.dtype)

    def decode(self, x: np.ndarray, seed: int, first: int = 0) -> pd.Series:
        codes = np.where(np.isnan(x), len(self.labels) + 1, x).astype(int)
        pool = self.rare or self.labels
        rows = np.array(self.rare_rows or self.leaf.marginal.probs[: len(self.labels)], float)
        rng = np.random.default_rng(seed_of("other", seed, self.name))
        rng.bit_generator.advance(first)  # one number a row, so that the first k of n rows stay the same
        rare_numbers = np.searchsorted(np.cumsum(rows) / rows.sum(), rng.random(len(x)), side="right").clip(
            max=len(pool) - 1
        )
        values = np.empty(len(self.labels) + 2, object)
        values[: len(self.labels)] = self.labels
        cells = values[codes]
        for row in np.flatnonzero(codes == len(self.labels)):
            cells[row] = pool[rare_numbers[row]]
        return restore(cells, self.dtype)

    def code(self, value: object) -> float:
        code = self._lookup(value.item() if isinstance(value, np.generic) else value)
        if np.isnan(code) or (
            code == len(self.labels) and value not in self.rare and str(value) not in map(str, self.rare)
        ):
            known = ", ".join(map(repr, (self.labels + self.rare)[:20])) + (
                ", ..." if len(self.labels + self.rare) > 20 else ""
            )
            raise GivenError(f"{value!r} is not a known value of '{self.name}': use one of {known}")
        return code

    @cached_property
    def _known_labels(self) -> dict[str, None]:
        """The texts of all labels, also of those without a code of their own."""
        return dict.fromkeys(map(str, self.known))

    @cached_property
    def _codes(self) -> dict:
        by_text = {str(label): float(code) for code, label in enumerate(self.labels)}
        return by_text | {label: float(code) for code, label in enumerate(self.labels)}

    def _lookup(self, label: object) -> float:
        """The code of a label, found by its value or else by how it is written."""
        unknown = float(len(self.labels)) if self.other else np.nan
        if isinstance(label, bool) and self.kind != "boolean":
            label = str(label)  # True equals 1
        return self._codes.get(label, self._codes.get(str(label), unknown))


def _plain_number(text: str) -> str:
    """Digits as a reader of numbers keeps them: without a plus and without zeros in front."""
    return re.sub(r"^\+?0*(?=\d)", "", text) if text.lstrip("+").isdecimal() else text


@dataclass(frozen=True)
class Dates:
    """Dates on a lattice of days, hours, ... `count` is the number that the calendar makes of them.

    Args:
        dtype: Type of the numbers.
    """

    dtype: Dtype
    calendar: Calendar
    count: Number
    kind = "date"

    @property
    def in_text(self) -> bool:
        return self.calendar.in_text

    @property
    def texts(self) -> frozenset[str]:
        return frozenset()

    @property
    def ends(self) -> tuple[float, float]:
        return self.count.ends

    def show(self, count: float) -> str:
        """A date in words."""
        return str(self.from_numbers(np.array([count]))[0])

    def identify(self, cells: pd.Series) -> np.ndarray:
        """Returns the dates as numbers (n,)."""
        return check_dates(cells, self.calendar, self.name)

    def plain(self, cells: pd.Series) -> pd.Series:
        return self.calendar.plain(cells).set_axis(cells.index)

    def write(self, cells: pd.Series) -> pd.Series:
        """Writes cells of dates. Finer dates than the column's stay as they are."""
        counts = self.calendar.count(cells)
        finer = (counts % 1 > 0).any()
        return cells if finer else self.calendar.restore(counts, dtype_from_json(self.dtype)).set_axis(cells.index)

    @property
    def name(self) -> str:
        return self.count.name

    @property
    def leaf(self) -> Leaf:
        return self.count.leaf

    @property
    def typical(self) -> float:
        return self.count.typical

    @property
    def note(self) -> str:
        return self.count.note

    def encode(self, cells: pd.Series) -> np.ndarray:
        return self.count.to_leaf(check_dates(cells, self.calendar, self.name))

    def decode(self, x: np.ndarray, seed: int, first: int = 0) -> pd.Series:
        return self.from_numbers(self.count.from_leaf(x))

    def from_numbers(self, counts: np.ndarray) -> pd.Series:
        """Makes cells of dates from counts (n,) in the unit of the calendar, also beyond the range of training."""
        return self.calendar.restore(counts, dtype_from_json(self.dtype))

    def code(self, value: object) -> float:
        (number,) = check_dates(pd.Series([value], dtype=object), self.calendar, self.name)
        if not self.count.low <= number <= self.count.high:
            first, last = self.decode(self.count.to_leaf(np.array([self.count.low, self.count.high])), 0)
            raise GivenError(
                f"{value!r} lies outside the dates known for '{self.name}', {first} to {last}: choose one between"
            )
        return float(self.count.to_leaf(np.array([number]))[0])


@dataclass(frozen=True)
class Constant:
    """A column with the same value in every training row: not modelled, written again into every item."""

    inner: Number | Labels | Dates
    value: float  # in the units of the inner column's leaf
    kind = "constant"
    leaf = None

    @property
    def name(self) -> str:
        return self.inner.name

    @property
    def note(self) -> str:
        return f"always {self.fill(1)[0]}: not modelled, restored in every item"

    def fill(self, n: int) -> pd.Series:
        return self.inner.decode(np.full(n, self.value), 0)


@dataclass(frozen=True)
class Ignored:
    """Left out of the model and of its samples.

    Args:
        name: Name of the column.
        words: texts that a file would read as missing cells.
    """

    name: str
    why: str
    words: tuple[str, ...] = ()
    kind = "ignored"
    leaf = None
    note = ""

    @property
    def texts(self) -> frozenset[str]:
        return frozenset(self.words)


Column = Number | Labels | Dates | Constant | Ignored
_KINDS = {cls.__name__.lower(): cls for cls in (Number, Labels, Dates, Constant, Ignored)}


def column_to_json(column: Column) -> dict:
    record = {"is": type(column).__name__.lower()}
    for part in fields(column):
        value = getattr(column, part.name)
        if part.name == "leaf":
            (value,) = spec_to_json(Spec((("", value),)))
        elif part.name in ("written", "words") and not value:
            continue
        elif isinstance(value, (Calendar, Written)):
            value = value.to_json()
        elif isinstance(value, Lattice) and value.curve is None:
            value = value[:3]
        elif isinstance(value, tuple(_KINDS.values())):
            value = column_to_json(value)
        record[part.name] = list(value) if isinstance(value, tuple) else value
    return record


def column_from_json(record: dict) -> Column:
    record = dict(record)
    cls = _KINDS[record.pop("is")]
    reads: dict[str, Callable] = {
        "leaf": lambda leaf: spec_from_json([leaf]).columns[0],
        "calendar": Calendar.from_json,
        "count": column_from_json,
        "inner": column_from_json,
        "lattice": lambda lattice: lattice and Lattice(*lattice[:3], *map(_curve_from_json, lattice[3:])),
        "written": lambda written_record: Written(**written_record),
        "labels": tuple,
        "rare": tuple,
        "words": tuple,
        "rare_rows": tuple,
    }
    column = cls(**{key: reads.get(key, lambda v: v)(value) for key, value in record.items()})
    if isinstance(column, Labels):
        if len(column.labels) + column.other != column.leaf.levels or len(column.rare) != len(column.rare_rows):
            raise ValueError(f"column {column.name!r} has as many labels as codes, and rows for each rare one")
        if not all(type(rows) is int and rows > 0 for rows in column.rare_rows):
            raise ValueError(f"column {column.name!r} counts rows of rare labels")
    return column


def _curve_from_json(record: list) -> Curve:
    return Curve(*record[:4], tuple(record[4]))


EXAMPLES, LABELS = 3, 4  # shown of a column
WIDEST = 32  # letters of a cell of the overview


@dataclass(frozen=True)
class Seen:
    """One column.

    Args:
        name: Name of the column.
        kind: what it is.
        typed: what a person calls it to have it so.
        values: its range, its labels with their shares, or why it is ignored.
        missing: share of rows.
    """

    name: str
    kind: str
    typed: str
    examples: tuple[str, ...]
    values: str
    missing: float


def see(column: Column, cells: pd.Series) -> Seen:
    """Summarises a column for a person.

    Args:
        cells: Cells of all rows, empty where they stand for a missing value.
    """
    inner = column.inner if isinstance(column, Constant) else column
    example_cells = cells.dropna().iloc[: 100 * EXAMPLES].drop_duplicates()[:EXAMPLES]
    examples = tuple(_date(cell, inner) if isinstance(inner, Dates) else str(cell) for cell in example_cells)
    return Seen(column.name, column.kind, inner.kind, examples, _values(column), float(cells.isna().mean()))


def as_text(summaries: list[Seen]) -> list[str]:
    """Writes summaries of columns, a line each, aligned and no wider than the terminal, under a line of names."""
    rows = [("column", "kind", "range or labels", "missing of all", "cells")]
    for one in summaries:
        missing = f"{one.missing:.1%}" if one.missing else ""
        rows.append((one.name, one.kind, one.values, missing, ", ".join(one.examples)))
    rows = [row[:3] + row[3 + (not any(one.missing for one in summaries)) :] for row in rows]
    rows = [tuple(_fit_cell(j, cell, 2 * WIDEST if j == 2 else WIDEST) for j, cell in enumerate(row)) for row in rows]
    widths = fit_widths([max(map(len, column)) for column in zip(*rows)], line_width())
    lines = (
        "  ".join(f"{_fit_cell(j, cell, width):{width}}" for j, (cell, width) in enumerate(zip(row, widths)))
        for row in rows
    )
    return [line.rstrip() for line in lines]


def _fit_cell(place: int, text: str, letters: int) -> str:
    """A cell of a line, cut at its end; a name in its middle, since names that begin alike often end differently."""
    text = " ".join(text.split())
    if place or len(text) <= letters:
        return _shorten(text, letters)
    end = letters // 4
    return f"{text[: letters - 3 - end]}...{text[len(text) - end :]}"


def _values(column: Column) -> str:
    if isinstance(column, Ignored):
        return column.why
    if isinstance(column, Constant):
        return f"always {column.fill(1)[0]}"
    if isinstance(column, Labels):
        shares = np.array(column.leaf.marginal.probs[: len(column.labels)])
        order = np.argsort(-shares, kind="stable")[:LABELS]
        share_text = ", ".join(f"{column.labels[k]} {shares[k] / shares.sum():.0%}" for k in order)
        count = len(column.labels) + len(column.rare)
        return f"{count} label{'s' * (count != 1)}: {share_text}{', ...' * (count > len(order))}"
    if isinstance(column, Dates):
        first, last = column.decode(column.count.to_leaf(np.array([column.count.low, column.count.high])), 0)
        return f"{_date(first, column)} to {_date(last, column)}"
    ends = np.array([column.low, column.high])
    low, high = column.written.write(ends) if column.written else (f"{end:.10g}" for end in ends)
    return f"{low} to {high}"


def _date(cell: object, column: Dates) -> str:
    """Text of a date, without the time of day if the dates have none."""
    text = str(cell).removeprefix("0 days ")
    return text.removesuffix(" 00:00:00") if column.calendar.unit == "day" else text


def _shorten(text: str, letters: int) -> str:
    text = " ".join(text.split())
    return text if len(text) <= letters else f"{text[: letters - 3]}..."
