"""Manifold regularisation (Belkin, Niyogi & Sindhwani 2006) of a linear classifier: neighbours get similar scores.

    min_W  - 1/l sum_{i in l} log softmax(f_i)[y_i]  +  decay / 2 ||W||^2  +  smoothness / E tr(f^T L f)

f = x W + b, L = D - A. E: edges, both directions counted. Only training uses the graph; a prediction reads only
features.
"""

import torch.nn.functional as F
from torch import Tensor

from ....core.graph import Graph
from ....core.trainable import Batch, Trainable
from ....networks.graph.features import Linear
from ....networks.graph.normalise import require_undirected, strength
from ....networks.graph.propagate import propagate
from ...task_data import Sizes, TaskContext


class ManifoldRegularisation(Trainable):
    """decay, smoothness: the weights of the two penalties. Raises DataError for a directed graph in training."""

    allow_bf16 = False
    parallel = "alone"  # a loss looks at the whole graph
    probed = False
    full_batch = True

    def __init__(self, spec: Sizes, decay: float, smoothness: float):
        super().__init__()
        self.linear = Linear(spec.inputs, spec.outputs)
        self.decay, self.smoothness = decay, smoothness

    def attach(self, context: TaskContext) -> None:
        require_undirected(context.graph, "manifold regularisation")
        self.x, self.graph, self.degree = context.x, context.graph, strength(context.graph)

    def loss(self, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        """batch.x: (B,) nodes; batch.target: their labels."""
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
        """(N, classes) probabilities."""
        return self.linear(context.x).softmax(1)

    def encode(self, context: TaskContext) -> Tensor:
        """(N, classes) scores."""
        return self.linear(context.x)


def roughness(f: Tensor, graph: Graph, degree: Tensor) -> Tensor:
    """tr(f^T L f) / E, half the mean of w_ij |f_i - f_j|^2 over edges. f: (N, D). degree: (N,) strength."""
    return ((degree[:, None] * f**2).sum() - (f * propagate(graph, f)).sum()) / max(graph.edges, 1)
