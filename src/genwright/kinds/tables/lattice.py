"""The lattice that the numbers of a column sit on: nearly every number in a file has few decimals."""

from typing import NamedTuple

import numpy as np

from ..counts import median

STEPS = 12  # so many different values prove that the step they share is no accident
MOST_DECIMALS = 300  # so that the power of ten is finite
BLOCK = 2**16  # values looked at together, few enough to stay in the cache
PROBED = 1000  # values that are looked at before all are, since most lattices are refused by any few


class Lattice(NamedTuple):
    """value = (first + step * index) / 10^decimals, all three whole numbers (decimals may be negative), so that a value
    comes back as the very float that reading its decimal digits gives."""

    decimals: int
    step: float
    first: float

    def index(self, values: np.ndarray) -> np.ndarray:
        return np.rint((_shift(values, self.decimals) - self.first) / self.step)

    def values(self, index: np.ndarray) -> np.ndarray:
        return _shift(self.first + self.step * np.rint(index), -self.decimals)


def _shift(values: np.ndarray, decimals: int) -> np.ndarray:
    """values * 10^decimals, correctly rounded, which a product by 0.01 would not be."""
    return values * 10.0**decimals if decimals >= 0 else values / 10.0**-decimals


def find_lattice(values: np.ndarray, precision: float) -> Lattice | None:
    """values: (m,) increasing. The coarsest lattice that holds all, to within rounding at the relative `precision`;
    None when they have more digits than decimals can say."""
    furthest = max(abs(values[0]), abs(values[-1]))
    for decimals in range(13):
        if np.rint(furthest * 10.0**decimals) > 2**53:
            return None
        if _holds(values, decimals, precision):
            ticks = np.rint(values * 10.0**decimals)
            return Lattice(decimals, float(_step(ticks)), float(ticks[0]))
    return None


def fit_whole_numbers(values: np.ndarray, precision: float) -> bool:
    """Whether `find_lattice` would find one without decimals. values: (n,), at least one, in any order."""
    return max(-values.min(), values.max()) <= 2**53 and _holds(values, 0, precision)


def _holds(values: np.ndarray, decimals: int, precision: float) -> bool:
    if len(values) > PROBED and not _holds(values[:: 1 + len(values) // PROBED], decimals, precision):
        return False
    return all(_lie_on(values[i : i + BLOCK], decimals, precision) for i in range(0, len(values), BLOCK))


def _lie_on(values: np.ndarray, decimals: int, precision: float) -> bool:
    ticks = np.rint(values * 10.0**decimals)
    allowed = np.minimum(4 * precision * np.abs(values), 0.05 / 10.0**decimals)
    return bool((np.abs(ticks / 10.0**decimals - values) <= allowed).all())


def _step(ticks: np.ndarray) -> int:
    """The whole number that all gaps between so many ticks share, 1 where they are too few to prove it."""
    if len(ticks) < STEPS:
        return 1
    gaps = np.diff(ticks).astype(np.int64)
    step = np.gcd.reduce(gaps[:PROBED])
    return step if step == 1 else np.gcd.reduce(gaps)


def fine_lattice(distinct: np.ndarray, rows: np.ndarray) -> Lattice:
    """distinct: (m,) increasing, each in rows (m,) rows, one of them in many. A lattice six digits finer than the
    median distance from the commonest value, or as fine as float64 can count."""
    away = np.abs(distinct - distinct[rows.argmax()])
    order = np.argsort(away)[1:]
    wanted = np.ceil(6 - np.log10(median(away[order], rows[order])))
    countable = np.floor(np.log10(2**50) - np.log10(np.abs(distinct).max()))  # float64 must still count the levels
    decimals = int(min(wanted, countable, MOST_DECIMALS))
    return Lattice(decimals, 1.0, float(np.rint(_shift(distinct[0], decimals))))
