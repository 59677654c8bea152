"""Base of the suites of generative models: one set of samples serves every metric and drawing, and each verb of a model
gets as many items as there is time for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cached_property
from time import perf_counter
from typing import Any

import numpy as np
import torch
from matplotlib.figure import Figure
from torch import Tensor

from ..core.data import Data
from ..core.likelihood import Likelihood
from ..run.model import Model
from .intervals import distance_se, numpy_generator
from .metric import Measured, Metric, per_item
from .metrics.given_error import GivenReader
from .sizes import Sizes, Tried, in_blocks

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
