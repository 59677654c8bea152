"""Predictors of properties of molecules beside those on convolutions: D-MPNN, fingerprints, and simple baselines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..core.errors import DataError
from ..core.hyper import Hyper, real, whole
from ..core.recipe import Recipe
from ..core.spec import Spec
from . import fields
from .bodies.graph_heads import TINY_MOLECULES, OfMoleculeGraphs, OfMolecules, OnMolecules
from .card import FLOOR, Card, On

if TYPE_CHECKING:
    from torch import nn

    from ..networks.molecule_encoders import CountsEncoder
    from ..predictors.task_data import Sizes


@dataclass(frozen=True)
class DMPNNHyper(OfMoleculeGraphs):
    """Hyperparameters of D-MPNN (Yang 2019: messages on directed bonds)."""

    def atoms(self, spec: Sizes) -> tuple[nn.Module, list[int]]:
        from ..networks.graph.bond_messages import BondMessages

        sizes = spec.inputs, spec.edge_features, self.width, self.layers
        return BondMessages(*sizes, self.dropout), [self.width]


@dataclass(frozen=True)
class FingerprintHyper(OfMolecules):
    """Layers over the counts of a Morgan fingerprint (Rogers & Hahn 2010)."""

    width: int = 512
    layers: int = fields.layers(2, "layers over the fingerprint")
    dropout: float = 0.2

    def encoder(self, spec: Sizes) -> CountsEncoder:
        from ..networks.molecule_encoders import CountsEncoder

        return CountsEncoder(spec.counts, self.width, self.layers, self.dropout)


@dataclass(frozen=True)
class ForestHyper(Hyper):
    """Hyperparameters of random forests (Breiman 2001, who looks at a third of the inputs of a number)."""

    trees: int = whole(200, least=1, most=5_000, says="trees for each target")
    leaf: int = whole(1, least=1, says="training molecules in a leaf, at least")
    share: float = real(1 / 3, above=0.0, most=1.0, says="share of the inputs that a split of numbers chooses among")


@dataclass(frozen=True)
class NearestHyper(Hyper):
    """Hyperparameters of nearest neighbours (Cover & Hart 1967)."""

    neighbours: int = whole(5, least=1, most=1_000, says="nearest training molecules whose answers are averaged")


DMPNN_PRESETS = {
    "default": DMPNNHyper(weight_decay=0.1),
    "classes": DMPNNHyper(weight_decay=0.1, readout="mean"),
    "plain": DMPNNHyper(weight_decay=0.1, descriptors=False),
    "tiny": DMPNNHyper(**TINY_MOLECULES),
}


def build_forest(spec: Sizes, given: Spec, hyper: ForestHyper) -> Recipe:
    from ..predictors.property_baselines import Forest

    return Recipe(Forest(spec, hyper.trees, hyper.leaf, hyper.share), epochs=1)


def build_nearest(spec: Sizes, given: Spec, hyper: NearestHyper) -> Recipe:
    from ..predictors.property_baselines import NearestMolecules

    return Recipe(NearestMolecules(spec, hyper.neighbours), epochs=1)


def build_linear(spec: Sizes, given: Spec) -> Recipe:
    """Raises DataError without descriptors, which are all that it sees."""
    from ..predictors.property_baselines import Linear

    if not spec.descriptors:
        raise DataError("linear reads descriptors and there are none: leave out --descriptors none, or this family")
    return Recipe(Linear(spec), epochs=1)


def build_mean(spec: Sizes, given: Spec) -> Recipe:
    from ..predictors.property_baselines import MeanAnswer

    return Recipe(MeanAnswer(spec), epochs=1)


BASELINES = ("predictors.property_baselines",)
DMPNN = Card(
    "dmpnn",
    ("Take it first for properties of molecules.", "A forest may be enough for few molecules."),
    {"properties": OnMolecules(DMPNN_PRESETS, default=True)},
    paper="Yang 2019",
    equations=("networks.graph.bond_messages",),
    near=("chemprop",),
)
FINGERPRINT = Card(
    "fingerprint",
    ("Take it for a network on counts of fragments.", "It sees fragments, not the whole graph."),
    {"properties": OnMolecules({"default": FingerprintHyper(), "tiny": FingerprintHyper(**TINY_MOLECULES)})},
    paper="Rogers & Hahn 2010",
)
FOREST = Card(
    "forest",
    ("Take it for few molecules: it trains without a network.", "It has no encode."),
    {"properties": On(build_forest, {"usual": ForestHyper(), "tiny": ForestHyper(trees=10)})},
    paper="Breiman 2001",
    equations=BASELINES,
    near=("catboost", "lightgbm", "random-forest", "xgboost"),
    baseline=True,
)
LINEAR = Card(
    "linear",
    ("Take it for numbers that descriptors explain.", "It needs descriptors beside the molecules."),
    {"properties": On(build_linear, suits=lambda domain: domain.spec.descriptors > 0)},
    paper="Hoerl & Kennard 1970",
    equations=BASELINES,
    baseline=True,
)
NEAREST = Card(
    "nearest",
    (
        "Take it to see what similar molecules alone predict.",
        "Its run keeps what was measured of training molecules.",
    ),
    {
        "properties": On(
            build_nearest,
            {"usual": NearestHyper(), "tiny": NearestHyper(neighbours=2)},
            keeps="what was measured of training molecules",
        )
    },
    paper="Cover & Hart 1967; Tanimoto 1958",
    equations=BASELINES,
    baseline=True,
)
MEAN = Card(
    "mean",
    ("Take it as the floor: it answers the same for every molecule.", FLOOR),
    {"properties": On(build_mean)},
    paper="the mean, or how frequent classes are",
    equations=BASELINES,
    baseline=True,
)
