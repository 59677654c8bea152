"""The metrics for links and relations: are pairs that are joined told from pairs that are not?"""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.metrics import average_precision_score, roc_auc_score

from ...run.predictor import Predictor
from ..intervals import area_influence as of_area
from ..intervals import bootstrap_se, numpy_generator
from ..metric import Metric
from ..metrics.predictions import calibration_error
from ..plots import prediction_plots
from ..plots.table_sheets import percents
from ..suite import PredictionSuite

TITLES = {
    "auc": ("AUC", "chance that an edge scores above a pair without an edge; higher is better", "AUC"),
    "precision": ("Average precision", "mean precision over the ranks of edges; higher is better", "of pairs"),
    "calibration": ("Calibration error", "confidence less the share right, by bins; lower is better", "of pairs"),
}
PREVIEW = 5  # pairs


class Suite(PredictionSuite):
    """data: a task's `Data` whose test items are pairs, or triples, that hold or do not."""

    TITLES = TITLES
    HEADLINE = {"labels": "auc"}

    def __init__(self, data, seed: int = 0, sizes: dict[str, int] | None = None):
        super().__init__(data, seed, sizes)
        self.y = data.tensors("test").target.y[:, 0].numpy().astype(bool)
        self.keys = np.arange(len(self.y))

    def plot(self, model: Predictor, folder: Path) -> dict[str, str]:
        p = _probabilities(self._predicted(model))
        return {
            "Calibration": prediction_plots.calibration(
                np.maximum(p, 1 - p), (p > 0.5) == self.y, folder / "calibration.png"
            )
        }

    # ------------------------------------------------------------------ inside

    def _predict_test(self, model: Predictor) -> pd.DataFrame:
        return model.predict(self.data)

    def _metrics(self, found: pd.DataFrame) -> dict[str, Metric]:
        p, rng = _probabilities(found), numpy_generator("pairs", self.seed)

        def metric(name: str, of, better: str) -> Metric:
            se = bootstrap_se(lambda i: float(of(self.y[i], p[i])), (len(p),), rng)
            return self._estimate(name, of(self.y, p), se, len(p), better)

        off = lambda y, p: calibration_error(np.maximum(p, 1 - p), (p > 0.5) == y)
        return {
            "auc": replace(metric("auc", roc_auc_score, "higher"), items=of_area(self.y, p)),
            "precision": metric("precision", average_precision_score, "higher"),
            "calibration": metric("calibration", off, "lower"),
        }

    def _rows(self, found: pd.DataFrame) -> pd.DataFrame:
        few = numpy_generator("preview", self.seed).permutation(len(self.y))[:PREVIEW]
        truth = np.where(self.y[few], "yes", "no")
        return found.iloc[few].assign(probability=percents(_probabilities(found)[few]), truth=truth)


def _probabilities(found: pd.DataFrame) -> np.ndarray:
    """(n,) that a pair is joined."""
    return found["probability"].to_numpy(float)
