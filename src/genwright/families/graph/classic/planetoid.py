"""Planetoid-T (Yang, Cohen & Salakhutdinov 2016): one classifier reads features and embeddings that predict the context
of nodes.

p(y_i) = softmax([h(x_i), g(e_i)] W),    h, g: one layer with relu, x of unit length
l_s = - 1/l sum_{i in l} log p(y_i)  +  decay / 2 ||weights||^2
l_u = - (1 - share) mean log s(c u_j . e_i) over pairs of walks    (deepwalk.py: c = 1 for near nodes, -1 for any)
      - share       mean log s(c u_j . e_i) over labelled pairs    (c = 1 for equal labels, -1 for others)
first l_u alone, then l_s + weight l_u
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ....core.trainable import Batch, Player, Stage, Trainable
from ....networks.graph.features import Features, Linear, dropout, unit_rows
from ....networks.graph.random_walks import Walker
from ...task_data import Sizes, TaskContext, fingerprint, require_same
from .deepwalk import SkipGram, noise_of


class Planetoid(Trainable):
    """width: of e. hidden: of h and of g. before: share of the steps for l_u alone."""

    allow_bf16 = False
    parallel = "alone"  # a loss looks at the whole graph
    probed = False
    full_batch = True

    def __init__(
        self,
        spec: Sizes,
        width: int,
        hidden: int,
        vectors: SkipGram,
        share: float,
        weight: float,
        before: float,
        dropout: float,
        decay: float,
    ):
        super().__init__()
        self.vectors, self.share, self.weight = vectors, share, weight
        self.before, self.dropout, self.decay = before, dropout, decay
        self.embedding = nn.Parameter((torch.rand(spec.nodes, width) - 0.5) / width)
        self.context = nn.Parameter(torch.zeros(spec.nodes, width))
        self.of_features, self.of_vector = Linear(spec.inputs, hidden), Linear(width, hidden)
        self.last = Linear(2 * hidden, spec.outputs)
        self.register_buffer("graph", torch.zeros(2, dtype=torch.long))  # fingerprint of the graph that was seen

    def attach(self, context: TaskContext) -> None:
        self.x, self.graph = unit_rows(context.x), fingerprint(context.graph)
        self.walker, self.noise = Walker(context.graph), noise_of(context.graph)

    def stages(self) -> list[Stage]:
        vectors = Player("vectors", [self.embedding, self.context], self.context_loss, unit="nats a pair")
        every = Player("model", list(self.parameters()), self.loss)
        return [Stage("context", [vectors], self.before), Stage("labels", [every], 1 - self.before)]

    def context_loss(self, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        """l_u. The walks begin at nodes drawn at random, whichever items the batch holds."""
        loss = self.vectors.loss(self.embedding, self.context, self.walker, self.noise, batch.rng)
        if self.training:
            loss = (1 - self.share) * loss + self.share * self._label_context(batch.x, batch.target.y[:, 0])
        return loss, {}

    def _label_context(self, nodes: Tensor, y: Tensor) -> Tensor:
        alike = y[:, None] == y
        sign = 2.0 * alike - 1
        loss = F.softplus(-sign * (self.embedding[nodes] @ self.context[nodes].T))
        return (loss[alike].mean() + loss[~alike].mean()) / 2 if (~alike).any() else loss.mean()

    def loss(self, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        """l_s + weight l_u in training, else l_s without decay. batch.x: (B,) nodes; batch.target: their labels."""
        loss = F.cross_entropy(self._logits(self.x[batch.x], self.embedding[batch.x]), batch.target.y[:, 0].long())
        if self.training:
            decay = (
                self.decay / 2 * sum((layer.weight**2).sum() for layer in (self.of_features, self.of_vector, self.last))
            )
            loss = loss + decay + self.weight * self.context_loss(batch)[0]
        return loss, {}

    def _logits(self, x: Features, e: Tensor) -> Tensor:
        return self.last(dropout(self._hidden(x, e), self.dropout, self.training))

    def _hidden(self, x: Features, e: Tensor) -> Tensor:
        x, e = (dropout(part, self.dropout, self.training) for part in (x, e))
        return torch.cat([F.relu(self.of_features(x)), F.relu(self.of_vector(e))], 1)

    def predict(self, context: TaskContext) -> Tensor:
        """(N, classes) probabilities. Raises DataError for another graph than that of training."""
        require_same(context.graph, self.graph, "Planetoid")
        return self._logits(unit_rows(context.x), self.embedding).softmax(1)

    def encode(self, context: TaskContext) -> Tensor:
        """(N, 2 hidden): [h, g] of each node."""
        require_same(context.graph, self.graph, "Planetoid")
        return self._hidden(unit_rows(context.x), self.embedding)
