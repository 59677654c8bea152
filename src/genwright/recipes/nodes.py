"""Predictors of node labels: which convolutions run, with which numbers, when a person names a family."""

from __future__ import annotations

import torch.nn.functional as F

from ..graphs.depth import DeepNetwork, Perceptron, step, within
from ..graphs.layers.gcn import GCN
from ..graphs.network import GraphNetwork
from ..graphs.tasks.nodes import NodeClassifier
from ..graphs.tasks.task_data import Sizes
from ..model import ALL, Recipe
from ..spec import Spec

DEEP = dict(
    width=64, layers=32, remedy="initial", jump="last", hops=1, before=1, after=1, alpha=0.1, beta=0.5, norm="symmetric", dropout=0.6,
    decay=5e-4, lr=0.01, epochs=400,
)  # fmt: skip
PRESETS = {
    "gcn": {
        "few": dict(width=16, layers=2, dropout=0.5, norm="symmetric", decay=5e-4, lr=0.01, epochs=200),
        "many": dict(width=64, layers=2, dropout=0.5, norm="symmetric", decay=5e-4, lr=0.01, epochs=300),
        "tiny": dict(width=8, layers=2, dropout=0.5, norm="symmetric", decay=5e-4, lr=0.01, epochs=20),
    },
    "deep-gcn": {
        "few": DEEP,
        "many": DEEP,
        "tiny": DEEP | dict(width=8, layers=4, epochs=20),
    },
}


def choose(family: str, spec: Sizes, items: int) -> str:
    """few: up to 200 labelled nodes, as in the citation graphs; many: more."""
    return "few" if items <= 200 else "many"


def gcn(
    spec: Sizes, given: Spec, width: int, layers: int, dropout: float, norm: str, decay: float, lr: float, epochs: float
) -> Recipe:
    widths = [spec.inputs, *[width] * (layers - 1), spec.outputs]
    network = GraphNetwork([GCN(a, b, norm) for a, b in zip(widths, widths[1:])], dropout)
    family = NodeClassifier(network, [network.layers[0].linear.weight], decay)
    return Recipe(family, batch=ALL, lr=lr, epochs=epochs)


def deep_gcn(
    spec: Sizes, given: Spec, width: int, layers: int, remedy: str, jump: str, hops: int, before: int, after: int, alpha: float,
    beta: float, norm: str, dropout: float, decay: float, lr: float, epochs: float,
) -> Recipe:  # fmt: skip
    """before, after: linear layers on either side of the convolutions. The other names are those of graphs/depth.py."""
    convolutions = [GCN(width, width, norm) for _ in range(layers)]
    steps = [step(remedy, convolution, width, i + 1, alpha, beta) for i, convolution in enumerate(convolutions)]
    seen = layers * width if jump == "concatenate" else width
    network = DeepNetwork(
        Perceptron([spec.inputs, *[width] * before], dropout, F.relu), steps,
        Perceptron([seen, *[width] * (after - 1), spec.outputs], dropout), dropout,
        lambda graph: convolutions[0].prepare(within(graph, hops)), jump,
    )  # fmt: skip
    family = NodeClassifier(network, [w for w in network.parameters() if w.ndim > 1], decay)
    return Recipe(family, batch=ALL, lr=lr, epochs=epochs)
