"""Properties of molecules by messages on directed bonds (D-MPNN), and by layers over a fingerprint."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from . import fields
from .bodies import molecules
from .card import Card

if TYPE_CHECKING:
    from torch import nn

    from ..families.task_data import Sizes


@dataclass(frozen=True)
class DMPNNHyper(molecules.OfMoleculeGraphs):
    """Hyperparameters of D-MPNN (Yang 2019: messages on directed bonds)."""

    def atoms(self, spec: Sizes) -> tuple[nn.Module, list[int]]:
        from ..networks.graph.bond_messages import BondMessages

        sizes = spec.inputs, spec.edge_features, self.width, self.layers
        return BondMessages(*sizes, self.dropout), [self.width]


@dataclass(frozen=True)
class FingerprintHyper(molecules.OfMolecules):
    """Layers over the counts of a Morgan fingerprint (Rogers & Hahn 2010)."""

    width: int = 512
    layers: int = fields.layers(2, "layers over the fingerprint")
    dropout: float = 0.2

    def encoder(self, spec: Sizes) -> nn.Module:
        from ..networks.molecule_encoders import CountsEncoder

        return CountsEncoder(spec.counts, self.width, self.layers, self.dropout)


DECAYED = DMPNNHyper(weight_decay=0.1)
PRESETS = {
    "default": DECAYED,
    "classes": replace(DECAYED, readout="mean"),
    "plain": replace(DECAYED, descriptors=False),
    "tiny": DMPNNHyper(**molecules.TINY),
}
DMPNN = Card(
    "dmpnn",
    ("Take it first for properties of molecules.", "A forest may be enough for few molecules."),
    {"properties": molecules.on(PRESETS, "networks.graph.bond_messages", default=True)},
    paper="Yang 2019",
    near=("chemprop",),
)
FINGERPRINT = Card(
    "fingerprint",
    ("Take it for a network on counts of fragments.", "It sees fragments, not the whole graph."),
    {"properties": molecules.on({"default": FingerprintHyper(), "tiny": FingerprintHyper(**molecules.TINY)})},
    paper="Rogers & Hahn 2010",
)
