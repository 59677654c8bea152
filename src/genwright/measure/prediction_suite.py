"""Base of the suites of predictors: it asks a model once for its predictions of the test items, for every metric,
drawing and preview."""

from abc import ABC, abstractmethod
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import pandas as pd

from ..core.data import Data
from ..run.predictor import Predictor
from .metric import Measured, Metric, per_item
from .plots.row_sheets import write_rows
from .sizes import Sizes


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
