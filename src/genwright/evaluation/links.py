"""The rulers for links: are held-out edges scored above pairs without an edge?

Measured on the test pairs alone, half of them edges; no edge among them carried a message when they were scored.
"""

from __future__ import annotations

from pathlib import Path
from time import perf_counter

import numpy as np
from sklearn.metrics import average_precision_score, log_loss, roc_auc_score

from ..predictor import Predictor
from .intervals import bootstrap_se, numpy_generator
from .metric import Metric

TITLES = {
    "auc": ("AUC", "chance that an edge scores above a pair without one; higher is better", "probability"),
    "average_precision": ("Average precision", "area under precision against recall; higher is better", "precision"),
    "log_loss": ("Log loss", "-log p of what is true of a pair; lower is better", "nats"),
}
HEADLINE = {"labels": "auc"}


class Rulers:
    """data: the `TaskData` of links."""

    TITLES = TITLES
    HEADLINE = HEADLINE

    def __init__(self, data, seed: int = 0):
        self.data, self.seed = data, seed
        self.joined = data.tensors("test")[1][:, 0].numpy() > 0

    def floor(self) -> dict[str, Metric]:
        """Nothing: real pairs have no scores."""
        return {}

    def measure(self, model: Predictor) -> tuple[dict[str, Metric], dict[str, float]]:
        """Every metric, and the seconds that predicting and the rest took."""
        start = perf_counter()
        p = model.predict(self.data)["probability"].to_numpy()
        predicted = perf_counter()
        rng, edges, others = numpy_generator("links", self.seed), np.flatnonzero(self.joined), np.flatnonzero(~self.joined)

        def metric(name: str, score, better: str) -> Metric:
            of = lambda i, j: float(score(self.joined[pick := np.concatenate([edges[i], others[j]])], p[pick]))
            value = of(np.arange(len(edges)), np.arange(len(others)))
            se = bootstrap_se(of, (len(edges), len(others)), rng)
            return Metric(value, se, "estimate", "predictions", TITLES[name][2], len(p), better)

        return {
            "auc": metric("auc", roc_auc_score, "higher"),
            "average_precision": metric("average_precision", average_precision_score, "higher"),
            "log_loss": metric("log_loss", lambda y, p: log_loss(y, p.astype(float)), "lower"),
        }, {"sample": predicted - start, "evaluate": perf_counter() - predicted}

    def draw(self, model: Predictor, folder: str | Path) -> dict[str, str]:
        """Nothing yet: pairs have no picture."""
        return {}
