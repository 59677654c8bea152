"""Predictors of node labels: which convolutions run, with which numbers, when a person names a family."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import torch.nn.functional as F
from torch import nn

from ..core.errors import DataError
from ..core.hyper import flag, one_of, real, whole, wholes
from ..core.limits import MOST_BATCH, MOST_LAYERS
from ..core.spec import Spec
from ..core.trainable import ALL, Recipe, Trainable, TrainedWhole
from ..graphs.network import GraphNetwork
from ..graphs.samplers import ASGCN, LADIES, PASS, Bandit, Clusters, FastGCN, RandomWalks, Sampler, Uniform
from ..networks.graph.depth import JUMPS, REMEDIES, DeepNetwork, Perceptron, step, within
from ..networks.graph.gat import GATv2
from ..networks.graph.gcn import GCN, NORMS
from ..predictors.nodes import NodeClassifier
from ..predictors.sampled_nodes import SampledNodeClassifier
from ..predictors.task_data import Sizes
from . import classic, fields
from .classic import (  # noqa: F401  the registry looks for recipes here
    deepwalk,
    iterative_classification,
    label_propagation,
    manifold_regularisation,
    planetoid,
    semi_supervised_embedding,
)
from .convolutions import (
    ChebHyper,
    Convolved,
    GATHyper,
    GCNHyper,
    GINHyper,
    MLPHyper,
    SAGEHyper,
    SGCHyper,
    build,
    cross,
)

SAMPLERS: dict[str, tuple[tuple[int, ...], Callable[[OfSamples, Sizes], Sampler]]] = {  # budgets of a preset, and how
    "uniform": ((10, 10), lambda hyper, spec: Uniform(hyper.budgets)),
    "fastgcn": ((1_024, 4_096), lambda hyper, spec: FastGCN(hyper.budgets)),
    "ladies": ((512, 1_024), lambda hyper, spec: LADIES(hyper.budgets)),
    "as-gcn": ((512, 1_024), lambda hyper, spec: ASGCN(hyper.budgets, spec.inputs)),
    "bandit": ((10, 10), lambda hyper, spec: Bandit(hyper.budgets)),
    "pass": ((10, 10), lambda hyper, spec: PASS(hyper.budgets, spec.inputs)),
    "clusters": ((4, 4), lambda hyper, spec: Clusters(hyper.budgets, size=100)),
    "walks": ((3, 3), lambda hyper, spec: RandomWalks(hyper.budgets, roots=hyper.batch or spec.nodes, batches=200)),
}


def norm() -> Any:
    return one_of(*NORMS, says="how neighbours are averaged; own: with a matrix for the node itself")


class OfLabels(Convolved, TrainedWhole):
    """Head of every classifier of nodes. decays: whether all matrices decay, not those of the first layer alone."""

    decays, monitor = False, "loss"
    settings: ClassVar[dict[str, Any]] = {}  # of the Recipe

    def build(self, spec: Sizes) -> Recipe:
        return self.recipe(self.classifier(self.network(spec, spec.outputs), spec), **self.settings)

    def classifier(self, network: GraphNetwork, spec: Sizes) -> NodeClassifier:
        decayed = _matrices(network if self.decays else network.layers[0])
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

    batch: int = whole(ALL, least=ALL, most=MOST_BATCH, says="training nodes in each step, 0 for all")
    sampler: str = one_of("none", *SAMPLERS, says="how neighbours are drawn; none: every step sees the whole graph")
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

    def recipe(self, family: Trainable, **settings: Any) -> Recipe:
        return replace(super().recipe(family, **settings), batch=self.batch)

    def classifier(self, network: GraphNetwork, spec: Sizes) -> NodeClassifier:
        if self.sampler == "none":
            return super().classifier(network, spec)
        sampler = SAMPLERS[self.sampler][1](self, spec)
        return SampledNodeClassifier(network, sampler, _matrices(network.layers[0]), self.decay)


@dataclass(frozen=True)
class NodeGIN(GINHyper, OfNodes):
    """Hyperparameters of GIN (Xu 2019). The share of wrong labels picks the weights: with sums, the validation loss
    soon rises, since answers grow too sure, while more of them are right."""

    width: int = 64
    dropout: float = 0.8
    decay: float = fields.decay(0.02)
    learn_eps: bool = flag(False, says="learn how much a node counts beside its neighbours; Xu 2019")
    decays, monitor = True, "wrong"


@dataclass(frozen=True)
class NodeSGC(SGCHyper, OfLabels):
    """Hyperparameters of SGC (Wu 2019)."""

    lr: float = 0.2
    epochs: float = 150.0
    decay: float = fields.decay(5e-5)
    decays = True


@dataclass(frozen=True)
class NodeGAT(GATHyper, OfNodes):
    """Hyperparameters of GAT (Velickovic 2018). As there, all weights decay, and after every epoch the share of right
    labels on validation nodes is looked at, of the weights as they are."""

    lr: float = 0.005
    epochs: float = 1_000.0
    width: int = 8
    heads: int = 8
    output_heads: int = fields.units(1, "heads of the last layer, which are averaged; Velickovic 2018")
    dropout: float = 0.6
    decay: float = fields.decay(5e-4)
    decays, monitor, settings = True, "wrong", {"average": 0.0, "validate_every": 1}


class NodeGATv2(NodeGAT):
    """Hyperparameters of GATv2 (Brody 2022)."""

    convolution = GATv2


@dataclass(frozen=True)
class NodeSAGE(SAGEHyper, OfSamples):
    """Hyperparameters of GraphSAGE (Hamilton 2017)."""

    nodes_dropped: float = real(0.0, least=0.0, below=1.0, says="share of nodes whose features training leaves out")
    norm: bool = flag(False, says="layer norm between layers; Ba 2016")
    unit: bool = flag(False, says="vectors of length 1 between layers; Hamilton 2017")


@dataclass(frozen=True)
class DeepGCNHyper(OfNodes):
    """Hyperparameters of deep GCN (Chen 2020 (GCNII); other remedies of Xu 2018, Zhao 2020, Zhou 2020)."""

    lr: float = 0.02
    epochs: float = 300.0
    width: int = 64
    layers: int = 32
    dropout: float = 0.6
    decay: float = real(5e-4, least=0.0, says="weight of half the squared weights before and after the convolutions")
    decay_between: float = real(0.01, least=0.0, says="weight of half the squared weights of the convolutions")
    norm: str = norm()
    remedy: str = one_of(
        "initial",
        *(name for name in REMEDIES if name != "initial"),
        says="what keeps deep networks from smoothing; initial: Chen 2020",
    )
    jump: str = one_of(*JUMPS, says="layers that the classifier reads: the last alone, or all; Xu 2018")
    hops: int = whole(1, least=1, most=32, says="edges that each convolution reaches: A + A^2 + .. in place of A")
    before: int = fields.layers(1, "linear layers before the convolutions")
    after: int = fields.layers(1, "linear layers after the convolutions")
    alpha: float = real(0.1, least=0.0, most=1.0, says="share of the first layer in every other; Chen 2020")
    beta: float = real(0.5, least=0.0, says="strength of the convolutions' weights, which falls with depth; Chen 2020")

    def network(self, spec: Sizes, outputs: int) -> DeepNetwork:
        """Linear layers on either side of convolutions with a remedy, as in networks/graph/depth.py."""
        width, numbers = self.width, range(1, self.layers + 1)
        between = [GCN(width, width, self.norm) for _ in numbers]
        steps = [step(self.remedy, layer, width, k, self.alpha, self.beta) for k, layer in zip(numbers, between)]
        seen = self.layers * width if self.jump == "concatenate" else width
        first = Perceptron([spec.inputs, *[width] * self.before], self.dropout, F.relu)
        last = Perceptron([seen, *[width] * (self.after - 1), outputs], self.dropout)
        prepare = lambda graph: between[0].prepare(within(graph, self.hops))
        return DeepNetwork(first, steps, last, self.dropout, prepare, self.jump)

    def classifier(self, network: DeepNetwork, spec: Sizes) -> NodeClassifier:
        ends, between = _matrices(network.before) + _matrices(network.after), _matrices(network.steps)
        return NodeClassifier(network, ends, self.decay, (between, self.decay_between))


MANY, TINY = dict(width=64, epochs=300), dict(width=8, epochs=20)
PLAIN = dict(dropout=0.5, decay=5e-4)
ATTENTION = {
    "few": {},
    "many": dict(output_heads=8, decay=1e-3, lr=0.01, epochs=300),
    "tiny": dict(width=4, heads=2, output_heads=2, epochs=20),
}
PRESETS = {
    **classic.PRESETS,
    "mlp": cross(MLPHyper, OfNodes, few={}, many=MANY, tiny=TINY),
    "gcn": cross(
        GCNHyper,
        OfSamples,
        dict(dropout=0.7, norm=norm()),
        few={},
        many=MANY | dict(dropout=0.5),
        tiny=TINY | dict(dropout=0.5),
        **{name: dict(dropout=0.5, batch=50, sampler=name, budgets=SAMPLERS[name][0]) for name in SAMPLERS},
    ),
    "gin": {"few": NodeGIN(), "many": NodeGIN(**MANY, **PLAIN), "tiny": NodeGIN(**TINY, **PLAIN, learn_eps=True)},
    "sgc": {
        "few": NodeSGC(),  # the best on validation nodes of Cora and Citeseer together
        "many": NodeSGC(epochs=100),
        "tiny": NodeSGC(epochs=20),
    },
    "gat": {name: NodeGAT(**values) for name, values in ATTENTION.items()},
    "gatv2": {name: NodeGATv2(**values) for name, values in ATTENTION.items()},
    "sage": {
        "few": NodeSAGE(),
        "many": NodeSAGE(**MANY, norm=True),
        "pool": NodeSAGE(aggregator="pool"),
        "lstm": NodeSAGE(aggregator="lstm"),
        "uniform": NodeSAGE(batch=50, sampler="uniform"),
        "tiny": NodeSAGE(**TINY, aggregator="pool", dropout=0.2, nodes_dropped=0.1, norm=True, unit=True),
    },
    "cheb": cross(
        ChebHyper, OfNodes, dict(dropout=0.8, decay=1e-3), few={}, many=MANY | PLAIN | dict(terms=2), tiny=TINY | PLAIN
    ),
    "deep-gcn": {"few": DeepGCNHyper(), "many": DeepGCNHyper(), "tiny": DeepGCNHyper(**TINY, layers=4)},
}
mlp = gcn = gin = sgc = gat = gatv2 = sage = cheb = deep_gcn = build


def choose(family: str, spec: Sizes, given: Spec, items: int) -> str:
    """few: up to 200 labelled nodes, as in the citation graphs; many: more."""
    return "few" if items <= 200 else "many"


def _matrices(network: nn.Module) -> list[nn.Parameter]:
    """Parameters that decay: those with two or more axes, so no biases."""
    return [p for p in network.parameters() if p.ndim > 1]
