"""Predictors of whole graphs: which convolutions run, which readout pools every layer, when a person names a family."""

from __future__ import annotations

from ..core.spec import Spec
from ..core.trainable import Recipe
from ..graphs.network import GraphNetwork, Normed
from ..networks.graph.readout import GraphReadout
from ..predictors.graphs import GraphPredictor
from ..predictors.task_data import Sizes
from . import convolutions

# fmt: off
PRESETS = {  # dropout: of the scores that each layer gives; a number that is their sum would only be noisier for it
    "gin": {  # Xu 2019: sums, batch norm, four convolutions and the input's own readout
        "labels": dict(width=32, layers=4, readout="sum", dropout=0.5, batch=32, lr=0.01, epochs=100),
        "number": dict(width=32, layers=4, readout="sum", dropout=0.0, batch=32, lr=0.01, epochs=100),
        "tiny": dict(width=8, layers=2, readout="set2set", dropout=0.0, batch=16, lr=0.01, epochs=10),
    },
    "gcn": {
        "labels": dict(width=64, layers=3, readout="mean", dropout=0.5, batch=32, lr=0.005, epochs=100),
        "number": dict(width=64, layers=3, readout="sum", dropout=0.0, batch=32, lr=0.005, epochs=100),
        "tiny": dict(width=8, layers=2, readout="attention", dropout=0.0, batch=16, lr=0.01, epochs=10),
    },
    "sage": {
        "labels": dict(width=64, layers=3, aggregator="mean", readout="max", dropout=0.5, batch=32, lr=0.005,
                       epochs=100),
        "number": dict(width=64, layers=3, aggregator="mean", readout="sum", dropout=0.0, batch=32, lr=0.005,
                       epochs=100),
        "tiny": dict(width=8, layers=2, aggregator="mean", readout="max", dropout=0.0, batch=16, lr=0.01, epochs=10),
    },
    "gat": {
        "labels": dict(width=16, layers=3, heads=4, readout="mean", dropout=0.5, batch=32, lr=0.005, epochs=100),
        "number": dict(width=16, layers=3, heads=4, readout="sum", dropout=0.0, batch=32, lr=0.005, epochs=100),
        "tiny": dict(width=4, layers=2, heads=2, readout="mean", dropout=0.0, batch=16, lr=0.01, epochs=10),
    },
}
# fmt: on


def choose(family: str, spec: Sizes, items: int) -> str:
    return "labels" if spec.outputs > 1 else "number"


def gin(
    spec: Sizes,
    given: Spec,
    width: int,
    layers: int,
    readout: str,
    dropout: float,
    batch: int,
    lr: float,
    epochs: float,
) -> Recipe:
    network = convolutions.gin(spec.inputs, width, width, layers, 0.0, False, spec.edge_features)
    return _graphs(network, spec, [width] * layers, readout, dropout, batch, lr, epochs)


def gcn(
    spec: Sizes,
    given: Spec,
    width: int,
    layers: int,
    readout: str,
    dropout: float,
    batch: int,
    lr: float,
    epochs: float,
) -> Recipe:
    network = convolutions.gcn(spec.inputs, width, width, layers, 0.0)
    return _graphs(network, spec, [width] * layers, readout, dropout, batch, lr, epochs)


def sage(
    spec: Sizes,
    given: Spec,
    width: int,
    layers: int,
    aggregator: str,
    readout: str,
    dropout: float,
    batch: int,
    lr: float,
    epochs: float,
) -> Recipe:
    network = convolutions.sage(spec.inputs, width, width, layers, 0.0, aggregator)
    return _graphs(network, spec, [width] * layers, readout, dropout, batch, lr, epochs)


def gat(
    spec: Sizes,
    given: Spec,
    width: int,
    layers: int,
    heads: int,
    readout: str,
    dropout: float,
    batch: int,
    lr: float,
    epochs: float,
) -> Recipe:
    network = convolutions.gat(spec.inputs, heads * width, width, layers, 0.0, heads, 1, spec.edge_features)
    return _graphs(network, spec, [heads * width] * layers, readout, dropout, batch, lr, epochs)


def _graphs(
    network: GraphNetwork,
    spec: Sizes,
    widths: list[int],
    readout: str,
    dropout: float,
    batch: int,
    lr: float,
    epochs: float,
) -> Recipe:
    """widths: of what each convolution gives. Batch norm after each, whatever their kind."""
    normed = GraphNetwork(
        [Normed(layer, width) for layer, width in zip(network.layers, widths)], 0.0, network.activation
    )
    model = GraphReadout(normed, [spec.inputs, *widths], readout, spec.outputs, dropout)
    return Recipe(GraphPredictor(model, spec.outputs > 1), batch=batch, lr=lr, epochs=epochs, clip=10.0)
