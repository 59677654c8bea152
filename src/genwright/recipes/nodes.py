"""Predictors of node labels: which convolutions run, with which numbers, when a person names a family."""

from __future__ import annotations

from ..graphs.layers.gcn import GCN
from ..graphs.network import GraphNetwork
from ..graphs.tasks.nodes import NodeClassifier
from ..graphs.tasks.task_data import Sizes
from ..model import ALL, Recipe
from ..spec import Spec
from . import rungs
from .rungs import deepwalk, iterative_classification, label_propagation, manifold_regularisation, planetoid, semi_supervised_embedding

PRESETS = {
    **rungs.PRESETS,
    "gcn": {
        "few": dict(width=16, layers=2, dropout=0.5, norm="symmetric", decay=5e-4, lr=0.01, epochs=200),
        "many": dict(width=64, layers=2, dropout=0.5, norm="symmetric", decay=5e-4, lr=0.01, epochs=300),
        "tiny": dict(width=8, layers=2, dropout=0.5, norm="symmetric", decay=5e-4, lr=0.01, epochs=20),
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
