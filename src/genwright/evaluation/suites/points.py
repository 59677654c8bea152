"""The metrics for sets of points in space: what a model of them is measured with, and against what.

Nothing here changes where a set is turned, moved, mirrored or listed otherwise. Samples are as many as there are
training sets, at most 1,000; `reference` holds what real training sets reach in their place. Each part is in drawn
order, so that some of its sets are a draw from it however a file was sorted.
"""

from __future__ import annotations

from functools import cached_property, partial
from pathlib import Path
from typing import Any

import numpy as np

from ...core.data import Data
from ...run.model import Model
from ..drawn_order import in_drawn_order
from ..intervals import clustered_proportion, numpy_generator, proportion
from ..metric import Metric
from ..metrics.histogram_distance import total_variation, wasserstein, with_error
from ..metrics.memorisation import copying, memorisation, nearest
from ..metrics.point_shapes import distances, neighbours, shape_key, spectrum
from ..plots import point_sheets
from ..sample_suite import SampleSuite
from ..sizes import Sizes

SAMPLES, SCORED = 1_000, 500  # sets drawn, and test sets whose likelihood is taken, at most
SLACK = 0.1  # of a distance, by which points may be nearer or farther than any seen: rules of bonds allow as much
SHEET = 3  # rows of sets in a drawing
BINS = 500  # of distances, up to 1.5 times the largest of a test set

TITLES = {
    "nats": ("Log-likelihood", "mean log p of a test set; higher is better", "nats"),
    "plausible": (
        "No clashes, none loose",
        "sets in which each point is as far from the next, to 10%, as points of these two kinds are in training",
        "of samples",
    ),
    "plausible_points": ("Points in place", "the same of single points; higher is better", "of points"),
    "distance_error": ("Distances", "Wasserstein distance of those between points, pooled; 0 is perfect", "angstrom"),
    "kind_error": ("Kinds", "total variation of how often each kind is; 0 is perfect", "%"),
    "size_error": ("Sizes", "Wasserstein distance of how many points there are; 0 is perfect", "members"),
    "memorisation": ("Memorisation", "distance to the next training set, over that of test sets; 1 is right", "ratio"),
    "copies": ("Copies", "samples with the shape of a training set; right is what fresh sets reach", "of samples"),
}
HEADLINE = {"density": "nats", "samples": "plausible"}
BESIDE = "Samples beside real test sets"  # the page shows what is of one caption together

Shape = tuple[np.ndarray, np.ndarray]  # kinds (m,) int, positions (m, 3)


class Suite(SampleSuite):
    """Measures models of sets of points. The same data, seed and sizes give the same numbers."""

    TITLES = TITLES
    HEADLINE = HEADLINE
    LEAST = {"samples": 100, "scored": 50}
    GLIMPSE = 24

    def __init__(self, data: Data, seed: int = 0, sizes: dict[str, int] | None = None):
        super().__init__(in_drawn_order(data, None, seed), seed)
        self.train, self.test = self._shapes(self.data.train), self._shapes(self.data.test)
        self.sizes = Sizes({"samples": min(len(self.train), SAMPLES), "scored": min(len(self.test), SCORED)}, sizes)
        self.most = len(data.domain.spec.leaf.sizes.probs)  # points that a set of a model may have

    # ------------------------------------------------------------------ what is measured

    def reference(self) -> dict[str, Metric]:
        """Real training sets in the place of samples. What is plausible is told by the others of them, and validation
        sets stand in for the memorisation ratio, since training sets are their own neighbours."""
        pick = numpy_generator("real", self.seed).permutation(len(self.train))
        real = [self.train[i] for i in pick[: self.n]]
        rest = [self.train[i] for i in pick[len(pick) // 5 :]]
        metrics = self._fidelity(real) | self._plausible(real[: max(1, len(pick) // 5)], _ranges(rest))
        metrics = self.sizes.told(metrics, "samples")
        keys = [shape_key(*shape) for shape in self.train]
        _, group, count = np.unique(keys, return_inverse=True, return_counts=True)
        metrics |= copying(count[group] > 1, self._among)
        held_out = self._shapes(self.data.valid) if len(self.data.valid) else self.test
        return metrics | self._memorisation(held_out)

    def plot(self, model: Model, folder: str | Path) -> dict[str, str]:
        """Drawings for the report: {caption: path of the PNG}."""
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        return {BESIDE: point_sheets.sheet(self._sample(model), SHEET, self.domain.symbols, folder / "samples.png")}

    def plot_real(self, folder: str | Path) -> dict[str, str]:
        """The same of real test sets."""
        Path(folder).mkdir(parents=True, exist_ok=True)
        path = Path(folder) / "samples.png"
        return {BESIDE: point_sheets.sheet(self.test, SHEET, self.domain.symbols, path)}

    def preview(self, model: Model | None, folder: str | Path) -> str:
        """A few samples, or real test sets where there is no model: the path of a PNG."""
        sets = self.test if model is None else self._sample(model)
        return point_sheets.sheet(sets, 1, self.domain.symbols, Path(folder) / "preview.png")

    # ------------------------------------------------------------------ samples

    def _of_samples(self, model: Model, sample: list[Shape]) -> dict[str, Metric]:
        copied = copying(np.array([shape_key(*shape) in self._keys for shape in sample]), self._among)
        return self._fidelity(sample) | self._plausible(sample, self._seen) | copied | self._memorisation(sample)

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
        within = [_within(shape, seen) for shape in sample]
        sets = proportion(np.array([found.all() for found in within]))
        points = clustered_proportion(*np.array([(found.sum(), len(found)) for found in within], float).T)
        metric = lambda value, se, unit: Metric(
            value, se, "estimate", "samples", unit, len(sample), "higher", self._among
        )
        return {"plausible": metric(*sets, "of samples"), "plausible_points": metric(*points, "of points")}

    def _memorisation(self, shapes: list[Shape]) -> dict[str, Metric]:
        away = nearest(self._spectra(shapes), self._train_spectra)[0]
        return memorisation(away, self._test_away, self.seed, "training sets")

    # ------------------------------------------------------------------ what is computed once

    @cached_property
    def _seen(self) -> dict:
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

    @property
    def _among(self) -> str:
        return f"{len(self.train):,} training sets"

    # ------------------------------------------------------------------ inside

    def _spectra(self, shapes: list[Shape]) -> np.ndarray:
        return np.array([spectrum(*shape, self.most) for shape in shapes])

    def _read(self, samples: Any) -> list[Shape]:
        return self._shapes(samples)

    def _shapes(self, items: Any) -> list[Shape]:
        codes = {symbol: code for code, symbol in enumerate(self.domain.symbols)}
        return [(np.array([codes[symbol] for symbol in item.symbols]), item.positions) for item in items]


def _ranges(shapes: list[Shape]) -> dict[tuple[int, int], tuple[float, float]]:
    """{(kind, kind of the nearest): the least and the greatest distance of such, with SLACK}."""
    kind, other, away = (np.concatenate(part) for part in zip(*(neighbours(*shape) for shape in shapes)))
    found = {}
    for pair in set(zip(kind.tolist(), other.tolist())):
        of = away[(kind == pair[0]) & (other == pair[1])]
        found[pair] = of.min() * (1 - SLACK), of.max() * (1 + SLACK)
    return found


def _within(shape: Shape, seen: dict) -> np.ndarray:
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
