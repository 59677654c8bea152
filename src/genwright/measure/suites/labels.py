"""The metrics for predicted labels, of nodes or of whole graphs: accuracy and how far probabilities can be believed.

Everything is measured on test items alone, whose labels no model saw.
"""

from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.metrics import f1_score

from ...core.errors import Unsupported
from ...run.predictor import Predictor
from ..intervals import bootstrap_se, numpy_generator, proportion
from ..metric import Metric, Role
from ..metrics.predictions import calibration_error
from ..plots import prediction_plots
from ..plots.table_sheets import percents
from ..rows import MetricRow, estimate, rows
from ..suite import PredictionSuite
from .properties import NumbersSuite

NEIGHBOURS = 4, 14  # of the node whose attention is drawn, itself included
EMBEDDED = 500  # items in the figure of embeddings, at most
PREVIEW = 5  # items
LEAST_PROBABILITY = 1e-12  # of a probability, so that one wrong certainty does not make a mean infinite


class Suite(PredictionSuite):
    """Measures predictors of labels. data: the `Data` of a task."""

    def __init__(self, data, seed: int = 0, sizes: dict[str, int] | None = None):
        super().__init__(data, seed, sizes)
        self.classes = list(data.domain.classes)
        test = data.tensors("test")
        self.keys, self.y = test.x.numpy(), test.target.y[:, 0].long().numpy()

    def _drawings(self, model: Predictor, predictions: pd.DataFrame, folder: Path) -> dict[str, str]:
        p = _probabilities(predictions)
        named = p.argmax(1)
        sheets = {
            "Confusion of test labels": prediction_plots.confusion(
                self.y, named, self.classes, folder / "confusion.png"
            )
        }
        sheets["Calibration"] = prediction_plots.calibration(p.max(1), named == self.y, folder / "calibration.png")
        if "encode" in model.verbs:
            pick = numpy_generator("embeddings", self.seed).permutation(len(self.y))[:EMBEDDED]
            codes = model.encode(self.data)[self.keys[pick]]
            path = folder / "embeddings.png"
            sheets["Embeddings of test items (t-SNE)"] = prediction_plots.embeddings(
                codes, self.y[pick], self.classes, self.seed, path
            )
        if drawn := self._attention(model, folder / "attention.png"):
            sheets["Whom a node attends to"] = drawn
        return sheets

    # ------------------------------------------------------------------ inside

    def _predict_test(self, model: Predictor) -> pd.DataFrame:
        return model.predict(self.data).iloc[self.keys]

    def _quality(self, predictions: pd.DataFrame) -> dict[str, Metric]:
        p = _probabilities(predictions)
        named = p.argmax(1)
        right, sure, n = named == self.y, p.max(1), len(p)
        loss = -np.log(np.maximum(p[np.arange(n), self.y], LEAST_PROBABILITY))
        f1 = lambda i: float(f1_score(self.y[i], named[i], average="macro", zero_division=0))
        off = lambda i: calibration_error(sure[i], right[i])
        rng = numpy_generator("labels", self.seed)
        measured = lambda statistic: estimate(statistic(np.arange(n)), bootstrap_se(statistic, (n,), rng), n)
        return {
            "accuracy": estimate(*proportion(right), n, items=right.astype(float)),
            "macro_f1": measured(f1),
            "log_loss": estimate(loss.mean(), loss.std(ddof=1) / n**0.5, n, items=loss),
            "calibration": measured(off),
        }

    ROWS = rows(
        MetricRow("accuracy", "Accuracy", "test items whose label is right; higher is better", "of items", "higher",
            Role.ANSWERS, _quality, ranks="labels"),
        MetricRow("macro_f1", "Macro F1", "mean over classes, each counting alike; higher is better", "F1", "higher",
            Role.ANSWERS, _quality),
        MetricRow("log_loss", "Log loss", "-log p of the true label; lower is better", "nats", "lower", Role.ANSWERS,
            _quality),
        MetricRow("calibration", "Calibration error", "confidence less the share right, by bins; lower is better",
            "of items", "lower", Role.CONFIDENCE, _quality),
    )  # fmt: skip

    def _table(self, predictions: pd.DataFrame) -> pd.DataFrame:
        few = numpy_generator("preview", self.seed).permutation(len(self.y))[:PREVIEW]
        p, classes = _probabilities(predictions)[few], np.array(self.classes, dtype=object)
        shown = {"item": predictions.index[few], "predicted": classes[p.argmax(1)], "sure": percents(p.max(1))}
        return pd.DataFrame({**shown, "truth": classes[self.y[few]]})

    def _attention(self, model: Predictor, path: Path) -> str | None:
        """The node of most neighbours among those that have few enough to draw; None where the family does not
        attend."""
        try:
            edges = model.attention(self.data)
        except Unsupported:
            return None
        counts = edges.target.value_counts()
        fits = counts[counts.between(*NEIGHBOURS)]
        if fits.empty:
            return None
        near = edges[edges.target == fits.index[0]].sort_values("share", ascending=False)
        return prediction_plots.attention(near.source.tolist(), near.share.to_numpy(), fits.index[0], path)


def _probabilities(predictions: pd.DataFrame) -> np.ndarray:
    """(n, classes)."""
    return predictions.iloc[:, 1:].to_numpy()


def suite(data) -> type:
    """The class that measures predictors of labels, or of a number, of whole graphs."""
    return Suite if data.domain.classes else NumbersSuite
