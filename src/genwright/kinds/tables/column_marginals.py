"""Distribution of one column of training rows: its distinct numbers, the lattice that they lie on, and its marginal,
the histogram that a leaf carries. Nearly every number in a file has few decimals, so that numbers lie on a lattice.

Bins of a marginal are about equally full, so that a network's categorical head over them starts near uniform; a part of
them is spread evenly over the range instead, which resolves gaps and long tails. Values outside the observed range fall
into a tail bin of their own at either end and so keep a finite likelihood (see `distributions.marginals`).
"""

from collections.abc import Callable
from math import ceil, inf
from typing import NamedTuple

import numpy as np

from ...core.spec import Marginal


def count_distinct(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Counts the rows of each distinct value of values (n,), at least one, as np.unique has them, increasing. Whole
    numbers of a narrow range are counted, which takes a tenth of the time of sorting them."""
    low, high = values.min(), values.max()
    if not high - low < len(values) or not fit_whole_numbers(values, 0.0):
        return np.unique(values, return_counts=True)
    counts = np.bincount((values - low).astype(np.int64))
    held_values = np.flatnonzero(counts)
    return held_values + low, counts[held_values]


def merge_equal(values: np.ndarray, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Merges equal neighbours of values (m,) that never decrease, as distinct numbers are once they were rounded.
    Returns the distinct ones, and the rows of each."""
    first = np.flatnonzero(np.concatenate([[True], values[1:] != values[:-1]]))
    return values[first], np.add.reduceat(rows, first)


def median(values: np.ndarray, rows: np.ndarray) -> float:
    """Returns the np.median of a column with values (m,), increasing, each in rows (m,) rows."""
    middle_row = rows.sum() - 1
    return float(_values_at([middle_row // 2, (middle_row + 1) // 2], values, rows).mean())


def quartiles(values: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Computes the lower and the upper quartile, as np.percentile has them."""
    place = np.array([0.25, 0.75]) * (rows.sum() - 1)
    (low, high), t = _values_at([np.floor(place), np.ceil(place)], values, rows), place % 1
    return np.where(t < 0.5, low + (high - low) * t, high - (high - low) * (1 - t))


def _values_at(places: list, values: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """The numbers at these places of the sorted column."""
    return values[np.searchsorted(np.cumsum(rows), np.array(places, int), side="right")]


STEPS = 12  # so many different values prove that the step they share is no accident
MOST_DECIMALS = 300  # so that the power of ten is finite
BLOCK = 2**16  # values looked at together, few enough to stay in the cache
PROBED = 1000  # values that are looked at before all are, since most lattices are refused by any few


class Curve(NamedTuple):
    """Levels of a column along a curve: value = centre + scale * sinh(width * (first + index)): levels that are even
    near the centre, which is one of them, and a constant share of a value apart far from it.

    Args:
        points: values that come back exactly.
    """

    centre: float
    scale: float
    width: float
    first: float
    points: tuple[float, ...]

    def index(self, values: np.ndarray) -> np.ndarray:
        return np.rint(np.arcsinh((values - self.centre) / self.scale) / self.width) - self.first

    def values(self, index: np.ndarray) -> np.ndarray:
        index = np.rint(index)
        values = self.centre + self.scale * np.sinh(self.width * (self.first + index))
        for point in self.points:
            values = np.where(index == self.index(point), point, values)
        return values


class Lattice(NamedTuple):
    """The lattice on which the numbers of a column lie: value = (first + step * index) / 10^decimals, all three whole
    numbers (decimals may be negative), so that a value comes back as the very float that reading its decimal digits
    gives.

    Args:
        curve: the levels, where those of the lattice are too many: an index then counts along the curve, and its
            value is rounded to the lattice.
    """

    decimals: int
    step: float
    first: float
    curve: Curve | None = None

    def index(self, values: np.ndarray) -> np.ndarray:
        return self.curve.index(values) if self.curve else self._tick(values)

    def rounded(self, values: np.ndarray) -> np.ndarray:
        """Rounds numbers to as many decimals, whatever the step."""
        return _shift(np.rint(_shift(values, self.decimals)), -self.decimals)

    def values(self, index: np.ndarray) -> np.ndarray:
        return self.nearest(self.curve.values(index)) if self.curve else self._value(np.rint(index))

    def nearest(self, values: np.ndarray) -> np.ndarray:
        """Finds the values of the lattice nearest to numbers (n,), whatever the levels are."""
        return self._value(self._tick(values))

    def _tick(self, values: np.ndarray) -> np.ndarray:
        return np.rint((_shift(values, self.decimals) - self.first) / self.step)

    def _value(self, tick: np.ndarray) -> np.ndarray:
        return _shift(self.first + self.step * tick, -self.decimals)


def _shift(values: np.ndarray, decimals: int) -> np.ndarray:
    """values * 10^decimals, correctly rounded, which a product by 0.01 would not be."""
    return values * 10.0**decimals if decimals >= 0 else values / 10.0**-decimals


def find_lattice(values: np.ndarray, precision: float) -> Lattice | None:
    """Finds the lattice of values. The coarsest lattice that holds all, to within rounding at the relative `precision`;
    None when they have more digits than decimals can say, or there are more levels than float64 can count.

    Args:
        values: (m,) increasing.
    """
    furthest = max(abs(values[0]), abs(values[-1]))
    for decimals in range(13):
        if np.rint(furthest * 10.0**decimals) > 2**53:
            return None
        if _holds_decimals(values, decimals, precision):
            ticks = np.rint(values * 10.0**decimals)
            grid = Lattice(decimals, float(_step(ticks)), float(ticks[0]))
            return grid if (ticks[-1] - ticks[0]) / grid.step < 2**53 else None
    return None


def fit_whole_numbers(values: np.ndarray, precision: float) -> bool:
    """Tells whether `find_lattice` would find one without decimals.

    Args:
        values: (n,), at least one, in any order.
    """
    return max(-values.min(), values.max()) <= 2**53 and _holds_decimals(values, 0, precision)


def _holds_decimals(values: np.ndarray, decimals: int, precision: float) -> bool:
    if len(values) > PROBED and not _holds_decimals(values[:: 1 + len(values) // PROBED], decimals, precision):
        return False
    return all(_lie_on(values[i : i + BLOCK], decimals, precision) for i in range(0, len(values), BLOCK))


def _lie_on(values: np.ndarray, decimals: int, precision: float) -> bool:
    ticks = np.rint(values * 10.0**decimals)
    allowed_error = np.minimum(4 * precision * np.abs(values), 0.05 / 10.0**decimals)
    return bool((np.abs(ticks / 10.0**decimals - values) <= allowed_error).all())


def _step(ticks: np.ndarray) -> int:
    """The whole number that all gaps between so many ticks share, 1 where they are too few to prove it."""
    if len(ticks) < STEPS:
        return 1
    gaps = np.diff(ticks).astype(np.int64)
    step = np.gcd.reduce(gaps[:PROBED])
    return step if step == 1 else np.gcd.reduce(gaps)


def count_levels(values: np.ndarray) -> float:
    """Returns the levels from the least to the largest of numbers (n,), as many as their largest common step has;
    infinitely many where they lie on no lattice."""
    distinct = np.unique(values)
    grid = find_lattice(distinct, np.finfo(np.float32).eps)  # also those that float32 rounded
    if grid is None:
        return inf
    ticks = grid.index(distinct)
    return 1 + ticks[-1] / max(1, np.gcd.reduce(ticks.astype(np.int64)))


def fine_lattice(distinct: np.ndarray, rows: np.ndarray) -> Lattice:
    """Makes a lattice for values that lie on none. A lattice six digits finer than the median distance from the
    commonest value, or as fine as float64 can count.

    Args:
        distinct: (m,) increasing, each in rows (m,) rows, one of them in many.
        rows: Numbers of the rows.
    """
    distances = np.abs(distinct - distinct[rows.argmax()])
    order = np.argsort(distances)[1:]
    wanted_digits = np.ceil(6 - np.log10(median(distances[order], rows[order])))
    countable = np.floor(np.log10(2**50) - np.log10(np.abs(distinct).max()))  # float64 must still count the levels
    decimals = int(min(wanted_digits, countable, MOST_DECIMALS))
    return Lattice(decimals, 1.0, float(np.rint(_shift(distinct[0], decimals))))


LEVELS = 2**22  # of a column, at most
NEAR = 1e-6  # of the typical distance from the commonest value: what lies nearer need not be told from it
FREQUENT = 0.02  # share of rows, from which on a value is frequent: a density cannot say so, a lattice can


def bend(grid: Lattice, distinct: np.ndarray, rows: np.ndarray) -> Lattice:
    """Returns a lattice of too many levels with `LEVELS` of them along a curve about the commonest value, which
    frequent values keep to the digit.

    Args:
        distinct: (m,) values on the lattice, increasing.
        rows: (m,) the rows of each.
    """
    centre = distinct[rows.argmax()]
    distances = np.abs(distinct - centre)
    order = np.argsort(distances)[1:]
    scale = max(distances[order[0]], NEAR * median(distances[order], rows[order]), 1e-200 * distances.max())
    ends = np.arcsinh((distinct[[0, -1]] - centre) / scale)
    width = float((ends[1] - ends[0]) / (LEVELS - 2))
    points = distinct[rows >= FREQUENT * rows.sum()]
    return grid._replace(
        curve=Curve(float(centre), float(scale), width, float(np.rint(ends[0] / width)), tuple(points.tolist()))
    )


BINS = 128  # at most, both tails included
TAIL = 8  # a tail bin is this many observed ranges wide, from which `Marginals` takes its scale
PSEUDO = 0.5  # rows that each tail, each category, and all unseen levels together are worth
UNIFORM_SHARE = 0.2  # share of the bins of a column that is spread evenly over its range
ROWS = 8  # a bin of several values holds at least about this many rows
PLAIN_LEVELS = 32  # a lattice of this many levels has one bin a level, however few the rows


def share_absent(missing: int, rows: int) -> float:
    """Computes the smoothed share of missing cells; 0 where none is missing."""
    return (missing + PSEUDO) / (rows + 1) if missing else 0.0


def category_marginal(counts: np.ndarray, missing_share: float) -> Marginal:
    """Makes the marginal of codes from the rows of each, counts (k,): one bin a code, Laplace-smoothed."""
    probs = (counts + PSEUDO) / (counts.sum() + PSEUDO * len(counts))
    return Marginal(tuple(float(k) for k in np.arange(len(counts) + 1) - 0.5), tuple(probs.tolist()), missing_share)


def ordered_marginal(levels: np.ndarray, counts: np.ndarray, missing_share: float) -> Marginal:
    """Makes the marginal of whole levels. One bin a seen level where rows allow, else quantile bins in which every
    frequent level still has its own; edges lie half-way between levels.

    Args:
        levels: (m,) increasing, whole numbers from 0 up, each seen in counts (m,) rows.
    """
    is_plain = levels[-1] < PLAIN_LEVELS or (len(levels) <= 100 and counts.mean() >= ROWS)
    cuts = _cutter(levels, counts)

    def edges(target: float) -> np.ndarray:
        own_place = counts >= target
        between_values = np.floor(cuts(own_place, target)) + 0.5
        return np.unique(
            np.concatenate([between_values, levels[own_place] - 0.5, levels[own_place] + 0.5, [-0.5, levels[-1] + 0.5]])
        )

    reach = ceil(TAIL * (levels[-1] + 1))
    return _marginal(_finest(edges, counts.sum(), 1 if is_plain else ROWS), levels, counts, reach, missing_share)


def real_marginal(values: np.ndarray, counts: np.ndarray, missing_share: float, plain: bool) -> Marginal:
    """Makes the marginal of real numbers.

    Args:
        values: (m,) standardised reals, two or more, increasing, each in counts (m,) rows.
        plain: see `Marginal`.
    """
    values, counts = merge_equal(values.astype(np.float32).astype(float), counts)  # as tensors will hold them
    span = values[-1] - values[0]
    rim = 0.5 * span / counts.sum()
    none, cuts = np.zeros(len(values), bool), _cutter(values, counts)

    def edges(target: float) -> np.ndarray:
        return np.unique(np.concatenate([cuts(none, target), [values[0] - rim, values[-1] + rim]]))

    return _marginal(_finest(edges, counts.sum(), ROWS), values, counts, TAIL * span, missing_share, plain)


def _finest(edges: Callable[[float], np.ndarray], rows: int, start: float) -> np.ndarray:
    """The edges at the fewest rows a bin, from `start` up, with which the column fits into BINS (rows / 50 does)."""
    if rows / 50 <= start:
        return edges(start)
    targets = np.geomspace(start, rows / 50, 64)
    fine, coarse = 0, len(targets) - 1
    while fine < coarse:
        middle_step = (fine + coarse) // 2
        fine, coarse = (
            (fine, middle_step) if len(edges(targets[middle_step])) <= BINS - 1 else (middle_step + 1, coarse)
        )
    return edges(targets[coarse])


def _cutter(values: np.ndarray, counts: np.ndarray) -> Callable[[np.ndarray, float], np.ndarray]:
    """(own, target) -> cuts half-way between neighbouring values, so that each run of values without a bin of its own
    is split into bins of about `target` rows; own: (m,) bool. The measure that is cut evenly is
    (1 - UNIFORM_SHARE) of the rows plus UNIFORM_SHARE of the range."""
    total, span = counts.sum(), max(values[-1] - values[0], 1e-300)
    way = np.diff(values) / 2
    way = np.concatenate([[0.0], way]) + np.concatenate([way, [0.0]])  # each stands for half of the way to either side
    weight = (1 - UNIFORM_SHARE) * counts + UNIFORM_SHARE * total * way / span
    del way
    runs: dict[int, tuple] = {}  # the commonest values have bins of their own, so that their number says which

    def cuts(is_own: np.ndarray, target: float) -> np.ndarray:
        if is_own.all():
            return values[:0]
        if (own_count := int(is_own.sum())) not in runs:
            runs.clear()
            runs[own_count] = _runs(np.where(is_own, 0.0, weight) if own_count else weight, is_own)
        place, mass, sizes, run_free = runs[own_count]
        pieces = np.maximum(1, np.rint(mass / target))
        piece = place * (np.repeat(pieces, sizes) if len(pieces) > 1 else pieces)
        np.floor(piece, out=piece)
        ends = piece[1:] != piece[:-1]
        ends &= run_free
        ends_before = np.flatnonzero(ends)
        return values[ends_before] + (values[ends_before + 1] - values[ends_before]) / 2

    return cuts


def _runs(weight: np.ndarray, is_own: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Position of each value in its run, from 0 to 1; the mass and the number of values of each run; and (m - 1,)
    whether a cut may follow a value."""
    run = np.cumsum(is_own) * 2 + is_own  # the same number for all values of one run between values with their own bin
    starts = np.flatnonzero(np.diff(run, prepend=-1))
    sizes = np.diff(starts, append=len(run))
    del run
    inner_mass = np.cumsum(weight)
    inner_mass -= weight / 2
    inner_mass -= np.repeat(inner_mass[starts] - weight[starts] / 2, sizes)
    mass = np.add.reduceat(weight, starts)
    inner_mass /= np.repeat(np.maximum(mass, 1e-300), sizes)
    return inner_mass, mass, sizes, ~is_own[1:] & ~is_own[:-1]


def _marginal(edges, values, counts, reach: float, missing_share: float, plain: bool = False) -> Marginal:
    """Inner edges and what was seen -> the marginal with its tails, each `reach` wide."""
    inner = np.searchsorted(values, edges[:-1])
    running = np.concatenate([[0], np.cumsum(counts)])[[*inner, np.searchsorted(values, edges[-1], side="right")]]
    bin_masses = np.diff(running).astype(float)
    bin_masses[bin_masses == 0] = PSEUDO / max(1, (bin_masses == 0).sum())
    edges = np.concatenate([[edges[0] - reach], edges, [edges[-1] + reach]])
    bin_masses = np.concatenate([[PSEUDO], bin_masses, [PSEUDO]])
    return Marginal(tuple(edges.tolist()), tuple((bin_masses / bin_masses.sum()).tolist()), missing_share, plain)


def light_tails(x: np.ndarray) -> bool:
    """Tells whether numbers x (n,) have |skewness| < 1.5 and excess kurtosis < 3."""
    deviation = x.std()
    x = x - x.mean()
    x /= deviation
    squares = x * x
    skewness = (squares * x).mean()
    squares *= squares
    return bool(abs(skewness) < 1.5 and squares.mean() - 3 < 3)


def size_marginal(sizes: np.ndarray, most_members: int) -> Marginal:
    """Makes the marginal of the sizes of sets. A bin for each number of members from 1 to twice the largest seen, at
    most `most_members`; numbers that none has are together worth PSEUDO sets, half as much with each step away from
    those seen.

    Args:
        sizes: (n,) of the training sets.
    """
    top = min(most_members, 2 * int(sizes.max()))
    counts = np.bincount(sizes, minlength=top + 1)[1:].astype(float)
    numbers, counts_seen = np.arange(1, top + 1), np.unique(sizes)
    distances = np.abs(numbers[:, None] - counts_seen).min(1)
    new = np.where(distances > 0, 0.5 ** distances.astype(float), 0.0)
    probs = counts + PSEUDO * new / max(new.sum(), 1.0)
    return Marginal(tuple((np.arange(top + 1) + 0.5).tolist()), tuple((probs / probs.sum()).tolist()))
