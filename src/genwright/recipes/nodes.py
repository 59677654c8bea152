"""Predictors of node labels: which convolutions run, with which numbers, when a person names a family."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from torch import nn

from ..core.errors import DataError
from ..core.hyper import flag, one_of, real, whole, wholes
from ..core.limits import MOST_BATCH, MOST_LAYERS
from ..core.spec import Spec
from ..core.trainable import ALL, Recipe, Trainable, TrainedWhole
from ..graphs.network import GraphNetwork
from ..graphs.samplers import ASGCN, LADIES, PASS, Bandit, Clusters, FastGCN, RandomWalks, Sampler, Uniform
from ..networks.graph.depth import JUMPS, REMEDIES
from ..predictors.nodes import NodeClassifier
from ..predictors.sampled_nodes import SampledNodeClassifier
from ..predictors.task_data import Sizes
from . import classic, convolutions, fields
from .classic import (  # noqa: F401  the registry looks for recipes here
    deepwalk,
    iterative_classification,
    label_propagation,
    manifold_regularisation,
    planetoid,
    semi_supervised_embedding,
)
from .convolutions import Convolved

SAMPLERS: dict[str, Callable[[OfSamples, Sizes], Sampler | None]] = {
    "none": lambda hyper, spec: None,
    "uniform": lambda hyper, spec: Uniform(hyper.budgets),
    "fastgcn": lambda hyper, spec: FastGCN(hyper.budgets),
    "ladies": lambda hyper, spec: LADIES(hyper.budgets),
    "as-gcn": lambda hyper, spec: ASGCN(hyper.budgets, spec.inputs),
    "bandit": lambda hyper, spec: Bandit(hyper.budgets),
    "pass": lambda hyper, spec: PASS(hyper.budgets, spec.inputs),
    "clusters": lambda hyper, spec: Clusters(hyper.budgets, size=100),
    "walks": lambda hyper, spec: RandomWalks(hyper.budgets, roots=hyper.batch or spec.nodes, batches=200),
}


@dataclass(frozen=True)
class OfNodes(Convolved):
    """Hyperparameters of node classifiers with one layer after another."""

    width: int = 16
    dropout: float = 0.5
    decay: float = real(5e-4, least=0.0, says="weight of half the first layer's squared weights; Kipf & Welling 2017")


@dataclass(frozen=True)
class OfSamples(OfNodes):
    """Hyperparameters of families that may learn from a few nodes in each step and a part of their neighbours."""

    batch: int = whole(ALL, least=ALL, most=MOST_BATCH, says="training nodes in each step, 0 for all")
    sampler: str = one_of(*SAMPLERS, says="how neighbours are drawn; none: every step sees the whole graph")
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


@dataclass(frozen=True)
class MLPHyper(OfNodes):
    """No graph: the features of each node alone."""


@dataclass(frozen=True)
class GCNHyper(OfSamples):
    """Hyperparameters of GCN (Kipf & Welling 2017)."""

    dropout: float = 0.7
    norm: str = convolutions.norm()


@dataclass(frozen=True)
class GINHyper(OfNodes):
    """Hyperparameters of GIN (Xu 2019)."""

    width: int = 64
    dropout: float = 0.8
    decay: float = fields.decay(0.02)
    learn_eps: bool = flag(False, says="learn how much a node counts beside its neighbours; Xu 2019")


@dataclass(frozen=True)
class SGCHyper(TrainedWhole):
    """Hyperparameters of SGC (Wu 2019)."""

    lr: float = 0.2
    epochs: float = 150.0
    hops: int = fields.layers(2, "averages over neighbours, before the one matrix; Wu 2019", least=0)
    decay: float = fields.decay(5e-5)


@dataclass(frozen=True)
class GATHyper(OfNodes):
    """Hyperparameters of GAT (Velickovic 2018; Brody 2022)."""

    lr: float = 0.005
    epochs: float = 1_000.0
    width: int = fields.units(8, "units of a head of attention")
    heads: int = convolutions.heads(8)
    output_heads: int = fields.units(1, "heads of the last layer, which are averaged; Velickovic 2018")
    dropout: float = 0.6
    decay: float = fields.decay(5e-4)


@dataclass(frozen=True)
class SAGEHyper(OfSamples):
    """Hyperparameters of GraphSAGE (Hamilton 2017)."""

    aggregator: str = convolutions.aggregator()
    nodes_dropped: float = real(0.0, least=0.0, below=1.0, says="share of nodes whose features training leaves out")
    norm: bool = flag(False, says="layer norm between layers; Ba 2016")
    unit: bool = flag(False, says="vectors of length 1 between layers; Hamilton 2017")


@dataclass(frozen=True)
class ChebHyper(OfNodes):
    """Hyperparameters of ChebNet (Defferrard 2016)."""

    dropout: float = 0.8
    decay: float = 1e-3
    terms: int = whole(3, least=1, most=1_000, says="terms of the polynomial; Defferrard 2016")


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
    norm: str = convolutions.norm()
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


MANY, TINY = dict(width=64, epochs=300), dict(width=8, epochs=20)
PLAIN = dict(dropout=0.5, decay=5e-4)
ATTENTION = {
    "few": GATHyper(),
    "many": GATHyper(output_heads=8, decay=1e-3, lr=0.01, epochs=300),
    "tiny": GATHyper(width=4, heads=2, output_heads=2, epochs=20),
}
BUDGETS = {
    "uniform": (10, 10),
    "fastgcn": (1_024, 4_096),
    "ladies": (512, 1_024),
    "as-gcn": (512, 1_024),
    "bandit": (10, 10),
    "pass": (10, 10),
    "clusters": (4, 4),
    "walks": (3, 3),
}
PRESETS = {
    **classic.PRESETS,
    "mlp": {"few": MLPHyper(), "many": MLPHyper(**MANY), "tiny": MLPHyper(**TINY)},
    "gcn": {
        "few": GCNHyper(),
        "many": GCNHyper(**MANY, dropout=0.5),
        "tiny": GCNHyper(**TINY, dropout=0.5),
        **{name: GCNHyper(dropout=0.5, batch=50, sampler=name, budgets=budgets) for name, budgets in BUDGETS.items()},
    },
    "gin": {"few": GINHyper(), "many": GINHyper(**MANY, **PLAIN), "tiny": GINHyper(**TINY, **PLAIN, learn_eps=True)},
    "sgc": {
        "few": SGCHyper(),  # the best on validation nodes of Cora and Citeseer together
        "many": SGCHyper(epochs=100),
        "tiny": SGCHyper(epochs=20),
    },
    "gat": ATTENTION,
    "gatv2": ATTENTION,
    "sage": {
        "few": SAGEHyper(),
        "many": SAGEHyper(**MANY, norm=True),
        "pool": SAGEHyper(aggregator="pool"),
        "lstm": SAGEHyper(aggregator="lstm"),
        "uniform": SAGEHyper(batch=50, sampler="uniform"),
        "tiny": SAGEHyper(**TINY, aggregator="pool", dropout=0.2, nodes_dropped=0.1, norm=True, unit=True),
    },
    "cheb": {"few": ChebHyper(), "many": ChebHyper(**MANY, **PLAIN, terms=2), "tiny": ChebHyper(**TINY, **PLAIN)},
    "deep-gcn": {"few": DeepGCNHyper(), "many": DeepGCNHyper(), "tiny": DeepGCNHyper(**TINY, layers=4)},
}


def choose(family: str, spec: Sizes, given: Spec, items: int) -> str:
    """few: up to 200 labelled nodes, as in the citation graphs; many: more."""
    return "few" if items <= 200 else "many"


def mlp(spec: Sizes, given: Spec, hyper: MLPHyper) -> Recipe:
    network = convolutions.mlp(*hyper.sizes(spec.inputs, spec.outputs))
    return hyper.recipe(NodeClassifier(network, _matrices(network.layers[0]), hyper.decay))


def gcn(spec: Sizes, given: Spec, hyper: GCNHyper) -> Recipe:
    return _sampled(convolutions.gcn(*hyper.sizes(spec.inputs, spec.outputs), hyper.norm), spec, hyper)


def gin(spec: Sizes, given: Spec, hyper: GINHyper) -> Recipe:
    """The share of wrong labels picks the weights. With sums, the validation loss soon rises: answers grow too
    sure, while more of them are right."""
    network = convolutions.gin(*hyper.sizes(spec.inputs, spec.outputs), hyper.learn_eps, spec.edge_features)
    return hyper.recipe(NodeClassifier(network, _matrices(network), hyper.decay, monitor="wrong"))


def sgc(spec: Sizes, given: Spec, hyper: SGCHyper) -> Recipe:
    network = convolutions.sgc(spec.inputs, spec.outputs, 0, hyper.hops, 0.0)
    return hyper.recipe(NodeClassifier(network, _matrices(network), hyper.decay))


def gat(spec: Sizes, given: Spec, hyper: GATHyper) -> Recipe:
    return _attending(convolutions.gat, spec, hyper)


def gatv2(spec: Sizes, given: Spec, hyper: GATHyper) -> Recipe:
    return _attending(convolutions.gatv2, spec, hyper)


def sage(spec: Sizes, given: Spec, hyper: SAGEHyper) -> Recipe:
    layers = hyper.aggregator, hyper.nodes_dropped, hyper.norm, hyper.unit
    return _sampled(convolutions.sage(*hyper.sizes(spec.inputs, spec.outputs), *layers), spec, hyper)


def cheb(spec: Sizes, given: Spec, hyper: ChebHyper) -> Recipe:
    network = convolutions.cheb(*hyper.sizes(spec.inputs, spec.outputs), hyper.terms)
    return hyper.recipe(NodeClassifier(network, _matrices(network.layers[0]), hyper.decay))


def deep_gcn(spec: Sizes, given: Spec, hyper: DeepGCNHyper) -> Recipe:
    depth = hyper.norm, hyper.remedy, hyper.jump, hyper.hops, hyper.before, hyper.after, hyper.alpha, hyper.beta
    network = convolutions.deep_gcn(*hyper.sizes(spec.inputs, spec.outputs), *depth)
    ends, between = _matrices(network.before) + _matrices(network.after), _matrices(network.steps)
    return hyper.recipe(NodeClassifier(network, ends, hyper.decay, (between, hyper.decay_between)))


def _attending(make: Callable[..., GraphNetwork], spec: Sizes, hyper: GATHyper) -> Recipe:
    """As Velickovic 2018: all weights decay, and after every epoch the share of right labels on validation nodes is
    looked at, of the weights as they are."""
    network = make(*hyper.sizes(spec.inputs, spec.outputs), hyper.heads, hyper.output_heads, spec.edge_features)
    family = NodeClassifier(network, _matrices(network), hyper.decay, monitor="wrong")
    return hyper.recipe(family, average=0.0, validate_every=1)


def _sampled(network: GraphNetwork, spec: Sizes, hyper: OfSamples) -> Recipe:
    decayed, sampler = _matrices(network.layers[0]), SAMPLERS[hyper.sampler](hyper, spec)
    if sampler is None:
        return hyper.recipe(NodeClassifier(network, decayed, hyper.decay))
    return hyper.recipe(SampledNodeClassifier(network, sampler, decayed, hyper.decay))


def _matrices(network: nn.Module) -> list[nn.Parameter]:
    """Parameters that decay: those with two or more axes, so no biases."""
    return [p for p in network.parameters() if p.ndim > 1]
