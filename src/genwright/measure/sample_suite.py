"""The base of the suites of generative models: one set of samples serves every metric and drawing, and each verb of a
model gets as many items as there is time for."""

from collections import Counter
from collections.abc import Callable, Collection, Iterator
from functools import cached_property
from time import perf_counter
from typing import Any, NamedTuple

import numpy as np
import torch
from matplotlib.figure import Figure
from torch import Tensor

from ..core.data import Data
from ..core.errors import expect_unseen
from ..core.likelihood import Likelihood
from ..core.seeds import seed_of
from ..run.model import Model
from .intervals import distance_se, numpy_generator
from .metric import Measured, Metric, Role, per_item
from .metrics.classifiers import fixed_threads
from .metrics.distances import measured_frechet
from .metrics.memorisation import (
    copies_among,
    copying,
    counts_of,
    find_repeated,
    membership,
    memorisation,
    nearest,
    score_attack,
    score_fresh,
    with_copies,
)
from .metrics.table_columns import kolmogorov_smirnov
from .metrics.trees import GivenReader
from .rows import ALIKE, MetricRow, estimate
from .sizes import Sizes, Tried, in_blocks
from .suite import MetricSuite, by_name, of_likelihood

HALF = 0.5  # of fresh items that equal a training item: nearness says nothing then
NOVEL = "--novel {data}"  # the cure of copies
TAUGHT = 2_000  # training items by which it is learned to read given variables, at most
VERBS = {"samples": "sample", "scored": "log_prob", "completed": "complete", "coded": "encode", "attacked": "sample"}
MEASURED = {"completed": "completions", "coded": "codes"}  # what the metrics of a size are of, other than samples


class SampleSuite(MetricSuite):
    """The base of suites that measure samples of generative models against `Data`. The same data, seed and sizes give
    the same numbers.

    A suite sets `sizes`, `train`, `valid` and `test` (as `_read` gives them), and draws in `drawing`. Of n items as
    `_read` gives them it computes `_keys`, numbers (n, D) that are equal where items are, and `_training_distances`,
    (n,) to the nearest training item, called by `_distances_text`. For a Frechet distance it has `_features` (n, F),
    `_test_features` of the test items, and `_features_text`. If items may have given variables, `_numbers` are the
    features (n, F) that these are predicted from, NaN for items that cannot be read. If training items are attacked,
    `_candidates` are items of both sides and `_points` (n, D) those between which distances are taken.

    Args:
        LEAST: the fewest items on which each thing is worth measuring.
        FIRST: the sizes of the first look that are smaller than LEAST.
        GLIMPSE: items drawn for the page alone, where there is no time to measure samples.
        PLOTTED: samples of a figure where nobody says how many.
        AT_ONCE: samples with which training items are attacked at once.
        sizes: how many items each measurement takes, where fewer than it could (see `effort`).
        data: The data set, in its parts.
        seed: Seed of the random numbers.
    """

    LEAST: dict[str, int]
    FIRST: dict[str, int] = {}
    GLIMPSE: int
    PLOTTED: int = 16
    AT_ONCE: int
    sizes: Sizes
    train: Any
    valid: Any
    test: Any

    def __init__(self, data: Data, seed: int):
        """data: in drawn order, so that its first items are a draw."""
        super().__init__(data, seed)
        self.domain = data.domain
        self._drawn: DrawnSamples | None = None

    @property
    def n(self) -> int:
        """The number of samples drawn from a model."""
        return self.sizes["samples"]

    @staticmethod
    def drawing(domain: Any, items: Any) -> Figure:
        """Draws a figure of items in the user's form, as the report shows samples, by what their domain knows alone."""
        raise NotImplementedError

    @expect_unseen()
    def reference(self) -> dict[str, Metric]:
        """Measures real items in the place of samples, which no model can be expected to beat: training items, where a
        row says nothing else."""
        table = [row for row in self.ROWS.values() if row.size == "samples" and row.real == ALIKE]
        with fixed_threads(1):
            measured_metrics = self._run([row.measure for row in table], self._real, of="samples")
            metrics = self.sizes.note_fewer_items(measured_metrics, "samples")
            reals = {row.real: name for name, row in self.ROWS.items() if callable(row.real)}
            for real, name in reals.items():
                metrics |= by_name(name, real(self))
        return self._as_rows(metrics, "samples")

    @expect_unseen()
    def measure(self, model: Model, only: Collection[str] | None = None) -> Measured:
        """Measures every metric that the model's verbs and the sizes allow, and the seconds that sampling and the rest
        took.

        Args:
            model: The trained model.
            only: names of the metrics to measure.
        """
        table = [row for row in self.ROWS.values() if only is None or row.name in only]
        start = perf_counter()
        if only is None or any(row.size == "samples" for row in table):
            self._items_of(model)
        sampled_at = perf_counter()
        metrics: dict[str, Metric] = {}
        for size in dict.fromkeys(row.size for row in table):
            if (size not in self.sizes.full or self.sizes.size_for(model, size)) and self._can(model, size):
                metrics |= self._measure_size(model, size, [row.measure for row in table if row.size == size])
        metrics = {row.name: metrics[row.name] for row in table if row.name in metrics}
        seconds = {"sample": sampled_at - start, "evaluate": perf_counter() - sampled_at}
        return Measured(metrics, seconds, per_item(metrics, self.keys))

    @expect_unseen()
    def measure_items(self, items: Any) -> dict[str, Metric]:
        """Measures the metrics of samples, given as items that the suite reads."""
        measures = [row.measure for row in self.ROWS.values() if row.size == "samples"]
        with fixed_threads(1):
            return self._run(measures, items, of="samples")

    def quality(self, model: Model, **options: Any) -> Metric:
        """Measures the metric by which `compare` ranks samples, for samples drawn with some options."""
        samples, name = self._read(self._sampled(model, self.n, **options)), self.HEADLINE["samples"]
        with fixed_threads(1):
            return self._run([self.ROWS[name].measure], samples, of="samples")[name]

    def read_items(self, samples: Any) -> Any:
        """Reads samples in the user's form, as the suite measures them. Raises ItemError for one that it cannot
        read."""
        return self._read(samples)

    def raw(self, items: Any) -> Any:
        """Returns items in the user's form: samples as they were drawn, else training items in their place."""
        known = self._drawn is not None and self._drawn.items is items
        return self._drawn.raw if known else self.data.train[: self.n]

    def tries(self, model: Model) -> dict[str, Tried]:
        """Returns the calls of a model to time before sizes are chosen: {name of the size: call}."""
        calls = {"samples": Tried(lambda n: self._sampled(model, n), in_blocks(model.sizes))}
        if self._can(model, "scored"):
            score = expect_unseen()(lambda n: model.log_prob(self.data.test[:n], seed=self.seed))
            calls["scored"] = Tried(score, in_blocks(model.scored_sizes))
        if "attacked" in self.sizes.full and self._can(model, "attacked"):
            attack = lambda n: membership([self._points_of(model.sample(n, seed=self.seed))], self._candidates)
            calls["attacked"] = Tried(attack, in_blocks(model.sizes))
        return calls

    def resized(self, sizes: dict[str, int]) -> "SampleSuite":
        """Copies the suite with other sizes."""
        return type(self)(self.data, self.seed, sizes)

    @cached_property
    def keys(self) -> np.ndarray:
        """The keys (n,) int64 by which test items are known, whatever their order."""
        return self.data.keys("test").view(np.int64)

    @property
    def _real(self) -> Any:
        """Training items in the place of samples."""
        return self.train[: self.n]

    @property
    def _held_out_items(self) -> Any:
        """Items that no model was trained on, in the place of training items, which are their own neighbours."""
        return self.valid if len(self.valid) else self.test

    def _can(self, model: Model, size: str) -> bool:
        """Whether what is asked of so many items makes sense for the model and the data."""
        attack = size != "attacked" or (self._attackable and self.sizes.size_for(model, "samples") > 0)
        return model.has(VERBS[size]) and attack

    def _read(self, samples: Any) -> Any:
        """Samples in the user's form -> as they are measured and drawn."""
        return samples

    def _points_of(self, samples: Any) -> np.ndarray:
        """`_points` of samples in the user's form."""
        return self._points(self._read(samples))

    @property
    def _attackable(self) -> bool:
        """Whether training items differ from test items in nothing but that the model saw them, and are enough."""
        return self._candidates.enough

    @property
    def _reference_set(self) -> str:
        """The training items, in words."""
        return f"{len(self.train):,} training {self.CALLED}"

    def _likelihood(self, likelihood: Likelihood, items: Any) -> Metric:
        """Mean over items in nats, with the standard error over items."""
        mean = likelihood.mean()
        return of_likelihood(likelihood, mean.value, mean.se, likelihood.nats)

    def _memorisation(self, items: Any) -> Metric | None:
        """How near items lie to training items, over how near fresh ones do; None where half of fresh items would equal
        a training item. Test items do not, unless the data came with them, since equal items are on one side."""
        share = self._fresh_copies.value
        if share >= HALF:
            return None
        fresh = self._test_away if self.data.settled else with_copies(self._test_away, share)
        return memorisation(self._training_distances(items), fresh, self.seed, self._distances_text)

    def _memorisation_of_real(self) -> Metric | None:
        return self._memorisation(self._held_out_items)

    def _keys(self, items: Any) -> np.ndarray:
        return self.domain.keys(items)[:, None]

    def _training_distances(self, items: Any) -> np.ndarray:
        return nearest(self._keys(items), self._train_keys)[0]

    def _frechet(self, items: Any) -> Metric:
        features, rng = self._memoised(self._features, items), numpy_generator("frechet", self.seed)
        return measured_frechet(features, self._test_features, rng, self._features_text)

    def _copies(self, items: Any) -> Metric:
        return copies_among(self._keys(items), self._train_counts, self._reference_set)

    def _copies_of_real(self) -> Metric:
        """Training items among themselves: as many of fresh items would equal one."""
        return copying(find_repeated(self._train_keys), self._reference_set)

    @cached_property
    def _fresh_copies(self) -> Metric:
        return self._copies_of_real()

    @cached_property
    def _test_away(self) -> np.ndarray:
        """(m,) distance of each test item to its nearest training item."""
        return self._training_distances(self.test)

    @cached_property
    def _train_keys(self) -> np.ndarray:
        return self._keys(self.train)

    @cached_property
    def _train_counts(self) -> Counter:
        return counts_of(self._train_keys)

    def _attack(self, model: Model) -> dict[str, Metric]:
        """How well samples tell which real items the model was trained on."""
        with fixed_threads(1):
            return score_attack(self._exposing(model, self.sizes.size_for(model, "attacked")), self._candidates)

    def _attack_of_real(self) -> dict[str, Metric]:
        return score_fresh(self._candidates) if self._attackable else {}

    def _exposing(self, model: Model, n: int) -> Iterator[np.ndarray]:
        """Points of n samples, in parts: of those that the rest is measured on, then of more. None that was given what
        test items are given, since that would lead samples to these."""
        first = self._points(self._items_of(model))[: 0 if self.domain.given.leaves else n]
        if len(first):
            yield first
        for start in range(len(first), n, self.AT_ONCE):
            batch = model.sample(min(self.AT_ONCE, n - start), seed=seed_of("attack", self.seed, start))
            yield self._points_of(batch)

    def _given_error(self, items: Any) -> Metric | None:
        known = self._drawn is not None and self._drawn.items is items
        return self._error_of(items, self._drawn.given) if known else None

    def _given_error_of_real(self) -> dict[str, Metric]:
        test_items = self.data.test[: self.n]
        error = self._error_of(self._read(test_items), self.domain.carried(test_items))
        return self.sizes.note_fewer_items(by_name("given_error", error), "samples")

    def _error_of(self, items: Any, given: Tensor) -> Metric | None:
        """How far items, as `_read` gives them, are from what was given, (n, G). None where nothing was."""
        errors = self._reader.errors(self._numbers(items), given) if given.shape[1] else np.zeros(0)
        errors = errors[np.isfinite(errors)]
        if len(errors) < 2:
            return None
        se = float(errors.std(ddof=1) / len(errors) ** 0.5)
        return estimate(errors.mean(), se, len(errors), self._reader.name, own=se)

    @cached_property
    def _reader(self) -> GivenReader:
        train_items = self.data.train[:TAUGHT]
        return GivenReader(
            self._numbers(self._read(train_items)), self.domain.carried(train_items), self.domain.given, self.seed
        )

    def _distance(self, name: str, statistic: Callable, n: int, times: float = 100) -> Metric:
        """A distance, so many times, between the test items and n samples, of which it takes item numbers."""
        sizes = len(self.test), n
        se = distance_se(statistic, sizes, numpy_generator(name, self.seed))
        return estimate(times * statistic(*map(np.arange, sizes)), times * se, n, f"real test {self.CALLED}")

    def _gap(self, name: str, real: np.ndarray, sampled: np.ndarray) -> Metric:
        """Largest distance, in per cent, between the distributions of a number of test items and of samples."""
        return self._distance(name, lambda i, j: kolmogorov_smirnov(real[i], sampled[j]), len(sampled))

    def _measure_size(self, model: Model, size: str, measures: list[Callable]) -> dict[str, Metric]:
        of = MEASURED.get(size, "samples")
        if size == "samples":
            with fixed_threads(1):
                metrics = self._run(measures, self._items_of(model), of=of)
        elif size == "scored":
            items = self.data.test[: self.sizes.size_for(model, size)]
            metrics = self._run(measures, model.log_prob(items, seed=self.seed), items, of=of)
        else:
            metrics = self._run(measures, model, of=of)
        return self.sizes.note_fewer_items(metrics, size, model) if size in self.sizes.full else metrics

    def _items_of(self, model: Model | None) -> Any:
        if model is None:
            return self.test
        if self._drawn is None or self._drawn.model is not model:
            sampled = self._sampled(model, self.sizes.size_for(model, "samples") or min(self.n, self.GLIMPSE))
            self._drawn = DrawnSamples(model, self._read(sampled), self.domain.carried(sampled), sampled)
        return self._drawn.items

    def _sampled(self, model: Model, n: int, **options: Any) -> Any:
        """n samples, given what test items are given; in turn from the first where these are fewer. options: of
        sampling."""
        given = self.data.tensors("test").given
        conditions = {"given": given[torch.arange(n) % len(given)]} if given.shape[1] else {}
        return model.sample(n, **conditions, seed=self.seed, **options)


class DrawnSamples(NamedTuple):
    """Samples of the model that was measured last: as `_read` returns them, their conditions (n, G), and as they were
    drawn.

    Args:
        model: The trained model.
        given: (B, G) conditions of the items.
    """

    model: Model
    items: Any
    given: Tensor
    raw: Any


def memorisation_row(item: str, reach: str = "over test; near 0: copies") -> MetricRow:
    """Makes the row on how near samples are to training items.

    Args:
        item: one of them.
        reach: what the number is over, and which is right.
    """
    meaning, real = f"distance to the nearest training {item}, {reach}", SampleSuite._memorisation_of_real
    nearness = "ratio", "near 1", Role.NEARNESS, SampleSuite._memorisation
    return MetricRow("memorisation", "Memorisation", meaning, *nearness, real=real, fact=near_fact(item))


def near_fact(item: str) -> str:
    """Makes the hard fact of the ratio of distances to training items, one of which is called `item`."""
    return f"its samples lie {{}} times as far from training {item}s as real {item}s do"


def copies_row(item: str, right: str = "; right is what fresh {item}s reach") -> MetricRow:
    """Makes the row on the share of samples that equal a training item, one of which is called `item`."""
    meaning, real = f"samples equal to a training {item}{right.format(item=item)}", SampleSuite._copies_of_real
    sharing = "of samples", "lower", Role.COPIES, SampleSuite._copies
    fact = f"{{}} of its samples equal a training {item}"
    return MetricRow("copies", "Exact copies", meaning, *sharing, real=real, fact=fact, cure=NOVEL)


def attack_rows(item: str) -> tuple[MetricRow, MetricRow]:
    """Makes the rows of the metrics on how well samples reveal which items a model was trained on."""
    measured = SampleSuite._attack, "attacked", SampleSuite._attack_of_real
    return (
        MetricRow("dcr_share", "Nearer to training",
            f"samples nearer to training than to hold-out {item}s; 0.5 is right", "of samples", "lower", Role.HOLD_OUT,
            *measured),
        MetricRow("membership_auc", "Membership attack",
            f"how well it tells training {item}s from others; 0.5 is private", "AUC", "lower", Role.ATTACK, *measured),
    )  # fmt: skip


GIVEN_ERROR = MetricRow(
    "given_error", "Given, kept",
    "how far samples are from their conditions, as trees predict these; 1 is a guess, right is what real items reach",
    "of a guess", "lower", Role.CONDITIONS, SampleSuite._given_error, real=SampleSuite._given_error_of_real,
)  # fmt: skip
