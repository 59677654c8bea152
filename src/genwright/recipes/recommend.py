"""Recommenders: which network ranks, with which numbers, when a person names a family."""

from __future__ import annotations

from ..core.spec import Spec
from ..core.trainable import Recipe
from ..networks.graph.lightgcn import LightGCN
from ..networks.graph.pinsage import PinSage
from ..predictors.recommend import Popularity, Recommender
from ..predictors.task_data import Sizes

# fmt: off
PRESETS = {
    "lightgcn": {
        "usual": dict(width=64, layers=3, loss="softmax", negatives=2048, temperature=0.15, decay=1e-6, batch=16384,
                      lr=0.01, epochs=60),
        "bpr": dict(width=64, layers=3, loss="bpr", negatives=1, temperature=1.0, decay=1e-4, batch=16384, lr=0.01,
                    epochs=60),
        "tiny": dict(width=8, layers=2, loss="softmax", negatives=16, temperature=0.15, decay=1e-6, batch=64, lr=1e-2,
                     epochs=20),
    },
    "pinsage": {
        "usual": dict(width=64, layers=2, heard=10, loss="margin", negatives=2048, decay=1e-6, batch=16384, lr=0.003,
                      epochs=60),
        "tiny": dict(width=8, layers=1, heard=5, loss="margin", negatives=16, decay=1e-6, batch=64, lr=1e-2, epochs=20),
    },
    "matrix-factorisation": {
        "usual": dict(width=64, layers=0, loss="softmax", negatives=2048, temperature=0.15, decay=1e-6, batch=16384,
                      lr=0.01, epochs=60),
        "tiny": dict(width=8, layers=0, loss="softmax", negatives=16, temperature=0.15, decay=1e-6, batch=64, lr=1e-2,
                     epochs=20),
    },
}
# fmt: on


def choose(family: str, spec: Sizes, items: int) -> str:
    return "usual"


def lightgcn(
    spec: Sizes,
    given: Spec,
    width: int,
    layers: int,
    loss: str,
    negatives: int,
    temperature: float,
    decay: float,
    batch: int,
    lr: float,
    epochs: float,
) -> Recipe:
    network = LightGCN(spec.nodes, width, layers)
    family = Recommender(network, spec, loss, negatives, temperature, decay)
    return Recipe(family, batch=batch, lr=lr, epochs=epochs, clip=10.0, validates=False)


def pinsage(
    spec: Sizes,
    given: Spec,
    width: int,
    layers: int,
    heard: int,
    loss: str,
    negatives: int,
    decay: float,
    batch: int,
    lr: float,
    epochs: float,
) -> Recipe:
    network = PinSage(spec.nodes, width, layers, heard)
    family = Recommender(network, spec, loss, negatives, 1.0, decay)
    return Recipe(family, batch=batch, lr=lr, epochs=epochs, clip=10.0, validates=False)


def popularity(spec: Sizes, given: Spec) -> Recipe:
    return Recipe(Popularity(spec), epochs=1)
