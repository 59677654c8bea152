"""The metrics for recommendations: does the list of a user hold what the user took later?

Means over users who have test items; items taken in training are never recommended (He 2020, the protocol of LightGCN).
"""

from __future__ import annotations

from pathlib import Path
from time import perf_counter

import numpy as np
import pandas as pd

from ...run.predictor import Predictor
from ..metric import Measured, Metric, per_item
from ..plots.row_sheets import write_rows
from ..sizes import Sizes

TITLES = {
    "recall": ("Recall@20", "of a user's test items, how many are in a list of 20; higher is better", "of items"),
    "ndcg": ("NDCG@20", "the same, counting more near the top of the list; higher is better", "gain"),
    "reach": ("Reach", "share of all items that are recommended to anybody; higher is better", "of items"),
}
HEADLINE = {"labels": "recall"}
PREVIEW, NAMED = 4, 5  # users, items of each


def recall_and_gain(lists: np.ndarray, test: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Recall and normalised discounted cumulative gain (Jarvelin & Kekalainen 2002) of each user who has test items:
    (m,), (m,), in [0, 1].

    lists: (users, k) int64 items, best first. test: (n, 2) int64 pairs of user and item, each once.
    """
    items = int(max(lists.max(), test[:, 1].max())) + 1
    taken = np.zeros(0, dtype=np.int64) if not len(test) else np.sort(test[:, 0].astype(np.int64) * items + test[:, 1])
    keys = np.arange(len(lists))[:, None] * items + lists
    hits = taken[np.searchsorted(taken, keys).clip(max=len(taken) - 1)] == keys
    count = np.bincount(test[:, 0], minlength=len(lists))
    some = count > 0
    discount = 1 / np.log2(np.arange(2, lists.shape[1] + 2))
    ideal = np.concatenate([[0.0], discount.cumsum()])[count.clip(max=lists.shape[1])]
    return hits[some].sum(1) / count[some], (hits[some] * discount).sum(1) / ideal[some]


class Suite:
    """data: the task's `Data` of interactions."""

    TITLES = TITLES
    HEADLINE = HEADLINE

    def __init__(self, data, seed: int = 0, sizes: dict[str, int] | None = None):
        self.sizes = Sizes({}, sizes)  # predicting takes little, and all is measured
        self.data, self.test = data, data.tensors("test").x.numpy()

    def reference(self) -> dict[str, Metric]:
        """Nothing: what users took later is the answer itself."""
        return {}

    def measure(self, model: Predictor) -> Measured:
        """Every metric, and the seconds that ranking and the rest took."""
        start = perf_counter()
        table = model.predict(self.data.whole)
        predicted = perf_counter()
        lists = table.item.to_numpy().reshape(-1, int(table["rank"].max()))
        recall, gain = recall_and_gain(lists, self.test)
        mean = lambda x, name: Metric(
            float(x.mean()),
            float(x.std(ddof=1) / len(x) ** 0.5),
            "estimate",
            "predictions",
            TITLES[name][2],
            len(x),
            "higher",
            items=x,
        )
        reach = len(np.unique(lists)) / self.data.whole.items
        metrics = {"recall": mean(recall, "recall"), "ndcg": mean(gain, "ndcg")}
        metrics["reach"] = Metric(reach, None, "exact", "predictions", TITLES["reach"][2], len(lists), "higher")
        seconds = {"sample": predicted - start, "evaluate": perf_counter() - predicted}
        return Measured(metrics, seconds, per_item(metrics, np.unique(self.test[:, 0])))

    def plot(self, model: Predictor, folder: str | Path) -> dict[str, str]:
        """Nothing yet: items have no names."""
        return {}

    def plot_real(self, folder: str | Path) -> dict[str, str]:
        """Nothing: what users took later is the answer itself."""
        return {}

    def preview(self, model: Predictor | None, folder: str | Path) -> str:
        """A few users, what the model names first and what they took later: the path of a CSV file; "" without a
        model."""
        if model is None:
            return ""
        table, said = model.predict(self.data.whole), lambda items: ", ".join(str(i) for i in items[:NAMED])
        lines = []
        for user in np.unique(self.test[:, 0])[:PREVIEW]:
            named, taken = table.item[table.user == user].to_numpy(), self.test[self.test[:, 0] == user, 1]
            lines.append({"user": user, "named first": said(named), "taken later": said(taken)})
        return write_rows(pd.DataFrame(lines), Path(folder) / "preview.csv")
