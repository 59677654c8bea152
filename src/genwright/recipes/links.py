"""Predictors of links: which convolutions embed the nodes, which decoder scores a pair, when a person names a family."""

from __future__ import annotations

from ..graphs.tasks.autoencoders import GraphAutoencoder, VariationalGraphAutoencoder, WalkEmbedding
from ..graphs.tasks.links import InnerProduct, LinkPredictor, ProductMLP
from ..graphs.tasks.task_data import Sizes
from ..model import ALL, Recipe
from ..spec import Spec
from . import convolutions

PRESETS = {
    "gcn": {
        "usual": dict(width=128, layers=2, size=64, dropout=0.5, negatives="easy", disjoint=0.0, lr=0.01, epochs=200),
        "tiny": dict(width=16, layers=2, size=8, dropout=0.0, negatives="easy", disjoint=0.5, lr=0.01, epochs=20),
    },
    "gae": {  # Kipf 2016: 32 and 16
        "usual": dict(width=32, layers=2, size=16, dropout=0.0, lr=0.01, epochs=200),
        "tiny": dict(width=8, layers=2, size=4, dropout=0.0, lr=0.01, epochs=20),
    },
    "vgae": {
        "usual": dict(width=32, layers=2, size=16, dropout=0.0, lr=0.01, epochs=200),
        "tiny": dict(width=8, layers=2, size=4, dropout=0.0, lr=0.01, epochs=20),
    },
}


def choose(family: str, spec: Sizes, items: int) -> str:
    return "usual"


def gae(spec: Sizes, given: Spec, width: int, layers: int, size: int, dropout: float, lr: float, epochs: float) -> Recipe:
    family = GraphAutoencoder(convolutions.gcn(spec.inputs, size, width, layers, dropout))
    return Recipe(family, batch=ALL, lr=lr, epochs=epochs)


def vgae(spec: Sizes, given: Spec, width: int, layers: int, size: int, dropout: float, lr: float, epochs: float) -> Recipe:
    family = VariationalGraphAutoencoder(convolutions.gcn(spec.inputs, 2 * size, width, layers, dropout))
    return Recipe(family, batch=ALL, lr=lr, epochs=epochs)
