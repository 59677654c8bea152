"""Predictors of node labels: the head of every encoder, and the choice of a preset."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import ClassVar

from torch import nn

from ....core.errors import DataError
from ....core.hyper import Hyper, one_of, real, whole, wholes
from ....core.limits import MOST_BATCH, MOST_LAYERS
from ....core.recipe import FULL_BATCH, Recipe, TrainedWhole
from ....core.spec import Spec
from ....core.trainable import Trainable
from ....families.task_data import TaskSizes
from ....zoo import fields
from ....zoo.card import On
from ...families.nodes import NodeClassifier, SampledNodeClassifier
from ...networks import samplers
from ...networks.network import GraphNetwork
from ...networks.samplers import Sampler
from .convolutions import Convolved, build

NEIGHBOUR_ADVICE = "A node hears from one hop a layer, so a shallow network sees near neighbours only."  # advice
LONG_TRAINING, TINY = dict(width=64, epochs=300), dict(width=8, epochs=20)
PLAIN = dict(dropout=0.5, decay=5e-4)
BUDGETS = {  # by the name of a preset with a sampler
    "uniform": (10, 10),
    "fastgcn": (1_024, 4_096),
    "ladies": (512, 1_024),
    "as-gcn": (512, 1_024),
    "bandit": (10, 10),
    "pass": (10, 10),
    "clusters": (4, 4),
    "walks": (3, 3),
}


def choose(presets: Mapping[str, Hyper], spec: TaskSizes, given: Spec, items: int) -> str:
    """Chooses a preset: "few" up to 200 labelled nodes, as in the citation graphs, and "many" beyond."""
    return "few" if items <= 200 else "many"


def make_on(presets: Mapping[str, Hyper], **facts: object) -> On:
    """Makes the `On` of the encoder of these presets, with its head."""
    equations = next(iter(presets.values())).equations, "graphs.families.nodes"
    return On(build, presets, choose, equations=equations, **{"figures": ("layers",)} | facts)


def norm() -> str:
    names = "symmetric", "mean", "own"
    return one_of(*names, says="how neighbours are averaged; own: with a matrix for the node itself")


def matrices(network: nn.Module) -> list[nn.Parameter]:
    """Lists the parameters that decay: those with two or more axes, so no biases."""
    return [p for p in network.parameters() if p.ndim > 1]


class OfLabels(Convolved, TrainedWhole):
    """Hyperparameters of the head of every classifier of nodes. decays: whether all matrices decay, not those of the
    first layer alone."""

    decays, monitor = False, "loss"
    settings: ClassVar[dict[str, object]] = {}  # arguments of the Recipe

    def build(self, spec: TaskSizes) -> Recipe:
        return self.recipe(self.classifier(self.network(spec, spec.outputs), spec), **self.settings)

    def classifier(self, network: GraphNetwork, spec: TaskSizes) -> NodeClassifier:
        decayed = matrices(network if self.decays else network.layers[0])
        return NodeClassifier(network, decayed, self.decay, monitor=self.monitor)


@dataclass(frozen=True)
class OfNodes(OfLabels):
    """Hyperparameters of node classifiers with one layer after another."""

    width: int = fields.units(16, "units between layers")
    layers: int = fields.layers(2, "layers, one after another")
    dropout: float = fields.dropout(0.5)
    decay: float = real(5e-4, least=0.0, says="weight of half the first layer's squared weights; Kipf & Welling 2017")


@dataclass(frozen=True)
class OfSamples(OfNodes):
    """Hyperparameters of families that may learn from a few nodes in each step and a part of their neighbours."""

    batch: int = whole(FULL_BATCH, least=FULL_BATCH, most=MOST_BATCH, says="training nodes in each step, 0 for all")
    sampler: str = one_of("none", *BUDGETS, says="how neighbours are drawn; none: every step sees the whole graph")
    budgets: tuple[int, ...] = wholes(
        (10, 10),
        least=1,
        most=MOST_BATCH,
        many=MOST_LAYERS,
        says="what is drawn for each layer, the last one first: neighbours of a node, nodes, clusters, steps of a walk",
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.sampler != "none" and len(self.budgets) != self.layers:
            fitting = list((self.budgets * self.layers)[: self.layers])
            raise DataError(
                f"budgets = {list(self.budgets)} must have one value for each of layers = {self.layers}: choose "
                f"{fitting}, for example"
            )

    def recipe(self, family: Trainable, **settings: object) -> Recipe:
        return replace(super().recipe(family, **settings), batch=self.batch)

    def classifier(self, network: GraphNetwork, spec: TaskSizes) -> NodeClassifier:
        if self.sampler == "none":
            return super().classifier(network, spec)
        return SampledNodeClassifier(network, self.made_sampler(spec), matrices(network.layers[0]), self.decay)

    def made_sampler(self, spec: TaskSizes) -> Sampler:
        make = {
            "uniform": samplers.UniformSampler,
            "fastgcn": samplers.FastGCN,
            "ladies": samplers.LADIES,
            "as-gcn": partial(samplers.ASGCN, inputs=spec.inputs),
            "bandit": samplers.Bandit,
            "pass": partial(samplers.PASS, inputs=spec.inputs),
            "clusters": partial(samplers.Clusters, size=100),
            "walks": partial(samplers.RandomWalks, roots=self.batch or spec.nodes, batches=200),
        }[self.sampler]
        return make(self.budgets)
