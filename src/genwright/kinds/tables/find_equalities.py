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

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import combinations
from typing import NamedTuple

import numpy as np

from ...core.seeds import seed_of
from .columns import Dates
from .formulas import FORMS, FUZZ, ROUNDINGS, evaluate
from .table_rules import EXACT, SHARE, Formula, View

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


class Found(NamedTuple):
    """total, parts: numbers of columns. rows, breaks, chance: as in `Support`."""

    total: int
    parts: tuple[int, ...]
    weights: tuple[float, ...]
    constant: float
    within: float
    rows: int
    breaks: int
    chance: float


def find_sums(
    x: np.ndarray, units: np.ndarray, allowed: Callable[[float, float], float], least: float
) -> Iterator[Found]:
    """Sums among the columns of a table, one after another.

    Args:
        x: (n, d), NaN where missing.
        units: (d,) what each column was rounded to, 0 where it was not.
        allowed: (rows, chance) -> how many rows may break a sum.
        least: `chance` of it, at least.
    """
    varied = [j for j in range(x.shape[1]) if np.isfinite(x[:, j]).any() and np.nanstd(x[:, j]) > 0]
    left, rows = _complete(x, varied[:COLUMNS])
    rng = np.random.default_rng(seed_of("sums"))
    while len(left) > 1:
        few = min(len(rows), ATTEMPT_ROWS + 5 * len(left))
        tries = (
            _one(x, units, left, rng.choice(rows, few, replace=False), rng, allowed, least) for _ in range(ATTEMPTS)
        )
        best = min(filter(None, tries), key=lambda relation: len(relation.parts), default=None)
        best = best or _one(
            x, units, left, rows[:LAST_ATTEMPT_ROWS], rng, allowed, least
        )  # some column may be 0 in most rows
        if best is None:
            return
        yield best
        left = [j for j in left if j != best.total]


def _complete(x: np.ndarray, left: list[int]) -> tuple[list[int], np.ndarray]:
    """Columns and the rows that miss none of them; those that miss most go until there are enough rows."""
    while len(left) > 1:
        holes = np.isnan(x[:, left])
        rows = np.flatnonzero(~holes.any(1))
        if len(rows) >= 20 + 3 * len(left):
            return left, rows
        left = left[: len(left) // 2] if not holes.any() else [j for j in left if j != left[holes.sum(0).argmax()]]
    return [], np.zeros(0, int)


def _one(x, units, left: list[int], some: np.ndarray, rng, allowed: Callable, least: float) -> Found | None:
    part = x[np.ix_(some, left)]
    spread = part.std(0)
    varying = np.flatnonzero(spread > 0)
    if len(varying) < 2:
        return None
    z = (part[:, varying] - part[:, varying].mean(0)) / spread[varying]
    inverse = np.linalg.inv(z.T @ z / len(z) + 1e-10 * np.eye(len(varying)))
    alone = 1 / np.diag(inverse)  # share of the variance of each that the others leave
    for j in np.argsort(alone, kind="stable")[:TRIED]:
        if alone[j] > NEARLY**2:
            return None
        if (parts := _pruned(z, spread[varying], units[left][varying], j)) is None:
            continue
        tied = [left[varying[k]] for k in (j, *parts)]
        if best := _best(x, units, tied, some, rng, allowed, least):
            return best
    return None


def _pruned(z: np.ndarray, spread: np.ndarray, units: np.ndarray, j: int) -> list[int] | None:
    """Columns of which column j is a sum, the fewest that one by one can be left out; None where it is none."""

    def fit(parts: list[int]) -> tuple[np.ndarray, float, float]:
        """Weights, the largest gap and what rounding explains, in standard deviations of column j."""
        weights = np.linalg.lstsq(z[:, parts], z[:, j], rcond=1e-9)[0]
        gap = np.abs(z[:, j] - z[:, parts] @ weights).max()
        rounding = 0.75 * (units[j] + np.abs(weights * spread[j] / spread[parts]) @ units[parts]) / spread[j]
        return weights, gap, min(rounding, NEARLY)

    parts = [k for k in range(len(spread)) if k != j]
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
    kept: set[int] = set()
    while len(parts) > 1 and (rest := [k for k in parts if k not in kept]):
        drop = min(rest, key=lambda k: abs(weights[parts.index(k)]))
        fewer = [k for k in parts if k != drop]
        fitted, *measured = fit(fewer)
        if holds(*measured):
            parts, weights = fewer, fitted
        else:
            kept.add(drop)
    return parts if len(parts) <= len(z) / 10 else None


def _best(x, units, tied: list[int], some: np.ndarray, rng, allowed: Callable, least: float) -> Found | None:
    """The relation between the columns `tied` in the form that reads best: fewest minus signs, fewest digits."""
    part = x[np.ix_(some, tied)]
    mean, spread = part.mean(0), part.std(0)
    z = (part - mean) / spread
    weights = np.linalg.lstsq(z[:, 1:], z[:, 0], rcond=1e-12)[0] * spread[0] / spread[1:]
    relation = np.append(-1.0, weights)  # relation . x = constant
    rows = x[~np.isnan(x[:, tied]).any(1)][:, tied]
    forms = []
    for k in range(len(tied)):
        if abs(relation[k] * spread[k]) < 1e-9 * np.abs(relation * spread).max():
            continue
        others = [i for i in range(len(tied)) if i != k]
        candidate = _fit_sum(rows, part, units[tied], k, others, -relation[others] / relation[k], rng, allowed, least)
        if candidate:
            minus = sum(weight < 0 for weight in candidate.weights)
            digits = sum(len(f"{abs(number):.9g}") for number in (*candidate.weights, candidate.constant))
            forms.append(((minus, digits, -abs(mean[k])), candidate))
    if not forms:
        return None
    best = min(forms, key=lambda form: form[0])[1]
    return best._replace(total=tied[best.total], parts=tuple(tied[i] for i in best.parts))


def _fit_sum(rows, part, units, k: int, others: list[int], weights, rng, allowed, least) -> Found | None:
    """Column k of `rows` as a sum of the others, with weights of as few digits as will do, if the rows bear it. part:
    the rows that the weights are of."""
    spread = float(rows[:, k].std())
    spans = [min(SPANS, key=lambda span: abs(span - abs(w))) * np.sign(w) for w in weights]
    nearly = np.where(np.abs(spans - weights) < NEARLY * np.abs(spans), spans, np.round(weights))
    for digits in range(-1, DIGITS + 1):
        short = np.round(weights, digits) if digits < DIGITS else np.array([float(f"{w:.9g}") for w in weights])
        short = nearly if digits < 0 else short
        if not short.all():
            continue
        centre = np.median(part[:, k] - part[:, others] @ short)
        gaps = rows[:, k] - rows[:, others] @ short
        for constant in {float(np.round(centre, max(digits, 0))), float(f"{centre:.9g}")}:
            constant += 0.0  # no minus zero
            rounding = 0.5 * (units[k] + np.abs(short) @ units[others]) * (1 + 1e-9) + 1e-9 * spread
            half = 0.5 * units[k] * (1 + FUZZ) + FLOATS * np.abs(rows).max()
            for within in (EXACT * spread, half, rounding):
                if within > NEARLY * spread:
                    continue
                breaks = int((np.abs(gaps - constant) > within).sum())
                if breaks > max(1.0, 1e-3 * len(rows)):
                    continue
                mixed = rng.permutation(rows[:, k]) - rows[:, others] @ short - constant
                chance = float((np.abs(mixed) > within).sum())
                if chance >= least and breaks <= allowed(len(rows), chance):
                    return Found(
                        k, tuple(others), tuple(map(float, short)), constant, float(within), len(rows), breaks, chance
                    )
    return None


# ---------------------------------------------------------------------- products

Product = tuple[int, tuple[int, ...], tuple[str, ...], float, float, tuple[int, int, float]]


def find_products(
    x: np.ndarray, units: np.ndarray, allowed: Callable[[float, float], float], least: float
) -> Iterator[Product]:
    """(total, parts, forms, times, within, (rows, breaks, chance)) of each product.

    Args:
        x: (n, d), NaN where missing.
        units: (d,) what each column was rounded to, 0 where it was not.
        allowed: (rows, chance) -> how many rows may break a product.
        least: `chance` of it, at least.
    """
    counts = np.array([len(np.unique(column[np.isfinite(column)])) for column in x.T], int)
    varied = [int(j) for j in np.argsort(-counts, kind="stable")[:FACTOR_COLUMNS] if counts[j] >= VALUES]
    varied, whole = _complete(x, varied)
    rng = np.random.default_rng(seed_of("products"))
    if len(whole) < 4 * PROBED or len(varied) < 3:
        return
    few = x[rng.choice(whole, PROBED, replace=False)]
    most = np.nanmax(np.abs(x), 0, initial=0)
    factors = [(j, form) for j in varied for form in FORMS if _suits(form, most[j])]
    with np.errstate(all="ignore"):
        values = np.stack([FORMS[form].value(few[:, j]) for j, form in factors])
    ways: dict[frozenset, list[Product]] = {}  # by the columns that a product ties together
    explained: set[int] = set()
    for size in (2, 3):
        combined = np.array([c for c in combinations(range(len(factors)), size)
                             if len({factors[k][0] for k in c}) == size])  # fmt: skip
        with np.errstate(all="ignore"):
            products = np.prod(values[combined], 1)
        for total in varied:
            target = few[:, total]
            if total in explained or (target != 0).sum() < PROBED_TOTAL:
                continue
            within = units[total] / 2 + 1e3 * FLOATS * np.abs(target)
            gaps = {times: np.abs(times * products - target) <= within for times in TIMES}
            fits = [(times, i) for times in TIMES for i in np.flatnonzero(gaps[times].sum(1) >= PROBED - 1)]
            candidates = [(times, sorted(factors[k] for k in combined[i])) for times, i in fits]
            tried = (
                _check_product(x, units, total, times, c, rng, allowed, least)
                for times, c in candidates
                if total not in {j for j, _ in c}
            )
            for product in filter(None, tried):
                explained.add(total)
                ways.setdefault(frozenset((total, *product[1])), []).append(product)
    for same in ways.values():  # a = b x c is said once, not as b = a / c too
        yield min(same, key=lambda way: (way[2].count("1 / x"), sum(f != "x" for f in way[2]), way[3] != 1, way[5][1]))


def _suits(form: str, most: float) -> bool:
    """Whether a factor may have a form, by the largest number of its column: a share, or a percentage."""
    return form in ("x", "1 / x") or (1 < most <= 100 if "100" in form else most <= 1)


def _check_product(
    x, units, total: int, times: float, factors: list, rng, allowed: Callable, least: float
) -> Product | None:
    parts, forms = zip(*factors)
    rows = x[np.isfinite(x[:, [total, *parts]]).all(1)]
    with np.errstate(all="ignore"):
        product = times * np.prod([FORMS[form].value(rows[:, j]) for j, form in factors], 0)
    target = rows[:, total]
    within = float(units[total] / 2 * (1 + 1e-6) + 1e3 * FLOATS * np.abs(target).max())
    breaks = int((~(np.abs(product - target) <= within)).sum())
    chance = float((~(np.abs(product - rng.permutation(target)) <= within)).sum())
    if chance < least or breaks > allowed(len(rows), chance):
        return None
    return total, parts, forms, times, within, (len(rows), breaks, chance)


# ---------------------------------------------------------------------- tolerances


def fit_tolerance(formula: Formula, view: View) -> Formula:
    """The formula with the rounding, and the tolerance, that the rows of a view bear best."""
    sides = [np.abs(evaluate(side, view.numbers)) for side in formula.comparison[::2]]
    largest = max(float(np.max(side, initial=0.0, where=np.isfinite(side))) for side in sides)
    target, floats = next(iter(formula.solutions), None), FLOATS * largest
    if target is None:
        return replace(formula, within=floats)
    numbers, ticks = view.numbers(target), view.ticks(target)
    known = numbers[np.isfinite(numbers)]
    spread = float(known.std()) if len(known) else 0.0
    breaks = lambda one: int(one.broken(view).sum())
    if ticks is None:
        widths = sorted((1e3 * floats, EXACT * spread))
        return min((replace(formula, within=width) for width in widths), key=breaks)
    half = 0.5 / ticks * (1 + FUZZ) + floats
    strict = [replace(formula, within=half, rounding=name) for name in ROUNDINGS]
    best = min(strict, key=lambda one: (breaks(one), one.differs(view, ()).sum()))
    parts = _rounding_of_parts(formula, view, target)
    most, loose = max(1.0, SHARE * len(view)), replace(formula, within=half + parts)
    return loose if parts <= NEARLY * spread and breaks(loose) <= most < breaks(best) else best


def _rounding_of_parts(formula: Formula, view: View, target: str) -> float:
    """By how much a target is off if other numbers were rounded, infinite where that differs between rows."""
    value, off = formula.value(view, target, is_rounded=False), 0.0
    for part in {*formula.columns} - {target}:
        if (ticks := view.ticks(part)) and not isinstance(view.columns[part], Dates):
            moved = lambda name, part=part, half=0.5 / ticks: view.numbers(name) + (name == part) * half
            moves = np.abs(evaluate(formula.solutions[target], moved) - value)
            moves = moves[np.isfinite(moves)]
            off += float(moves.max()) if len(moves) and np.ptp(moves) <= FUZZ * moves.max() else np.inf
    return off
