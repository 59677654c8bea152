"""Columns of numbers that are sums or products of others, exactly or within rounding.

Sums: total = weights . parts + constant. A column that the others leave no variance is one. An attempt takes some rows
at random, finds such a column by the inverse of the correlations, drops parts while it stays so, and tries what is left
on all rows; of a few attempts that with the fewest parts counts, since most meet none of the few rows that are mistakes
(Fischler & Bolles 1981). The column is then left out, and the next one sought among the rest, so that none is said
twice.

Products: total = units x price x (1 - discount), or 100 times it, or a hundredth. A factor is a column x, or a form
of it such as 1 - x or 1 / x. Every two, then every three factors are tried on a few rows, and those that fit on all. A
column that fewer factors explain is not sought among more.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import combinations

import numpy as np

from ...core.seeds import seed_of
from .columns import Dates
from .formulas import FORMS, FUZZ, ROUNDINGS, evaluate, product_text, sum_text
from .table_rules import EXACT, MIN_BREAKS, SHARE, Formula, Support, allowed
from .table_view import View

COLUMNS = 60  # looked at
ATTEMPTS = 4
ATTEMPT_ROWS, LAST_ATTEMPT_ROWS = 250, 2_000  # rows of an attempt, with some more for each column, and of the last one
NEARLY = 0.02  # largest share of a column's standard deviation that rounding may be
MAX_SUMMANDS = 30  # at most; and what takes more before any is left out is no sum but a table of few causes
TRIED = 5  # columns of an attempt, those that the others leave least of
DIGITS = 7  # decimals of weights that are tried before all
FACTOR_COLUMNS = 16  # columns that are looked at for products, those of most values first
SPANS = 1 / 86_400, 1 / 1_440, 1 / 24, 1.0  # seconds, minutes and hours in days, tried first as weights
PROBED, PROBED_TOTAL = 12, 8  # rows on which products are tried, and those where the total is not 0, at least
FLOATS = 1e-12  # share of a number that floats may be off
TIMES = 1.0, 100.0, 0.01  # constant factors
VALUES = 3  # different numbers of a factor, at least


class Equalities:
    """The search for sums and products among numbers of a table.

    Args:
        view: View of the rows that are searched.
        names: Names of columns of numbers and dates.
    """

    def __init__(self, view: View, names: Sequence[str]):
        self.view, self.names, self.rng = view, list(names), np.random.default_rng(seed_of("equalities"))
        self.x = np.stack([view.numbers(name) for name in names], 1) if names else np.zeros((len(view), 0))
        self.is_date = np.array([isinstance(view.columns[name], Dates) for name in names], bool)
        ticks = [view.ticks(name) for name in names]
        self.units = np.array([0.0 if date or not n else 1 / n for date, n in zip(self.is_date, ticks)])

    def accept(self, text: str) -> Formula | None:
        """Returns the formula with its tolerance and support, None where the rows do not bear it, or chance would."""
        formula = fit_tolerance(Formula(text), self.view)
        rows, breaks = int(self.view.complete(formula.columns).sum()), int(formula.broken(self.view).sum())
        chance = float(formula.broken(self.view.shuffled(formula.columns[0], self.rng)).sum())
        if chance < MIN_BREAKS or breaks > allowed(rows, chance):
            return None
        return replace(formula, support=Support(rows, breaks, chance))

    # ------------------------------------------------------------------ sums

    def sums(self) -> Iterator[Formula]:
        """Sums among the columns, one after another."""
        varied = [j for j, column in enumerate(self.x.T) if np.isfinite(column).any() and np.nanstd(column) > 0]
        chosen_columns, rows = _complete(self.x, varied[:COLUMNS])
        while len(chosen_columns) > 1:
            trial_rows = min(len(rows), ATTEMPT_ROWS + 5 * len(chosen_columns))
            tries = (
                self._attempt(chosen_columns, self.rng.choice(rows, trial_rows, replace=False)) for _ in range(ATTEMPTS)
            )
            best = min(filter(None, tries), key=lambda formula: len(formula.columns), default=None)
            best = best or self._attempt(chosen_columns, rows[:LAST_ATTEMPT_ROWS])  # some column may be 0 in most rows
            if best is None:
                return
            yield best
            chosen_columns = [j for j in chosen_columns if self.names[j] != best.columns[0]]

    def _attempt(self, chosen_columns: list[int], complete_rows: np.ndarray) -> Formula | None:
        part = self.x[np.ix_(complete_rows, chosen_columns)]
        column_spread = part.std(0)
        varying = np.flatnonzero(column_spread > 0)
        if len(varying) < 2:
            return None
        z = (part[:, varying] - part[:, varying].mean(0)) / column_spread[varying]
        inverse = np.linalg.inv(z.T @ z / len(z) + 1e-10 * np.eye(len(varying)))
        unexplained = 1 / np.diag(inverse)  # share of the variance of each that the others leave
        for j in np.argsort(unexplained, kind="stable")[:TRIED]:
            if unexplained[j] > NEARLY**2:
                return None
            if (parts := _prune_columns(z, column_spread[varying], self.units[chosen_columns][varying], j)) is None:
                continue
            if best := self._best_form([chosen_columns[varying[k]] for k in (j, *parts)], complete_rows):
                return best
        return None

    def _best_form(self, tied_columns: list[int], complete_rows: np.ndarray) -> Formula | None:
        """The relation between the columns `tied_columns` in the form that reads best: fewest minus signs, fewest
        digits.
        """
        tied_columns = sorted(tied_columns, key=lambda j: (not self.is_date[j], j))
        part = self.x[np.ix_(complete_rows, tied_columns)]
        mean, column_spread = part.mean(0), part.std(0)
        z = (part - mean) / column_spread
        weights = np.linalg.lstsq(z[:, 1:], z[:, 0], rcond=1e-12)[0] * column_spread[0] / column_spread[1:]
        relation = np.append(-1.0, weights)  # relation . x = constant
        forms = []
        for k in range(len(tied_columns)):
            if abs(relation[k] * column_spread[k]) >= 1e-9 * np.abs(relation * column_spread).max():
                other_columns = [i for i in range(len(tied_columns)) if i != k]
                weights = -relation[other_columns] / relation[k]
                if formula := self._fit_sum(
                    tied_columns[k], [tied_columns[i] for i in other_columns], weights, complete_rows
                ):
                    digits = sum(map(str.isdigit, str(formula)))
                    forms.append(((int((weights < 0).sum()), digits, -abs(mean[k])), formula))
        return min(forms, key=lambda form: form[0], default=(None, None))[1]

    def _fit_sum(self, total: int, parts: list[int], weights: np.ndarray, complete_rows: np.ndarray) -> Formula | None:
        """A column as a sum of others, with weights of as few digits as will do. complete_rows: the rows they "
        "are of."""
        whole = self.x[~np.isnan(self.x[:, [total, *parts]]).any(1)]
        total_spread = float(whole[:, total].std())
        rounding = 0.5 * (self.units[total] + np.abs(weights) @ self.units[parts])
        max_error = (
            max(EXACT * total_spread, min(rounding, NEARLY * total_spread)) * (1 + FUZZ) + FLOATS * np.abs(whole).max()
        )
        spans = [min(SPANS, key=lambda span: abs(span - abs(w))) * np.sign(w) for w in weights]
        nearly = np.where(np.abs(spans - weights) < NEARLY * np.abs(spans), spans, np.round(weights))
        for digits in range(-1, DIGITS + 1):
            short = np.round(weights, digits) if digits < DIGITS else np.array([float(f"{w:.9g}") for w in weights])
            short = nearly if digits < 0 else short
            if not short.all():
                continue
            gaps = whole[:, total] - whole[:, parts] @ short
            centre = np.median(self.x[complete_rows, total] - self.x[np.ix_(complete_rows, parts)] @ short)
            for constant in {float(np.round(centre, max(digits, 0))) + 0.0, float(f"{centre:.9g}") + 0.0}:
                if (np.abs(gaps - constant) > max_error).sum() <= max(1.0, 1e-3 * len(whole)):
                    names = [self.names[j] for j in parts]
                    if formula := self.accept(sum_text(self.names[total], names, short.tolist(), constant)):
                        return formula
        return None

    # ------------------------------------------------------------------ products

    def products(self, rules: Sequence[Formula] = ()) -> Iterator[Formula]:
        """Products among the numbers that are no dates, as far as they do not follow from rules."""
        x, ways, explained = self.x, {}, set()  # ways: by the columns that a product ties together
        counts = np.array([len(np.unique(column[np.isfinite(column)])) for column in x.T], int) * ~self.is_date
        varied = [int(j) for j in np.argsort(-counts, kind="stable")[:FACTOR_COLUMNS] if counts[j] >= VALUES]
        varied, whole = _complete(x, varied)
        if len(whole) < 4 * PROBED or len(varied) < 3:
            return
        trial, largest = x[self.rng.choice(whole, PROBED, replace=False)], np.nanmax(np.abs(x), 0, initial=0)
        factors = [(j, form) for j in sorted(varied) for form in FORMS if _form_suits(form, largest[j])]
        with np.errstate(all="ignore"):
            values = np.stack([FORMS[form][1](trial[:, j]) for j, form in factors])
        for size in (2, 3):
            combined = [c for c in combinations(range(len(factors)), size) if len({factors[k][0] for k in c}) == size]
            with np.errstate(all="ignore"):
                products = np.prod(values[np.array(combined)], 1)
            for total in set(varied) - explained:
                target = trial[:, total]
                if (target != 0).sum() < PROBED_TOTAL:
                    continue
                tolerance = self.units[total] / 2 + 1e3 * FLOATS * np.abs(target)
                for times in TIMES:
                    is_fitting = (np.abs(times * products - target) <= tolerance).sum(1) >= PROBED - 1
                    for parts in ([factors[k] for k in combined[i]] for i in np.flatnonzero(is_fitting)):
                        columns, forms = zip(*parts)
                        text = product_text(self.names[total], [self.names[j] for j in columns], forms, times)
                        if total not in columns and (formula := self.accept(text)):
                            explained.add(total)
                            blur = (
                                formula.within / x[whole, total].std()
                            )  # the finest settles the others of its columns
                            order = blur, forms.count("1 / x"), size - forms.count("x"), times != 1
                            ways.setdefault(frozenset((total, *columns)), []).append((order, formula))
        for _, formula in sorted(
            (min(candidates, key=lambda way: way[0]) for candidates in ways.values()), key=lambda way: way[0]
        ):
            if not rules or not self._follows(formula, rules):  # a = b * c is said once, not as b = a / c too
                rules = [*rules, formula]
                yield formula

    def _follows(self, formula: Formula, rules: Sequence[Formula]) -> bool:
        """Whether an equality follows from others: at most rows, its slope is one of their slopes, added up."""
        names = list(dict.fromkeys(name for rule in [*rules, formula] for name in rule.columns))
        rows = np.flatnonzero(self.view.complete(names))
        rows = self.rng.choice(rows, min(PROBED, len(rows)), replace=False)
        steps = {name: 1e-4 * float(np.nanstd(self.view.numbers(name))) for name in names}

        def slopes(rule: Formula) -> np.ndarray:
            gap = lambda numbers: np.subtract(*(evaluate(side, numbers) for side in rule.comparison[::2]))
            value_moved = lambda column, far: (
                lambda name: self.view.numbers(name)[rows] + (name == column) * far * steps[column]
            )
            return np.stack([gap(value_moved(name, 1)) - gap(value_moved(name, -1)) for name in names], 1)

        own_slopes, other_slopes = slopes(formula), [slopes(rule) for rule in rules]
        with np.errstate(all="ignore"):
            scaled = np.stack(
                [slope / np.linalg.norm(slope, axis=1, keepdims=True) for slope in (own_slopes, *other_slopes)], 2
            )
        scaled = scaled[np.isfinite(scaled).all((1, 2))]  # (rows, columns, rules), the formula first
        rests = [g - a @ np.linalg.lstsq(a, g, rcond=None)[0] for g, a in zip(scaled[:, :, 0], scaled[:, :, 1:])]
        return bool(rests) and bool(np.median(np.linalg.norm(rests, axis=1)) < NEARLY)


def _complete(x: np.ndarray, chosen_columns: list[int]) -> tuple[list[int], np.ndarray]:
    """Columns and the rows that miss none of them; those that miss most go until there are enough rows."""
    while len(chosen_columns) > 1:
        holes = np.isnan(x[:, chosen_columns])
        rows = np.flatnonzero(~holes.any(1))
        if len(rows) >= 20 + 3 * len(chosen_columns):
            return chosen_columns, rows
        chosen_columns = (
            chosen_columns[: len(chosen_columns) // 2]
            if not holes.any()
            else [j for j in chosen_columns if j != chosen_columns[holes.sum(0).argmax()]]
        )
    return [], np.zeros(0, int)


def _prune_columns(z: np.ndarray, column_spread: np.ndarray, units: np.ndarray, j: int) -> list[int] | None:
    """Columns of which column j is a sum, the fewest that one by one can be left out; None where it is none."""

    def fit(parts: list[int]) -> tuple[np.ndarray, float, float]:
        """Weights, the largest gap and what rounding explains, in standard deviations of column j."""
        weights = np.linalg.lstsq(z[:, parts], z[:, j], rcond=1e-9)[0]
        gap = np.abs(z[:, j] - z[:, parts] @ weights).max()
        rounding = (
            0.75
            * (units[j] + np.abs(weights * column_spread[j] / column_spread[parts]) @ units[parts])
            / column_spread[j]
        )
        return weights, gap, min(rounding, NEARLY)

    parts = [k for k in range(len(column_spread)) if k != j]
    weights, gap, rounding = fit(parts)
    is_exact = gap <= EXACT
    holds = lambda gap, rounding: gap <= (EXACT if is_exact else rounding)
    if not holds(gap, rounding):
        return None
    slight = [k for k, weight in zip(parts, weights) if abs(weight) > 1e-6]
    if slight and len(slight) < len(parts) and holds(*fit(slight)[1:]):
        parts, weights = slight, fit(slight)[0]
    if len(parts) > MAX_SUMMANDS:
        return None
    redundant: set[int] = set()
    while len(parts) > 1 and (other_parts := [k for k in parts if k not in redundant]):
        drop = min(other_parts, key=lambda k: abs(weights[parts.index(k)]))
        fewer = [k for k in parts if k != drop]
        fitted, *measured_fit = fit(fewer)
        if holds(*measured_fit):
            parts, weights = fewer, fitted
        else:
            redundant.add(drop)
    return parts if len(parts) <= len(z) / 10 else None


def _form_suits(form: str, largest: float) -> bool:
    """Whether a factor may have a form, by the largest number of its column: a share, or a percentage."""
    return form in ("x", "1 / x") or (1 < largest <= 100 if "100" in form else largest <= 1)


# ---------------------------------------------------------------------- tolerances


def fit_tolerance(formula: Formula, view: View) -> Formula:
    """Returns the formula with the rounding, and the tolerance, that the rows of a view bear best."""
    sides = [np.abs(evaluate(side, view.numbers)) for side in formula.comparison[::2]]
    largest = max(float(np.max(side, initial=0.0, where=np.isfinite(side))) for side in sides)
    target, floats = formula.target, FLOATS * largest
    if target is None:
        return replace(formula, within=floats)
    numbers, ticks = view.numbers(target), view.ticks(target)
    known = numbers[np.isfinite(numbers)]
    value_spread = float(known.std()) if len(known) else 0.0
    breaks = lambda one: int(one.broken(view).sum())
    if ticks is None:
        widths = sorted((1e3 * floats, EXACT * value_spread))
        return min((replace(formula, within=width) for width in widths), key=breaks)
    half_tick = 0.5 / ticks * (1 + FUZZ) + floats
    strict = [replace(formula, within=half_tick, rounding=name) for name in ROUNDINGS]
    best = min(strict, key=lambda one: (breaks(one), one.differs(view).sum()))
    parts = _rounding_of_parts(formula, view, target)
    most_breaks, gaps = int(max(1.0, SHARE * len(view))), numbers - formula.value(view, target)
    gaps = gaps[np.isfinite(gaps)]
    if breaks(best) <= most_breaks or not parts <= NEARLY * value_spread or not len(gaps):
        return best
    widest = np.sort(np.abs(gaps))[-1 - min(most_breaks, len(gaps) - 1)]  # but for rows that may break it
    is_centred = abs(gaps.mean()) <= max(0.1 / ticks, 4 * gaps.std() / np.sqrt(len(gaps)))
    loose = replace(formula, within=half_tick + min(parts, float(widest)))
    return loose if is_centred and breaks(loose) <= most_breaks else best


def _rounding_of_parts(formula: Formula, view: View, target: str) -> float:
    """By how much a target is off if other numbers were rounded, infinite where that differs between rows."""
    value, rounding_error = formula.value(view, target, is_rounded=False), 0.0
    for part in {*formula.columns} - {target}:
        if (ticks := view.ticks(part)) and not isinstance(view.columns[part], Dates):
            value_moved = lambda name, part=part, half_tick=0.5 / ticks: view.numbers(name) + (name == part) * half_tick
            moves = np.abs(evaluate(formula.solutions[target], value_moved) - value)
            moves = moves[np.isfinite(moves)]
            rounding_error += float(moves.max()) if len(moves) and np.ptp(moves) <= FUZZ * moves.max() else np.inf
    return rounding_error
