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
from ...measure.intervals import proportion, ratio_influence
from ...measure.metric import Metric, Role
from ...measure.metrics.classifiers import boosted_trees, scores, train_net, two_sample_auc
from ...measure.metrics.memorisation import nearest
from ...measure.plots.figures import save
from ...measure.rows import MetricRow, estimate, rows
from ...measure.sample_suite import SampleSuite, copies_row, near_fact
from ...measure.sizes import Sizes
from ...measure.suite import by_name, in_drawn_order, of_likelihood, of_two_samples
from ...run.model import Model
from . import sound_sheets
from .sound_metrics import band_means, loudness, portraits

SAMPLES = 192  # clips drawn, at most: whole blocks
SCORED = 500  # test clips whose likelihood is asked for, at most
COMPONENTS = 16  # of portraits, for the Frechet distance
TAUGHT = 12_000  # clips that the classifier of labels is taught by, repeats included
SHEET = 12  # clips of a drawing

SAMPLES_CAPTION = "Samples beside real test clips"  # the page shows what is of one caption together
HEARD = "The same to be heard"
GOES_ON = "Second halves, sampled after the white mark"


class Suite(SampleSuite):
    """Measures models of one set of clips, lists of samples that carry `given`. The same data, seed and sizes give the
    same numbers."""

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

    def _bits(self, likelihood: Likelihood, clips: list) -> Metric:
        return bits_per_sample(likelihood)

    def _right_label(self, clips: list) -> Metric | None:
        if self._classifier is None or self.named not in clips.given:
            return None
        codes = {value: code for code, value in enumerate(self.domain.names[self.named])}
        asked_codes = np.array([codes[str(value)] for value in clips.given[self.named]])
        predicted_labels = scores(self._classifier, self._pictures(clips)).argmax(1).numpy()
        return estimate(
            *proportion(predicted_labels == asked_codes), len(clips), f"a network taught `{self.named}` by real clips"
        )

    def _memorisation_of_real(self) -> dict[str, Metric]:
        return self.sizes.note_fewer_items(by_name("memorisation", super()._memorisation_of_real()), "samples")

    def _two_sample(self, clips: list) -> Metric | None:
        n = min(len(clips), len(self.test))
        rows = lambda clips, features: np.column_stack([features, loudness(clips), _lengths(clips)])
        parts = rows(self.test[:n], self._test_features[:n]), rows(clips[:n], self._features(clips)[:n])
        keys = np.concatenate([self._keys(part[:n]) for part in (self.test, clips)])
        test = two_sample_auc(keys, np.repeat([0, 1], n), boosted_trees(np.concatenate(parts)), self.seed)
        reference = f"gradient-boosted trees on {self._features_text}, loudness and length, out of fold"
        return of_two_samples(test, n, reference)

    def _spectrum(self, clips: list) -> Metric:
        real, sampled = self._test_bands, band_means(clips, self.rate)
        band_error = lambda i, j: float(np.abs(real[i].mean(0) - sampled[j].mean(0)).mean())
        return self._distance("spectrum", band_error, len(clips), 1)

    def _loudness(self, clips: list) -> Metric:
        return self._gap("loudness", loudness(self.test), loudness(clips))

    def _length(self, clips: list) -> Metric:
        return self._gap("lengths", _lengths(self.test), _lengths(clips))

    def _silent(self, clips: list) -> Metric:
        """The share of clips that are quieter than every training clip."""
        return estimate(*proportion(loudness(clips) < self._quietest), len(clips), self._reference_set)

    def _odd_lengths(self, clips: list) -> Metric:
        """The share of clips shorter or longer than every training clip."""
        minimum, maximum = self._training_lengths
        odd = (_lengths(clips) < minimum) | (_lengths(clips) > maximum)
        return estimate(*proportion(odd), len(clips), self._reference_set)

    ROWS = rows(
        MetricRow("bits_per_sample", "Bits per sample",
            "-log2 p of test clips with their ends, per sample; lower is better", "bits", "lower", Role.DENSITY, _bits,
            size="scored", ranks="density"),
        MetricRow("frechet", "Frechet distance", "samples from test clips, by their spectrograms; lower is better",
            "FD", "lower", Role.SAMPLES, SampleSuite._frechet, ranks="samples"),
        MetricRow("right_label", "Right label", "samples whose label a network trained on real clips predicts",
            "of samples", "higher", Role.CONDITIONS, _right_label,
            real=lambda self: self._right_label(self.test)  # training clips taught the classifier
        ),
        MetricRow("two_sample_auc", "Two-sample AUC", "how well trees tell samples from test clips; 0.5 is perfect",
            "AUC", "lower", Role.SAMPLES, _two_sample),
        MetricRow("spectral_error", "Spectrum",
            "error of the mean loudness of each band against test clips; 0 is perfect", "dB", "lower", Role.SAMPLES,
            _spectrum),
        MetricRow("loudness_error", "Loudness", "error of the loudness of whole clips against test clips; 0 is perfect",
            "%", "lower", Role.SAMPLES, _loudness),
        MetricRow("length_error", "Length", "error of the length of clips against test clips; 0 is perfect", "%",
            "lower", Role.SAMPLES, _length),
        MetricRow("silent", "Silent", "samples quieter than every training clip; right is what real clips reach",
            "of samples", "lower", Role.VALIDITY, _silent, real=lambda self: self._silent(self.test),
            fact="{} of its samples are quieter than every training clip"),
        MetricRow("odd_lengths", "Odd lengths",
            "samples shorter or longer than every training clip; right is what real clips reach", "of samples", "lower",
            Role.VALIDITY, _odd_lengths, real=lambda self: self._odd_lengths(self.test),
            fact="{} of its samples are shorter or longer than every training clip"),
        MetricRow("memorisation", "Memorisation", "distance to the nearest training clip, over test; near 0: copies",
            "ratio", "near 1", Role.NEARNESS, SampleSuite._memorisation, real=_memorisation_of_real,
            fact=near_fact("clip")),
        copies_row("clip"),
    )  # fmt: skip

    @cached_property
    def _classifier(self) -> torch.nn.Module | None:
        """None where clips carry no label, or one alone."""
        if self.named is None or len(self.domain.names[self.named]) < 2:
            return None
        codes = {value: code for code, value in enumerate(self.domain.names[self.named])}
        labels = torch.tensor([codes[str(value)] for value in self.train.given[self.named]])
        return train_net(self._pictures(self.train), labels, len(codes), self.seed, TAUGHT)

    @cached_property
    def _quietest(self) -> float:
        """Decibels of the quietest training clip."""
        return float(loudness(self.train).min())

    @cached_property
    def _training_lengths(self) -> tuple[float, float]:
        """Samples of the shortest and of the longest training clip."""
        lengths = _lengths(self.train)
        return lengths.min(), lengths.max()

    @cached_property
    def _components(self) -> PCA:
        component_count = min(COMPONENTS, len(self.train) - 1)
        return PCA(component_count, svd_solver="covariance_eigh").fit(self._train_flat)

    @cached_property
    def _train_flat(self) -> np.ndarray:
        return self._flat(self.train)

    @cached_property
    def _test_features(self) -> np.ndarray:
        return self._features(self.test)

    @cached_property
    def _test_bands(self) -> np.ndarray:
        return band_means(self.test, self.rate)

    @property
    def _features_text(self) -> str:
        return f"{self._components.n_components_} principal components of training spectrograms"

    @property
    def _distances_text(self) -> str:
        return f"distance of spectrograms, {self._reference_set}"

    def _as_modelled(self, clips: list) -> list:
        return self.domain.decode(*self.domain.encode(clips), None) if len(clips) else clips

    def _training_distances(self, clips: list) -> np.ndarray:
        return nearest(self._memoised(self._flat, clips), self._train_flat)[0]

    def _features(self, clips: list) -> np.ndarray:
        return self._components.transform(self._memoised(self._flat, clips))

    def _flat(self, clips: list) -> np.ndarray:
        return portraits(clips, self.rate).reshape(len(clips), -1)

    def _pictures(self, clips: list) -> torch.Tensor:
        return torch.from_numpy(portraits(clips, self.rate))[:, None]

    def _sheet(self, clips: list, folder: Path) -> dict[str, str]:
        shown_clips, played_clips = clips[:SHEET], clips[: sound_sheets.CLIPS_PER_ROW]
        path = save(self.drawing(self.domain, shown_clips), folder / "samples.png")
        return {SAMPLES_CAPTION: path, HEARD: sound_sheets.player(played_clips, self.rate, folder / "samples.wav")}

    def _drawings(self, model: Model, clips: list, folder: Path) -> dict[str, str]:
        if not model.has("complete"):
            return {}
        truth = self.test[: sound_sheets.CLIPS_PER_ROW]
        counts = [(len(clip) + 1) // 2 for clip in truth]
        known = [np.arange(len(clip)) < count for clip, count in zip(truth, counts)]
        completed = model.complete(truth, known, seed=self.seed)
        figure = sound_sheets.drawing(completed, _titles(completed), self.rate, counts)
        return {GOES_ON: save(figure, folder / "completions.png")}

    def _preview(self, clips: list, folder: Path) -> str:
        return save(self.drawing(self.domain, clips[: sound_sheets.CLIPS_PER_ROW]), folder / "preview.png")

    @staticmethod
    def drawing(domain: Any, items: Any, kept_samples: int | None = None) -> Figure:
        """Draws spectrograms of clips, each below its conditions.

        Args:
            domain: Domain of the clips.
            items: clips.
            kept_samples: samples before a mark.
        """
        cuts = None if kept_samples is None else [kept_samples] * len(items)
        return sound_sheets.drawing(items, _titles(items), domain.rate, cuts)


def _titles(clips: Any) -> list[str]:
    """The given values of each clip in a line of text."""
    return [" ".join(str(column[i]) for column in clips.given.values()) for i in range(len(clips))]


def _lengths(clips: list) -> np.ndarray:
    return np.array([len(clip) for clip in clips], float)


def bits_per_sample(likelihood: Likelihood) -> Metric:
    """Computes bits per sample: all bits, of ends as well, over all samples."""
    samples, bits = np.broadcast_to(likelihood.dims, likelihood.nats.shape).astype(float) - 1, -likelihood.nats / log(2)
    items = ratio_influence(bits, samples)
    se = float(items.std(ddof=1) / len(items) ** 0.5) if len(items) > 1 else None
    return of_likelihood(likelihood, bits.sum() / samples.sum(), se, items)


def bits_of_clips(model: Model, data: Data) -> Metric:
    """Measures the metric by which `compare` ranks likelihoods of sound, of all test clips."""
    return replace(bits_per_sample(model.log_prob(data.test)), unit="bits", better="lower")
