"""Sets of points and molecules in space: numbers that do not change where a set is turned, moved, mirrored or listed
otherwise, and how long bonds are and how wide the angles between them.

kinds: (m,) int codes, positions: (m, 3).

Bonds are of a kind for each two elements, angles for each element in the middle. The distance of two sets of molecules
is the Wasserstein distance of the histograms of each kind, the mean over kinds by how often real molecules have them.
"""

from collections.abc import Sequence

import numpy as np

from .distances import wasserstein

Shape = tuple[np.ndarray, np.ndarray]  # kinds (m,) int, positions (m, 3)
Ranges = dict[tuple[int, int], tuple[float, float]]  # of distances from one kind to another


def distances(positions: np.ndarray) -> np.ndarray:
    """Computes the distances (m, m) between every two points."""
    return np.sqrt(((positions[:, None] - positions) ** 2).sum(2))


def neighbours(kinds: np.ndarray, positions: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Finds the kind of each point, the kind of its nearest point, and the distance between them: (m,) each; empty for
    one point."""
    if len(kinds) < 2:
        return kinds[:0], kinds[:0], np.zeros(0)
    distances_between = distances(positions) + np.diag(np.full(len(kinds), np.inf))
    nearest = distances_between.argmin(1)
    return kinds, kinds[nearest], distances_between.min(1)


def spectrum(kinds: np.ndarray, positions: np.ndarray, length: int) -> np.ndarray:
    """Computes the sorted eigenvalues of the Coulomb matrix of points (Rupp 2012): c_i c_j over distances, with c_i^2
    on its diagonal. A kind's charge c is its code plus one.

    Args:
        kinds: (m,) codes of the points' kinds.
        positions: (m, 3).
        length: Length of the result, at least m; zeros behind the last.
    """
    charge = kinds + 1.0
    distances_between = distances(positions) + np.eye(len(kinds))
    values = np.linalg.eigvalsh(np.outer(charge, charge) / np.maximum(distances_between, 1e-3))
    return np.pad(np.sort(values)[::-1], (0, length - len(kinds)))


STEP, LENGTHS = 0.01, 300  # angstrom of a bin, and bins
TURN, ANGLES = 2.0, 91  # degrees, and bins
RARE = 0.01  # of all bonds, or angles: kinds that real molecules have less often are left out


def distance_ranges(shapes: Sequence[Shape], slack: float) -> Ranges:
    """Finds the least and the greatest distance, with so much slack, between points of a kind and their nearest:
    {(kind, kind of the nearest): (least, greatest)}."""
    kind, other_kinds, distances = (np.concatenate(part) for part in zip(*(neighbours(*shape) for shape in shapes)))
    ranges = {}
    for pair in set(zip(kind.tolist(), other_kinds.tolist())):
        pair_distances = distances[(kind == pair[0]) & (other_kinds == pair[1])]
        ranges[pair] = pair_distances.min() * (1 - slack), pair_distances.max() * (1 + slack)
    return ranges


def distances_seen(shape: Shape, ranges_seen: Ranges) -> np.ndarray:
    """Tells whether each point is as far from its nearest as points of these kinds were seen to be, (m,) bool. A single
    point, which has no nearest, is True."""
    if len(shape[0]) < 2:
        return np.ones(1, bool)
    empty_range = np.inf, -np.inf
    low, high = np.array(
        [ranges_seen.get(pair, empty_range) for pair in zip(*(part.tolist() for part in neighbours(*shape)[:2]))]
    ).T
    distances = neighbours(*shape)[2]
    return (low <= distances) & (distances <= high)


def distance_histogram(positions: np.ndarray, width: float, bins: int) -> np.ndarray:
    """Counts the distances in each bin, those beyond the last in it: (bins,).

    Args:
        positions: (m, 3).
        width: Width of a bin.
        bins: number of them.
    """
    i, j = np.triu_indices(len(positions), 1)
    steps = (distances(positions)[i, j] / width).astype(int).clip(max=bins - 1)
    return np.bincount(steps, minlength=bins)


def lengths(shapes: Sequence[tuple[np.ndarray, np.ndarray]], orders: Sequence[np.ndarray], kinds: int) -> np.ndarray:
    """Counts the bonds of each two kinds of atoms by length: (n, kinds^2, LENGTHS) uint16.

    Args:
        shapes: kinds (m,) and positions (m, 3) of each of n molecules.
        orders: Orders of its bonds.
        kinds: number of kinds.
    """
    histograms = np.zeros((len(shapes), kinds**2, LENGTHS), np.uint16)
    for counts, (kind, positions), order in zip(histograms, shapes, orders):
        i, j = np.nonzero(np.triu(order))
        low, high = np.minimum(kind[i], kind[j]), np.maximum(kind[i], kind[j])
        steps = (distances(positions)[i, j] / STEP).astype(int).clip(max=LENGTHS - 1)
        np.add.at(counts, (low * kinds + high, steps), 1)
    return histograms


def angles(shapes: Sequence[tuple[np.ndarray, np.ndarray]], orders: Sequence[np.ndarray], kinds: int) -> np.ndarray:
    """Counts the angles between two bonds of an atom of each kind: (n, kinds, ANGLES) uint16.

    Args:
        shapes: kinds (m,) and positions (m, 3) of each of n molecules.
        orders: Orders of its bonds.
        kinds: number of kinds.
    """
    histograms = np.zeros((len(shapes), kinds, ANGLES), np.uint16)
    for counts, (kind, positions), order in zip(histograms, shapes, orders):
        bound = order > 0
        middle_atom, i, j = np.nonzero(bound[:, :, None] & bound[:, None] & np.triu(np.ones(order.shape, bool), 1))
        a, b = positions[i] - positions[middle_atom], positions[j] - positions[middle_atom]
        cosine = (a * b).sum(1) / np.maximum(np.linalg.norm(a, axis=1) * np.linalg.norm(b, axis=1), 1e-12)
        steps = (np.degrees(np.arccos(cosine.clip(-1, 1))) / TURN).astype(int)
        np.add.at(counts, (kind[middle_atom], steps), 1)
    return histograms


def by_kind(real: np.ndarray, sample: np.ndarray, width: float) -> float:
    """Computes the distance between counts of real molecules and of samples, averaged over kinds.

    Args:
        real: (n, kinds, bins) counts.
        sample: (m, kinds, bins) counts.
        width: Width of a bin.
    """
    frequencies = real.sum((0, 2), dtype=float)
    frequencies *= frequencies >= RARE * frequencies.sum()
    distances = [wasserstein(real[:, kind], sample[:, kind], width) for kind in np.flatnonzero(frequencies)]
    return float(np.average(distances, weights=frequencies[frequencies > 0])) if distances else 0.0
