"""The metrics for music: what a model of it is measured with, and against what.

Windows are compared in one key: each is moved so that its own tonic is C, since models learn from pieces in all keys
and test pieces are in a few. They are then lines of symbols, voices in turn, and measured as lines are (`sequences`);
beside that, by what is in key, which pitch classes sound and how long notes last. Windows that are alike but for their
key count once among those to train.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from ...core.data import Data
from ...core.likelihood import Likelihood
from ...run.model import Model
from ..intervals import numpy_generator
from ..metric import Metric
from ..metrics.distances import jensen_shannon
from ..metrics.sound import durations, in_key, in_one_key, pitch_classes, shuffled
from ..plots import roll_sheets
from . import sequences
from .sequences import bits_per_symbol

SHEET, WAY = 6, 6  # windows of a sheet, and steps from one to another
ZERO = 0x100  # the character of a rest
TITLES = {
    "bits_per_note": ("Bits per note", "-log2 p of test windows, per voice and step; lower is better", "bits"),
    "two_sample_auc": (
        "Two-sample AUC",
        "how well runs of notes tell samples from test windows in one key; 0.5 is perfect",
        "AUC",
    ),
    "in_key": (
        "Notes in key",
        "notes in the best scale of their window; right is what real windows reach",
        "of notes",
    ),
    "pitch_class_divergence": (
        "Divergence of pitch classes",
        "Jensen-Shannon divergence of the degrees that sound from test windows; 0 is perfect",
        "bits",
    ),
    "duration_divergence": (
        "Divergence of durations",
        "Jensen-Shannon divergence of note lengths from test windows; 0 is perfect",
        "bits",
    ),
    "pair_error": (
        "Pair error",
        "error of the frequencies of pairs of notes against test windows; 0 is perfect",
        "%",
    ),
    "run_divergence": (
        "Divergence of runs",
        "Jensen-Shannon divergence of runs of three notes from test windows; 0 is perfect",
        "bits",
    ),
    "run_overlap": (
        "Runs in test",
        "runs of five notes that a test window has; right is what real windows reach",
        "of runs",
    ),
    "new_runs": (
        "New runs",
        "runs of five notes that no training window has, over those of test windows; 1 is right, less means copies",
        "ratio",
    ),
    "unique": ("Unique", "samples that equal no other sample; right is what real windows reach", "of samples"),
    "memorisation": ("Memorisation", "distance to the nearest training window, over test; near 0: copies", "ratio"),
    "copied_span": (
        "Longest copied run",
        "notes in a row that a training window has, over a test window's; far above 1: copies",
        "ratio",
    ),
    "copies": ("Exact copies", "samples equal to a training window, whatever its key; right is 0", "of samples"),
}
SAMPLES_CAPTION = "Samples beside real test windows"  # the page shows what is of one caption together
HEARD = "The same to be heard"
GOES_ON = "Second halves, sampled after the mark"
PATH_CAPTION = "From one test window to another"


class Suite(sequences.Suite):
    """Measures models of one set of windows. The same data, seed and sizes give the same numbers."""

    TITLES = TITLES
    HEADLINE = {"density": "bits_per_note", "samples": "two_sample_auc"}
    FACTS = {"copies": "copies of training windows"}
    LEAST = {"samples": 100, "scored": 50}
    GLIMPSE = SHEET

    def __init__(self, data: Data, seed: int = 0, sizes: dict[str, int] | None = None):
        super().__init__(data, seed, sizes)
        self.train = list(dict.fromkeys(lines_of(self.data.train)))
        self.valid, self.test = lines_of(self.data.valid), lines_of(self.data.test)

    def reference(self) -> dict[str, Metric]:
        """Training windows in the place of samples."""
        return super().reference() | self._harmony(self.data.train[: self.n])

    def plot(self, model: Model, folder: Path) -> dict[str, str]:
        """Drawings and sound for the report: {caption: path}."""
        paths = _draw_windows(self._sample(model), folder)
        truth, half = self.data.test[:SHEET], self.domain.steps // 2
        if model.has("complete"):
            known = np.broadcast_to(np.arange(self.domain.steps)[:, None] < half, np.shape(truth))
            whole = model.complete(truth, known, seed=self.seed)
            paths[GOES_ON] = roll_sheets.sheet(whole, [""] * SHEET, folder / "completions.png", half)
        if model.has("interpolate") and len(truth) > 1:
            way = model.interpolate(truth[:1], truth[1:2], WAY)
            titles = ["from", *[""] * (WAY - 2), "to"]
            paths[PATH_CAPTION] = roll_sheets.sheet(way, titles, folder / "way.png")
        return paths

    def plot_real(self, folder: Path) -> dict[str, str]:
        """The same of real test windows."""
        return _draw_windows(self.data.test, folder)

    def preview(self, model: Model | None, folder: Path) -> str:
        """A few samples, or real test windows where there is no model: the path of a PNG."""
        windows = (self.data.test if model is None else self._sample(model))[: roll_sheets.WINDOWS_PER_ROW]
        return roll_sheets.sheet(windows, [""] * len(windows), folder / "preview.png")

    @staticmethod
    def drawing(domain: Any, items: Any, kept: int | None = None) -> Figure:
        """Piano rolls. kept: steps before a mark."""
        return roll_sheets.drawing(items, [""] * len(items), kept)

    # ------------------------------------------------------------------ samples

    def _of_likelihood(self, found: Likelihood, windows: Sequence[np.ndarray]) -> dict[str, Metric]:
        return {"bits_per_note": bits_per_symbol(found)}

    def _of_samples(self, model: Model, windows: Sequence[np.ndarray]) -> dict[str, Metric]:
        return super()._of_samples(model, lines_of(windows)) | self._harmony(windows)

    def _headline_of_samples(self, model: Model, windows: Sequence[np.ndarray]) -> dict[str, Metric]:
        return super()._headline_of_samples(model, lines_of(windows))

    def _harmony(self, windows: Sequence[np.ndarray]) -> dict[str, Metric]:
        own, test, n = np.stack(windows), np.stack(self.data.test), len(windows)
        right, real = in_key(pitch_classes(own)), in_key(pitch_classes(test)).mean()
        chance = in_key(pitch_classes(shuffled(test, numpy_generator("shuffled", self.seed)))).mean()
        said = f"{real:.3f} of test windows, {chance:.3f} of their notes shuffled"
        se = float(right.std(ddof=1) / n**0.5) if n > 1 else None
        share = Metric(float(right.mean()), se, "estimate", "samples", "of notes", n, "higher", "the best scale", said)
        degrees = pitch_classes(in_one_key(test)), pitch_classes(in_one_key(own))
        lengths = durations(test), durations(own)
        apart = lambda of, i, j: jensen_shannon(of[0][i].sum(0), of[1][j].sum(0))
        classes, long = (lambda i, j, of=of: apart(of, i, j) for of in (degrees, lengths))
        return {
            "in_key": share,
            "pitch_class_divergence": self._distance("pitch classes", classes, n, 1, "bits"),
            "duration_divergence": self._distance("durations", long, n, 1, "bits"),
        }

    def _keys(self, lines: Sequence[str]) -> np.ndarray:
        return pd.util.hash_array(np.array(lines, object))

    @property
    def _reference_set(self) -> str:
        return f"{len(self.train):,} training windows, in one key"


def lines_of(windows: Sequence[np.ndarray]) -> list[str]:
    """Windows in one key as lines, a character a note, voices in turn."""
    if not len(windows):
        return []
    moved = in_one_key(np.stack(windows))
    characters = (np.where(moved < 0, 0, moved + 13) + ZERO).astype("<u4")  # a window may be moved below 0
    return [row.tobytes().decode("utf-32-le") for row in characters]


def _draw_windows(windows: Sequence[np.ndarray], folder: Path) -> dict[str, str]:
    some = windows[:SHEET]
    drawn = roll_sheets.sheet(some, [""] * len(some), folder / "samples.png")
    return {SAMPLES_CAPTION: drawn, HEARD: roll_sheets.player(some, folder / "samples.wav")}
