"""Predictors of properties of molecules: which network reads a molecule when a person names a family."""

from __future__ import annotations

from dataclasses import dataclass

from torch import nn

from ..core.hyper import flag, one_of, real, whole
from ..core.spec import Spec
from ..core.trainable import Recipe, Trained
from ..networks.graph.bond_messages import BondMessages
from ..networks.graph.readout import READOUTS, LayerReadouts
from ..networks.molecule_encoders import CountsEncoder, GraphEncoder
from ..predictors.ensemble import Ensemble
from ..predictors.properties import PropertyPredictor
from ..predictors.task_data import Sizes
from . import convolutions, fields, property_baselines
from .convolutions import Convolved, GCNHyper, GINHyper, SAGEHyper, build, cross
from .property_baselines import forest, linear, mean, nearest  # noqa: F401  the registry looks for recipes here

MOST_MEMBERS = 100


@dataclass(frozen=True)
class OfMolecules(Convolved, Trained):
    """Hyperparameters of predictors of properties: one layer over the features of a molecule, then the answers."""

    batch: int = 64
    epochs: float = real(50.0, above=0.0, says="passes over the data where no budget is named, for each member")
    width: int = fields.units(300, "units of each layer")
    dropout: float = fields.dropout(0.0)
    members: int = whole(1, least=1, most=MOST_MEMBERS, says="networks that are trained in turn, and answer together")

    def build(self, spec: Sizes) -> Recipe:
        made = [PropertyPredictor(self.encoder(spec), spec.targets) for _ in range(self.members)]
        family = Ensemble(made) if self.members > 1 else made[0]
        return self.recipe(family, epochs=self.epochs * self.members)


@dataclass(frozen=True)
class OfMoleculeGraphs(OfMolecules):
    """Networks on the graph of atoms and bonds."""

    layers: int = fields.layers(3, "how far, in bonds, an atom hears")
    readout: str = one_of(*READOUTS, says="how atoms become one vector; a sum counts them")
    descriptors: bool = flag(True, says="read the descriptors of a molecule beside its graph, where there are any")

    def encoder(self, spec: Sizes) -> GraphEncoder:
        readouts = LayerReadouts(*self.atoms(spec), self.readout)
        return GraphEncoder(readouts, self.descriptors * spec.descriptors, self.width, self.dropout)

    def atoms(self, spec: Sizes) -> tuple[nn.Module, list[int]]:
        """The network of the atoms, and the widths of the layers that it gives: the atoms themselves and all layers
        (Xu 2019)."""
        return self.normed(spec), [spec.inputs, *[self.units] * self.layers]


@dataclass(frozen=True)
class DMPNNHyper(OfMoleculeGraphs):
    """Hyperparameters of D-MPNN (Yang 2019: messages on directed bonds)."""

    def atoms(self, spec: Sizes) -> tuple[nn.Module, list[int]]:
        sizes = spec.inputs, spec.edge_features, self.width, self.layers
        return BondMessages(*sizes, self.dropout), [self.width]


@dataclass(frozen=True)
class GATHyper(convolutions.GATHyper, OfMoleculeGraphs):
    """Hyperparameters of GAT (Velickovic 2018, with features of bonds)."""

    width: int = fields.units(128, "units of each layer")
    heads: int = fields.units(4, "heads of attention side by side, which share the units of a layer; Velickovic 2018")

    def __post_init__(self) -> None:
        super().__post_init__()
        fields.require_multiple(self, "width", self.heads, "heads share it")

    @property
    def units(self) -> int:
        return self.width


@dataclass(frozen=True)
class FingerprintHyper(OfMolecules):
    """Layers over the counts of a Morgan fingerprint (Rogers & Hahn 2010)."""

    width: int = 512
    layers: int = fields.layers(2, "layers over the fingerprint")
    dropout: float = 0.2

    def encoder(self, spec: Sizes) -> CountsEncoder:
        return CountsEncoder(spec.counts, self.width, self.layers, self.dropout)


TINY = dict(layers=2, batch=16, lr=0.01, epochs=10, width=8)
PRODUCT = dict(head=OfMoleculeGraphs, defaults=dict(width=128), default={}, tiny=TINY)
PRESETS = {
    **property_baselines.PRESETS,
    "dmpnn": {
        "default": DMPNNHyper(weight_decay=0.1),
        "classes": DMPNNHyper(weight_decay=0.1, readout="mean"),
        "plain": DMPNNHyper(weight_decay=0.1, descriptors=False),
        "tiny": DMPNNHyper(**TINY),
    },
    "gin": cross(GINHyper, **PRODUCT),
    "gcn": cross(GCNHyper, **PRODUCT),
    "sage": cross(SAGEHyper, **PRODUCT),
    "gat": {"default": GATHyper(), "tiny": GATHyper(**TINY, heads=2)},
    "fingerprint": {"default": FingerprintHyper(), "tiny": FingerprintHyper(**TINY)},
}
dmpnn = gin = gcn = sage = gat = fingerprint = build


def choose(family: str, spec: Sizes, given: Spec, items: int) -> str:
    """A sum over atoms suits numbers that grow with a molecule; on classes a mean was better (validation, BACE)."""
    classes = all(target.classes for target in spec.targets)
    return "classes" if classes and "classes" in PRESETS[family] else next(iter(PRESETS[family]))
