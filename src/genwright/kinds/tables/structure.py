"""The structure of a table: columns that its rules derive from other columns, so that no family models them.

    Computed     a formula gives the column:            total = units * price
    LookedUp     a key has one value of the column:     each zip has one town
    Difference   the column is never below others:      ordered <= shipped, of which a model learns shipped - ordered

Columns that are missing in the same rows have a `SharedFlag`: whether they are is modelled once, for the first of them.

The rows that keep these rules are one to one with the rows of what is left: `reduce` leads there, `restore` back, in
an order in which each column follows the columns that it is derived from. `find_structure.py` finds the structure.

Each step has `column`, the column that it derives; `rules`, what it keeps; `sources`, the columns that it needs;
broken(view) -> (n,) bool; and solvable(view), the sources for which solve(view, source) -> (n,) keys can be solved
where the column is known. Its keys (n,), None or NaN where the column is missing, come from derive(view), those of a
difference from restored(view, offset).
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np
import pandas as pd

from .columns import Column, Dates, Number, column_from_json, column_to_json
from .table_rules import Dependency, Formula, Rule, Together, name_columns
from .table_view import View


@dataclass(frozen=True)
class Computed:
    """A column that a formula computes. It is missing where a source is, and nowhere else.

    Args:
        column: Name of the column.
    """

    column: str
    rule: Formula
    kind: ClassVar[str] = "computed"

    @property
    def rules(self) -> tuple[Rule, ...]:
        return (self.rule,)

    @property
    def sources(self) -> tuple[str, ...]:
        return tuple(name for name in self.rule.columns if name != self.column)

    def derive(self, view: View) -> np.ndarray:
        values = self.rule.value(view, self.column)
        return np.where(view.complete(self.sources) & np.isfinite(values), values, np.nan)

    def broken(self, view: View) -> np.ndarray:
        return self.rule.broken(view) | (view.missing(self.column) != np.isnan(self.derive(view)))

    def solvable(self, view: View) -> list[str]:
        """Lists the columns that the formula can be solved for, those with most values first, since one with few values
        seldom fits."""
        numbers = [name for name in self.rule.solutions if isinstance(view.columns[name], (Number, Dates))]
        values = {name: (view.ticks(name) or np.inf) * np.ptp(view.ends(name)) for name in numbers}
        return sorted({*numbers} - {self.column}, key=lambda name: (-values[name], name))

    def solve(self, view: View, part: str) -> np.ndarray:
        return self.rule.value(view, part)

    def __str__(self) -> str:
        return f"computed: `{self.column}`, by {self.rule}"


@dataclass(frozen=True)
class LookedUp:
    """A column whose value its key has. It is missing where the key is."""

    rule: Dependency
    kind: ClassVar[str] = "looked up"

    @property
    def column(self) -> str:
        return self.rule.of

    @property
    def rules(self) -> tuple[Rule, ...]:
        return (self.rule,)

    @property
    def sources(self) -> tuple[str, ...]:
        return (self.rule.by,)

    def derive(self, view: View) -> np.ndarray:
        return self.rule.wanted(view)

    def broken(self, view: View) -> np.ndarray:
        """Finds the rows that break the rule, (n,) bool. A key that training never saw has no value to break."""
        keys = pd.Series(view.keys(self.rule.by))
        is_known = (keys.isin(self.rule.mapping) | keys.isna()).to_numpy()
        expected, values = self.derive(view), view.keys(self.column)
        is_equal = (values == expected) | (pd.isna(values) & pd.isna(expected))
        return is_known & ~is_equal

    def solvable(self, view: View) -> list[str]:
        return [self.rule.by]

    def solve(self, view: View, part: str) -> np.ndarray:
        """Finds the only key that has each value; None or NaN where several have it."""
        counts = Counter(self.rule.mapping.values())
        inverse = {value: key for key, value in self.rule.mapping.items() if counts[value] == 1}
        keys = pd.Series(view.keys(self.column)).map(inverse)
        is_number = view.keys(part).dtype == float
        return keys.to_numpy(float, na_value=np.nan) if is_number else keys.to_numpy(object)

    def near_keys(self, view: View) -> np.ndarray:
        """Returns the keys of a view; of numbers that no training row has, the nearest one that some row has."""
        keys = view.keys(self.rule.by)
        if keys.dtype != float:
            return keys
        known = np.sort(np.array([*self.rule.mapping], float))
        at = np.searchsorted((known[1:] + known[:-1]) / 2, keys)
        return np.where(np.isnan(keys), np.nan, known[at])

    def __str__(self) -> str:
        return f"looked up: `{self.column}`, by `{self.rule.by}` ({len(self.rule.table):,} values)"


@dataclass(frozen=True)
class Difference:
    """A column that is never below others: a model learns by how much it is above the highest of them.

    Args:
        column: Name of the column.
        rules: the orders, a column below it each.
        number: what models learn in its place, in the unit of the column.
    """

    column: str
    rules: tuple[Formula, ...]
    number: Number
    kind: ClassVar[str] = "difference"

    @property
    def sources(self) -> tuple[str, ...]:
        return tuple(name for rule in self.rules for name in rule.columns if name != self.column)

    def ticks(self, view: View, name: str) -> np.ndarray:
        """Counts the ticks (n,) of this column that the cells of a column are; NaN where missing."""
        return np.rint(view.numbers(name) * view.ticks(self.column))

    def base(self, view: View) -> np.ndarray:
        return np.max([self.ticks(view, name) for name in self.sources], 0)  # NaN where any is missing

    def offset(self, view: View) -> np.ndarray:
        """Computes by how much the column is above the others, (n,)."""
        return (self.ticks(view, self.column) - self.base(view)) / self.size

    def restored(self, view: View, offset: np.ndarray) -> np.ndarray:
        """Computes keys (n,) above the others by an offset, and not above all training rows, unless another one is."""
        base, column = self.base(view), view.columns[self.column]
        number = column.count if isinstance(column, Dates) else column
        top = np.rint(number.high * self.size)
        ticks = np.maximum(np.minimum(base + np.rint(offset * self.size), top), base + self.least_ticks)
        return ticks / view.ticks(self.column)

    def broken(self, view: View) -> np.ndarray:
        is_missing = view.missing(self.column)
        is_below = np.rint(self.offset(view) * self.size) < self.least_ticks
        return ~is_missing & (is_below | ~view.complete(self.sources))

    def lowered(self, view: View, offset: np.ndarray | float) -> np.ndarray:
        """Computes keys (n,) of the only source, below the column by an offset."""
        return (self.ticks(view, self.column) - np.rint(offset * self.size)) / view.ticks(self.column)

    def solvable(self, view: View) -> list[str]:
        return []

    @property
    def size(self) -> float:
        """The ticks in one unit of the column as its leaf counts it."""
        return 10.0**self.number.lattice.decimals

    @property
    def least_ticks(self) -> int:
        """The fewest ticks that the column may be above the others."""
        return int(any(rule.comparison.sign in "<>" for rule in self.rules))

    def __str__(self) -> str:
        source_text = " and ".join(f"`{name}`" for name in self.sources)
        return f"difference: `{self.column}` is modelled as what it has above {source_text}"


@dataclass(frozen=True)
class SharedFlag:
    """A column that is missing in the same rows as an earlier one, which keeps the flag of both (see core/spec.py).

    Args:
        column: Name of the column.
    """

    column: str
    of: str
    rule: Together
    kind: ClassVar[str] = "missing together"

    @property
    def rules(self) -> tuple[Rule, ...]:
        return (self.rule,)

    @property
    def sources(self) -> tuple[str, ...]:
        return (self.of,)

    def broken(self, view: View) -> np.ndarray:
        return view.missing(self.column) != view.missing(self.of)

    def __str__(self) -> str:
        return f"missing together: `{self.column}` is missing where `{self.of}` is"


Step = Computed | LookedUp | Difference


@dataclass(frozen=True)
class Structure:
    """The steps and the shared flags of a table.

    Args:
        steps: In an order in which each column follows those that it is derived from.
        flags: Flags of the columns that are modelled without a flag of their own.
    """

    steps: tuple[Step, ...] = ()
    flags: tuple[SharedFlag, ...] = ()

    def __post_init__(self):
        derived = [step.column for step in self.steps]
        later_sources = [{*step.sources} & {*derived[k:]} for k, step in enumerate(self.steps)]
        if len({*derived}) < len(derived) or any(later_sources):
            raise ValueError("each column is derived once, from columns that come before it")
        flag_names = [flag.column for flag in self.flags]
        if len({*flag_names}) < len(flag_names) or {*flag_names} & {flag.of for flag in self.flags}:
            raise ValueError("a column has one flag")

    @property
    def parts(self) -> tuple["Step | SharedFlag", ...]:
        return *self.steps, *self.flags

    @cached_property
    def groups(self) -> list[tuple[str, ...]]:
        """Columns that are missing together: the one that keeps the flag, and those that share it."""
        return [
            (holder, *(flag.column for flag in self.flags if flag.of == holder))
            for holder in dict.fromkeys(flag.of for flag in self.flags)
        ]

    def describe(self) -> list[str]:
        """Returns a sentence for each step and each group, with the support of its rule."""
        supports = {flag.of: flag.rule.support for flag in self.flags}
        return [f"{step}, {step.rules[0].support}" for step in self.steps] + [
            f"missing together: {name_columns(group)}, of which models learn one flag, {supports[group[0]]}"
            for group in self.groups
        ]

    @cached_property
    def derived(self) -> frozenset[str]:
        """The columns of which models learn nothing."""
        return frozenset(step.column for step in self.steps if not isinstance(step, Difference))

    @cached_property
    def numbers(self) -> dict[str, Number]:
        """The numbers that models learn in the place of columns: {column: number}."""
        return {step.column: step.number for step in self.steps if isinstance(step, Difference)}

    @cached_property
    def rules(self) -> frozenset[Rule]:
        return frozenset(rule for part in self.parts for rule in part.rules)

    def reduce(self, view: View) -> dict[str, np.ndarray]:
        """Computes what models learn in the place of columns, from whole rows: {column: (n,) numbers}."""
        return {step.column: step.offset(view) for step in self.steps if isinstance(step, Difference)}

    def broken(self, view: View, names: Collection[str]) -> np.ndarray:
        """Finds what each row breaks, (n, parts) bool.

        Args:
            view: The table, with its columns read as numbers.
            names: Names of the columns that the rows have.
        """
        has = lambda part: {part.column, *part.sources} <= {*names}
        none = np.zeros(len(view), bool)
        return np.stack([part.broken(view) if has(part) else none for part in self.parts] or [none], 1)

    def restore(
        self, view: View, offsets: Mapping[str, np.ndarray], known: Mapping[str, np.ndarray]
    ) -> dict[str, pd.Series]:
        """Computes all cells that follow from the columns of a view, and keys that are led to near ones: {column:
        cells}.

        Args:
            view: The table, with its columns read as numbers.
            offsets: {column: (n,) what a model made in its place}.
            known: {column: (n,) bool, where its cells stay as the view has them}.
        """
        cells = {}
        for step in self.steps:
            if isinstance(step, LookedUp) and step.rule.by not in self.derived:
                self._lead(view, step, known, cells)
            own_values = (
                step.restored(view, offsets[step.column]) if isinstance(step, Difference) else step.derive(view)
            )
            keep = known.get(step.column)
            if keep is not None and keep.any():
                own_values = np.where(keep, view.keys(step.column), own_values)
            view.put(step.column, own_values)
            cells[step.column] = view.cells(step.column)
        return cells

    def solve(self, view: View, known: Mapping[str, np.ndarray], is_drawn: bool = False) -> dict[str, np.ndarray]:
        """Solves cells from derived cells that are known, and puts them into the view: {column: (n,) bool, where its
        cell was solved}.

        Args:
            known: {column: (n,) bool}, of every column that is not given.
            is_drawn: whether unknown cells of what is modelled were drawn, so that one of several may be solved, by
                any value that fits; else the only cell that is missing is solved, if a single value fits.
        """
        solved: dict[str, np.ndarray] = {}
        is_known = lambda name: known.get(name, ~view.missing(name)) | solved.get(name, False)
        for step in self.steps[::-1]:
            rows = is_known(step.column) & ~view.missing(step.column)
            rows = rows & step.broken(view) if is_drawn else rows
            for part in step.solvable(view):
                if part in self.numbers:
                    continue
                own_rows = rows & ~is_known(part)
                if not is_drawn:
                    own_rows = np.logical_and.reduce(
                        [own_rows, *(is_known(name) for name in step.sources if name != part)]
                    )
                if own_rows.any():
                    solved[part] = solved.get(part, False) | self._solve_part(view, step, part, own_rows, is_drawn)
                    rows = rows & ~solved[part]
        return solved

    @staticmethod
    def _solve_part(view: View, step: Step, part: str, rows: np.ndarray, is_drawn: bool) -> np.ndarray:
        """(n,) bool: the rows of `rows` in which a part was solved, within the range of the training rows. Of drawn
        rows, whoever asks sees later whether it fits, since a deeper part may yet be solved by it."""
        keys_before, values = view.keys(part), step.solve(view, part)
        good, ticks = rows & ~pd.isna(values), view.ticks(part)
        if values.dtype == float:
            low, high = view.ends(part)
            good = good & (values >= low) & (values <= high)

        def fits(values: np.ndarray) -> np.ndarray:
            view.put(part, np.where(rows, values, keys_before))
            return ~step.broken(view)

        if not is_drawn:
            good = good & fits(values)
            for neighbour in [values + 1 / ticks, values - 1 / ticks] if ticks else []:
                good = good & ~fits(neighbour)
        view.put(part, np.where(good, values, keys_before))
        return good

    def lower(
        self, view: View, offsets: Mapping[str, np.ndarray], known: Mapping[str, np.ndarray]
    ) -> dict[str, np.ndarray]:
        """Lowers cells below a known one by what a model made, and puts them into the view: {column: (n,) bool, where
        its cell was lowered}.

        Args:
            known: bool mask of what is known.
        """
        led = {}
        for step in self.steps:
            name = step.sources[0]
            if isinstance(step, Difference) and len(step.sources) == 1 and name in known and name not in self.derived:
                keys = np.clip(step.lowered(view, offsets[step.column]), *view.ends(name))
                keys = np.minimum(keys, step.lowered(view, step.least_ticks / step.size))
                rows = known[step.column] & ~np.isnan(keys) & ~known[name]
                view.put(name, np.where(rows, keys, view.keys(name)))
                led[name] = rows
        return led

    @staticmethod
    def _lead(view: View, step: LookedUp, known: Mapping[str, np.ndarray], cells: dict[str, pd.Series]) -> None:
        """Lead numbers that a model made, and that are no key, to the nearest key."""
        source_column = step.rule.by
        keys, near = view.keys(source_column), step.near_keys(view)
        unknown_rows = (near != keys) & ~pd.isna(keys) & ~known.get(source_column, np.zeros(len(view), bool))
        if unknown_rows.any():
            view.put(source_column, np.where(unknown_rows, near, keys))
            cells[source_column] = view.cells(source_column)

    def to_json(self, rules: Sequence[Rule]) -> list[dict]:
        """Writes the structure as JSON.

        Args:
            rules: Rules of the table, to which the parts point.
        """
        return [
            {"is": part.kind, "column": part.column, "rules": [rules.index(rule) for rule in part.rules]}
            | ({"number": column_to_json(part.number)} if isinstance(part, Difference) else {})
            | ({"of": part.of} if isinstance(part, SharedFlag) else {})
            for part in self.parts
        ]

    @classmethod
    def from_json(cls, records: Sequence[dict], rules: Sequence[Rule], columns: Sequence[Column]) -> "Structure":
        """Builds the structure of columns from its JSON records. Raises ValueError, KeyError or IndexError for damaged
        records.

        Args:
            rules: Rules of the table.
            columns: Names of the columns.
        """
        by_name, steps, flags = {column.name: column for column in columns}, [], []
        may_be_missing = [name for name, column in by_name.items() if column.leaf is not None and column.leaf.optional]
        for record in records:
            own_rules, name = tuple(rules[k] for k in record["rules"]), record["column"]
            if record["is"] == SharedFlag.kind:
                flag = SharedFlag(name, record["of"], own_rules[0])
                pair = [column for column in may_be_missing if column in (name, flag.of)]
                if (
                    not isinstance(own_rules[0], Together)
                    or not {*pair} <= {*own_rules[0].columns}
                    or pair != [flag.of, name]
                ):
                    raise ValueError(f"column {name!r} is not missing with another by such a rule")
                flags.append(flag)
                continue
            if record["is"] == LookedUp.kind:
                step: Step = LookedUp(own_rules[0])
            elif record["is"] == Computed.kind:
                step = Computed(name, own_rules[0])
            else:
                step = Difference(name, own_rules, column_from_json(record["number"]))
            is_sound = (
                isinstance(own_rules[0], Dependency if isinstance(step, LookedUp) else Formula) and step.column == name
            )
            if not is_sound or by_name[name].leaf is None:
                raise ValueError(f"column {name!r} is not derived by such a rule")
            if isinstance(step, Computed) and name not in step.rule.solutions:
                raise ValueError(f"no formula computes column {name!r}")
            steps.append(step)
        return cls(tuple(steps), tuple(flags))
