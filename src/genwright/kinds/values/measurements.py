"""Measured numbers: each with what is known of it, an exact value or a bound, and the relation and the unit that stand
in columns beside it.

`>10`, and `>` in a column beside 10, is a lower bound. Numbers whose units stand beside them are turned into the
commonest unit.
"""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from ...core.answer_states import EXACT, LOWER_BOUND, UNKNOWN, UPPER_BOUND
from ...core.domain import Question
from .cells import HUGE, factorize, native
from .reading import blank, cells_among, find_reading, is_missing_word, is_number
from .written import Written, find_written, numbers_among

BOUND = re.compile(r"(>>|<<|[<>]=?|=[<>]|[≤≥⩽⩾≦≧]|[~≈=]=?)\s*([^\s<>=~≈].*)")
SIDES = {"<": UPPER_BOUND, ">": LOWER_BOUND, **dict.fromkeys("≤⩽≦", UPPER_BOUND), **dict.fromkeys("≥⩾≧", LOWER_BOUND)}
RELATIONS = {  # what a column of relations holds
    **{sign: UPPER_BOUND for sign in ("<", "<=", "=<", "<<", "≤", "lt", "le", "less than", "below")},
    **{sign: LOWER_BOUND for sign in (">", ">=", "=>", ">>", "≥", "gt", "ge", "greater than", "above")},
    **{sign: EXACT for sign in ("=", "==", "~", "≈", "eq", "ca.", "equal to")},
}
MOST_WORDS = 64  # different cells of a column of relations or units, at most
_UNIT_NAME = re.compile(r"(?i)(^|[^a-z])(units?|uom|einheit)([^a-z]|$)|[a-z]Units?$")
_PREFIXES = {"": 1.0, "m": 1e-3, "u": 1e-6, "µ": 1e-6, "μ": 1e-6, "n": 1e-9, "p": 1e-12, "f": 1e-15}
_LITRES = ("/l", "/L", ".l-1", ".L-1", " l-1", " L-1")
UNITS = {  # unit: (what it measures, its size)
    **{f"{p}M": ("molar", size) for p, size in _PREFIXES.items()},
    **{f"{p}mol{litre}": ("molar", size) for p, size in _PREFIXES.items() for litre in _LITRES},
    **{f"{p}g{litre}": ("mass in volume", size) for p, size in _PREFIXES.items() for litre in _LITRES},
    **{
        f"{p}g{litre[0]}m{litre[1:]}": ("mass in volume", 1e3 * size)
        for p, size in _PREFIXES.items() for litre in _LITRES
    },
    **{f"{p}g": ("mass", size) for p, size in {**_PREFIXES, "k": 1e3}.items()},
    **{f"{p}m": ("length", size) for p, size in {**_PREFIXES, "k": 1e3, "c": 1e-2}.items()},
    **{f"{p}s": ("time", size) for p, size in _PREFIXES.items()},
    **{"sec": ("time", 1.0), "min": ("time", 60.0), "h": ("time", 3600.0), "hr": ("time", 3600.0)},
}  # fmt: skip


class Measurements(NamedTuple):
    """Cells of one column as numbers.

    Args:
        values: (n,) float64, 0 where unknown.
        known: (n,) int8 as in `Answers`.
        wrong: (n,) bool, cells that are filled and no number.
        exact: whether no cell is written as a bound.
        notes: sentences.
    """

    values: np.ndarray
    known: np.ndarray
    wrong: np.ndarray
    exact: bool
    notes: list[str]


def read_measurements(cells: pd.Series, name: str, missing: Sequence = (), kind_is_given: bool = False) -> Measurements:
    """Numbers however they are written, with their bounds.

    Args:
        cells: Cells of the column.
        name: Name of the column.
        missing: cells that stand for a missing value, beside what always does among numbers.
        kind_is_given: whether somebody calls them numbers: else those with leading zeros are names.
    """
    cells = native(cells).astype(object)
    codes, distinct = factorize(blank(cells, tuple(cells_among(cells, missing, name))), name)
    signs, texts = zip(*map(_split_sign, distinct)) if distinct else ((), ())
    missing_texts = {text for text in texts if text is not None and is_missing_word(text)}
    reading = find_reading(pd.Series(texts, dtype=object).dropna(), name, "number")
    notes = [f"`{name}`: {reading.note}"] * bool(reading.note and reading.written)
    numbers = numbers_among([text for text in texts if text is not None and text not in missing_texts])
    way = reading.written or next(iter(find_written(numbers)), Written())
    if not (reading.written or kind_is_given):
        texts = [text if text in missing_texts.union(numbers) else None for text in texts]
    values = np.append(way.read(texts), np.nan)
    for code, cell in enumerate(distinct):
        if is_number(cell) and abs(cell) <= HUGE:
            values[code] = cell
    values[np.abs(values) > HUGE] = np.nan
    sides = np.array([*map(_side_of_sign, signs), EXACT], np.int8)
    empty = np.array([text in missing_texts and not sign for sign, text in zip(signs, texts)] + [True])
    known = np.where(np.isnan(values), UNKNOWN, sides).astype(np.int8)
    unreadable = np.isnan(values) & ~empty
    return Measurements(
        np.nan_to_num(values)[codes], known[codes], unreadable[codes], bool((sides == EXACT).all()), notes
    )


def _split_sign(cell: object) -> tuple[str, str | None]:
    """The relation and the rest of a text; None of what is none."""
    if not isinstance(cell, str):
        return "", None
    bound = BOUND.fullmatch(text := cell.strip())
    return (bound[1], bound[2].strip()) if bound else ("", text)


def _side_of_sign(sign: str) -> int:
    return next((SIDES[mark] for mark in sign if mark in SIDES), EXACT)


# ---------------------------------------------------------------------- columns beside


def relation_beside(frame: pd.DataFrame, name: str) -> str | None:
    """Returns the column of relations that belongs to a column of numbers; it may hold one sort of bound alone."""
    other_columns = frame.drop(columns=name)
    is_bound = lambda word: side if (side := _side(word)) != EXACT else None
    bounds = [column for column in other_columns if _has_meaning(other_columns[column], is_bound, minimum=1)]
    return _neighbouring_column(frame, name, list(dict.fromkeys([*relation_columns(other_columns), *bounds])))


def unit_beside(frame: pd.DataFrame, name: str) -> str | None:
    """Returns the column of units that belongs to a column of numbers, if it holds several units."""
    return _neighbouring_column(frame, name, unit_columns(frame.drop(columns=name)))


def relation_columns(frame: pd.DataFrame) -> list:
    """Returns columns that hold nothing but relations, of several sorts."""
    return [name for name in frame if _has_meaning(frame[name], _side)]


def unit_columns(frame: pd.DataFrame) -> list:
    """Returns columns that are called units and hold several."""
    return [name for name in frame if _UNIT_NAME.search(str(name)) and _has_meaning(frame[name], str.strip)]


def relate(measurements: Measurements, relations: pd.Series, name: str) -> Measurements:
    """Returns the numbers with the relations that stand beside them.

    Args:
        name: Name of the column.
    """
    sides = relations.map(lambda cell: _side(cell) if isinstance(cell, str) else None).fillna(EXACT).to_numpy(np.int8)
    known = np.where((measurements.known == EXACT) & (sides != EXACT), sides, measurements.known)
    bounds = int((known != measurements.known).sum())
    note = f"`{name}`: {bounds:,} are bounds by `{relations.name}`"
    return measurements._replace(
        known=known, exact=not bounds and measurements.exact, notes=[*measurements.notes, note]
    )


def convert(measurements: Measurements, units: pd.Series, name: str) -> Measurements:
    """Returns the numbers in the commonest of the units that stand beside them; unknown where a unit is of another
    kind.

    Args:
        name: Name of the column.
    """
    is_known = measurements.known != UNKNOWN
    words = units.map(lambda cell: cell.strip() if isinstance(cell, str) else "").to_numpy(object)
    counts = Counter(words[is_known])
    if len(counts) < 2:
        return measurements
    main = max((word for word in counts if word), key=counts.get)
    values, known, notes = measurements.values.copy(), measurements.known.copy(), list(measurements.notes)
    for word in [word for word in counts if word != main]:
        rows = is_known & (words == word)
        (quantity, size), (own_quantity, unit) = UNITS.get(word, (word, 1.0)), UNITS.get(main, (main, 1.0))
        cells = f"`{name}`: {counts[word]:,} in {word or 'no unit'} by `{units.name}`"
        if quantity == own_quantity:
            values[rows] *= float(f"{size / unit:.12g}")
            question = f"{cells} are turned into {main}. Leave these rows out?"
        else:
            values[rows], known[rows] = 0.0, UNKNOWN
            question = f"{cells} cannot be turned into {main}, and no number is learned there. Leave these rows out?"
        if word:
            notes.append(str(Question.whether(question, leave_out={units.name: [word]})))
        else:
            notes.append(f"{cells}, the others in {main}, are not learned: write their unit beside them")
    return measurements._replace(values=values, known=known, notes=notes)


def _side(word: str) -> int | None:
    return RELATIONS.get(word.strip().strip("'\"").strip().casefold())


def _has_meaning(cells: pd.Series, meaning: Callable[[str], object], minimum: int = 2) -> bool:
    """Whether all filled cells have a meaning, and at least so many are different."""
    known = cells.dropna()
    if not len(known) or pd.api.types.is_numeric_dtype(known.dtype) or not isinstance(known.iloc[0], str):
        return False
    distinct = known.unique()
    if not minimum <= len(distinct) <= MOST_WORDS or not all(isinstance(word, str) for word in distinct):
        return False
    return all(meaning(word) not in (None, "") for word in distinct)


def _neighbouring_column(frame: pd.DataFrame, name: str, other_columns: list) -> str | None:
    """The one of some columns, which say something of numbers, that is about this column: it begins with the same word,
    or is the only one and its neighbour, or there is no other column of numbers."""
    names, stem = list(frame.columns), _stem(name)
    same_stem = [column for column in other_columns if _stem(column) == stem]
    near = [column for column in other_columns if abs(names.index(column) - names.index(name)) == 1]
    lone_columns = other_columns if len(frame.select_dtypes("number").columns.difference([name])) == 0 else []
    return next((columns[0] for columns in (same_stem, near, lone_columns) if len(columns) == 1), None)


def _stem(name: object) -> str:
    """The first word of the name of a column."""
    return next(iter(re.findall(r"[A-Z]?[a-z]+|[A-Z]+|\d+", str(name))), str(name)).casefold()
