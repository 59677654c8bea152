"""Predictors of links: which convolutions embed the nodes, which decoder scores a pair, when a person names a
family."""

from __future__ import annotations

from ..core.spec import Spec
from ..core.trainable import ALL, Recipe
from ..graphs.network import GraphNetwork
from ..predictors.autoencoders import GraphAutoencoder, VariationalGraphAutoencoder, WalkEmbedding
from ..predictors.links import InnerProduct, LinkPredictor, ProductMLP
from ..predictors.task_data import Sizes
from . import convolutions

# fmt: off
PRESETS = {  # size: of an embedding
    "gcn": {
        "usual": dict(width=64, layers=2, size=32, dropout=0.0, decoder="inner", negatives="easy", disjoint=0.0,
                      lr=0.01, epochs=200),
        "tiny": dict(width=8, layers=2, size=8, dropout=0.0, decoder="mlp", negatives="hard", disjoint=0.5, lr=0.01,
                     epochs=20),
    },
    "sage": {
        "usual": dict(
            width=64, layers=2, size=32, aggregator="mean", dropout=0.0, decoder="mlp", negatives="easy",
            disjoint=0.5, lr=0.01, epochs=200
        ),
        "tiny": dict(width=8, layers=2, size=8, aggregator="mean", dropout=0.0, decoder="mlp", negatives="easy",
                     disjoint=0.5, lr=0.01, epochs=20),
    },
    "gat": {
        "usual": dict(width=16, layers=2, heads=4, size=32, dropout=0.0, decoder="inner", negatives="easy",
                      disjoint=0.0, lr=0.01, epochs=200),
        "tiny": dict(width=4, layers=2, heads=2, size=8, dropout=0.0, decoder="inner", negatives="easy", disjoint=0.0,
                     lr=0.01, epochs=20),
    },
    "gin": {
        "usual": dict(width=64, layers=2, size=32, dropout=0.0, decoder="mlp", negatives="easy", disjoint=0.5,
                      lr=0.01, epochs=200),
        "tiny": dict(width=8, layers=2, size=8, dropout=0.0, decoder="mlp", negatives="easy", disjoint=0.5, lr=0.01,
                     epochs=20),
    },
    "gae": {  # 32, 16, .01 and 200 are those of Kipf 2016
        "usual": dict(width=32, layers=2, size=16, dropout=0.0, lr=0.01, epochs=200),
        "tiny": dict(width=8, layers=2, size=4, dropout=0.0, lr=0.01, epochs=20),
    },
    "vgae": {
        "usual": dict(width=32, layers=2, size=16, dropout=0.0, lr=0.01, epochs=200),
        "tiny": dict(width=8, layers=2, size=4, dropout=0.0, lr=0.01, epochs=20),
    },
    "walks": {
        "usual": dict(width=64, layers=2, size=32, aggregator="mean", dropout=0.0, lr=0.01, epochs=100),
        "tiny": dict(width=8, layers=2, size=4, aggregator="mean", dropout=0.0, lr=0.01, epochs=20),
    },
}
# fmt: on


def choose(family: str, spec: Sizes, items: int) -> str:
    return "usual"


def gcn(
    spec: Sizes,
    given: Spec,
    width: int,
    layers: int,
    size: int,
    dropout: float,
    decoder: str,
    negatives: str,
    disjoint: float,
    lr: float,
    epochs: float,
) -> Recipe:
    return _links(
        convolutions.gcn(spec.inputs, size, width, layers, dropout), size, decoder, negatives, disjoint, lr, epochs
    )


def sage(
    spec: Sizes,
    given: Spec,
    width: int,
    layers: int,
    size: int,
    aggregator: str,
    dropout: float,
    decoder: str,
    negatives: str,
    disjoint: float,
    lr: float,
    epochs: float,
) -> Recipe:
    network = convolutions.sage(spec.inputs, size, width, layers, dropout, aggregator)
    return _links(network, size, decoder, negatives, disjoint, lr, epochs)


def gat(
    spec: Sizes,
    given: Spec,
    width: int,
    layers: int,
    heads: int,
    size: int,
    dropout: float,
    decoder: str,
    negatives: str,
    disjoint: float,
    lr: float,
    epochs: float,
) -> Recipe:
    network = convolutions.gat(spec.inputs, size, width, layers, dropout, heads, 1, spec.edge_features)
    return _links(network, size, decoder, negatives, disjoint, lr, epochs)


def gin(
    spec: Sizes,
    given: Spec,
    width: int,
    layers: int,
    size: int,
    dropout: float,
    decoder: str,
    negatives: str,
    disjoint: float,
    lr: float,
    epochs: float,
) -> Recipe:
    network = convolutions.gin(spec.inputs, size, width, layers, dropout, False, spec.edge_features)
    return _links(network, size, decoder, negatives, disjoint, lr, epochs)


def gae(
    spec: Sizes, given: Spec, width: int, layers: int, size: int, dropout: float, lr: float, epochs: float
) -> Recipe:
    network = convolutions.gcn(spec.inputs, size, width, layers, dropout)
    return Recipe(GraphAutoencoder(network), batch=ALL, lr=lr, epochs=epochs)


def vgae(
    spec: Sizes, given: Spec, width: int, layers: int, size: int, dropout: float, lr: float, epochs: float
) -> Recipe:
    network = convolutions.gcn(spec.inputs, 2 * size, width, layers, dropout)
    return Recipe(VariationalGraphAutoencoder(network), batch=ALL, lr=lr, epochs=epochs)


def walks(
    spec: Sizes,
    given: Spec,
    width: int,
    layers: int,
    size: int,
    aggregator: str,
    dropout: float,
    lr: float,
    epochs: float,
) -> Recipe:
    network = convolutions.sage(spec.inputs, size, width, layers, dropout, aggregator)
    return Recipe(WalkEmbedding(network), batch=ALL, lr=lr, epochs=epochs, validates=False)


def _links(
    network: GraphNetwork, size: int, decoder: str, negatives: str, disjoint: float, lr: float, epochs: float
) -> Recipe:
    """decoder: inner | mlp."""
    scores = {"inner": InnerProduct, "mlp": lambda: ProductMLP(size)}[decoder]()
    return Recipe(LinkPredictor(network, scores, negatives, disjoint), batch=ALL, lr=lr, epochs=epochs)
