"""Predictors of relations: which network runs, with which numbers, when a person names a family."""

from __future__ import annotations

from dataclasses import dataclass

from ..core.trainable import Recipe, TrainedWhole
from ..networks.graph.rgcn import RGCN
from ..predictors.relations import RelationPredictor
from ..predictors.task_data import Sizes
from . import fields
from .convolutions import build


@dataclass(frozen=True)
class DistMultHyper(TrainedWhole):
    """Hyperparameters of DistMult (Yang 2015), which has no convolutions."""

    epochs: float = 300.0
    width: int = fields.units(32, "dimensions of a node's vector")
    layers, bases, dropout = 0, 1, 0.0

    def build(self, spec: Sizes) -> Recipe:
        layers = [RGCN(self.width, self.width, 2 * spec.outputs, self.bases) for _ in range(self.layers)]
        return self.recipe(RelationPredictor(layers, spec.inputs, spec.outputs, self.width, self.dropout))


@dataclass(frozen=True)
class RGCNHyper(DistMultHyper):
    """Hyperparameters of RGCN (Schlichtkrull 2018)."""

    layers: int = fields.layers(2, "convolutions; without any it is distmult", least=0)
    bases: int = fields.units(4, "basis matrices that the relations' matrices mix; Schlichtkrull 2018")
    dropout: float = fields.dropout(0.2)


TINY = dict(width=8, epochs=20)
PRESETS = {
    "rgcn": {"usual": RGCNHyper(), "tiny": RGCNHyper(**TINY, bases=2, dropout=0.0)},
    "distmult": {"usual": DistMultHyper(), "tiny": DistMultHyper(**TINY)},
}
rgcn = distmult = build
