"""Rules of a table, which its rows never or hardly ever break: orders, sums, products, dependencies, bands and others.

Each has `columns`, the names that it ties together; `support`; broken(view) -> (n,) bool, False where a cell that it
speaks of is missing; and a sentence, `str(rule)`. Those that say what one cell must be have settled(view, fixed) ->
(name, (n,) values), by which a broken row is mended without another draw; fixed: names that must stay as they are.
How they are found stands in `find_rules.py`.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from typing import ClassVar, NamedTuple

import numpy as np
import pandas as pd

from ...core.spec import Ordered
from ..values.cells import factorize, restore
from ..values.column_dates import CLOCK, UNITS, show_count
from .columns import Column, Dates, Labels
from .frames import column_of

SENTENCE_PAIRS = 3  # pairs, or bands, that a sentence names
PASSES = 10
EXACT = 1e-6  # share of a column's spread by which numbers without decimals may differ

Key = str | float  # a number, or the text of a label


class Support(NamedTuple):
    """Support of a rule: the rows it was checked on (training and validation), the rows that break it, and how many
    would break it if the columns were independent."""

    rows: int
    breaks: int
    chance: float

    def __str__(self) -> str:
        held = f"all {self.rows:,}" if not self.breaks else f"{self.rows - self.breaks:,} of {self.rows:,}"
        return f"in {held} rows, where independent columns would break it in {self.chance:,.0f}"


NO_SUPPORT = Support(0, 0, 0.0)


class View:
    """A frame as rules see it; each column is read once. columns: those that may be asked for."""

    def __init__(self, columns: Iterable[Column], frame: pd.DataFrame):
        self.columns = {column.name: column for column in columns}
        self.frame = frame
        self._read: dict[object, np.ndarray] = {}

    def __len__(self) -> int:
        return len(self.frame)

    def numbers(self, name: str) -> np.ndarray:
        """(n,) float64, NaN where missing; dates are days since 1970."""
        return self._read_cached(("numbers", name), self._numbers, name)

    def keys(self, name: str) -> np.ndarray:
        """(n,) text of labels as objects, None where missing; of numbers and dates, their numbers."""
        if not isinstance(self.columns[name], Labels):
            return self.numbers(name)
        return self._read_cached(("keys", name), self._texts, name)

    def missing(self, name: str) -> np.ndarray:
        return self._read_cached(("missing", name), lambda name: pd.isna(self.keys(name)), name)

    def happens(self, name: str, event: tuple[str, str]) -> np.ndarray:
        """(n,) bool: where the event of `Impossible` is so."""
        return self._read_cached((name, *event), lambda name: EVENTS[event[0]].at(self, name, event[1]), name)

    def cells(self, name: str, keys: np.ndarray) -> pd.Series:
        """The inverse of `keys`: cells as samples hold them, within the range of the training rows."""
        column = self.columns[name]
        if isinstance(column, Labels):
            labels = {str(label): label for label in (*column.rare, *column.labels)}
            values = np.empty(len(keys), object)
            values[:] = [labels.get(key) for key in keys]
            return restore(values, column.dtype)
        number = column.count if isinstance(column, Dates) else column
        return column.decode(number.to_leaf(np.asarray(keys, float) / _days(column)), 0)

    def _read_cached(self, what: object, read: Callable[[str], np.ndarray], name: str) -> np.ndarray:
        if what not in self._read:
            self._read[what] = read(name)
        return self._read[what]

    def _numbers(self, name: str) -> np.ndarray:
        """Not clipped to what the column saw in training, which `from_leaf` does."""
        column = self.columns[name]
        number = column.count if isinstance(column, Dates) else column
        x = column.encode(column_of(self.frame, name))
        if isinstance(number.leaf, Ordered):
            return number.lattice.values(x) * _days(column)
        values = x * number.leaf.scale + number.leaf.shift
        return (values if number.lattice is None else number.lattice.values(number.lattice.index(values))) * _days(
            column
        )

    def _texts(self, name: str) -> np.ndarray:
        column = self.columns[name]
        codes, distinct = factorize(column_of(self.frame, name), name)
        known = column.encode(pd.Series(distinct, dtype=object))
        is_coded = known < len(column.labels)
        texts = [str(column.labels[int(k)]) if coded else str(v) for v, k, coded in zip(distinct, known, is_coded)]
        return np.array([*texts, None], object)[codes]


def unit_of(column: Column) -> str:
    """Unit of the numbers of a column in a view, "" if they are no dates."""
    return "day" + CLOCK * column.calendar.is_clock if isinstance(column, Dates) else ""


def _days(column: Column) -> float:
    """Days that a count of a column of dates stands for; 1 for other columns."""
    return UNITS[column.calendar.unit] / UNITS["day"] if isinstance(column, Dates) else 1.0


# ---------------------------------------------------------------------- the rules


@dataclass(frozen=True)
class Order:
    """low <= high, of two numbers or two dates."""

    low: str
    high: str
    support: Support = NO_SUPPORT
    kind: ClassVar[str] = "order"

    @property
    def columns(self) -> tuple[str, ...]:
        return self.low, self.high

    def broken(self, view: View) -> np.ndarray:
        return view.numbers(self.low) > view.numbers(self.high)

    def __str__(self) -> str:
        return f"`{self.low}` <= `{self.high}`"


@dataclass(frozen=True)
class Sum:
    """total = sum of weights x parts + constant, to `within`."""

    total: str
    parts: tuple[str, ...]
    weights: tuple[float, ...]
    constant: float
    within: float
    support: Support = NO_SUPPORT
    kind: ClassVar[str] = "sum"

    def __post_init__(self):
        if len(self.parts) != len(self.weights) or not all(self.weights):
            raise ValueError("a sum has a weight for each part, none of them 0")

    @property
    def columns(self) -> tuple[str, ...]:
        return self.total, *self.parts

    def broken(self, view: View) -> np.ndarray:
        return np.abs(view.numbers(self.total) - self._sum(view)) > self.within

    def settled(self, view: View, fixed: Sequence[str]) -> tuple[str, np.ndarray] | None:
        """The total, or a part where the total is fixed."""
        if self.total not in fixed:
            return self.total, self._sum(view)
        for part, weight in zip(self.parts, self.weights):
            if part not in fixed:
                gap = view.numbers(self.total) - self._sum(view)
                return part, view.numbers(part) + gap / weight
        return None

    def _sum(self, view: View) -> np.ndarray:
        return sum(
            (weight * view.numbers(part) for part, weight in zip(self.parts, self.weights)), np.float64(self.constant)
        )

    def __str__(self) -> str:
        terms = [
            (weight < 0, f"`{part}`" if abs(weight) == 1 else f"{abs(weight):g} `{part}`")
            for part, weight in zip(self.parts, self.weights)
        ]
        if self.constant:
            terms.append((self.constant < 0, f"{abs(self.constant):g}"))
        terms.sort(key=lambda term: term[0])
        first, *rest = [("-" if minus else "", term) for minus, term in terms]
        said = first[0] + first[1] + "".join(f" {sign or '+'} {term}" for sign, term in rest)
        return f"`{self.total}` = {said}"


@dataclass(frozen=True)
class Product:
    """total = times x the product of factors, to `within`. forms: of each factor x, a key of `FORMS`."""

    total: str
    parts: tuple[str, ...]
    forms: tuple[str, ...]
    times: float
    within: float
    support: Support = NO_SUPPORT
    kind: ClassVar[str] = "product"

    def __post_init__(self):
        if len(self.parts) != len(self.forms) or not self.parts or not set(self.forms) <= FORMS.keys():
            raise ValueError("a product has a known form of each part")

    @property
    def columns(self) -> tuple[str, ...]:
        return self.total, *self.parts

    def broken(self, view: View) -> np.ndarray:
        return np.abs(view.numbers(self.total) - self._product(view)) > self.within

    def settled(self, view: View, fixed: Sequence[str]) -> tuple[str, np.ndarray] | None:
        return None if self.total in fixed else (self.total, self._product(view))

    def _product(self, view: View) -> np.ndarray:
        with np.errstate(divide="ignore", invalid="ignore"):
            factors = [FORMS[form](view.numbers(part)) for part, form in zip(self.parts, self.forms)]
            return self.times * np.prod(factors, 0)

    def __str__(self) -> str:
        said = {"x": "`{}`", "1 - x": "(1 - `{}`)", "1 + x": "(1 + `{}`)", "1 / x": "`{}`"}
        times, over = (
            [said[form].format(part) for part, form in zip(self.parts, self.forms) if (form == "1 / x") == below]
            for below in (False, True)
        )
        first = ([f"{self.times:g}"] if self.times != 1 or not times else []) + times
        return f"`{self.total}` = {' / '.join([' x '.join(first), *over])}"


FORMS = {"x": lambda x: x, "1 - x": lambda x: 1 - x, "1 + x": lambda x: 1 + x, "1 / x": lambda x: 1 / x}


@dataclass(frozen=True)
class Dependency:
    """Each value of `by` has one value of `of`; with both, the other way round too. table: pairs of them."""

    by: str
    of: str
    table: tuple[tuple[Key, Key], ...]
    both: bool
    within: float  # tolerance of numbers
    support: Support = NO_SUPPORT
    kind: ClassVar[str] = "dependency"

    @property
    def columns(self) -> tuple[str, ...]:
        return self.by, self.of

    def broken(self, view: View) -> np.ndarray:
        wanted, keys = self._wanted(view), view.keys(self.of)
        if keys.dtype == float:
            return np.abs(keys - wanted.astype(float)) > self.within
        return ~pd.isna(wanted) & ~view.missing(self.of) & (keys != wanted)

    def settled(self, view: View, fixed: Sequence[str]) -> tuple[str, np.ndarray] | None:
        return None if self.of in fixed else (self.of, self._wanted(view))

    def _wanted(self, view: View) -> np.ndarray:
        wanted = pd.Series(view.keys(self.by)).map(self._mapping)
        return wanted.to_numpy(object)

    @cached_property
    def _mapping(self) -> dict[Key, Key]:
        return dict(self.table)

    def __str__(self) -> str:
        return f"each `{self.by}` has one `{self.of}`" + (", and the other way round" if self.both else "")


@dataclass(frozen=True)
class Bands:
    """`of` goes by the number `by`. bands: (value of `of`, the lowest and the highest of its numbers), increasing; what
    lies between two bands may be of either."""

    by: str
    of: str
    bands: tuple[tuple[Key, float, float], ...]
    support: Support = NO_SUPPORT
    unit: str = ""  # of the numbers, if they count dates
    kind: ClassVar[str] = "bands"

    @property
    def columns(self) -> tuple[str, ...]:
        return self.by, self.of

    def broken(self, view: View) -> np.ndarray:
        numbers, keys = view.numbers(self.by), view.keys(self.of)
        _, low, high = zip(*self.bands)
        is_broken = np.zeros(len(view), bool)
        for k, (key, *_) in enumerate(self.bands):
            below, above = high[k - 1] if k else -np.inf, low[k + 1] if k + 1 < len(low) else np.inf
            is_broken |= (keys == key) & ((numbers <= below) | (numbers >= above))
        return is_broken

    def settled(self, view: View, fixed: Sequence[str]) -> tuple[str, np.ndarray] | None:
        if self.of in fixed:
            return None
        keys, low, high = zip(*self.bands)
        cuts = (np.array(high[:-1]) + np.array(low[1:])) / 2
        return self.of, np.array(keys, object)[np.searchsorted(cuts, view.numbers(self.by))]

    def __str__(self) -> str:
        ends = [f"{key} up to {show_count(high, self.unit)}" for key, _, high in self.bands[:SENTENCE_PAIRS]]
        ends = (
            ends if len(self.bands) > SENTENCE_PAIRS else [*ends[: len(self.bands) - 1], f"{self.bands[-1][0]} above"]
        )
        return f"`{self.of}` goes by `{self.by}`: {', '.join(ends)}{', ...' * (len(self.bands) > SENTENCE_PAIRS)}"


class Event(NamedTuple):
    """Something that one cell may be, such as missing. at(view, name, label) -> (n,) bool."""

    at: Key | float | None
    said: str


EVENTS = {
    "is": Event(lambda view, name, label: view.keys(name) == label, "`{}` {}"),
    "missing": Event(lambda view, name, _: view.missing(name), "`{}` missing"),
    "there": Event(lambda view, name, _: ~view.missing(name), "`{}` there"),
    "zero": Event(lambda view, name, _: view.numbers(name) == 0, "`{}` 0"),
    "nonzero": Event(lambda view, name, _: (view.numbers(name) != 0) & ~view.missing(name), "`{}` other than 0"),
}


@dataclass(frozen=True)
class Impossible:
    """Values of two columns that never come together. pairs: ((event, label) of a, the same of b); event: one of
    `EVENTS`."""

    a: str
    b: str
    pairs: tuple[tuple[tuple[str, str], tuple[str, str]], ...]
    support: Support = NO_SUPPORT
    kind: ClassVar[str] = "impossible"

    def __post_init__(self):
        if not self.pairs or any(event not in EVENTS for pair in self.pairs for event, _ in pair):
            raise ValueError("impossible pairs are of known events")

    @property
    def columns(self) -> tuple[str, ...]:
        return self.a, self.b

    def broken(self, view: View) -> np.ndarray:
        return np.logical_or.reduce([view.happens(self.a, x) & view.happens(self.b, y) for x, y in self.pairs])

    def __str__(self) -> str:
        said = lambda name, event: EVENTS[event[0]].said.format(name, event[1])
        named = "; ".join(f"{said(self.a, x)} with {said(self.b, y)}" for x, y in self.pairs[:SENTENCE_PAIRS])
        more = len(self.pairs) - SENTENCE_PAIRS
        return f"never {named}" + (f", nor {more} more such pairs" if more > 0 else "")


Rule = Order | Sum | Product | Dependency | Bands | Impossible
SETTLING = (Product, Sum, Dependency, Bands)  # rules that say what a cell must be
KINDS = {cls.kind: cls for cls in (Sum, Product, Dependency, Bands, Order, Impossible)}


# ---------------------------------------------------------------------- keeping them


def broken(rules: Sequence[Rule], view: View) -> np.ndarray:
    """(n, rules) bool."""
    return np.stack([rule.broken(view) for rule in rules], 1) if rules else np.zeros((len(view), 0), bool)


def settle(
    rules: Sequence[Rule], columns: Iterable[Column], frame: pd.DataFrame, fixed: Sequence[str]
) -> tuple[pd.DataFrame, dict[str, int]]:
    """Rows mended by the rules that say what a cell must be, and how many each one mended; again until nothing is left
    to mend, since one may begin from what another settled. A cell stays within the range of the training rows, so that
    a few rows may be broken still."""
    columns, changed = list(columns), dict.fromkeys(map(str, rules), 0)
    settling = [rule for rule in rules if isinstance(rule, SETTLING)]
    for _ in range(PASSES):
        before = frame
        for rule in settling:
            view = View(columns, frame)
            rows, settled = np.flatnonzero(rule.broken(view)), rule.settled(view, fixed)
            if len(rows) and settled is not None:
                name, keys = settled
                cells = frame[name].copy()
                cells.iloc[rows] = view.cells(name, keys[rows]).to_numpy()
                frame = frame.assign(**{name: cells})
                changed[str(rule)] = max(changed[str(rule)], len(rows))
        if frame.equals(before):
            break
    return frame, {rule: rows for rule, rows in changed.items() if rows}


# ---------------------------------------------------------------------- files


def rule_to_json(rule: Rule) -> dict:
    return {"is": rule.kind, **{part.name: getattr(rule, part.name) for part in fields(rule)}}


def rule_from_json(record: dict) -> Rule:
    """Raises ValueError, TypeError or KeyError for what is no rule."""
    record = {key: _frozen(value) for key, value in record.items()}
    cls = KINDS[record.pop("is")]
    return cls(**record | {"support": Support(*record["support"])})


def _frozen(value: object) -> object:
    return tuple(map(_frozen, value)) if isinstance(value, list) else value
