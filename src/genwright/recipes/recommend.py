"""Recommenders: which network ranks, with which numbers, when a person names a family."""

from __future__ import annotations

from dataclasses import dataclass

from torch import nn

from ..core.hyper import one_of, real, whole
from ..core.limits import MOST_BATCH
from ..core.spec import Spec
from ..core.trainable import Recipe, Trained
from ..networks.graph.lightgcn import LightGCN
from ..networks.graph.pinsage import STEPS, WALKS, PinSage
from ..predictors.recommend import Popularity, Recommender
from ..predictors.task_data import Sizes
from . import fields
from .convolutions import build


@dataclass(frozen=True)
class FactorisationHyper(Trained):
    """Hyperparameters of matrix factorisation (Koren 2009, and what all recommenders have in common)."""

    batch: int = 16_384
    lr: float = 0.01
    epochs: float = fields.epochs(60.0)
    width: int = fields.units(64, "dimensions of the vector of a user or an item")
    loss: str = one_of(
        "softmax", "bpr", "margin", says="loss of the ranking; softmax: Wu 2022, bpr: Rendle 2009, margin: Ying 2018"
    )
    negatives: int = whole(
        2_048, least=1, most=MOST_BATCH, says="random items that a step ranks below those taken; bpr draws one for each"
    )
    temperature: float = real(0.15, above=0.0, says="temperature of the softmax over cosines; Wu 2022")
    decay: float = real(1e-6, least=0.0, says="weight of half the squared length of a batch's vectors; Rendle 2009")

    layers = 0

    def network(self, spec: Sizes) -> nn.Module:
        return LightGCN(spec.nodes, self.width, self.layers)

    def build(self, spec: Sizes) -> Recipe:
        ranking = self.loss, self.negatives, self.temperature, self.decay
        family = Recommender(self.network(spec), spec, *ranking)
        return self.recipe(family, epochs=self.epochs, clip=10.0, validates=False)


@dataclass(frozen=True)
class LightGCNHyper(FactorisationHyper):
    """Hyperparameters of LightGCN (He 2020)."""

    layers: int = fields.layers(3, "averages over neighbours; without any it is matrix factorisation", least=0)


@dataclass(frozen=True)
class PinSageHyper(FactorisationHyper):
    """Hyperparameters of PinSage (Ying 2018)."""

    lr: float = 3e-3
    loss: str = "margin"
    layers: int = fields.layers(2, "convolutions")
    heard: int = whole(10, least=1, most=WALKS * STEPS, says="nodes that each node hears from; Ying 2018")

    def network(self, spec: Sizes) -> nn.Module:
        return PinSage(spec.nodes, self.width, self.layers, self.heard)


TINY = dict(width=8, negatives=16, batch=64, lr=0.01, epochs=20)
PRESETS = {
    "lightgcn": {
        "usual": LightGCNHyper(),
        "bpr": LightGCNHyper(loss="bpr", negatives=1, temperature=1.0, decay=1e-4),
        "tiny": LightGCNHyper(**TINY, layers=2),
    },
    "pinsage": {"usual": PinSageHyper(), "tiny": PinSageHyper(**TINY, layers=1, heard=5)},
    "matrix-factorisation": {"usual": FactorisationHyper(), "tiny": FactorisationHyper(**TINY)},
}
matrix_factorisation = lightgcn = pinsage = build


def popularity(spec: Sizes, given: Spec) -> Recipe:
    return Recipe(Popularity(spec), epochs=1)
