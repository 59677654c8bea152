"""Recommenders: LightGCN, PinSage, matrix factorisation, and what most people take."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..core.hyper import one_of, real, whole
from ..core.limits import MOST_BATCH
from ..core.recipe import Recipe, Trained
from ..core.spec import Spec
from . import fields
from .bodies.convolutions import build
from .card import FLOOR, Card, On

if TYPE_CHECKING:
    from torch import nn

    from ..families.task_data import Sizes


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
        from ..networks.graph.lightgcn import LightGCN

        return LightGCN(spec.nodes, self.width, self.layers)

    def build(self, spec: Sizes) -> Recipe:
        from ..families.graph.recommend import Recommender

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
    heard: int = whole(10, least=1, most=200, says="nodes that each node hears from; Ying 2018")

    def network(self, spec: Sizes) -> nn.Module:
        from ..networks.graph.pinsage import PinSage

        return PinSage(spec.nodes, self.width, self.layers, self.heard)


def build_popularity(spec: Sizes, given: Spec) -> Recipe:
    from ..families.graph.recommend import Popularity

    return Recipe(Popularity(spec), epochs=1)


TINY = dict(width=8, negatives=16, batch=64, lr=0.01, epochs=20)
LIGHTGCN = Card(
    "lightgcn",
    ("Take it for recommendations from who took what.", "It knows nothing of a user without items."),
    {
        "recommend": On(
            build,
            {
                "usual": LightGCNHyper(),
                "bpr": LightGCNHyper(loss="bpr", negatives=1, temperature=1.0, decay=1e-4),
                "tiny": LightGCNHyper(**TINY, layers=2),
            },
            default=True,
        )
    },
    paper="He 2020; softmax of Wu 2022",
    equations=("networks.graph.lightgcn", "families.graph.recommend"),
    variants={"bpr": "the BPR loss (Rendle 2009)"},
)
PINSAGE = Card(
    "pinsage",
    ("Take it where short random walks should choose the neighbours.", "Walks cost time in every pass."),
    {"recommend": On(build, {"usual": PinSageHyper(), "tiny": PinSageHyper(**TINY, layers=1, heard=5)})},
    paper="Ying 2018",
    equations=("networks.graph.pinsage", "families.graph.recommend"),
)
MATRIX_FACTORISATION = Card(
    "matrix-factorisation",
    ("Take it as the baseline of recommendations without a graph.", FLOOR),
    {"recommend": On(build, {"usual": FactorisationHyper(), "tiny": FactorisationHyper(**TINY)})},
    paper="Koren 2009; Rendle 2009",
    equations=("networks.graph.lightgcn", "families.graph.recommend"),
    near=("als", "bpr", "ncf", "svd"),
    baseline=True,
)
POPULARITY = Card(
    "popularity",
    ("Take it as the floor: it recommends to all what most people take.", FLOOR),
    {"recommend": On(build_popularity)},
    paper="what most people take",
    equations=("families.graph.recommend",),
    baseline=True,
)
