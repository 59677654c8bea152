"""Predictors of links: which convolutions embed the nodes, which decoder scores a pair, when a person names a
family."""

from __future__ import annotations

from dataclasses import dataclass

from ..core.hyper import one_of, real
from ..core.trainable import Recipe, TrainedWhole
from ..graphs.network import GraphNetwork
from ..predictors.autoencoders import GraphAutoencoder, VariationalGraphAutoencoder, WalkEmbedding
from ..predictors.links import InnerProduct, LinkPredictor, ProductMLP
from ..predictors.task_data import Sizes
from . import fields
from .convolutions import Convolved, GATHyper, GCNHyper, GINHyper, SAGEHyper, build, cross


@dataclass(frozen=True)
class OfLinks(Convolved, TrainedWhole):
    """Hyperparameters of families that learn embeddings of nodes from edges.

    predictor: made of the network. numbers: of a node, for each dimension of its embedding.
    """

    width: int = fields.units(64, "units between layers")
    layers: int = fields.layers(2, "layers, one after another")
    dropout: float = fields.dropout(0.0)
    size: int = fields.units(32, "dimensions of an embedding")
    predictor, numbers, validates = GraphAutoencoder, 1, True

    def build(self, spec: Sizes) -> Recipe:
        network = self.network(spec, self.numbers * self.size)
        return self.recipe(self.predictor(network), validates=self.validates)


@dataclass(frozen=True)
class OfPairs(OfLinks):
    """Hyperparameters of families that score pairs of embeddings by a decoder."""

    decoder: str = one_of("inner", "mlp", says="what scores two embeddings: their inner product, or a perceptron")
    negatives: str = one_of(
        "easy", "hard", says="pairs without an edge to learn from; hard: of nodes that are near or popular"
    )
    disjoint: float = real(
        0.0, least=0.0, below=1.0, says="share of edges to learn from while the others carry messages; 0: all do both"
    )

    def predictor(self, network: GraphNetwork) -> LinkPredictor:
        decoder = ProductMLP(self.size) if self.decoder == "mlp" else InnerProduct()
        return LinkPredictor(network, decoder, self.negatives, self.disjoint)


class OfGaussians(OfLinks):
    """Those of VGAE, which embeds each node by a mean and a deviation."""

    predictor, numbers = VariationalGraphAutoencoder, 2


class OfWalks(OfLinks):
    """Those of families that learn from walks (Hamilton 2017)."""

    predictor, validates = WalkEmbedding, False


TINY = dict(width=8, size=8, epochs=20)
SMALL, SMALLEST = dict(width=32, size=16), dict(width=8, size=4, epochs=20)  # Kipf & Welling 2016
DISJOINT = dict(decoder="mlp", disjoint=0.5)
PRESETS = {
    "gcn": cross(GCNHyper, OfPairs, usual={}, tiny=TINY | DISJOINT | dict(negatives="hard")),
    "sage": cross(SAGEHyper, OfPairs, DISJOINT, usual={}, tiny=TINY),
    "gat": cross(GATHyper, OfPairs, usual={}, tiny=dict(width=4, heads=2, size=8, epochs=20)),
    "gin": cross(GINHyper, OfPairs, DISJOINT, usual={}, tiny=TINY),
    "gae": cross(GCNHyper, OfLinks, SMALL, usual={}, tiny=SMALLEST),
    "vgae": cross(GCNHyper, OfGaussians, SMALL, usual={}, tiny=SMALLEST),
    "walks": cross(SAGEHyper, OfWalks, dict(epochs=100.0), usual={}, tiny=SMALLEST),
}
gcn = sage = gat = gin = gae = vgae = walks = build
