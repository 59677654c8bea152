"""The metrics for sets of points in space, and the sets that samples are measured against.

No metric changes where a set is turned, moved, mirrored or listed otherwise. If all kinds are elements of a table of
bonds, in angstrom, samples are also read as molecules. There are as many samples as training sets, at most 1,000;
`reference` holds the numbers of real training sets in their place. Each part is in drawn order, so that its first sets
are a random choice however a file was sorted.
"""

from dataclasses import replace
from functools import cached_property, partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from ...chemistry.atoms import molecule_of, one_molecule, summarise_reasons, written
from ...chemistry.bond_orders import ELEMENTS, VALENCES, WITH_SULPHUR, bond_orders, in_one_piece, stable_atoms
from ...core.data import Data
from ...run.model import Model
from ..intervals import clustered_proportion, numpy_generator, proportion
from ..metric import Metric
from ..metrics import point_shapes
from ..metrics.distances import total_variation, wasserstein, with_error
from ..metrics.memorisation import copying, memorisation, nearest
from ..metrics.point_shapes import distances, neighbours, shape_key, spectrum
from ..plots import point_sheets
from ..sizes import Sizes
from ..suite import GIVEN_ERROR, SampleSuite, in_drawn_order

SAMPLES, SCORED = 1_000, 500  # sets drawn, and test sets whose likelihood is taken, at most
SLACK = 0.1  # of a distance, by which points may be nearer or farther than any seen: rules of bonds allow as much
SHEET = 3  # rows of sets in a drawing
BINS = 500  # of distances, up to 1.5 times the largest of a test set
TABLE = "EDM's table of bonds"

TITLES = {
    "nats": ("Log-likelihood", "mean log p of a test set; higher is better", "nats"),
    "plausible": (
        "No clashes, none loose",
        "sets in which each point is as far from the next, to 10%, as points of these two kinds are in training",
        "of samples",
    ),
    "plausible_points": ("Points in place", "the same for single points; higher is better", "of points"),
    "distance_error": ("Distances", "Wasserstein distance of all distances between points; 0 is perfect", "angstrom"),
    "kind_error": ("Kinds", "total variation of the frequencies of kinds; 0 is perfect", "%"),
    "size_error": ("Sizes", "Wasserstein distance of the numbers of points; 0 is perfect", "members"),
    "stable_atoms": ("Stable atoms", "atoms whose bonds add up to a valence, sulphur 2, 4 or 6", "of atoms"),
    "stable_molecules": ("Stable molecules", "samples all of whose atoms are stable, sulphur 2, 4 or 6", "of samples"),
    "edm_atoms": ("Stable atoms (EDM)", "the same by EDM's table, where sulphur is 4 alone", "of atoms"),
    "edm_molecules": ("Stable molecules (EDM)", "the same by EDM's table, where sulphur is 4 alone", "of samples"),
    "connected": ("In one piece", "samples whose atoms are all reached along bonds", "of samples"),
    "sound": ("Stable, in one piece", "samples that are both, sulphur 2, 4 or 6; higher is better", "of samples"),
    "unique": ("Unique", "different molecules among those that are stable and in one piece", "of those"),
    "novel": ("Novel", "different molecules that are not training molecules", "of those"),
    "valid": (
        "Valid",
        "samples whose atoms RDKit can join by bonds into one neutral molecule",
        "of samples",
    ),
    "length_error": ("Bond lengths", "Wasserstein distance of bond lengths, mean over pairs of elements", "angstrom"),
    "angle_error": ("Angles", "Wasserstein distance of angles, mean over the elements at their centre", "degrees"),
    "memorisation": (
        "Memorisation",
        "distance to the nearest training set, over test sets'; 1 is right",
        "ratio",
    ),
    "copies": ("Copies", "samples with the shape of a training set; right is what fresh sets reach", "of samples"),
    "given_error": GIVEN_ERROR,
}
SAMPLES_CAPTION = "Samples beside real test sets"  # the page shows what is of one caption together

Shape = tuple[np.ndarray, np.ndarray]  # kinds (m,) int, positions (m, 3)


class Suite(SampleSuite):
    """Measures models of sets of points. The same data, seed and sizes give the same numbers."""

    TITLES = TITLES
    HEADLINE = {"density": "nats", "samples": "plausible"}
    FACTS = {"sound": "samples that are no stable molecule in one piece", "copies": "copies of training sets"}
    LEAST = {"samples": 100, "scored": 50}
    GLIMPSE = 24

    def __init__(self, data: Data, seed: int = 0, sizes: dict[str, int] | None = None):
        super().__init__(in_drawn_order(data, None, seed), seed)
        self.train, self.test = self._read(self.data.train), self._read(self.data.test)
        self.sizes = Sizes({"samples": min(len(self.train), SAMPLES), "scored": min(len(self.test), SCORED)}, sizes)
        self.most = len(data.domain.spec.leaf.sizes.probs)  # points that a set of a model may have

    # ------------------------------------------------------------------ what is measured

    def reference(self) -> dict[str, Metric]:
        """Metrics of real training sets in the place of samples. The other training sets tell which are plausible.
        Validation sets stand in for the memorisation ratio, since training sets are their own neighbours."""
        pick = numpy_generator("real", self.seed).permutation(len(self.train))
        real = [self.train[i] for i in pick[: self.n]]
        rest = [self.train[i] for i in pick[len(pick) // 5 :]]
        metrics = self._fidelity(real) | self._plausible(real[: max(1, len(pick) // 5)], _ranges(rest))
        metrics |= {name: found for name, found in self._molecules(real).items() if name != "novel"}  # they are not
        metrics = self.sizes.note_fewer_items(metrics | self._given_error_of_real(), "samples")
        keys = [shape_key(*shape) for shape in self.train]
        _, group, count = np.unique(keys, return_inverse=True, return_counts=True)
        metrics |= copying(count[group] > 1, self._reference_set)
        held_out = self._read(self.data.valid) if len(self.data.valid) else self.test
        return metrics | self._memorisation(held_out)

    def plot(self, model: Model, folder: Path) -> dict[str, str]:
        """Drawings for the report: {caption: path of the PNG}."""
        return self._sheet(self._sample(model), folder)

    def plot_real(self, folder: Path) -> dict[str, str]:
        """The same of real test sets."""
        return self._sheet(self.test, folder)

    def preview(self, model: Model | None, folder: Path) -> str:
        """A few samples, or real test sets where there is no model: the path of a PNG."""
        sets = self.test if model is None else self._sample(model)
        return point_sheets.sheet(sets, 1, self.domain.symbols, folder / "preview.png")

    @staticmethod
    def drawing(domain: Any, items: Any) -> Figure:
        """Each set along its shortest axis."""
        rows = -(-len(items) // point_sheets.SETS_PER_ROW)
        return point_sheets.drawing(_shapes(items, domain.symbols), rows, domain.symbols)

    # ------------------------------------------------------------------ samples

    def _of_samples(self, model: Model, sample: list[Shape]) -> dict[str, Metric]:
        copied = copying(np.array([shape_key(*shape) in self._keys for shape in sample]), self._reference_set)
        metrics = self._fidelity(sample) | self._plausible(sample, self._training_ranges) | self._molecules(sample)
        return metrics | copied | self._memorisation(sample)

    def _fidelity(self, sample: list[Shape]) -> dict[str, Metric]:
        width = 1.5 * max(distances(positions).max() for _, positions in self.test) / BINS or 1.0
        kinds = lambda shapes: np.array([np.bincount(found, minlength=len(self.domain.symbols)) for found, _ in shapes])
        sizes = lambda shapes: np.array([np.bincount([len(found)], minlength=self.most + 1) for found, _ in shapes])
        apart = lambda shapes: np.array([_histogram(positions, width) for _, positions in shapes])
        unit = self.domain.spec.leaf.each.columns[1].unit
        rows = (
            ("distance_error", apart, partial(wasserstein, width=width), 1, unit),
            ("kind_error", kinds, total_variation, 100, "%"),
            ("size_error", sizes, partial(wasserstein, width=1), 1, "members"),
        )
        metrics, n = {}, len(sample)
        for name, counts, distance, times, unit in rows:
            value, se = with_error(distance, counts(self.test), counts(sample), name, self.seed)
            reference = "real test sets"
            metrics[name] = Metric(times * value, times * se, "estimate", "samples", unit, n, "lower", reference)
        return metrics

    def _plausible(self, sample: list[Shape], seen: dict) -> dict[str, Metric]:
        within = [_distances_seen(shape, seen) for shape in sample]
        sets = proportion(np.array([found.all() for found in within]))
        points = clustered_proportion(*np.array([(found.sum(), len(found)) for found in within], float).T)
        metric = lambda value, se, unit: Metric(
            value, se, "estimate", "samples", unit, len(sample), "higher", self._reference_set
        )
        return {"plausible": metric(*sets, "of samples"), "plausible_points": metric(*points, "of points")}

    def _molecules(self, sample: list[Shape]) -> dict[str, Metric]:
        """Metrics of samples as molecules; {} where their points are no atoms."""
        if not self._are_atoms:
            return {}
        elements = [self._elements[kinds] for kinds, _ in sample]
        orders = self._orders(sample)
        pieces = np.array([in_one_piece(order) for order in orders])
        metrics = self._share("connected", pieces)
        for atoms, molecules, valences in (
            ("edm_atoms", "edm_molecules", VALENCES),
            ("stable_atoms", "stable_molecules", WITH_SULPHUR),
        ):
            stable = [stable_atoms(*pair, valences) for pair in zip(elements, orders)]
            counts = np.array([(found.sum(), len(found)) for found in stable], float)
            value, se = clustered_proportion(*counts.T)
            metrics[atoms] = Metric(value, se, "estimate", "samples", "of atoms", len(sample), "higher", TABLE)
            whole = np.array([found.all() for found in stable])
            metrics |= self._share(molecules, whole)
        metrics |= self._share("sound", whole & pieces)
        if find_spec("rdkit"):
            chosen = np.flatnonzero(whole & pieces)
            different = self._different([sample[i] for i in chosen], [orders[i] for i in chosen])
            survived = len(chosen) / len(sample)
            metrics |= {name: replace(metric, survived=survived) for name, metric in different.items()}
            metrics |= self._perceived(sample)
        rows = (
            ("length_error", point_shapes.lengths, point_shapes.STEP, "angstrom"),
            ("angle_error", point_shapes.angles, point_shapes.TURN, "degrees"),
        )
        for name, counts, width, unit in rows:
            real = counts(self.test, self._orders(self.test), len(self._elements))
            drawn = counts(sample, orders, len(self._elements))
            value, se = with_error(partial(point_shapes.by_kind, width=width), real, drawn, name, self.seed)
            metrics[name] = Metric(value, se, "estimate", "samples", unit, len(sample), "lower", "real test sets")
        return metrics

    def _share(self, name: str, hits: np.ndarray) -> dict[str, Metric]:
        """{name: the share of samples in which `hits` holds}, by the table of bonds."""
        return {name: Metric(*proportion(hits), "estimate", "samples", "of samples", len(hits), "higher", TABLE)}

    def _different(self, sample: list[Shape], orders: list[np.ndarray]) -> dict[str, Metric]:
        """The metrics `unique` and `novel` of samples that are stable and in one piece; {} without samples."""
        if not sample:
            return {}
        names = np.unique(self._names(sample, orders))
        unique = np.arange(len(sample)) < len(names)
        novel = np.array([name not in self._train_names for name in names])
        share = lambda hits, of: Metric(*proportion(hits), "estimate", "samples", "of those", len(hits), "higher", of)
        return {"unique": share(unique, TABLE), "novel": share(novel, self._reference_set)}

    def _perceived(self, sample: list[Shape]) -> dict[str, Metric]:
        found = [molecule_of(self._symbols(kinds), positions) for kinds, positions in sample]
        valid = np.array([one_molecule(molecule) for molecule, _ in found])
        metric = Metric(*proportion(valid), "estimate", "samples", "of samples", len(sample), "higher", "RDKit")
        return {"valid": replace(metric, detail=summarise_reasons([why for _, why in found]))}

    def _memorisation(self, shapes: list[Shape]) -> dict[str, Metric]:
        away = nearest(self._spectra(shapes), self._train_spectra)[0]
        return memorisation(away, self._test_away, self.seed, "training sets")

    def _numbers(self, shapes: list[Shape]) -> np.ndarray:
        """How many points of each kind there are, and the spectrum."""
        kinds = [np.bincount(found, minlength=len(self.domain.symbols)) for found, _ in shapes]
        return np.c_[np.array(kinds), self._spectra(shapes)]

    # ------------------------------------------------------------------ what is computed once

    @cached_property
    def _training_ranges(self) -> dict:
        return _ranges(self.train)

    @cached_property
    def _keys(self) -> set[bytes]:
        return {shape_key(*shape) for shape in self.train}

    @cached_property
    def _train_spectra(self) -> np.ndarray:
        return self._spectra(self.train)

    @cached_property
    def _test_away(self) -> np.ndarray:
        return nearest(self._spectra(self.test), self._train_spectra)[0]

    @cached_property
    def _train_names(self) -> set[str]:
        return set(self._names(self.train, self._orders(self.train)))

    @property
    def _are_atoms(self) -> bool:
        unit = self.domain.spec.leaf.each.columns[1].unit
        return unit == "angstrom" and set(self.domain.symbols) <= set(ELEMENTS)

    @cached_property
    def _elements(self) -> np.ndarray:
        """(kinds,) the number of each in the table of bonds."""
        return np.array([ELEMENTS.index(symbol) for symbol in self.domain.symbols])

    @property
    def _reference_set(self) -> str:
        return f"{len(self.train):,} training sets"

    # ------------------------------------------------------------------ inside

    def _sheet(self, sets: list[Shape], folder: Path) -> dict[str, str]:
        drawn = sets, SHEET, self.domain.symbols, folder / "samples.png"
        point_sheets.write_animation(*drawn)
        return {SAMPLES_CAPTION: point_sheets.sheet(*drawn)}

    def _orders(self, shapes: list[Shape]) -> list[np.ndarray]:
        return [bond_orders(self._elements[kinds], distances(positions)) for kinds, positions in shapes]

    def _symbols(self, kinds: np.ndarray) -> list[str]:
        return [self.domain.symbols[kind] for kind in kinds]

    def _names(self, shapes: list[Shape], orders: list[np.ndarray]) -> list[str]:
        return [written(self._symbols(kinds), order) for (kinds, _), order in zip(shapes, orders)]

    def _spectra(self, shapes: list[Shape]) -> np.ndarray:
        return np.array([spectrum(*shape, self.most) for shape in shapes])

    def _read(self, samples: Any) -> list[Shape]:
        return _shapes(samples, self.domain.symbols)


def _shapes(items: Any, symbols: list[str]) -> list[Shape]:
    codes = {symbol: code for code, symbol in enumerate(symbols)}
    return [(np.array([codes[symbol] for symbol in item.symbols]), item.positions) for item in items]


def _ranges(shapes: list[Shape]) -> dict[tuple[int, int], tuple[float, float]]:
    """{(kind, kind of the nearest): the least and the greatest distance of such, with SLACK}."""
    kind, other, away = (np.concatenate(part) for part in zip(*(neighbours(*shape) for shape in shapes)))
    found = {}
    for pair in set(zip(kind.tolist(), other.tolist())):
        of = away[(kind == pair[0]) & (other == pair[1])]
        found[pair] = of.min() * (1 - SLACK), of.max() * (1 + SLACK)
    return found


def _distances_seen(shape: Shape, seen: dict) -> np.ndarray:
    """(m,) bool: whether each point is as far from the one nearest to it as points of these kinds were seen to be; of a
    single point, which has none, True."""
    if len(shape[0]) < 2:
        return np.ones(1, bool)
    never = np.inf, -np.inf
    low, high = np.array([seen.get(pair, never) for pair in zip(*(part.tolist() for part in neighbours(*shape)[:2]))]).T
    away = neighbours(*shape)[2]
    return (low <= away) & (away <= high)


def _histogram(positions: np.ndarray, width: float) -> np.ndarray:
    """(BINS,) how many distances are in each bin, those beyond the last in it."""
    i, j = np.triu_indices(len(positions), 1)
    steps = (distances(positions)[i, j] / width).astype(int).clip(max=BINS - 1)
    return np.bincount(steps, minlength=BINS)
