"""Questions that a column of values always gets: cells that may stand for a missing value, numbers or dates that stay
text, labels that may be one.

They decide nothing. Each is a question, and the option that accepts it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from datetime import date, time
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ...core.domain import Question, ask_each
from ..values.cells import EXACT, Coded, factorize, native, read_numbers
from ..values.column_dates import Calendar
from ..values.corrections import EVERYWHERE, Corrections
from ..values.date_forms import MOSTLY, dates_among, days_among, look_like_dates, read_texts
from ..values.labels import label_order
from ..values.measurements import BOUND, MOST_WORDS, relation_columns, unit_columns
from ..values.reading import FEW_CELLS, GLANCE, blank, cells_among, format_share, is_missing_word, is_number, is_text
from ..values.typed_cells import MISSING
from ..values.written import find_written, is_too_large, numbers_among
from .columns import Column, Dates, Ignored, Labels, Number
from .identifiers import find_identifiers

if TYPE_CHECKING:
    from .domain import Tables

SENTINELS = frozenset(sign * float("9" * digits) for digits in range(1, 8) for sign in (1, -1)) | {-1.0, -88.0, -888.0}
MOST_STEPS = 10  # different numbers beside one that may be missing by no custom
SENTINEL_ROWS = 2  # rows of a sentinel, at least
MAX_WORDS, WIDEST = 5, 40  # different words among numbers, and letters of each, that are shown
MOST_ODD = 50  # different cells that one option names
ALIKE = 3  # different texts of each unit, at least: else they are labels
LONGEST = 25  # letters and signs of an amount or a date in words
_SIGNED_NUMBER = re.compile(  # ="12", '12', 12-, –12, 12*, 12,34,567, 1.5D+02, 12 ± 3
    r"[^\w\s(),.;]{0,3} ?[-+–−]?(?!0\d)(?:\d+(?:[.,]\d+)?(?:[dD][-+]?\d+)?|\d{1,3}(?:,\d\d)*,\d{3}(?:\.\d+)?)"
    r"(?: ?(?:±|\+/-) ?\d+(?:[.,]\d+)?)?[^\w\s(),.;]{0,3}"
)
MAYBE = frozenset("-|--|---|–|—|.|..|...|?|??|missing|(missing)|[missing]|not measured|not tested".split("|"))  # labels


def ask_columns(frame: pd.DataFrame, table: Tables, corrections: Corrections) -> list[Question]:
    """Returns questions about all rows of the columns of a table.

    Args:
        frame: The table.
        corrections: what `table` was fitted with.
    """
    questions = ask_each([_useless, _words_for_missing], frame, table, corrections)
    for column in table.columns:
        questions += ask_each([_ask_column], frame, table, column, corrections)
    labels = [column.name for column in table.columns if isinstance(column, Labels)]
    coded_names = [name for name in labels if name in table.coded and len(table.coded[name].distinct) <= MOST_WORDS]
    distinct = pd.DataFrame({name: pd.Series(table.coded[name].distinct, dtype=object) for name in coded_names})
    return questions + ask_each([ask_beside], distinct)


def _ask_column(frame: pd.DataFrame, table: Tables, column: Column, corrections: Corrections) -> list[Question]:
    name = column.name
    kind = corrections.kind(name)
    if kind == "ignored" or name in corrections.without_words:
        return []
    missing_words = table.missing.get(name, ())
    return ask_cells(
        blank(native(frame[name]), missing_words), column, kind, None if missing_words else table.coded.get(name)
    )


def ask_cells(cells: pd.Series, column: Column, kind: str | None, coded_cells: Coded | None = None) -> list[Question]:
    """Returns questions about one column.

    Args:
        cells: without those that stand for a missing value.
        kind: what it is called to be.
        coded_cells: the cells, where they are factorized already.
    """
    if isinstance(column, Number):
        values = read_numbers(cells, column.name, column.written)
        return ask_sentinels(column.name, values) or ([] if kind else _days(column.name, values[~np.isnan(values)]))
    if isinstance(column, Dates) and column.in_text:
        questions = ask_sentinels(column.name, column.calendar.count(cells), texts=cells)
        return questions + _either_first(column.name, column.calendar, list(map(str, cells.dropna().unique())))
    if kind is None and isinstance(column, Ignored) and pd.api.types.is_any_real_numeric_dtype(cells.dtype):
        return _days(column.name, cells.dropna().to_numpy(np.float64))
    if kind is None and isinstance(column, (Labels, Ignored)) and is_text(cells):
        coded_cells = coded_cells or factorize(cells, column.name)
        return _texts(column, coded_cells)
    return []


def ask_answers(name: str, y: np.ndarray, classes: Sequence[str], corrections: Corrections) -> list[Question]:
    """Asks whether a number, or one of the classes, of the target stands for a missing value.

    Args:
        name: Name of the column.
        y: (n,) numbers, or codes of classes, NaN where unknown.
    """
    if name in corrections.without_words:
        return []
    if not classes:
        return ask_sentinels(name, y, answers=True)
    codes = y[~np.isnan(y)].astype(int)
    words = dict(zip(classes, np.bincount(codes, minlength=len(classes)).tolist()))
    numbers = np.array([label_order(label)[1] if label_order(label)[0] == 0 else np.nan for label in classes])
    return [*ask_sentinels(name, numbers[codes], answers=True), *ask_labels(name, words)]


def ask_beside(frame: pd.DataFrame, target: str = "") -> list[Question]:
    """Asks about columns of relations such as ">" and about columns of units, which belong to a numeric target.

    Args:
        frame: where they may stand.
        target: the numbers, where they are read with such a column that is called like them.
    """
    columns = [(name, "relation") for name in relation_columns(frame)]
    columns += [(name, "unit") for name in unit_columns(frame)]
    questions = []
    for name, meaning in columns:
        shown_words = ", ".join(map(str, frame[name].dropna().unique()[:MAX_WORDS]))
        call = f"If it is of `{target}`, call it `{target}_{meaning}`; else d" if target else "D"
        questions.append(
            f"`{name}` holds several {meaning}s ({shown_words}), and numbers are learned without it. {call}elete rows "
            f"of other {meaning}s, or write all numbers alike"
        )
    return list(map(Question, questions))


def ask_sentinels(
    name: str, values: np.ndarray, answers: bool = False, texts: pd.Series | None = None
) -> list[Question]:
    """Asks whether numbers such as -999 stand for missing values: extreme numbers in several rows, far from all others.

    Args:
        name: Name of the column.
        values: (n,), NaN where one is missing.
        answers: whether they are to be predicted: 0 and 1 are two classes then, and -1 beside them is asked about,
            as it is beside small numbers.
        texts: (n,) how dates are written that they count.
    """
    known = values[~np.isnan(values)]
    sentinels = []
    while len(known):
        low, high = known.min(), known.max()
        end = next((end for end in (low, high) if _is_far(known, end, answers)), None)
        if end is None:
            break
        sentinels.append((end, int((known == end).sum())))
        known = known[known != end]
    unusual = [end for end, _ in sentinels if end not in SENTINELS]
    if len(unusual) > 1:  # numbers that stand ever farther apart, such as sizes of packs
        sentinels = [(end, rows) for end, rows in sentinels if end not in unusual]
    end_text = lambda end: f"{end:g}" if texts is None else str(texts.iloc[int(np.flatnonzero(values == end)[0])])
    plain = lambda end: repr(float(end)) if end % 1 or abs(end) > EXACT else int(end)
    return [
        Question.whether(
            f"`{name}`: {end_text(end)} in {rows:,} rows, far from all else: does it stand for a missing value?",
            missing={name: [plain(end) if texts is None else end_text(end)]},
        )
        for end, rows in sentinels
    ]


def _is_far(known: np.ndarray, end: float, answers: bool) -> bool:
    other_values = known[known != end]
    if end == -1 and answers and set(other_values.tolist()) == {0, 1}:
        return True
    if len(known) - len(other_values) < SENTINEL_ROWS or len(other_values) < len(known) / 2:
        return False
    low, high = other_values.min(), other_values.max()
    is_usual = end in SENTINELS
    if is_usual and abs(end) < 10:
        return end < 0 <= low and (answers or high >= 10)
    is_apart = max(low - end, end - high) > high - low > 0
    return is_apart or end < 0 <= low < high if is_usual else is_apart and len(np.unique(other_values)) >= MOST_STEPS


def _texts(column: Labels | Ignored, coded_cells: Coded) -> list[Question]:
    if not coded_cells.distinct:
        return []
    name, words, first = column.name, Counter(), _first_row(coded_cells)
    for value, count in zip(coded_cells.distinct, coded_cells.rows):
        words[str(value)] += int(count)
    kind_of_text = {str(value): kind for value in coded_cells.distinct if (kind := _kind_of(value))}
    questions = _words_among_numbers(name, words, kind_of_text, first) or _words_among_dates(name, words, kind_of_text)
    if kind_of_text:
        return questions or _stored_as_text(name, words, coded_cells)
    return (
        questions
        or _whole_numbers(name, words)
        or _two_readings(name, words)
        or _dates(name, words)
        or _amounts_as_text(name, words)
        or (ask_labels(name, words) if isinstance(column, Labels) else [])
    )


def _kind_of(value: object) -> str:
    """What a cell is that is no text: a number, a date, a time, or other."""
    if isinstance(value, str):
        return ""
    if is_number(value):
        return "number"
    return "date" if isinstance(value, date) else "time" if isinstance(value, time) else "other"


def _stored_as_text(name: str, words: dict[str, int], coded_cells: Coded) -> list[Question]:
    """Numbers of which a workbook holds some as text."""
    is_text = np.array([isinstance(value, str) for value in coded_cells.distinct])
    if {_kind_of(value) for value in coded_cells.distinct} != {"", "number"}:
        return []
    if len(find_written([text.strip() for text in words])) != 1:
        return []
    question = (
        f"`{name}`: {int(coded_cells.rows[is_text].sum()):,} of {sum(words.values()):,} numbers are written as "
        "text, so the column is one of labels: is it one of numbers?"
    )
    return [Question.whether(question, types={name: "number"})]


def _days(name: str, values: np.ndarray) -> list[Question]:
    """Whole numbers of which most are days, or all may be."""
    if len(values) < 2 or days_among(values[:GLANCE]).mean() < MOSTLY / 2:
        return []
    distinct, rows = np.unique(values, return_counts=True)
    days = days_among(distinct)
    share, odd_texts = rows[days].sum() / rows.sum(), distinct[~days].tolist()
    if share < MOSTLY or days.sum() < 2:
        return []
    if not odd_texts:
        question = f"`{name}`: whole numbers like {distinct[0]:.0f} and {distinct[-1]:.0f} may be dates: are they?"
        return [Question.whether(question, types={name: "date"})]
    words = {f"{value:.10g}": int(count) for value, count in zip(distinct, rows)}
    return [
        _ask_of_odd(name, words, [f"{value:.10g}" for value in odd_texts], f"days like {distinct[days][0]:.0f}", {})
    ]


def _either_first(name: str, calendar: Calendar, texts: list[str]) -> list[Question]:
    """Whether day and month change places, where every date may be read either way."""
    form, swap = calendar.form, lambda part: f"%{part[1]}{'d' if part[2] == 'm' else 'm'}"
    swapped = re.sub("%(-?)([dm])", swap, form)
    is_settled = re.search(r"%Y.*%-?d|%-?[dm]\.", form)  # by a year before both, or a point between them
    if not {"d", "m"} < set(form) or is_settled or calendar.others or read_texts(texts, swapped).isna().any():
        return []
    first, last = ("day", "month") if form.find("d") < form.find("m") else ("month", "day")
    read = f"`{name}`: dates like `{texts[0]}` are read with the {first} first, and all could have the {last} first"
    return [Question(f"{read}: if they do, write them like {read_texts(texts[:1], swapped)[0]:%Y-%m-%d}")]


def _list_words(words: list[str]) -> str:
    shown_words = ", ".join(f"`{' '.join(word.split())[:WIDEST]}`" for word in words[:MAX_WORDS])
    return shown_words + ", ..." * (len(words) > MAX_WORDS)


def _ask_of_odd(
    name: str, words: dict[str, int], odd_texts: list[str], meaning: str, kind_of_text: dict[str, str], hint: str = ""
) -> Question:
    """Whether the odd cells of a column, most of which is something, stand for missing values. kind_of_text: what the
    cells are that are no text."""
    is_truth = any(
        kind_of_text.get(text) == "other" for text in odd_texts if text in ("True", "False")
    )  # which equal numbers
    share = 1 - sum(words[text] for text in odd_texts) / sum(words.values())
    question = f"`{name}`: {format_share(share)} {meaning}, the rest {_list_words(odd_texts)}"
    if len(odd_texts) > MOST_ODD or is_truth:
        return Question(f"{question}. Correct them, or empty them.{hint}")
    return Question.whether(f"{question}: do these stand for missing values?{hint}", missing={name: odd_texts})


def _first_row(coded_cells: Coded) -> str | None:
    """Value of the first row, as text, if no other row has it; otherwise None."""
    code = coded_cells.codes[0]
    return str(coded_cells.distinct[code]) if code >= 0 and coded_cells.rows[code] == 1 else None


def _words_among_numbers(
    name: str, words: dict[str, int], kind_of_text: dict[str, str], first: str | None
) -> list[Question]:
    """typed: what the cells are that are no text. first: what stands in the first row alone."""
    glance = list(words)[:: max(1, len(words) // GLANCE)]
    number_texts = [text for text in glance if kind_of_text.get(text) == "number" or numbers_among([text.strip()])]
    rows = sum(map(words.get, number_texts)) / sum(map(words.get, glance))
    if max(rows, len(number_texts) / len(glance)) < 0.5:
        return []
    texts = [text.strip() for text in words if text not in kind_of_text]
    numbers = {*numbers_among(texts), *(text for text, kind in kind_of_text.items() if kind == "number")}
    odd_texts = [text for text in words if text.strip() not in numbers or kind_of_text.get(text, "number") != "number"]
    share = sum(words[text] for text in odd_texts) / sum(words.values())
    if not odd_texts or len(numbers) < 2 or all(text.strip().isdecimal() for text in odd_texts):
        return []  # numbers with leading zeros, or of many digits, are names
    has_digits = any(letter.isdigit() for text in odd_texts if not is_too_large(text) for letter in text)
    if has_digits and (unit_text := _several_units(name, texts, numbers, odd_texts)):
        return unit_text
    many, bounds = has_digits or len(odd_texts) > MAX_WORDS, all(BOUND.fullmatch(text.strip()) for text in odd_texts)
    is_measure = len(numbers) > max(MAX_WORDS, len(odd_texts))  # and no few steps, of which the ends are open
    is_plain = is_measure or all(map(is_missing_word, odd_texts))
    if share > FEW_CELLS and not (bounds and is_measure) and (many or not is_plain):
        return []
    if bounds:
        mostly = f"`{name}`: {format_share(1 - share)} numbers, the rest {_list_words(odd_texts)}"
        return [Question(f"{mostly}, so all stay text: write a number for each bound")]
    header = " If the first row is a second header, remove it." if first in odd_texts else ""
    return [_ask_of_odd(name, words, odd_texts, "numbers", kind_of_text, header)]


def _several_units(name: str, texts: list[str], numbers: set[str], odd_texts: list[str]) -> list[Question]:
    """Texts that are numbers of another unit than most, or written otherwise."""
    other_texts = [text for text in odd_texts if numbers_among([text.strip()])]
    units = {text.strip("+-−0123456789., ") for text in other_texts}
    if len(other_texts) < len(odd_texts) or len(texts) < ALIKE * (1 + len(units)):
        return []
    example = next(text for text in texts if text in numbers)
    unit_text = f"numbers in several units or ways of writing (`{example}`, {_list_words(odd_texts)})"
    return [Question(f"`{name}`: {unit_text}, left as text: use one")]


def _words_among_dates(name: str, words: dict[str, int], kind_of_text: dict[str, str]) -> list[Question]:
    glance = list(words)[:: max(1, len(words) // GLANCE)]
    if not {"date", "time"} & {*kind_of_text.values()} and sum(map(len, dates_among(glance))) < len(glance) / 2:
        return []
    days, clocks = map(set, dates_among([text for text in words if text not in kind_of_text]))
    days |= {text for text, kind in kind_of_text.items() if kind == "date"}
    clocks |= {text for text, kind in kind_of_text.items() if kind == "time"}
    dates, noun = max((days, "dates"), (clocks, "times of day"), key=lambda one: len(one[0]))
    odd_texts = [text for text in words if text not in dates and not is_missing_word(text)]
    total = sum(count for text, count in words.items() if not is_missing_word(text))
    if not odd_texts or len(dates) < 2 or sum(words[text] for text in odd_texts) > FEW_CELLS * total:
        return []
    return [
        _ask_of_odd(
            name, words, odd_texts, f"{noun} like `{next(text for text in words if text in dates)}`", kind_of_text
        )
    ]


def _whole_numbers(name: str, words: dict[str, int]) -> list[Question]:
    """Texts that are all whole numbers."""
    texts = [text.strip() for text in words]
    if len(texts) < 3 or not all(map(str.isdecimal, texts)) or not find_written(texts):
        return []
    question = f"`{name}`: whole numbers like `{texts[0]}` are stored as text, so they are labels: are they numbers?"
    return [Question.whether(question, types={name: "number"})]


def _two_readings(name: str, words: dict[str, int]) -> list[Question]:
    texts = [text.strip() for text in words]
    ways = find_written(texts) if numbers_among(texts[:1]) else []
    if len(ways) < 2:
        return []
    text = max(texts, key=lambda text: sum(not letter.isdigit() for letter in text))
    one, other_reading = (way.read([text])[0] for way in ways)
    return [
        Question.whether(
            f"`{name}`: numbers like `{text}` could be {one:g} or {other_reading:g}, and are left as text: is it "
            f"{one:g}?",
            types={name: "number"},
        )
    ]


def _amounts_as_text(name: str, words: dict[str, int]) -> list[Question]:
    """Whether most cells are numbers with signs around them, or between their digits, that no number has; or two or
    three numbers with few letters: 2015Q1, 1h 30m, 3. Mai 2023. An address or a version (10.0.1) is a name."""
    texts = [text.strip() for text in list(words)[:: max(1, len(words) // GLANCE)]]
    plain = [text for text in texts if numbers_among([text])]
    is_signed = lambda text: (
        _SIGNED_NUMBER.fullmatch(text) and not text.lstrip("+-").isdecimal()
    )  # digits alone are a name
    signed = [text for text in texts if is_signed(text) and text not in plain]
    shapes = [re.sub(r"\d+(?:[.,]\d+)?", "9", text) for text in texts]
    has_places = lambda shape: 1 < shape.count("9") < 4 and len(shape) < LONGEST and set(shape) != {"9", "."}
    same_shape = [text for text, shape in zip(texts, shapes) if has_places(shape) and shapes.count(shape) >= ALIKE]
    minimum_cells = MOSTLY * len(texts) if len(words) >= MOST_STEPS else np.inf
    if signed and len(signed) + len(plain) >= minimum_cells:
        remark_text = f"numbers with other signs ({_list_words(signed)}) stay text: write numbers alone"
    elif len(same_shape) >= minimum_cells and not find_identifiers(pd.Series(texts)):
        remark_text = (
            f"texts of several numbers ({_list_words(same_shape)}): write an amount as one number, a date like "
            "2024-03-12"
        )
    else:
        return []
    return [Question(f"`{name}`: {remark_text}")]


def _dates(name: str, words: dict[str, int]) -> list[Question]:
    texts = [text.strip() for text in list(words)[:: max(1, len(words) // GLANCE)]]
    texts = [text for text in texts if not is_missing_word(text)]
    if len(texts) < 2 or not look_like_dates(texts):
        return []
    return [
        Question(
            f"`{name}`: looks like dates (`{texts[0]}`, `{texts[-1]}`), and not all can be read, so they stay text. "
            "Write all in one format, all or none with an offset from UTC, such as 2024-03-12 or 2024-03-12T12:00:00Z"
        )
    ]


def ask_labels(name: str, words: dict[str, int]) -> list[Question]:
    """Asks whether labels mean the same.

    Args:
        name: Name of the column.
        words: labels, with their rows.
    """
    return _spellings(name, words) + [
        Question.whether(
            f"`{name}`: does the label `{word}` in {count:,} rows stand for a missing value?", missing={name: [word]}
        )
        for word, count in words.items()
        if word.strip() in MISSING or word.strip().casefold() in MAYBE
    ]


def _spellings(name: str, words: dict[str, int]) -> list[Question]:
    """Labels that are one but for case and blanks."""
    spellings_by_word: dict[str, list[str]] = {}
    for word in words:
        spellings_by_word.setdefault(" ".join(word.casefold().split()), []).append(word)
    varied_words = [
        sorted(spellings, key=words.get, reverse=True) for spellings in spellings_by_word.values() if len(spellings) > 1
    ]
    if not varied_words:
        return []
    rows = sum(words[word] for spellings in varied_words for word in spellings[1:])
    shown_words = ", ".join(f"`{word}`" for word in varied_words[0])
    remainder = f", and {len(varied_words) - 1:,} more" if len(varied_words) > 1 else ""
    question = (
        f"`{name}`: labels that differ in case or blanks alone ({shown_words}{remainder}) are labels of their own"
    )
    return [Question(f"{question}. If they are one, correct {rows:,} cells")]


def _words_for_missing(frame: pd.DataFrame, table: Tables, corrections: Corrections) -> list[Question]:
    """Whether the cells that a file took for missing are a label, such as `NA` of countries: no number misses so."""
    form = table.written or {"missing": "", "columns": {}}
    word = lambda column: form["columns"].get(column.name, {}).get("missing", form["missing"]).strip(' "')
    columns = [column for column in table.columns if word(column) == "NA" and frame[column.name].isna().any()]
    if not all(isinstance(column, Labels) for column in columns):
        return []
    return [
        Question.whether(
            f"`{column.name}`: `NA` among labels is taken as missing, as are empty cells "
            f"({frame[column.name].isna().sum():,} in all): is it a label?",
            missing={column.name: [""]},
        )
        for column in columns
    ]


def _useless(frame: pd.DataFrame, table: Tables, corrections: Corrections) -> list[Question]:
    """Words that were named and stand nowhere."""
    named_words = [
        (word, list(frame.columns), "the table") if name == EVERYWHERE else (word, [name], f"column `{name}`")
        for name, words in corrections.missing.items()
        for word in words
        if word != ""
    ]
    return [
        Question(f"`{word}`, named as missing, stands in no cell of {place}")
        for word, names, place in named_words
        if not any(cells_among(frame[name], [word], name) for name in names)
    ]
