"""Columns of numbers that are products of others, such as total = units x price x (1 - discount), within rounding.
Percentages are 100 times a product, or a hundredth.

A factor is a column x, or 1 - x, 1 + x or 1 / x of it. Every two, then every three factors are tried on a few rows, and
those that fit on all. A column that fewer factors explain is not sought among more.
"""

from collections.abc import Callable, Iterator
from itertools import combinations

import numpy as np

from ...core.seeds import seed_of
from .table_rules import FORMS

COLUMNS = 16  # looked at, those of most values first
PROBED, PROBED_TOTAL = 12, 8  # rows on which combinations are tried, and those where the total is not 0, at least
EXACT = 1e-9  # share of a number that sums of floats may be off
TIMES = 1.0, 100.0, 0.01  # constant factors
VALUES = 3  # different numbers of a factor, at least

Found = tuple[int, tuple[int, ...], tuple[str, ...], float, float, tuple[int, int, float]]


def find_products(
    x: np.ndarray, units: np.ndarray, allowed: Callable[[float, float], float], least: float
) -> Iterator[Found]:
    """(total, parts, forms, times, within, (rows, breaks, chance)) of each product; see `Product` and `Support`.

    Args:
        x: (n, d), NaN where missing.
        units: (d,) what each column was rounded to, 0 where it was not.
        allowed: (rows, chance) -> how many rows may break a product.
        least: `chance` of it, at least.
    """
    counts = np.array([len(np.unique(column[np.isfinite(column)])) for column in x.T], int)
    looked = [int(j) for j in np.argsort(-counts, kind="stable")[:COLUMNS] if counts[j] >= VALUES]
    whole = np.flatnonzero(np.isfinite(x[:, looked]).all(1)) if looked else np.zeros(0, int)
    rng = np.random.default_rng(seed_of("products"))
    if len(whole) < 4 * PROBED or len(looked) < 3:
        return
    few = x[rng.choice(whole, PROBED, replace=False)]
    factors = [(j, form) for j in looked for form in FORMS if form in ("x", "1 / x") or np.nanmax(np.abs(x[:, j])) <= 1]
    with np.errstate(all="ignore"):
        values = np.stack([FORMS[form](few[:, j]) for j, form in factors])
    seen, explained = set(), {}
    for size in (2, 3):
        combined = np.array([c for c in combinations(range(len(factors)), size)
                             if len({factors[k][0] for k in c}) == size])  # fmt: skip
        with np.errstate(all="ignore"):
            products = np.prod(values[combined], 1)
        for total in looked:
            target = few[:, total]
            if total in explained or (target != 0).sum() < PROBED_TOTAL:
                continue
            within = units[total] / 2 + EXACT * np.abs(target)
            gaps = {times: np.abs(times * products - target) <= within for times in TIMES}
            fits = [(times, i) for times in TIMES for i in np.flatnonzero(gaps[times].sum(1) >= PROBED - 1)]
            candidates = [(times, sorted(factors[k] for k in combined[i])) for times, i in fits]
            tried = (
                _check(x, units, total, times, c, rng, allowed, least)
                for times, c in candidates
                if total not in {j for j, _ in c}
            )
            best = [found for found in tried if found]
            if best:
                explained[total] = min(
                    best, key=lambda found: (sum(form != "x" for form in found[2]), found[3] != 1, found[5][1])
                )
    for total, found in explained.items():
        columns = frozenset((total, *found[1]))
        if columns not in seen:  # a = b x c is said once, not as b = a / c too
            seen.add(columns)
            others = [other for other in explained.values() if frozenset((other[0], *other[1])) == columns]
            yield min(others, key=lambda other: sum(form == "1 / x" for form in other[2]))


def _check(x, units, total: int, times: float, factors: list, rng, allowed: Callable, least: float) -> Found | None:
    parts, forms = zip(*factors)
    rows = x[np.isfinite(x[:, [total, *parts]]).all(1)]
    with np.errstate(all="ignore"):
        product = times * np.prod([FORMS[form](rows[:, j]) for j, form in factors], 0)
    target = rows[:, total]
    within = float(units[total] / 2 * (1 + 1e-6) + EXACT * np.abs(target).max())
    breaks = int((~(np.abs(product - target) <= within)).sum())
    chance = float((~(np.abs(product - rng.permutation(target)) <= within)).sum())
    if chance < least or breaks > allowed(len(rows), chance):
        return None
    return total, parts, forms, times, within, (len(rows), breaks, chance)
