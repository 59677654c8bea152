"""Embeddings of nodes without labels, by the edges of the graph or by walks on it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .bodies.convolutions import GCNHyper, SAGEHyper, build
from .bodies.links import OfLinks
from .card import Card, On

if TYPE_CHECKING:
    from ..families.graph.links import LinkPredictor
    from ..networks.graph.network import GraphNetwork

EQUATIONS = ("families.graph.autoencoders",)


@dataclass(frozen=True)
class GAEHyper(GCNHyper, OfLinks):
    """Hyperparameters of GAE (Kipf & Welling 2016)."""

    width: int = 32
    size: int = 16

    def predictor(self, network: GraphNetwork) -> LinkPredictor:
        from ..families.graph.autoencoders import GraphAutoencoder

        return GraphAutoencoder(network)


class VGAEHyper(GAEHyper):
    """Hyperparameters of VGAE, which embeds a node by a mean and a deviation (Kipf & Welling 2016)."""

    numbers = 2

    def predictor(self, network: GraphNetwork) -> LinkPredictor:
        from ..families.graph.autoencoders import VariationalGraphAutoencoder

        return VariationalGraphAutoencoder(network)


@dataclass(frozen=True)
class WalksHyper(SAGEHyper, OfLinks):
    """Hyperparameters of walks (Hamilton 2017)."""

    epochs: float = 100.0
    validates = False

    def predictor(self, network: GraphNetwork) -> LinkPredictor:
        from ..families.graph.autoencoders import WalkEmbedding

        return WalkEmbedding(network)


TINY = dict(width=8, size=4, epochs=20)
GAE = Card(
    "gae",
    ("Take it for links and vectors of nodes without labels.", "Its vectors have no uncertainty."),
    {"links": On(build, {"usual": GAEHyper(), "tiny": GAEHyper(**TINY)})},
    paper="Kipf & Welling 2016",
    equations=EQUATIONS,
)
VGAE = Card(
    "vgae",
    ("Take it for links and vectors of nodes with uncertainty.", "It learns edges, not types of edges."),
    {"links": On(build, {"usual": VGAEHyper(), "tiny": VGAEHyper(**TINY)}, default=True)},
    paper="Kipf & Welling 2016",
    equations=EQUATIONS,
)
WALKS = Card(
    "walks",
    ("Take it where nodes that meet on walks should be alike.", "It learns no types of edges."),
    {"links": On(build, {"usual": WalksHyper(), "tiny": WalksHyper(**TINY)})},
    paper="Hamilton 2017, the loss without labels",
    equations=EQUATIONS,
)
