"""Predictor: a trained p(y | x), with the same training loop and run folder as a Model."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from ..core.arguments import checked
from ..core.data import Data
from ..core.device import deterministic, threads, to_cpu
from ..core.domain import BaseDomain
from ..core.errors import DataError, Unsupported
from ..core.type_names import DataSource, Values
from ..kinds.load import stands_alone
from .image_index import indexed, nearest, require_count, worst
from .tasks import task_data
from .trained_model import TrainedModel

VERBS = {"predict": "predict", "encode": "encode", "search": "search", "misfits": "search"}


@dataclass(repr=False)
class Predictor(TrainedModel):
    """A trained model that predicts.

    Args:
        family: A task's objective with its network.
        domain: The names of its answers.
        config: The contents of `config.toml`.
        log: What training logged: the path of metrics.jsonl, or its rows.
    """

    VERBS = VERBS

    @checked
    def predict(
        self, data: DataSource, pairs: Values | None = None, *, among: Sequence[str] | None = None,
        new: int | None = None, where: dict[str, str] | None = None, samples: int | None = None,
    ) -> pd.DataFrame:  # fmt: skip
        """A DataFrame with one row per item: the label and the probability of each class, or a number.

        Args:
            data: Anything that `load_data` takes, or items in memory if they stand alone. Rows keep the order of the
                items.
            pairs: For links: (n, 2) nodes to ask about, by name if they have names, else by number. Edges of the graph
                between them are ignored. For relations: (n, 3) heads, relations and tails. Default: None, the pairs
                or triples held out for the test.
            among: For images matched with texts: the texts to choose among. The probabilities of an image sum to 1 over
                these texts. Default: None, the captions of `data`.
            new: For links and triples: the number of likeliest pairs that no edge joins, or of triples that are not
                known, best first.
            where: With `new`, for triples: the head, the relation or the tail that they have, such as head=anna.
            samples: For a family that samples structures of proteins: structures of each chain, the surest first, a row
                each. Default: None, the surest of those that its hyperparameters say.

        Raises DataError for data whose features differ from those of the training data, and for pairs or among if the
        task has no use for them. Raises Unsupported for samples of a family that gives one answer.
        """
        self._require("predict")
        task = self._task_of(data)
        if among is not None:
            task = self.domain.with_texts(task, among)
        if pairs is not None:
            task = self.domain.with_pairs(task.whole, pairs)
        if where is not None and new is None:
            raise DataError("where (--where) says which new triples to list: add new (--new) and their number")
        if new is not None:
            require_count(new, "new")
            task = self.domain.with_pairs(task.whole, [])
            task = task if where is None else self.domain.wanting(task, where)
            task = self.domain.asking(task, self._call(lambda context: self.family.likeliest(context, new), task))
        if samples is not None:
            require_count(samples, "samples")
            if not hasattr(self.family, "ranked"):
                raise Unsupported(f"{self._name} gives one answer: leave samples out, or fit alphafold3")
            found = self._call(lambda context: self.family.ranked(context, samples), task)
            return self.domain.ranked_answers(found, task)
        return self.domain.answers(self._call(self.family.predict, task), task)

    def encode(self, data: DataSource) -> np.ndarray:
        """(n, D) float32 embeddings of items; NaN for a molecule that cannot be read.

        Args:
            data: n items, as in `predict`.

        Raises Unsupported for a family without embeddings, DataError as `predict` does.
        """
        self._require("encode")
        task = self._task_of(data)
        return self.domain.codes(self._call(self.family.encode, task), task)

    @checked
    def search(self, data: DataSource, text: str = "", *, n: int = 12, index: str | Path | None = None) -> pd.DataFrame:
        """The images that a text describes best, best first: name and score, the cosine of both vectors.

        Args:
            data: A folder of images, or whatever `predict` takes; images without a name are called by their number.
            text: What the images should show.
            n: Number of images, at least 1.
            index: A file that keeps the vectors of a folder's images. It is made if it is missing, and updated: only
                files with other bytes than before are encoded again.

        Raises Unsupported for a family that matches no texts. Raises DataError for a text that says nothing, an n below
        1, and an index for anything but a folder.
        """
        self._require("search")
        require_count(n)
        return nearest(self, indexed(self, data, index), text, n)

    @checked
    def misfits(self, data: DataSource, *, n: int = 12) -> pd.DataFrame:
        """The images whose captions fit worst, worst first. Columns: name, caption, its score, the caption of another
        image that fits best, its score, and the gap between both.

        Args:
            data: A folder of images with captions, or whatever `predict` takes. If an image has several captions, the
                first is judged.
            n: How many of the worst images, at least 1.

        Raises Unsupported for a family that matches no texts, DataError for images without captions and an n below 1.
        """
        self._require("misfits")
        require_count(n)
        return worst(self, data).head(n).reset_index(drop=True)

    def attention(self, data: DataSource) -> pd.DataFrame:
        """Measure how much each node attends to its neighbours: one row per edge, with source, target and share. The
        share is that of the first layer, averaged over heads; the shares of a target sum to 1.

        Args:
            data: A graph, as in `predict`.

        Raises Unsupported for families without attention.
        """
        task = self._task_of(data)
        if not hasattr(self.family, "attention"):
            raise Unsupported(f"{self._name} has no attention to show: train gat or gatv2 on labels of nodes")
        edges, shares = self._call(self.family.attention, task)
        names = task.whole.node_names
        source, target = edges.numpy()
        return pd.DataFrame({"source": names[source], "target": names[target], "share": shares.numpy()})

    def ranks(self, data: DataSource) -> pd.DataFrame:
        """The filtered ranks of test triples: head, relation, tail, head_rank and tail_rank, one row each. A rank
        counts entities that score higher at that end, without those of other known triples, and 1 is best.

        Args:
            data: A graph with typed edges, as in `predict`.

        Raises Unsupported for families that predict no triples.
        """
        task = self._task_of(data)
        if not hasattr(self.family, "ranks"):
            raise Unsupported(f"{self._name} predicts no triples: its predictions have no ranks")
        return self.domain.ranked(self._call(self.family.ranks, task), task)

    def layers(self, data: DataSource, nodes: np.ndarray) -> list[np.ndarray]:
        """Embeddings of some nodes, layer by layer: a list of (n, D_l) float32. The features come first and the scores
        of the classes last.

        Args:
            data: A graph, as in `predict`.
            nodes: (n,) numbers of the nodes.

        Raises Unsupported for families without layers on the nodes of a graph.
        """
        task = self._task_of(data)
        if not hasattr(self.family, "by_layer"):
            raise Unsupported(
                f"{self._name} has no layers to show; families that have: "
                f"{', '.join(self._peers('layers')) or 'none of this task'}"
            )
        layers = self._call(lambda context: tuple(self.family.by_layer(context, torch.as_tensor(nodes))), task)
        return [layer.float().numpy() for layer in layers]

    def _task_of(self, data: DataSource) -> Data:
        """The data that the model is asked about, read as its training data were."""
        return task_data(data, self.domain, self.config.get("data", {}).get("options"))

    def _threads(self) -> int:
        """One where items stand alone, since several processes share a library
        (`molecules/library_tables.py`)."""
        return 1 if stands_alone(self.domain.kind) else super()._threads()

    def _call(self, verb: Callable, task: Data) -> Tensor | tuple[Tensor, ...]:
        with torch.no_grad(), threads(self._threads()), deterministic(self.device):
            return to_cpu(verb(self.domain.context_for(task, self.family.views).to(self.device)))


def require_matching(run: object, images: BaseDomain, run_name: str) -> Predictor:
    """Returns the run, where it matches images of such a domain with texts. Raises DataError where it does not.

    Args:
        run_name: it, in errors.
    """
    if not (isinstance(run, Predictor) and run.has("search")):
        subject = f"{run.config['family']} of {run.config['data']['name']}" if isinstance(run, TrainedModel) else run
        raise DataError(
            f"{run_name} is {subject}, which matches no images with texts: fit one on the same images with --task match"
        )
    given_form, run_form = _form(images), _form(run.domain.reads)
    if given_form != run_form:
        raise DataError(
            f"{run_name} matches {run_form}, and these are {given_form}: fit one on the same images with --task match"
        )
    return run


def _form(images: BaseDomain) -> str:
    """Size, colours and levels of a domain of images, as words for errors."""
    height, width, channels = images.size
    return f"{height} x {width} {'grey' if channels == 1 else 'colour'} images of {images.spec.leaf.levels} levels"
