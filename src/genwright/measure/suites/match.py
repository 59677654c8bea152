"""The metrics for images matched with texts: is the right text the nearest, also against one with the same words?

A text is the first caption of a test image, in lower case. After a swap of two words, only their order tells which text
is meant. A reader of bags of words is then right half of the time.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd

from ...run.predictor import Predictor
from ..intervals import numpy_generator, proportion
from ..metric import Metric, Role
from ..metrics.captions import CANDIDATES, compare_captions, hit_probabilities
from ..rows import MetricRow, constant_chance, estimate, rows
from ..suite import PredictionSuite

MOST_IMAGES = 4_000  # test images that are measured, a seeded choice where there are more
PREVIEW = 5  # images


class MatchVectors(NamedTuple):
    """Embeddings of images and texts.

    Args:
        images: (n, D) of test images.
        texts: (t, D) of the suite's texts.
    """

    images: np.ndarray
    texts: np.ndarray


class Suite(PredictionSuite):
    """Measures models that match images with texts.

    Args:
        data: the task's `Data` of captioned images.
        seed: Seed of the random numbers.
    """

    AIM = "which caption fits"

    def __init__(self, data, seed: int = 0, sizes: dict[str, int] | None = None):
        super().__init__(data, seed, sizes)
        number, captions, texts = data.domain.captioned(data.domain.without_labels(data.test))
        shown = np.sort(numpy_generator("matched", seed).permutation(len(number))[:MOST_IMAGES])
        self.pictures = data.test[number[shown]]
        text_numbers, self.right = np.unique(captions[shown], return_inverse=True)
        self.own = [texts[i] for i in text_numbers]
        self.swapped = {name: [swap(text) for text in self.own] for name, swap in data.domain.swaps.items()}
        swapped_texts = [text for swaps in self.swapped.values() for text in swaps if text]
        self.texts = list(dict.fromkeys([*self.own, *swapped_texts]))
        self.keys = data.domain.images.keys(np.asarray(self.pictures)).view(np.int64)

    def _text_found(self, vectors: MatchVectors) -> Metric:
        similarity = vectors.images @ vectors.texts.T
        return _share(hit_probabilities(similarity[:, : len(self.own)], self.right))

    def _image_found(self, vectors: MatchVectors) -> Metric:
        rows = np.arange(len(self.right))
        same_text = self.right[:, None] == self.right
        same_text[rows, rows] = False
        return _share(
            hit_probabilities(np.where(same_text, -np.inf, vectors.texts[self.right] @ vectors.images.T), rows)
        )

    def _not_swapped(self, vectors: MatchVectors) -> dict[str, Metric]:
        """How often images are nearer to their own text than to the same with two words swapped."""
        rows, similarity = np.arange(len(self.right)), vectors.images @ vectors.texts.T
        at, metrics = {text: i for i, text in enumerate(self.texts)}, {}
        for name, swaps in self.swapped.items():
            swapped_number = np.array([-1 if swaps[i] is None else at[swaps[i]] for i in self.right])
            if (swapped_number >= 0).any():
                nearer = compare_captions(similarity[rows, self.right], similarity[rows, swapped_number])
                metrics[name] = _share(np.where(swapped_number < 0, np.nan, nearer))
        return metrics

    ROWS = rows(
        MetricRow("recall", f"Text found, of {CANDIDATES}",
            f"images whose own caption is the nearest of {CANDIDATES} different ones; higher is better", "of images",
            "higher", Role.ANSWERS, _text_found, ranks="labels", chance=constant_chance(1 / CANDIDATES)),
        MetricRow("image_recall", f"Image found, of {CANDIDATES}",
            f"captions whose own image is the nearest of {CANDIDATES} with other captions; higher is better",
            "of images", "higher", Role.ANSWERS, _image_found),
        MetricRow("colours", "Colours not swapped",
            "images nearer to their caption than to it with two colours swapped; a bag of words: half; higher is "
            "better", "of images", "higher", Role.ANSWERS, _not_swapped),
        MetricRow("relation", "Relation not reversed",
            "images nearer to their caption than to it with its relation reversed; a bag of words: half; higher is "
            "better", "of images", "higher", Role.ANSWERS, _not_swapped),
    )  # fmt: skip

    def _predict_test(self, model: Predictor) -> MatchVectors:
        return MatchVectors(model.encode(self.pictures), model.encode(self.texts))

    def _table(self, vectors: MatchVectors) -> pd.DataFrame:
        shown_items = numpy_generator("preview", self.seed).permutation(len(self.right))[:PREVIEW]
        nearest = (vectors.images[shown_items] @ vectors.texts[: len(self.own)].T).argmax(1)
        texts = np.array(self.own, dtype=object)
        return pd.DataFrame(
            {"image": shown_items, "nearest caption": texts[nearest], "own caption": texts[self.right[shown_items]]}
        )


def _share(items: np.ndarray) -> Metric:
    """items: (n,) whose mean the metric is, NaN of images that have no part in it."""
    known = items[np.isfinite(items)]
    return estimate(*proportion(known), len(known), items=items)
