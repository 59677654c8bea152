"""DeepWalk (Perozzi 2014) and node2vec (Grover & Leskovec 2016): nodes are words, random walks are sentences.

    e, u <- skip-gram with negative sampling on walks from random nodes      (skip_gram.py; node2vec walks with p and q)
    W, b <- logistic regression of the labels on e, over the labelled nodes

Features of nodes are not used, so the vectors hold only for the nodes of this graph.
"""

import torch
from torch import Tensor, nn

from ....core.draws import Draws
from ....core.trainable import Batch, Items, Trainable
from ....networks.graph.random_walks import Walker
from ...task_data import Sizes, TaskContext
from .logistic_regression import logistic_regression
from .skip_gram import SkipGram, noise_of
from .transductive import fingerprint, require_same


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
