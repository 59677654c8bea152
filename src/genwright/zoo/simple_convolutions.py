"""Labels of nodes by no convolution (MLP), by one matrix after all propagation (SGC), and by polynomials (ChebNet)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..core.hyper import whole
from . import fields
from .bodies import nodes
from .card import Card

if TYPE_CHECKING:
    from torch import nn

    from ..families.task_data import Sizes


class MLPHyper(nodes.OfNodes):
    """No graph: the features of each node alone."""

    equations = "networks.graph.dense"

    def layer(self, inputs: int, outputs: int, last: bool, spec: Sizes) -> nn.Module:
        from ..networks.graph.dense import Dense

        return Dense(inputs, outputs)


@dataclass(frozen=True)
class SGCHyper(nodes.OfLabels):
    """Hyperparameters of SGC (Wu 2019): `hops` propagations and one matrix."""

    lr: float = 0.2
    epochs: float = 150.0
    hops: int = fields.layers(2, "averages over neighbours, before the one matrix; Wu 2019", least=0)
    decay: float = fields.decay(5e-5)
    equations = "networks.graph.sgc"
    width, layers, dropout, decays = 0, 1, 0.0, True

    def layer(self, inputs: int, outputs: int, last: bool, spec: Sizes) -> nn.Module:
        from ..networks.graph.sgc import SGC

        return SGC(inputs, outputs, self.hops)


@dataclass(frozen=True)
class ChebHyper(nodes.OfNodes):
    """Hyperparameters of ChebNet (Defferrard 2016)."""

    dropout: float = 0.8
    decay: float = 1e-3
    terms: int = whole(3, least=1, most=1_000, says="terms of the polynomial; Defferrard 2016")
    equations = "networks.graph.cheb"

    def layer(self, inputs: int, outputs: int, last: bool, spec: Sizes) -> nn.Module:
        from ..networks.graph.cheb import Cheb

        return Cheb(inputs, outputs, self.terms)


MLP = Card(
    "mlp",
    ("Take it to see what the graph is worth: it reads features alone.", "It ignores every edge."),
    {"nodes": nodes.on({"few": MLPHyper(), "many": MLPHyper(**nodes.LONG_TRAINING), "tiny": MLPHyper(**nodes.TINY)})},
    paper="no graph: features of each node alone",
    baseline=True,
)
PRESETS = {
    "few": SGCHyper(),  # the best on validation nodes of Cora and Citeseer together
    "many": SGCHyper(epochs=100),
    "tiny": SGCHyper(epochs=20),
}
SGC = Card(
    "sgc",
    (
        "Take it where training must be fast: it smooths the features once and then fits one linear map.",
        "It has nothing that is not linear.",
    ),
    {"nodes": nodes.on(PRESETS)},
    paper="Wu 2019",
)
CHEB = Card(
    "cheb",
    ("Take it for filters that reach several hops in one layer.", "It has a matrix for each hop."),
    {
        "nodes": nodes.on(
            {
                "few": ChebHyper(),
                "many": ChebHyper(**nodes.LONG_TRAINING, **nodes.PLAIN, terms=2),
                "tiny": ChebHyper(**nodes.TINY, **nodes.PLAIN),
            }
        )
    },
    paper="Defferrard 2016",
)
