"""What the workbench trains a predictor on: items of three parts, the graph around them, and how a person names the answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from ...errors import DataError
from ...spec import Spec
from ..features import Features, SparseRows, row_normalised
from ..graph import Graph
from ..graph_data import GraphData


@dataclass(frozen=True)
class Sizes:
    """What a network must fit. items: (n, inputs) features in, `outputs` numbers out (classes, or 1 for a target).

    nodes: of the graph in training, for methods that keep a vector of each.
    """

    inputs: int
    outputs: int
    edge_features: int = 0
    nodes: int = 0


@dataclass(frozen=True)
class Surroundings:
    """The graph around the items. x: features as networks see them. y: (N,) or (G,) labels of training items, UNKNOWN elsewhere.

    members: (G + 1,) where each graph's nodes begin, for tasks on whole graphs.
    """

    graph: Graph
    x: Features
    y: Tensor | None = None
    members: Tensor | None = None


@dataclass(frozen=True)
class GraphDomain:
    """How a person's graph becomes tensors and answers get their names back. name: of the task, as in the registry.

    classes: of labels; () where the answer is a number, which was scaled by (y - shift) / scale. mean, deviation: of dense features
    over training nodes; sparse ones are divided by the sum of their row.
    """

    name: str
    spec: Sizes
    classes: tuple[str, ...] = ()
    mean: tuple[float, ...] = ()
    deviation: tuple[float, ...] = ()
    shift: float = 0.0
    scale: float = 1.0
    given = Spec(())

    @classmethod
    def fit(cls, name: str, data: GraphData, outputs: int, nodes: Tensor, shift: float = 0.0, scale: float = 1.0) -> GraphDomain:
        """nodes: (n,) int64 whose features may be looked at."""
        edge_features = 0 if data.graph.features is None else data.graph.features.shape[1]
        sizes = Sizes(data.x.shape[1], outputs, edge_features, data.graph.rows)
        if isinstance(data.x, SparseRows):
            return cls(name, sizes, data.classes, (), (), shift, scale)
        x = data.x[nodes].double()
        spread = x.std(0, correction=0)
        spread = torch.where(spread > 0, spread, 1.0)
        return cls(name, sizes, data.classes, tuple(x.mean(0).tolist()), tuple(spread.tolist()), shift, scale)

    def scaled(self, x: Features) -> Features:
        if isinstance(x, SparseRows) and not self.mean:
            return row_normalised(x)
        x = x.dense() if isinstance(x, SparseRows) else x
        if not self.mean:
            return row_normalised(x)
        return (x - torch.tensor(self.mean)) / torch.tensor(self.deviation)

    def surroundings(self, data: GraphData, seen: Tensor | None = None) -> Surroundings:
        """data as networks see it. seen: labels that training may see, UNKNOWN elsewhere.

        Raises DataError where its features are not as many as those of training.
        """
        if data.x.shape[1] != self.spec.inputs:
            raise DataError(f"{data.name} has {data.x.shape[1]:,} features a node, and training had {self.spec.inputs:,}: give the same")
        return Surroundings(data.graph, self.scaled(data.x), seen, data.members)

    def answers(self, y: Tensor, index: list | None) -> pd.DataFrame:
        """A table of y: (n, classes) probabilities, as label and one column a class; or of numbers (n, 1), as value."""
        if not self.classes:
            return pd.DataFrame({"value": (y[:, 0] * self.scale + self.shift).numpy()}, index=index)
        columns = {f"p({name})": column for name, column in zip(self.classes, y.T.numpy())}
        return pd.DataFrame({"label": np.array(self.classes, dtype=object)[y.argmax(1)], **columns}, index=index)

    def to_json(self) -> dict:
        keys = ("name", "classes", "mean", "deviation", "shift", "scale")
        return {"spec": vars(self.spec), **{key: getattr(self, key) for key in keys}}

    @classmethod
    def from_json(cls, record: dict) -> GraphDomain:
        lists = {key: tuple(record[key]) for key in ("classes", "mean", "deviation")}
        return cls(record["name"], Sizes(**record["spec"]), **lists, shift=record["shift"], scale=record["scale"])


@dataclass
class TaskData:
    """Items of a task on a graph: {part: (items (n, ...) int64, answers (n, 1) float)}, as the loop takes them."""

    data: GraphData
    domain: GraphDomain
    items: dict[str, tuple[Tensor, Tensor]]
    surroundings: Surroundings
    options: dict[str, Any] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    @property
    def name(self) -> str:
        return self.data.name

    @property
    def source(self) -> str:
        return self.data.source

    @property
    def hash(self) -> str:
        return self.data.hash

    def tensors(self, part: str) -> tuple[Tensor, Tensor]:
        return self.items[part]

    def describe(self) -> list[str]:
        train, valid, test = (f"{len(self.items[part][0]):,}" for part in ("train", "valid", "test"))
        return [*self.data.describe(), *self.notes, f"{train} to train, {valid} to validate, {test} to test"]


def parts_of_labels(y: np.ndarray, seed: int, train: int | float, valid: int | float) -> np.ndarray:
    """(n,) "train" | "valid" | "test" | "" drawn class by class: so many of each (whole numbers), or such a share (below 1).

    y: (n,) int, below 0 where there is no label; those get "". Sorting by a hash of (seed, item) would bind the split to node
    numbers, which mean nothing, so it is drawn by the generator of (seed, class).
    """
    parts = np.full(len(y), "", dtype="<U5")
    for label in np.unique(y[y >= 0]):
        found = np.flatnonzero(y == label)
        found = found[np.random.default_rng([seed, int(label)]).permutation(len(found))]
        first = train if train >= 1 else max(1, round(train * len(found)))
        second = valid if valid >= 1 else max(1, round(valid * len(found)))
        parts[found] = "test"
        parts[found[: int(first + second)]] = "valid"
        parts[found[: int(first)]] = "train"
    return parts
