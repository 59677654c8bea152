"""Predictors of relations: RGCN, and DistMult, which has no convolutions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..core.recipe import Recipe, TrainedWhole
from . import fields
from .bodies.convolutions import build
from .card import FLOOR, Card, On

if TYPE_CHECKING:
    from ..families.task_data import Sizes


@dataclass(frozen=True)
class DistMultHyper(TrainedWhole):
    """Hyperparameters of DistMult (Yang 2015)."""

    epochs: float = 300.0
    width: int = fields.units(32, "dimensions of a node's vector")
    layers, bases, dropout = 0, 1, 0.0

    def build(self, spec: Sizes) -> Recipe:
        from ..families.graph.relations import RelationPredictor
        from ..networks.graph.rgcn import RGCN

        layers = [RGCN(self.width, self.width, 2 * spec.outputs, self.bases) for _ in range(self.layers)]
        return self.recipe(RelationPredictor(layers, spec.inputs, spec.outputs, self.width, self.dropout))


@dataclass(frozen=True)
class RGCNHyper(DistMultHyper):
    """Hyperparameters of RGCN (Schlichtkrull 2018)."""

    layers: int = fields.layers(2, "convolutions; without any it is distmult", least=0)
    bases: int = fields.units(4, "basis matrices that the relations' matrices mix; Schlichtkrull 2018")
    dropout: float = fields.dropout(0.2)


TINY = dict(width=8, epochs=20)
RGCN = Card(
    "rgcn",
    ("Take it for graphs with several types of edges.", "It needs types of edges to gain anything."),
    {"relations": On(build, {"usual": RGCNHyper(), "tiny": RGCNHyper(**TINY, bases=2, dropout=0.0)}, default=True)},
    paper="Schlichtkrull 2018",
    equations=("networks.graph.rgcn", "families.graph.relations"),
)
DISTMULT = Card(
    "distmult",
    ("Take it to see what the messages of a graph are worth.", FLOOR),
    {"relations": On(build, {"usual": DistMultHyper(), "tiny": DistMultHyper(**TINY)})},
    paper="no graph: Yang 2015",
    equations=("families.graph.relations",),
    baseline=True,
)
