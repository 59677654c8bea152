"""Bases of the suites, and the drawn order of the items that they measure.

A suite of generative models (`SampleSuite`) draws one set of samples for every metric and drawing, and each verb of a
model gets as many items as there is time for. A suite of predictors (`PredictionSuite`) asks a model once for its
predictions of the test items, for every metric, drawing and preview.

Items stand in a drawn order: the first n of them are then a draw, and no metric depends on how a file was sorted.
Metrics ask costly questions of some test items only. Files are sorted by date, price or label, so the first of them are
not like the rest. Here items are put into the order of their content, then permuted by the seed: the order of the file
has no part in it. With strata every first n hold each stratum in its share, to within one or two items.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import pandas as pd
import torch
from matplotlib.figure import Figure
from torch import Tensor

from ..core.data import Data
from ..core.likelihood import Likelihood
from ..run.model import Model
from ..run.predictor import Predictor
from .intervals import distance_se, numpy_generator
from .metric import Measured, Metric, per_item
from .metrics.trees import GivenReader
from .plots.table_sheets import write_rows
from .sizes import Sizes, Tried, in_blocks


def drawn_order(keys: np.ndarray, strata: np.ndarray | None, seed: int) -> np.ndarray:
    """(n,) item numbers in an order that is settled by the items' content keys (n,), their strata (n,) and the seed.

    Item j of a stratum of m, counted from 0 in drawn order, stands at (j + u) / m with u uniform on [0, 1]: every item
    has the same chance of being among the first.
    """
    rng = numpy_generator("drawn order", seed)
    if strata is None:
        return np.argsort(keys, kind="stable")[rng.permutation(len(keys))]
    stratum = np.unique(np.asarray(strata).astype(str), return_inverse=True)[1]
    order = np.lexsort((stratum, keys))[rng.permutation(len(keys))]
    stratum, sizes = stratum[order], np.bincount(stratum)
    turn = pd.Series(stratum).groupby(stratum).cumcount().to_numpy()
    return order[np.argsort((turn + rng.random(len(order))) / sizes[stratum], kind="stable")]


def in_drawn_order(data: Data, stratum: str | None, seed: int) -> Data:
    """The same data, each part in drawn order. stratum: the variable that holds the strata, where there are any."""
    items = {}
    for part, found in data.items.items():
        if len(found):
            order = drawn_order(data.keys(part), data.values(part, stratum) if stratum else None, seed)
            found = found.iloc[order].reset_index(drop=True) if isinstance(found, pd.DataFrame) else found[order]
        items[part] = found
    return replace(data, items=items, encoded={})


TAUGHT = 2_000  # training items by which it is learned to read given variables, at most
GIVEN_ERROR = (  # a title
    "Given, kept",
    "how far samples are from their conditions, as trees predict these; 1 is a guess, right is what real items reach",
    "of a guess",
)


class SampleSuite:
    """Measures models of one set of items, the `Data` of which it is made. The same data, seed and sizes give the same
    numbers. sizes: how many items each thing is asked of, where fewer than it could be (see `effort`).

    TITLES: {metric: (name, meaning, unit)} of all that it may measure. HEADLINE: {purpose: the metric that `compare`
    ranks by}. BESIDE: {metric that is shown with these: what it trades against, a sentence}. FACTS: {metric that counts
    bad samples, or those that are not: what bad ones are, as in "fewer rows that break a rule"}; they decide between
    families that are tied. LEAST: the fewest items on which each thing is worth measuring. FIRST: the sizes of the
    first look that are smaller than LEAST. GLIMPSE: items drawn for the page alone, where there is no time to measure
    samples. PLOTTED: samples of a figure where nobody says how many. CALLED: a word for its items, as in "real test
    clips".

    A suite sets `sizes`, measures samples in `_of_samples`, and draws in `plot`, `plot_real`, `preview` and `drawing`.
    If items may have given variables, `_numbers` returns the features of items that these are predicted from.
    """

    TITLES: dict[str, tuple[str, str, str]]
    HEADLINE: dict[str, str]
    BESIDE: dict[str, str] = {}
    FACTS: dict[str, str] = {}
    LEAST: dict[str, int]
    FIRST: dict[str, int] = {}
    GLIMPSE: int
    PLOTTED: int = 16
    CALLED: str
    sizes: Sizes

    def __init__(self, data: Data, seed: int):
        """data: in drawn order, so that its first items are a draw."""
        self.seed, self.domain, self.data = seed, data.domain, data
        self._drawn: tuple[Model, Any, Tensor] | None = None  # samples of the model measured last, and what was given

    @property
    def n(self) -> int:
        """Samples drawn of a model."""
        return self.sizes["samples"]

    def reference(self) -> dict[str, Metric]:
        """Metrics of real items in the place of samples: no model can be expected to beat them."""
        raise NotImplementedError

    @staticmethod
    def drawing(domain: Any, items: Any) -> Figure:
        """A figure of items in the user's form, as the report shows samples, by what their domain knows alone."""
        raise NotImplementedError

    def believed(self, metrics: dict[str, Metric]) -> str:
        """Nothing: samples say nothing that one could believe."""
        return ""

    def measure(self, model: Model, headline: bool = False) -> Measured:
        """Every metric that the model's verbs and the sizes allow, and the seconds that sampling and the rest took.

        headline: only those by which `compare` ranks, and the facts.
        """
        start = perf_counter()
        samples = self._sample(model)
        drawn = perf_counter()
        metrics: dict[str, Metric] = {}
        scored = self.sizes.size_for(model, "scored")
        if model.has("log_prob") and scored:
            items = self.data.test[:scored]
            found = self._of_likelihood(model.log_prob(items, seed=self.seed), items)
            metrics |= self.sizes.note_fewer_items(found, "scored", model)
        if self.sizes.size_for(model, "samples"):
            if headline:
                found = self._headline_of_samples(model, samples)
            else:
                found = self._of_samples(model, samples) | self._given_error(samples, self._drawn[2])
            metrics |= self.sizes.note_fewer_items(found, "samples", model)
        metrics |= self._of_other_verbs(model)
        if headline:
            wanted = {*self.HEADLINE.values(), *self.FACTS}
            metrics = {name: metric for name, metric in metrics.items() if name in wanted}
        seconds = {"sample": drawn - start, "evaluate": perf_counter() - drawn}
        return Measured(metrics, seconds, per_item(metrics, self.keys))

    def quality(self, model: Model, **options: Any) -> Metric:
        """The metric by which `compare` ranks samples, of those that a model draws with sampling options."""
        samples = self._read(self._sampled(model, self.n, **options))
        return self._headline_of_samples(model, samples)[self.HEADLINE["samples"]]

    def tries(self, model: Model) -> dict[str, Tried]:
        """The calls of a model to time before sizes are chosen: {name of the size: call}."""
        asked = {"samples": Tried(lambda n: self._sampled(model, n), in_blocks(model.sizes))}
        if model.has("log_prob"):
            score = lambda n: model.log_prob(self.data.test[:n], seed=self.seed)
            asked["scored"] = Tried(score, in_blocks(model.scored_sizes))
        return asked

    def resized(self, sizes: dict[str, int]) -> SampleSuite:
        """The same of other sizes."""
        return type(self)(self.data, self.seed, sizes)

    @cached_property
    def keys(self) -> np.ndarray:
        """(n,) int64: by which test items are known, whatever their order."""
        return self.data.keys("test").view(np.int64)

    # ------------------------------------------------------------------ what a suite says of its kind of data

    def _of_likelihood(self, found: Likelihood, items: Any) -> dict[str, Metric]:
        """items: the test items that were scored."""
        return {"nats": nats_per_item(found, "higher")}

    def _of_samples(self, model: Model, samples: Any) -> dict[str, Metric]:
        """samples: as `_read` gives them."""
        raise NotImplementedError

    def _headline_of_samples(self, model: Model, samples: Any) -> dict[str, Metric]:
        """The headline metric and the facts of samples at least; a suite overrides this where others cost much more."""
        return self._of_samples(model, samples)

    def _of_other_verbs(self, model: Model) -> dict[str, Metric]:
        return {}

    def _read(self, samples: Any) -> Any:
        """Samples in the user's form -> as they are measured and drawn."""
        return samples

    def _numbers(self, items: Any) -> np.ndarray:
        """(n, F) of items as `_read` gives them, by which what was given is told; NaN for those that cannot be read."""
        raise NotImplementedError

    def _given_error(self, items: Any, given: Tensor) -> dict[str, Metric]:
        """How far items, as `_read` gives them, are from what was given, (n, G). Empty where nothing was."""
        off = self._reader.errors(self._numbers(items), given) if given.shape[1] else np.zeros(0)
        off = off[np.isfinite(off)]
        if len(off) < 2:
            return {}
        value, se = float(off.mean()), float(off.std(ddof=1) / len(off) ** 0.5)
        metric = Metric(value, se, "estimate", "samples", GIVEN_ERROR[2], len(off), "lower", self._reader.name, own=se)
        return {"given_error": metric}

    def _given_error_of_real(self) -> dict[str, Metric]:
        some = self.data.test[: self.n]
        return self._given_error(self._read(some), self.domain.carried(some))

    @cached_property
    def _reader(self) -> GivenReader:
        some = self.data.train[:TAUGHT]
        return GivenReader(self._numbers(self._read(some)), self.domain.carried(some), self.domain.given, self.seed)

    def _distance(self, name: str, statistic: Callable, n: int, times: float = 100, unit: str = "%") -> Metric:
        """A distance, so many times, between the test items and n samples, of which it takes item numbers."""
        sizes = len(self.test), n
        se = distance_se(statistic, sizes, numpy_generator(name, self.seed))
        value, against = statistic(*map(np.arange, sizes)), f"real test {self.CALLED}"
        return Metric(times * value, times * se, "estimate", "samples", unit, n, "lower", against)

    def _sample(self, model: Model) -> Any:
        if self._drawn is None or self._drawn[0] is not model:
            n = self.sizes.size_for(model, "samples") or min(self.n, self.GLIMPSE)
            drawn = self._sampled(model, n)
            self._drawn = model, self._read(drawn), self.domain.carried(drawn)
        return self._drawn[1]

    def _sampled(self, model: Model, n: int, **options: Any) -> Any:
        """n samples, given what test items are given; in turn from the first where these are fewer. options: of
        sampling."""
        given = self.data.tensors("test").given
        asked = {"given": given[torch.arange(n) % len(given)]} if given.shape[1] else {}
        return model.sample(n, **asked, seed=self.seed, **options)


def nats_per_item(found: Likelihood, better: str) -> Metric:
    """Mean over items in nats, with the standard error over items."""
    mean = found.mean()
    given = f"given {', '.join(found.given)}" if found.given else ""
    metric = Metric(mean.value, mean.se, found.kind, found.of, "nats", len(found), better, given, found.noise)
    return replace(metric, items=found.nats)


class PredictionSuite(ABC):
    """Measures predictors by the answers of test items, which no model saw, of the `Data` of a task.

    TITLES: {metric: (name, meaning, unit)} of all that it may measure. HEADLINE: {purpose: the metric that `compare`
    ranks by}. BESIDE: {metric that is shown with these: what it trades against, a sentence}. keys: (n,) int64 of the
    test items, by which two models are compared item by item.

    A suite says in `_predict_test` what it takes of a model's predictions, in `_metrics` how good that is, and in
    `_rows` what a preview shows of it; it draws in `plot`.
    """

    TITLES: dict[str, tuple[str, str, str]]
    HEADLINE: dict[str, str]
    BESIDE: dict[str, str] = {}
    keys: np.ndarray

    def __init__(self, data: Data, seed: int = 0, sizes: dict[str, int] | None = None):
        self.sizes = Sizes({}, sizes)  # predicting takes little, and all is measured
        self.data, self.seed = data, seed
        self._last: tuple[Predictor, Any] | None = None  # the model that was asked last, and what it predicted

    def reference(self) -> dict[str, Metric]:
        """Nothing: the answers of test items are the truth itself."""
        return {}

    def measure(self, model: Predictor) -> Measured:
        """Every metric, and the seconds that predicting and the rest took."""
        start = perf_counter()
        found = self._predicted(model)
        predicted = perf_counter()
        metrics = self._metrics(found)
        seconds = {"sample": predicted - start, "evaluate": perf_counter() - predicted}
        return Measured(metrics, seconds, per_item(metrics, self.keys))

    def believed(self, metrics: dict[str, Metric]) -> str:
        """Sentences on the items of which a model with these metrics can be believed; "" where nothing is known."""
        return ""

    def plot(self, model: Predictor, folder: Path) -> dict[str, str]:
        """Drawings for the report, in the order of the page: {caption: path of the file}."""
        return {}

    def plot_real(self, folder: Path) -> dict[str, str]:
        """Nothing: the answers of test items are drawn beside the predictions."""
        return {}

    def preview(self, model: Predictor | None, folder: Path) -> str:
        """A few test items, what was predicted and what is true: the path of a CSV file; "" without a model."""
        return "" if model is None else write_rows(self._rows(self._predicted(model)), folder / "preview.csv")

    # ------------------------------------------------------------------ for a suite

    @abstractmethod
    def _predict_test(self, model: Predictor) -> Any:
        """The model's predictions of the test items, as the suite's other methods take them."""

    @abstractmethod
    def _metrics(self, found: Any) -> dict[str, Metric]: ...

    @abstractmethod
    def _rows(self, found: Any) -> pd.DataFrame: ...

    def _predicted(self, model: Predictor) -> Any:
        """`_predict_test`, once for a model."""
        if self._last is None or self._last[0] is not model:
            self._last = model, self._predict_test(model)
        return self._last[1]

    def _estimate(self, name: str, value: float, se: float, n: int, better: str = "higher", **more: Any) -> Metric:
        """A metric of predictions of n test items. more: fields of it."""
        unit = self.TITLES[name][2]
        return Metric(float(value), float(se), "estimate", "predictions", unit, n, better, **more)
