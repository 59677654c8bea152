"""Predictors of whole graphs: which convolutions run, which readout pools every layer, when a person names a family."""

from __future__ import annotations

from dataclasses import dataclass

from ..core.hyper import one_of
from ..core.spec import Spec
from ..core.trainable import Recipe, Trained
from ..graphs.network import GraphNetwork, Normed
from ..networks.graph.readout import READOUTS, GraphReadout
from ..predictors.graphs import GraphPredictor
from ..predictors.task_data import Sizes
from . import convolutions, fields


@dataclass(frozen=True)
class OfGraphs(Trained):
    """Hyperparameters of predictors of whole graphs, with a readout of every layer, and batch norm after each layer."""

    batch: int = 32
    lr: float = 5e-3
    epochs: float = fields.epochs(100.0)
    width: int = fields.units(64, "units of a convolution")
    layers: int = fields.layers(3, "convolutions")
    readout: str = one_of(*READOUTS, says="how the nodes of a graph become one vector; Xu 2019")
    dropout: float = fields.dropout(0.5)

    def predictor(self, spec: Sizes, network: GraphNetwork, width: int) -> Recipe:
        """width: of what each convolution gives."""
        widths = [width] * self.layers
        normed = GraphNetwork([Normed(layer, width) for layer in network.layers], 0.0, network.activation)
        model = GraphReadout(normed, [spec.inputs, *widths], self.readout, spec.outputs, self.dropout)
        return self.recipe(GraphPredictor(model, spec.targets), epochs=self.epochs, clip=10.0)


@dataclass(frozen=True)
class GINHyper(OfGraphs):
    """Hyperparameters of GIN (Xu 2019: sums, batch norm, four convolutions and the input's own readout)."""

    lr: float = 0.01
    width: int = 32
    layers: int = 4


@dataclass(frozen=True)
class GCNHyper(OfGraphs):
    """Hyperparameters of GCN (Kipf & Welling 2017)."""

    readout: str = "mean"


@dataclass(frozen=True)
class SAGEHyper(OfGraphs):
    """Hyperparameters of GraphSAGE (Hamilton 2017)."""

    aggregator: str = convolutions.aggregator()
    readout: str = "max"


@dataclass(frozen=True)
class GATHyper(OfGraphs):
    """Hyperparameters of GAT (Velickovic 2018)."""

    width: int = fields.units(16, "units of a head of attention")
    heads: int = convolutions.heads(4)
    readout: str = "mean"


NUMBER = dict(readout="sum", dropout=0.0)  # a number is a sum of scores, which dropout only makes noisier
TINY = dict(layers=2, dropout=0.0, batch=16, lr=0.01, epochs=10)
PRESETS = {
    "gin": {
        "labels": GINHyper(),
        "number": GINHyper(**NUMBER),
        "tiny": GINHyper(**TINY, width=8, readout="set2set"),
    },
    "gcn": {
        "labels": GCNHyper(),
        "number": GCNHyper(**NUMBER),
        "tiny": GCNHyper(**TINY, width=8, readout="attention"),
    },
    "sage": {"labels": SAGEHyper(), "number": SAGEHyper(**NUMBER), "tiny": SAGEHyper(**TINY, width=8)},
    "gat": {"labels": GATHyper(), "number": GATHyper(**NUMBER), "tiny": GATHyper(**TINY, width=4, heads=2)},
}


def choose(family: str, spec: Sizes, given: Spec, items: int) -> str:
    return "labels" if any(target.classes for target in spec.targets) else "number"


def gin(spec: Sizes, given: Spec, hyper: GINHyper) -> Recipe:
    sizes = spec.inputs, hyper.width, hyper.width, hyper.layers
    network = convolutions.gin(*sizes, 0.0, False, spec.edge_features)
    return hyper.predictor(spec, network, hyper.width)


def gcn(spec: Sizes, given: Spec, hyper: GCNHyper) -> Recipe:
    network = convolutions.gcn(spec.inputs, hyper.width, hyper.width, hyper.layers, 0.0)
    return hyper.predictor(spec, network, hyper.width)


def sage(spec: Sizes, given: Spec, hyper: SAGEHyper) -> Recipe:
    network = convolutions.sage(spec.inputs, hyper.width, hyper.width, hyper.layers, 0.0, hyper.aggregator)
    return hyper.predictor(spec, network, hyper.width)


def gat(spec: Sizes, given: Spec, hyper: GATHyper) -> Recipe:
    heads, outputs = hyper.heads, hyper.heads * hyper.width
    network = convolutions.gat(spec.inputs, outputs, hyper.width, hyper.layers, 0.0, heads, 1, spec.edge_features)
    return hyper.predictor(spec, network, outputs)
