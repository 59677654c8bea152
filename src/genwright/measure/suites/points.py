"""The metrics for sets of points in space, and the sets that samples are measured against.

No metric changes where a set is turned, moved, mirrored or listed otherwise. If all kinds are elements of a table of
bonds, in angstrom, samples are also read as molecules. There are as many samples as training sets, at most 1,000;
`reference` holds the numbers of real training sets in their place. Each part is in drawn order, so that its first sets
are a random choice however a file was sorted.
"""

from collections.abc import Callable
from functools import cached_property, partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from ...core.data import Data
from ...kinds.points.atoms import Atoms, molecule_of, one_molecule, summarise_reasons, written
from ...kinds.points.bond_orders import ELEMENTS, VALENCES, WITH_SULPHUR, bond_orders, in_one_piece, stable_atoms
from ..intervals import clustered_proportion, numpy_generator, proportion
from ..metric import Metric, Role
from ..metrics import point_shapes
from ..metrics.distances import total_variation, wasserstein, with_error
from ..metrics.memorisation import copying, find_repeated, nearest
from ..metrics.point_shapes import (
    Ranges,
    Shape,
    distance_histogram,
    distance_ranges,
    distances,
    distances_seen,
    spectrum,
)
from ..plots import point_sheets
from ..plots.figures import save
from ..rows import MetricRow, constant_chance, estimate, rows
from ..sample_suite import GIVEN_ERROR, NOVEL, SampleSuite, memorisation_row
from ..sizes import Sizes
from ..suite import in_drawn_order

SAMPLES, SCORED = 1_000, 500  # sets drawn, and test sets whose likelihood is taken, at most
SLACK = 0.1  # of a distance, by which points may be nearer or farther than any seen: rules of bonds allow as much
SHEET = 3  # rows of sets in a drawing
BINS = 500  # of distances, up to 1.5 times the largest of a test set
TABLE = "EDM's table of bonds"

SAMPLES_CAPTION = "Samples beside real test sets"  # the page shows what is of one caption together


class Suite(SampleSuite):
    """Measures models of sets of points. The same data, seed and sizes give the same numbers."""

    LEAST = {"samples": 100, "scored": 50}
    GLIMPSE = 24
    CALLED = "sets"

    def __init__(self, data: Data, seed: int = 0, sizes: dict[str, int] | None = None):
        super().__init__(in_drawn_order(data, None, seed), seed)
        self.train, self.valid, self.test = map(self._read, (self.data.train, self.data.valid, self.data.test))
        self.sizes = Sizes({"samples": min(len(self.train), SAMPLES), "scored": min(len(self.test), SCORED)}, sizes)
        self.most = len(data.domain.spec.leaf.sizes.probs)  # points that a set of a model may have

    def _plausible(self, sample: list[Shape]) -> dict[str, Metric]:
        return self._in_ranges(sample, self._training_ranges)

    def _plausible_of_real(self) -> dict[str, Metric]:
        """A fifth of the training sets; the others tell which are plausible."""
        fifth = max(1, len(self._picked) // 5)
        other_items = [self.train[i] for i in self._picked[len(self._picked) // 5 :]]
        return self.sizes.note_fewer_items(
            self._in_ranges(self._real[:fifth], distance_ranges(other_items, SLACK)), "samples"
        )

    def _in_ranges(self, sample: list[Shape], ranges: Ranges) -> dict[str, Metric]:
        typical_distances = [distances_seen(shape, ranges) for shape in sample]
        sets = proportion(np.array([is_inside.all() for is_inside in typical_distances]))
        points = clustered_proportion(
            *np.array([(is_inside.sum(), len(is_inside)) for is_inside in typical_distances], float).T
        )
        with_error = lambda share: estimate(*share, len(sample), self._reference_set)
        return {"plausible": with_error(sets), "plausible_points": with_error(points)}

    def _distance_error(self, sample: list[Shape]) -> Metric:
        width = 1.5 * max(distances(positions).max() for _, positions in self.test) / BINS or 1.0
        counts = lambda shapes: np.array([distance_histogram(positions, width, BINS) for _, positions in shapes])
        unit = self.domain.spec.leaf.each.columns[1].unit
        distance = partial(wasserstein, width=width)
        return self._histogram_distance("distance_error", distance, counts(self.test), counts(sample), unit=unit)

    def _kind_error(self, sample: list[Shape]) -> Metric:
        counts = self._kind_counts(self.test), self._kind_counts(sample)
        return self._histogram_distance("kind_error", total_variation, *counts, 100)

    def _size_error(self, sample: list[Shape]) -> Metric:
        counts = lambda shapes: np.array([np.bincount([len(kinds)], minlength=self.most + 1) for kinds, _ in shapes])
        return self._histogram_distance("size_error", partial(wasserstein, width=1), counts(self.test), counts(sample))

    def _histogram_distance(
        self, name: str, distance: Callable, real: np.ndarray, sampled: np.ndarray, times: float = 1, unit: str = ""
    ) -> Metric:
        value, se = with_error(distance, real, sampled, name, self.seed)
        return estimate(times * value, times * se, len(sampled), "real test sets", unit=unit)

    def _stability(self, sample: list[Shape]) -> dict[str, Metric]:
        if not self._are_atoms:
            return {}
        elements, orders, n = (
            [self._elements[kinds] for kinds, _ in sample],
            self._memoised(self._orders, sample),
            len(sample),
        )
        pieces = np.array([in_one_piece(order) for order in orders])
        share = lambda hits: estimate(*proportion(hits), n, TABLE)
        metrics = {"connected": share(pieces)}
        for prefix, valences in (("edm", VALENCES), ("stable", WITH_SULPHUR)):
            stable = [stable_atoms(*pair, valences) for pair in zip(elements, orders)]
            counts = np.array([(atoms.sum(), len(atoms)) for atoms in stable], float)
            stable_molecules = np.array([atoms.all() for atoms in stable])
            metrics[f"{prefix}_atoms"] = estimate(*clustered_proportion(*counts.T), n, TABLE)
            metrics[f"{prefix}_molecules"] = share(stable_molecules)
        return metrics | {"sound": share(stable_molecules & pieces)}

    def _sound(self, sample: list[Shape]) -> np.ndarray:
        """Numbers of the samples that are stable and in one piece."""
        orders = self._memoised(self._orders, sample)
        stable = [stable_atoms(self._elements[kinds], order, WITH_SULPHUR) for (kinds, _), order in zip(sample, orders)]
        return np.flatnonzero([atoms.all() and in_one_piece(order) for atoms, order in zip(stable, orders)])

    def _different(self, sample: list[Shape]) -> tuple[int, np.ndarray]:
        """How many samples are stable and in one piece, and the names of the different ones."""
        if not (self._are_atoms and find_spec("rdkit")):
            return 0, np.zeros(0, object)
        orders, is_sound = self._memoised(self._orders, sample), self._memoised(self._sound, sample)
        return len(is_sound), np.unique(self._names([sample[i] for i in is_sound], [orders[i] for i in is_sound]))

    def _unique(self, sample: list[Shape]) -> Metric | None:
        n, names = self._memoised(self._different, sample)
        if not n:
            return None
        unique = np.arange(n) < len(names)
        return estimate(*proportion(unique), n, TABLE, survived=n / len(sample))

    def _novel(self, sample: list[Shape]) -> Metric | None:
        n, names = self._memoised(self._different, sample)
        if not n:
            return None
        novel = np.array([name not in self._train_names for name in names])
        return estimate(*proportion(novel), len(novel), self._reference_set, survived=n / len(sample))

    def _valid(self, sample: list[Shape]) -> Metric | None:
        if not (self._are_atoms and find_spec("rdkit")):
            return None
        read = [molecule_of(self._symbols(kinds), positions) for kinds, positions in sample]
        valid = np.array([one_molecule(molecule) for molecule, _ in read])
        reasons = summarise_reasons([reason for _, reason in read])
        return estimate(*proportion(valid), len(sample), "RDKit", reasons)

    def _length_error(self, sample: list[Shape]) -> Metric | None:
        return self._geometry("length_error", point_shapes.lengths, point_shapes.STEP, sample)

    def _angle_error(self, sample: list[Shape]) -> Metric | None:
        return self._geometry("angle_error", point_shapes.angles, point_shapes.TURN, sample)

    def _geometry(self, name: str, counts: Callable, width: float, sample: list[Shape]) -> Metric | None:
        if not self._are_atoms:
            return None
        real = counts(self.test, self._test_orders, len(self._elements))
        sampled = counts(sample, self._memoised(self._orders, sample), len(self._elements))
        return self._histogram_distance(name, partial(point_shapes.by_kind, width=width), real, sampled)

    def _copies(self, sample: list[Shape]) -> Metric:
        equals = self.domain.equals()
        training = equals.number(self._atoms(self.train))
        return copying(np.isin(equals.number(self._atoms(sample)), training), self._reference_set)

    def _copies_of_real(self) -> Metric:
        return copying(
            find_repeated(self.domain.equals().number(self._atoms(self.train))[:, None]), self._reference_set
        )

    ROWS = rows(
        MetricRow("nats", "Log-likelihood", "mean log p of a test set; higher is better", "nats", "higher",
            Role.DENSITY, SampleSuite._likelihood, "scored", ranks="density"),
        MetricRow("plausible", "No clashes, none loose",
            "sets in which each point is as far from the next, to 10%, as points of these two kinds are in training",
            "of samples", "higher", Role.SAMPLES, _plausible, real=_plausible_of_real, ranks="samples",
            chance=constant_chance(0.0)),
        MetricRow("plausible_points", "Points in place", "the same for single points; higher is better", "of points",
            "higher", Role.SAMPLES, _plausible, real=_plausible_of_real),
        MetricRow("distance_error", "Distances", "Wasserstein distance of all distances between points; 0 is perfect",
            "angstrom", "lower", Role.SAMPLES, _distance_error),
        MetricRow("kind_error", "Kinds", "total variation of the frequencies of kinds; 0 is perfect", "%", "lower",
            Role.SAMPLES, _kind_error),
        MetricRow("size_error", "Sizes", "Wasserstein distance of the numbers of points; 0 is perfect", "members",
            "lower", Role.SAMPLES, _size_error),
        MetricRow("stable_atoms", "Stable atoms", "atoms whose bonds add up to a valence, sulphur 2, 4 or 6",
            "of atoms", "higher", Role.VALIDITY, _stability),
        MetricRow("stable_molecules", "Stable molecules", "samples all of whose atoms are stable, sulphur 2, 4 or 6",
            "of samples", "higher", Role.VALIDITY, _stability),
        MetricRow("edm_atoms", "Stable atoms (EDM)", "the same by EDM's table, where sulphur is 4 alone", "of atoms",
            "higher", Role.VALIDITY, _stability),
        MetricRow("edm_molecules", "Stable molecules (EDM)", "the same by EDM's table, where sulphur is 4 alone",
            "of samples", "higher", Role.VALIDITY, _stability),
        MetricRow("connected", "In one piece", "samples whose atoms are all reached along bonds", "of samples",
            "higher", Role.VALIDITY, _stability),
        MetricRow("sound", "Stable, in one piece", "samples that are both, sulphur 2, 4 or 6; higher is better",
            "of samples", "higher", Role.VALIDITY, _stability,
            fact="{} of its samples are no stable molecule in one piece"),
        MetricRow("unique", "Unique", "different molecules among those that are stable and in one piece", "of those",
            "higher", Role.SAMPLES, _unique),
        MetricRow("novel", "Novel", "different molecules that are not training molecules", "of those", "higher",
            Role.NOVELTY, _novel, real=None),
        MetricRow("valid", "Valid", "samples whose atoms RDKit can join by bonds into one neutral molecule",
            "of samples", "higher", Role.VALIDITY, _valid),
        MetricRow("length_error", "Bond lengths", "Wasserstein distance of bond lengths, mean over pairs of elements",
            "angstrom", "lower", Role.SAMPLES, _length_error),
        MetricRow("angle_error", "Angles", "Wasserstein distance of angles, mean over the elements at their centre",
            "degrees", "lower", Role.SAMPLES, _angle_error),
        memorisation_row("set", "over test sets'; 1 is right"),
        MetricRow("copies", "Copies", "samples with the shape of a training set; right is what fresh sets reach",
            "of samples", "lower", Role.COPIES, _copies, real=_copies_of_real,
            fact="{} of its samples equal a training set", cure=NOVEL),
        GIVEN_ERROR,
    )  # fmt: skip

    @cached_property
    def _picked(self) -> np.ndarray:
        """Numbers of the training sets in an order by the seed."""
        return numpy_generator("real", self.seed).permutation(len(self.train))

    @cached_property
    def _real(self) -> list[Shape]:
        return [self.train[i] for i in self._picked[: self.n]]

    @cached_property
    def _training_ranges(self) -> Ranges:
        return distance_ranges(self.train, SLACK)

    @cached_property
    def _train_spectra(self) -> np.ndarray:
        return self._spectra(self.train)

    @cached_property
    def _test_orders(self) -> list[np.ndarray]:
        return self._orders(self.test)

    @cached_property
    def _train_names(self) -> set[str]:
        return set(self._names(self.train, self._orders(self.train)))

    @property
    def _are_atoms(self) -> bool:
        unit = self.domain.spec.leaf.each.columns[1].unit
        return unit == "angstrom" and set(self.domain.symbols) <= set(ELEMENTS)

    @cached_property
    def _elements(self) -> np.ndarray:
        """(kinds,) the row of each kind of point in the table of lengths of bonds."""
        return np.array([ELEMENTS.index(symbol) for symbol in self.domain.symbols])

    @property
    def _distances_text(self) -> str:
        return "training sets"

    def _training_distances(self, shapes: list[Shape]) -> np.ndarray:
        return nearest(self._spectra(shapes), self._train_spectra)[0]

    def _numbers(self, shapes: list[Shape]) -> np.ndarray:
        """How many points of each kind there are, and the spectrum."""
        return np.c_[self._kind_counts(shapes), self._spectra(shapes)]

    def _kind_counts(self, shapes: list[Shape]) -> np.ndarray:
        return np.array([np.bincount(kinds, minlength=len(self.domain.symbols)) for kinds, _ in shapes])

    def _orders(self, shapes: list[Shape]) -> list[np.ndarray]:
        return [bond_orders(self._elements[kinds], distances(positions)) for kinds, positions in shapes]

    def _atoms(self, shapes: list[Shape]) -> list[Atoms]:
        return [Atoms(tuple(self._symbols(kinds)), positions) for kinds, positions in shapes]

    def _symbols(self, kinds: np.ndarray) -> list[str]:
        return [self.domain.symbols[kind] for kind in kinds]

    def _names(self, shapes: list[Shape], orders: list[np.ndarray]) -> list[str]:
        return [written(self._symbols(kinds), order) for (kinds, _), order in zip(shapes, orders)]

    def _spectra(self, shapes: list[Shape]) -> np.ndarray:
        return np.array([spectrum(*shape, self.most) for shape in shapes])

    def _read(self, samples: Any) -> list[Shape]:
        return _shapes(samples, self.domain.symbols)

    def _sheet(self, sets: list[Shape], folder: Path) -> dict[str, str]:
        sheet_sets, path = (sets, SHEET, self.domain.symbols), folder / "samples.png"
        point_sheets.write_animation(*sheet_sets, path)
        return {SAMPLES_CAPTION: save(point_sheets.drawing(*sheet_sets), path)}

    def _preview(self, sets: list[Shape], folder: Path) -> str:
        return save(point_sheets.drawing(sets, 1, self.domain.symbols), folder / "preview.png")

    @staticmethod
    def drawing(domain: Any, items: Any) -> Figure:
        """Draws each set along its shortest axis."""
        rows = -(-len(items) // point_sheets.SETS_PER_ROW)
        return point_sheets.drawing(_shapes(items, domain.symbols), rows, domain.symbols)


def _shapes(items: Any, symbols: list[str]) -> list[Shape]:
    codes = {symbol: code for code, symbol in enumerate(symbols)}
    return [(np.array([codes[symbol] for symbol in item.symbols]), item.positions) for item in items]
