"""Predictors of properties of molecules: the heads of encoders, and the choice of a preset."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from torch import nn

from ...core.hyper import Brief, Hyper, flag, one_of, real, whole
from ...core.recipe import Recipe, Trained
from ...core.spec import Spec
from ...families.task_data import TaskSizes
from ...graphs.networks.readout import LayerReadouts, MoleculeEncoder
from ...graphs.zoo.bodies.convolutions import Convolved, build, cross
from ...graphs.zoo.bodies.graphs import READOUTS
from ...zoo import fields
from ...zoo.card import On
from ..families.properties import Ensemble, PropertyPredictor
from ..families.property_baselines import Forest, Linear
from ..families.simple_predictors import Boosting, SimplePredictors

MEMBERS, MOST_MEMBERS = "members", 100
TREES, FOREST_SHARE = 100, 0.1  # trees beside networks, and the share of inputs that their splits of numbers look at
NETWORKS, PASSES = 5, 30  # most networks that a budget allows, and passes over the data for each of them
PER_SECOND = 400  # molecules that a network learns from on one core
SIMPLE_PER_MINUTE, FEWEST_SIMPLE = 4_500, 500  # answers that simple predictors learn from in a quarter of the time
TINY = dict(layers=2, batch=16, lr=0.01, epochs=10, width=8)


def choose(presets: Mapping[str, Hyper], spec: TaskSizes, given: Spec, items: int) -> str:
    """Chooses a preset: a sum over atoms suits numbers that grow with a molecule; on classes a mean was better
    (validation, BACE)."""
    classes = all(target.classes for target in spec.targets)
    return "classes" if classes and "classes" in presets else next(iter(presets))


def make_on(presets: Mapping[str, Hyper], *equations: str, **facts: object) -> On:
    """Makes the `On` of a predictor of properties.

    Args:
        presets: Its presets.
        equations: Modules below genwright with its equations.
        facts: Facts of `On`.
    """
    return On(build, presets, choose, equations=(*equations, "molecules.families.properties"), **facts)


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
    simple_answers: int = whole(
        60_000, least=1, says="answers that the simple predictors learn from, at most", later=True
    )
    members: int = whole(1, least=1, most=MOST_MEMBERS, says="networks that are trained in turn, and answer together")

    def fit_to_budget(
        self, budget: Mapping[str, float], items: int, chosen: Collection[str], about: int | None = None,
        brief: Brief | None = None,
    ) -> Hyper:  # fmt: skip
        """Fits the hyperparameters to a budget. With simple predictors beside: as many networks as the budget allows,
        and no more molecules for the simple predictors than a quarter of the time allows. No clock decides, so the same
        call gives the same numbers."""
        if not (self.beside and budget):
            return super().fit_to_budget(budget, items, chosen, about, brief)
        ((unit, number),) = budget.items()
        passes = {"epochs": 1, "items": 1 / items, "steps": self.batch / items, "minutes": 60 * PER_SECOND / items}
        values = {MEMBERS: min(max(1, int(number * passes[unit] / PASSES)), NETWORKS)}
        if unit == "minutes":
            fits = 1 + values[MEMBERS]
            time_allows = max(FEWEST_SIMPLE, int(number * SIMPLE_PER_MINUTE / fits))
            values["simple_answers"] = min(self.simple_answers, time_allows)
        return replace(self, **{name: value for name, value in values.items() if name not in chosen})

    def build(self, spec: TaskSizes) -> Recipe:
        descriptor_network = build_beside(spec, self.simple_answers) if self.beside else None
        if self.members == 1:
            family = PropertyPredictor(self.encoder(spec), spec.targets, descriptor_network)
        else:
            predictors = [PropertyPredictor(self.encoder(spec), spec.targets) for _ in range(self.members)]
            family = Ensemble(predictors, descriptor_network)
        return self.recipe(family, epochs=self.epochs * self.members)


def build_beside(spec: TaskSizes, most_answers: int) -> SimplePredictors:
    """Builds the simple predictors that stand beside networks.

    Args:
        most_answers: answers that they learn from, at most.
    """
    linear = [Linear(spec)] if spec.descriptors else []
    return SimplePredictors(
        spec.targets, [Forest(spec, TREES, 1, FOREST_SHARE), Boosting(spec, TREES), *linear], most_answers
    )


@dataclass(frozen=True)
class OfMoleculeGraphs(OfMolecules):
    """Hyperparameters of networks on the graph of atoms and bonds."""

    layers: int = fields.layers(3, "how far, in bonds, an atom hears")
    readout: str = one_of(*READOUTS, says="how atoms become one vector; a sum counts them")
    descriptors: bool = flag(True, says="read the descriptors of a molecule beside its graph, where there are any")

    def encoder(self, spec: TaskSizes) -> MoleculeEncoder:
        readouts = LayerReadouts(*self.atoms(spec), self.readout)
        return MoleculeEncoder(readouts, self.descriptors * spec.descriptors, self.width, self.dropout)

    def atoms(self, spec: TaskSizes) -> tuple[nn.Module, list[int]]:
        """Builds the network of the atoms, and lists the widths of the layers that it gives: the atoms themselves and
        all layers (Xu 2019)."""
        return self.normed(spec), [spec.inputs, *[self.units] * self.layers]


def on_encoder(encoder: type[Convolved], **facts: object) -> On:
    """Makes the `On` of an encoder and the head of molecules."""
    presets = cross(encoder, OfMoleculeGraphs, dict(width=128), {"default": {}, "tiny": TINY})
    return make_on(presets, encoder.equations, **facts)
