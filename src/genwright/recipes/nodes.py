"""Predictors of node labels: which convolutions run, with which numbers, when a person names a family."""

from __future__ import annotations

from collections.abc import Sequence

from torch import nn

from ..core.spec import Spec
from ..core.trainable import ALL, Recipe
from ..graphs.network import GraphNetwork
from ..graphs.samplers import ASGCN, LADIES, PASS, Bandit, Clusters, FastGCN, RandomWalks, Sampler, Uniform
from ..predictors.nodes import NodeClassifier
from ..predictors.sampled_nodes import SampledNodeClassifier
from ..predictors.task_data import Sizes
from . import classic, convolutions
from .classic import (  # noqa: F401  the registry looks for recipes here
    deepwalk,
    iterative_classification,
    label_propagation,
    manifold_regularisation,
    planetoid,
    semi_supervised_embedding,
)

# fmt: off
DEEP = dict(
    width=64, layers=32, remedy="initial", jump="last", hops=1, before=1, after=1, alpha=0.1, beta=0.5,
    norm="symmetric", dropout=0.6,
    decay=5e-4, decay_between=0.01, lr=0.02, epochs=300,
)
SAGE = dict(width=16, layers=2, dropout=0.5, nodes_dropped=0.0, norm=False, unit=False, decay=5e-4, lr=0.01, epochs=200)
PRESETS = {
    **classic.PRESETS,
    "mlp": {
        "few": dict(width=16, layers=2, dropout=0.5, decay=5e-4, lr=0.01, epochs=200),
        "many": dict(width=64, layers=2, dropout=0.5, decay=5e-4, lr=0.01, epochs=300),
        "tiny": dict(width=8, layers=2, dropout=0.5, decay=5e-4, lr=0.01, epochs=20),
    },
    "gcn": {
        "few": dict(width=16, layers=2, dropout=0.7, norm="symmetric", decay=5e-4, lr=0.01, epochs=200),
        "many": dict(width=64, layers=2, dropout=0.5, norm="symmetric", decay=5e-4, lr=0.01, epochs=300),
        "tiny": dict(width=8, layers=2, dropout=0.5, norm="symmetric", decay=5e-4, lr=0.01, epochs=20),
        "uniform": dict(width=16, layers=2, dropout=0.5, norm="symmetric", decay=5e-4, lr=0.01, epochs=200,
                        sampler="uniform", budgets=(10, 10), batch=50),
        "fastgcn": dict(width=16, layers=2, dropout=0.5, norm="symmetric", decay=5e-4, lr=0.01, epochs=200,
                        sampler="fastgcn", budgets=(1024, 4096), batch=50),
        "ladies": dict(width=16, layers=2, dropout=0.5, norm="symmetric", decay=5e-4, lr=0.01, epochs=200,
                       sampler="ladies", budgets=(512, 1024), batch=50),
        "as-gcn": dict(width=16, layers=2, dropout=0.5, norm="symmetric", decay=5e-4, lr=0.01, epochs=200,
                       sampler="as-gcn", budgets=(512, 1024), batch=50),
        "bandit": dict(width=16, layers=2, dropout=0.5, norm="symmetric", decay=5e-4, lr=0.01, epochs=200,
                       sampler="bandit", budgets=(10, 10), batch=50),
        "pass": dict(width=16, layers=2, dropout=0.5, norm="symmetric", decay=5e-4, lr=0.01, epochs=200,
                     sampler="pass", budgets=(10, 10), batch=50),
        "clusters": dict(width=16, layers=2, dropout=0.5, norm="symmetric", decay=5e-4, lr=0.01, epochs=200,
                         sampler="clusters", budgets=(4, 4), batch=50),
        "walks": dict(width=16, layers=2, dropout=0.5, norm="symmetric", decay=5e-4, lr=0.01, epochs=200,
                      sampler="walks", budgets=(3, 3), batch=50),
    },
    "gin": {
        "few": dict(width=64, layers=2, dropout=0.8, learn_eps=False, decay=0.02, lr=0.01, epochs=200),
        "many": dict(width=64, layers=2, dropout=0.5, learn_eps=False, decay=5e-4, lr=0.01, epochs=300),
        "tiny": dict(width=8, layers=2, dropout=0.5, learn_eps=True, decay=5e-4, lr=0.01, epochs=20),
    },
    "sgc": {
        "few": dict(hops=2, decay=5e-5, lr=0.2, epochs=150),
                     # the best on validation nodes of Cora and Citeseer together
        "many": dict(hops=2, decay=5e-5, lr=0.2, epochs=100),
        "tiny": dict(hops=2, decay=5e-5, lr=0.2, epochs=20),
    },
    "gat": {
        "few": dict(width=8, layers=2, heads=8, output_heads=1, dropout=0.6, decay=5e-4, lr=0.005, epochs=1000),
        "many": dict(width=8, layers=2, heads=8, output_heads=8, dropout=0.6, decay=1e-3, lr=0.01, epochs=300),
        "tiny": dict(width=4, layers=2, heads=2, output_heads=2, dropout=0.6, decay=5e-4, lr=0.005, epochs=20),
    },
    "gatv2": {
        "few": dict(width=8, layers=2, heads=8, output_heads=1, dropout=0.6, decay=5e-4, lr=0.005, epochs=1000),
        "many": dict(width=8, layers=2, heads=8, output_heads=8, dropout=0.6, decay=1e-3, lr=0.01, epochs=300),
        "tiny": dict(width=4, layers=2, heads=2, output_heads=2, dropout=0.6, decay=5e-4, lr=0.005, epochs=20),
    },
    "sage": {
        "few": dict(SAGE, aggregator="mean"),
        "many": dict(SAGE, aggregator="mean", width=64, norm=True, epochs=300),
        "pool": dict(SAGE, aggregator="pool"),
        "lstm": dict(SAGE, aggregator="lstm"),
        "uniform": dict(SAGE, aggregator="mean", sampler="uniform", budgets=(10, 10), batch=50),
        "tiny": dict(SAGE, aggregator="pool", width=8, dropout=0.2, nodes_dropped=0.1, norm=True, unit=True, epochs=20),
    },
    "cheb": {
        "few": dict(width=16, layers=2, terms=3, dropout=0.8, decay=1e-3, lr=0.01, epochs=200),
        "many": dict(width=64, layers=2, terms=2, dropout=0.5, decay=5e-4, lr=0.01, epochs=300),
        "tiny": dict(width=8, layers=2, terms=3, dropout=0.5, decay=5e-4, lr=0.01, epochs=20),
    },
    "deep-gcn": {
        "few": DEEP,
        "many": DEEP,
        "tiny": DEEP | dict(width=8, layers=4, epochs=20),
    },
}
# fmt: on


def choose(family: str, spec: Sizes, items: int) -> str:
    """few: up to 200 labelled nodes, as in the citation graphs; many: more."""
    return "few" if items <= 200 else "many"


def mlp(
    spec: Sizes, given: Spec, width: int, layers: int, dropout: float, decay: float, lr: float, epochs: float
) -> Recipe:
    network = convolutions.mlp(spec.inputs, spec.outputs, width, layers, dropout)
    return _labels(network, network.layers[0], decay, lr, epochs)


def gcn(
    spec: Sizes,
    given: Spec,
    width: int,
    layers: int,
    dropout: float,
    norm: str,
    decay: float,
    lr: float,
    epochs: float,
    sampler: str = "",
    budgets: Sequence[int] = (),
    batch: int = ALL,
) -> Recipe:
    """sampler: "" for the whole graph in each step, else as in `sampler_of`. budgets: of each layer, the last layer's
    first."""
    network = convolutions.gcn(spec.inputs, spec.outputs, width, layers, dropout, norm)
    return _labels(
        network, network.layers[0], decay, lr, epochs, sampler_of(sampler, budgets, batch, spec.inputs), batch
    )


def gin(
    spec: Sizes,
    given: Spec,
    width: int,
    layers: int,
    dropout: float,
    learn_eps: bool,
    decay: float,
    lr: float,
    epochs: float,
) -> Recipe:
    """Of sums the loss soon grows again on validation nodes, by answers that are too sure, while ever more of them are
    right."""
    network = convolutions.gin(spec.inputs, spec.outputs, width, layers, dropout, learn_eps, spec.edge_features)
    return Recipe(NodeClassifier(network, _matrices(network), decay, monitor="wrong"), batch=ALL, lr=lr, epochs=epochs)


def sgc(spec: Sizes, given: Spec, hops: int, decay: float, lr: float, epochs: float) -> Recipe:
    network = convolutions.sgc(spec.inputs, spec.outputs, 0, hops, 0.0)
    return _labels(network, network, decay, lr, epochs)


def gat(
    spec: Sizes,
    given: Spec,
    width: int,
    layers: int,
    heads: int,
    output_heads: int,
    dropout: float,
    decay: float,
    lr: float,
    epochs: float,
) -> Recipe:
    network = convolutions.gat(
        spec.inputs, spec.outputs, width, layers, dropout, heads, output_heads, spec.edge_features
    )
    return _attending(network, decay, lr, epochs)


def gatv2(
    spec: Sizes,
    given: Spec,
    width: int,
    layers: int,
    heads: int,
    output_heads: int,
    dropout: float,
    decay: float,
    lr: float,
    epochs: float,
) -> Recipe:
    network = convolutions.gatv2(
        spec.inputs, spec.outputs, width, layers, dropout, heads, output_heads, spec.edge_features
    )
    return _attending(network, decay, lr, epochs)


def sage(
    spec: Sizes,
    given: Spec,
    width: int,
    layers: int,
    aggregator: str,
    dropout: float,
    nodes_dropped: float,
    norm: bool,
    unit: bool,
    decay: float,
    lr: float,
    epochs: float,
    sampler: str = "",
    budgets: Sequence[int] = (),
    batch: int = ALL,
) -> Recipe:
    """sampler, budgets: as in `gcn`."""
    network = convolutions.sage(
        spec.inputs, spec.outputs, width, layers, dropout, aggregator, nodes_dropped, norm, unit
    )
    return _labels(
        network, network.layers[0], decay, lr, epochs, sampler_of(sampler, budgets, batch, spec.inputs), batch
    )


def cheb(
    spec: Sizes,
    given: Spec,
    width: int,
    layers: int,
    terms: int,
    dropout: float,
    decay: float,
    lr: float,
    epochs: float,
) -> Recipe:
    network = convolutions.cheb(spec.inputs, spec.outputs, width, layers, dropout, terms)
    return _labels(network, network.layers[0], decay, lr, epochs)


def deep_gcn(
    spec: Sizes,
    given: Spec,
    width: int,
    layers: int,
    remedy: str,
    jump: str,
    hops: int,
    before: int,
    after: int,
    alpha: float,
    beta: float,
    dropout: float,
    norm: str,
    decay: float,
    decay_between: float,
    lr: float,
    epochs: float,
) -> Recipe:
    """decay_between: of the convolutions; decay: of what lies before and after them, as in the paper of the initial
    residual."""
    network = convolutions.deep_gcn(
        spec.inputs, spec.outputs, width, layers, dropout, norm, remedy, jump, hops, before, after, alpha, beta
    )
    ends, between = (
        [w for part in parts for w in _matrices(part)] for parts in ((network.before, network.after), network.steps)
    )
    family = NodeClassifier(network, ends, decay, (between, decay_between))
    return Recipe(family, batch=ALL, lr=lr, epochs=epochs)


def sampler_of(name: str, budgets: Sequence[int], batch: int, inputs: int) -> Sampler | None:
    """The sampler of a name for batches of `batch` nodes with `inputs` features; None for the whole graph."""
    makers = {
        "": lambda: None,
        "uniform": lambda: Uniform(budgets),
        "fastgcn": lambda: FastGCN(budgets),
        "ladies": lambda: LADIES(budgets),
        "as-gcn": lambda: ASGCN(budgets, inputs),
        "bandit": lambda: Bandit(budgets),
        "pass": lambda: PASS(budgets, inputs),
        "clusters": lambda: Clusters(budgets, size=100),
        "walks": lambda: RandomWalks(budgets, roots=batch, batches=200),
    }
    return makers[name]()


def _attending(network: GraphNetwork, decay: float, lr: float, epochs: float) -> Recipe:
    """As Velickovic 2018: all weights decay, and after every epoch the share of right labels on validation nodes is
    looked at, of the weights as they are."""
    family = NodeClassifier(network, _matrices(network), decay, monitor="wrong")
    return Recipe(family, batch=ALL, lr=lr, epochs=epochs, average=0.0, validate_every=1)


def _labels(
    network: GraphNetwork,
    decayed: nn.Module,
    decay: float,
    lr: float,
    epochs: float,
    sampler: Sampler | None = None,
    batch: int = ALL,
) -> Recipe:
    """decayed: the part of the network whose weights decay."""
    weights = _matrices(decayed)
    family = (
        SampledNodeClassifier(network, sampler, weights, decay) if sampler else NodeClassifier(network, weights, decay)
    )
    return Recipe(family, batch=batch, lr=lr, epochs=epochs)


def _matrices(network: nn.Module) -> list[nn.Parameter]:
    """What decays: biases never do."""
    return [p for p in network.parameters() if p.ndim > 1]
