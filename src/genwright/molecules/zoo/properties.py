"""Predictors of properties of molecules: messages on directed bonds (D-MPNN), layers over a fingerprint, and simple
ones.
"""

from dataclasses import dataclass, replace

from torch import nn

from ...core.errors import DataError
from ...core.hyper import Hyper, real, whole
from ...core.recipe import Recipe
from ...core.spec import Spec
from ...families.task_data import TaskSizes
from ...graphs.networks.readout import CountsEncoder
from ...graphs.zoo import baselines
from ...zoo import fields
from ...zoo.card import Baseline, Card, On, extend_card, on_predictor
from ..families.property_baselines import Forest, Linear, MeanAnswer, NearestMolecules
from ..networks.bond_messages import BondMessages
from . import bodies as molecules


@dataclass(frozen=True)
class DMPNNHyper(molecules.OfMoleculeGraphs):
    def atoms(self, spec: TaskSizes) -> tuple[nn.Module, list[int]]:
        sizes = spec.inputs, spec.edge_features, self.width, self.layers
        return BondMessages(*sizes, self.dropout), [self.width]


@dataclass(frozen=True)
class FingerprintHyper(molecules.OfMolecules):
    """Hyperparameters of layers over the counts of a Morgan fingerprint (Rogers & Hahn 2010)."""

    width: int = 512
    layers: int = fields.layers(2, "layers over the fingerprint")
    dropout: float = 0.2

    def encoder(self, spec: TaskSizes) -> nn.Module:
        return CountsEncoder(spec.counts, self.width, self.layers, self.dropout)


DECAYED = DMPNNHyper(weight_decay=0.1, beside=True)
DMPNN_PRESETS = {
    "default": DECAYED,
    "classes": replace(DECAYED, readout="mean"),
    "plain": replace(DECAYED, descriptors=False, beside=False),
    "tiny": DMPNNHyper(**molecules.TINY),
}
DMPNN = Card(
    "dmpnn",
    ("Take it first for properties of molecules.", "A forest may be enough for few molecules."),
    {"properties": molecules.make_on(DMPNN_PRESETS, "molecules.networks.bond_messages", default=True)},
    paper="Yang 2019",
    near=("chemprop",),
)
FINGERPRINT = Card(
    "fingerprint",
    ("Take it for a network on counts of fragments.", "It sees fragments, not the whole graph."),
    {"properties": molecules.make_on({"default": FingerprintHyper(), "tiny": FingerprintHyper(**molecules.TINY)})},
    paper="Rogers & Hahn 2010",
)


SIMPLE = ("molecules.families.property_baselines",)


@dataclass(frozen=True)
class ForestHyper(Hyper):
    trees: int = whole(200, least=1, most=5_000, says="trees for each target")
    leaf: int = whole(1, least=1, says="training molecules in a leaf, at least")
    share: float = real(1 / 3, above=0.0, most=1.0, says="share of the inputs that a split of numbers chooses among")


@dataclass(frozen=True)
class NearestHyper(Hyper):
    neighbours: int = whole(5, least=1, most=1_000, says="nearest training molecules whose answers are averaged")


def build_forest(spec: TaskSizes, given: Spec, hyper: ForestHyper) -> Recipe:
    return Recipe(Forest(spec, hyper.trees, hyper.leaf, hyper.share), epochs=1)


def build_nearest(spec: TaskSizes, given: Spec, hyper: NearestHyper) -> Recipe:
    return Recipe(NearestMolecules(spec, hyper.neighbours), epochs=1)


def build_linear(spec: TaskSizes, given: Spec) -> Recipe:
    """Raises DataError without descriptors, which are all that it sees."""
    if not spec.descriptors:
        raise DataError("linear reads descriptors and there are none: leave out --descriptors none, or this family")
    return Recipe(Linear(spec), epochs=1)


FOREST = Baseline(
    "forest",
    ("Take it for few molecules: it trains without a network.", "It has no encode."),
    {"properties": On(build_forest, {"usual": ForestHyper(), "tiny": ForestHyper(trees=10)})},
    paper="Breiman 2001",
    equations=SIMPLE,
    near=("catboost", "lightgbm", "random-forest", "xgboost"),
)
LINEAR = Baseline(
    "linear",
    ("Take it for numbers that descriptors explain.", "It needs descriptors beside the molecules."),
    {"properties": On(build_linear, suits=lambda domain: domain.spec.descriptors > 0)},
    paper="Hoerl & Kennard 1970",
    equations=SIMPLE,
)
NEAREST = Baseline(
    "nearest",
    ("Take it to see what similar molecules alone predict.", "Its run keeps what was measured of training molecules."),
    {
        "properties": On(
            build_nearest,
            {"usual": NearestHyper(), "tiny": NearestHyper(neighbours=2)},
            equations=SIMPLE,
            keeps="what was measured of training molecules",
        ),
    },
    paper="Cover & Hart 1967; Tanimoto 1958",
)
MEAN = extend_card(baselines.MEAN, {"properties": on_predictor(MeanAnswer)})
