"""Rules of a table, which its rows never or hardly ever break: formulas, dependencies, bands, impossible pairs, and
columns that are missing together.

Each has `columns`, the names that it ties together; `support`; broken(view) -> (n,) bool, False where a cell is missing
of whose value it speaks; features(view) -> {name: (n,) float64}, in which rows that break it differ from others, NaN
where missing; and a sentence, `str(rule)`. `find_rules.py` finds them. `structure.py` derives columns by rules that all
rows keep. An equality that a few rows break has settled(view, fixed) -> (name, (n,) values), by which a broken row is
mended without another draw; fixed: names that must stay as they are.
"""

import ast
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from typing import ClassVar, NamedTuple

import numpy as np
import pandas as pd

from ...core.errors import list_some
from ..values.column_dates import show_count
from . import formulas
from .columns import Column, Labels
from .formulas import HOLDS, ROUNDINGS, Comparison, columns_in, evaluate
from .table_view import View, unit_of

SENTENCE_PAIRS = 3  # pairs, or bands, that a sentence names
SENTENCE_COLUMNS = 10
PASSES = 10
EXACT = 1e-6  # share of a column's spread by which numbers without decimals may differ
MIN_BREAKS = 20  # rows that would break a rule by chance
RATIO = 200  # rows that would by chance, for each that may
SHARE = 5e-4  # share of rows that may break a rule, and one row at least

Key = str | float  # a number, or the text of a label


class Support(NamedTuple):
    """Support of a rule: the rows it was checked on (training and validation), the rows that break it, and how many
    would break it if the columns were independent.

    Args:
        rows: Numbers of the rows.
    """

    rows: int
    breaks: int
    chance: float

    def __str__(self) -> str:
        held_text = f"all {self.rows:,}" if not self.breaks else f"{self.rows - self.breaks:,} of {self.rows:,}"
        chance = f" (by chance: {max(0.0, self.rows - self.chance):,.0f})" if self.chance else ""
        return f"in {held_text} rows{chance}"


NO_SUPPORT = Support(0, 0, 0.0)


def allowed(rows: float, chance: float) -> float:
    """Computes how many rows may break a rule, if `chance` rows would break it with independent columns."""
    return min(max(1.0, SHARE * rows), chance / RATIO)


# ---------------------------------------------------------------------- the rules


class _Rule:
    """What all kinds of rules share."""

    def features(self, view: View) -> dict[str, np.ndarray]:
        return {"broken": self.broken(view).astype(float)}


@dataclass(frozen=True)
class Formula(_Rule):
    """A comparison of columns, such as an order, a sum, a product, or a date plus days.

    Args:
        text: as `formulas` writes it.
        within: by how much two sides may differ, in the unit of the column that the formula is solved for.
        rounding: key of `ROUNDINGS`, by which this column was rounded in training; "" if rows keep the formula only
            within the rounding of its other columns, or if nothing was rounded.
        typed: whether a person typed it.
    """

    text: str
    within: float = 0.0
    rounding: str = ""
    typed: bool = False
    support: Support = NO_SUPPORT
    kind: ClassVar[str] = "formula"

    def __post_init__(self):
        if self.rounding and self.rounding not in ROUNDINGS or str(self.comparison) != self.text:
            raise ValueError("a formula is written as `formulas` writes it, and rounded in a known way")

    @cached_property
    def comparison(self) -> Comparison:
        (comparison,) = formulas.read_formulas(self.text, columns_in(self.text))
        return comparison

    @cached_property
    def columns(self) -> tuple[str, ...]:
        return columns_in(self.text)

    @cached_property
    def solutions(self) -> dict[str, ast.expr]:
        """Solves the formula for its columns: {column: the expression that it equals}, the column that it is solved for
        first; none of an inequality."""
        return formulas.solve(self.comparison)

    @property
    def target(self) -> str | None:
        return next(iter(self.solutions), None)

    def broken(self, view: View) -> np.ndarray:
        left, sign, right = self.comparison
        if self.target:
            is_exact = bool(self.rounding) and not ROUNDINGS[self.rounding].is_nearest
            keeps = np.abs(view.numbers(self.target) - self.value(view, self.target, is_exact)) <= self.within
        else:
            keeps = HOLDS[sign](evaluate(left, view.numbers) - evaluate(right, view.numbers), self.within)
        return view.complete(self.columns) & ~keeps

    def features(self, view: View) -> dict[str, np.ndarray]:
        """Returns the features of the formula. computed: of an equality what its column should be, of an inequality by
        how much one side is larger. difference, ratio: of the column of an equality and what it should be."""
        with np.errstate(all="ignore"):
            if self.target:
                is_known, value = view.numbers(self.target), self.value(view, self.target, False)
                found = {"computed": value, "difference": is_known - value, "ratio": is_known / value}
            else:
                left, _, right = self.comparison
                found = {"computed": evaluate(right, view.numbers) - evaluate(left, view.numbers) + np.zeros(len(view))}
        finite = {name: np.where(np.isfinite(numbers), numbers, np.nan) for name, numbers in found.items()}
        return super().features(view) | finite

    def settled(self, view: View, fixed_columns: Collection[str]) -> tuple[str, np.ndarray] | None:
        """Solves the rule for the first column that is not fixed: its name and its values; None where all are."""
        free_columns = (
            name for name in self.solutions if name not in fixed_columns and not isinstance(view.columns[name], Labels)
        )
        name = next(free_columns, None)
        return None if name is None else (name, self.value(view, name))

    def differs(self, view: View, fixed_columns: Collection[str] = ()) -> np.ndarray:
        """Finds the rows to mend, (n,) bool: those that break it, and those whose half ticks were rounded another
        way."""
        if not self.rounding or self.target in fixed_columns:
            return self.broken(view)
        gap = np.abs(view.numbers(self.target) - self.value(view, self.target))
        return self.broken(view) | (gap > 0.25 / view.ticks(self.target))

    def contradicts(self, other: "Formula", view: View) -> bool:
        """Tells whether no row keeps both, where they tie the same columns together or settle the same one."""
        same_columns = {*other.columns} == {*self.columns} or (self.target and self.target == other.target)
        complete = view.complete((*self.columns, *other.columns))
        return bool(same_columns and (self.broken(view) | other.broken(view))[complete].all())

    def compare_values(self, view: View, row: int) -> str:
        """Describes the value that an equality has in a row and the value that it should have."""
        if not self.target:
            return ""
        values = view.numbers(self.target), self.value(view, self.target)
        left_text, right = (show_count(numbers[row], unit_of(view.columns[self.target])) for numbers in values)
        return f", where '{self.target}' is {left_text} and the rule gives {right}"

    def value(self, view: View, name: str, is_rounded: bool = True) -> np.ndarray:
        """Computes what a column equals, (n,), rounded to its decimals as in training.

        Args:
            view: The table, with its columns read as numbers.
            name: Name of the column.
        """
        value, ticks = evaluate(self.solutions[name], view.numbers) + np.zeros(len(view)), view.ticks(name)
        return ROUNDINGS[self.rounding].of(value * ticks) / ticks if is_rounded and self.rounding and ticks else value

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True)
class Dependency(_Rule):
    """Each value of `by` has one value of `of`; with both, the other way round too.

    Args:
        table: pairs of them, None for a value that is missing.
    """

    by: str
    of: str
    table: tuple[tuple[Key, Key | None], ...]
    both: bool
    within: float  # tolerance of numbers
    support: Support = NO_SUPPORT
    kind: ClassVar[str] = "dependency"

    @property
    def columns(self) -> tuple[str, ...]:
        return self.by, self.of

    def broken(self, view: View) -> np.ndarray:
        expected, keys = self.wanted(view), view.keys(self.of)
        if keys.dtype == float:
            return np.abs(keys - expected) > self.within
        return ~pd.isna(expected) & ~view.missing(self.of) & (keys != expected)

    @property
    def holds(self) -> str:
        """Says in words what its table tells of training rows."""
        return f"`{self.of}` for each of {len(self.table):,} values of `{self.by}`"

    def wanted(self, view: View) -> np.ndarray:
        """Returns the value (n,) that each key has; None or NaN for a key without one."""
        expected_keys = pd.Series(view.keys(self.by)).map(self.mapping)
        is_number = not isinstance(view.columns[self.of], Labels)
        return expected_keys.to_numpy(float, na_value=np.nan) if is_number else expected_keys.to_numpy(object)

    @cached_property
    def mapping(self) -> dict[Key, Key | None]:
        return dict(self.table)

    def __str__(self) -> str:
        return f"each `{self.by}` has one `{self.of}`" + (", and the other way round" if self.both else "")


@dataclass(frozen=True)
class Bands(_Rule):
    """`of` goes by the number `by`.

    Args:
        bands: (value of `of`, the lowest and the highest of its numbers), increasing; what lies between two bands
            may be of either.
        unit: Unit in words.
    """

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
            highest_below, lowest_above = high[k - 1] if k else -np.inf, low[k + 1] if k + 1 < len(low) else np.inf
            is_broken |= (keys == key) & ((numbers <= highest_below) | (numbers >= lowest_above))
        return is_broken

    def __str__(self) -> str:
        ends = [f"{key} up to {show_count(high, self.unit)}" for key, _, high in self.bands[:SENTENCE_PAIRS]]
        ends = (
            ends if len(self.bands) > SENTENCE_PAIRS else [*ends[: len(self.bands) - 1], f"{self.bands[-1][0]} above"]
        )
        ellipsis = ", ..." * (len(self.bands) > SENTENCE_PAIRS)
        return f"`{self.of}` follows from ranges of `{self.by}`: {', '.join(ends)}{ellipsis}"


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


def happens(view: View, name: str, event: tuple[str, str]) -> np.ndarray:
    """Finds where an event of a column happens: (n,) bool.

    Args:
        view: The table, with its columns read as numbers.
        name: Name of the column.
    """
    return view.read_cached((name, *event), lambda name: EVENTS[event[0]].at(view, name, event[1]), name)


@dataclass(frozen=True)
class Impossible(_Rule):
    """Values of two columns that never come together.

    Args:
        pairs: ((event, label) of a, the same of b); event: one of `EVENTS`.
    """

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
        return np.logical_or.reduce([happens(view, self.a, x) & happens(view, self.b, y) for x, y in self.pairs])

    def __str__(self) -> str:
        if {(x[0], y[0]) for x, y in self.pairs} == {("missing", "there"), ("there", "missing")}:
            return f"`{self.a}` and `{self.b}` are always both empty or both filled"
        event_text = lambda name, event: EVENTS[event[0]].said.format(name, event[1])
        pair_text = "; ".join(
            f"{event_text(self.a, x)} with {event_text(self.b, y)}" for x, y in self.pairs[:SENTENCE_PAIRS]
        )
        pairs_left = len(self.pairs) - SENTENCE_PAIRS
        return f"never {pair_text}" + (f", nor {pairs_left} more such pairs" if pairs_left > 0 else "")


@dataclass(frozen=True)
class Together(_Rule):
    """A rule: columns that are missing in the same rows.

    Args:
        columns: Names of the columns.
    """

    columns: tuple[str, ...]
    support: Support = NO_SUPPORT
    kind: ClassVar[str] = "together"

    def __post_init__(self):
        if len({*self.columns}) < max(2, len(self.columns)):
            raise ValueError("two columns or more are missing together")

    def broken(self, view: View) -> np.ndarray:
        first = view.missing(self.columns[0])
        return np.logical_or.reduce([view.missing(name) != first for name in self.columns[1:]])

    def __str__(self) -> str:
        return f"{name_columns(self.columns)} are missing together"


def name_columns(names: Sequence[str]) -> str:
    """Returns columns in words, the first of them where there are many: `a`, `b` and `c`."""
    return list_some([f"`{name}`" for name in names], SENTENCE_COLUMNS)


Rule = Formula | Dependency | Bands | Impossible | Together
KINDS = {cls.kind: cls for cls in (Formula, Dependency, Bands, Impossible, Together)}


# ---------------------------------------------------------------------- keeping them


def broken(rules: Sequence[Rule], view: View) -> np.ndarray:
    """Finds which rows break which rules: (n, rules) bool."""
    return np.stack([rule.broken(view) for rule in rules], 1) if rules else np.zeros((len(view), 0), bool)


def rule_features(rules: Sequence[Rule], view: View, names: Collection[str]) -> np.ndarray:
    """Computes the features of these names of all rules, (n, F) float64, NaN where missing.

    Args:
        rules: Rules of the table.
        view: The table, with its columns read as numbers.
        names: Names in the order of the columns.
    """
    features = [numbers for rule in rules for name, numbers in rule.features(view).items() if name in names]
    return np.stack(features, 1) if features else np.zeros((len(view), 0))


def settle(
    rules: Sequence[Rule], columns: Iterable[Column], frame: pd.DataFrame, fixed_columns: Sequence[str]
) -> tuple[pd.DataFrame, dict[str, int]]:
    """Rows mended by equalities, and how many each one mended; again until nothing is left to mend, since one may begin
    from what another settled. A cell stays within the range of the training rows, so that a few rows may be broken
    still.

    Args:
        rules: Rules of the table.
        columns: Names of the columns.
        frame: The table.
    """
    columns, changed = list(columns), dict.fromkeys(map(str, rules), 0)
    fixed_columns = {*fixed_columns, *(column.name for column in columns if column.leaf is None)}
    claimed: dict[str, Collection[str]] = {}  # of each rule, the columns that it leaves as they are
    view = View(columns, frame)
    for rule in rules:
        if isinstance(rule, Formula) and (cells := rule.settled(view, fixed_columns)):
            claimed[str(rule)], fixed_columns = fixed_columns, fixed_columns | {cells[0]}
    settling = [rule for rule in rules if str(rule) in claimed]
    for _ in range(PASSES):
        frame_before = frame
        for rule in settling:
            view, claimed_rows = View(columns, frame), claimed[str(rule)]
            rows = np.flatnonzero(rule.differs(view, claimed_rows))
            if len(rows):
                name, values = rule.settled(view, claimed_rows)
                cells = frame[name].copy()
                cells.iloc[rows] = view.cells_within(name, values).iloc[rows].to_numpy()
                frame = frame.assign(**{name: cells})
                changed[str(rule)] = max(changed[str(rule)], len(rows))
        if frame.equals(frame_before):
            break
    return frame, {rule: rows for rule, rows in changed.items() if rows}


# ---------------------------------------------------------------------- files


def rule_to_json(rule: Rule) -> dict:
    return {"is": rule.kind, **{part.name: getattr(rule, part.name) for part in fields(rule)}}


def rule_from_json(record: dict) -> Rule:
    """Builds a rule from its JSON record. Raises ValueError, TypeError or KeyError for a damaged record."""
    record = {key: _freeze(value) for key, value in record.items()}
    is_a, support = record.pop("is"), Support(*record.pop("support"))
    if is_a in TEXTS:  # as formulas were written before they were typed
        tolerance = record.pop("within", 0.0)
        return Formula(TEXTS[is_a](**record), tolerance, support=support)
    return KINDS[is_a](**record, support=support)


TEXTS = {"order": formulas.order_text, "sum": formulas.sum_text, "product": formulas.product_text}


def _freeze(value: object) -> object:
    return tuple(map(_freeze, value)) if isinstance(value, list) else value
