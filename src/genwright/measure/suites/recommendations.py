"""The metrics for recommendations: does the list of a user hold what the user took later?

Means over users who have test items; items taken in training are never recommended (He 2020, the protocol of LightGCN).
"""

import numpy as np
import pandas as pd

from ...run.predictor import Predictor
from ..metric import Metric, Role
from ..rows import MetricRow, estimate, rows
from ..suite import PredictionSuite

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


class Suite(PredictionSuite):
    """data: the task's `Data` of interactions."""

    def __init__(self, data, seed: int = 0, sizes: dict[str, int] | None = None):
        super().__init__(data, seed, sizes)
        self.test = data.tensors("test").x.numpy()
        self.keys = np.unique(self.test[:, 0])

    # ------------------------------------------------------------------ inside

    def _predict_test(self, model: Predictor) -> np.ndarray:
        """(users, k) items, best first."""
        table = model.predict(self.data.whole)
        return table.item.to_numpy().reshape(-1, int(table["rank"].max()))

    def _recall_and_gain(self, lists: np.ndarray) -> dict[str, Metric]:
        mean = lambda x: estimate(x.mean(), x.std(ddof=1) / len(x) ** 0.5, len(x), items=x)
        recall, gain = recall_and_gain(lists, self.test)
        return {"recall": mean(recall), "ndcg": mean(gain)}

    def _reach(self, lists: np.ndarray) -> Metric:
        return estimate(len(np.unique(lists)) / self.data.whole.items, None, len(lists), kind="exact")

    ROWS = rows(
        MetricRow("recall", "Recall@20", "share of a user's test items among the 20 recommended; higher is better",
            "of items", "higher", Role.ANSWERS, _recall_and_gain, ranks="labels"),
        MetricRow("ndcg", "NDCG@20", "recall that counts items near the top of the list more; higher is better", "gain",
            "higher", Role.ANSWERS, _recall_and_gain),
        MetricRow("reach", "Reach", "share of all items that are recommended to anybody; higher is better", "of items",
            "higher", Role.ANSWERS, _reach),
    )  # fmt: skip

    def _table(self, lists: np.ndarray) -> pd.DataFrame:
        """The first recommendations for a few users, and the items that they took later."""
        listed, lines = lambda items: ", ".join(str(i) for i in items[:NAMED]), []
        for user in self.keys[:PREVIEW]:
            taken = self.test[self.test[:, 0] == user, 1]
            lines.append({"user": user, "named first": listed(lists[user]), "taken later": listed(taken)})
        return pd.DataFrame(lines)
