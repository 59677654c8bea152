"""Meaning of the cells of one column, before anything is learned of them: words for missing, numbers written as text,
and, in a sheet, cells that have a type and a format each (dates beside texts, percent, currencies).

All rows of a table decide it, since a way of writing reveals nothing about the numbers.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

import numpy as np
import pandas as pd

from ...core.domain import Proposal
from ...core.errors import DataError
from .cells import Coded, factorize, read_numbers
from .column_dates import Calendar, calendar_of
from .date_forms import by_shape, find_forms, find_offset, read_texts
from .written import Written, find_written, numbers_among

ERRORS = ("#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A!", "#N/A N/A", "#ERROR!")  # in spreadsheets
ABBREVIATIONS = ("k.A.", "k. A.", "k.A", "n.a.", "n. a.", "n.a", "n/v", "<na>", "#na", "#n/a")
AMONG_LABELS = frozenset(word.casefold() for word in (*ERRORS, *ABBREVIATIONS))  # no label looks so
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
    """missing: cells that stand for a missing value, the commonest first, "" for one that is empty. written: how
    numbers are written, where they are text. note: what was understood, in words. dates: how dates are written, where
    they are text."""

    missing: tuple = ()
    written: Written | None = None
    note: str = ""
    dates: Calendar | None = None


def find_reading(
    cells: pd.Series, name: str, kind: str | None = None, missing: Sequence = (), coded: Coded | None = None
) -> Reading:
    """kind: what the user calls the column, or None. missing: what stands for a missing value in it, beside what always
    does among cells like these. coded: the cells, where they are factorized already."""
    named = cells_among(cells, missing, name)
    if not is_text(cells):
        days = calendar_of(blank(cells, tuple(named)).dropna(), kind == "date") if kind in (None, "date") else None
        return Reading(_commonest(cells, named), None, _describe_missing(cells, named), days)
    coded = coded or factorize(cells, name)
    distinct, rows = coded.distinct, coded.rows
    texts = {value: value.strip() for value in distinct if isinstance(value, str)}
    rest = {value: text for value, text in texts.items() if value not in named}
    gone = {value for value, text in rest.items() if text.casefold() in AMONG_NUMBERS}
    filled = list(dict.fromkeys(text for value, text in rest.items() if value not in gone))
    has_words, others = bool(gone or named), [v for v in distinct if not isinstance(v, str) and v not in named]
    zeros = sum(rows[k] for k, v in enumerate(distinct) if v in gone and texts[v].casefold() in ZERO)
    whole = kind is None and all(map(str.isdecimal, filled)) and _are_numbers(others)
    dates = [value for value in distinct if value not in gone and value not in named] if whole else []
    if dates and (calendar := calendar_of(pd.Series(dates, dtype=object))):
        return _reading_of_dates(cells, calendar, gone | named)
    if kind in (None, "number", "whole", "real") and (kind or zeros <= FEW_CELLS * rows.sum()):
        written = _written(filled, others, kind is not None, has_words)
        if written is not None or (others and not filled and _are_numbers(others)):
            gone |= named
            like = f"numbers written like `{_example(filled)}`" if written and not written.is_plain else ""
            return Reading(
                _commonest(cells, gone),
                written,
                "; ".join(filter(None, (like, _describe_missing(cells, gone, "numbers")))),
            )
    dates = [*(value for value in rest if value not in gone), *others] if kind in (None, "date") else []
    if dates and (calendar := calendar_of(pd.Series(dates, dtype=object), kind == "date")):
        ways = _ways(dict(zip(map(str, distinct), rows)), [*map(str, dates)]) if calendar.others else ""
        return _reading_of_dates(cells, calendar, gone | named, ways)
    labels = {value for value in rest if texts[value].casefold() in AMONG_LABELS} | named
    return Reading(_commonest(cells, labels), None, _describe_missing(cells, labels))


def _reading_of_dates(cells: pd.Series, calendar: Calendar, gone: set, ways: str = "") -> Reading:
    note = "; ".join(filter(None, (ways, _describe_missing(cells, gone, "dates"))))
    return Reading(_commonest(cells, gone), None, note, calendar)


def _written(filled: list[str], others: list, asked: bool, has_words: bool) -> Written | None:
    """The form of numbers of texts, if all are numbers and it is natural, or asked for, to take them for such."""
    glance = filled[:: max(1, len(filled) // GLANCE)]
    if others or not filled or len(numbers_among(glance)) < len(glance):
        return None
    ways = find_written(filled)
    if not ways or (len(ways) > 1 and not asked):
        return None
    way = ways[0]
    if way.is_plain and way.decimals == 0 and not has_words and not asked:
        return None  # whole numbers that somebody made text are labels
    if (way.prefix or way.suffix) and len(filled) < UNITS and not asked:
        return None
    return way


def find_numbers(cells: pd.Series) -> np.ndarray | None:
    """(n,) the numbers of a column, however they are written, NaN where one is missing; None for words."""
    name = str(cells.name)
    with suppress(DataError):
        reading = find_reading(cells, name, "number")
        return read_numbers(blank(cells, reading.missing), name, reading.written)
    return None


def find_labels(cells: pd.Series, name: str, missing: Sequence = ()) -> pd.Series:
    """The cells, empty where they stand for a missing value among labels, or are blank. missing: as in
    `find_reading`."""
    cells = cells.astype(object)
    blanks = [value for value in factorize(cells, name).distinct if isinstance(value, str) and not value.strip()]
    return blank(cells, [*find_reading(cells, name, "category", missing).missing, *blanks])


def explain_words(cells: pd.Series, name: str) -> None:
    """Raises DataError for the first cell that is no number as most cells are, where they are text."""
    texts = [value for value in factorize(cells, name)[1] if isinstance(value, str)]
    numbers = set(numbers_among([text.strip() for text in texts]))
    wrong = next((text for text in texts if text.strip() not in numbers), None)
    if wrong is not None and len(numbers) > 1:
        like = _example([text.strip() for text in texts if text.strip() in numbers])
        row = cells.index[int((cells == wrong).to_numpy(bool, na_value=False).argmax())]
        word = wrong.strip()
        taken = f", or take it for missing with --missing '{name}={word}' (missing={{'{name}': [{word!r}]}})"
        raise DataError(
            f"column '{name}' holds {wrong!r} in row {row}, which is no number written like '{like}': write it so or "
            f"leave the cell empty{'' if any(letter.isdigit() for letter in word) else taken}"
        )


def blank(cells: pd.Series, missing: Sequence) -> pd.Series:
    """The cells without those that stand for a missing value."""
    if not missing:
        return cells
    if isinstance(cells.dtype, pd.CategoricalDtype):
        return cells.cat.remove_categories([label for label in cells.cat.categories if label in missing])
    gone = cells.isin(missing)
    if not gone.any():
        return cells
    whole = isinstance(cells.dtype, np.dtype) and cells.dtype.kind in "iu"
    return (cells.astype("Int64") if whole else cells).mask(gone)


def write_missing(cells: pd.Series, missing: Sequence) -> pd.Series:
    """Missing cells written as the column wrote most of them: as a word, where it is one, else empty."""
    word = missing[0] if missing else ""
    if not isinstance(word, str) or not word.strip() or isinstance(cells.dtype, pd.CategoricalDtype):
        return cells
    if not cells.isna().any():
        return cells
    filled = cells.astype(object).where(cells.notna(), word)
    return filled.astype(cells.dtype) if pd.api.types.is_string_dtype(cells.dtype) else filled


def cells_among(cells: pd.Series, missing: Sequence, name: str) -> set:
    """Distinct cells that equal one of `missing`, as text or as a number."""
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


def is_text(cells: pd.Series) -> bool:
    return pd.api.types.is_string_dtype(cells.dtype) or cells.dtype == object


def _are_numbers(values: list) -> bool:
    return all(isinstance(value, (int, float)) and not isinstance(value, bool) for value in values)


def _commonest(cells: pd.Series, gone: set) -> tuple:
    """The cells that stand for missing by how many there are, "" among them where cells are empty too."""
    if not gone:
        return ()
    rows = cells[cells.isin(gone)].value_counts()
    rows = {value: int(count) for value, count in rows.items() if value in gone}
    if empty := int(cells.isna().sum()):
        rows[""] = rows.get("", 0) + empty
    return tuple(sorted(rows, key=lambda value: (-rows[value], str(value))))


def _describe_missing(cells: pd.Series, gone: set, what: str = "") -> str:
    """Sentence on cells that are taken for missing: which, and how many of the filled ones."""
    shown = [f"`{value}`" for value in sorted(gone, key=str) if str(value).strip()]
    if not shown:
        return ""
    share = cells.isin(gone).sum() / cells.notna().sum()
    words = ", ".join(shown[:5]) + ", ..." * (len(shown) > 5)
    if what:
        return f"{format_share(1 - share)} {what}, the rest {words}: taken as missing"
    return f"{format_share(share)} {words}, taken as missing"


def _ways(rows: dict[str, int], dates: list[str]) -> str:
    """Number of cells for each way of writing dates, in words."""
    ways = {texts[0]: sum(rows[text] for text in texts) for texts in by_shape(dates).values()}
    return ", ".join(f"{ways[like]:,} like {like}" for like in sorted(ways, key=ways.get, reverse=True))


def format_share(share: float) -> str:
    return f"{share:.0%}" if 0.01 <= share <= 0.99 else f"{share:.2%}"


def _example(filled: list[str]) -> str:
    """A text that shows most of how it is written."""
    return min(filled, key=lambda text: (-sum(not c.isdigit() for c in text), -len(text), text))


SERIALS = 10_000, 80_000  # dates that Excel counts, from 1927 to 2119
LAST_MONTH = 12
ENOUGH = 3  # dates of each type by which a swap of day and month shows
_LITERAL = re.compile(r'"([^"]*)"|\\(.)|\[\$([^\]-]*)[^\]]*\]|_.|\*.|\[[^\]]*\]')  # texts of a format; colours, widths
_MONTH_FIRST = re.compile(r"^(%-?m)([-/])(%-?d)")
_ZERO_FIRST = re.compile(r"[+-]?0\d")


class Column(NamedTuple):
    cells: pd.Series
    notes: list[str] = []
    asked: list[Proposal] = []


def as_column(name: str, cells: list, epoch: datetime, look: Look) -> Column:
    """Cells -> the plainest type that holds every filled one. epoch: the day from which numbers count dates."""
    known = [cell for cell in cells if cell is not None]
    texts = [cell for cell in known if isinstance(cell, str)]
    dates = [cell for cell in known if isinstance(cell, date)]
    numbers = [cell for cell in known if _is_number(cell)]
    if dates and len(dates) < len(known) and 2 * len(numbers) <= len(known):
        if (column := _dates(name, cells, dates, texts, numbers, epoch, look)) is not None:
            return column
    if texts and 2 * len(numbers) >= len(known) and len(numbers) + len(texts) == len(known):
        if (column := _numbers(name, cells, texts, look.percent)) is not None:
            return column
    return plain_column(cells)


def plain_column(cells: list) -> Column:
    """Cells as they are."""
    return Column(_plain(cells))


def _is_number(cell: object) -> bool:
    return isinstance(cell, (int, float)) and not isinstance(cell, bool)


def _plain(cells: list) -> pd.Series:
    """Whole numbers with missing cells as Int64, as in a delimited file."""
    column = pd.Series([np.nan if cell is None else cell for cell in cells], dtype=object)
    known = column.dropna()
    whole = len(known) < len(column) and pd.api.types.infer_dtype(known) == "integer"
    if whole and known.between(-(2**63), 2**63 - 1).all():
        return column.astype("Int64")
    return column.infer_objects()


def _dates(
    name: str, cells: list, dates: list, texts: list[str], numbers: list, epoch: datetime, look: Look
) -> Column | None:
    """Dates beside texts and numbers that are dates too; None where one is none."""
    from openpyxl.utils.datetime import from_excel

    if len(dates) + len(texts) + len(numbers) < len(cells) - cells.count(None):
        return None
    words = Counter(text for text in texts if text.strip().casefold() in AMONG_NUMBERS)
    written = list(dict.fromkeys(text for text in texts if text not in words))
    stamps = _stamps(written, look.format.lower().startswith("d"))
    if stamps is None or not all(SERIALS[0] <= number <= SERIALS[1] for number in numbers):
        return None
    read = {**stamps, **{number: from_excel(number, epoch) for number in numbers}}
    column = pd.Series([cell if isinstance(cell, date) else read.get(cell) for cell in cells])
    in_text = len(texts) - sum(words.values())
    parts = [f"{in_text:,} are stored as text, like {written[0]}"] if in_text else []
    parts += [f"{len(numbers):,} as numbers, like {numbers[0]}"] if numbers else []
    notes = [f"`{name}`: of {len(dates) + in_text + len(numbers):,} dates, {' and '.join(parts)}"] * bool(parts)
    taken = ", ".join(f"`{word}`" for word in words)
    notes += [f"`{name}`: {sum(words.values()):,} {taken}, taken as missing"] * bool(words)
    return Column(pd.to_datetime(column), notes, _swapped(name, dates, list(stamps.values()), in_text))


def _stamps(texts: list[str], day_first: bool) -> dict[str, datetime] | None:
    """Texts as dates; None where one is none. day_first: whether 03/04 is in April, where texts do not say it."""
    stamps = {}
    for alike in by_shape(texts).values():
        forms = find_forms(alike, asked=True)
        if len(forms) != 1 or find_offset(alike[0]):
            return None
        times = read_texts(alike, forms[0])
        if day_first and (times.dt.day <= LAST_MONTH).all():
            times = read_texts(alike, _MONTH_FIRST.sub(r"\3\2\1", forms[0]))
        stamps |= dict(zip(alike, times.dt.to_pydatetime()))
    return stamps


def _swapped(name: str, dates: list, others: list, in_text: int) -> list[Proposal]:
    """A spreadsheet that puts the month first makes dates of 03.04. and leaves 25.04. as text."""
    if len(dates) < ENOUGH or in_text < ENOUGH:
        return []
    if any(cell.day > LAST_MONTH for cell in dates) or any(cell.day <= LAST_MONTH for cell in others):
        return []
    question = (
        f"`{name}`: no real date has a day beyond {LAST_MONTH}, and every date in text has. Day and month of the real "
        "dates may be swapped: compare a few with their source"
    )
    return [Proposal(question)]


def _numbers(name: str, cells: list, texts: list[str], percent: bool) -> Column | None:
    """Numbers beside texts that are numbers too; None where one is neither that nor a word for missing."""
    stored = list(dict.fromkeys(text for text in texts if text.strip().casefold() not in AMONG_NUMBERS))
    if not stored or any(_ZERO_FIRST.match(text.strip()) for text in stored):
        return None
    ways = find_written([text.strip() for text in stored])
    if len(ways) != 1:
        return None
    share = ways[0].suffix.strip() == "%"  # 6% is 0.06 beside cells that show so
    if share and not percent:
        return None
    values = dict(zip(stored, ways[0].read([text.strip() for text in stored]) / (100 if share else 1)))
    values = {text: int(value) if value == int(value) else float(value) for text, value in values.items()}
    count = sum(text in values for text in texts)
    note = f"`{name}`: {count:,} of {len(cells) - cells.count(None):,} numbers are stored as text, like {stored[0]}"
    return Column(_plain([values.get(cell, cell) if isinstance(cell, str) else cell for cell in cells]), [note])


# ---------------------------------------------------------------------- how cells show


class Look(NamedTuple):
    """format: by which most cells of a column show, "" for none in particular. percent: whether that is percent."""

    format: str = ""
    percent: bool = False
    notes: list[str] = []
    asked: list[Proposal] = []


def look_of(name: str, cells: Sequence, formats: Counter) -> Look:
    """formats: of the numbers and dates in a column, with their counts."""
    if not formats:
        return Look()
    format = formats.most_common(1)[0][0]
    units = Counter()
    for other, count in formats.items():
        units[_unit(other)] += count
    unit = _unit(format)
    notes, asked = [], []
    example = next((cell for cell in cells if _is_number(cell)), None)
    if unit and example is not None:
        notes.append(f"`{name}`: cells show {_format_number(example, format).strip()} for {example:.10g}")
    if len(units) > 1 and example is not None:
        parts = ", ".join(f"{count:,} {f'with `{one}`' if one else 'without a unit'}" for one, count in units.items())
        asked.append(Proposal(f"`{name}`: cells show several units ({parts}): write all numbers in one"))
    return Look("" if format == "General" else format, unit == "%", notes, asked)


def _literals(part: str) -> str:
    """The texts that a part of a format shows."""
    return _LITERAL.sub(lambda match: match[1] or match[2] or match[3] or "", part)


def _split_format(format: str) -> tuple[str, str, str]:
    """Text before the digits, the digits, and text behind them, of a format for positive numbers."""
    positive = format.split(";")[0]
    shielded = _LITERAL.sub(lambda match: "\0" * len(match[0]), positive)
    digits = re.search(r"[#0?][#0?,.]*", shielded)
    if not digits:
        return "", "", ""
    return _literals(positive[: digits.start()]), digits[0], _literals(positive[digits.end() :])


def _unit(format: str) -> str:
    """Percent, a currency or another unit that a format shows, "" for none and of dates."""
    from openpyxl.styles.numbers import is_date_format

    if is_date_format(format):
        return ""
    before, digits, after = _split_format(format)
    return f"{before}{after}".strip(" -()") if digits and "E" not in after[:1] and "/" not in after else ""


def _format_number(value: float, format: str) -> str:
    before, digits, after = _split_format(format)
    decimals = len(re.sub(r"[^0]", "", digits.partition(".")[2]))
    value = value * 100 if "%" in after else value
    return f"{before}{value:{',' if ',' in digits else ''}.{decimals}f}{after}"
