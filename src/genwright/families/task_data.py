"""Data of predictors: items of three parts, the context around them, and the names of the answers."""

import hashlib
from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from ..core.answers import Answers, Target
from ..core.data import Data, Whole
from ..core.domain import BaseDomain
from ..core.errors import DataError
from ..core.trainable import Items


@dataclass(frozen=True)
class TaskSizes:
    """The sizes of inputs and outputs that a network must fit.

    Args:
        inputs: features of a node, or of whatever items consist of.
        targets: to predict.
        edge_features: numbers of an edge.
        nodes: Nodes of the graph in training, for methods that keep a vector of each.
        directed: 1 where edges have a direction that answers depend on, else 0.
        descriptors, counts: numbers that describe a whole item, and counts of its substructures, beside its parts.
    """

    inputs: int
    targets: tuple[Target, ...] = ()
    edge_features: int = 0
    nodes: int = 0
    descriptors: int = 0
    counts: int = 0
    directed: int = 0

    @property
    def outputs(self) -> int:
        """Counts the network's outputs: a score for each class, and a number for each other target."""
        return sum(target.outputs for target in self.targets)

    @classmethod
    def from_json(cls, record: dict) -> "TaskSizes":
        """Rebuilds sizes from their `asdict`."""
        return cls(**record | {"targets": tuple(map(Target.from_json, record["targets"]))})


class TaskDomain(BaseDomain):
    """Base of the domains of prediction tasks: translates a person's data to items, and predictions to names. kind,
    task: as in the registry."""

    spec: TaskSizes
    resplits = False  # whether a whole can be split anew, by its `split_again`, for the same task
    answers_folder = ""  # usual name of the folder that answers are written to, "" where they are a table

    @property
    def classes(self) -> tuple[str, ...]:
        """The names of labels where labels are the only target, else ()."""
        return self.spec.targets[0].classes if len(self.spec.targets) == 1 else ()

    @abstractmethod
    def context_for(self, task: Data, views: tuple[str, ...]) -> object:
        """Returns what a family needs beside the items of a task, such as the whole graph; families `attach` to it. It
        has `to(device)`.

        Raises DataError for data that are not like those of training.

        Args:
            task: The task: its items and its context.
            views: Views of the family (`Trainable.views`).
        """

    @abstractmethod
    def without_labels(self, data: object) -> Data | None:
        """Makes a task for prediction from a data set or from items in the user's form. Returns None where the task
        needs the answers too. Returns None where the task must be made as for training, since the answers say what is
        asked, or are looked at."""

    def takes(self, data: object) -> bool:
        """Tells whether `without_labels` reads items in memory, or data that were loaded for another task."""
        return False

    def with_texts(self, task: Data, texts: object) -> Data:
        """Adds texts to choose among to a task. Raises DataError unless the task matches images with texts."""
        raise DataError(f"among is for predictors that match images, and this one is of {self.task}: leave among out")

    def with_pairs(self, data: object, pairs: object) -> Data:
        """Adds pairs to predict to data. Raises DataError unless the task predicts links."""
        raise DataError(f"pairs (--new) are for predictors of links, and this one is of {self.task}: leave them out")

    def wanting(self, task: Data, wanted: Mapping[str, object]) -> Data:
        """Narrows what a task looks for. Raises DataError unless the task predicts triples."""
        raise DataError(f"where (--where) is for predictors of triples, and this one is of {self.task}: leave it out")

    @abstractmethod
    def answers(self, predictions: Tensor, task: Data) -> pd.DataFrame:
        """Makes the table of predictions for the user.

        Args:
            predictions: What `predict` of a family returns.
            task: The task: its items and its context.
        """

    def codes(self, encoded: Tensor, task: Data) -> np.ndarray:
        """Returns codes (n, D) float32, one row for each item of the task. found: what `encode` of a family returns."""
        return encoded.numpy()


def make_task(
    whole: Whole,
    domain: TaskDomain,
    parts: dict[str, tuple[Tensor, Answers | None]],
    context: object,
    options: dict[str, object] | None = None,
) -> Data:
    """Makes the `Data` of a task on a data set, for the training loop.

    Args:
        domain: Domain, which translates between user values and tensors.
        parts: {part: (items (n, ...) int64, their answers, or None where items say all)}.
        context: Context of the task that the family was attached to.
        options: how the task was made, beside those of the whole.
    """
    encoded = {part: Items(x, torch.zeros(len(x), 0), target) for part, (x, target) in parts.items()}
    return Data(
        whole.name, domain, {part: items.x for part, items in encoded.items()}, lambda: hash_of_task(whole, encoded),
        whole.source, whole.licence, options={**whole.options, **(options or {})}, whole=whole, context=context,
        encoded=encoded,
    )  # fmt: skip


def hash_of_task(whole: Whole, encoded: dict[str, Items]) -> str:
    """Computes the hash of a data set, its split and the answers of a task.

    Args:
        whole: The data set.
        encoded: Items and answers of each part.
    """
    digest = hashlib.blake2b(whole.hash.encode(), digest_size=16)
    for items in encoded.values():
        for tensor in (items.x, *(() if items.target is None else vars(items.target).values())):
            digest.update(b"" if tensor is None else tensor.contiguous().numpy().tobytes())
    return digest.hexdigest()
