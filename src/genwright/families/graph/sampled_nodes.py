"""Labels of nodes, learned from batches and a part of their neighbourhoods, so that a step costs the same on a graph of
any size.

    A^L, .., A^1 ~ sampler(batch)             E[A^l x] = A x for the rows of each block
    min  sum_i share_i (- log softmax(f(x, A^1 .. A^L))_i[y_i])  +  decay / 2 ||W||^2  +  what the sampler learns by

The loss of a sampled network has not quite the mean of the whole one's, since f is not linear: more draws, less of
that. It is validated with many uniform neighbours, whatever the sampler, and answers are exact.
"""

from collections.abc import Iterator

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ...core.trainable import Batch
from ...kinds.graphs.graph_data import UNKNOWN
from ...networks.graph.layerwise import each_layer, layerwise
from ...networks.graph.network import GraphNetwork
from ...networks.graph.samplers import Sampler, Uniform
from ..task_data import TaskContext
from .nodes import NodeClassifier

JUDGED = 32  # neighbours of a node in validation


class SampledNodeClassifier(NodeClassifier):
    """network: of layers that look one edge far, of which the first prepares the graph for all. sampler: with a budget
    a layer."""

    full_batch = probed = False

    def __init__(self, network: GraphNetwork, sampler: Sampler, decayed: list[nn.Parameter], decay: float):
        super().__init__(network, decayed, decay)
        self.sampler, self.valid_sampler = sampler, Uniform([JUDGED] * len(network.layers))

    def attach(self, context: TaskContext) -> None:
        self.x, self.y = context.x, context.y
        prepared = self.network.prepare(context.graph)
        self.sampler.attach(prepared, self.x, np.flatnonzero(self.y.cpu().numpy() != UNKNOWN))
        self.valid_sampler.adjacency = self.sampler.adjacency

    def loss(self, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        """batch.x: (B,) nodes, of which one that is there twice counts once; batch.target: their labels."""
        sampler = self.sampler if self.training else self.valid_sampler
        rng = np.random.Generator(np.random.SFC64(batch.rng.number(1 << 62)))
        nodes, first = np.unique(batch.x.cpu().numpy(), return_index=True)
        blocks = sampler.draw(nodes, rng)
        h, inputs = self.x[blocks[0].nodes], []
        for number, block in enumerate(blocks):
            inputs.append(h)
            h = self.network.step(number, h, block.graph)
        rows = blocks[-1].nodes[: len(h)]
        labels = self.y[rows]
        labels[: len(nodes)] = batch.target.y[torch.from_numpy(first).to(rows.device), 0].long()
        share = torch.from_numpy(sampler.shares(rows.cpu().numpy(), len(nodes))).float().to(rows.device)
        share = share.masked_fill(labels == UNKNOWN, 0.0)
        counted = share > 0
        loss = (share[counted] * F.cross_entropy(h[counted], labels[counted], reduction="none")).sum()
        if self.training:
            loss = loss + self.penalty() + sampler.learn(blocks, inputs)
        return loss, {}

    def predict(self, context: TaskContext) -> Tensor:
        """(N, classes) probabilities."""
        return layerwise(self.network, context.x, context.graph, len(self.network.layers)).softmax(1)

    def encode(self, context: TaskContext) -> Tensor:
        """(N, D): what the last layer sees of each node."""
        hidden = layerwise(self.network, context.x, context.graph, len(self.network.layers) - 1)
        return hidden if isinstance(hidden, Tensor) else hidden.dense()

    def outputs(self, context: TaskContext) -> Iterator[Tensor]:
        return each_layer(self.network, context.x, context.graph, len(self.network.layers))
