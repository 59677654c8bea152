"""Sets of points that are one: turned, moved, mirrored and renumbered copies have the same distances between points of
the same types."""

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
from scipy.spatial.distance import pdist

from ...chemistry.atoms import Atoms

ONE_PLACE = 1e-3  # far below a bond in angstrom or nanometres: points, or distances, no farther apart are equal


def equal_shapes(items: Sequence[Atoms]) -> np.ndarray:
    """(n,) numbers, equal for sets whose sorted distances by types differ by ONE_PLACE at most."""
    alike = defaultdict(list)  # numbers of sets by their types
    for number, item in enumerate(items):
        alike[tuple(sorted(item.symbols))].append(number)
    same = np.arange(len(items))
    for numbers in alike.values():
        if len(numbers) > 1:
            _join_equal(items, numbers, same)
    return same


def _join_equal(items: Sequence[Atoms], numbers: list[int], same: np.ndarray) -> None:
    """Give sets of the same types the number of the first that they equal.

    Where distances differ by ONE_PLACE at most, so do their mean, root mean square and largest: only sets whose three
    are so near are compared.
    """
    sizes = {number: _sizes(items[number]) for number in numbers}
    near: list[int] = []  # sets of like mean distance that equal none before them
    for number in sorted(numbers, key=lambda number: (*sizes[number], items[number].key)):
        own = sizes[number]
        near = [other for other in near if own[0] - sizes[other][0] <= ONE_PLACE]
        close = [other for other in near if np.abs(own - sizes[other]).max() <= ONE_PLACE]
        if any(_are_equal(items[number], items[found := other]) for other in close):
            same[number] = found
        else:
            near.append(number)


def _are_equal(a: Atoms, b: Atoms) -> bool:
    return np.abs(_distances(a) - _distances(b)).max(initial=0.0) <= ONE_PLACE


def _sizes(item: Atoms) -> np.ndarray:
    """(3,) mean, root mean square and largest of the distances."""
    spans = pdist(item.positions) if len(item) > 1 else np.zeros(1)
    return np.array([spans.mean(), np.sqrt(np.square(spans).mean()), spans.max()])


def _distances(item: Atoms) -> np.ndarray:
    """(m (m - 1) / 2,) by the types of their two points, then by size."""
    types = np.unique(item.symbols, return_inverse=True)[1]
    first, second = np.triu_indices(len(item), 1)
    ends = np.sort(np.stack([types[first], types[second]]), 0)
    distances = pdist(item.positions)
    return distances[np.lexsort((distances, ends[1], ends[0]))]
