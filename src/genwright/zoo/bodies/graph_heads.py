"""Links, whole graphs and molecules: the heads of predictors around convolutions, with their hyperparameters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from ...core.hyper import Hyper, flag, one_of, real, whole
from ...core.recipe import Recipe, Trained, TrainedWhole
from .. import fields
from ..card import On
from .convolutions import Convolved, build

if TYPE_CHECKING:
    from torch import nn

    from ...networks.molecule_encoders import GraphEncoder
    from ...predictors.task_data import Sizes

MOST_MEMBERS = 100
READOUTS = ("sum", "mean", "max", "attention", "set2set")


def choose_by_answers(presets: Mapping[str, Hyper], spec: Sizes, given: Any, items: int) -> str:
    """labels: where some answers are classes; number: where none is."""
    return "labels" if any(target.classes for target in spec.targets) else "number"


def choose_for_molecules(presets: Mapping[str, Hyper], spec: Sizes, given: Any, items: int) -> str:
    """A sum over atoms suits numbers that grow with a molecule; on classes a mean was better (validation, BACE)."""
    classes = all(target.classes for target in spec.targets)
    return "classes" if classes and "classes" in presets else next(iter(presets))


OnLinks = partial(On, build, equations=("predictors.links",))
OnGraphs = partial(On, build, choose=choose_by_answers, equations=("predictors.graphs",))
OnMolecules = partial(On, build, choose=choose_for_molecules, equations=("predictors.properties",))


@dataclass(frozen=True)
class OfLinks(Convolved, TrainedWhole):
    """Hyperparameters of families that learn embeddings of nodes from edges. numbers: of a node, for each dimension of
    its embedding."""

    width: int = fields.units(64, "units between layers")
    layers: int = fields.layers(2, "layers, one after another")
    dropout: float = fields.dropout(0.0)
    size: int = fields.units(32, "dimensions of an embedding")
    numbers, validates = 1, True

    def build(self, spec: Sizes) -> Recipe:
        network = self.network(spec, self.numbers * self.size)
        return self.recipe(self.predictor(network), validates=self.validates)

    def predictor(self, network: nn.Module) -> nn.Module:
        """The family around a network that embeds nodes."""
        raise NotImplementedError


@dataclass(frozen=True)
class OfPairs(OfLinks):
    """Hyperparameters of families that score pairs of embeddings by a decoder."""

    decoder: str = one_of("inner", "mlp", says="what scores two embeddings: their inner product, or a perceptron")
    negatives: str = one_of(
        "easy", "hard", says="pairs without an edge to learn from; hard: of nodes that are near or popular"
    )
    disjoint: float = real(
        0.0, least=0.0, below=1.0, says="share of edges to learn from while the others carry messages; 0: all do both"
    )

    def predictor(self, network: nn.Module) -> nn.Module:
        from ...predictors.links import InnerProduct, LinkPredictor, ProductMLP

        decoder = ProductMLP(self.size) if self.decoder == "mlp" else InnerProduct()
        return LinkPredictor(network, decoder, self.negatives, self.disjoint)


TINY_LINKS = dict(width=8, size=8, epochs=20)
DISJOINT = dict(decoder="mlp", disjoint=0.5)


@dataclass(frozen=True)
class OfGraphs(Convolved, Trained):
    """Hyperparameters of predictors of whole graphs, with a readout of every layer, and batch norm after each layer.
    Xu 2019 takes sums, four convolutions and the input's own readout."""

    batch: int = 32
    lr: float = 5e-3
    epochs: float = fields.epochs(100.0)
    width: int = fields.units(64, "units of a convolution")
    layers: int = fields.layers(3, "convolutions")
    readout: str = one_of(*READOUTS, says="how the nodes of a graph become one vector; Xu 2019")
    dropout: float = fields.dropout(0.5)
    encoder_dropout = 0.0

    def build(self, spec: Sizes) -> Recipe:
        from ...networks.graph.readout import GraphReadout
        from ...predictors.graphs import GraphPredictor

        widths = [spec.inputs, *[self.units] * self.layers]
        model = GraphReadout(self.normed(spec), widths, self.readout, spec.outputs, self.dropout)
        return self.recipe(GraphPredictor(model, spec.targets), epochs=self.epochs, clip=10.0)


NUMBER = dict(readout="sum", dropout=0.0)  # a number is a sum of scores, which dropout only makes noisier
USUAL_GRAPHS = dict(labels={}, number=NUMBER)
TINY_GRAPHS = dict(layers=2, dropout=0.0, batch=16, lr=0.01, epochs=10, width=8)


@dataclass(frozen=True)
class OfMolecules(Convolved, Trained):
    """Hyperparameters of predictors of properties: one layer over the features of a molecule, then the answers."""

    batch: int = 64
    epochs: float = real(50.0, above=0.0, says="passes over the data where no budget is named, for each member")
    width: int = fields.units(300, "units of each layer")
    dropout: float = fields.dropout(0.0)
    members: int = whole(1, least=1, most=MOST_MEMBERS, says="networks that are trained in turn, and answer together")

    def build(self, spec: Sizes) -> Recipe:
        from ...predictors.ensemble import Ensemble
        from ...predictors.properties import PropertyPredictor

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
        from ...networks.graph.readout import LayerReadouts
        from ...networks.molecule_encoders import GraphEncoder

        readouts = LayerReadouts(*self.atoms(spec), self.readout)
        return GraphEncoder(readouts, self.descriptors * spec.descriptors, self.width, self.dropout)

    def atoms(self, spec: Sizes) -> tuple[nn.Module, list[int]]:
        """The network of the atoms, and the widths of the layers that it gives: the atoms themselves and all layers
        (Xu 2019)."""
        return self.normed(spec), [spec.inputs, *[self.units] * self.layers]


TINY_MOLECULES = dict(layers=2, batch=16, lr=0.01, epochs=10, width=8)
ATOMS = dict(head=OfMoleculeGraphs, defaults=dict(width=128), default={}, tiny=TINY_MOLECULES)
