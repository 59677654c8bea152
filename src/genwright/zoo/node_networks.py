"""Smaller networks for nodes: layers without a graph, one matrix after averages, and polynomials of the graph."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..core.hyper import whole
from . import fields
from .bodies import nodes
from .bodies.convolutions import Convolved, build, cross
from .card import Card

if TYPE_CHECKING:
    from torch import nn


class MLPHyper(Convolved):
    """No graph: the features of each node alone."""

    def layer(self, inputs, outputs, last, spec) -> nn.Module:
        from ..networks.graph.dense import Dense

        return Dense(inputs, outputs)


@dataclass(frozen=True)
class SGCHyper(nodes.OfLabels):
    """Hyperparameters of SGC (Wu 2019): `hops` propagations and one matrix."""

    lr: float = 0.2
    epochs: float = 150.0
    hops: int = fields.layers(2, "averages over neighbours, before the one matrix; Wu 2019", least=0)
    decay: float = fields.decay(5e-5)
    width, layers, dropout, decays = 0, 1, 0.0, True

    def layer(self, inputs, outputs, last, spec) -> nn.Module:
        from ..networks.graph.sgc import SGC

        return SGC(inputs, outputs, self.hops)


@dataclass(frozen=True)
class ChebHyper(Convolved):
    """Hyperparameters of ChebNet (Defferrard 2016)."""

    terms: int = whole(3, least=1, most=1_000, says="terms of the polynomial; Defferrard 2016")

    def layer(self, inputs, outputs, last, spec) -> nn.Module:
        from ..networks.graph.cheb import Cheb

        return Cheb(inputs, outputs, self.terms)


SGC_PRESETS = {
    "few": SGCHyper(),  # the best on validation nodes of Cora and Citeseer together
    "many": SGCHyper(epochs=100),
    "tiny": SGCHyper(epochs=20),
}
CHEB_PRESETS = cross(
    ChebHyper,
    nodes.OfNodes,
    dict(dropout=0.8, decay=1e-3),
    few={},
    many=nodes.MANY | nodes.PLAIN | dict(terms=2),
    tiny=nodes.TINY | nodes.PLAIN,
)
MLP = Card(
    "mlp",
    ("Take it to see what the graph is worth: it reads features alone.", "It ignores every edge."),
    {"nodes": nodes.OnNodes(build, cross(MLPHyper, nodes.OfNodes, few={}, many=nodes.MANY, tiny=nodes.TINY))},
    paper="no graph: features of each node alone",
    equations=("networks.graph.dense",),
    baseline=True,
)
SGC = Card(
    "sgc",
    (
        "Take it where training must be fast: it smooths the features once and then fits one linear map.",
        "It has nothing that is not linear.",
    ),
    {"nodes": nodes.OnNodes(build, SGC_PRESETS)},
    paper="Wu 2019",
    equations=("networks.graph.sgc",),
)
CHEB = Card(
    "cheb",
    ("Take it for filters that reach several hops in one layer.", "It has a matrix for each hop."),
    {"nodes": nodes.OnNodes(build, CHEB_PRESETS)},
    paper="Defferrard 2016",
    equations=("networks.graph.cheb",),
)
