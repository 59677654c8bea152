"""Recognising series in a table: names that come again, columns that never change with them, a time that grows."""

from __future__ import annotations

from contextlib import suppress

import numpy as np
import pandas as pd

from ...core.domain import Question
from ...core.errors import DataError
from ...kinds.tables.identifiers import find_identifiers
from ...kinds.tables.questions import CLOCKS, SHORT, list_words, names_owners
from ...kinds.values.column_dates import row_times
from .subjects import first_values, starts

GLANCE = 100_000  # first rows, which are judged
FEWEST = 10  # subjects, at least
GROWING = 0.99  # share of the steps within subjects that go forward


def find_series(frame: pd.DataFrame) -> tuple[str, str, list[str]] | None:
    """(group, time, static columns) of a table of series; the time is "" where none grows. None for another table.

    A column names subjects if it has 10 names or more, each in two rows on average, and if a time grows within them,
    or if their rows stand together and another column never changes within them.

    Args:
        frame: Rows of a table, in their order.
    """
    first, best = frame.iloc[:GLANCE], None
    times = _times_of(first)
    for name in map(str, first.columns):
        cells = first[name]
        if name in times or not _may_name(cells, name):
            continue
        codes = pd.factorize(cells)[0]
        subjects = int(codes.max()) + 1
        if (codes < 0).any() or subjects < FEWEST or len(codes) < 2 * subjects:
            continue
        order = np.argsort(codes, kind="stable")
        ptr = starts(np.bincount(codes))
        grows = next((time for time, values in times.items() if _grows(values[order], ptr)), "")
        together = int((np.diff(codes) != 0).sum()) + 1 == subjects
        statics = [other for other in map(str, first.columns) if other not in (name, grows)
                   and _never_changes(first[other], order, ptr)]  # fmt: skip
        named = names_owners(name) or _are_numbered(cells)
        rank = (bool(grows), together and bool(statics), named, subjects)
        if (grows or (together and statics and named)) and (best is None or rank > best[0]):
            best = rank, (name, grows, statics)
    return None if best is None else best[1]


def _may_name(cells: pd.Series, name: str) -> bool:
    """Whether cells may be names of subjects: text, categories, or whole numbers under the name of an owner."""
    if pd.api.types.is_float_dtype(cells.dtype) or pd.api.types.is_bool_dtype(cells.dtype):
        return False
    if pd.api.types.is_integer_dtype(cells.dtype):
        return names_owners(name)
    return not pd.api.types.is_datetime64_any_dtype(cells.dtype)


def _are_numbered(cells: pd.Series) -> bool:
    """Whether names are counted or drawn, as INV001 is."""
    if pd.api.types.is_numeric_dtype(cells.dtype):
        return False
    form = find_identifiers(cells.drop_duplicates())
    return form is not None and (form.kind == "uuid" or bool((form.prefix + form.suffix).strip()))


def _times_of(frame: pd.DataFrame) -> dict[str, np.ndarray]:
    """{column: (n,) times} of the columns that hold dates, or numbers under the name of a clock."""
    times = {}
    for name, cells in frame.items():
        is_number = pd.api.types.is_numeric_dtype(cells.dtype)
        if is_number and not set(list_words(str(name))) & (CLOCKS | SHORT):
            continue
        with suppress(DataError):
            times[str(name)] = row_times(cells, str(name))
    return times


def _grows(times: np.ndarray, ptr: np.ndarray) -> bool:
    steps = np.delete(np.diff(times, prepend=times[:1]), ptr[:-1])
    return len(steps) > 0 and (steps > 0).mean() >= GROWING


def _never_changes(cells: pd.Series, order: np.ndarray, ptr: np.ndarray) -> bool:
    """Whether cells are alike within each subject, and not alike in all."""
    codes = pd.factorize(cells)[0][order]
    return bool((codes == first_values(codes, ptr)).all()) and len(np.unique(codes[ptr[:-1]])) > 1


def ask_series(columns: pd.DataFrame) -> list[Question]:
    """Whether the rows of a table are series, where a column names subjects."""
    way = find_series(columns) if columns.shape[1] > 2 else None
    if way is None:
        return []
    group, time, statics = way
    mean = len(columns) / columns[group].nunique()
    order = f" in the order of `{time}`" if time else ""
    same = f", and `{statics[0]}` never changes within one" if statics else ""
    chosen = {"kind": "series", "group": group} | ({"time": time} if time else {})
    return [
        Question.whether(f"Each `{group}` has {mean:.1f} rows{order}{same}: learn each as a series of rows?", **chosen)
    ]
