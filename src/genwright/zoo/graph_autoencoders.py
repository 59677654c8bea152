"""Links without labels: graph autoencoders, plain and variational, and vectors from walks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .bodies.convolutions import cross
from .bodies.graph_heads import OfLinks, OnLinks
from .card import Card
from .gcn import GCNHyper
from .sage import SAGEHyper

if TYPE_CHECKING:
    from torch import nn


class OfEdges(OfLinks):
    """Those of GAE, which embeds each node by a vector."""

    def predictor(self, network: nn.Module) -> nn.Module:
        from ..predictors.autoencoders import GraphAutoencoder

        return GraphAutoencoder(network)


class OfGaussians(OfLinks):
    """Those of VGAE, which embeds each node by a mean and a deviation."""

    numbers = 2

    def predictor(self, network: nn.Module) -> nn.Module:
        from ..predictors.autoencoders import VariationalGraphAutoencoder

        return VariationalGraphAutoencoder(network)


class OfWalks(OfLinks):
    """Those of families that learn from walks (Hamilton 2017)."""

    validates = False

    def predictor(self, network: nn.Module) -> nn.Module:
        from ..predictors.autoencoders import WalkEmbedding

        return WalkEmbedding(network)


SMALL, SMALLEST = dict(width=32, size=16), dict(width=8, size=4, epochs=20)  # Kipf & Welling 2016
EQUATIONS = ("predictors.autoencoders",)
GAE = Card(
    "gae",
    ("Take it for links and vectors of nodes without labels.", "Its vectors have no uncertainty."),
    {"links": OnLinks(cross(GCNHyper, OfEdges, SMALL, usual={}, tiny=SMALLEST), equations=EQUATIONS)},
    paper="Kipf & Welling 2016",
)
VGAE = Card(
    "vgae",
    ("Take it for links and vectors of nodes with uncertainty.", "It learns edges, not types of edges."),
    {"links": OnLinks(cross(GCNHyper, OfGaussians, SMALL, usual={}, tiny=SMALLEST), equations=EQUATIONS, default=True)},
    paper="Kipf & Welling 2016",
)
WALKS = Card(
    "walks",
    ("Take it where nodes that meet on walks should be alike.", "It learns no types of edges."),
    {"links": OnLinks(cross(SAGEHyper, OfWalks, dict(epochs=100.0), usual={}, tiny=SMALLEST), equations=EQUATIONS)},
    paper="Hamilton 2017, the loss without labels",
)
