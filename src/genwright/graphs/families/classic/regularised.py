"""Classifiers of features whose loss asks neighbours for similar outputs."""

import torch.nn.functional as F
from torch import Tensor

from ....core.draws import Draws
from ....core.graph import Graph
from ....core.trainable import Batch, Trainable
from ....families.task_data import TaskSizes
from ...networks.features import FeatureLinear, Features, dropout, unit_rows
from ...networks.normalise import require_undirected, strength
from ...networks.propagate import propagate
from ..graph_task import TaskContext


class ManifoldRegularisation(Trainable):
    """Manifold regularisation (Belkin, Niyogi & Sindhwani 2006) of a linear classifier: neighbours get similar scores.

        min_W  - 1/l sum_{i in l} log softmax(f_i)[y_i]  +  decay / 2 ||W||^2  +  smoothness / E tr(f^T L f)

    f = x W + b, L = D - A. E: edges, both directions counted. Only training uses the graph; a prediction reads only
    features.

    Raises DataError for a directed graph in training.

    Args:
        decay, smoothness: the weights of the two penalties.
    """

    allow_bf16 = False
    parallel = "alone"  # a loss looks at the whole graph
    probed = False
    full_batch = True

    def __init__(self, spec: TaskSizes, decay: float, smoothness: float):
        super().__init__()
        self.linear = FeatureLinear(spec.inputs, spec.outputs)
        self.decay, self.smoothness = decay, smoothness

    def attach(self, context: TaskContext) -> None:
        require_undirected(context.graph, "manifold regularisation")
        self.x, self.graph, self.degree = context.x, context.graph, strength(context.graph)

    def loss(self, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        """Computes the loss of nodes batch.x (B,) with labels batch.target."""
        scores = self.linear(self.x)
        loss = F.cross_entropy(scores[batch.x], batch.target.y[:, 0].long())
        if self.training:
            loss = (
                loss
                + self.decay / 2 * (self.linear.weight**2).sum()
                + self.smoothness * roughness(scores, self.graph, self.degree)
            )
        return loss, {}

    def predict(self, context: TaskContext) -> Tensor:
        """Predicts class probabilities (N, classes)."""
        return self.linear(context.x).softmax(1)

    def encode(self, context: TaskContext) -> Tensor:
        """Computes scores (N, classes) of the classes."""
        return self.linear(context.x)


def roughness(f: Tensor, graph: Graph, degree: Tensor) -> Tensor:
    """Computes the roughness tr(f^T L f) / E, half the mean of w_ij |f_i - f_j|^2 over edges.

    Args:
        f: (N, D) scores.
        graph: The graph.
        degree: (N,) strength of the nodes.
    """
    return ((degree[:, None] * f**2).sum() - (f * propagate(graph, f)).sum()) / max(graph.edges, 1)


ROOT_OFFSET = 1e-12  # below the root, whose slope at 0 is infinite


class SemiSupervisedEmbedding(Trainable):
    """Semi-supervised embedding (Weston, Ratle, Mobahi & Collobert 2012): a hidden layer in which neighbours are close
    and other nodes far apart.

    min  - 1/l sum_{i in l} log softmax(W2 h_i)[y_i] + decay / 2 ||W||^2 + weight / |P| sum_{(i, j) in P} L(h_i, h_j)
    L = |h_i - h_j|^2 where i and j are neighbours,    max(0, margin - |h_i - h_j|)^2 where they are not
    h = relu(W1 x)

    x: rows of unit length, the scale for which the margin is meant. P: as many edges as random pairs of nodes, sampled
    in each step. A prediction reads only features.

    Args:
        width: of h.
        pairs: of either kind a step.
    """

    allow_bf16 = False
    parallel = "alone"  # a loss looks at the whole graph
    probed = False
    full_batch = True

    def __init__(
        self, spec: TaskSizes, width: int, dropout: float, decay: float, weight: float, margin: float, pairs: int
    ):
        super().__init__()
        self.first, self.last = FeatureLinear(spec.inputs, width), FeatureLinear(width, spec.outputs)
        self.dropout, self.decay, self.weight, self.margin, self.pairs = dropout, decay, weight, margin, pairs

    def attach(self, context: TaskContext) -> None:
        self.x, self.graph = unit_rows(context.x), context.graph

    def loss(self, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        """Computes the loss of nodes batch.x (B,) with labels batch.target. The pairs are drawn from the whole
        graph."""
        h = self._hidden(self.x)
        loss = F.cross_entropy(self.last(dropout(h, self.dropout, self.training))[batch.x], batch.target.y[:, 0].long())
        if self.training:
            decay = self.decay / 2 * sum((layer.weight**2).sum() for layer in (self.first, self.last))
            loss = loss + decay + self.weight * self._pair_loss(h, batch.rng)
        return loss, {}

    def _hidden(self, x: Features) -> Tensor:
        return F.relu(self.first(dropout(x, self.dropout, self.training)))

    def _pair_loss(self, h: Tensor, rng: Draws) -> Tensor:
        far_loss = (h[rng.integers(len(h), (2, self.pairs))].diff(dim=0)[0] ** 2).sum(1)
        unjoined = F.relu(self.margin - (far_loss + ROOT_OFFSET).sqrt()) ** 2
        if not self.graph.edges:
            return unjoined.mean()
        edge = rng.integers(self.graph.edges, (self.pairs,))
        joined_loss = ((h[self.graph.target[edge]] - h[self.graph.source[edge]]) ** 2).sum(1)
        return (joined_loss.mean() + unjoined.mean()) / 2

    def predict(self, context: TaskContext) -> Tensor:
        """Predicts class probabilities (N, classes)."""
        return self.last(self.encode(context)).softmax(1)

    def encode(self, context: TaskContext) -> Tensor:
        """Computes hidden features h (N, width)."""
        return self._hidden(unit_rows(context.x))
