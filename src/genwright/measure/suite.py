"""Bases of the suites: a table of metrics with drawings, and the suite of predictors; and the drawn order of items.

A suite of predictors (`PredictionSuite`) asks a model once for its predictions of the test items, for every metric,
drawing and preview. The suite of generative models is `sample_suite.SampleSuite`.

Items stand in a drawn order: the first n of them are then a draw, and no metric depends on how a file was sorted.
Metrics ask costly questions of some test items only. Files are sorted by date, price or label, so the first of them are
not like the rest. Here items are put into the order of their content, then permuted by the seed: the order of the file
has no part in it. With strata every first n hold each stratum in its share, to within one or two items.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import replace
from functools import cache
from pathlib import Path
from time import perf_counter
from typing import Any, Self, TypeVar

import numpy as np
import pandas as pd

from ..core.data import Data
from ..core.likelihood import Likelihood
from ..run.predictor import Predictor
from .intervals import numpy_generator
from .metric import Measured, Metric, per_item
from .metrics.classifiers import TwoSample
from .plots.table_sheets import write_rows
from .rows import MOST_BAD, MetricRow, estimate, rows
from .sizes import Sizes


def drawn_order(keys: np.ndarray, strata: np.ndarray | None, seed: int) -> np.ndarray:
    """Orders items at random, settled by their content and the seed: (n,) item numbers.

    Item j of a stratum of m, counted from 0 in drawn order, stands at (j + u) / m with u uniform on [0, 1]: every item
    has the same chance of being among the first.

    Args:
        keys: (n,) int64 of the items' content.
        strata: (n,) int64 strata, which are spread evenly, or None.
        seed: Seed of the order.
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
    """Reorders the parts of data by `drawn_order`.

    Args:
        data: to reorder.
        stratum: the variable that holds the strata, where there are any.
        seed: Seed of the order.
    """
    items = {}
    for part, part_items in data.items.items():
        if len(part_items):
            order = drawn_order(data.keys(part), data.values(part, stratum) if stratum else None, seed)
            part_items = (
                part_items.iloc[order].reset_index(drop=True)
                if isinstance(part_items, pd.DataFrame)
                else part_items[order]
            )
        items[part] = part_items
    return replace(data, items=items, encoded={})


T = TypeVar("T")


class MetricSuite:
    """Base of suites: a table of metrics for a kind of data, and drawings of what is measured.

    The other tables are read off it. CALLED: a word for its items, as in "real test clips". AIM: what a predictor says,
    as in "To predict links".

    A suite draws items in `_sheet`, whatever else of a model in `_drawings`, and a few items in `_preview`. The items
    of a model are those of `_items_of(model)`; without a model they are real ones, or None.

    Args:
        ROWS: {metric: its row} of all that the suite may measure.
        TITLES: {metric: (title, meaning, unit)}.
        HEADLINE: {purpose: the metric that `compare` ranks by}.
        BESIDE: {metric that is shown with these: what it trades against}.
        FACTS: {metric that is a hard fact: what it says of samples}; they decide between families that are tied.
        CURES: {hard fact: options of `genwright sample` that mend it}.
        MOST_BAD: {hard fact: share of bad samples from which on a family is of no use}, of those with a share of their
            own.
        LOOKED: names of headline metrics and facts.
        data: The data set, in its parts.
        seed: Seed of the random numbers.
    """

    ROWS: dict[str, MetricRow] = {}
    TITLES: dict[str, tuple[str, str, str]]
    HEADLINE: dict[str, str]
    BESIDE: dict[str, str] = {}
    FACTS: dict[str, str] = {}
    CURES: dict[str, str] = {}
    MOST_BAD: dict[str, float] = {}
    LOOKED: tuple[str, ...] = ()
    CALLED = AIM = ""

    def __init__(self, data: Data, seed: int):
        self.data, self.seed = data, seed
        self._made: dict[str, tuple[Any, Any]] = {}  # of `_memoised`

    def __init_subclass__(cls, **options: Any):
        super().__init_subclass__(**options)
        if "ROWS" in vars(cls):
            table = list(cls.ROWS.values())
            cls.TITLES = {row.name: (row.title, row.meaning, row.unit) for row in table}
            cls.HEADLINE = {row.ranks: row.name for row in table if row.ranks}
            cls.BESIDE = {row.name: row.beside for row in table if row.beside}
            cls.FACTS = {row.name: row.fact for row in table if row.fact}
            cls.CURES = {row.name: row.cure for row in table if row.cure}
            cls.MOST_BAD = {row.name: row.most_bad for row in table if row.most_bad != MOST_BAD}
            cls.LOOKED = tuple(row.name for row in table if row.ranks or row.fact)

    @classmethod
    @cache
    def extended(cls, added: tuple[MetricRow, ...]) -> type[Self]:
        """Adds metrics to the suite, as `register_metric` does."""
        return type(cls.__name__, (cls,), {"ROWS": cls.ROWS | rows(*added)})

    def believed(self, metrics: dict[str, Metric]) -> str:
        """Describes for which items a model with these metrics can be believed; "" where nothing is known."""
        return ""

    def chance(self) -> dict[str, Metric]:
        """Returns the values of headline metrics where nothing was learned, for rows that know it."""
        reached_names = {name: row.chance(self) for name, row in self.ROWS.items() if row.chance and row.ranks}
        return self._as_rows({name: metric for name, metric in reached_names.items() if metric}, "chance")

    def plot(self, model: Any, folder: Path) -> dict[str, str]:
        """Draws the figures of the report in the order of the page: {caption: path of the file}.

        Args:
            model: The trained model.
            folder: Folder for the pictures.
        """
        items = self._items_of(model)
        return self._sheet(items, folder) | self._drawings(model, items, folder)

    def plot_first(self, model: Any, folder: Path) -> dict[str, str]:
        """Returns the first of these drawings, which take a second at most, so that even a first look has them.

        Args:
            model: The trained model.
            folder: Folder for the pictures.
        """
        return self._sheet(self._items_of(model), folder)

    def plot_real(self, folder: Path) -> dict[str, str]:
        """Draws the figures of samples, of real test items instead; none where these stand beside samples anyway."""
        real = self._items_of(None)
        return {} if real is None else self._sheet(real, folder)

    def preview(self, model: Any, folder: Path) -> str:
        """Draws a file with a few items of a model, or real test items without one, and returns its path; "" where
        there are none.

        Args:
            model: The trained model.
            folder: Folder for the pictures.
        """
        items = self._items_of(model)
        return "" if items is None else self._preview(items, folder)

    def _sheet(self, items: Any, folder: Path) -> dict[str, str]:
        return {}

    def _drawings(self, model: Any, items: Any, folder: Path) -> dict[str, str]:
        return {}

    def _memoised(self, make: Callable[[Any], T], items: Any) -> T:
        """make(items), computed once for the items that it was asked for last."""
        known = self._made.get(make.__name__)
        if known is None or known[0] is not items:
            known = self._made[make.__name__] = items, make(items)
        return known[1]

    def _run(self, measures: Iterable[Callable], *items: Any, of: str) -> dict[str, Metric]:
        """What functions of rows measure, each called once, as the rows say it."""
        names, metrics = {row.measure: name for name, row in self.ROWS.items()}, {}
        for measure in dict.fromkeys(measures):
            metrics |= by_name(names[measure], measure(self, *items))
        return self._as_rows(metrics, of)

    def _as_rows(self, metrics: dict[str, Metric], of: str) -> dict[str, Metric]:
        """The metrics in the order of the rows, with what these say of them."""
        return {name: row.complete(metrics[name], of) for name, row in self.ROWS.items() if name in metrics}


class PredictionSuite(MetricSuite):
    """Measures predictors by the answers of test items, which no model saw, of the `Data` of a task.

    A suite says in `_predict_test` what it takes of a model's predictions, which rows measure, and in `_table` what a
    preview shows of it.

    Args:
        keys: (n,) int64 of the test items, by which two models are compared item by item.
        data: The data set, in its parts.
        seed: Seed of the random numbers.
    """

    keys: np.ndarray

    def __init__(self, data: Data, seed: int = 0, sizes: dict[str, int] | None = None):
        super().__init__(data, seed)
        self.sizes = Sizes({}, sizes)  # predicting takes little, and all is measured

    def reference(self) -> dict[str, Metric]:
        """Returns no metrics: the answers of test items are the truth itself."""
        return {}

    def measure(self, model: Predictor, only: Collection[str] | None = None) -> Measured:
        """Measures every metric, and the seconds that predicting and the rest took.

        Args:
            model: The trained model.
            only: names of the metrics to measure.
        """
        start = perf_counter()
        predictions = self._items_of(model)
        predicted_at = perf_counter()
        measures = [row.measure for name, row in self.ROWS.items() if only is None or name in only]
        metrics = self._run(measures, predictions, of="predictions")
        seconds = {"sample": predicted_at - start, "evaluate": perf_counter() - predicted_at}
        return Measured(metrics, seconds, per_item(metrics, self.keys))

    def raw(self, predictions: Any) -> Any:
        return predictions

    def _preview(self, items: Any, folder: Path) -> str:
        return write_rows(self._table(items), folder / "preview.csv")

    def _items_of(self, model: Predictor | None) -> Any:
        return None if model is None else self._memoised(self._predict_test, model)


def by_name(name: str, result: Metric | dict[str, Metric] | None) -> dict[str, Metric]:
    """Returns the result of a row's function by name; a single metric gets the name of the row."""
    return {name: result} if isinstance(result, Metric) else result or {}


def of_likelihood(likelihood: Likelihood, value: float, se: float | None, items: np.ndarray) -> Metric:
    """Makes a metric of test items from a number made of their likelihood.

    Args:
        likelihood: likelihoods of the items.
        value: the number.
        se: its standard error.
        items: (n,) numbers whose mean it is.
    """
    parts = {"given": likelihood.given, "without derived": likelihood.derived}
    reference = ", ".join(f"{word} {', '.join(names)}" for word, names in parts.items() if names)
    return estimate(
        value,
        se,
        int(likelihood.scored.sum()),
        reference,
        likelihood.noise,
        kind=likelihood.kind,
        of=likelihood.of,
        items=items,
    )


def of_two_samples(result: TwoSample, n: int, reference: str) -> Metric | None:
    """Makes a metric from a two-sample test on n samples; None where there were too few items.

    Args:
        result: result of the test.
        n: number of samples.
        reference: what samples were compared with.
    """
    if np.isnan(result.value):
        return None
    return estimate(result.value, result.se, n, reference, own=result.own, items=result.items)
