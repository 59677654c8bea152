"""The metrics for images: what a model of them is measured with, and against what.

Everything is measured on level indices brought to [0, 1], against the real test images. Samples are as many as there
are images to train on, at most 5,000; one set of samples serves all. `reference` holds what real training images
reach in their place. Models compute with the threads they find, classifiers and feature networks with one, so that on
one machine the same model, data and seed give the same numbers. Each part is in drawn order, stratified by label, so
that some of its images are a draw from it however a file or folder was sorted.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import cached_property, partial
from math import log
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import torch
from matplotlib.figure import Figure
from sklearn.decomposition import PCA
from torch import Tensor

from ...core.data import Data
from ...core.likelihood import Likelihood
from ...run.blocks import SCORED_OTHERS
from ...run.model import Model
from ..feature_net import Features, load_features
from ..intervals import bootstrap_se, numpy_generator, proportion, ratio_influence
from ..metric import Metric, Role
from ..metrics.classifiers import (
    ITEMS_SEEN,
    ClassifierLessons,
    boosted_trees,
    fixed_threads,
    linear_probe,
    two_sample_auc,
)
from ..metrics.coverage import FEWEST, class_coverage, neighbourhoods, recognise
from ..metrics.few_images import copied_crops, unlike
from ..metrics.memorisation import EXPOSED, Candidates, candidates_of, nearest
from ..plots import picture_sheets
from ..plots.planes import code_plot
from ..rows import MetricRow, estimate, rows
from ..sample_suite import SampleSuite, attack_rows, copies_row, memorisation_row, near_fact
from ..sizes import Sizes, Tried, in_blocks, in_one_call
from ..suite import in_drawn_order, of_likelihood, of_two_samples

SAMPLES = 5_000  # images drawn, at most
ATTACKED = 150_000  # samples with which training images are attacked, at most
NOISE = 1_000  # images of noise, at most
TESTED = 10_000  # test images that stand for the real ones, at most
PAIRED = 2_000  # images a side whose neighbourhoods are compared, at most
PIXELS = 256  # the two-sample test takes principal components of images with more numbers than this
COMPONENTS = 100
FEW_IMAGES = 500  # to train on, below which samples are asked whether they are like any of them
LARGE_SIDE = 64  # pixels, from which on crops are compared too
COMPLETIONS_SHOWN, DRAWS, CODES = 8, 4, 300  # images completed in a drawing, draws of each, codes in one
SAMPLES_CAPTION = "Samples beside real test images"  # the page shows what is of one caption together


class Samples(NamedTuple):
    """Samples of images with their conditions.

    Args:
        x: (n, C, H, W), y: (n,) labels, NaN for none, given: conditions by name.
        given: Conditions by name.
    """

    x: Tensor
    y: Tensor
    given: dict[str, np.ndarray]


class Suite(SampleSuite):
    """Measures models of one set of images.

    Args:
        data: The data set, in its parts.
        seed: Seed of the random numbers.
    """

    LEAST = {"samples": 200, "scored": 32, "completed": 48, "coded": 128, "shown": 2, "attacked": 200}
    FIRST = {"scored": SCORED_OTHERS[0]}  # one block, since large images take long to score
    GLIMPSE = 32
    AT_ONCE = SAMPLES

    def __init__(self, data: Data, seed: int = 0, sizes: dict[str, int] | None = None):
        self.channels, self.height, self.width = data.domain.spec.shape
        self.dims = data.domain.spec.dims
        self.classes = len(data.domain.labels)
        super().__init__(in_drawn_order(data, "label" if self.classes else None, seed), seed)
        self.train, self.train_y = self._tensors("train")
        self.valid, valid_y = self._tensors("valid")
        pool, pool_y = torch.cat([self.train, self.valid]), torch.cat([self.train_y, valid_y])
        self.test, self.test_y = (part[:TESTED] for part in self._tensors("test"))
        largest = min(len(pool), SAMPLES)
        self.sizes = Sizes(
            {
                "samples": largest,
                "scored": self._limit_items(800_000, 256, 1000),
                "completed": self._limit_items(100_000, 64, 360),
                "coded": self._limit_items(200_000, 128, 1500),
                "shown": COMPLETIONS_SHOWN,
                "attacked": min(EXPOSED * len(self.train), ATTACKED),
            },
            sizes,
        )
        self.items_seen = (
            ITEMS_SEEN * self.n // largest
        )  # by networks that learn from samples, as long as there are samples
        pick = torch.from_numpy(numpy_generator("real", seed).permutation(len(pool))[: self.n])
        self.real, self.real_y = pool[pick], pool_y[pick]  # as many real images as there are samples

    def tries(self, model: Model) -> dict[str, Tried]:
        """Returns the calls of a model to time before sizes are chosen: {name of the size: call}."""
        train, test, layout = self.data.train, self.data.test, in_blocks(model.sizes)
        calls = super().tries(model)
        if self._can(model, "completed"):
            calls["completed"] = Tried(lambda n: self._complete(model, n, self.seed), layout)
        if self._can(model, "coded"):
            two_parts = in_blocks(model.sizes, parts=2)
            calls["coded"] = Tried(lambda n: [model.encode(x[:n], given={}) for x in (train, test)], two_parts)
        if self._to_draw(model, 1):
            calls["shown"] = Tried(lambda n: [draw() for draw in self._to_draw(model, n).values()], in_one_call)
        return calls

    def _can(self, model: Model, size: str) -> bool:
        return super()._can(model, size) and (size != "coded" or self.classes > 1)

    def resized(self, sizes: dict[str, int]) -> "Suite":
        """Copies the suite with other sizes."""
        resized_suite = super().resized(sizes)
        shared_names = ("_test_features", "_test_away", "_candidates")
        resized_suite.__dict__ |= {name: getattr(self, name) for name in shared_names}
        return resized_suite

    def _bits(self, likelihood: Likelihood, items: Any) -> Metric:
        mean = likelihood.bits_per_dim
        return of_likelihood(likelihood, mean.value, mean.se, -likelihood.nats / (self.dims * log(2)))

    def _frechet_of_noise(self) -> Metric:
        shape = min(self.n, NOISE), self.channels, self.height, self.width
        noise = torch.from_numpy(numpy_generator("noise", self.seed).random(shape, np.float32))
        with fixed_threads(1):
            return self._frechet(Samples(noise, torch.full((len(noise),), torch.nan), {}))

    def _bits_of_noise(self) -> Metric:
        """Bits where all levels are equally likely."""
        return estimate(np.log2(self.domain.spec.columns[0].levels), 0.0, len(self.test), kind="exact")

    def _largest_class(self) -> Metric | None:
        """The accuracy of naming the most frequent class."""
        known = self.test_y[~self.test_y.isnan()].long()
        if self.classes < 2 or not len(known):
            return None
        return estimate(*proportion((known == known.mode().values).numpy()), len(known))

    def _neighbourhoods(self, samples: Samples) -> dict[str, Metric]:
        n = min(len(samples.x), len(self.test), PAIRED)
        if n < FEWEST:
            return {}
        pick = numpy_generator("neighbours", self.seed).permutation(len(self.test))[:n]
        features = self._test_features[pick], self._memoised(self._features, samples)[:n]
        return neighbourhoods(*features, self.seed, self.features.reference)

    def _crop_memorisation(self, samples: Samples) -> Metric | None:
        if min(self.height, self.width) < LARGE_SIDE or not len(self.test):
            return None
        with fixed_threads(1):
            return copied_crops(samples.x, self.test, self.train, self.seed)

    def _crop_memorisation_of_real(self) -> Metric | None:
        return self._crop_memorisation(self._items_of(None))

    def _unlike(self, samples: Samples) -> Metric | None:
        if not 2 < len(self.train) < FEW_IMAGES:
            return None
        return unlike(self._memoised(self._features, samples), self._train_features, self.features.reference)

    def _unlike_of_real(self) -> dict[str, Metric]:
        if not 2 < len(self.train) < FEW_IMAGES:
            return {}
        return {"unlike": unlike(self._test_features, self._train_features, self.features.reference)}

    def _accuracy_scores(self, samples: Samples) -> dict[str, Metric]:
        if self.classes < 2 or samples.y.isnan().any():
            return {}
        return self._lessons.accuracy_scores(samples.x, samples.y)

    def _class_coverage(self, samples: Samples) -> Metric | None:
        if self.classes < 2:
            return None
        real, truth = self._lessons.judged
        if not (real.argmax(1) == truth).any():  # the classifier learns nothing from real images
            return None
        classes = recognise(self._lessons.probabilities(samples.x), real, truth)
        share = np.bincount(self.real_y[~self.real_y.isnan()].long().numpy(), minlength=self.classes) / len(self.real_y)
        return class_coverage(classes, share, [str(name) for name in self.domain.labels], self.seed)

    def _two_sample(self, samples: Samples) -> Metric | None:
        real, x = self.test[: self.n], samples.x
        pixels = torch.cat([real, x]).flatten(1).numpy()
        fake = np.repeat([0, 1], [len(real), len(x)])
        components = pixels if self._components is None else self._components.transform(pixels)
        features = self._test_features[: self.n], self._memoised(self._features, samples)
        score = boosted_trees(np.concatenate([components, np.concatenate(features)], 1))
        reference = f"gradient-boosted trees on pixels and {self.features.reference}, out of fold"
        return of_two_samples(two_sample_auc(pixels, fake, score, self.seed), len(x), reference)

    def _complete(self, model: Model, count: int, seed: int) -> Tensor:
        completions = model.complete(self.data.test[:count], known=self._upper_half, seed=seed)
        return self._scaled(self.domain.encode(completions)[0])

    def _to_draw(self, model: Model, count: int) -> dict[str, Callable[[], list]]:
        """{name: function} for drawings of `count` completions, and of half as many walks and samples in the making."""
        half_count, conditions = -(-count // 2), {}
        if model.has("complete"):
            draw_pairs = partial(
                model.complete, self.data.test[:count], known=self._upper_half, draws=DRAWS, seed=self.seed
            )
            conditions["completions"] = lambda: [
                self._scaled(self.domain.encode(completion)[0]) for completion in draw_pairs()
            ]
        if model.has("interpolate") and len(self.test) > 1:
            conditions["walks"] = lambda: self._walks(model, half_count)
        if model.family.has_path:
            conditions["progress"] = lambda: model.progress(half_count, self.seed)[1]
        return conditions

    def _walks(self, model: Model, count: int) -> list[Tensor]:
        """From one test image to the next, without a label: (steps, C, H, W) each."""
        items = self.data.test[: count + 1]
        pairs = zip(range(len(items) - 1), range(1, len(items)))
        walks = [model.interpolate(items[i : i + 1], items[j : j + 1], steps=10, given={}) for i, j in pairs]
        return [self._scaled(self.domain.encode(walk)[0]) for walk in walks]

    def _completion(self, model: Model) -> Metric | None:
        return self._completion_error(self._complete(model, self.sizes.size_for(model, "completed"), self.seed))

    def _completion_of_real(self) -> dict[str, Metric]:
        """The training images nearest in the known half, in the place of completions."""
        upper = lambda x: x[:, :, self._upper_half].flatten(1).numpy()
        number = nearest(upper(self.test[: self.sizes["completed"]]), upper(self.train))[1]
        error = self._completion_error(self.train[torch.from_numpy(number)])
        return self.sizes.note_fewer_items({"completion": error} if error else {}, "completed")

    def _completion_error(self, completions: Tensor) -> Metric | None:
        """sqrt of the mean squared error in the hidden half over that of the mean training image."""
        truth, hidden = self.test[: len(completions)], ~torch.from_numpy(self._upper_half)
        error = lambda guess: ((guess - truth)[:, :, hidden] ** 2).mean((1, 2)).double().numpy()
        model, mean = error(completions), error(self.train.mean(0))
        ratio_of = lambda i: float(np.sqrt(model[i].mean() / mean[i].mean())) if mean[i].mean() else float("nan")
        value, n = ratio_of(np.arange(len(model))), len(model)
        if np.isnan(value):
            return None
        se = bootstrap_se(ratio_of, (n,), numpy_generator("completion", self.seed))
        items = value + (ratio_influence(model, mean) - value**2) / (2 * value) if value else model  # root of a ratio
        return estimate(value, se, n, "lower half hidden, one draw", of="completions", items=items)

    def _probe(self, model: Model) -> Metric | None:
        (x, y), (test, truth) = self._codes(model, "train"), self._memoised(self._test_codes, model)
        if len(np.unique(y)) < 2 or len(truth) == 0:
            return None
        probe = linear_probe(x, y, test, truth)
        known = np.flatnonzero(~self._labels(self.data.tensors("test").given).isnan())[: len(truth)]
        items = np.full(known[-1] + 1, np.nan)
        items[known] = probe.items
        return replace(probe, items=items)

    def _test_codes(self, model: Model) -> tuple[np.ndarray, np.ndarray]:
        return self._codes(model, "test")

    def _codes(self, model: Model, part: str) -> tuple[np.ndarray, np.ndarray]:
        """Codes (n, D) of labelled images, that the label had no part in, and their classes (n,)."""
        items = self.data.tensors(part)
        items = items[(~items.given[:, 0].isnan()).nonzero()[: self.sizes.size_for(model, "coded"), 0]]
        codes = model.encode(self.domain.decode(items.x, items.given, None), given={})
        return codes.reshape(len(codes), -1), items.given[:, 0].long().numpy()

    ROWS = rows(
        MetricRow("bits_per_dim", "Bits per dimension", "-log2 p of a test image, per number in it; lower is better",
            "bits", "lower", Role.DENSITY, _bits, size="scored", ranks="density", chance=_bits_of_noise),
        MetricRow("frechet", "Frechet distance",
            "of samples to test images, in the features of a network; lower is better", "FD", "lower", Role.SAMPLES,
            SampleSuite._frechet, ranks="samples", chance=_frechet_of_noise),
        MetricRow("precision", "Precision",
            "samples that lie near a real image, in the same features; higher is better", "of samples", "higher",
            Role.SAMPLES, _neighbourhoods),
        MetricRow("recall", "Recall", "real images that lie near a sample; higher is better", "of images", "higher",
            Role.SAMPLES, _neighbourhoods),
        MetricRow("density", "Density", "real neighbourhoods that a sample lies in, over those expected; 1 is right",
            "ratio", "near 1", Role.SAMPLES, _neighbourhoods),
        MetricRow("coverage", "Coverage", "real images with a sample in their neighbourhood; higher is better",
            "of images", "higher", Role.SAMPLES, _neighbourhoods),
        MetricRow("cas_cnn", "Learn from samples, CNN",
            "accuracy on real images after training on samples; 1 is perfect", "of real", "higher", Role.TEACHING,
            _accuracy_scores),
        MetricRow("cas_svc", "Learn from samples, SVC", "the same of a support vector machine; 1 is perfect", "of real",
            "higher", Role.TEACHING, _accuracy_scores),
        MetricRow("two_sample_auc", "Two-sample AUC", "how well trees tell samples from test images; 0.5 is perfect",
            "AUC", "lower", Role.SAMPLES, _two_sample),
        memorisation_row("image"),
        copies_row("image"),
        MetricRow("crop_memorisation", "Memorisation of crops",
            "distance of a crop to the nearest crop of a training image, over test; near 0: copies", "ratio", "near 1",
            Role.VALIDITY, _crop_memorisation, real=_crop_memorisation_of_real, fact=near_fact("crop")),
        MetricRow("unlike", "Unlike all images",
            "samples farther from every training image, in the same features, than 90% of these are from another; "
            "lower is better", "of samples", "lower", Role.VALIDITY, _unlike, real=_unlike_of_real,
            fact="{} of its samples are like no training image", most_bad=0.5),
        *attack_rows("image"),
        MetricRow("completion", "Completion error",
            "error of a completed lower half, over the mean image's; lower is better", "of mean", "lower",
            Role.COMPLETIONS, _completion, "completed", _completion_of_real),
        MetricRow("class_coverage", "Classes seen",
            "classes sampled at least half as often as in real images; 1 is perfect", "of classes", "higher",
            Role.CLASSES, _class_coverage),
        MetricRow("probe", "Linear probe", "accuracy of a linear classifier on latent codes; higher is better",
            "accuracy", "higher", Role.CODES, _probe, "coded", ranks="codes", chance=_largest_class),
    )  # fmt: skip

    @cached_property
    def features(self) -> Features:
        return load_features(self.channels, min(self.height, self.width))

    @cached_property
    def _test_features(self) -> np.ndarray:
        with fixed_threads(1):
            return self.features(self.test)

    @cached_property
    def _train_features(self) -> np.ndarray:
        with fixed_threads(1):
            return self.features(self.train)

    @property
    def _real(self) -> Samples:
        return Samples(self.real, self.real_y, {})

    def _keys(self, items: Samples | Tensor) -> np.ndarray:
        """(n, D) pixels in [0, 1]."""
        return (items.x if isinstance(items, Samples) else items).flatten(1).numpy()

    _points = _keys

    def _features(self, samples: Samples) -> np.ndarray:
        return self.features(samples.x)

    @property
    def _reference_set(self) -> str:
        return f"{len(self.train):,} training images"

    @property
    def _features_text(self) -> str:
        return f"{self.features.reference}, {len(self.test):,} test images"

    @property
    def _distances_text(self) -> str:
        return f"distance of pixels, {self._reference_set}"

    @cached_property
    def _candidates(self) -> Candidates:
        parts = map(self._keys, (self.train, self.test, self.valid))
        return candidates_of(*parts, lambda pixels: pixels, "test images")

    @cached_property
    def _lessons(self) -> ClassifierLessons:
        return ClassifierLessons(
            self.real, self.real_y, self.test, self.test_y, self.classes, self.items_seen, self.seed
        )

    @cached_property
    def _components(self) -> PCA | None:
        """PCA through which the two-sample test sees big images; None for small ones."""
        if self.dims <= PIXELS:
            return None
        flat = self.real.flatten(1).numpy()
        return PCA(min(COMPONENTS, *flat.shape), svd_solver="covariance_eigh").fit(flat)

    @property
    def _upper_half(self) -> np.ndarray:
        """(H, W): the upper half."""
        return np.repeat(np.arange(self.height) < self.height // 2, self.width).reshape(self.height, self.width)

    def _items_of(self, model: Model | None) -> Samples:
        return super()._items_of(model) if model is not None else Samples(self.test, self.test_y, self.data.test.given)

    def _sheet(self, items: Samples, folder: Path) -> dict[str, str]:
        """Images over their captions where there are any, else in rows of a class each."""
        (x, y, given), path = items, folder / "samples.png"
        if "caption" in given:
            return {SAMPLES_CAPTION: picture_sheets.captioned(x, given["caption"], path)}
        names = [] if y.isnan().any() else [str(name) for name in self.domain.labels]
        return {SAMPLES_CAPTION: picture_sheets.samples(x, y, names, path)}

    def _drawings(self, model: Model, items: Samples, folder: Path) -> dict[str, str]:
        sheets, count = {}, self.sizes.size_for(model, "shown")
        to_draw = self._to_draw(model, count) if count else {}
        if "completions" in to_draw:
            path, draws = folder / "completions.png", to_draw["completions"]()
            path_of_completions = picture_sheets.completions(self.test[:count], draws, self._upper_half, path)
            sheets["Completions of the lower half"] = path_of_completions
        if "walks" in to_draw:
            path, walks = folder / "interpolations.png", to_draw["walks"]()
            sheets["Between test images, through the latent"] = picture_sheets.interpolations(walks, path)
        if "progress" in to_draw:
            path, steps = folder / "progress.png", to_draw["progress"]()
            shown_steps = [steps[k] for k in np.linspace(0, len(steps) - 1, COMPLETIONS_SHOWN + 2).round().astype(int)]
            path_of_completions = picture_sheets.progress(
                [self._scaled(self.domain.encode(x)[0]) for x in shown_steps], path
            )
            sheets["Samples on their way from noise"] = path_of_completions
        if self._can(model, "coded") and self.sizes.size_for(model, "coded"):
            codes, y = (part[:CODES] for part in self._memoised(self._test_codes, model))
            if len(codes) > 2:
                names, path = [str(name) for name in self.domain.labels], folder / "codes.png"
                sheets["Codes of test images"] = code_plot(codes, y, names, path)
        with fixed_threads(1):
            typical, path = float(np.median(self._test_away)), folder / "nearest.png"
            path_of_completions = picture_sheets.neighbours(items.x, self.train, typical, path)
        return sheets | {"Samples nearest to training images": path_of_completions}

    def _preview(self, items: Samples, folder: Path) -> str:
        return picture_sheets.strip(items.x, folder / "preview.png")

    @staticmethod
    def drawing(domain: Any, items: Any) -> Figure:
        """Draws images, each below its caption or its label."""
        titles = items.given.get("caption", items.given.get("label", [""] * len(items)))
        x = domain.encode(items)[0].float() / (domain.spec.leaf.levels - 1)
        return picture_sheets.drawing(x, ["" if pd.isna(title) else str(title) for title in titles])

    def _limit_items(self, numbers: int, minimum: int, most: int) -> int:
        """How many test images a costly verb is asked about: about `numbers` pixels in all, to bound the time."""
        return min(len(self.test), max(minimum, min(most, numbers // self.dims)))

    def _scaled(self, x: Tensor) -> Tensor:
        return x.float() / (self.domain.spec.leaf.levels - 1)

    def _labels(self, table: Tensor) -> Tensor:
        """(n,) class of each item, NaN where it has none."""
        return table[:, 0] if self.classes else torch.full((len(table),), torch.nan)

    def _tensors(self, part: str) -> tuple[Tensor, Tensor]:
        if not len(self.data.items[part]):
            return torch.empty(0, *self.domain.spec.shape), torch.empty(0)
        items = self.data.tensors(part)
        return self._scaled(items.x), self._labels(items.given)

    def _read(self, samples: Any) -> Samples:
        x, table = self.domain.encode(samples)
        return Samples(self._scaled(x), self._labels(table), samples.given)
