"""Conditions as people say them: which cells of a column samples may have.

    age>60   age>=60   price=100..200   price=..200   city=Bern|Basel   sex!=f   age>60 & sex=f

`split_conditions` cuts such a text into {column: what is wanted}, and `read_condition` reads what is wanted of a
column. In Python it may also be a slice with both ends, a set of cells, or a function of the column's cells.

A missing cell meets no condition, but that of a function may take it.
"""

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Protocol

import numpy as np
import pandas as pd

from ...core.errors import DataError, GivenError, list_some

SIGNS = ">=", "<=", "!=", ">", "<", "="
SIGN = re.compile("|".join(SIGNS))
NEXT = re.compile(rf"\s*&\s*(?=[^&|<>=!]*(?:{'|'.join(SIGNS)}))")  # between two conditions
NEXT_OF_COLUMN = re.compile(rf"\s*&\s*(?={'|'.join(SIGNS)})")  # between two conditions on one column
BETWEEN = re.compile(r"(.*?)\.\.(.*)")
SHOWN = 10  # names that an error lists


class Variable(Protocol):
    """What a condition needs to know of a column: its name, its kind, such as "number", and a comparable value of each
    of its cells. `ends` are those of training, None for names."""

    name: str
    kind: str

    def identify(self, cells: pd.Series) -> np.ndarray: ...


@dataclass(frozen=True)
class Numbers:
    """A variable whose cells are numbers, such as a property of molecules."""

    name: str
    kind = "number"

    def identify(self, cells: pd.Series) -> np.ndarray:
        try:
            return pd.to_numeric(pd.Series(cells)).to_numpy(float)
        except (ValueError, TypeError) as error:
            raise DataError(f"{self.name!r} holds what is no number ({error})") from None


@dataclass(frozen=True)
class Names:
    """A variable whose cells are names. labels: those that there are."""

    name: str
    labels: tuple
    kind = "category"

    @property
    def known(self) -> tuple:
        return self.labels

    def identify(self, cells: pd.Series) -> np.ndarray:
        return np.array([None if pd.isna(cell) else str(cell) for cell in cells], object)


@dataclass(frozen=True)
class Interval:
    """Numbers between two ends, each of which may be left out."""

    low: float = -np.inf
    high: float = np.inf
    above: bool = False  # whether the low end is left out
    below: bool = False

    def holds(self, values: np.ndarray) -> np.ndarray:
        over = values > self.low if self.above else values >= self.low
        return over & (values < self.high if self.below else values <= self.high)


@dataclass(frozen=True)
class Alternatives:
    """Cells in any of some intervals, or equal to any of some names; or, where `excludes`, all others."""

    intervals: tuple[Interval, ...] = ()
    names: frozenset[str] = frozenset()
    excludes: bool = False

    def hold(self, values: np.ndarray) -> np.ndarray:
        if values.dtype == object:
            is_there, found = np.array([value is not None for value in values], bool), np.isin(values, [*self.names])
        else:
            is_there, found = ~np.isnan(values), np.zeros(len(values), bool)
            for interval in self.intervals:
                found |= interval.holds(values)
        return is_there & (found != self.excludes)


@dataclass(frozen=True)
class Condition:
    """A condition on one column: the cells that samples may have there.

    Args:
        variable: The column.
        parts: All of them hold.
        test: A function of the column's cells, a Series (n,), that finds those that may be: (n,) bool. Default: none.
        text: What was asked, for messages.
    """

    variable: Variable
    parts: tuple[Alternatives, ...] = ()
    test: Callable[[pd.Series], object] | None = None
    text: str = ""

    @property
    def name(self) -> str:
        return self.variable.name

    def __str__(self) -> str:
        return self.text

    def meets(self, cells: pd.Series) -> np.ndarray:
        """Finds the cells that meet the condition: (n,) bool. Raises GivenError for a function that fails."""
        if self.test is not None:
            try:
                found = np.asarray(self.test(pd.Series(cells)), bool)
            except Exception as error:
                raise GivenError(f"the function for {self.name!r} fails on its cells: {error}") from error
            if found.shape != (len(cells),):
                raise GivenError(f"the function for {self.name!r} must return a truth value for each of its cells")
            return found
        values = self.variable.identify(pd.Series(cells))
        return np.logical_and.reduce([part.hold(values) for part in self.parts])


def split_conditions(texts: str | Iterable[str], whole: Collection[str] = (), names: Collection[str] = ()) -> dict:
    """Cuts conditions into {column: what is wanted}, where "=" is left out: {"age": ">60", "sex": "f"}.

    Args:
        texts: One text, or several, of which each may join conditions by &.
        whole: Columns whose value is all the text behind "=", such as captions.
        names: Columns that there are; their names may hold signs.

    Raises GivenError for a text that is no condition, and for two values of one column.
    """
    wanted: dict[str, str] = {}
    for text in [texts] if isinstance(texts, str) else texts:
        if not isinstance(text, str):
            raise GivenError(f'{text!r} is no condition: write it as in "age>60" or "label=3"')
        first, value = _cut(text, names)
        pieces = [(first, value)] if first in whole else [_cut(piece, names) for piece in NEXT.split(text)]
        for name, value in pieces:
            if name in wanted and not (SIGN.match(value) or SIGN.match(wanted[name])):
                raise GivenError(f"{name!r} is named twice, as {wanted[name]!r} and {value!r}: give it one value")
            value = value if name not in wanted else value if SIGN.match(value) else f"={value}"
            wanted[name] = f"{wanted[name]} & {value}" if name in wanted else value
    return wanted


def _cut(text: str, names: Collection[str]) -> tuple[str, str]:
    """The column of one condition, and what is wanted of it."""
    known = (name for name in names if text.startswith(name) and SIGN.match(text[len(name) :].lstrip()))
    name = max(known, key=len, default=None)
    sign = SIGN.search(text, len(name) if name is not None else 0)
    name = name or (text[: sign.start()].strip() if sign else "")
    value = text[sign.end() :].strip() if sign else ""
    if not name or not value:
        raise GivenError(f'{text!r} is no condition: write it as in "label=3", "age>60" or "city=Bern|Basel"')
    return name, value if sign[0] == "=" else sign[0] + value


def require_variable(name: str, variables: Mapping[str, Variable]) -> Variable:
    """The column of a name. Raises GivenError, naming the nearest, where there is none."""
    if name in variables:
        return variables[name]
    near = get_close_matches(str(name), variables, 1, 0.5)
    has = f"conditions may be on {list_some([*variables], SHOWN)}" if variables else "this model has no columns"
    raise GivenError(f"there is no {name!r} to set a condition on: {f'did you mean {near[0]!r}?' if near else has}")


def read_condition(variable: Variable, wanted: object) -> Condition:
    """Reads what is wanted of a column: a text behind its name, a slice, a set, a function, or one cell.

    Raises GivenError for what cannot be read, a name that training never saw, and an interval without any number of
    training.
    """
    name = variable.name
    if callable(wanted):
        return Condition(variable, test=wanted, text=f"{name} by a function")
    if isinstance(wanted, slice):
        if wanted.step is not None:
            raise GivenError(f"the slice for {name!r} has a step: leave it out, since both ends are meant")
        part, text = Alternatives((_interval(variable, wanted.start, wanted.stop),)), f"{wanted.start}..{wanted.stop}"
        parts, text = (part,), f"{name}={text}".replace("None", "")
    elif isinstance(wanted, (set, frozenset)):
        cells = sorted(wanted, key=str)
        parts, text = (_alternatives(variable, cells),), f"{name}={'|'.join(map(str, cells))}"
    elif isinstance(wanted, str):
        parts = tuple(_part(variable, piece) for piece in _pieces(variable, wanted))
        text = name + (wanted if SIGN.match(wanted) else f"={wanted}")
    else:
        parts, text = (_alternatives(variable, [wanted]),), f"{name}={wanted}"
    condition = Condition(variable, parts, text=text)
    _require_possible(condition)
    return condition


def _pieces(variable: Variable, wanted: str) -> list[str]:
    return [wanted] if wanted in _known(variable) else NEXT_OF_COLUMN.split(wanted)


def _part(variable: Variable, text: str) -> Alternatives:
    """What one sign says: ">60", "!=f", "=100..200" or "Bern|Basel"."""
    if text in _known(variable):
        return _alternatives(variable, [text])
    sign = SIGN.match(text)
    sign, value = (sign[0], text[sign.end() :].strip()) if sign else ("=", text.strip())
    if not value:
        raise GivenError(f"{variable.name}{text} names no value: write it as in {variable.name}=VALUE")
    if sign in (">", ">="):
        return Alternatives((_interval(variable, value, None, above=sign == ">"),))
    if sign in ("<", "<="):
        return Alternatives((_interval(variable, None, value, below=sign == "<"),))
    cells = [value] if value in _known(variable) else [cell.strip() for cell in value.split("|")]
    return _alternatives(variable, cells, sign == "!=")


def _alternatives(variable: Variable, cells: Iterable[object], excludes: bool = False) -> Alternatives:
    if _is_names(variable):
        return Alternatives(names=frozenset(_known_name(variable, cell) for cell in cells), excludes=excludes)
    intervals = []
    for cell in cells:
        ends = BETWEEN.fullmatch(cell) if isinstance(cell, str) else None
        if ends:
            intervals.append(_interval(variable, ends[1].strip() or None, ends[2].strip() or None))
        else:
            value = _number(variable, cell)
            intervals.append(Interval(value, value))
    return Alternatives(tuple(intervals), excludes=excludes)


def _interval(variable: Variable, low: object, high: object, above: bool = False, below: bool = False) -> Interval:
    if _is_names(variable):
        raise GivenError(
            f"{variable.name!r} is a {variable.kind}, which has no order: name its values, as in {variable.name}=a|b"
        )
    low = -np.inf if low is None else _number(variable, low)
    high = np.inf if high is None else _number(variable, high)
    if low > high:
        raise GivenError(f"the range {low:g}..{high:g} of {variable.name!r} is empty: write the smaller end first")
    return Interval(low, high, above, below)


def _number(variable: Variable, cell: object) -> float:
    """A number or date as the column counts it."""
    try:
        (value,) = variable.identify(pd.Series([cell], dtype=object))
    except DataError:
        value = np.nan
    if pd.isna(value):
        raise GivenError(f"{cell!r} is no {variable.kind} that {variable.name!r} may hold: write it as the data do")
    return float(value)


def _is_names(variable: Variable) -> bool:
    return hasattr(variable, "known")


def _known(variable: Variable) -> Collection[str]:
    return [str(label) for label in getattr(variable, "known", ())]


def _known_name(variable: Variable, cell: object) -> str:
    names = _known(variable)
    if str(cell) not in names:
        near = get_close_matches(str(cell), names, 1, 0.5)
        hint = f"did you mean {near[0]!r}?" if near else f"it saw {list_some(names, SHOWN)}"
        raise GivenError(f"training saw no {cell!r} in {variable.name!r}: {hint}")
    return str(cell)


def _require_possible(condition: Condition) -> None:
    """Raises GivenError for a condition that no value of training can meet."""
    variable = condition.variable
    if _is_names(variable):
        possible = condition.meets(pd.Series(variable.known, dtype=object)).any()
        if not possible:
            raise GivenError(f"no value of {variable.name!r} meets {condition}: allow one more")
        return
    low, high = getattr(variable, "ends", (-np.inf, np.inf))
    if any(not part.excludes and not any(_overlaps(i, low, high) for i in part.intervals) for part in condition.parts):
        raise GivenError(
            f"no training row meets {condition}: {variable.name!r} lies between {variable.show(low)} and "
            f"{variable.show(high)} there"
        )


def _overlaps(interval: Interval, low: float, high: float) -> bool:
    starts = interval.low < high or (interval.low == high and not interval.above)
    return starts and (interval.high > low or (interval.high == low and not interval.below))
