"""The metrics for clips: what a model of them is measured with, and against what.

Completions are the frames of the second half, given those of the first. A point (one prediction) and a mean of samples
are measured by the same squared error, over that of black frames; a single sample has about twice the error of the
mean. Samples are compared with test clips by portraits of a few frames and of what moves between them.
"""

from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from sklearn.decomposition import PCA

from ...core.data import Data
from ...measure.intervals import bootstrap_se, numpy_generator, ratio_influence
from ...measure.metric import Metric, Role
from ...measure.metrics.classifiers import boosted_trees, two_sample_auc
from ...measure.metrics.memorisation import nearest
from ...measure.rows import MetricRow, constant_chance, estimate, rows
from ...measure.sample_suite import SampleSuite, copies_row, memorisation_row
from ...measure.sizes import Sizes, Tried, in_blocks
from ...measure.suite import in_drawn_order, of_likelihood, of_two_samples
from ...run.model import Model
from . import clip_sheets
from .clip_metrics import errors_over_black, motion, portraits

SAMPLES, COMPLETED, SCORED = 256, 200, 64  # clips drawn, completed and scored, at most
TRAINED = 2_000  # training clips that samples are compared with, at most
COMPONENTS = 32  # of portraits, for the Frechet distance
SHEET = 12  # clips of a drawing
COMPARED = 6  # clips whose real, given and predicted frames stand side by side

SAMPLES_CAPTION = "Samples beside real test clips"
GOES_ON = "From above: real clips, what was given of them, and what came"


class Suite(SampleSuite):
    """Measures models of one set of clips, arrays of samples that carry `given`. The same data, seed and sizes give the
    same numbers."""

    LEAST = {"samples": 64, "scored": 8, "completed": 32}
    FIRST = {"scored": 0}
    GLIMPSE = 12
    CALLED = "clips"

    def __init__(self, data: Data, seed: int = 0, sizes: dict[str, int] | None = None):
        super().__init__(in_drawn_order(data, None, seed), seed)
        self.train, self.valid, self.test = (self._read(self.data.items[part]) for part in ("train", "valid", "test"))
        self.train = self.train[:TRAINED]
        full_sizes = {
            "samples": min(len(self.train), SAMPLES),
            "completed": min(len(self.test), COMPLETED),
            "scored": min(len(self.test), SCORED),
        }
        self.sizes = Sizes(full_sizes, sizes)
        self.first = data.domain.frames // 2  # frames that are given of clips to complete
        self.known = data.domain.known_frames(self.first)

    def tries(self, model: Model) -> dict[str, Tried]:
        calls = super().tries(model)
        if model.has("complete"):
            complete = lambda n: model.complete(self.data.test[:n], self.known, seed=self.seed)
            calls["completed"] = Tried(complete, in_blocks(model.sizes))
        return calls

    def _bits(self, likelihood: Any, clips: Any) -> Metric:
        bits = -likelihood.nats / (np.log(2) * likelihood.dims)
        se = float(bits.std(ddof=1) / len(bits) ** 0.5) if len(bits) > 1 else None
        return of_likelihood(likelihood, float(bits.mean()), se, bits)

    def _completion(self, model: Model) -> Metric:
        count = self.sizes.size_for(model, "completed")
        completions = self._read(model.complete(self.data.test[:count], self.known, seed=self.seed))
        return self._error(completions, f"the first {self.first} frames given, one completion")

    def _completion_of_real(self) -> dict[str, Metric]:
        """The training clips that begin most alike, in the place of completions."""
        test_clips = self.test[: self.sizes["completed"]]
        first_frames = lambda clips: clips[:, : self.first].reshape(len(clips), -1)
        error = self._error(
            self.train[nearest(first_frames(test_clips), first_frames(self.train))[1]],
            "the clip that begins most alike",
        )
        return self.sizes.note_fewer_items({"completion": error}, "completed")

    def _error(self, completions: np.ndarray, detail: str) -> Metric:
        """Squared error of the second half over that of black frames."""
        model, black = errors_over_black(completions[:, self.first :], self.test[: len(completions), self.first :])
        ratio_of = lambda i: float(model[i].mean() / max(black[i].mean(), 1e-12))
        se = bootstrap_se(ratio_of, (len(model),), numpy_generator("completion", self.seed))
        value = ratio_of(np.arange(len(model)))
        return estimate(value, se, len(model), detail, of="completions", items=ratio_influence(model, black))

    def _two_sample(self, clips: np.ndarray) -> Metric:
        n = min(len(clips), len(self.test))
        features = np.concatenate([self._test_features[:n], self._features(clips)[:n]])
        keys = np.concatenate([self._keys(part[:n]) for part in (self.test, clips)])
        test = two_sample_auc(keys, np.repeat([0, 1], n), boosted_trees(features), self.seed)
        return of_two_samples(test, n, f"gradient-boosted trees on {self._features_text}, out of fold")

    def _motion(self, clips: np.ndarray) -> Metric:
        return self._gap("motion", motion(self.test), motion(clips))

    ROWS = rows(
        MetricRow("completion", "Frames to come",
            "squared error of the second half of the frames, over that of black ones; lower is better", "of black",
            "lower", Role.COMPLETIONS, _completion, "completed", _completion_of_real, ranks="codes",
            chance=constant_chance(1.0)),
        MetricRow("bits_per_dim", "Bits per dimension", "-log2 p of a test clip, per number in it; lower is better",
            "bits", "lower", Role.DENSITY, _bits, size="scored", ranks="density"),
        MetricRow("frechet", "Frechet distance",
            "samples from test clips, by squares of a few frames and their change; lower is better", "FD", "lower",
            Role.SAMPLES, SampleSuite._frechet, ranks="samples"),
        MetricRow("two_sample_auc", "Two-sample AUC", "how well trees tell samples from test clips; 0.5 is perfect",
            "AUC", "lower", Role.SAMPLES, _two_sample),
        MetricRow("motion_error", "Motion", "error of how much moves in a clip against test clips; 0 is perfect", "%",
            "lower", Role.SAMPLES, _motion),
        memorisation_row("clip"),
        copies_row("clip"),
    )  # fmt: skip

    @cached_property
    def _components(self) -> PCA:
        component_count = min(COMPONENTS, len(self.train) - 1)
        return PCA(component_count, svd_solver="covariance_eigh").fit(portraits(self.train))

    @cached_property
    def _test_features(self) -> np.ndarray:
        return self._features(self.test)

    @property
    def _features_text(self) -> str:
        return f"{self._components.n_components_} principal components of training portraits"

    @property
    def _distances_text(self) -> str:
        return f"distance of pixels, {self._reference_set}"

    def _read(self, samples: Any) -> np.ndarray:
        """(n, T, C, H, W) float32 in [0, 1]."""
        if not len(samples):
            return np.zeros((0, *self.domain.spec.shape), np.float32)
        return self.domain.encode(samples)[0].numpy() / np.float32(self.domain.spec.leaf.levels - 1)

    def _features(self, clips: np.ndarray) -> np.ndarray:
        return self._components.transform(portraits(clips))

    def _keys(self, clips: np.ndarray) -> np.ndarray:
        return clips.reshape(len(clips), -1)

    def _sheet(self, clips: np.ndarray, folder: Path) -> dict[str, str]:
        return {SAMPLES_CAPTION: clip_sheets.player(clips[:SHEET], self.domain.rate, folder / "samples.png")}

    def _drawings(self, model: Model, clips: np.ndarray, folder: Path) -> dict[str, str]:
        if not model.has("complete"):
            return {}
        real = self.test[:COMPARED]
        completions = self._read(model.complete(self.data.test[:COMPARED], self.known, seed=self.seed))
        given = real * self.known[:, None, None, None]
        sheet = clip_sheets.write_compared([real, given, completions], self.domain.rate, folder / "completions.png")
        return {GOES_ON: sheet}

    def _preview(self, clips: np.ndarray, folder: Path) -> str:
        return clip_sheets.player(clips[:COMPARED], self.domain.rate, folder / "preview.png", columns=COMPARED)

    @staticmethod
    def drawing(domain: Any, items: Any) -> Figure:
        """Draws a few frames of each clip in a row, below its text or label."""
        titles = items.given.get("caption", items.given.get("label", [""] * len(items)))
        return clip_sheets.drawing(domain.as_pixels(items), ["" if title is None else str(title) for title in titles])
