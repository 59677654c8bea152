"""The metrics for links and relations: are pairs that are joined told from pairs that are not?"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from time import perf_counter

import numpy as np
from sklearn.metrics import average_precision_score, roc_auc_score

from ...run.predictor import Predictor
from ..influence import of_area
from ..intervals import bootstrap_se, numpy_generator
from ..metric import Measured, Metric, per_item
from ..metrics.calibration import calibration_error
from ..plots import label_plots
from ..plots.row_sheets import percents, write_rows
from ..sizes import Sizes

TITLES = {
    "auc": ("AUC", "chance that an edge scores above a pair that is none; higher is better", "AUC"),
    "precision": ("Average precision", "mean precision over the ranks of edges; higher is better", "of pairs"),
    "calibration": ("Calibration error", "confidence less the share right, by bins; lower is better", "of pairs"),
}
HEADLINE = {"labels": "auc"}
PREVIEW = 5  # pairs


class Suite:
    """data: a task's `Data` whose test items are pairs, or triples, that hold or do not."""

    TITLES = TITLES
    HEADLINE = HEADLINE

    def __init__(self, data, seed: int = 0, sizes: dict[str, int] | None = None):
        self.sizes = Sizes({}, sizes)  # predicting takes little, and all is measured
        self.data, self.seed = data, seed
        self.y = data.tensors("test").target.y[:, 0].numpy().astype(bool)

    def reference(self) -> dict[str, Metric]:
        """Nothing: real pairs are the answers themselves."""
        return {}

    def measure(self, model: Predictor) -> Measured:
        """Every metric, and the seconds that predicting and the rest took."""
        start = perf_counter()
        p = model.predict(self.data)["probability"].to_numpy().astype(float)
        predicted, rng = perf_counter(), numpy_generator("pairs", self.seed)

        def metric(name: str, of, better: str) -> Metric:
            whole = np.arange(len(p))
            se = bootstrap_se(lambda i: float(of(self.y[i], p[i])), (len(p),), rng)
            return Metric(float(of(self.y[whole], p)), se, "estimate", "predictions", TITLES[name][2], len(p), better)

        off = lambda y, p: calibration_error(np.maximum(p, 1 - p), (p > 0.5) == y)
        metrics = {
            "auc": replace(metric("auc", roc_auc_score, "higher"), items=of_area(self.y, p)),
            "precision": metric("precision", average_precision_score, "higher"),
            "calibration": metric("calibration", off, "lower"),
        }
        seconds = {"sample": predicted - start, "evaluate": perf_counter() - predicted}
        return Measured(metrics, seconds, per_item(metrics, np.arange(len(p))))

    def plot(self, model: Predictor, folder: str | Path) -> dict[str, str]:
        """Drawings for the report: {caption: path of the PNG}."""
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        p = model.predict(self.data)["probability"].to_numpy().astype(float)
        return {
            "Calibration": label_plots.calibration(
                np.maximum(p, 1 - p), (p > 0.5) == self.y, folder / "calibration.png"
            )
        }

    def plot_real(self, folder: str | Path) -> dict[str, str]:
        """Nothing: real pairs are the answers themselves."""
        return {}

    def preview(self, model: Predictor | None, folder: str | Path) -> str:
        """A few test pairs, how probable the model finds them and the truth: the path of a CSV file; "" without a
        model."""
        if model is None:
            return ""
        few = numpy_generator("preview", self.seed).permutation(len(self.y))[:PREVIEW]
        table = model.predict(self.data).iloc[few]
        table = table.assign(probability=percents(table["probability"].to_numpy(float)))
        truth = np.where(self.y[few], "yes", "no")
        return write_rows(table.assign(truth=truth), Path(folder) / "preview.csv")
