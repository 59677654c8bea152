"""Predictors of properties of molecules: the heads of encoders, and the choice of a preset."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...core.hyper import Hyper, flag, one_of, real, whole
from ...core.recipe import Recipe, Trained
from ...core.spec import Spec
from .. import fields
from ..card import On
from .convolutions import Convolved, build, cross
from .graphs import READOUTS

if TYPE_CHECKING:
    from torch import nn

    from ...families.properties.beside import Beside
    from ...families.task_data import Sizes
    from ...networks.graph.readout import GraphEncoder

MOST_MEMBERS = 100
TREES, FOREST_SHARE = 100, 0.1  # trees beside networks, and the share of inputs that their splits of numbers look at
TINY = dict(layers=2, batch=16, lr=0.01, epochs=10, width=8)


def choose(presets: Mapping[str, Hyper], spec: "Sizes", given: Spec, items: int) -> str:
    """A sum over atoms suits numbers that grow with a molecule; on classes a mean was better (validation, BACE)."""
    classes = all(target.classes for target in spec.targets)
    return "classes" if classes and "classes" in presets else next(iter(presets))


def make_on(presets: Mapping[str, Hyper], *equations: str, **facts: object) -> On:
    """equations: modules below genwright. facts: of `On`."""
    return On(build, presets, choose, equations=(*equations, "families.properties.properties"), **facts)


@dataclass(frozen=True)
class OfMolecules(Convolved, Trained):
    """Hyperparameters of predictors of properties: one layer over the features of a molecule, then the answers.
    A family says by `encoder(spec)` what makes the features."""

    batch: int = 64
    epochs: float = real(50.0, above=0.0, says="passes over the data where no budget is named, for each member")
    width: int = fields.units(300, "units of each layer")
    dropout: float = fields.dropout(0.0)
    beside: bool = flag(
        False, says="fit a forest, boosted trees and a linear model too, weighed by validation", later=True
    )
    members: int = whole(1, least=1, most=MOST_MEMBERS, says="networks that are trained in turn, and answer together")

    def build(self, spec: "Sizes") -> Recipe:
        from ...families.properties.properties import Ensemble, PropertyPredictor

        beside = build_beside(spec) if self.beside else None
        if self.members == 1:
            family = PropertyPredictor(self.encoder(spec), spec.targets, beside)
        else:
            made = [PropertyPredictor(self.encoder(spec), spec.targets) for _ in range(self.members)]
            family = Ensemble(made, beside)
        return self.recipe(family, epochs=self.epochs * self.members)


def build_beside(spec: "Sizes") -> "Beside":
    """The simple predictors that stand beside networks."""
    from ...families.properties.beside import Beside, Boosting
    from ...families.properties.property_baselines import Forest, Linear

    linear = [Linear(spec)] if spec.descriptors else []
    return Beside(spec.targets, [Forest(spec, TREES, 1, FOREST_SHARE), Boosting(spec, TREES), *linear])


@dataclass(frozen=True)
class OfMoleculeGraphs(OfMolecules):
    """Networks on the graph of atoms and bonds."""

    layers: int = fields.layers(3, "how far, in bonds, an atom hears")
    readout: str = one_of(*READOUTS, says="how atoms become one vector; a sum counts them")
    descriptors: bool = flag(True, says="read the descriptors of a molecule beside its graph, where there are any")

    def encoder(self, spec: "Sizes") -> "GraphEncoder":
        from ...networks.graph.readout import GraphEncoder, LayerReadouts

        readouts = LayerReadouts(*self.atoms(spec), self.readout)
        return GraphEncoder(readouts, self.descriptors * spec.descriptors, self.width, self.dropout)

    def atoms(self, spec: "Sizes") -> "tuple[nn.Module, list[int]]":
        """The network of the atoms, and the widths of the layers that it gives: the atoms themselves and all layers
        (Xu 2019)."""
        return self.normed(spec), [spec.inputs, *[self.units] * self.layers]


def on_encoder(encoder: type[Convolved], **facts: object) -> On:
    """An encoder and the head of molecules. facts: of `On`."""
    presets = cross(encoder, OfMoleculeGraphs, dict(width=128), {"default": {}, "tiny": TINY})
    return make_on(presets, encoder.equations, **facts)
