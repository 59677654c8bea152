"""Predictors of relations: which network runs, with which numbers, when a person names a family."""

from __future__ import annotations

from ..core.spec import Spec
from ..core.trainable import ALL, Recipe
from ..networks.graph.rgcn import RGCN
from ..predictors.relations import RelationPredictor
from ..predictors.task_data import Sizes

# fmt: off
PRESETS = {
    "rgcn": {
        "usual": dict(width=32, layers=2, bases=4, dropout=0.2, lr=0.01, epochs=300),
        "tiny": dict(width=8, layers=2, bases=2, dropout=0.0, lr=0.01, epochs=20),
    },
    "distmult": {
        "usual": dict(width=32, layers=0, bases=0, dropout=0.0, lr=0.01, epochs=300),
        "tiny": dict(width=8, layers=0, bases=0, dropout=0.0, lr=0.01, epochs=20),
    },
}
# fmt: on


def choose(family: str, spec: Sizes, items: int) -> str:
    return "usual"


def rgcn(
    spec: Sizes, given: Spec, width: int, layers: int, bases: int, dropout: float, lr: float, epochs: float
) -> Recipe:
    made = [RGCN(width, width, 2 * spec.outputs, bases) for _ in range(layers)]
    family = RelationPredictor(made, spec.inputs, spec.outputs, width, dropout)
    return Recipe(family, batch=ALL, lr=lr, epochs=epochs)
