"""Which columns of a table its rules derive from others (`structure.py`).

A false structure is worse than none, since no sample can ever leave it. So a rule that some row may break is none; nor
is one whose validation rows would hardly have broken it by chance. An order must be tighter than a smooth dependence of
its columns would be, and what lies between them must hardly depend on the lower one. A key is a label, or one of a few
whole numbers: what was measured settles nothing.

Columns that are missing together share a flag where all rows of training and validation say so, among them enough in
which they are missing, and enough in which they are there.

The column that is derived follows from the others to its last digit. An order becomes a difference only where the
difference varies less than the column itself: a price among a few usual ones loses by it.
"""

import ast
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from ...core.seeds import seed_of
from .column_marginals import Lattice, count_distinct, find_lattice
from .columns import Column, Dates, Labels, Number
from .find_rules import correlated_crossing
from .fit_column import LEVELS, off_lattice, on_lattice
from .structure import Computed, Difference, LookedUp, SharedFlag, Step, Structure
from .table_rules import MIN_BREAKS, Dependency, Formula, Rule, Together
from .table_view import CLOCK, View

LATE_BREAKS = 5  # validation rows that would break a rule by chance, at least
KEYS = 50  # different whole numbers that may be keys, at most
ODD_HALVES = 0.01  # share of rows whose half ticks may have been rounded another way
LOOSE = 1 / 3  # share of the rank correlation of two ordered columns that the lower one may have with their difference
NARROW = 1 / 3  # share of a column's spread below which its difference from a lower column proves their order
MORE_NATS = 0.05  # by which a difference may vary more than the column that it stands for
FARTHEST = 100_000  # days from 1970: what lies farther may leave the calendar when it is added to
ROWS = 5_000  # by which an order is judged, at most


def find_structure(
    columns: Sequence[Column],
    rules: Sequence[Rule],
    given: Collection[str],
    filtered: Collection[str],
    train: View,
    valid: View,
) -> tuple[tuple[Rule, ...], Structure]:
    """Finds which columns follow from others by the rules. Returns the rules, and the structure that they make.

    Args:
        columns: Columns of the table.
        rules: that were typed or found, the strongest first.
        given: columns that are never derived.
        filtered: columns that a person wants to be modelled.
        train, valid: all rows.
    """
    return _Search(columns, rules, {*given}, {*filtered}, train, valid).find()


class _Search:
    def __init__(self, columns, rules, given: set[str], filtered: set[str], train: View, valid: View):
        self.columns = {column.name: column for column in columns if column.leaf is not None}
        self.rules, self.train, self.valid = list(rules), train, valid
        self.free = self.columns.keys() - given - filtered  # columns that may be derived
        self.steps: dict[str, Step] = {}
        self._views = train, valid

    def find(self) -> tuple[tuple[Rule, ...], Structure]:
        for rule in self.rules:
            if isinstance(rule, Formula) and rule.target:
                self._take(self._computed(rule))
        for k, rule in enumerate(self.rules):
            if isinstance(rule, Dependency):
                if step := self._take(self._looked_up(rule)):
                    self.rules[k] = step.rule
        orders: dict[str, list[Formula]] = {}
        for rule in self.rules:
            if isinstance(rule, Formula) and (ends := ends_of(rule)):
                orders.setdefault(ends[1], []).append(rule)
        for high, lower_names in orders.items():
            self._take(self._differences(high, lower_names))
        return tuple(self.rules), Structure(tuple(self._sorted()), tuple(self._flags()))

    def _take(self, candidates: Iterator[Step]) -> Step | None:
        """Take the first step that leads to no circle and that all rows keep."""
        for step in candidates:
            is_free = step.column in self.free and step.column not in self.steps
            if not is_free or self._needs(step.sources, step.column):
                continue
            if not any(step.broken(view).any() for view in self._views):
                self.steps[step.column] = step
                return step
        return None

    def _flags(self) -> Iterator[SharedFlag]:
        """Flags of the columns that are left, each of the first that is missing in the same rows."""
        derived = {name for name, step in self.steps.items() if not isinstance(step, Difference)}
        for rule in self.rules:
            if isinstance(rule, Together) and self._varies(rule.columns[0]):
                free_columns = [name for name in rule.columns if name in self.free - derived]
                while leaning := [name for name in free_columns if self._leans_on_others(name, free_columns)]:
                    free_columns = [name for name in free_columns if name not in leaning]
                flags = [SharedFlag(name, free_columns[0], rule) for name in free_columns[1:]]
                yield from (flag for flag in flags if not any(flag.broken(view).any() for view in self._views))

    def _leans_on_others(self, name: str, group: list[str]) -> bool:
        """Whether a column may be missing in a sample since one is from which it is a difference."""
        sources = self.steps[name].sources if name in self.steps else ()
        return any(self.columns[source].leaf.optional and source not in group for source in sources)

    def _varies(self, name: str) -> bool:
        """Whether a column is missing in rows enough, and there in rows enough."""
        missing = [view.missing(name) for view in self._views]
        minority_counts = [min(rows.sum(), (~rows).sum()) for rows in missing]
        return minority_counts[0] >= MIN_BREAKS and minority_counts[1] >= LATE_BREAKS

    def _needs(self, sources: Sequence[str], column: str) -> bool:
        """Whether the sources are derived from a column."""
        deeper = (self.steps[name].sources for name in sources if name in self.steps)
        return column in sources or any(self._needs(names, column) for names in deeper)

    def _sorted(self) -> Iterator[Step]:
        remaining_steps = dict(self.steps)
        while remaining_steps:
            name = next(name for name, step in remaining_steps.items() if not {*step.sources} & remaining_steps.keys())
            yield remaining_steps.pop(name)

    def _late_breaks(self, rule: Rule) -> float:
        """Validation rows that would break a rule by chance."""
        known = self.valid.complete(rule.columns).sum()
        return rule.support.chance * float(known) / max(1, rule.support.rows)

    # ------------------------------------------------------------------ formulas

    def _computed(self, rule: Formula) -> Iterator[Computed]:
        """The columns that a formula may compute, that which stands alone on its side first, else the largest: what
        is left of a whole is then seldom below 0."""
        if any(name not in self.train.columns for name in rule.columns):
            return
        if not rule.typed and self._late_breaks(rule) < LATE_BREAKS:
            return
        sizes = {name: np.abs(np.nanmean(self.train.numbers(name))) for name in rule.solutions}
        is_alone = any(isinstance(side, ast.Name) for side in rule.comparison[::2])
        order = sorted(rule.solutions, key=lambda name: (not (is_alone and name == rule.target), -sizes[name]))
        for name in order:
            if name in self.free and isinstance(self.columns[name], (Number, Dates)) and self._is_exact(rule, name):
                yield Computed(name, rule)

    def _is_exact(self, rule: Formula, name: str) -> bool:
        """Whether a formula says a column to the last digit, whatever the others are."""
        view, ticks = self.train, self.train.ticks(name)
        if not _is_within_reach([self.columns[part] for part in rule.columns if part in self.columns]):
            return False
        if ticks is None:
            return rule.within <= 1e-6 * float(np.nanstd(view.numbers(name))) and name == rule.target
        if not rule.rounding or rule.differs(view).mean() > ODD_HALVES:
            return False
        if name == rule.target:
            return True
        shuffled, rng = View(view.columns.values(), view.frame), np.random.default_rng(seed_of("exact", name))
        for part in rule.columns:
            shuffled.put(part, rng.permutation(view.numbers(part)))
        shuffled.put(name, rule.value(shuffled, name))
        return not rule.broken(shuffled).any()

    # ------------------------------------------------------------------ look-ups

    def _looked_up(self, rule: Dependency) -> Iterator[LookedUp]:
        """Look-ups by a dependency; of a pair that is one to one, the key is ordered if one of both is."""
        if self._late_breaks(rule) < LATE_BREAKS or rule.support.chance < MIN_BREAKS:
            return
        ways = [(rule.by, rule.of)]
        if rule.both:
            ways = sorted([*ways, (rule.of, rule.by)], key=lambda way: isinstance(self.columns.get(way[0]), Labels))
        for source_column, of in ways:
            table = self._table(source_column, of) if of in self.free and self._is_key(source_column) else None
            if table is not None:
                yield LookedUp(replace(rule, by=source_column, of=of, table=table, within=0.0))

    def _is_key(self, name: str) -> bool:
        """Whether a column may be a key: a label, none of which is pooled with others, or one of few whole numbers.
        What is derived is none, unless it is looked up itself."""
        column, step = self.columns.get(name), self.steps.get(name)
        if not (step is None or isinstance(step, LookedUp)):
            return False
        if isinstance(column, Labels):
            return not column.rare
        if not isinstance(column, Number) or column.lattice is None or column.lattice.decimals > 0:
            return False
        return len(pd.unique(self.train.numbers(name))) <= KEYS

    def _table(self, source_column: str, of: str) -> tuple | None:
        """The value of each key in all training rows; None where a key has several, or a code that no row has."""
        keys = pd.Series(self.train.keys(source_column), dtype=object)
        values = pd.Series(self.train.keys(of), dtype=object)
        pairs = pd.DataFrame({"key": keys, "value": values}).drop_duplicates()
        known = pairs[pairs["key"].notna()]
        lone = pairs[pairs["key"].isna()]
        column = self.columns[source_column]
        if known["key"].duplicated().any() or lone["value"].notna().any():
            return None
        if isinstance(column, Labels) and {*map(str, column.labels)} != {*known["key"]}:
            return None
        plain = lambda value: None if pd.isna(value) else value if isinstance(value, str) else float(value)
        return tuple((plain(key), plain(value)) for key, value in known.itertuples(index=False))

    # ------------------------------------------------------------------ orders

    def _differences(self, high: str, lower_rules: list[Formula]) -> Iterator[Difference]:
        """A column as what it has above all columns that it is never below, else above one of them."""
        if high not in self.columns or self._is_key_of_number(high) or not self._has_fine_ticks(high):
            return
        fitting = [rule for rule in lower_rules if self._is_tight(rule, high)]
        for rules in ([tuple(fitting)] if len(fitting) > 1 else []) + [(rule,) for rule in fitting]:
            sketch = Difference(high, rules, Number(high, "float64", None, 0.0, 0.0, 0.0, self._lattice(high)))
            if number := self._fit_difference(sketch):
                yield replace(sketch, number=number)

    def _is_key_of_number(self, name: str) -> bool:
        return any(isinstance(step, LookedUp) and step.rule.by == name for step in self.steps.values())

    def _lattice(self, name: str) -> Lattice | None:
        column = self.columns[name]
        return (column.count if isinstance(column, Dates) else column).lattice

    def _has_fine_ticks(self, name: str) -> bool:
        column = self.columns[name]
        return isinstance(column, (Number, Dates)) and self._lattice(name) is not None and _is_within_reach([column])

    def _is_tight(self, rule: Formula, high: str) -> bool:
        """Whether the lower column counts in whole ticks of the higher one, and stays below by more than the
        correlation of both would keep it."""
        low = ends_of(rule)[0]
        if low not in self.columns or not self._has_fine_ticks(low):
            return False
        if isinstance(self.columns[low], Dates) != isinstance(self.columns[high], Dates):
            return False
        step = self._lattice(low).step / self.train.ticks(low) * self.train.ticks(high)
        whole = step / self._lattice(high).step
        if abs(whole - np.rint(whole)) > 1e-6 or whole < 0.5:
            return False
        if rule.typed:
            return True
        pair = np.stack([self.train.numbers(low), self.train.numbers(high)], 1)[:ROWS]
        pair = pair[~np.isnan(pair).any(1)]
        difference = pair[:, 1] - pair[:, 0]
        if self._late_breaks(rule) < LATE_BREAKS or len(pair) < MIN_BREAKS or not difference.std() > 0:
            return False
        tie = lambda values: abs(np.corrcoef(pair[:, 0].argsort().argsort(), values.argsort().argsort())[0, 1])
        if tie(difference) > LOOSE * tie(pair[:, 1]):
            return False
        is_narrow = difference.std() < NARROW * pair[:, 1].std()
        return is_narrow or correlated_crossing(pair) * len(self.train) >= MIN_BREAKS

    def _fit_difference(self, step: Difference) -> Number | None:
        """What models learn in the place of a column, None where that varies more than the column itself."""
        offset = step.offset(self.train)
        known = offset[~np.isnan(offset)]
        own_values = self.train.numbers(step.column)
        if not len(known) or known.min() < 0:
            return None
        distinct, rows = count_distinct(known)
        if len(distinct) < 2 or _nats(rows) > _nats(count_distinct(own_values[~np.isnan(own_values)])[1]) + MORE_NATS:
            return None
        size = 10.0**step.number.lattice.decimals
        grid = find_lattice(np.rint(distinct * size), 0.0)
        coarse = max(grid.step, self._lattice(step.column).step)
        lattice = Lattice(step.number.lattice.decimals, coarse, grid.first)
        column = self.columns[step.column]
        unit = f"{column.calendar.unit}{CLOCK}" if isinstance(column, Dates) else ""
        missing = int(np.isnan(own_values).sum())
        if lattice.index(distinct[-1]) < LEVELS:
            return on_lattice(step.column, "float64", distinct, rows, missing, lattice, unit)
        return off_lattice(step.column, "float64", known, distinct, rows, missing, lattice, unit)


def ends_of(rule: Formula) -> tuple[str, str] | None:
    """Returns (lower column, higher column) of an order of two columns, None of another formula."""
    left, sign, right = rule.comparison
    if sign == "=" or not isinstance(left, ast.Name) or not isinstance(right, ast.Name) or len(rule.columns) != 2:
        return None
    return rule.columns if "<" in sign else rule.columns[::-1]


def _is_within_reach(columns: Sequence[Column]) -> bool:
    """Whether dates may be added to without leaving what a calendar can write."""
    view = View([column for column in columns if isinstance(column, Dates)], pd.DataFrame())
    return all(max(map(abs, view.ends(name))) < FARTHEST for name in view.columns)


def _nats(rows: np.ndarray) -> float:
    """Entropy of values that stand in so many rows each."""
    share = rows / rows.sum()
    return float(-(share * np.log(share)).sum())
