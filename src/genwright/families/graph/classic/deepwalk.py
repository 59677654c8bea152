"""DeepWalk (Perozzi 2014) and node2vec (Grover & Leskovec 2016): nodes are words, random walks are sentences.

    e, u <- skip-gram with negative sampling on walks from random nodes      (node2vec walks with p and q)
    W, b <- logistic regression of the labels on e, over the labelled nodes

Features of nodes are not used, so the vectors hold only for the nodes of this graph.

Skip-gram with negative sampling (Mikolov 2013, eq. 4) on walks: nodes that are met close together get similar
vectors.

    l = - mean over pairs (i, c) at most `window` steps apart in a walk of
              log s(u_c . e_i)  +  K E_{n ~ P} log s(- u_n . e_i),      P(n) ~ (1 + degree)^(3/4)

All pairs of a walk are one product of its vectors with themselves, and the negative nodes are drawn once for all pairs
of a step.
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ....core.draws import Draws
from ....core.graph import Graph
from ....core.trainable import Batch, Items, Trainable
from ....networks.graph.random_walks import Walker
from ...task_data import Sizes, TaskContext, fingerprint, require_same
from .iterative_classification import logistic_regression

SHARED = 64  # negative nodes a step
POWER = 0.75


def noise_of(graph: Graph) -> Tensor:
    """(N,) running sum of P, which ends at 1."""
    p = (1.0 + graph.degree).double() ** POWER
    return p.cumsum(0) / p.sum()


def skip_gram(
    embedding: Tensor, context: Tensor, walks: Tensor, window: int, negatives: int, noise: Tensor, rng: Draws
) -> Tensor:
    """The loss, in nats a pair. embedding, context: (N, D), e and u. walks: (B, L). negatives: K. noise: of
    `noise_of`."""
    place = torch.arange(walks.shape[1], device=walks.device)
    apart = (place[:, None] - place).abs()
    near = ((0 < apart) & (apart <= window)).float()  # (L, L)
    pairs = len(walks) * near.sum()
    e = F.embedding(walks, embedding)  # (B, L, D)
    positive = F.softplus(-e @ F.embedding(walks, context).transpose(1, 2)) * near
    others = torch.searchsorted(noise, rng.uniform(SHARED, dtype=torch.float64))
    negative = F.softplus(e @ F.embedding(others, context).T).mean(2) * near.sum(1)
    return (positive.sum() + negatives * negative.sum()) / pairs


@dataclass(frozen=True)
class SkipGram:
    """Vectors of nodes. walks: a step, of `length` edges each. window, negatives: as in `skip_gram`."""

    walks: int
    length: int
    window: int
    negatives: int

    def loss(self, embedding: Tensor, context: Tensor, walker: Walker, noise: Tensor, rng: Draws) -> Tensor:
        """`skip_gram` on walks from nodes drawn at random."""
        walks = walker.walk(rng.integers(len(embedding), (self.walks,)), self.length, rng)
        return skip_gram(embedding, context, walks, self.window, self.negatives, noise, rng)


class DeepWalk(Trainable):
    """width: of a vector. p, q: of node2vec's walks. decay: of the classifier."""

    allow_bf16 = False
    parallel = "alone"  # a loss looks at the whole graph
    probed = False
    unit = "nats a pair"

    def __init__(self, spec: Sizes, width: int, vectors: SkipGram, p: float, q: float, decay: float):
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
        """Skip-gram loss on walks from nodes drawn at random, whichever items the batch holds."""
        return self.vectors.loss(self.embedding, self.context, self.walker, self.noise, batch.rng), {}

    def finish(self, items: Items, rng: Draws) -> None:
        y = items.target.y[:, 0].long()
        self.weight, self.bias = logistic_regression([self.embedding[items.x]], y, self.classes, self.decay)

    def predict(self, context: TaskContext) -> Tensor:
        """(N, classes) probabilities. Raises DataError for another graph than that of training."""
        return (self.encode(context) @ self.weight + self.bias).softmax(1)

    def encode(self, context: TaskContext) -> Tensor:
        """(N, width) vectors of the nodes."""
        require_same(context.graph, self.graph, "DeepWalk")
        return self.embedding.detach()
