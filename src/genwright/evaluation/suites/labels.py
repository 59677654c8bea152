"""The metrics for predicted labels, of nodes or of whole graphs: accuracy and how far probabilities can be believed.

Everything is measured on test items alone, whose labels no model saw.
"""

from __future__ import annotations

from pathlib import Path
from time import perf_counter

import numpy as np
import pandas as pd
from sklearn.metrics import f1_score

from ...core.errors import Unsupported
from ...run.predictor import Predictor
from ..intervals import bootstrap_se, numpy_generator, proportion
from ..metric import Measured, Metric, per_item
from ..metrics.calibration import calibration_error
from ..plots import label_plots
from ..plots.row_sheets import percents, write_rows
from ..sizes import Sizes
from .properties import NumbersSuite

NEIGHBOURS = 4, 14  # of the node whose attention is drawn, itself included
EMBEDDED = 500  # items in the picture of embeddings, at most
PREVIEW = 5  # items
LEAST = 1e-12  # of a probability, so that one wrong certainty does not make a mean infinite

TITLES = {
    "accuracy": ("Accuracy", "test items whose label is right; higher is better", "of items"),
    "macro_f1": ("Macro F1", "mean over classes, each counting alike; higher is better", "F1"),
    "log_loss": ("Log loss", "-log p of the true label; lower is better", "nats"),
    "calibration": ("Calibration error", "confidence less the share right, by bins; lower is better", "of items"),
}
HEADLINE = {"labels": "accuracy"}


class Suite:
    """Measures predictors of labels. data: the `Data` of a task."""

    TITLES = TITLES
    HEADLINE = HEADLINE

    def __init__(self, data, seed: int = 0, sizes: dict[str, int] | None = None):
        self.sizes = Sizes({}, sizes)  # predicting takes little, and all is measured
        self.data, self.seed = data, seed
        self.classes = list(data.domain.classes)
        test = data.tensors("test")
        self.items, self.y = test.x.numpy(), test.target.y[:, 0].long().numpy()

    def reference(self) -> dict[str, Metric]:
        """Nothing: real items have no labels to predict themselves by."""
        return {}

    def measure(self, model: Predictor) -> Measured:
        """Every metric, and the seconds that predicting and the rest took."""
        start = perf_counter()
        p = self._probabilities(model)
        predicted = perf_counter()
        named = p.argmax(1)
        right, sure = named == self.y, p.max(1)
        loss = -np.log(np.maximum(p[np.arange(len(p)), self.y], LEAST))
        f1 = lambda i: float(f1_score(self.y[i], named[i], average="macro", zero_division=0))
        off = lambda i: calibration_error(sure[i], right[i])
        every, rng = np.arange(len(p)), numpy_generator("labels", self.seed)
        se = lambda statistic: bootstrap_se(statistic, (len(p),), rng)
        metrics = {
            "accuracy": self._metric(*proportion(right), "accuracy", "higher", right.astype(float)),
            "macro_f1": self._metric(f1(every), se(f1), "macro_f1", "higher"),
            "log_loss": self._metric(
                float(loss.mean()), float(loss.std(ddof=1) / len(loss) ** 0.5), "log_loss", "lower", loss
            ),
            "calibration": self._metric(off(every), se(off), "calibration", "lower"),
        }
        seconds = {"sample": predicted - start, "evaluate": perf_counter() - predicted}
        return Measured(metrics, seconds, per_item(metrics, self.items))

    def plot(self, model: Predictor, folder: str | Path) -> dict[str, str]:
        """Drawings for the report: {caption: path of the PNG}."""
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        p = self._probabilities(model)
        named = p.argmax(1)
        sheets = {
            "Confusion of test labels": label_plots.confusion(self.y, named, self.classes, folder / "confusion.png")
        }
        sheets["Calibration"] = label_plots.calibration(p.max(1), named == self.y, folder / "calibration.png")
        if "encode" in model.verbs:
            pick = numpy_generator("embeddings", self.seed).permutation(len(self.y))[:EMBEDDED]
            codes = model.encode(self.data)[self.items[pick]]
            path = folder / "embeddings.png"
            sheets["Embeddings of test items (t-SNE)"] = label_plots.embeddings(
                codes, self.y[pick], self.classes, self.seed, path
            )
        if drawn := self._attention(model, folder / "attention.png"):
            sheets["Whom a node attends to"] = drawn
        return sheets

    def plot_real(self, folder: str | Path) -> dict[str, str]:
        """Nothing: real items have no labels to predict themselves by."""
        return {}

    def preview(self, model: Predictor | None, folder: str | Path) -> str:
        """A few test items, what was predicted of them and the truth: the path of a CSV file; "" without a model."""
        if model is None:
            return ""
        pick = numpy_generator("preview", self.seed).permutation(len(self.y))[:PREVIEW]
        table, few = model.predict(self.data), self.items[pick]
        p, classes = table.iloc[few, 1:].to_numpy(), np.array(self.classes, dtype=object)
        shown = {"item": table.index[few], "predicted": classes[p.argmax(1)], "sure": percents(p.max(1))}
        return write_rows(pd.DataFrame({**shown, "truth": classes[self.y[pick]]}), Path(folder) / "preview.csv")

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
        return label_plots.attention(near.source.tolist(), near.share.to_numpy(), fits.index[0], path)

    def _probabilities(self, model: Predictor) -> np.ndarray:
        """(n, classes) of the test items."""
        return model.predict(self.data).iloc[:, 1:].to_numpy()[self.items]

    def _metric(self, value: float, se: float, name: str, better: str, items: np.ndarray | None = None) -> Metric:
        return Metric(value, se, "estimate", "predictions", TITLES[name][2], len(self.y), better, items=items)


def suite(data) -> type:
    """The class that measures predictors of labels, or of a number, of whole graphs."""
    return Suite if data.domain.classes else NumbersSuite
