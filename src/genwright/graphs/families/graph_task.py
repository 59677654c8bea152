"""Tasks on graphs: the graph around the items, and the way from a person's graph to tensors and back."""

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from math import inf

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from ...core.answers import Target
from ...core.data import Data
from ...core.errors import DataError
from ...core.graph import Graph
from ...core.trainable import Items
from ...families.task_data import TaskDomain, TaskSizes, hash_of_task, make_task
from ..kinds.graph_data import UNKNOWN, GraphData
from ..kinds.node_columns import NodeColumns, identity_features
from ..networks.features import Features, SparseRows, normalise_rows, single

LARGE_GRAPH = 100_000  # edges of a graph that is split once


@dataclass(frozen=True)
class TaskContext:
    """A graph, the features of its nodes, and the labels that training may see.

    Args:
        graph: The graph.
        x: features as networks see them.
        y: (N,) or (G,) labels of training items, UNKNOWN elsewhere.
        members: (G + 1,) where each graph's nodes begin, for tasks on whole graphs.
    """

    graph: Graph
    x: Features
    y: Tensor | None = None
    members: Tensor | None = None

    def move_to(self, device: torch.device) -> "TaskContext":
        """Copies the context to a device; tensors that are shared stay shared. Returns itself where it is there
        already."""
        if self.graph.ptr.device == device:
            return self
        moved_values = {id(value): value.to(device) for value in vars(self).values() if hasattr(value, "to")}
        return replace(self, **{name: moved_values.get(id(value), value) for name, value in vars(self).items()})

    to = move_to  # as a tensor calls it


@dataclass(frozen=True, repr=False)
class GraphDomain(TaskDomain):
    """The domain of predictions on graphs: scales features for networks, and names predictions.

    Args:
        task: Name of the task.
        mean, deviation: of dense features over training nodes, but 0 and 1 where a feature is binary or never
            varies, since sums over neighbours then count something; sparse ones are divided by the sum of their
            row.
        columns: Columns of the table that features were made of, so that those of another graph are made alike;
            None where they were numbers from the start.
        who: digest of the names of the nodes, where nothing is known of a node but which it is; "" without names.
    """

    task: str
    spec: TaskSizes
    mean: tuple[float, ...] = ()
    deviation: tuple[float, ...] = ()
    columns: NodeColumns | None = None
    who: str = ""
    kind = "graph"
    labelled = True  # whether answers are labels of the data, which data to predict about need not have

    @classmethod
    def fit(cls, task: str, data: GraphData, target: Target, nodes: Tensor) -> "GraphDomain":
        """Fits the domain to a graph.

        Args:
            task: Name of the task.
            data: The data set.
            target: The target that is predicted.
            nodes: (n,) int64 whose features may be looked at.
        """
        sizes = TaskSizes(data.x.shape[1], (target,), data.graph.edge_features, data.graph.rows)
        if isinstance(data.x, SparseRows):
            domain = cls(task, sizes, columns=data.columns)
            return replace(domain, who=digest_of_names(data)) if domain.has_identity_features else domain
        x = data.x[nodes].double()
        feature_spread = x.std(0, correction=0)
        counts = ((x == 0) | (x == 1)).all(0) | (feature_spread == 0)
        mean, feature_spread = x.mean(0).masked_fill(counts, 0.0), feature_spread.masked_fill(counts, 1.0)
        return cls(task, sizes, tuple(mean.tolist()), tuple(feature_spread.tolist()), data.columns)

    def scaled(self, x: Features) -> Features:
        """Scales features (N, F) for networks: by the means and deviations of training, else by the sum of a row."""
        if isinstance(x, SparseRows) and not self.mean:
            return normalise_rows(x)
        x = x.dense() if isinstance(x, SparseRows) else x
        if not self.mean:
            return normalise_rows(x)
        return (x - torch.tensor(self.mean)) / torch.tensor(self.deviation)

    def context(self, data: GraphData, labels: Tensor | None = None) -> TaskContext:
        """Converts a graph to a network's input. Raises DataError where its features differ in number from those of
        training.

        Args:
            data: The graph.
            labels: Labels that training may see, UNKNOWN elsewhere.
        """
        self.require_same_nodes(data)
        x = data.x
        if self.columns is not None and data.table is None:
            raise DataError(
                f"{data.name} has no table of nodes, and training read one with the column "
                f"'{self.columns.columns[0].name}': give it too"
            )
        if self.columns is not None and self.columns != data.columns:
            x = self.columns.encode(data.table)
        elif data.columns is not None and self.has_identity_features and data.graph.rows == self.spec.nodes:
            x = identity_features(data.graph.rows)
        edges = data.graph.edge_features, self.spec.edge_features, "an edge"
        for actual, expected, noun in ((x.shape[1], self.spec.inputs, "a node"), edges):
            if actual != expected:
                raise DataError(
                    f"{data.name} has {actual:,} features {noun}, and training had {expected:,}: give the same"
                )
        return TaskContext(data.graph, single(self.scaled(x)), labels, data.members)

    @property
    def has_identity_features(self) -> bool:
        """Whether nodes had no features in training, as where their table held nothing but the labels."""
        return self.columns is None and not self.mean and self.spec.inputs == self.spec.nodes

    def require_same_nodes(self, data: GraphData) -> None:
        """Raises DataError for other nodes than those of training, where nodes are known only by name."""
        if self.who and data.names is not None and self.who != digest_of_names(data):
            raise DataError(
                f"{data.name} has other nodes than training, which knew nothing of a node but which it is: give "
                "features of nodes to both, or fit anew"
            )

    @property
    def resplits(self) -> bool:
        return self.labelled and bool(self.classes)

    def weigh_for_splits(self, sizes: Mapping[str, int], whole: GraphData) -> float:
        """Counts the labels of nodes that a family learns from. A large graph is split once, as each split costs
        much."""
        if whole.members is not None:
            return super().weigh_for_splits(sizes, whole)
        return inf if whole.graph.edges > LARGE_GRAPH else sizes["train"]

    def without_labels(self, data: GraphData) -> Data | None:
        """Makes a task that predicts all of a graph without labels."""
        return make_task(data, self, {}, self.context(data)) if self.labelled and data.y is None else None

    def context_for(self, task: Data, views: tuple[str, ...]) -> TaskContext:
        """Returns the context of a task. On other data, features are scaled as in training."""
        return task.context if task.domain == self else replace(task.context, x=self.context(task.whole).x)

    def answers(self, predictions: Tensor, task: Data) -> pd.DataFrame:
        """Makes a table of predictions.

        Args:
            predictions: (n, classes) probabilities, a label and one column a class; or numbers (n, 1), a value.
            task: The task: its items and its context.
        """
        index, (target,) = task.whole.names if task.whole.members is None else None, self.spec.targets
        if not target.classes:
            return pd.DataFrame({"value": (predictions[:, 0] * target.scale + target.shift).numpy()}, index=index)
        columns = {f"p({name})": column for name, column in zip(target.classes, predictions.T.numpy())}
        return pd.DataFrame(
            {"label": np.array(target.classes, dtype=object)[predictions.argmax(1)], **columns}, index=index
        )

    def describe(self) -> list[str]:
        """Describes in sentences the features that networks read, and the names of the answers."""
        edges = f", {self.spec.edge_features:,} of an edge" if self.spec.edge_features else ""
        names = [f"answers: {', '.join(target.classes)}" for target in self.spec.targets if target.classes]
        return [f"{self.spec.inputs:,} features of a node{edges}", *names]

    def to_json(self) -> dict:
        columns = None if self.columns is None else self.columns.to_json()
        scaling = {"mean": self.mean, "deviation": self.deviation}
        return {"name": self.task, "spec": asdict(self.spec), **scaling, "columns": columns, "who": self.who}

    @classmethod
    def from_json(cls, record: dict) -> "GraphDomain":
        lists = {key: tuple(record[key]) for key in ("mean", "deviation")}
        if len(lists["mean"]) not in (0, record["spec"]["inputs"]) or len(lists["deviation"]) != len(lists["mean"]):
            raise ValueError("as many means and deviations as features are needed, or none")
        columns = None if record["columns"] is None else NodeColumns.from_json(record["columns"])
        return cls(
            record["name"], TaskSizes.from_json(record["spec"]), **lists, columns=columns, who=record.get("who", "")
        )


def digest_of_names(data: GraphData) -> str:
    """Computes a digest of the names of the nodes in order, "" if they have none."""
    return "" if data.names is None else hashlib.sha256("\0".join(map(str, data.names)).encode()).hexdigest()[:16]


def replace_training(task: Data, items: Items) -> Data:
    """Replaces the training items of a task; other labels are not seen in training."""
    context, encoded = task.context, {**task.encoded, "train": items}
    if context.y is not None:
        labels = torch.full_like(context.y, UNKNOWN)
        context = replace(context, y=labels.index_copy(0, items.x, items.target.y[:, 0].to(labels.dtype)))
    return replace(
        task,
        items={**task.items, "train": items.x},
        content=lambda: hash_of_task(task.whole, encoded),
        context=context,
        encoded=encoded,
    )


def parts_of_labels(y: np.ndarray, seed: int, train: int | float, valid: int | float) -> np.ndarray:
    """Splits labelled items by class.

    (n,) "train" | "valid" | "test" | "" drawn class by class: so many of each (whole numbers), or such a share (below
    1).

    Args:
        y: (n,) int, below 0 where there is no label; those get "". Sorting by a hash of (seed, item) would bind the
            split to node numbers, which mean nothing, so it is drawn by the generator of (seed, class).
        seed: Seed of the random numbers.
        train: Training items.
    """
    parts = np.full(len(y), "", dtype="<U5")
    for label in np.unique(y[y >= 0]):
        nodes = np.flatnonzero(y == label)
        nodes = nodes[np.random.default_rng([seed, int(label)]).permutation(len(nodes))]
        first = train if train >= 1 else max(1, round(train * len(nodes)))
        second = valid if valid >= 1 else max(1, round(valid * len(nodes)))
        parts[nodes] = "test"
        parts[nodes[: int(first + second)]] = "valid"
        parts[nodes[: int(first)]] = "train"
    return parts


def fingerprint(graph: Graph) -> Tensor:
    """Computes two numbers (2,) int64 that identify a graph."""
    digest = hashlib.blake2b(digest_size=16)
    for t in (graph.ptr, graph.source, graph.weight):
        digest.update(b"-" if t is None else t.contiguous().cpu().numpy().tobytes())
    return torch.frombuffer(bytearray(digest.digest()), dtype=torch.int64).to(graph.ptr.device)


def require_same(graph: Graph, known: Tensor, family_name: str) -> None:
    """Raises DataError unless `graph` has the fingerprint `known`.

    Args:
        graph: to check.
        known: (2,) fingerprint of the training graph.
        family_name: name of the family, for the message.
    """
    if not torch.equal(fingerprint(graph), known):
        raise DataError(
            f"{family_name} knows the nodes of its training graph, and this graph of {graph.rows:,} nodes is "
            "another. Train on this one, or take a model that reads features, such as gcn"
        )
