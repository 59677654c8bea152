"""Sets of points that are one: turned, moved, mirrored and renumbered copies have the same distances by types."""

from functools import cached_property
from itertools import product

import numpy as np
from scipy.spatial.distance import pdist

from ...chemistry.atoms import Atoms, list_of_atoms
from ..equals import ComparedEquals, Facts

ONE_PLACE = 1e-3  # far below a bond in angstrom or nanometres: points, or distances, no farther apart are equal
CELL = 16 * ONE_PLACE  # width of the cells in which sets of like size meet


class Shape(Facts):
    """The distances of a set, equal to others that differ by ONE_PLACE at most.

    Where all distances differ by so little, so do their mean, root mean square and largest: sets meet by these.
    """

    def __init__(self, item: Atoms):
        self.item = item
        spans = self._spans
        sizes = np.array([spans.mean(), np.sqrt(np.square(spans).mean()), spans.max()]) if len(spans) else np.zeros(3)
        ends = [np.floor((sizes + step) / CELL).astype(int).tolist() for step in (0, -ONE_PLACE, ONE_PLACE)]
        types = tuple(sorted(item.symbols))
        self.places = tuple(dict.fromkeys((types, *cell) for cell in (ends[0], *product(*zip(*ends[1:])))))

    @property
    def _spans(self) -> np.ndarray:
        return pdist(self.item.positions) if len(self.item) > 1 else np.zeros(0)

    @cached_property
    def distances(self) -> np.ndarray:
        """(m (m - 1) / 2,) by the types of their two points, then by size."""
        types = np.unique(self.item.symbols, return_inverse=True)[1]
        first, second = np.triu_indices(len(self.item), 1)
        ends = np.sort(np.stack([types[first], types[second]]), 0)
        return self._spans[np.lexsort((self._spans, ends[1], ends[0]))]

    def equal(self, other: "Shape") -> bool:
        return bool(np.abs(self.distances - other.distances).max(initial=0.0) <= ONE_PLACE)


def equal_shapes() -> ComparedEquals:
    """Numbers sets of points. No model of points sees more than distances, so mirror images are equal."""
    return ComparedEquals(lambda items: map(Shape, list_of_atoms(items)))
