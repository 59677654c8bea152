"""Predictors of properties of molecules: which network reads a molecule when a person names a family."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from torch import nn

from ..core.hyper import flag, one_of, real, whole
from ..core.spec import Spec
from ..core.trainable import Recipe, Trained
from ..graphs.network import GraphNetwork, Normed
from ..networks.graph.bond_messages import BondMessages
from ..networks.graph.readout import READOUTS, LayerReadouts
from ..networks.graph.sage import AGGREGATORS
from ..networks.molecule_encoders import CountsEncoder, GraphEncoder
from ..predictors.ensemble import Ensemble
from ..predictors.properties import PropertyPredictor
from ..predictors.task_data import Sizes
from . import convolutions, fields, property_baselines
from .property_baselines import forest, linear, mean, nearest  # noqa: F401  the registry looks for recipes here

MOST_MEMBERS = 100


@dataclass(frozen=True)
class OfMolecules(Trained):
    """Hyperparameters of predictors of properties: one layer over the features of a molecule, then the answers."""

    batch: int = 64
    epochs: float = real(50.0, above=0.0, says="passes over the data where no budget is named, for each member")
    width: int = fields.units(300, "units of each layer")
    dropout: float = fields.dropout(0.0)
    members: int = whole(1, least=1, most=MOST_MEMBERS, says="networks that are trained in turn, and answer together")

    def predictor(self, spec: Sizes, encoder: Callable[[], nn.Module]) -> Recipe:
        """encoder: makes an untrained one."""
        made = [PropertyPredictor(encoder(), spec.targets) for _ in range(self.members)]
        family = Ensemble(made) if self.members > 1 else made[0]
        return self.recipe(family, epochs=self.epochs * self.members)


@dataclass(frozen=True)
class OfMoleculeGraphs(OfMolecules):
    """Networks on the graph of atoms and bonds."""

    layers: int = fields.layers(3, "how far, in bonds, an atom hears")
    readout: str = one_of(*READOUTS, says="how atoms become one vector; a sum counts them")
    descriptors: bool = flag(True, says="read the descriptors of a molecule beside its graph, where there are any")

    def of_atoms(self, spec: Sizes, network: Callable[[], nn.Module], widths: Sequence[int]) -> Recipe:
        """network: makes an untrained one, of the atoms. widths: of the layers that it gives."""

        def encoder() -> GraphEncoder:
            readouts = LayerReadouts(network(), list(widths), self.readout)
            return GraphEncoder(readouts, self.descriptors * spec.descriptors, self.width, self.dropout)

        return self.predictor(spec, encoder)

    def convolutions(self, spec: Sizes, network: Callable[[], GraphNetwork], width: int) -> Recipe:
        """With batch norm after each convolution, and readouts of the atoms themselves and of all layers (Xu 2019).
        width: of what each convolution gives."""

        def normed() -> GraphNetwork:
            found = network()
            return GraphNetwork([Normed(layer, width) for layer in found.layers], found.dropout, found.activation)

        return self.of_atoms(spec, normed, [spec.inputs, *[width] * self.layers])


@dataclass(frozen=True)
class DMPNNHyper(OfMoleculeGraphs):
    """Hyperparameters of D-MPNN (Yang 2019: messages on directed bonds)."""


@dataclass(frozen=True)
class GINHyper(OfMoleculeGraphs):
    """Hyperparameters of GIN (Xu 2019, with features of bonds as Hu 2020 reads them)."""

    width: int = 128


@dataclass(frozen=True)
class GCNHyper(OfMoleculeGraphs):
    """Hyperparameters of GCN (Kipf & Welling 2017)."""

    width: int = 128


@dataclass(frozen=True)
class SAGEHyper(OfMoleculeGraphs):
    """Hyperparameters of GraphSAGE (Hamilton 2017)."""

    width: int = 128
    aggregator: str = one_of(*AGGREGATORS, says="how neighbours are put together; Hamilton 2017")


@dataclass(frozen=True)
class GATHyper(OfMoleculeGraphs):
    """Hyperparameters of GAT (Velickovic 2018, with features of bonds)."""

    width: int = 128
    heads: int = fields.units(4, "heads of attention side by side, which share the units of a layer; Velickovic 2018")

    def __post_init__(self) -> None:
        super().__post_init__()
        fields.require_multiple(self, "width", self.heads, "heads share it")


@dataclass(frozen=True)
class FingerprintHyper(OfMolecules):
    """Layers over the counts of a Morgan fingerprint (Rogers & Hahn 2010)."""

    width: int = 512
    layers: int = fields.layers(2, "layers over the fingerprint")
    dropout: float = 0.2


TINY = dict(layers=2, batch=16, lr=0.01, epochs=10, width=8)
PRESETS = {
    **property_baselines.PRESETS,
    "dmpnn": {
        "default": DMPNNHyper(weight_decay=0.1),
        "classes": DMPNNHyper(weight_decay=0.1, readout="mean"),
        "plain": DMPNNHyper(weight_decay=0.1, descriptors=False),
        "tiny": DMPNNHyper(**TINY),
    },
    "gin": {"default": GINHyper(), "tiny": GINHyper(**TINY)},
    "gcn": {"default": GCNHyper(), "tiny": GCNHyper(**TINY)},
    "sage": {"default": SAGEHyper(), "tiny": SAGEHyper(**TINY)},
    "gat": {"default": GATHyper(), "tiny": GATHyper(**TINY, heads=2)},
    "fingerprint": {"default": FingerprintHyper(), "tiny": FingerprintHyper(**TINY)},
}


def choose(family: str, spec: Sizes, given: Spec, items: int) -> str:
    """A sum over atoms suits numbers that grow with a molecule; on classes a mean was better (validation, BACE)."""
    classes = all(target.classes for target in spec.targets)
    return "classes" if classes and "classes" in PRESETS[family] else next(iter(PRESETS[family]))


def dmpnn(spec: Sizes, given: Spec, hyper: DMPNNHyper) -> Recipe:
    network = partial(BondMessages, spec.inputs, spec.edge_features, hyper.width, hyper.layers, hyper.dropout)
    return hyper.of_atoms(spec, network, [hyper.width])


def gin(spec: Sizes, given: Spec, hyper: GINHyper) -> Recipe:
    sizes = spec.inputs, hyper.width, hyper.width, hyper.layers
    network = partial(convolutions.gin, *sizes, hyper.dropout, edge_features=spec.edge_features)
    return hyper.convolutions(spec, network, hyper.width)


def gcn(spec: Sizes, given: Spec, hyper: GCNHyper) -> Recipe:
    network = partial(convolutions.gcn, spec.inputs, hyper.width, hyper.width, hyper.layers, hyper.dropout)
    return hyper.convolutions(spec, network, hyper.width)


def sage(spec: Sizes, given: Spec, hyper: SAGEHyper) -> Recipe:
    sizes = spec.inputs, hyper.width, hyper.width, hyper.layers
    return hyper.convolutions(spec, partial(convolutions.sage, *sizes, hyper.dropout, hyper.aggregator), hyper.width)


def gat(spec: Sizes, given: Spec, hyper: GATHyper) -> Recipe:
    sizes = spec.inputs, hyper.width, hyper.width // hyper.heads, hyper.layers
    network = partial(convolutions.gat, *sizes, hyper.dropout, hyper.heads, 1, spec.edge_features)
    return hyper.convolutions(spec, network, hyper.width)


def fingerprint(spec: Sizes, given: Spec, hyper: FingerprintHyper) -> Recipe:
    return hyper.predictor(spec, partial(CountsEncoder, spec.counts, hyper.width, hyper.layers, hyper.dropout))
