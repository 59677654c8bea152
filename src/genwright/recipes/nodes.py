"""Predictors of node labels: which convolutions run, with which numbers, when a person names a family."""

from __future__ import annotations

from torch import nn

from ..graphs.network import GraphNetwork
from ..graphs.tasks.nodes import NodeClassifier
from ..graphs.tasks.task_data import Sizes
from ..model import ALL, Recipe
from ..spec import Spec
from . import convolutions

DEEP = dict(
    width=64, layers=32, remedy="initial", jump="last", hops=1, before=1, after=1, alpha=0.1, beta=0.5, norm="symmetric", dropout=0.6,
    decay=5e-4, decay_between=0.01, lr=0.02, epochs=300,
)  # fmt: skip
PRESETS = {
    "mlp": {
        "few": dict(width=16, layers=2, dropout=0.5, decay=5e-4, lr=0.01, epochs=200),
        "many": dict(width=64, layers=2, dropout=0.5, decay=5e-4, lr=0.01, epochs=300),
        "tiny": dict(width=8, layers=2, dropout=0.5, decay=5e-4, lr=0.01, epochs=20),
    },
    "gcn": {
        "few": dict(width=16, layers=2, dropout=0.5, norm="symmetric", decay=5e-4, lr=0.01, epochs=200),
        "many": dict(width=64, layers=2, dropout=0.5, norm="symmetric", decay=5e-4, lr=0.01, epochs=300),
        "tiny": dict(width=8, layers=2, dropout=0.5, norm="symmetric", decay=5e-4, lr=0.01, epochs=20),
    },
    "gin": {
        "few": dict(width=16, layers=2, dropout=0.5, learn_eps=False, decay=5e-4, lr=0.01, epochs=200),
        "many": dict(width=64, layers=2, dropout=0.5, learn_eps=False, decay=5e-4, lr=0.01, epochs=300),
        "tiny": dict(width=8, layers=2, dropout=0.5, learn_eps=True, decay=5e-4, lr=0.01, epochs=20),
    },
    "sgc": {
        "few": dict(hops=2, decay=5e-4, lr=0.2, epochs=100),
        "many": dict(hops=2, decay=5e-5, lr=0.2, epochs=100),
        "tiny": dict(hops=2, decay=5e-5, lr=0.2, epochs=20),
    },
    "gat": {
        "few": dict(width=8, layers=2, heads=8, output_heads=1, dropout=0.6, decay=5e-4, lr=0.005, epochs=300),
        "many": dict(width=8, layers=2, heads=8, output_heads=8, dropout=0.6, decay=1e-3, lr=0.01, epochs=300),
        "tiny": dict(width=4, layers=2, heads=2, output_heads=2, dropout=0.6, decay=5e-4, lr=0.005, epochs=20),
    },
    "gatv2": {
        "few": dict(width=8, layers=2, heads=8, output_heads=1, dropout=0.6, decay=5e-4, lr=0.005, epochs=300),
        "many": dict(width=8, layers=2, heads=8, output_heads=8, dropout=0.6, decay=1e-3, lr=0.01, epochs=300),
        "tiny": dict(width=4, layers=2, heads=2, output_heads=2, dropout=0.6, decay=5e-4, lr=0.005, epochs=20),
    },
    "sage": {
        "few": dict(width=16, layers=2, aggregator="mean", dropout=0.5, nodes_dropped=0.0, norm=False, unit=False, decay=5e-4, lr=0.01, epochs=200),
        "many": dict(width=64, layers=2, aggregator="mean", dropout=0.5, nodes_dropped=0.0, norm=True, unit=False, decay=5e-4, lr=0.01, epochs=300),
        "pool": dict(width=16, layers=2, aggregator="pool", dropout=0.5, nodes_dropped=0.0, norm=False, unit=False, decay=5e-4, lr=0.01, epochs=200),
        "lstm": dict(width=16, layers=2, aggregator="lstm", dropout=0.5, nodes_dropped=0.0, norm=False, unit=False, decay=5e-4, lr=0.01, epochs=200),
        "tiny": dict(width=8, layers=2, aggregator="pool", dropout=0.2, nodes_dropped=0.1, norm=True, unit=True, decay=5e-4, lr=0.01, epochs=20),
    },
    "cheb": {
        "few": dict(width=16, layers=2, terms=3, dropout=0.5, decay=5e-4, lr=0.01, epochs=200),
        "many": dict(width=64, layers=2, terms=2, dropout=0.5, decay=5e-4, lr=0.01, epochs=300),
        "tiny": dict(width=8, layers=2, terms=3, dropout=0.5, decay=5e-4, lr=0.01, epochs=20),
    },
    "deep-gcn": {
        "few": DEEP,
        "many": DEEP,
        "tiny": DEEP | dict(width=8, layers=4, epochs=20),
    },
}


def choose(family: str, spec: Sizes, items: int) -> str:
    """few: up to 200 labelled nodes, as in the citation graphs; many: more."""
    return "few" if items <= 200 else "many"


def mlp(spec: Sizes, given: Spec, width: int, layers: int, dropout: float, decay: float, lr: float, epochs: float) -> Recipe:
    network = convolutions.mlp(spec.inputs, spec.outputs, width, layers, dropout)
    return _labels(network, network.layers[0], decay, lr, epochs)


def gcn(
    spec: Sizes, given: Spec, width: int, layers: int, dropout: float, norm: str, decay: float, lr: float, epochs: float
) -> Recipe:
    network = convolutions.gcn(spec.inputs, spec.outputs, width, layers, dropout, norm)
    return _labels(network, network.layers[0], decay, lr, epochs)


def gin(
    spec: Sizes, given: Spec, width: int, layers: int, dropout: float, learn_eps: bool, decay: float, lr: float, epochs: float
) -> Recipe:
    network = convolutions.gin(spec.inputs, spec.outputs, width, layers, dropout, learn_eps, spec.edge_features)
    return _labels(network, network.layers[0], decay, lr, epochs)


def sgc(spec: Sizes, given: Spec, hops: int, decay: float, lr: float, epochs: float) -> Recipe:
    network = convolutions.sgc(spec.inputs, spec.outputs, 0, hops, 0.0)
    return _labels(network, network, decay, lr, epochs)


def gat(
    spec: Sizes, given: Spec, width: int, layers: int, heads: int, output_heads: int, dropout: float, decay: float, lr: float,
    epochs: float,
) -> Recipe:  # fmt: skip
    network = convolutions.gat(spec.inputs, spec.outputs, width, layers, dropout, heads, output_heads, spec.edge_features)
    return _labels(network, network, decay, lr, epochs)


def gatv2(
    spec: Sizes, given: Spec, width: int, layers: int, heads: int, output_heads: int, dropout: float, decay: float, lr: float,
    epochs: float,
) -> Recipe:  # fmt: skip
    network = convolutions.gatv2(spec.inputs, spec.outputs, width, layers, dropout, heads, output_heads, spec.edge_features)
    return _labels(network, network, decay, lr, epochs)


def sage(
    spec: Sizes, given: Spec, width: int, layers: int, aggregator: str, dropout: float, nodes_dropped: float, norm: bool, unit: bool,
    decay: float, lr: float, epochs: float,
) -> Recipe:  # fmt: skip
    network = convolutions.sage(spec.inputs, spec.outputs, width, layers, dropout, aggregator, nodes_dropped, norm, unit)
    return _labels(network, network.layers[0], decay, lr, epochs)


def cheb(
    spec: Sizes, given: Spec, width: int, layers: int, terms: int, dropout: float, decay: float, lr: float, epochs: float
) -> Recipe:
    network = convolutions.cheb(spec.inputs, spec.outputs, width, layers, dropout, terms)
    return _labels(network, network.layers[0], decay, lr, epochs)


def deep_gcn(
    spec: Sizes, given: Spec, width: int, layers: int, remedy: str, jump: str, hops: int, before: int, after: int, alpha: float,
    beta: float, dropout: float, norm: str, decay: float, decay_between: float, lr: float, epochs: float,
) -> Recipe:  # fmt: skip
    """decay_between: of the convolutions; decay: of what lies before and after them, as in the paper of the initial residual."""
    network = convolutions.deep_gcn(
        spec.inputs, spec.outputs, width, layers, dropout, norm, remedy, jump, hops, before, after, alpha, beta
    )
    ends, between = (
        [w for part in parts for w in part.parameters() if w.ndim > 1] for parts in ((network.before, network.after), network.steps)
    )
    family = NodeClassifier(network, ends, decay, (between, decay_between))
    return Recipe(family, batch=ALL, lr=lr, epochs=epochs)


def _labels(network: GraphNetwork, decayed: nn.Module, decay: float, lr: float, epochs: float) -> Recipe:
    """decayed: the part of the network whose weights decay, which biases never do."""
    family = NodeClassifier(network, [p for p in decayed.parameters() if p.ndim > 1], decay)
    return Recipe(family, batch=ALL, lr=lr, epochs=epochs)
