"""Columns of numbers that are sums of others: total = weights . parts + constant, exactly or within rounding.

A column that the others leave no variance is one. An attempt takes some rows at random, finds such a column by the
inverse of the correlations, drops parts while it stays so, and tries what is left on all rows; of a few attempts that
with the fewest parts counts, since most meet none of the few rows that are mistakes (Fischler & Bolles 1981). The
column is then left out, and the next one sought among the rest, so that none is said twice.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np

from ...core.seeds import seed_of

COLUMNS = 60  # looked at
ATTEMPTS = 4
ATTEMPT_ROWS, LAST_ATTEMPT_ROWS = 250, 2_000  # rows of an attempt, with some more for each column, and of the last one
NEARLY = 0.02  # largest share of a column's standard deviation that rounding may be
EXACT = 1e-6  # share of the standard deviation
MAX_SUMMANDS = 30  # at most; and what takes more before any is left out is no sum but a table of few causes
TRIED = 5  # columns of an attempt, those that the others leave least of
DIGITS = 7  # decimals of weights that are tried before all


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
    for digits in range(DIGITS + 1):
        short = np.round(weights, digits) if digits < DIGITS else np.array([float(f"{w:.9g}") for w in weights])
        if not short.all():
            continue
        centre = np.median(part[:, k] - part[:, others] @ short)
        gaps = rows[:, k] - rows[:, others] @ short
        for constant in {float(np.round(centre, digits)), float(f"{centre:.9g}")}:
            constant += 0.0  # no minus zero
            rounding = 0.5 * (units[k] + np.abs(short) @ units[others]) * (1 + 1e-9) + 1e-9 * spread
            for within in (EXACT * spread, rounding):
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
