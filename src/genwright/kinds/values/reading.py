"""Meaning of the cells of one column, before anything is learned of them: words for missing, numbers written as text,
and, in a sheet, cells that have a type and a format each (dates beside texts, percent, currencies).

All rows of a table decide it, since a way of writing reveals nothing about the numbers.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ...core.errors import DataError
from .cells import Coded, factorize, filled_cells, read_numbers, row_number
from .column_dates import Calendar, calendar_of
from .date_forms import by_shape
from .typed_cells import MISSING
from .written import Written, find_written, numbers_among

_ERROR = re.compile(r"(?i)#[¡¿]?(?:[^\W\d_]{2,12}|DIV/0|N/[A-Z])[!?]|#N/[A-Z]|#NV|#N/A N/A|#{3,}")  # of spreadsheets
_NAN = re.compile(r"[-+]?(?:nan|1[.,]#(?:QNAN|IND|SNAN)0*)(?:\(\w*\))?", re.IGNORECASE)
ABBREVIATIONS = ("k.A.", "k. A.", "k.A", "n.a.", "n. a.", "n.a", "n/v", "<na>", "#na", "#n/a")
AMONG_LABELS = frozenset(word.casefold() for word in (*ABBREVIATIONS, "n/a", r"\N", "(null)"))  # no label looks so
MAYBE_LABELS = frozenset(("NA", "?"))  # words for missing of text files, which a source with missing cells may mean
AMONG_NUMBERS = AMONG_LABELS | frozenset(  # and among dates
    "|na|n/a|n.d.|n. d.|n.v.|nan|nat|null|?|??|-|--|---|–|—|.|..|...|*|missing|(missing)|[missing]|unknown|(unknown)|"
    "unknown?|tbd|tba|not available|not known|no data|undefined|none|nil|keine angabe|unbekannt|fehlt|"
    "not measured|not tested|not determined|not recorded|not applicable|unmeasured|untested".split("|")
)
ZERO = frozenset(("none", "nil"))  # may mean 0, unless they are few
FEW_CELLS = 0.1  # share of the filled cells
UNITS = 3  # different numbers that make a column with a unit one of numbers: `2WD` and `4WD` are labels
GLANCE = 200  # distinct texts that say whether a column is worth a closer look


@dataclass(frozen=True)
class Reading:
    """The way in which the cells of a column are read.

    Args:
        missing: cells that stand for a missing value, the commonest first, "" for one that is empty.
        written: how numbers are written, where they are text.
        note: what was understood, in words.
        dates: how dates are written, where they are text.
    """

    missing: tuple = ()
    written: Written | None = None
    note: str = ""
    dates: Calendar | None = None


def find_reading(
    cells: pd.Series,
    name: str,
    kind: str | None = None,
    missing: Sequence = (),
    coded_cells: Coded | None = None,
    decimal: str = "",
) -> Reading:
    """Decides what the cells of a column mean: numbers, dates, labels or text, and which stand for missing.

    Args:
        cells: Cells of the column.
        name: Name of the column.
        kind: what the user calls the column, or None.
        missing: what stands for a missing value in it, beside what always does among cells like these; "" says that
            every other word is a label.
        coded_cells: the cells, where they are factorized already.
        decimal: as in `find_written`.
    """
    named_cells = cells_among(cells, missing, name)
    if not is_text(cells):
        days = (
            calendar_of(filled_cells(blank(cells, tuple(named_cells))), kind == "date")
            if kind in (None, "date")
            else None
        )
        return Reading(_commonest(cells, named_cells), None, _describe_missing(cells, named_cells), days)
    coded_cells = coded_cells or factorize(cells, name)
    distinct, rows = coded_cells.distinct, coded_cells.rows
    texts = {value: value.strip() for value in distinct if isinstance(value, str)}
    unnamed_texts = {value: text for value, text in texts.items() if value not in named_cells}
    missing_cells = {value for value, text in unnamed_texts.items() if is_missing_word(text)}
    filled_texts = list(dict.fromkeys(text for value, text in unnamed_texts.items() if value not in missing_cells))
    has_words = bool(missing_cells or named_cells)
    other_values = [v for v in distinct if not isinstance(v, str) and v not in named_cells]
    zeros = sum(rows[k] for k, v in enumerate(distinct) if v in missing_cells and texts[v].casefold() in ZERO)
    whole = kind is None and all(map(str.isdecimal, filled_texts)) and all(map(is_number, other_values))
    dates = [value for value in distinct if value not in missing_cells and value not in named_cells] if whole else []
    if dates and (calendar := calendar_of(pd.Series(dates, dtype=object))):
        return _reading_of_dates(cells, calendar, missing_cells | named_cells)
    if kind in (None, "number", "whole", "real") and (kind or zeros <= FEW_CELLS * rows.sum()):
        written_form = _written(filled_texts, other_values, kind is not None, has_words, decimal)
        if written_form is not None or (other_values and not filled_texts and all(map(is_number, other_values))):
            missing_cells |= named_cells
            example_text = (
                f"numbers written like `{_example(filled_texts)}`" if written_form and not written_form.is_plain else ""
            )
            return Reading(
                _commonest(cells, missing_cells),
                written_form,
                "; ".join(filter(None, (example_text, _describe_missing(cells, missing_cells, "numbers")))),
            )
    dates = (
        [*(value for value in unnamed_texts if value not in missing_cells), *other_values]
        if kind in (None, "date")
        else []
    )
    if dates and (calendar := calendar_of(pd.Series(dates, dtype=object), kind == "date")):
        ways = _ways(dict(zip(map(str, distinct), rows)), [*map(str, dates)]) if calendar.others else ""
        return _reading_of_dates(cells, calendar, missing_cells | named_cells, ways)
    labels = named_cells | {value for value in unnamed_texts if "" not in missing and _is_no_label(texts[value])}
    return Reading(_commonest(cells, labels), None, _describe_missing(cells, labels))


def _reading_of_dates(cells: pd.Series, calendar: Calendar, missing_cells: set, ways: str = "") -> Reading:
    note = "; ".join(filter(None, (ways, _describe_missing(cells, missing_cells, "dates"))))
    return Reading(_commonest(cells, missing_cells), None, note, calendar)


def _written(
    filled_texts: list[str], other_values: list, kind_is_given: bool, has_words: bool, decimal: str
) -> Written | None:
    """The form of numbers of texts, if all are numbers and it is natural, or asked for, to take them for such."""
    glance = filled_texts[:: max(1, len(filled_texts) // GLANCE)]
    if other_values or not filled_texts or len(numbers_among(glance)) < len(glance):
        return None
    ways = find_written(filled_texts, decimal)
    if not ways or (len(ways) > 1 and not kind_is_given):
        return None
    way = ways[0]
    if way.is_plain and way.decimals == 0 and not has_words and not kind_is_given:
        return None  # whole numbers that somebody made text are labels
    if (way.prefix or way.suffix) and len(filled_texts) < UNITS and not kind_is_given:
        return None
    return way


def find_numbers(cells: pd.Series) -> np.ndarray | None:
    """Reads the numbers (n,) of a column, however they are written, NaN where one is missing; None for words."""
    name = str(cells.name)
    with suppress(DataError):
        reading = find_reading(cells, name, "number")
        return read_numbers(blank(cells, reading.missing), name, reading.written)
    return None


def find_labels(cells: pd.Series, name: str, missing: Sequence = ()) -> pd.Series:
    """Returns labels, empty where they stand for a missing value.

    Args:
        cells: Cells of the column.
        name: Name of the column.
        missing: as in `find_reading`.
    """
    cells = cells.astype(object)
    blanks = [value for value in factorize(cells, name).distinct if isinstance(value, str) and not value.strip()]
    return blank(cells, [*find_reading(cells, name, "category", missing).missing, *blanks])


def explain_words(cells: pd.Series, name: str) -> None:
    """Raises DataError for the first cell that is no number as most cells are, where they are text."""
    texts = [value for value in factorize(cells, name)[1] if isinstance(value, str)]
    numbers = set(numbers_among([text.strip() for text in texts]))
    unreadable = next((text for text in texts if text.strip() not in numbers), None)
    if unreadable is not None and len(numbers) > 1:
        example_text = _example([text.strip() for text in texts if text.strip() in numbers])
        row = row_number(cells.index[int((cells == unreadable).to_numpy(bool, na_value=False).argmax())])
        word = unreadable.strip()
        remedy = f", or take it for missing with --missing '{name}={word}' (missing={{'{name}': [{word!r}]}})"
        raise DataError(
            f"column '{name}' holds {unreadable!r} in row {row}, which is no number written like "
            f"'{example_text}': write "
            f"it so or leave the cell empty{'' if any(letter.isdigit() for letter in word) else remedy}"
        )


def blank(cells: pd.Series, missing: Sequence) -> pd.Series:
    """Returns the cells without those that stand for a missing value."""
    if not missing:
        return cells
    if isinstance(cells.dtype, pd.CategoricalDtype):
        return cells.cat.remove_categories([label for label in cells.cat.categories if label in missing])
    is_missing = cells.isin(missing)
    if not is_missing.any():
        return cells
    whole = isinstance(cells.dtype, np.dtype) and cells.dtype.kind in "iu"
    return (cells.astype("Int64") if whole else cells).mask(is_missing)


def write_missing(cells: pd.Series, missing: Sequence) -> pd.Series:
    """Writes missing cells as the column wrote most of them: as a word, or empty."""
    word = missing[0] if missing else ""
    if not isinstance(word, str) or not word.strip() or isinstance(cells.dtype, pd.CategoricalDtype):
        return cells
    if not cells.isna().any():
        return cells
    filled_cells = cells.astype(object).where(cells.notna(), word)
    return filled_cells.astype(cells.dtype) if pd.api.types.is_string_dtype(cells.dtype) else filled_cells


def cells_among(cells: pd.Series, missing: Sequence, name: str) -> set:
    """Finds the distinct cells that equal one of `missing`, as text or as a number.

    Args:
        cells: Cells of the column.
        name: Name of the column.
    """
    if not len(missing):
        return set()
    words = {str(word).strip() for word in missing}
    numbers = {number for word in missing if (number := _number(word)) is not None}
    equal = lambda value: str(value).strip() in words or (not isinstance(value, str) and _number(value) in numbers)
    return {value for value in factorize(cells, name)[1] if not isinstance(value, bool) and equal(value)}


def _number(word: object) -> float | None:
    try:
        return float(word)
    except (TypeError, ValueError):
        return None


def is_missing_word(text: str) -> bool:
    """Tells whether a text such as "n/a" stands for a missing value among numbers or dates."""
    return (text := text.strip()).casefold() in AMONG_NUMBERS or bool(_ERROR.fullmatch(text) or _NAN.fullmatch(text))


def _is_no_label(text: str) -> bool:
    return text.casefold() in AMONG_LABELS or bool(text and text in MISSING - MAYBE_LABELS or _ERROR.fullmatch(text))


def is_text(cells: pd.Series) -> bool:
    return pd.api.types.is_string_dtype(cells.dtype) or cells.dtype == object


def is_number(cell: object) -> bool:
    """Tells whether a cell is a number, not a truth value or a text."""
    return isinstance(cell, (int, float)) and not isinstance(cell, bool)


def _commonest(cells: pd.Series, missing_cells: set) -> tuple:
    """The cells that stand for missing by how many there are, "" among them where cells are empty too."""
    if not missing_cells:
        return ()
    rows = cells[cells.isin(missing_cells)].value_counts()
    rows = {value: int(count) for value, count in rows.items() if value in missing_cells}
    if empty := int(cells.isna().sum()):
        rows[""] = rows.get("", 0) + empty
    return tuple(sorted(rows, key=lambda value: (-rows[value], str(value))))


def _describe_missing(cells: pd.Series, missing_cells: set, noun: str = "") -> str:
    """Sentence on cells that are taken for missing: which, and how many of the filled ones."""
    shown_cells = [f"`{value}`" for value in sorted(missing_cells, key=str) if str(value).strip()]
    if not shown_cells:
        return ""
    share = cells.isin(missing_cells).sum() / cells.notna().sum()
    words = ", ".join(shown_cells[:5]) + ", ..." * (len(shown_cells) > 5)
    if noun:
        return f"{format_share(1 - share)} {noun}, the rest {words}: taken as missing"
    return f"{format_share(share)} {words}, taken as missing"


def _ways(rows: dict[str, int], dates: list[str]) -> str:
    """Number of cells for each way of writing dates, in words."""
    ways = {texts[0]: sum(rows[text] for text in texts) for texts in by_shape(dates).values()}
    return ", ".join(
        f"{ways[example_text]:,} like {example_text}" for example_text in sorted(ways, key=ways.get, reverse=True)
    )


def format_share(share: float) -> str:
    return f"{share:.0%}" if 0.01 <= share <= 0.99 else f"{share:.2%}"


def _example(filled_texts: list[str]) -> str:
    """A text that shows most of how it is written."""
    return min(filled_texts, key=lambda text: (-sum(not c.isdigit() for c in text), -len(text), text))
