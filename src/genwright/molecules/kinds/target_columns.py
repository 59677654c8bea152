"""Columns that a person wants to predict: what each is, a class or a number, and what its cells say.

Rows of a table may turn out to be one molecule. What is known of it then:

    a number    the mean of its exact values; where there are only bounds, the tightest of the side that more rows say
    a class     what most rows say; unknown where as many say another
"""

import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase

import numpy as np
import pandas as pd

from ...core.answers import EXACT, LOWER_BOUND, UNKNOWN, UPPER_BOUND
from ...core.domain import Question, ask_each
from ...core.errors import DataError
from ...kinds.tables.column_questions import ask_answers, ask_beside
from ...kinds.values.corrections import CLASSES, NUMBERS, Corrections
from ...kinds.values.frames import require_column
from ...kinds.values.labels import label_order, label_text
from ...kinds.values.measurements import (
    MOST_WORDS,
    UNITS,
    Measurements,
    convert,
    read_measurements,
    relate,
    relation_beside,
    relation_columns,
    unit_beside,
    unit_columns,
)
from ...kinds.values.reading import find_labels, find_reading
from ..chemistry.measured import MINUS_LOG, UNDECIDED, Column, class_named, positive_of

NUMBER, CLASS = "number", "category"
MOSTLY = 0.5  # share of numbers that makes a column of numbers, and of different words that makes none of classes
MOST_CLASSES = 256
CLASS_WORDS = 10  # different words that are classes, however few cells there are
MESSAGE_CELLS = 3  # cells that a message names
TYPE_NAME = re.compile(
    r"(standard|activity|measure\w*|result)[ _]?type|^endpoint$|target[ _]?(name|chembl)", re.IGNORECASE
)
TYPE_ENDING = re.compile(r"type|endpoint|parameter", re.IGNORECASE)
NO_EFFECT = re.compile(r"(not|in)[ -]?active|no (effect|activity|inhibition)", re.IGNORECASE)
COMMENT_NAME = re.compile(r"comment|validity|remark|qualif", re.IGNORECASE)


def matching(patterns: str | Sequence[str], names: Sequence[str]) -> list[str]:
    """Finds the columns that are named, or that a pattern such as NR-* matches, in the order of the table.

    Raises DataError for a name that is none, and a pattern that matches none.
    """
    matches = set()
    for pattern in [patterns] if isinstance(patterns, str) else patterns:
        matched_names = [pattern] if pattern in names else [name for name in names if fnmatchcase(name, pattern)]
        if not matched_names:
            require_column(pattern, list(names), "target")
        matches.update(matched_names)
    return [name for name in names if name in matches]


def read_column(
    frame: pd.DataFrame, places: Sequence[str], name: str, corrections: Corrections, log: bool, keep_bounds: bool
) -> tuple[Column, list[str]]:
    """Reads a column as a target, with sentences on how it was read. Raises DataError for a column that is empty,
    constant, or neither numbers nor classes, and for a number that has no place in it.

    Args:
        frame: (n, ...) the table that it stands in, as it was read.
        places: places of its rows.
        name: Name of the column.
        corrections: kinds are those of `NUMBERS` and `CLASSES`.
        log: whether the logarithm is learned.
        keep_bounds: whether bounds are learned.
    """
    cells, kind = frame[name], corrections.kind(name)
    if kind not in (None, *NUMBERS, *CLASSES):
        raise DataError(f"target '{name}' is no {kind}: use {NUMBER} or {CLASS}")
    words = corrections.words(name)
    if kind is None and (calendar := find_reading(cells, name, None, words).dates):
        raise DataError(
            f"target '{name}' holds {'times of day' if calendar.is_clock else 'dates'} (`{cells.dropna().iloc[0]}`), "
            f"which are no answers: name another column, or read the cells as classes with --types {name}={CLASS}"
        )
    measured = read_measurements(cells, name, words, kind in NUMBERS)
    filled = measured.wrong | (measured.known != UNKNOWN)
    if not filled.any():
        raise DataError(f"target '{name}' is empty in all {len(cells):,} molecules: name a column with values")
    if kind is None:
        two = measured.exact and not log and len({_word(cell) for cell in cells[filled]}) == 2
        mostly = (~measured.wrong)[filled].sum() >= MOSTLY * filled.sum()
        codes = any(isinstance(cell, str) and cell.strip().isdecimal() for cell in cells[measured.wrong])
        kind = NUMBER if mostly and not two and not codes else CLASS
    if kind in CLASSES:
        if log:
            raise DataError(f"target '{name}' holds classes, which have no logarithm: leave --log {name} out")
        cells = find_labels(cells, name, words)
        column, notes = _classes(cells, name, cells.notna().to_numpy()), []
    else:
        measured = _with_columns_beside(measured, frame, name)
        column, notes = _numbers(cells, places, name, measured, log, keep_bounds), measured.notes
    y = np.where(column.known == UNKNOWN, np.nan, np.exp(column.y) if column.log else column.y)
    if len(np.unique(y[~np.isnan(y)])) < 2:
        raise DataError(
            f"target '{name}' holds one value, {str(cells[filled].iloc[0])!r}, and nothing else: name a column that "
            "varies"
        )
    questions = ask_each([ask_answers], name, y, column.classes, corrections)
    questions += [*ask_each([_ask_undecided], column), *ask_each([_ask_rows], frame, name, column.known != UNKNOWN)]
    return column, [*notes, *map(str, questions)]


def _ask_undecided(column: Column) -> list[Question]:
    """Whether classes such as inconclusive stand for missing values."""
    words = [word for word in column.classes if word.strip().casefold() in UNDECIDED]
    question = f"`{column.name}`: {', '.join(words)} beside {len(column.classes) - len(words)} classes: missing values?"
    return [Question.whether(question, missing={column.name: words})] * bool(words and len(column.classes) > 2)


def _ask_rows(frame: pd.DataFrame, name: str, known: np.ndarray) -> list[Question]:
    """About rows that other columns set apart: of several measurements or proteins, or with comments; and about a
    negative logarithm that stands beside the target."""
    questions = []
    for other_column in frame.columns.drop(name):
        texts = frame[other_column].dropna().map(lambda cell: label_text(cell).strip()).astype(object)
        silent, words = (texts[pd.Series(rows, frame.index)[texts.index]] for rows in (~known, known))
        if COMMENT_NAME.search(other_column) and (count := int(silent.map(NO_EFFECT.fullmatch).notna().sum())):
            sentence = (
                f"`{other_column}` says of {count:,} rows without a value of `{name}` that nothing was seen: they "
                "are left out"
            )
            questions.append(Question(f"{sentence}. Write a bound, such as >10000, to learn them"))
        counts = words[words != ""].value_counts()
        if not 0 < len(counts) <= MOST_WORDS:
            continue
        shown = ", ".join(f"{word} {count:,}" for word, count in counts.head(MESSAGE_CELLS + 2).items())
        has_groups, first = len(counts) > 1 and len(counts) < known.sum(), counts.index[0]
        if has_groups and (
            TYPE_NAME.search(other_column) or _stem(other_column) == _stem(name) and TYPE_ENDING.search(other_column)
        ):
            question = (
                f"`{other_column}` says that values of `{name}` are of several kinds ({shown}). Learn {first} alone?"
            )
            questions.append(Question.whether(question, leave_out={other_column: counts.index[1:].tolist()}))
        elif COMMENT_NAME.search(other_column):
            question = (
                f"`{other_column}` comments on {counts.sum():,} values of `{name}` ({shown}). Leave these rows out?"
            )
            questions.append(Question.whether(question, leave_out={other_column: counts.index.tolist()}))
        elif MINUS_LOG.search(other_column) and columns_of_concentration(frame, other_column)[:1] == [name]:
            questions.append(
                Question(
                    f"`{other_column}` is the negative logarithm of `{name}`: --target '{other_column}' learns it "
                    "with all bounds"
                )
            )
    return questions


def columns_of_concentration(frame: pd.DataFrame, name: str) -> list[str]:
    """Finds the column of concentrations whose negative logarithm a column is, and those of their relations and units;
    [] where they are not there."""
    if not MINUS_LOG.search(name):
        return []
    for relation in relation_columns(frame.drop(columns=name)):
        same_relation = [column for column in frame.columns.drop([name, relation]) if _stem(column) == _stem(relation)]
        units = [
            column for column in same_relation if frame[column].dropna().astype(str).str.strip().isin(list(UNITS)).any()
        ]
        numbers = [column for column in same_relation if not units or column != units[0]]
        numbers = [column for column in numbers if not read_measurements(frame[column], column).wrong.any()]
        if units and numbers:
            return [numbers[0], relation, units[0]]
    return []


def _with_censored(measured: Measurements, frame: pd.DataFrame, name: str, columns: list[str]) -> Measurements:
    """A negative logarithm, with the rows that have none because their concentration is a bound."""
    concentrations, relation, unit = columns
    bounds = relate(read_measurements(frame[concentrations], concentrations), frame[relation], concentrations)
    kinds = [UNITS.get(str(cell).strip(), ("", 0.0)) for cell in frame[unit]]
    size = np.array([size if scale_kind == "molar" else 0.0 for scale_kind, size in kinds])
    rows = (measured.known == UNKNOWN) & np.isin(bounds.known, (LOWER_BOUND, UPPER_BOUND)) & (bounds.values * size > 0)
    values, known = measured.values.copy(), measured.known.copy()
    values[rows] = -np.log10(bounds.values[rows] * size[rows])
    known[rows] = np.where(bounds.known[rows] == LOWER_BOUND, UPPER_BOUND, LOWER_BOUND)
    note = f"`{name}`: {rows.sum():,} bounds of `{concentrations}` are read as bounds of its negative logarithm"
    return measured._replace(values=values, known=known, notes=[*measured.notes, *[note] * bool(rows.any())])


def _with_columns_beside(measured: Measurements, frame: pd.DataFrame, name: str) -> Measurements:
    """With the relation and the unit of each number, where columns have them, and a question where it is not clear
    whose they are."""
    other_columns = frame.drop(columns=name)
    if columns := columns_of_concentration(frame, name):
        return _with_censored(measured, frame, name, columns)
    if (relations := relation_beside(frame, name)) is not None:
        measured = relate(measured, frame[relations], name)
        other_columns = other_columns.drop(columns=relation_columns(other_columns))
    if not MINUS_LOG.search(name) and (units := unit_beside(frame, name)) is not None:
        measured = convert(measured, frame[units], name)
        other_columns = other_columns.drop(columns=unit_columns(other_columns))
    questions = map(str, ask_each([ask_beside], other_columns, name))
    return measured._replace(notes=[*measured.notes, *questions])


def _stem(name: str) -> str:
    return re.split(r"[^a-z]", name.casefold())[0]


def _word(cell: object) -> str:
    """A cell as classes are compared: 1 and 1.0, Active and active are one."""
    return label_text(cell).strip().casefold()


def _numbers(
    cells: pd.Series, places: Sequence[str], name: str, measured: Measurements, log: bool, keep_bounds: bool
) -> Column:
    if len(invalid := np.flatnonzero(measured.wrong)):
        words = [str(cells.iloc[i]) for i in invalid]
        shown = ", ".join(f"{word!r} in {places[i]}" for word, i in zip(words[:MESSAGE_CELLS], invalid))
        many = f"{len(invalid):,} cells that are" if len(invalid) > 1 else "a cell that is"
        raise DataError(
            f"target '{name}' holds {many} no finite number ({shown}): correct them, say --missing "
            f"{shlex.quote(f'{name}={words[0]}')}, or read the cells as classes with --types {name}={CLASS}"
        )
    y, known = measured.values.copy(), measured.known.copy()
    if not keep_bounds:
        known[known != EXACT] = UNKNOWN
    y[known == UNKNOWN] = 0
    if log:
        if len(low := np.flatnonzero((known != UNKNOWN) & (y <= 0))):
            raise DataError(
                f"target '{name}' holds {y[low[0]]:g} in {places[low[0]]}, which has no logarithm: correct it, say "
                f"--missing {shlex.quote(f'{name}={y[low[0]]:g}')}, or leave --log {name} out"
            )
        y = np.log(y, where=known != UNKNOWN, out=np.zeros_like(y))
    return Column(name, (), y, known, log)


def _classes(cells: pd.Series, name: str, filled: np.ndarray) -> Column:
    words: dict[str, str] = {}  # {word in lower case: its first spelling}
    for cell in cells[filled]:
        words.setdefault(_word(cell), cell.strip() if isinstance(cell, str) else _word(cell))
    if len(words) > max(CLASS_WORDS, min(MOST_CLASSES, MOSTLY * filled.sum())):
        raise DataError(
            f"target '{name}' holds text, {len(words):,} different in {filled.sum():,} cells, that is neither numbers "
            "nor classes: name another column"
        )
    positive = positive_of(list(words))
    order = sorted(words, key=lambda word: (word == positive, *label_order(word)))
    code = {word: number for number, word in enumerate(order)}
    y, known = np.zeros(len(cells)), np.where(filled, EXACT, UNKNOWN).astype(np.int8)
    for i in np.flatnonzero(filled):
        y[i] = code[_word(cells.iloc[i])]
    return Column(name, tuple(words[word] for word in order), y, known)


def seek_class(columns: Sequence[Column], word: str) -> list[Column]:
    """Makes a named class the one that is sought, in the columns that have it. Raises DataError if no column has it."""
    classes = [name for column in columns for name in column.classes]
    match = class_named(" and ".join(column.name for column in columns), classes, word, "--positive").casefold()
    turned = []
    for column in columns:
        order = sorted(range(len(column.classes)), key=lambda code: column.classes[code].casefold() == match)
        if order and column.classes[order[-1]].casefold() == match:
            names = tuple(column.classes[code] for code in order)
            y = np.where(column.known == UNKNOWN, 0, np.argsort(order)[column.y.astype(int)]).astype(float)
            column = replace(column, classes=names, y=y, positive=names[-1])
        turned.append(column)
    return turned


@dataclass(frozen=True)
class Contradiction:
    """Rows of one molecule with different values of a column, and what was made of them.

    Args:
        molecule: The molecule.
        rows: Numbers of the rows.
    """

    molecule: int
    rows: tuple[int, ...]
    said: str

    def list_places(self, places: Sequence[str]) -> str:
        return ", ".join(places[row] for row in self.rows)


def merged(column: Column, molecule: np.ndarray, count: int) -> tuple[Column, list[Contradiction]]:
    """Merges a column (n,) of rows into one (count,) of molecules.

    Args:
        column: (n,) of rows.
        molecule: (n,) number of each row's molecule.
        count: number of molecules.
    """
    last = np.zeros(count, int)
    last[molecule] = np.arange(len(molecule))
    y, known = column.y[last], column.known[last]
    rows_of = _repeated_rows(molecule)
    clashes = []
    for number, rows in rows_of.items():
        rows = rows[column.known[rows] != UNKNOWN]
        y[number], known[number], note = _settle_value(column, rows)
        if note:
            clashes.append(Contradiction(number, tuple(rows.tolist()), note))
    return replace(column, y=y, known=known), clashes


def _repeated_rows(molecule: np.ndarray) -> dict[int, np.ndarray]:
    """Rows of each molecule that has several."""
    order = np.argsort(molecule, kind="stable")
    parts = np.split(order, np.flatnonzero(np.diff(molecule[order])) + 1)
    return {int(molecule[rows[0]]): rows for rows in parts if len(rows) > 1}


def _settle_value(column: Column, rows: np.ndarray) -> tuple[float, int, str]:
    """Value of one molecule by its rows with a value, how it is known, and a note if they contradict each other."""
    y, known = column.y[rows], column.known[rows]
    if not len(rows):
        return 0.0, UNKNOWN, ""
    if column.classes:
        return _commonest_class(column, y.astype(int))
    signs = {EXACT: "", LOWER_BOUND: ">", UPPER_BOUND: "<"}
    value_words = [f"{signs[state]}{value:g}" for state, value in zip(known.tolist(), np.exp(y) if column.log else y)]
    low, high = (y[known == side] for side in (LOWER_BOUND, UPPER_BOUND))
    if (exact := known == EXACT).any():
        mean = float(y[exact].mean())
        if (low > y[exact].max()).any() or (high < y[exact].min()).any():
            return mean, EXACT, f"`{column.name}` is {', '.join(value_words)}: bounds contradict, numbers are learned"
        rule = f"`{column.name}` averaged over {', '.join(np.array(value_words)[exact])}"
        return mean, EXACT, rule * (len(np.unique(y[exact])) > 1)
    side = LOWER_BOUND if len(low) >= len(known) / 2 else UPPER_BOUND
    tightest = float(low.max() if side == LOWER_BOUND else high.min())
    clash = len(low) and len(high) and low.max() > high.min()
    shown = f"{signs[side]}{np.exp(tightest) if column.log else tightest:g}"
    return (
        tightest,
        side,
        f"`{column.name}` is {', '.join(value_words)}: bounds contradict, {shown} is learned" * bool(clash),
    )


def _commonest_class(column: Column, labels: np.ndarray) -> tuple[float, int, str]:
    counts = np.bincount(labels, minlength=len(column.classes))
    most_common = np.flatnonzero(counts == counts.max())
    if np.count_nonzero(counts) == 1:
        return most_common[0].item(), EXACT, ""
    listed = ", ".join(column.classes[label] for label in labels)
    if len(most_common) == 1:
        return most_common[0].item(), EXACT, f"`{column.name}` is {listed}: {column.classes[most_common[0]]} is taken"
    return 0.0, UNKNOWN, f"`{column.name}` is {listed}: left out"
