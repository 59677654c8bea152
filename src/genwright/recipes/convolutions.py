"""Networks of each kind of graph convolution, for every task: sizes in, `layers` convolutions out, before any weight is
learned; and the hyperparameters that the tasks share.

inputs, outputs: numbers a node. width: between layers, of each head where there are heads. dropout: of what each layer
sees.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

import torch.nn.functional as F

from ..core.hyper import one_of
from ..core.trainable import TrainedWhole
from ..graphs.network import GraphNetwork
from ..networks.graph.cheb import Cheb
from ..networks.graph.dense import Dense
from ..networks.graph.depth import DeepNetwork, Perceptron, step, within
from ..networks.graph.gat import GAT, GATv2
from ..networks.graph.gcn import GCN, NORMS
from ..networks.graph.gin import GIN
from ..networks.graph.sage import AGGREGATORS, SAGE
from ..networks.graph.sgc import SGC
from . import fields


def heads(default: int) -> Any:
    return fields.units(default, "heads of attention side by side; Velickovic 2018")


def norm() -> Any:
    return one_of(*NORMS, says="how neighbours are averaged; own: with a matrix for the node itself")


def aggregator() -> Any:
    return one_of(*AGGREGATORS, says="how neighbours are put together; Hamilton 2017")


@dataclass(frozen=True)
class Convolved(TrainedWhole):
    """Hyperparameters that recipes of convolutions one after another have in common."""

    width: int = fields.units(64, "units between layers")
    layers: int = fields.layers(2, "layers, one after another")
    dropout: float = fields.dropout(0.0)

    def sizes(self, inputs: int, outputs: int) -> tuple[int, int, int, int, float]:
        """The first arguments of every network here."""
        return inputs, outputs, self.width, self.layers, self.dropout


def mlp(inputs: int, outputs: int, width: int, layers: int, dropout: float) -> GraphNetwork:
    return GraphNetwork([Dense(a, b) for a, b in _sizes(inputs, outputs, width, layers)], dropout)


def gcn(inputs: int, outputs: int, width: int, layers: int, dropout: float, norm: str = "symmetric") -> GraphNetwork:
    return GraphNetwork([GCN(a, b, norm) for a, b in _sizes(inputs, outputs, width, layers)], dropout)


def gin(
    inputs: int, outputs: int, width: int, layers: int, dropout: float, learn_eps: bool = False, edge_features: int = 0
) -> GraphNetwork:
    return GraphNetwork(
        [GIN(a, b, width, learn_eps, edge_features) for a, b in _sizes(inputs, outputs, width, layers)], dropout
    )


def sgc(inputs: int, outputs: int, width: int, layers: int, dropout: float) -> GraphNetwork:
    """`layers` propagations and one matrix: nothing lies between that could have a width."""
    return GraphNetwork([SGC(inputs, outputs, layers)], dropout)


def sage(
    inputs: int,
    outputs: int,
    width: int,
    layers: int,
    dropout: float,
    aggregator: str = "mean",
    nodes_dropped: float = 0.0,
    norm: bool = False,
    unit: bool = False,
) -> GraphNetwork:
    """norm, unit: layer norm, and length 1, of what each layer but the last hands on."""
    *inner, last = _sizes(inputs, outputs, width, layers)
    made = [SAGE(a, b, aggregator, norm, unit) for a, b in inner]
    return GraphNetwork([*made, SAGE(*last, aggregator)], dropout, nodes_dropped=nodes_dropped)


def cheb(inputs: int, outputs: int, width: int, layers: int, dropout: float, terms: int = 3) -> GraphNetwork:
    return GraphNetwork([Cheb(a, b, terms) for a, b in _sizes(inputs, outputs, width, layers)], dropout)


def deep_gcn(
    inputs: int,
    outputs: int,
    width: int,
    layers: int,
    dropout: float,
    norm: str = "symmetric",
    remedy: str = "initial",
    jump: str = "last",
    hops: int = 1,
    before: int = 1,
    after: int = 1,
    alpha: float = 0.1,
    beta: float = 0.5,
) -> DeepNetwork:
    """before, after: linear layers on either side of the convolutions. hops: how far an edge reaches. The rest as in
    networks/graph/depth.py."""
    between = [GCN(width, width, norm) for _ in range(layers)]
    steps = [step(remedy, convolution, width, number, alpha, beta) for number, convolution in enumerate(between, 1)]
    seen = layers * width if jump == "concatenate" else width
    first = Perceptron([inputs, *[width] * before], dropout, F.relu)
    last = Perceptron([seen, *[width] * (after - 1), outputs], dropout)
    return DeepNetwork(first, steps, last, dropout, lambda graph: between[0].prepare(within(graph, hops)), jump)


def _sizes(inputs: int, outputs: int, width: int, layers: int) -> list[tuple[int, int]]:
    """(numbers in, numbers out) of each layer."""
    sizes = [inputs, *[width] * (layers - 1), outputs]
    return list(zip(sizes, sizes[1:]))


def _attention(
    kind: type[GAT],
    inputs: int,
    outputs: int,
    width: int,
    layers: int,
    dropout: float,
    heads: int = 8,
    output_heads: int = 1,
    edge_features: int = 0,
) -> GraphNetwork:
    """Heads side by side between layers, `output_heads` averaged at the end. dropout: of what is attended to and of its
    shares, too."""
    between = [inputs, *[heads * width] * (layers - 1)]
    made = [kind(a, width, heads, True, dropout, edge_features) for a in between[:-1]]
    last = kind(between[-1], outputs, output_heads, False, dropout, edge_features)
    return GraphNetwork([*made, last], dropout, F.elu)


gat, gatv2 = partial(_attention, GAT), partial(_attention, GATv2)
