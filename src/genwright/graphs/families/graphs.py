"""Labels, or a number, of whole graphs: convolutions, a readout of every layer, and the sum of a linear map of each (Xu
2018, 2019).

h^0 = x,  h^l = act(conv_l(h^(l-1), A))
f(G) = sum_l dropout(W_l READOUT({h_i^l : i in G}) + b_l)
min  mean_G - log softmax(f(G))[y_G],  or the mean of (f(G) - y_G)^2 where y is a number (core/answers.py)
"""

import numpy as np
import torch
from torch import Tensor, nn

from ...core import answers
from ...core.answers import Answers, Target
from ...core.data import Data
from ...core.errors import DataError
from ...core.graph import subgraphs
from ...core.trainable import Batch, Trainable
from ...families.task_data import make_task
from ..kinds.graph_data import UNKNOWN, GraphData
from .graph_task import GraphDomain, TaskContext, parts_of_labels

BLOCK = 512  # graphs computed at a time when all are predicted
TRAIN, VALID = 0.8, 0.1


class GraphPredictor(Trainable):
    """Predicts labels or numbers of whole graphs; a training step sees some graphs as one union.

    Args:
        model: (x, graph, members) -> (G, outputs), see `graphs.networks.readout.GraphReadout`.
        targets: The targets that are predicted.
    """

    allow_bf16 = False
    parallel = "gather"  # batch norm
    probed = False

    def __init__(self, model: nn.Module, targets: tuple[Target, ...]):
        super().__init__()
        self.model, self.targets = model, targets
        units = {"nats" if target.classes else "squared deviations" for target in targets}
        self.unit = " and ".join(sorted(units))

    def attach(self, context: TaskContext) -> None:
        self.x, self.graph, self.members = (context.x, self.model.network.prepare(context.graph), context.members)

    def loss(self, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        """Computes the loss of graphs batch.x (B,)."""
        graph, nodes, members = subgraphs(self.graph, self.members, batch.x)
        outputs = self.model(self.x[nodes], graph, members)
        return answers.loss(outputs, batch.target, self.targets), {}

    def predict(self, context: TaskContext) -> Tensor:
        """Predicts outputs (G, outputs) of whole graphs: class probabilities, or scaled numbers."""
        outputs = torch.cat([self.model(*part) for part in self._blocks(context)])
        return answers.probabilities(outputs, self.targets)

    def encode(self, context: TaskContext) -> Tensor:
        """Computes the readouts (G, D) of all layers side by side."""
        return torch.cat([torch.cat(self.model.embeddings(*part), 1) for part in self._blocks(context)])

    def _blocks(self, context: TaskContext):
        union = self.model.network.prepare(context.graph)
        for ids in torch.arange(len(context.members) - 1, device=context.members.device).split(BLOCK):
            graph, nodes, members = subgraphs(union, context.members, ids)
            yield context.x[nodes], graph, members


class GraphsDomain(GraphDomain):
    """The domain of predictions about each of many graphs."""

    kind = "graphs"


def graph_data(data: GraphData) -> Data:
    """Makes the task of predicting a label or a number of each graph, in the source's split, or 80% to train, 10% to
    validate, 10% to test.

    Raises DataError where there are no labels, or only one class."""
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
    target = Target(classes=data.classes)
    if not classes:
        of_train = y[items["train"]].double()
        target = Target(shift=float(of_train.mean()), scale=float(of_train.std(correction=0)) or 1.0)
    _, nodes, _ = subgraphs(data.graph, data.members, items["train"])
    domain = GraphsDomain.fit("graphs", data, target, nodes)
    scaled = ((y[:, None].double() - target.shift) / target.scale).float()
    known = {part: (ids, Answers.exact(scaled[ids])) for part, ids in items.items()}
    return make_task(data, domain, known, domain.context(data))
