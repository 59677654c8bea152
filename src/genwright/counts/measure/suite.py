"""The metrics of counts.

Samples are compared with test rows by their log counts in few dimensions, by the means and zeros of columns, and by
totals. Latents are measured by what they should hold, the group of a row, and by what they should not, the conditions.
"""

from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from ...core.data import Data
from ...core.likelihood import Likelihood
from ...core.spec import Category
from ...measure.intervals import distance_se, numpy_generator, proportion
from ...measure.metric import Metric, Role
from ...measure.metrics.classifiers import two_sample_auc
from ...measure.metrics.memorisation import nearest
from ...measure.plots.figures import REAL, save
from ...measure.rows import MetricRow, constant_chance, estimate, rows
from ...measure.sample_suite import SampleSuite, copies_row, memorisation_row
from ...measure.sizes import Sizes, Tried, in_blocks
from ...measure.suite import in_drawn_order, of_two_samples
from ..kinds.rows import CountRows
from . import sheets
from .statistics import FOLDS, Plane, column_means, column_zeros, mean_error, neighbours_agree, predicted_right

SAMPLES, SCORED, CODED = 2_000, 1_000, 1_000
TAUGHT = 2_000  # training rows that say in which directions log counts differ
DIMS = 20
JUDGE = "logistic regression on log counts"
SHOWN = 100  # rows that are drawn
REPEATS = 20  # bootstrap samples of a distance


class Suite(SampleSuite):
    """Measures models of counts. The same data, seed and sizes give the same numbers."""

    LEAST = {"samples": 50, "scored": 25, "coded": 50}
    GLIMPSE, PLOTTED = 64, 100
    CALLED = "rows"

    def __init__(self, data: Data, seed: int = 0, sizes: dict[str, int] | None = None):
        super().__init__(in_drawn_order(data, None, seed), seed)
        self.train, self.valid, self.test = self.data.train, self.data.valid, self.data.test
        full = {"samples": min(len(self.train), SAMPLES), "scored": min(len(self.test), SCORED)}
        self.sizes = Sizes(full | {"coded": min(len(self.test), CODED)}, sizes)

    def tries(self, model: Any) -> dict[str, Tried]:
        asked = super().tries(model)
        if self._can(model, "coded"):
            asked["coded"] = Tried(lambda n: model.encode(self.test[:n]), in_blocks(model.sizes))
        return asked

    # ------------------------------------------------------------------ density

    def _nats(self, found: Likelihood, items: CountRows) -> Metric:
        return self._likelihood(found, items)

    # ------------------------------------------------------------------ samples

    def _read(self, samples: Any) -> CountRows:
        return self.domain.rows(samples)

    def _two_sample(self, items: CountRows) -> Metric | None:
        n = min(len(items), len(self.test))
        sides = np.concatenate([self._points(part[:n]) for part in (self.test, items)])
        judge = make_pipeline(StandardScaler(), LogisticRegression(max_iter=500))
        learn = lambda train, fake, test: judge.fit(sides[train], fake).predict_proba(sides[test])[:, 1]
        test = two_sample_auc(np.arange(2 * n)[:, None], np.repeat([0, 1], n), learn, self.seed)
        return of_two_samples(test, n, JUDGE)

    def _columns(self, items: CountRows) -> dict[str, Metric]:
        """Errors of the means and the zeros of columns."""
        sizes, rng = (len(self.test), len(items)), numpy_generator("columns", self.seed)
        zeros = lambda a, b: float(np.abs(column_zeros(a) - column_zeros(b)).mean())
        means = lambda a, b: mean_error(column_means(a), column_means(b))
        return {
            name: estimate(
                value(self.test, items), distance_se(lambda i, j: value(self.test[i], items[j]), sizes, rng, REPEATS),
                len(items), "real test rows",
            )
            for name, value in (("mean_error", means), ("zero_error", zeros))
        }  # fmt: skip

    def _totals(self, items: CountRows) -> Metric:
        return self._gap("totals", self.test.totals, items.totals)

    # ------------------------------------------------------------------ latents

    def _codes(self, model: Any) -> np.ndarray:
        """(n, D) latents of test rows, without the total, which stands last."""
        return model.encode(self.test[: self.sizes.size_for(model, "coded")])[:, :-1]

    def _latents(self, model: Any) -> dict[str, Metric]:
        """What latents say of the group of a row, which they should, and of the conditions, which they should not."""
        codes = self._memoised(self._codes, model)
        metrics = {}
        if self.domain.groups:
            kept, labels = _frequent(self.test.given[self.domain.groups][: len(codes)])
            if kept.any():
                right = neighbours_agree(codes[kept], labels)
                metrics["neighbours"] = estimate(*proportion(right), len(right), f"`{self.domain.groups}`")
        for name in self._conditions[:1]:
            kept, labels = _frequent(self.test.given[name][: len(codes)])
            if kept.any():
                right = predicted_right(codes[kept], labels, self.seed)
                chance = np.bincount(labels).max() / len(labels)
                detail = f"{chance:.2f} by always naming the commonest"
                metrics["condition_seen"] = estimate(*proportion(right), len(right), f"`{name}`", detail)
        return metrics

    @cached_property
    def _conditions(self) -> list[str]:
        """Names of the conditions that are labels."""
        given = self.domain.given
        return [name for name, leaf in given.leaves if isinstance(leaf, Category) and not leaf.shape]

    # ------------------------------------------------------------------ nearness

    @cached_property
    def _plane(self) -> Plane:
        return Plane(self.train[: min(len(self.train), TAUGHT)], DIMS)

    def _points(self, items: CountRows) -> np.ndarray:
        return self._plane(items)

    def _training_distances(self, items: CountRows) -> np.ndarray:
        return nearest(self._points(items), self._train_points)[0]

    @cached_property
    def _train_points(self) -> np.ndarray:
        return self._points(self.train)

    @property
    def _distances_text(self) -> str:
        return "training rows, by their log counts"

    ROWS = rows(
        MetricRow("nats", "Log-likelihood", "mean log p of a test row; higher is better", "nats", "higher",
            Role.DENSITY, _nats, "scored", ranks="density"),
        MetricRow("two_sample_auc", "Two-sample AUC",
            "how well log counts tell samples from real ones; 0.5 is perfect", "AUC", "lower", Role.SAMPLES,
            _two_sample, ranks="samples", chance=constant_chance(1.0)),
        MetricRow("mean_error", "Means of columns",
            "difference of log(1 + mean), root mean square over columns; 0 is perfect", "", "lower", Role.SAMPLES,
            _columns),
        MetricRow("zero_error", "Zeros of columns",
            "difference of the shares of zeros, mean over columns; 0 is perfect", "of rows", "lower", Role.SAMPLES,
            _columns),
        MetricRow("total_error", "Totals", "largest distance between the distributions of the totals of rows", "%",
            "lower", Role.SAMPLES, _totals),
        memorisation_row("row", "over test rows'; 1 is right"),
        copies_row("row"),
        MetricRow("neighbours", "Group of neighbours",
            "test rows whose nearest latents are mostly of their own group", "of rows", "higher", Role.CODES, _latents,
            "coded", real=None, ranks="codes"),
        MetricRow("condition_seen", "Condition in latents",
            "test rows whose condition a classifier reads from latents, which should not hold it", "of rows", "lower",
            Role.CODES, _latents, "coded", real=None),
    )  # fmt: skip

    # ------------------------------------------------------------------ drawings

    def _sheet(self, items: CountRows, folder: Path) -> dict[str, str]:
        return {"Counts": save(sheets.drawing(items), folder / "samples.png")}

    def _drawings(self, model: Any, items: CountRows, folder: Path) -> dict[str, str]:
        paths = {"Real test rows": save(sheets.drawing(self.test, REAL), folder / "real.png")}
        paths["Columns, sampled and real"] = sheets.columns_against(self.test, items, folder / "columns.png")
        coloured = [name for name in (self.domain.groups, *self._conditions[:1]) if name]
        if self._can(model, "coded") and self.sizes.size_for(model, "coded") and coloured:
            codes = self._memoised(self._codes, model)
            labels = {name: self.test.given[name][: len(codes)] for name in coloured}
            paths["Latents of test rows"] = sheets.latents_in_colour(codes, labels, self.seed, folder / "latents.png")
        return paths

    def _preview(self, items: CountRows, folder: Path) -> str:
        return save(self.drawing(self.domain, items[:SHOWN]), folder / "preview.png")

    @staticmethod
    def drawing(domain: Any, items: Any) -> Figure:
        """Some rows as a picture, and the totals of all."""
        return sheets.drawing(domain.rows(items))


def _frequent(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Which rows have a label that FOLDS rows have or more, (n,) bool, and the numbers of these labels."""
    values = pd.Series(values, dtype=object)
    kept = (values.notna() & (values.map(values.value_counts()) >= FOLDS)).to_numpy()
    if values[kept].nunique() < 2:
        kept = np.zeros(len(values), bool)
    return kept, np.unique(values[kept].astype(str), return_inverse=True)[1]
