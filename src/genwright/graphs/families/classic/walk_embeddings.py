"""Classifiers of nodes by embeddings that predict the nodes of random walks."""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ....core.draws import Draws
from ....core.graph import Graph
from ....core.trainable import Batch, Items, Player, Stage, Trainable
from ....families.task_data import TaskSizes
from ...networks.features import FeatureLinear, Features, dropout, unit_rows
from ...networks.random_walks import Walker
from ..graph_task import TaskContext, fingerprint, require_same
from .label_spreading import logistic_regression

SHARED = 64  # negative nodes a step
POWER = 0.75


def noise_of(graph: Graph) -> Tensor:
    """Computes the cumulative distribution (N,) of the noise P, from which negative nodes are drawn."""
    p = (1.0 + graph.degree).double() ** POWER
    return p.cumsum(0) / p.sum()


def skip_gram(
    embedding: Tensor, context: Tensor, walks: Tensor, window: int, negatives: int, noise: Tensor, rng: Draws
) -> Tensor:
    """Computes the skip-gram loss with negative samples, in nats a pair.

    Args:
        embedding, context: (N, D), e and u.
        walks: (B, L).
        negatives: K.
        noise: Noise of `noise_of`.
        rng: Random numbers.
    """
    place = torch.arange(walks.shape[1], device=walks.device)
    distance = (place[:, None] - place).abs()
    in_window = ((0 < distance) & (distance <= window)).float()  # (L, L)
    pairs = len(walks) * in_window.sum()
    e = F.embedding(walks, embedding)  # (B, L, D)
    positive = F.softplus(-e @ F.embedding(walks, context).transpose(1, 2)) * in_window
    noise_nodes = torch.searchsorted(noise, rng.uniform(SHARED, dtype=torch.float64))
    negative = F.softplus(e @ F.embedding(noise_nodes, context).T).mean(2) * in_window.sum(1)
    return (positive.sum() + negatives * negative.sum()) / pairs


@dataclass(frozen=True)
class SkipGram:
    """The node vectors of a skip-gram model, and the vectors of nodes as context.

    Args:
        walks: a step, of `length` edges each.
        window, negatives: as in `skip_gram`.
    """

    walks: int
    length: int
    window: int
    negatives: int

    def loss(self, embedding: Tensor, context: Tensor, walker: Walker, noise: Tensor, rng: Draws) -> Tensor:
        """Computes the `skip_gram` loss on walks from random nodes.

        Args:
            embedding, context: Vectors of nodes.
            walker: Random walks.
            noise: (N,) as `noise_of` returns it.
            rng: Random numbers.
        """
        walks = walker.walk(rng.integers(len(embedding), (self.walks,)), self.length, rng)
        return skip_gram(embedding, context, walks, self.window, self.negatives, noise, rng)


class DeepWalk(Trainable):
    """DeepWalk (Perozzi 2014) and node2vec (Grover & Leskovec 2016): nodes are words, random walks are sentences.

        e, u <- skip-gram with negative sampling on walks from random nodes      (node2vec walks with p and q)
        W, b <- logistic regression of the labels on e, over the labelled nodes

    Features of nodes are not used, so the vectors hold only for the nodes of this graph. Skip-gram with negative
    sampling (Mikolov 2013, eq. 4) gives similar vectors to nodes that are met close together:

        l = - mean over pairs (i, c) at most `window` steps apart in a walk of
                  log s(u_c . e_i)  +  K E_{n ~ P} log s(- u_n . e_i),      P(n) ~ (1 + degree)^(3/4)

    All pairs of a walk are one product of its vectors with themselves, and the negative nodes are drawn once for all
    pairs of a step.

    Args:
        width: Width of a vector.
        p, q: of node2vec's walks.
        decay: Decay of the classifier.
    """

    allow_bf16 = False
    parallel = "alone"  # a loss looks at the whole graph
    probed = False
    unit = "nats a pair"

    def __init__(self, spec: TaskSizes, width: int, vectors: SkipGram, p: float, q: float, decay: float):
        super().__init__()
        self.classes, self.vectors = spec.outputs, vectors
        self.p, self.q, self.decay = p, q, decay
        self.embedding = nn.Parameter((torch.rand(spec.nodes, width) - 0.5) / width)
        self.context = nn.Parameter(torch.zeros(spec.nodes, width))
        self.register_buffer("weight", torch.zeros(width, spec.outputs))
        self.register_buffer("bias", torch.zeros(spec.outputs))
        self.register_buffer("graph", torch.zeros(2, dtype=torch.long))  # fingerprint of the graph that was seen

    def attach(self, context: TaskContext) -> None:
        graph = context.graph
        self.graph = fingerprint(graph)
        self.walker, self.noise = Walker(graph, self.p, self.q), noise_of(graph)

    def loss(self, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        """Computes the skip-gram loss on walks from nodes drawn at random, whichever items the batch holds."""
        return self.vectors.loss(self.embedding, self.context, self.walker, self.noise, batch.rng), {}

    def finish(self, items: Items, rng: Draws) -> None:
        y = items.target.y[:, 0].long()
        self.weight, self.bias = logistic_regression([self.embedding[items.x]], y, self.classes, self.decay)

    def predict(self, context: TaskContext) -> Tensor:
        """Predicts class probabilities (N, classes). Raises DataError for another graph than that of training."""
        return (self.encode(context) @ self.weight + self.bias).softmax(1)

    def encode(self, context: TaskContext) -> Tensor:
        """Returns the vectors (N, width) of the nodes."""
        require_same(context.graph, self.graph, "DeepWalk")
        return self.embedding.detach()


class Planetoid(Trainable):
    """Planetoid-T (Yang, Cohen & Salakhutdinov 2016): one classifier reads features and embeddings that predict the
    context of nodes.

    p(y_i) = softmax([h(x_i), g(e_i)] W),    h, g: one layer with relu, x of unit length
    l_s = - 1/l sum_{i in l} log p(y_i)  +  decay / 2 ||weights||^2
    l_u = - (1 - share) mean log s(c u_j . e_i) over pairs of walks    (`DeepWalk`: c = 1 for near nodes, -1 for any)
          - share       mean log s(c u_j . e_i) over labelled pairs    (c = 1 for equal labels, -1 for others)
    first l_u alone, then l_s + weight l_u

    Args:
        width: Width of e.
        hidden: Hidden of h and of g.
        before: share of the steps for l_u alone.
        dropout: Share of units that training drops.
    """

    allow_bf16 = False
    parallel = "alone"  # a loss looks at the whole graph
    probed = False
    full_batch = True

    def __init__(
        self, spec: TaskSizes, width: int, hidden: int, vectors: SkipGram, share: float, weight: float, before: float,
        dropout: float, decay: float,
    ):  # fmt: skip
        super().__init__()
        self.vectors, self.share, self.weight = vectors, share, weight
        self.before, self.dropout, self.decay = before, dropout, decay
        self.embedding = nn.Parameter((torch.rand(spec.nodes, width) - 0.5) / width)
        self.context = nn.Parameter(torch.zeros(spec.nodes, width))
        self.of_features, self.of_vector = FeatureLinear(spec.inputs, hidden), FeatureLinear(width, hidden)
        self.last = FeatureLinear(2 * hidden, spec.outputs)
        self.register_buffer("graph", torch.zeros(2, dtype=torch.long))  # fingerprint of the graph that was seen

    def attach(self, context: TaskContext) -> None:
        self.x, self.graph = unit_rows(context.x), fingerprint(context.graph)
        self.walker, self.noise = Walker(context.graph), noise_of(context.graph)

    def stages(self) -> list[Stage]:
        vectors = Player("vectors", [self.embedding, self.context], self.context_loss, unit="nats a pair")
        player = Player("model", list(self.parameters()), self.loss)
        return [Stage("context", [vectors], self.before), Stage("labels", [player], 1 - self.before)]

    def context_loss(self, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        """Computes the loss l_u of predicted contexts. The walks begin at nodes drawn at random, whichever items the
        batch holds."""
        loss = self.vectors.loss(self.embedding, self.context, self.walker, self.noise, batch.rng)
        if self.training:
            loss = (1 - self.share) * loss + self.share * self._label_context(batch.x, batch.target.y[:, 0])
        return loss, {}

    def _label_context(self, nodes: Tensor, y: Tensor) -> Tensor:
        same_label = y[:, None] == y
        sign = 2.0 * same_label - 1
        loss = F.softplus(-sign * (self.embedding[nodes] @ self.context[nodes].T))
        return (loss[same_label].mean() + loss[~same_label].mean()) / 2 if (~same_label).any() else loss.mean()

    def loss(self, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        """Computes l_s + weight l_u in training, else l_s without decay. batch.x: (B,) nodes; batch.target: their
        labels."""
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
        """Predicts class probabilities (N, classes). Raises DataError for another graph than that of training."""
        require_same(context.graph, self.graph, "Planetoid")
        return self._logits(unit_rows(context.x), self.embedding).softmax(1)

    def encode(self, context: TaskContext) -> Tensor:
        """Computes the hidden features [h, g] (N, 2 hidden) of each node."""
        require_same(context.graph, self.graph, "Planetoid")
        return self._hidden(unit_rows(context.x), self.embedding)
