"""Predictor: a trained p(y | x), with the same training loop and run folder as a Model."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch

from ..core.data import Data
from ..core.device import deterministic, to_cpu
from ..core.errors import Unsupported
from ..core.threads import threads
from ..data.load import stands_alone
from .image_index import indexed, nearest, require_count, worst
from .tasks import asked_of
from .trained_model import TrainedModel

VERBS = {"predict": "predict", "encode": "encode", "search": "search", "misfits": "search"}


@dataclass(repr=False)
class Predictor(TrainedModel):
    """family: a task's objective with its network; domain: the names of its answers; config: what `config.toml`
    holds."""

    VERBS = VERBS

    def predict(self, data: Any, pairs: Any = None, among: Sequence[str] | None = None) -> pd.DataFrame:
        """One row an item of `data` (anything that `load_data` takes, or items in memory where they stand alone), in
        their order: label and the probability of each class, or a number.

        pairs: of links, (n, 2) nodes to ask about, by name where they have any, else by number; edges among them are
        not looked at. By default the pairs held out to test.
        among: of images that texts match, the texts to choose among; by default the captions of `data`. The
        probabilities of an image sum to 1 over them.
        Raises DataError for data whose features are not those of the training data, or pairs or among where they are
        not for the task.
        """
        self._require("predict")
        task = self._task_of(data)
        if among is not None:
            task = self.domain.with_texts(task, among)
        if pairs is not None:
            task = self.domain.with_pairs(task.whole, pairs)
        return self.domain.answers(self._call(self.family.predict, task), task)

    def encode(self, data: Any) -> np.ndarray:
        """(n, D) float32 embeddings of the items of `data`, as `predict` takes them; NaN of a molecule that cannot be
        read.

        Raises Unsupported for a family without embeddings, DataError as `predict` does.
        """
        self._require("encode")
        task = self._task_of(data)
        return self.domain.codes(self._call(self.family.encode, task), task)

    def search(self, data: Any, text: str = "", n: int = 12, index: str | Path | None = None) -> pd.DataFrame:
        """The n images of `data` that a text describes best, best first: name and score, the cosine of both vectors.

        data: a folder of images, or whatever `predict` takes, whose images are called by their number. index: a file
        that keeps the vectors of a folder's images. It is made if it is missing, and brought up to date: only images
        whose time or size changed are encoded again.

        Raises Unsupported for a family that matches no texts, DataError for a text that says nothing, fewer than 1
        image, or an index of other data than a folder.
        """
        self._require("search")
        require_count(n)
        return nearest(self, indexed(self, data, index), text, n)

    def misfits(self, data: Any, n: int = 12) -> pd.DataFrame:
        """The n images of `data` whose captions fit worst, worst first: name, caption, its score, the caption of
        another image that fits best, that one's score, and the gap between both.

        data: a folder of images with captions, or whatever `predict` takes. Of several captions of an image, the first
        is judged.

        Raises Unsupported for a family that matches no texts, DataError for images without captions and fewer than 1
        image.
        """
        self._require("misfits")
        require_count(n)
        return worst(self, data).head(n).reset_index(drop=True)

    def attention(self, data: Any) -> pd.DataFrame:
        """How much each node attends to those that it hears from: one row an edge, with source, target and share (of
        the first layer, mean over heads; the shares of a target sum to 1).

        Raises Unsupported for families without attention.
        """
        task = self._task_of(data)
        if not hasattr(self.family, "attention"):
            raise Unsupported(f"{self._name} has no attention to show: train gat or gatv2 on labels of nodes")
        edges, shares = self._call(self.family.attention, task)
        names = task.whole.node_names
        source, target = edges.numpy()
        return pd.DataFrame({"source": names[source], "target": names[target], "share": shares.numpy()})

    def layers(self, data: Any, nodes: np.ndarray) -> list[np.ndarray]:
        """Embeddings of some nodes (n,), by number, layer by layer: (n, D_l) float32 each, their features first and the
        scores of their classes last.

        Raises Unsupported for families that are no network of layers on the nodes of a graph.
        """
        task = self._task_of(data)
        if not hasattr(self.family, "by_layer"):
            raise Unsupported(
                f"{self._name} has no layers to show; families that have: "
                f"{', '.join(self.peers('layers')) or 'none of this task'}"
            )
        found = self._call(lambda context: tuple(self.family.by_layer(context, torch.as_tensor(nodes))), task)
        return [layer.float().numpy() for layer in found]

    def _task_of(self, data: Any) -> Data:
        """What it is asked, read as its training data were."""
        return asked_of(data, self.domain, self.config.get("data", {}).get("options"))

    def _threads(self) -> int:
        """One where items stand alone, since several processes share a library (`studies/property_predictions.py`)."""
        return 1 if stands_alone(self.domain.kind) else super()._threads()

    def _call(self, verb: Callable, task: Data) -> Any:
        with torch.no_grad(), threads(self._threads()), deterministic(self.device):
            return to_cpu(verb(self.domain.context_for(task, self.family.views).to(self.device)))
