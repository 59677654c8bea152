"""Labels, or a number, of whole graphs: convolutions, a readout of every layer, and the sum of a linear map of each (Xu
2018, 2019).

h^0 = x,  h^l = act(conv_l(h^(l-1), A))
f(G) = sum_l dropout(W_l READOUT({h_i^l : i in G}) + b_l)
min  mean_G - log softmax(f(G))[y_G],  or the mean of (f(G) - y_G)^2 where y is a number
"""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..core.data import Data
from ..core.errors import DataError
from ..core.trainable import Batch, Trainable
from ..core.unions import subgraphs
from ..graphs.graph_data import UNKNOWN, GraphData
from .task_data import GraphDomain, TaskContext, parts_of_labels, task_on

BLOCK = 512  # graphs computed at a time when all are predicted
TRAIN, VALID = 0.8, 0.1


class GraphPredictor(Trainable):
    """A label or a number of each graph; a step sees some of them as one union. model: (x, graph, members) -> (G,
    outputs), see `networks.graph.readout.GraphReadout`. labels: whether the answer is one of several classes, else a
    number."""

    allow_bf16 = False
    probed = False

    def __init__(self, model: nn.Module, labels: bool):
        super().__init__()
        self.model, self.labels = model, labels
        self.unit = "nats" if labels else "squared deviations"

    def attach(self, context: TaskContext) -> None:
        self.x, self.graph, self.members = (
            context.x,
            self.model.network.prepare(context.graph),
            context.members,
        )

    def loss(self, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        """batch.x: (B,) graphs; batch.target: (B, 1) their labels or scaled targets."""
        graph, nodes, members = subgraphs(self.graph, self.members, batch.x)
        found = self.model(self.x[nodes], graph, members)
        if self.labels:
            return F.cross_entropy(found, batch.target[:, 0].long()), {}
        return F.mse_loss(found, batch.target), {}

    def predict(self, context: TaskContext) -> Tensor:
        """(G, classes) probabilities, or (G, 1) scaled numbers."""
        found = torch.cat([self.model(*part) for part in self._parts(context)])
        return found.softmax(1) if self.labels else found

    def encode(self, context: TaskContext) -> Tensor:
        """(G, D): the readouts of all layers side by side."""
        return torch.cat([torch.cat(self.model.embeddings(*part), 1) for part in self._parts(context)])

    def _parts(self, context: TaskContext):
        union = self.model.network.prepare(context.graph)
        for ids in torch.arange(len(context.members) - 1, device=context.members.device).split(BLOCK):
            graph, nodes, members = subgraphs(union, context.members, ids)
            yield context.x[nodes], graph, members


class GraphsDomain(GraphDomain):
    """Answers about each of many graphs."""

    kind = "graphs"


def graph_data(data: GraphData) -> Data:
    """Graphs with a label or a target, in the source's split, or 80% to train, 10% to validate, 10% to test.

    Raises DataError where there are not many graphs, no labels, or only one class.
    """
    if data.members is None:
        raise DataError(
            f"{data.name} is one graph, and this task is about many: give several, or take task='{data.default_task}'"
        )
    if data.y is None or len(data.y) != len(data.members) - 1:
        raise DataError(
            f"{data.name} has no labels of whole graphs: give one label, or one number, to each of its graphs"
        )
    y, classes = data.y, len(data.classes)
    known = (y != UNKNOWN) if classes else torch.isfinite(y)
    if classes and len(y[known].unique()) < 2:
        raise DataError(
            f"the labels of {data.name} are all alike or missing: two classes at least are needed to tell apart"
        )
    parts = data.parts
    if parts is None:
        groups = torch.where(known, y.long() if classes else 0, -1).numpy()
        parts = parts_of_labels(groups, data.seed, TRAIN, VALID)
    items = {
        part: torch.as_tensor(np.flatnonzero((parts == part) & known.numpy())) for part in ("train", "valid", "test")
    }
    if not len(items["train"]):
        raise DataError(
            f"none of the training graphs of {data.name} has a label: label some, or leave the split out to draw one"
        )
    shift, scale = 0.0, 1.0
    if not classes:
        of_train = y[items["train"]].double()
        shift, scale = float(of_train.mean()), float(of_train.std(correction=0)) or 1.0
    _, nodes, _ = subgraphs(data.graph, data.members, items["train"])
    domain = GraphsDomain.fit("graphs", data, classes or 1, nodes, shift, scale)
    answers = {part: (ids, ((y[ids, None].double() - shift) / scale).float()) for part, ids in items.items()}
    return task_on(data, domain, answers, domain.context(data))
