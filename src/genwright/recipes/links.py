"""Predictors of links: which convolutions embed the nodes, which decoder scores a pair, when a person names a
family."""

from __future__ import annotations

from dataclasses import dataclass

from ..core.hyper import one_of, real
from ..core.spec import Spec
from ..core.trainable import Recipe
from ..graphs.network import GraphNetwork
from ..predictors.autoencoders import GraphAutoencoder, VariationalGraphAutoencoder, WalkEmbedding
from ..predictors.links import InnerProduct, LinkPredictor, ProductMLP
from ..predictors.task_data import Sizes
from . import convolutions, fields
from .convolutions import Convolved


@dataclass(frozen=True)
class OfLinks(Convolved):
    """Hyperparameters of families that learn embeddings of nodes from edges."""

    size: int = fields.units(32, "dimensions of an embedding")


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

    def predictor(self, network: GraphNetwork) -> Recipe:
        decoder = ProductMLP(self.size) if self.decoder == "mlp" else InnerProduct()
        return self.recipe(LinkPredictor(network, decoder, self.negatives, self.disjoint))


@dataclass(frozen=True)
class GCNHyper(OfPairs):
    """Hyperparameters of GCN (Kipf & Welling 2017)."""


@dataclass(frozen=True)
class SAGEHyper(OfPairs):
    """Hyperparameters of GraphSAGE (Hamilton 2017)."""

    decoder: str = "mlp"
    disjoint: float = 0.5
    aggregator: str = convolutions.aggregator()


@dataclass(frozen=True)
class GATHyper(OfPairs):
    """Hyperparameters of GAT (Velickovic 2018)."""

    width: int = fields.units(16, "units of a head of attention")
    heads: int = convolutions.heads(4)


@dataclass(frozen=True)
class GINHyper(OfPairs):
    """Hyperparameters of GIN (Xu 2019)."""

    decoder: str = "mlp"
    disjoint: float = 0.5


@dataclass(frozen=True)
class GAEHyper(OfLinks):
    """Hyperparameters of GAE (Kipf & Welling 2016)."""

    width: int = 32
    size: int = 16


@dataclass(frozen=True)
class WalksHyper(OfLinks):
    """Hyperparameters of walks (Hamilton 2017)."""

    epochs: float = 100.0
    aggregator: str = convolutions.aggregator()


TINY = dict(width=8, size=8, epochs=20)
AUTOENCODERS = {"usual": GAEHyper(), "tiny": GAEHyper(width=8, size=4, epochs=20)}
PRESETS = {
    "gcn": {"usual": GCNHyper(), "tiny": GCNHyper(**TINY, decoder="mlp", negatives="hard", disjoint=0.5)},
    "sage": {"usual": SAGEHyper(), "tiny": SAGEHyper(**TINY)},
    "gat": {"usual": GATHyper(), "tiny": GATHyper(width=4, heads=2, size=8, epochs=20)},
    "gin": {"usual": GINHyper(), "tiny": GINHyper(**TINY)},
    "gae": AUTOENCODERS,
    "vgae": AUTOENCODERS,
    "walks": {"usual": WalksHyper(), "tiny": WalksHyper(width=8, size=4, epochs=20)},
}


def choose(family: str, spec: Sizes, given: Spec, items: int) -> str:
    return "usual"


def gcn(spec: Sizes, given: Spec, hyper: GCNHyper) -> Recipe:
    return hyper.predictor(convolutions.gcn(*hyper.sizes(spec.inputs, hyper.size)))


def sage(spec: Sizes, given: Spec, hyper: SAGEHyper) -> Recipe:
    return hyper.predictor(convolutions.sage(*hyper.sizes(spec.inputs, hyper.size), hyper.aggregator))


def gat(spec: Sizes, given: Spec, hyper: GATHyper) -> Recipe:
    return hyper.predictor(convolutions.gat(*hyper.sizes(spec.inputs, hyper.size), hyper.heads, 1, spec.edge_features))


def gin(spec: Sizes, given: Spec, hyper: GINHyper) -> Recipe:
    return hyper.predictor(convolutions.gin(*hyper.sizes(spec.inputs, hyper.size), False, spec.edge_features))


def gae(spec: Sizes, given: Spec, hyper: GAEHyper) -> Recipe:
    return hyper.recipe(GraphAutoencoder(convolutions.gcn(*hyper.sizes(spec.inputs, hyper.size))))


def vgae(spec: Sizes, given: Spec, hyper: GAEHyper) -> Recipe:
    network = convolutions.gcn(*hyper.sizes(spec.inputs, 2 * hyper.size))
    return hyper.recipe(VariationalGraphAutoencoder(network))


def walks(spec: Sizes, given: Spec, hyper: WalksHyper) -> Recipe:
    return hyper.recipe(
        WalkEmbedding(convolutions.sage(*hyper.sizes(spec.inputs, hyper.size), hyper.aggregator)), validates=False
    )
