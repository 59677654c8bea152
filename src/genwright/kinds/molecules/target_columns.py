"""Columns that a person wants to predict: what each is, a class or a number, and what its cells say.

Rows of a table may turn out to be one molecule. What is known of it then:

    a number    the mean of its exact values; where there are only bounds, the tightest of the side that more rows say
    a class     what most rows say; unknown where as many say another
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase

import numpy as np
import pandas as pd

from ...chemistry.measured import Column, positive_of
from ...core.answers import EXACT, LOWER_BOUND, UNKNOWN, UPPER_BOUND
from ...core.errors import DataError
from ..tables.frames import require_column

BOUND = re.compile(r"([<>]=?|[≤≥])\s*(\S+)")
BOUNDS = {"<": UPPER_BOUND, "≤": UPPER_BOUND, ">": LOWER_BOUND, "≥": LOWER_BOUND}
COMMA = re.compile(r"[+-]?\d*,\d+([eE][+-]?\d+)?")
NUMBER, CLASS = "number", "category"
MOSTLY = 0.5  # share of numbers that makes a column of numbers, and of different words that makes none of classes
MOST_CLASSES = 256
CLASS_WORDS = 10  # different words that are classes, however few cells there are
MESSAGE_CELLS = 3  # cells that a message names


def matching(wanted: str | Sequence[str], names: Sequence[str]) -> list[str]:
    """The columns that are named, or that a pattern such as NR-* matches, in the order of the table.

    Raises DataError for a name that is none, and a pattern that matches none.
    """
    matches = set()
    for pattern in [wanted] if isinstance(wanted, str) else wanted:
        alike = [pattern] if pattern in names else [name for name in names if fnmatchcase(name, pattern)]
        if not alike:
            require_column(pattern, list(names), "target")
        matches.update(alike)
    return [name for name in names if name in matches]


def read_column(
    cells: pd.Series, where: Sequence[str], name: str, kind: str | None, log: bool, keep_bounds: bool, comma: bool
) -> Column:
    """Raises DataError for a column that is empty, constant, or neither, and for a number that has no place in it.

    Args:
        cells: (n,) as they were read.
        where: their places.
        kind: "number" or "category" where a person says so.
        log: whether the logarithm is learned.
        comma: whether the file may write 1,5 for 1.5.
    """
    if kind not in (None, NUMBER, CLASS):
        raise DataError(f"kind {kind!r} of column '{name}' is unknown: use {NUMBER} or {CLASS}")
    cells = cells.astype(object)
    filled = ~_is_empty(cells)
    if not filled.any():
        raise DataError(f"target '{name}' is empty in all {len(cells):,} molecules: name a column with values")
    numbers = [_number(cell, comma) if there else None for cell, there in zip(cells, filled)]
    read = np.array([each is not None for each in numbers])
    if kind is None:
        plain = not any(each is not None and each[1] != EXACT for each in numbers)
        two = plain and not log and len({_word(cell) for cell in cells[filled]}) == 2
        kind = NUMBER if not two and read.sum() >= MOSTLY * filled.sum() else CLASS
    if kind == CLASS and log:
        raise DataError(f"target '{name}' holds classes, which have no logarithm: leave --log {name} out")
    if kind == CLASS:
        column = _classes(cells, name, filled)
    else:
        column = _numbers(cells, where, name, filled, numbers, log, keep_bounds)
    if len(np.unique(column.y[column.known != UNKNOWN])) < 2:
        raise DataError(
            f"target '{name}' holds one value, {str(cells[filled].iloc[0])!r}, and nothing else: name a column that "
            "varies"
        )
    return column


def _is_empty(cells: pd.Series) -> np.ndarray:
    texts = cells.map(lambda cell: isinstance(cell, str) and not cell.strip())
    return (cells.isna() | texts).to_numpy(bool)


def _number(cell: object, comma: bool) -> tuple[float, int] | None:
    """A number and what is known by it, None of a cell that is none."""
    if not isinstance(cell, str):
        return (_float(cell), EXACT) if isinstance(cell, (int, float, np.number)) else None
    bound = BOUND.fullmatch(text := cell.strip())
    text = bound[2] if bound else text
    if comma and COMMA.fullmatch(text):
        text = text.replace(",", ".")
    try:
        number = float(text) if "_" not in text else None
    except ValueError:
        return None
    return None if number is None else (number, BOUNDS[bound[1][0]] if bound else EXACT)


def _float(cell: object) -> float:
    try:
        return float(cell)
    except OverflowError:  # a whole number of hundreds of digits
        return np.inf


def _word(cell: object) -> str:
    """A cell as classes are compared: 1 and 1.0, Active and active are one."""
    if isinstance(cell, (float, np.floating)) and float(cell).is_integer():
        return str(int(cell))
    return str(cell).strip().casefold()


def _numbers(
    cells: pd.Series, where: Sequence[str], name: str, filled: np.ndarray, numbers: list, log: bool, keep_bounds: bool
) -> Column:
    wrong = [i for i in np.flatnonzero(filled) if numbers[i] is None or not np.isfinite(numbers[i][0])]
    if wrong:
        shown = ", ".join(f"{str(cells.iloc[i])!r} in {where[i]}" for i in wrong[:MESSAGE_CELLS])
        many = f"{len(wrong):,} cells that are" if len(wrong) > 1 else "a cell that is"
        raise DataError(
            f"target '{name}' holds {many} no finite number ({shown}): write 1.5 for 1,5, empty unknown cells, or "
            f"read the cells as classes with --types {name}={CLASS}"
        )
    y, known = np.zeros(len(cells)), np.zeros(len(cells), np.int8)
    for i in np.flatnonzero(filled):
        y[i], known[i] = numbers[i]
    if not keep_bounds:
        known[known != EXACT] = UNKNOWN
    y[known == UNKNOWN] = 0
    if log:
        if len(low := np.flatnonzero((known != UNKNOWN) & (y <= 0))):
            raise DataError(
                f"target '{name}' holds {y[low[0]]:g} in {where[low[0]]}, which has no logarithm: correct it, or leave "
                f"--log {name} out"
            )
        y = np.log(y, where=known != UNKNOWN, out=np.zeros_like(y))
    return Column(name, (), y, known, log)


def _classes(cells: pd.Series, name: str, filled: np.ndarray) -> Column:
    words: dict[str, str] = {}  # {word in lower case: its first spelling}
    for cell in cells[filled]:
        words.setdefault(_word(cell), _word(cell) if not isinstance(cell, str) else cell.strip())
    if len(words) > max(CLASS_WORDS, min(MOST_CLASSES, MOSTLY * filled.sum())):
        raise DataError(
            f"target '{name}' holds text, {len(words):,} different in {filled.sum():,} cells, that is neither numbers "
            "nor classes: name another column"
        )
    positive = positive_of(list(words))
    order = sorted(words, key=lambda word: (word == positive, *_order(word)))
    code = {word: number for number, word in enumerate(order)}
    y, known = np.zeros(len(cells)), np.where(filled, EXACT, UNKNOWN).astype(np.int8)
    for i in np.flatnonzero(filled):
        y[i] = code[_word(cells.iloc[i])]
    return Column(name, tuple(words[word] for word in order), y, known)


def _order(word: str) -> tuple:
    """Numbers by their size, before words by the alphabet."""
    try:
        return 0, float(word), word
    except ValueError:
        return 1, 0.0, word


@dataclass(frozen=True)
class Contradiction:
    """Rows of one molecule that say different things of a column, and what was made of them."""

    molecule: int
    rows: tuple[int, ...]
    said: str

    def list_places(self, places: Sequence[str]) -> str:
        return ", ".join(places[row] for row in self.rows)


def merged(column: Column, molecule: np.ndarray, count: int) -> tuple[Column, list[Contradiction]]:
    """A column (n,) of rows as one (count,) of molecules. molecule: (n,) of which each row is."""
    last = np.zeros(count, int)
    last[molecule] = np.arange(len(molecule))
    y, known = column.y[last], column.known[last]
    rows_of = _repeated(molecule)
    clashes = []
    for number, rows in rows_of.items():
        rows = rows[column.known[rows] != UNKNOWN]
        y[number], known[number], said = _settled(column, rows)
        if said:
            clashes.append(Contradiction(number, tuple(rows.tolist()), said))
    return replace(column, y=y, known=known), clashes


def _repeated(molecule: np.ndarray) -> dict[int, np.ndarray]:
    """Rows of each molecule that has several."""
    order = np.argsort(molecule, kind="stable")
    parts = np.split(order, np.flatnonzero(np.diff(molecule[order])) + 1)
    return {int(molecule[rows[0]]): rows for rows in parts if len(rows) > 1}


def _settled(column: Column, rows: np.ndarray) -> tuple[float, int, str]:
    """Value of one molecule by its rows with a value, how it is known, and a note if they contradict each other."""
    y, known = column.y[rows], column.known[rows]
    if not len(rows):
        return 0.0, UNKNOWN, ""
    if column.classes:
        return _commonest_class(column, y.astype(int))
    if (exact := known == EXACT).any():
        values = np.exp(y[exact]) if column.log else y[exact]
        said = f"`{column.name}` averaged over {', '.join(f'{value:g}' for value in values)}"
        return float(y[exact].mean()), EXACT, said * (len(np.unique(y[exact])) > 1)
    side = LOWER_BOUND if (known == LOWER_BOUND).sum() >= len(known) / 2 else UPPER_BOUND
    among = y[known == side]
    return float(among.max() if side == LOWER_BOUND else among.min()), side, ""


def _commonest_class(column: Column, labels: np.ndarray) -> tuple[float, int, str]:
    counts = np.bincount(labels, minlength=len(column.classes))
    most = np.flatnonzero(counts == counts.max())
    if np.count_nonzero(counts) == 1:
        return float(most[0]), EXACT, ""
    each = ", ".join(column.classes[label] for label in labels)
    if len(most) == 1:
        return float(most[0]), EXACT, f"`{column.name}` is {each}: {column.classes[most[0]]} is taken"
    return 0.0, UNKNOWN, f"`{column.name}` is {each}: left out"
