"""The metrics for sound: what a model of clips is measured with, and against what.

A few samples serve all, since a clip is thousands of numbers drawn one by one. They are compared with test clips by
spectra, loudness and length; where clips carry labels, a network that was taught by real ones says whether samples are
what they were asked to be. Real clips are compared as models know them, on the levels of mu-law. `reference` holds what
real clips reach in the place of samples.
"""

from dataclasses import replace
from functools import cached_property
from math import log
from pathlib import Path
from typing import Any

import numpy as np
import torch
from matplotlib.figure import Figure
from sklearn.decomposition import PCA

from ...core.data import Data
from ...core.likelihood import Likelihood
from ...run.model import Model
from ..intervals import numpy_generator, proportion
from ..intervals import ratio_influence as of_ratio
from ..metric import Metric
from ..metrics.classifier_two_sample import boosted_trees, two_sample_auc
from ..metrics.classifiers import fixed_threads, scores, train_net
from ..metrics.distances import frechet, frechet_items, frechet_own, frechet_se
from ..metrics.memorisation import copies_among, copying, counts_of, memorisation, nearest, repeated
from ..metrics.sound import band_means, loudness, portraits
from ..metrics.table_columns import kolmogorov_smirnov
from ..plots import sound_sheets
from ..sizes import Sizes
from ..suite import SampleSuite, in_drawn_order

SAMPLES = 192  # clips drawn, at most: whole blocks
SCORED = 500  # test clips whose likelihood is asked for, at most
COMPONENTS = 16  # of portraits, for the Frechet distance
TAUGHT = 12_000  # clips that the classifier of labels is taught by, repeats included
SHEET = 12  # clips of a drawing

TITLES = {
    "bits_per_sample": (
        "Bits per sample",
        "-log2 p of test clips with their ends, per sample; lower is better",
        "bits",
    ),
    "frechet": ("Frechet distance", "samples from test clips, by their spectrograms; lower is better", "FD"),
    "right_label": (
        "Right label",
        "samples whose label a network trained on real clips predicts",
        "of samples",
    ),
    "two_sample_auc": ("Two-sample AUC", "how well trees tell samples from test clips; 0.5 is perfect", "AUC"),
    "spectral_error": ("Spectrum", "error of the mean loudness of each band against test clips; 0 is perfect", "dB"),
    "loudness_error": ("Loudness", "error of the loudness of whole clips against test clips; 0 is perfect", "%"),
    "length_error": ("Length", "error of the length of clips against test clips; 0 is perfect", "%"),
    "memorisation": ("Memorisation", "distance to the nearest training clip, over test; near 0: copies", "ratio"),
    "copies": ("Exact copies", "samples equal to a training clip; right is what fresh clips reach", "of samples"),
}
SAMPLES_CAPTION = "Samples beside real test clips"  # the page shows what is of one caption together
HEARD = "The same to be heard"
GOES_ON = "Second halves, sampled after the white mark"


class Suite(SampleSuite):
    """Measures models of one set of clips, lists of samples that carry `given`. The same data, seed and sizes give the
    same numbers."""

    TITLES = TITLES
    HEADLINE = {"density": "bits_per_sample", "samples": "frechet"}
    FACTS = {"copies": "copies of training clips"}
    LEAST = {"samples": 64, "scored": 32}
    GLIMPSE = 12
    CALLED = "clips"

    def __init__(self, data: Data, seed: int = 0, sizes: dict[str, int] | None = None):
        self.rate, self.named = data.domain.rate, next(iter(data.domain.names), None)  # the classifier knows `named`
        super().__init__(in_drawn_order(data, self.named, seed), seed)
        self.train, self.valid, self.test = (
            self._as_modelled(self.data.items[part]) for part in ("train", "valid", "test")
        )
        self.sizes = Sizes({"samples": min(len(self.train), SAMPLES), "scored": min(len(self.test), SCORED)}, sizes)

    # ------------------------------------------------------------------ what is measured

    def reference(self) -> dict[str, Metric]:
        """Real training clips in the place of samples; test clips where training ones would be named by what they
        taught."""
        metrics = self._fidelity(self.train[: self.n]) | self._memorisation(
            self.valid if len(self.valid) else self.test
        )
        metrics = self.sizes.note_fewer_items(metrics, "samples")
        return metrics | self._right_label(self.test) | copying(repeated(self._train_keys), self._reference_set)

    def plot(self, model: Model, folder: Path) -> dict[str, str]:
        """Drawings and sound for the report: {caption: path}."""
        paths = self._draw_clips(self._sample(model), folder)
        if model.has("complete"):
            truth = self.test[: sound_sheets.CLIPS_PER_ROW]
            counts = [(len(clip) + 1) // 2 for clip in truth]
            known = [np.arange(len(clip)) < count for clip, count in zip(truth, counts)]
            whole = model.complete(truth, known, seed=self.seed)
            place = folder / "completions.png"
            paths[GOES_ON] = sound_sheets.sheet(whole, _titles(whole), self.rate, place, counts)
        return paths

    def plot_real(self, folder: Path) -> dict[str, str]:
        """The same of real test clips."""
        return self._draw_clips(self.test, folder)

    def preview(self, model: Model | None, folder: Path) -> str:
        """A few samples, or real test clips where there is no model: the path of a PNG."""
        clips = (self.test if model is None else self._sample(model))[: sound_sheets.CLIPS_PER_ROW]
        return sound_sheets.sheet(clips, _titles(clips), self.rate, folder / "preview.png")

    @staticmethod
    def drawing(domain: Any, items: Any, kept: int | None = None) -> Figure:
        """Spectrograms of clips, each below what was given. kept: samples before a mark."""
        cuts = None if kept is None else [kept] * len(items)
        return sound_sheets.drawing(items, _titles(items), domain.rate, cuts)

    # ------------------------------------------------------------------ samples

    def _of_likelihood(self, found: Likelihood, clips: list) -> dict[str, Metric]:
        return {"bits_per_sample": bits_per_sample(found)}

    def _of_samples(self, model: Model, clips: list) -> dict[str, Metric]:
        copied = copies_among(self.domain.keys(clips)[:, None], counts_of(self._train_keys), self._reference_set)
        return self._fidelity(clips) | self._right_label(clips) | self._memorisation(clips) | copied

    def _fidelity(self, clips: list) -> dict[str, Metric]:
        n, bands = len(clips), band_means(clips, self.rate)
        loud, long = loudness(clips), self._lengths(clips)
        spectral = lambda i, j: float(np.abs(self._test_bands[i].mean(0) - bands[j].mean(0)).mean())
        metrics = {
            "spectral_error": self._distance("spectrum", spectral, n, 1, "dB"),
            "loudness_error": self._distance(
                "loudness", lambda i, j: kolmogorov_smirnov(self._test_loudness[i], loud[j]), n
            ),
            "length_error": self._distance(
                "lengths", lambda i, j: kolmogorov_smirnov(self._test_lengths[i], long[j]), n
            ),
        }
        features = self._features(clips)
        return {"frechet": self._frechet(features)} | self._two_sample(clips, features) | metrics

    def _frechet(self, features: np.ndarray) -> Metric:
        both, rng = (features, self._test_features), numpy_generator("frechet", self.seed)
        value, se, n = frechet(*both), frechet_se(*both, rng), len(features)
        metric = Metric(value, se, "estimate", "samples", "FD", n, "lower", self._features_text)
        return replace(metric, own=frechet_own(*both, rng), items=frechet_items(*both))

    def _two_sample(self, clips: list, features: np.ndarray) -> dict[str, Metric]:
        n = min(len(clips), len(self.test))
        rows = lambda clips, features: np.column_stack([features, loudness(clips), self._lengths(clips)])
        both = np.concatenate([rows(self.test[:n], self._test_features[:n]), rows(clips[:n], features[:n])])
        keys = np.concatenate([self.domain.keys(part[:n]) for part in (self.test, clips)])[:, None]
        with fixed_threads(1):
            found = two_sample_auc(keys, np.repeat([0, 1], n), boosted_trees(both), self.seed)
        if np.isnan(found.value):
            return {}
        reference = f"gradient-boosted trees on {self._features_text}, loudness and length, out of fold"
        metric = Metric(found.value, found.se, "estimate", "samples", "AUC", n, "lower", reference)
        return {"two_sample_auc": replace(metric, own=found.own, items=found.items)}

    def _right_label(self, clips: list) -> dict[str, Metric]:
        if self._classifier is None or self.named not in clips.given:
            return {}
        codes = {value: code for code, value in enumerate(self.domain.names[self.named])}
        asked = np.array([codes[str(value)] for value in clips.given[self.named]])
        with fixed_threads(1):
            named = scores(self._classifier, self._pictures(clips)).argmax(1).numpy()
        value, se = proportion(named == asked)
        reference = f"a network taught `{self.named}` by real clips"
        return {"right_label": Metric(value, se, "estimate", "samples", "of samples", len(clips), "higher", reference)}

    def _memorisation(self, clips: list) -> dict[str, Metric]:
        away, _ = nearest(self._flat(clips), self._train_flat)
        return memorisation(away, self._test_away, self.seed, f"distance of spectrograms, {self._reference_set}")

    # ------------------------------------------------------------------ what is computed once

    @cached_property
    def _classifier(self) -> torch.nn.Module | None:
        """None where clips carry no label, or one alone."""
        if self.named is None or len(self.domain.names[self.named]) < 2:
            return None
        codes = {value: code for code, value in enumerate(self.domain.names[self.named])}
        labels = torch.tensor([codes[str(value)] for value in self.train.given[self.named]])
        with fixed_threads(1):
            return train_net(self._pictures(self.train), labels, len(codes), self.seed, TAUGHT)

    @cached_property
    def _components(self) -> PCA:
        few = min(COMPONENTS, len(self.train) - 1)
        return PCA(few, svd_solver="covariance_eigh").fit(self._train_flat)

    @cached_property
    def _train_flat(self) -> np.ndarray:
        return self._flat(self.train)

    @cached_property
    def _test_features(self) -> np.ndarray:
        return self._features(self.test)

    @cached_property
    def _test_away(self) -> np.ndarray:
        return nearest(self._flat(self.test), self._train_flat)[0]

    @cached_property
    def _test_bands(self) -> np.ndarray:
        return band_means(self.test, self.rate)

    @cached_property
    def _test_loudness(self) -> np.ndarray:
        return loudness(self.test)

    @cached_property
    def _test_lengths(self) -> np.ndarray:
        return self._lengths(self.test)

    @cached_property
    def _train_keys(self) -> np.ndarray:
        return self.domain.keys(self.train)[:, None]

    @property
    def _reference_set(self) -> str:
        return f"{len(self.train):,} training clips"

    @property
    def _features_text(self) -> str:
        return f"{self._components.n_components_} principal components of training spectrograms"

    # ------------------------------------------------------------------ inside

    def _as_modelled(self, clips: list) -> list:
        return self.domain.decode(*self.domain.encode(clips), None) if len(clips) else clips

    def _features(self, clips: list) -> np.ndarray:
        return self._components.transform(self._flat(clips))

    def _flat(self, clips: list) -> np.ndarray:
        return portraits(clips, self.rate).reshape(len(clips), -1)

    def _pictures(self, clips: list) -> torch.Tensor:
        return torch.from_numpy(portraits(clips, self.rate))[:, None]

    def _lengths(self, clips: list) -> np.ndarray:
        return np.array([len(clip) for clip in clips], float)

    def _draw_clips(self, clips: list, folder: Path) -> dict[str, str]:
        some, few = clips[:SHEET], clips[: sound_sheets.CLIPS_PER_ROW]
        drawn = sound_sheets.sheet(some, _titles(some), self.rate, folder / "samples.png")
        return {SAMPLES_CAPTION: drawn, HEARD: sound_sheets.player(few, self.rate, folder / "samples.wav")}


def _titles(clips: Any) -> list[str]:
    """The given values of each clip in a line of text."""
    return [" ".join(str(column[i]) for column in clips.given.values()) for i in range(len(clips))]


def bits_per_sample(found: Likelihood) -> Metric:
    """All bits, of ends as well, over all samples."""
    samples = np.broadcast_to(found.dims, found.nats.shape).astype(float) - 1
    bits, given = -found.nats / log(2), f"given {', '.join(found.given)}" if found.given else ""
    items = of_ratio(bits, samples)
    se = float(items.std(ddof=1) / len(items) ** 0.5) if len(items) > 1 else None
    metric = Metric(
        bits.sum() / samples.sum(), se, found.kind, found.of, "bits", len(found), "lower", given, found.noise
    )
    return replace(metric, items=items)
