"""The metrics for links and relations: are pairs that are joined told from pairs that are not?"""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.metrics import average_precision_score, roc_auc_score

from ...run.predictor import Predictor
from ..intervals import area_influence, bootstrap_se, numpy_generator
from ..metric import Metric, Role
from ..metrics.predictions import calibration_error
from ..plots import prediction_plots
from ..plots.table_sheets import percents
from ..rows import MetricRow, estimate, rows
from ..suite import PredictionSuite

PREVIEW = 5  # pairs


class Suite(PredictionSuite):
    """data: a task's `Data` whose test items are pairs, or triples, that hold or do not."""

    def __init__(self, data, seed: int = 0, sizes: dict[str, int] | None = None):
        super().__init__(data, seed, sizes)
        self.y = data.tensors("test").target.y[:, 0].numpy().astype(bool)
        self.keys = np.arange(len(self.y))

    # ------------------------------------------------------------------ inside

    def _predict_test(self, model: Predictor) -> pd.DataFrame:
        return model.predict(self.data)

    def _quality(self, predictions: pd.DataFrame) -> dict[str, Metric]:
        p, rng = _probabilities(predictions), numpy_generator("pairs", self.seed)

        def measured(of: Callable[[np.ndarray, np.ndarray], float], items: np.ndarray | None = None) -> Metric:
            se = bootstrap_se(lambda i: float(of(self.y[i], p[i])), (len(p),), rng)
            return estimate(of(self.y, p), se, len(p), items=items)

        off = lambda y, p: calibration_error(np.maximum(p, 1 - p), (p > 0.5) == y)
        return {
            "auc": measured(roc_auc_score, area_influence(self.y, p)),
            "precision": measured(average_precision_score),
            "calibration": measured(off),
        }

    ROWS = rows(
        MetricRow("auc", "AUC", "chance that an edge scores above a pair without an edge; higher is better", "AUC",
            "higher", Role.ANSWERS, _quality, ranks="labels"),
        MetricRow("precision", "Average precision", "mean precision over the ranks of edges; higher is better",
            "of pairs", "higher", Role.ANSWERS, _quality),
        MetricRow("calibration", "Calibration error", "confidence less the share right, by bins; lower is better",
            "of pairs", "lower", Role.CONFIDENCE, _quality),
    )  # fmt: skip

    def _sheet(self, predictions: pd.DataFrame, folder: Path) -> dict[str, str]:
        p, path = _probabilities(predictions), folder / "calibration.png"
        return {"Calibration": prediction_plots.calibration(np.maximum(p, 1 - p), (p > 0.5) == self.y, path)}

    def _table(self, predictions: pd.DataFrame) -> pd.DataFrame:
        few = numpy_generator("preview", self.seed).permutation(len(self.y))[:PREVIEW]
        truth = np.where(self.y[few], "yes", "no")
        return predictions.iloc[few].assign(probability=percents(_probabilities(predictions)[few]), truth=truth)


def _probabilities(predictions: pd.DataFrame) -> np.ndarray:
    """(n,) that a pair is joined."""
    return predictions["probability"].to_numpy(float)
