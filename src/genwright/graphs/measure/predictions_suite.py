"""The metrics for predictions on graphs: labels of nodes or of whole graphs, links and relations, and recommendations.

Everything is measured on test items alone, whose answers no model saw. Labels: accuracy, and how far probabilities can
be believed. Links: are pairs that are joined told from pairs that are not? Recommendations: does the list of a user
hold what the user took later? Means over users who have test items; items taken in training are never recommended
(He 2020, the protocol of LightGCN).
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.metrics import average_precision_score, f1_score, roc_auc_score

from ...core.errors import Unsupported
from ...measure.intervals import area_influence, bootstrap_se, numpy_generator, proportion, proportion_se
from ...measure.metric import Metric, Role
from ...measure.metrics.predictions import calibration_error
from ...measure.plots import prediction_plots
from ...measure.plots.table_sheets import percents
from ...measure.rows import MetricRow, constant_chance, estimate, ranked, rows
from ...measure.suite import PredictionSuite
from ...measure.suites.answers import NumbersSuite
from ...run.predictor import Predictor

NEIGHBOURS = 4, 14  # of the node whose attention is drawn, itself included
EMBEDDED = 500  # items in the figure of embeddings, at most
PREVIEW = 5  # items
LEAST_PROBABILITY = 1e-12  # of a probability, so that one wrong certainty does not make a mean infinite


class LabelsSuite(PredictionSuite):
    """Measures predictors of labels.

    Args:
        data: the `Data` of a task.
        seed: Seed of the random numbers.
    """

    AIM = "labels"

    def __init__(self, data, seed: int = 0, sizes: dict[str, int] | None = None):
        super().__init__(data, seed, sizes)
        self.classes = list(data.domain.classes)
        test = data.tensors("test")
        self.keys, self.y = test.x.numpy(), test.target.y[:, 0].long().numpy()

    def _drawings(self, model: Predictor, predictions: pd.DataFrame, folder: Path) -> dict[str, str]:
        p = _class_probabilities(predictions)
        predicted_labels = p.argmax(1)
        sheets = {
            "Confusion of test labels": prediction_plots.confusion(
                self.y, predicted_labels, self.classes, folder / "confusion.png"
            )
        }
        sheets["Calibration"] = prediction_plots.calibration(
            p.max(1), predicted_labels == self.y, folder / "calibration.png"
        )
        if "encode" in model.verbs:
            pick = numpy_generator("embeddings", self.seed).permutation(len(self.y))[:EMBEDDED]
            codes = model.encode(self.data)[self.keys[pick]]
            path = folder / "embeddings.png"
            sheets["Embeddings of test items (t-SNE)"] = prediction_plots.embeddings(
                codes, self.y[pick], self.classes, self.seed, path
            )
        if picture := self._attention(model, folder / "attention.png"):
            sheets["Whom a node attends to"] = picture
        return sheets

    def _predict_test(self, model: Predictor) -> pd.DataFrame:
        return model.predict(self.data).iloc[self.keys]

    def _largest_class(self) -> Metric:
        """The accuracy of naming the most frequent class of training items."""
        known = self.data.tensors("train").target.y[:, 0].long()
        return estimate(*proportion(self.y == int(known.mode().values)), len(self.y))

    def _quality(self, predictions: pd.DataFrame) -> dict[str, Metric]:
        p = _class_probabilities(predictions)
        predicted_labels = p.argmax(1)
        right, confidence, n = predicted_labels == self.y, p.max(1), len(p)
        loss = -np.log(np.maximum(p[np.arange(n), self.y], LEAST_PROBABILITY))
        f1 = lambda i: float(f1_score(self.y[i], predicted_labels[i], average="macro", zero_division=0))
        error_of = lambda i: calibration_error(confidence[i], right[i])
        rng = numpy_generator("labels", self.seed)
        with_error = lambda statistic: estimate(statistic(np.arange(n)), bootstrap_se(statistic, (n,), rng), n)
        return {
            "accuracy": estimate(*proportion(right), n, items=right.astype(float)),
            "macro_f1": with_error(f1),
            "log_loss": estimate(loss.mean(), loss.std(ddof=1) / n**0.5, n, items=loss),
            "calibration": with_error(error_of),
        }

    ROWS = rows(
        MetricRow("accuracy", "Accuracy", "test items whose label is right; higher is better", "of items", "higher",
            Role.ANSWERS, _quality, ranks="labels", chance=_largest_class),
        MetricRow("macro_f1", "Macro F1", "mean over classes, each counting alike; higher is better", "F1", "higher",
            Role.ANSWERS, _quality),
        MetricRow("log_loss", "Log loss", "-log p of the true label; lower is better", "nats", "lower", Role.ANSWERS,
            _quality),
        MetricRow("calibration", "Calibration error", "confidence less the share right, by bins; lower is better",
            "of items", "lower", Role.CONFIDENCE, _quality),
    )  # fmt: skip

    def _table(self, predictions: pd.DataFrame) -> pd.DataFrame:
        shown_rows = numpy_generator("preview", self.seed).permutation(len(self.y))[:PREVIEW]
        p, classes = _class_probabilities(predictions)[shown_rows], np.array(self.classes, dtype=object)
        columns = {"item": predictions.index[shown_rows], "predicted": classes[p.argmax(1)], "sure": percents(p.max(1))}
        return pd.DataFrame({**columns, "truth": classes[self.y[shown_rows]]})

    def _attention(self, model: Predictor, path: Path) -> str | None:
        """The node of most neighbours among those that have few enough to draw; None where the family does not
        attend."""
        try:
            edges = model.attention(self.data)
        except Unsupported:
            return None
        counts = edges.target.value_counts()
        usual_counts = counts[counts.between(*NEIGHBOURS)]
        if usual_counts.empty:
            return None
        heaviest = edges[edges.target == usual_counts.index[0]].sort_values("share", ascending=False)
        return prediction_plots.attention(
            heaviest.source.tolist(), heaviest.share.to_numpy(), usual_counts.index[0], path
        )


def _class_probabilities(predictions: pd.DataFrame) -> np.ndarray:
    """(n, classes)."""
    return predictions.iloc[:, 1:].to_numpy()


def labels_suite(data) -> type:
    """Chooses the suite that measures predictors of labels, or of a number, of whole graphs."""
    return LabelsSuite if data.domain.classes else NumbersSuite


PAIRS_SHOWN = 5  # pairs


class LinksSuite(PredictionSuite):
    """Measures predictors of links.

    Args:
        data: a task's `Data` whose test items are pairs, or triples, that hold or do not.
        seed: Seed of the random numbers.
    """

    AIM = "links"

    def __init__(self, data, seed: int = 0, sizes: dict[str, int] | None = None):
        super().__init__(data, seed, sizes)
        self.y = data.tensors("test").target.y[:, 0].numpy().astype(bool)
        self.keys = np.arange(len(self.y))  # items of which edges are told from pairs without an edge

    def _predict_test(self, model: Predictor) -> pd.DataFrame:
        return model.predict(self.data)

    def _quality(self, predictions: pd.DataFrame) -> dict[str, Metric]:
        every_p, rng = _pair_probabilities(predictions), numpy_generator("pairs", self.seed)
        y, p = self.y[self.keys], every_p[self.keys]

        def measured(score: Callable[[np.ndarray, np.ndarray], float], y, p, items: np.ndarray | None = None) -> Metric:
            value, rarer = float(score(y, p)), int(min(y.sum(), (~y).sum()))
            se = bootstrap_se(lambda i: float(score(y[i], p[i])), (len(p),), rng)
            se = se or proportion_se(value, rarer)  # all right, of a few pairs, is not certain
            return estimate(value, se, len(p), items=items)

        error_of = lambda y, p: calibration_error(np.maximum(p, 1 - p), (p > 0.5) == y)
        return {
            "auc": measured(roc_auc_score, y, p, area_influence(y, p)),
            "precision": measured(average_precision_score, y, p),
            "calibration": measured(error_of, self.y, every_p),
        }

    ROWS = rows(
        MetricRow("auc", "AUC", "chance that an edge scores above a pair without an edge; higher is better", "AUC",
            "higher", Role.ANSWERS, _quality, ranks="labels", chance=constant_chance(0.5)),
        MetricRow("precision", "Average precision", "mean precision over the ranks of edges; higher is better",
            "of pairs", "higher", Role.ANSWERS, _quality),
        MetricRow("calibration", "Calibration error", "confidence less the share right, by bins; lower is better",
            "of pairs", "lower", Role.CONFIDENCE, _quality),
    )  # fmt: skip

    def _sheet(self, predictions: pd.DataFrame, folder: Path) -> dict[str, str]:
        p, path = _pair_probabilities(predictions), folder / "calibration.png"
        return {"Calibration": prediction_plots.calibration(np.maximum(p, 1 - p), (p > 0.5) == self.y, path)}

    def _table(self, predictions: pd.DataFrame) -> pd.DataFrame:
        shown_pairs = numpy_generator("preview", self.seed).permutation(len(self.y))[:PAIRS_SHOWN]
        truth = np.where(self.y[shown_pairs], "yes", "no")
        return predictions.iloc[shown_pairs].assign(
            probability=percents(_pair_probabilities(predictions)[shown_pairs]), truth=truth
        )


def _pair_probabilities(predictions: pd.DataFrame) -> np.ndarray:
    """(n,) that a pair is joined."""
    return predictions["probability"].to_numpy(float)


MOST_ARROWS = 16  # in the figure of directions


class DirectedLinksSuite(LinksSuite):
    """Measures predictors of links in a directed graph: as links, and whether they tell which way an edge runs."""

    def __init__(self, data, seed: int = 0, sizes: dict[str, int] | None = None):
        super().__init__(data, seed, sizes)
        pairs, nodes = data.tensors("test").x.numpy(), data.whole.graph.rows
        keys, reverse = pairs[:, 0] * nodes + pairs[:, 1], pairs[:, 1] * nodes + pairs[:, 0]
        is_reverse = ~self.y & np.isin(keys, reverse[self.y])  # of an edge, and none itself
        self.keys = np.flatnonzero(~is_reverse)
        self.runs = self.y & np.isin(keys, reverse[is_reverse])  # edges that run one way
        order = np.argsort(keys)
        self.back = order[np.searchsorted(keys, reverse[self.runs], sorter=order)]  # rows of their reverses

    def _direction(self, predictions: pd.DataFrame) -> Metric | None:
        """The chance that the odds of u -> v against v -> u are better for an edge than for the reverse of one."""
        if not self.runs.any():
            return None
        p = _pair_probabilities(predictions).clip(LEAST_PROBABILITY, 1 - LEAST_PROBABILITY)
        logits = np.log(p / (1 - p))
        odds = logits[self.runs] - logits[self.back]
        auc = lambda i: float(roc_auc_score(np.repeat([1, 0], len(i)), np.concatenate([odds[i], -odds[i]])))
        se = bootstrap_se(auc, (len(odds),), numpy_generator("directions", self.seed))
        return estimate(auc(np.arange(len(odds))), se, len(odds))

    ROWS = LinksSuite.ROWS | rows(
        MetricRow("direction", "AUC of direction",
            "chance that an edge between two nodes scores above its reverse, given that it is there; higher is better",
            "AUC", "higher", Role.ANSWERS, _direction),
    )  # fmt: skip

    def _sheet(self, predictions: pd.DataFrame, folder: Path) -> dict[str, str]:
        drawn = {} if not self.runs.any() else {
            "Predicted directions of test edges": self._arrows(predictions, folder / "directions.png")
        }  # fmt: skip
        return super()._sheet(predictions, folder) | drawn

    def _arrows(self, predictions: pd.DataFrame, path: Path) -> str:
        """Test edges at the node that has most of them, as the model directs them."""
        edges, p = predictions.iloc[np.flatnonzero(self.runs)], _pair_probabilities(predictions)
        counts = pd.concat([edges["source"], edges["target"]]).value_counts()
        at = ((edges["source"] == counts.index[0]) | (edges["target"] == counts.index[0])).to_numpy().nonzero()[0]
        at = at[:MOST_ARROWS]
        agrees = (p[self.runs] >= p[self.back])[at]
        pairs = edges.iloc[at][["source", "target"]].to_numpy(object)
        return prediction_plots.directions(pairs, agrees, counts.index[0], path)


def links_suite(data) -> type:
    """Chooses the suite that measures predictors of links, by whether edges have a direction."""
    return DirectedLinksSuite if data.domain.spec.directed else LinksSuite


HITS = 1, 3, 10


class TriplesSuite(LinksSuite):
    """Measures predictors of triples: as links, and by the filtered rank of the true head and the true tail of a test
    triple among all entities. Each triple counts by the mean over both."""

    AIM = "triples"

    def _predict_test(self, model: Predictor) -> pd.DataFrame:
        """Predictions of the triples asked; those that hold stand first, and have ranks."""
        ranks = model.ranks(self.data)[["head_rank", "tail_rank"]]
        return pd.concat([model.predict(self.data), ranks], axis=1)

    def _ranks(self, predictions: pd.DataFrame) -> dict[str, Metric]:
        ranks = predictions.loc[self.y, ["head_rank", "tail_rank"]].to_numpy()
        scores = {"mrr": 1 / ranks} | {f"hits{k}": (ranks <= k).astype(float) for k in HITS}
        means = {name: score.mean(1) for name, score in scores.items()}
        return {
            name: estimate(mean.mean(), mean.std(ddof=1) / len(mean) ** 0.5 if len(mean) > 1 else None, len(mean))
            for name, mean in means.items()
        }

    def _chance_of_rank(self) -> Metric:
        """The mean of 1 / rank where every entity is as likely."""
        nodes = self.data.whole.graph.rows
        return estimate(float((1 / np.arange(1, nodes + 1)).mean()), 0.0, 0, kind="exact")

    ROWS = ranked(
        rows(
            MetricRow("mrr", "MRR", "mean of 1 / filtered rank of the true entity; higher is better", "of 1", "higher",
                Role.ANSWERS, _ranks, chance=_chance_of_rank),
            MetricRow("hits1", "Hits@1", "true entities of filtered rank 1 or better; higher is better",
                "of entities", "higher", Role.ANSWERS, _ranks),
            MetricRow("hits3", "Hits@3", "true entities of filtered rank 3 or better; higher is better",
                "of entities", "higher", Role.ANSWERS, _ranks),
            MetricRow("hits10", "Hits@10", "true entities of filtered rank 10 or better; higher is better",
                "of entities", "higher", Role.ANSWERS, _ranks),
        ) | LinksSuite.ROWS,
        labels="mrr",
    )  # fmt: skip

    def _table(self, predictions: pd.DataFrame) -> pd.DataFrame:
        """Some test triples, and the ranks of their ends."""
        holding = predictions[self.y]
        shown = holding.iloc[numpy_generator("preview", self.seed).permutation(len(holding))[:PAIRS_SHOWN]]
        names = {"head_rank": "rank of head", "tail_rank": "rank of tail"}
        return shown.assign(probability=percents(_pair_probabilities(shown))).rename(columns=names)


USERS_SHOWN, ITEMS_SHOWN = 4, 5  # users, items of each


def recall_and_gain(lists: np.ndarray, test: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Computes recall and normalised discounted cumulative gain (Jarvelin & Kekalainen 2002) of each user who has test
    items: (m,), (m,), in [0, 1].

    Args:
        lists: (users, k) int64 items, best first.
        test: (n, 2) int64 pairs of user and item, each once.
    """
    items = int(max(lists.max(), test[:, 1].max())) + 1
    test_keys = (
        np.zeros(0, dtype=np.int64) if not len(test) else np.sort(test[:, 0].astype(np.int64) * items + test[:, 1])
    )
    keys = np.arange(len(lists))[:, None] * items + lists
    hits = test_keys[np.searchsorted(test_keys, keys).clip(max=len(test_keys) - 1)] == keys
    count = np.bincount(test[:, 0], minlength=len(lists))
    has_items = count > 0
    discount = 1 / np.log2(np.arange(2, lists.shape[1] + 2))
    ideal = np.concatenate([[0.0], discount.cumsum()])[count.clip(max=lists.shape[1])]
    return hits[has_items].sum(1) / count[has_items], (hits[has_items] * discount).sum(1) / ideal[has_items]


class RecommendationsSuite(PredictionSuite):
    """Measures recommenders.

    Args:
        data: the task's `Data` of interactions.
        seed: Seed of the random numbers.
    """

    AIM = "what users take next"

    def __init__(self, data, seed: int = 0, sizes: dict[str, int] | None = None):
        super().__init__(data, seed, sizes)
        self.test = data.tensors("test").x.numpy()
        self.keys = np.unique(self.test[:, 0])

    def _predict_test(self, model: Predictor) -> np.ndarray:
        """(users, k) items, best first."""
        table = model.predict(self.data.whole)
        return table.item.to_numpy().reshape(-1, int(table["rank"].max()))

    def _recall_and_gain(self, lists: np.ndarray) -> dict[str, Metric]:
        mean = lambda x: estimate(x.mean(), x.std(ddof=1) / len(x) ** 0.5, len(x), items=x)
        recall, gain = recall_and_gain(lists, self.test)
        return {"recall": mean(recall), "ndcg": mean(gain)}

    def _reach_of_lists(self, lists: np.ndarray) -> Metric:
        return estimate(len(np.unique(lists)) / self.data.whole.items, None, len(lists), kind="exact")

    ROWS = rows(
        MetricRow("recall", "Recall@20", "share of a user's test items among the 20 recommended; higher is better",
            "of items", "higher", Role.ANSWERS, _recall_and_gain, ranks="labels"),
        MetricRow("ndcg", "NDCG@20", "recall that counts items near the top of the list more; higher is better", "gain",
            "higher", Role.ANSWERS, _recall_and_gain),
        MetricRow("reach", "Reach", "share of all items that are recommended to anybody; higher is better", "of items",
            "higher", Role.ANSWERS, _reach_of_lists),
    )  # fmt: skip

    def _table(self, lists: np.ndarray) -> pd.DataFrame:
        """The first recommendations for a few users, and the items that they took later."""
        list_items, lines = lambda items: ", ".join(str(i) for i in items[:ITEMS_SHOWN]), []
        for user in self.keys[:USERS_SHOWN]:
            test_items = self.test[self.test[:, 0] == user, 1]
            lines.append({"user": user, "named first": list_items(lists[user]), "taken later": list_items(test_items)})
        return pd.DataFrame(lines)
