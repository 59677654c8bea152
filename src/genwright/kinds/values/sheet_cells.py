"""Cells of a sheet, which have a type and a format each: dates beside texts, percent, currencies."""

import re
from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple

import numpy as np
import pandas as pd

from ...core.domain import Question
from .date_forms import by_shape, find_forms, find_offset, read_texts
from .reading import is_missing_word, is_number
from .written import find_written

SERIALS = 10_000, 80_000  # dates that Excel counts, from 1927 to 2119
LAST_MONTH = 12
ENOUGH = 3  # dates of each type by which a swap of day and month shows
_LITERAL = re.compile(r'"([^"]*)"|\\(.)|\[\$([^\]-]*)[^\]]*\]|_.|\*.|\[[^\]]*\]')  # texts of a format; colours, widths
_MONTH_FIRST = re.compile(r"^(%-?m)([-/])(%-?d)")
_ZEROS = re.compile("0{2,}")  # a format of whole numbers with zeros in front
_ZERO_FIRST = re.compile(r"[+-]?0\d")


class Column(NamedTuple):
    cells: pd.Series
    notes: list[str] = []
    asked: list[Question] = []


def as_column(name: str, cells: list, epoch: datetime, look: "Look", words: list[str]) -> Column:
    """Cells -> the plainest type that holds every filled one.

    Args:
        name: Name of the column.
        epoch: the day from which numbers count dates.
        words: for missing, which None stands for in `cells`, "" elsewhere.
    """
    known = [cell for cell in cells if cell is not None]
    texts = [cell for cell in known if isinstance(cell, str)]
    dates = [cell for cell in known if isinstance(cell, date)]
    numbers = [cell for cell in known if is_number(cell)]
    if dates and len(dates) < len(known) and 2 * len(numbers) <= len(known):
        if (column := _dates(name, cells, dates, texts, numbers, epoch, look)) is not None:
            return column
    if texts and 2 * len(numbers) >= len(known) and len(numbers) + len(texts) == len(known):
        if (column := _numbers(name, cells, texts, look.percent)) is not None:
            return column
    if texts and len(texts) == len(known) and all(text.strip().isdecimal() for text in texts):
        cells = [word or cell for word, cell in zip(words, cells)]  # beside it, texts of digits are numbers
    return plain_column(cells)


def plain_column(cells: list) -> Column:
    """Returns cells as they are."""
    return Column(_whole_numbers(cells))


def _whole_numbers(cells: list) -> pd.Series:
    """Whole numbers with missing cells as Int64, as in a delimited file."""
    column = pd.Series([np.nan if cell is None else cell for cell in cells], dtype=object)
    known = column.dropna()
    whole = len(known) < len(column) and pd.api.types.infer_dtype(known) == "integer"
    if whole and known.between(-(2**63), 2**63 - 1).all():
        return column.astype("Int64")
    return column.infer_objects()


def _dates(
    name: str, cells: list, dates: list, texts: list[str], numbers: list, epoch: datetime, look: "Look"
) -> Column | None:
    """Dates beside texts and numbers that are dates too; None where one is none."""
    from openpyxl.utils.datetime import from_excel

    if len(dates) + len(texts) + len(numbers) < len(cells) - cells.count(None):
        return None
    words = Counter(text for text in texts if is_missing_word(text))
    date_texts = list(dict.fromkeys(text for text in texts if text not in words))
    stamps = _stamps(date_texts, look.format.lower().startswith("d"))
    if stamps is None or not all(SERIALS[0] <= number <= SERIALS[1] for number in numbers):
        return None
    read = {**stamps, **{number: from_excel(number, epoch) for number in numbers}}
    column = pd.Series([cell if isinstance(cell, date) else read.get(cell) for cell in cells])
    in_text = len(texts) - sum(words.values())
    parts = [f"{in_text:,} are stored as text, like {date_texts[0]}"] if in_text else []
    parts += [f"{len(numbers):,} as numbers, like {numbers[0]}"] if numbers else []
    notes = [f"`{name}`: of {len(dates) + in_text + len(numbers):,} dates, {' and '.join(parts)}"] * bool(parts)
    remedy = ", ".join(f"`{word}`" for word in words)
    notes += [f"`{name}`: {sum(words.values()):,} {remedy}, taken as missing"] * bool(words)
    return Column(pd.to_datetime(column), notes, _ask_swapped(name, dates, list(stamps.values()), in_text))


def _stamps(texts: list[str], day_first: bool) -> dict[str, datetime] | None:
    """Texts as dates; None where one is none. day_first: whether 03/04 is in April, where texts do not say it."""
    stamps = {}
    for group in by_shape(texts).values():
        forms = find_forms(group, kind_is_given=True)
        if len(forms) != 1 or find_offset(group[0]):
            return None
        times = read_texts(group, forms[0])
        if day_first and (times.dt.day <= LAST_MONTH).all():
            times = read_texts(group, _MONTH_FIRST.sub(r"\3\2\1", forms[0]))
        stamps |= dict(zip(group, times.dt.to_pydatetime()))
    return stamps


def _ask_swapped(name: str, dates: list, other_columns: list, in_text: int) -> list[Question]:
    """A spreadsheet that puts the month first makes dates of 03.04. and leaves 25.04. as text."""
    if len(dates) < ENOUGH or in_text < ENOUGH:
        return []
    if any(cell.day > LAST_MONTH for cell in dates) or any(cell.day <= LAST_MONTH for cell in other_columns):
        return []
    question = (
        f"`{name}`: no real date has a day beyond {LAST_MONTH}, and every date in text has. Day and month of the real "
        "dates may be swapped: compare a few with their source"
    )
    return [Question(question)]


def _numbers(name: str, cells: list, texts: list[str], percent: bool) -> Column | None:
    """Numbers beside texts that are numbers too; None where one is neither that nor a word for missing."""
    stored = list(dict.fromkeys(text for text in texts if not is_missing_word(text)))
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
    return Column(_whole_numbers([values.get(cell, cell) if isinstance(cell, str) else cell for cell in cells]), [note])


# ---------------------------------------------------------------------- how cells show


class Look(NamedTuple):
    """The format by which cells of a sheet are shown.

    Args:
        format: by which most cells of a column show, "" for none in particular.
        percent: whether that is percent.
        notes: Notes for the user.
        digits: that whole numbers show at least, with zeros in front, where some have fewer; else 0.
    """

    format: str = ""
    percent: bool = False
    notes: list[str] = []
    asked: list[Question] = []
    digits: int = 0

    def shown(self, cells: list) -> list:
        """Returns the cells, whole numbers as the texts that they show where zeros stand in front of some."""
        if not self.digits:
            return cells
        is_whole = lambda cell: isinstance(cell, int) and not isinstance(cell, bool)
        return [f"{cell:0{self.digits}d}" if is_whole(cell) else cell for cell in cells]


def look_of(name: str, cells: Sequence, formats: Counter) -> Look:
    """Finds the format of a column.

    Args:
        name: Name of the column.
        formats: Formats of the numbers and dates in a column, with their counts.
    """
    if not formats:
        return Look()
    format = formats.most_common(1)[0][0]
    units = Counter()
    for other_format, count in formats.items():
        units[_unit(other_format)] += count
    unit = _unit(format)
    notes, questions = [], []
    example = next((cell for cell in cells if is_number(cell)), None)
    if unit and example is not None:
        notes.append(f"`{name}`: cells show {_format_number(example, format).strip()} for {example:.10g}")
    if len(units) > 1 and example is not None:
        parts = ", ".join(f"{count:,} {f'with `{one}`' if one else 'without a unit'}" for one, count in units.items())
        questions.append(Question(f"`{name}`: cells show several units ({parts}): write all numbers in one"))
    digits = len(format) if _ZEROS.fullmatch(format) else 0
    whole = [cell for cell in cells if isinstance(cell, int) and not isinstance(cell, bool)] if digits else []
    if led := [cell for cell in whole if 0 <= cell < 10 ** (digits - 1)]:
        notes.append(f"`{name}`: cells show {led[0]:0{digits}d} for {led[0]}, and are read as they show")
    return Look("" if format == "General" else format, unit == "%", notes, questions, digits * bool(led))


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
    text_before, digits, text_after = _split_format(format)
    return (
        f"{text_before}{text_after}".strip(" -()")
        if digits and "E" not in text_after[:1] and "/" not in text_after
        else ""
    )


def _format_number(value: float, format: str) -> str:
    text_before, digits, text_after = _split_format(format)
    thousands = len(digits) - len(digits.rstrip(","))  # each comma at the end divides by a thousand
    value, digits = value / 1000**thousands, digits.rstrip(",")
    decimals = len(re.sub(r"[^0]", "", digits.partition(".")[2]))
    value = value * 100 if "%" in text_after else value
    return f"{text_before}{value:{',' if ',' in digits else ''}.{decimals}f}{text_after}"
