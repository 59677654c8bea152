"""PrivBayes (Zhang 2017) by Gaussian noise: a Bayesian network over columns, each a few groups of values, whose tables
are counted with noise.

Everything below is learned of n rows of whole codes, n known to everybody. Neighbours are tables that differ in one
row. rho is split, and costs add up (see `privacy.accountant`):

    MARGINS   the cells of each column. A row is in one cell, so replacing it moves two counts by 1: L2 distance^2 = 2.
              A long column is cut in PIECES, and again wherever many rows are, which only looks at noisy counts
    CHOICES   in each round, a column X and at most k parents P among those that have a place, by the exponential
              mechanism with the score
                  q(X, P) = sum over x, p of |M N(x, p) - m(x) N(p)| - penalty
    TABLES    N(x, p) of each choice, with Gaussian noise: L2 distance^2 = 2

N are counts, and m(x) / M is the noisy margin of X with whole m, M = sum of m. The penalty is a quarter of what noise
alone would make of as many cells. m, M and the penalty are functions of what was released before: fixed numbers here.

The sensitivity of q is 4 M. Replace the row (x, p) by (x', p'). N(., .) changes by 1 in two cells at most, so
sum |M N - M N'| <= 2 M. N(.) of the parents changes by 1 in two groups at most, and each such change reaches
sum over x of m(x) = M, so the second term moves by 2 M at most. |a| - |b| <= |a - b| adds both. q is a whole number, so
no rounding adds to that.

What follows only uses noisy counts, which costs nothing:

    p(x | p) = (t m(x) / M + s (N(x, p) - t m(x) / M)) / t,    t = sum over x of N(x, p)
    s = max(0, 1 - (K - 1) variance / sum over x of (N(x, p) - t m(x) / M)^2)

cut at 0 and normalised: a row of the table is shrunk to the margin by the noise's own size (James & Stein 1961).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import combinations
from math import ceil, inf, log, pi, sqrt
from secrets import token_bytes

import numpy as np

from ..privacy.accountant import exponential_rate, gaussian_variance
from ..privacy.noise import Bytes, choose, gaussian_noise

MARGINS, CHOICES, TABLES = 0.2, 0.2, 0.6  # shares of rho
MOVED = 2.0  # square of the L2 distance by which one row moves counts
DIRECT, PIECES, CUT = 32, 16, 4  # codes counted one by one; first pieces of a longer column; parts of a piece
WORTH_CUTTING = 8.0  # deviations of noise in a piece, above which it is cut again
LEAST_CELL = 1.0  # deviations of noise in a cell of a table, on average
PENALTY = 0.25  # of what noise alone makes of a score: much of it is shrunk away
UNITS = 2**16  # M
TINY = 1e-9  # rows that every cell has, so that none is impossible


@dataclass(frozen=True)
class Codes:
    """The codes of a column: 0 .. levels - 1, and levels where a cell is absent.

    Args:
        levels: number of codes of values.
        ordered: whether they lie in order.
        optional: whether a cell may be absent.
    """

    levels: int
    ordered: bool
    optional: bool = False

    @property
    def size(self) -> int:
        """The number of all codes."""
        return self.levels + self.optional


@dataclass(frozen=True)
class Margin:
    """The noisy margin of a column.

    Args:
        edges: (m + 1,) int64: cell i has the codes edges[i] .. edges[i + 1] - 1.
        masses: (m,) probabilities.
        groups: (m,) int64, the group of each cell.
    """

    edges: np.ndarray
    masses: np.ndarray
    groups: np.ndarray

    @property
    def size(self) -> int:
        """The number of groups."""
        return int(self.groups.max()) + 1

    @property
    def group_masses(self) -> np.ndarray:
        return np.bincount(self.groups, self.masses, self.size)

    @property
    def units(self) -> np.ndarray:
        """m: the masses of groups in whole units, UNITS or a few more together."""
        return np.maximum(1, np.rint(self.group_masses * UNITS)).astype(np.int64)

    def grouped(self, codes: np.ndarray) -> np.ndarray:
        """(n,) the group of each code."""
        return self.groups[np.searchsorted(self.edges, codes, side="right") - 1]


@dataclass(frozen=True)
class Table:
    """p(group of a column | groups of its parents), (P, K); the last parent counts fastest. No parents: (1, K)."""

    column: int
    parents: tuple[int, ...]
    probs: np.ndarray


def learn(
    codes: np.ndarray, columns: Sequence[Codes], rho: float, parents: int, groups: int, random: Bytes = token_bytes
) -> tuple[list[Margin], list[Table]]:
    """Learns margins and tables, rho-zCDP for one row replaced.

    Args:
        codes: (n, D) int64.
        columns: what the codes of each column are.
        rho: of zCDP, inf for no noise.
        parents: of a column, at most; with 0, margins take all of rho.
        groups: of a column, about as many.
        random: where the bits of noise come from.
    """
    rounds = len(columns) - 1 if parents else 0
    share = MARGINS if rounds else 1.0
    margins = [
        find_margin(part, column, groups, rho * share / len(columns), random) for part, column in zip(codes.T, columns)
    ]
    if not rounds:
        return margins, [Table(j, (), margin.group_masses[None]) for j, margin in enumerate(margins)]
    grouped = np.stack([margin.grouped(column) for margin, column in zip(margins, codes.T)], 1)
    variance = gaussian_variance(rho * TABLES / rounds, MOVED)
    network = choose_network(grouped, margins, parents, rho * CHOICES / rounds, variance, random)
    tables = []
    for column, above in network:
        if not above:
            tables.append(Table(column, (), margins[column].group_masses[None]))
            continue
        counts = count(grouped, (*above, column), margins)
        noisy = counts + gaussian_noise(variance, counts.shape, random)
        tables.append(Table(column, above, shrink(noisy.astype(float), margins[column].group_masses, variance)))
    return margins, tables


def count(grouped: np.ndarray, names: tuple[int, ...], margins: Sequence[Margin]) -> np.ndarray:
    """(P, K) counts of rows by their groups; the last column is the K."""
    shape = [margins[j].size for j in names]
    flat = np.ravel_multi_index([grouped[:, j] for j in names], shape)
    return np.bincount(flat, minlength=int(np.prod(shape))).reshape(-1, shape[-1])


# ---------------------------------------------------------------------- margins


def find_margin(codes: np.ndarray, column: Codes, groups: int, rho: float, random: Bytes) -> Margin:
    if column.ordered and column.levels > DIRECT:
        edges, counts = cut_long(codes, column, rho, random)
    else:
        noise = gaussian_noise(gaussian_variance(rho, MOVED), (column.size,), random)
        edges, counts = np.arange(column.size + 1), np.bincount(codes, minlength=column.size) + noise
    masses = np.maximum(counts, 0.0) + TINY
    masses /= masses.sum()
    grouped = merge_neighbours(masses, groups) if column.ordered else merge_rare(masses, groups)
    if column.optional and column.ordered:  # what is absent has no neighbours
        grouped = np.append(merge_neighbours(masses[:-1] / masses[:-1].sum(), groups), 0)
        grouped[-1] = grouped.max() + 1
    return Margin(edges, masses, grouped)


def cut_long(codes: np.ndarray, column: Codes, rho: float, random: Bytes) -> tuple[np.ndarray, np.ndarray]:
    """Edges and noisy counts of the pieces of a long column: PIECES at first; each of many rows is cut again in CUT.
    What is absent is a piece."""
    rounds = max(0, ceil(log(column.levels / PIECES) / log(CUT)))
    width, variance = CUT**rounds, gaussian_variance(rho / (1 + rounds), MOVED)
    codes = np.sort(codes)

    def measure(begins: np.ndarray, width: int) -> np.ndarray:
        ends = np.where(begins < column.levels, np.minimum(begins + width, column.levels), column.size)
        counts = np.searchsorted(codes, ends) - np.searchsorted(codes, begins)
        return (counts + gaussian_noise(variance, counts.shape, random)).astype(float)

    begins = np.append(np.arange(0, column.levels, width), np.full(int(column.optional), column.levels))
    pieces = {begin: (width, found) for begin, found in zip(begins.tolist(), measure(begins, width).tolist())}
    for _ in range(rounds):
        wide, width = width, width // CUT
        worth = WORTH_CUTTING * sqrt(variance)
        cut = [
            begin for begin, (had, found) in pieces.items() if begin < column.levels and had == wide and found > worth
        ]
        parts = [[at for at in range(begin, begin + wide, width) if at < column.levels] for begin in cut]
        counts = measure(np.array([at for part in parts for at in part], np.int64), width)
        for begin, part in zip(cut, parts):
            own, counts = counts[: len(part)], counts[len(part) :]
            total = (len(part) * pieces[begin][1] + own.sum()) / (len(part) + 1)  # of both, by their variances
            own += (total - own.sum()) / len(part)
            pieces |= {at: (width, found) for at, found in zip(part, own.tolist())}
    edges = sorted(pieces)
    return np.array([*edges, column.size]), np.array([pieces[begin][1] for begin in edges])


def merge_neighbours(masses: np.ndarray, groups: int) -> np.ndarray:
    """(m,) the group of each cell: neighbours together, about as many rows in each."""
    before = np.cumsum(masses) - masses / 2
    return np.unique(np.minimum((before * groups).astype(int), groups - 1), return_inverse=True)[1]


def merge_rare(masses: np.ndarray, groups: int) -> np.ndarray:
    """(m,) the group of each label: the commonest have one each, and the others are one."""
    rank = np.argsort(np.argsort(-masses, kind="stable"), kind="stable")
    return np.minimum(rank, groups - 1)


# ---------------------------------------------------------------------- the network


def choose_network(
    grouped: np.ndarray, margins: Sequence[Margin], parents: int, rho: float, variance: float, random: Bytes
) -> list[tuple[int, tuple[int, ...]]]:
    """Columns in an order in which parents come first, each with its parents; the first has none.

    Args:
        grouped: (n, D) groups.
        margins: of the columns.
        parents: of a column, at most.
        rho: that each choice may cost.
        variance: of the noise of a table.
        random: where the bits of noise come from.
    """
    n, columns = grouped.shape
    sizes = [margin.size for margin in margins]
    most = inf if variance == 0 else n / (LEAST_CELL * sqrt(variance))
    score = partial(_score, grouped, margins, variance)
    known: dict[tuple[int, tuple[int, ...]], int] = {}
    network: list[tuple[int, tuple[int, ...]]] = []
    while len(network) < columns:
        placed = [column for column, _ in network]
        options = list(_options(sizes, placed, parents, most))
        for option in options:
            if option not in known:
                known[option] = score(*option)
        units = max(int(margin.units.sum()) for margin in margins)
        chosen = options[choose([known[option] for option in options], exponential_rate(rho, 4 * units), random)]
        if not network:
            network.append((chosen[1][0], ()))
        network.append(chosen)
    return network


def _options(
    sizes: Sequence[int], placed: Sequence[int], parents: int, most: float
) -> Iterator[tuple[int, tuple[int, ...]]]:
    """Columns without a place, each with sets of parents whose table is not too large; with one parent at least."""
    everything = range(len(sizes))
    for column in (j for j in everything if j not in placed):
        among = placed or [j for j in everything if j != column]
        for number in range(1, (parents if placed else 1) + 1):
            for above in combinations(sorted(among), number):
                if number == 1 or np.prod([sizes[j] for j in (*above, column)]) <= most:
                    yield column, above


def _score(grouped: np.ndarray, margins: Sequence[Margin], variance: float, column: int, above: tuple[int, ...]) -> int:
    """q of the module's docstring."""
    counts, units = count(grouped, (*above, column), margins), margins[column].units
    whole = int(units.sum())
    differences = np.abs(whole * counts - units * counts.sum(1, keepdims=True)).sum()
    return int(differences) - int(PENALTY * whole * sqrt(2 * variance / pi) * counts.size)


def shrink(noisy: np.ndarray, margin: np.ndarray, variance: float) -> np.ndarray:
    """(P, K) probabilities of noisy counts, each row shrunk to the margin (K,) by the noise's own size."""
    totals = np.maximum(noisy.sum(1, keepdims=True), 0.0)
    expected = totals * margin
    away = noisy - expected
    squares = (away**2).sum(1, keepdims=True)
    kept = np.maximum(0.0, 1 - (len(margin) - 1) * variance / np.maximum(squares, 1e-12))
    counts = np.maximum(expected + kept * away, 0.0) + TINY * margin
    return counts / counts.sum(1, keepdims=True)
