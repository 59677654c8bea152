"""The metrics for music: what a model of it is measured with, and against what.

Windows are compared in one key: each is moved so that its own tonic is C, since models learn from pieces in all keys
and test pieces are in a few. They are then lines of symbols, voices in turn, and measured as lines are (`sequences`);
beside that, by what is in key, which pitch classes sound and how long notes last. Windows that are alike but for their
key count once among those to train.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from ...core.data import Data
from ...measure.intervals import numpy_generator, proportion
from ...measure.metric import Metric, Role
from ...measure.metrics.distances import jensen_shannon
from ...measure.plots.figures import save
from ...measure.rows import MetricRow, constant_chance, estimate, rows
from ...measure.sample_suite import copies_row, memorisation_row
from ...measure.suites import sequences
from ...run.model import Model
from . import sound_sheets
from .sound_metrics import durations, in_key, in_one_key, pitch_classes, shuffle_notes

SHEET, WAY = 6, 6  # windows of a sheet, and steps from one to another
ZERO = 0x100  # the character of a rest
SAMPLES_CAPTION = "Samples beside real test windows"  # the page shows what is of one caption together
HEARD = "The same to be heard"
GOES_ON = "Second halves, sampled after the mark"
PATH_CAPTION = "From one test window to another"


class MusicWindows(list):
    """Windows of music. They are measured as lines, transposed to one key.

    Args:
        played: the windows as they are.
    """

    def __init__(self, played: Sequence[np.ndarray]):
        super().__init__(lines_of(played))
        self.played = played


class Suite(sequences.Suite):
    """Measures models of one set of windows. The same data, seed and sizes give the same numbers."""

    LEAST = {"samples": 100, "scored": 50}
    GLIMPSE = SHEET
    CALLED = "windows"

    def __init__(self, data: Data, seed: int = 0, sizes: dict[str, int] | None = None):
        super().__init__(data, seed, sizes)
        self.train = list(dict.fromkeys(lines_of(self.data.train)))
        self.valid, self.test = lines_of(self.data.valid), lines_of(self.data.test)

    def _in_key(self, items: MusicWindows) -> Metric:
        played, test, n = np.stack(items.played), self._test_windows, len(items)
        right, real = in_key(pitch_classes(played)), in_key(pitch_classes(test)).mean()
        chance = in_key(pitch_classes(shuffle_notes(test, numpy_generator("shuffled", self.seed)))).mean()
        detail = f"{real:.3f} of test windows, {chance:.3f} of their notes shuffled"
        se = right.std(ddof=1) / n**0.5 if n > 1 else None
        return estimate(right.mean(), se, n, "the best scale", detail)

    def _silent(self, items: MusicWindows) -> Metric:
        """The share of windows in which nothing sounds."""
        return estimate(*proportion(pitch_classes(np.stack(items.played)).sum(1) == 0), len(items))

    def _pitch_classes(self, items: MusicWindows) -> Metric:
        counts = lambda windows: pitch_classes(in_one_key(windows))
        return self._divergence("pitch classes", counts, items)

    def _durations(self, items: MusicWindows) -> Metric:
        return self._divergence("durations", durations, items)

    def _divergence(self, name: str, counts: Callable[[np.ndarray], np.ndarray], items: MusicWindows) -> Metric:
        """Jensen-Shannon divergence of the sums of what is counted in each window."""
        real, sampled = counts(self._test_windows), counts(np.stack(items.played))
        divergence = lambda i, j: jensen_shannon(real[i].sum(0), sampled[j].sum(0))
        return self._distance(name, divergence, len(items), 1)

    def _harmony_of_real(self) -> dict[str, Metric]:
        """The metrics of training windows, which count once where only their key differs."""
        real = MusicWindows(self.data.train[: self.n])
        return {
            "in_key": self._in_key(real),
            "pitch_class_divergence": self._pitch_classes(real),
            "duration_divergence": self._durations(real),
        }

    ROWS = rows(
        MetricRow("bits_per_note", "Bits per note", "-log2 p of test windows, per voice and step; lower is better",
            "bits", "lower", Role.DENSITY, sequences.Suite._bits, "scored", ranks="density"),
        MetricRow("two_sample_auc", "Two-sample AUC",
            "how well runs of notes tell samples from test windows in one key; 0.5 is perfect", "AUC", "lower",
            Role.SAMPLES, sequences.Suite._two_sample, ranks="samples", chance=constant_chance(1.0)),
        MetricRow("in_key", "Notes in key", "notes in the best scale of their window; right is what real windows reach",
            "of notes", "higher", Role.SAMPLES, _in_key, real=_harmony_of_real),
        MetricRow("pitch_class_divergence", "Divergence of pitch classes",
            "Jensen-Shannon divergence of the degrees that sound from test windows; 0 is perfect", "bits", "lower",
            Role.SAMPLES, _pitch_classes, real=_harmony_of_real),
        MetricRow("duration_divergence", "Divergence of durations",
            "Jensen-Shannon divergence of note lengths from test windows; 0 is perfect", "bits", "lower", Role.SAMPLES,
            _durations, real=_harmony_of_real),
        MetricRow("pair_error", "Pair error",
            "error of the frequencies of pairs of notes against test windows; 0 is perfect", "%", "lower", Role.SAMPLES,
            sequences.Suite._pair_error),
        MetricRow("run_divergence", "Divergence of runs",
            "Jensen-Shannon divergence of runs of three notes from test windows; 0 is perfect", "bits", "lower",
            Role.SAMPLES, sequences.Suite._run_divergence),
        MetricRow("run_overlap", "Runs in test",
            "runs of five notes that a test window has; right is what real windows reach", "of runs", "higher",
            Role.SAMPLES, sequences.Suite._run_overlap),
        MetricRow("new_runs", "New runs",
            "runs of five notes that no training window has, over those of test windows; 1 is right, less means copies",
            "ratio", "near 1", Role.NOVELTY, sequences.Suite._copied, real=sequences.Suite._copied_of_real),
        MetricRow("unique", "Unique", "samples that equal no other sample; right is what real windows reach",
            "of samples", "higher", Role.SAMPLES, sequences.Suite._unique),
        MetricRow("silent", "Silent", "samples in which nothing sounds; right is what real windows reach", "of samples",
            "lower", Role.VALIDITY, _silent, real=lambda self: self._silent(MusicWindows(self.data.test)),
            fact="{} of its samples are silent"),
        memorisation_row("window"),
        MetricRow("copied_span", "Longest copied run",
            "notes in a row that a training window has, over a test window's; far above 1: copies", "ratio", "near 1",
            Role.NOVELTY, sequences.Suite._copied, real=sequences.Suite._copied_of_real),
        copies_row("window", ", whatever its key; right is 0"),
    )  # fmt: skip

    @property
    def _test_windows(self) -> np.ndarray:
        return np.stack(self.data.test)

    def _read(self, samples: Sequence[np.ndarray]) -> MusicWindows:
        return MusicWindows(samples)

    def _keys(self, lines: Sequence[str]) -> np.ndarray:
        return pd.util.hash_array(np.array(lines, object))[:, None]

    @property
    def _reference_set(self) -> str:
        return f"{len(self.train):,} training windows, in one key"

    def _items_of(self, model: Model | None) -> MusicWindows:
        return super()._items_of(model) if model is not None else MusicWindows(self.data.test)

    def _sheet(self, items: MusicWindows, folder: Path) -> dict[str, str]:
        shown_pieces = items.played[:SHEET]
        path = save(self.drawing(self.domain, shown_pieces), folder / "samples.png")
        return {SAMPLES_CAPTION: path, HEARD: sound_sheets.roll_player(shown_pieces, folder / "samples.wav")}

    def _drawings(self, model: Model, items: MusicWindows, folder: Path) -> dict[str, str]:
        paths, truth, half = {}, self.data.test[:SHEET], self.domain.steps // 2
        if model.has("complete"):
            known = np.broadcast_to(np.arange(self.domain.steps)[:, None] < half, np.shape(truth))
            completed = model.complete(truth, known, seed=self.seed)
            paths[GOES_ON] = save(self.drawing(self.domain, completed, half), folder / "completions.png")
        if model.has("interpolate") and len(truth) > 1:
            way = model.interpolate(truth[:1], truth[1:2], steps=WAY)
            figure = sound_sheets.roll_drawing(way, ["from", *[""] * (WAY - 2), "to"])
            paths[PATH_CAPTION] = save(figure, folder / "way.png")
        return paths

    def _preview(self, items: MusicWindows, folder: Path) -> str:
        windows = items.played[: sound_sheets.WINDOWS_PER_ROW]
        return save(self.drawing(self.domain, windows), folder / "preview.png")

    @staticmethod
    def drawing(domain: Any, items: Any, kept_steps: int | None = None) -> Figure:
        """Draws piano rolls.

        Args:
            domain: Domain of the music.
            items: windows.
            kept_steps: steps before a mark.
        """
        return sound_sheets.roll_drawing(items, [""] * len(items), kept_steps)


def lines_of(windows: Sequence[np.ndarray]) -> list[str]:
    """Writes windows in one key as lines, a character a note, voices in turn."""
    if not len(windows):
        return []
    moved = in_one_key(np.stack(windows))
    characters = (np.where(moved < 0, 0, moved + 13) + ZERO).astype("<u4")  # a window may be moved below 0
    return [row.tobytes().decode("utf-32-le") for row in characters]
