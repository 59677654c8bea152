"""Predictors of whole graphs: which convolutions run, which readout pools every layer, when a person names a family."""

from dataclasses import dataclass

from ..core.hyper import one_of
from ..core.spec import Spec
from ..core.trainable import Recipe, Trained
from ..networks.graph.readout import READOUTS, GraphReadout
from ..predictors.graphs import GraphPredictor
from ..predictors.task_data import Sizes
from . import fields
from .convolutions import Convolved, GATHyper, GCNHyper, GINHyper, SAGEHyper, build, cross


@dataclass(frozen=True)
class OfGraphs(Convolved, Trained):
    """Hyperparameters of predictors of whole graphs, with a readout of every layer, and batch norm after each layer.
    Xu 2019 takes sums, four convolutions and the input's own readout."""

    batch: int = 32
    lr: float = 5e-3
    epochs: float = fields.epochs(100.0)
    width: int = fields.units(64, "units of a convolution")
    layers: int = fields.layers(3, "convolutions")
    readout: str = one_of(*READOUTS, says="how the nodes of a graph become one vector; Xu 2019")
    dropout: float = fields.dropout(0.5)
    encoder_dropout = 0.0

    def build(self, spec: Sizes) -> Recipe:
        widths = [spec.inputs, *[self.units] * self.layers]
        model = GraphReadout(self.normed(spec), widths, self.readout, spec.outputs, self.dropout)
        return self.recipe(GraphPredictor(model, spec.targets), epochs=self.epochs, clip=10.0)


NUMBER = dict(readout="sum", dropout=0.0)  # a number is a sum of scores, which dropout only makes noisier
TINY = dict(layers=2, dropout=0.0, batch=16, lr=0.01, epochs=10, width=8)
USUAL = dict(labels={}, number=NUMBER)
PRESETS = {
    "gin": cross(GINHyper, OfGraphs, dict(lr=0.01, width=32, layers=4), **USUAL, tiny=TINY | dict(readout="set2set")),
    "gcn": cross(GCNHyper, OfGraphs, dict(readout="mean"), **USUAL, tiny=TINY | dict(readout="attention")),
    "sage": cross(SAGEHyper, OfGraphs, dict(readout="max"), **USUAL, tiny=TINY),
    "gat": cross(GATHyper, OfGraphs, dict(readout="mean"), **USUAL, tiny=TINY | dict(width=4, heads=2)),
}
gin = gcn = sage = gat = build


def choose(family: str, spec: Sizes, given: Spec, items: int) -> str:
    return "labels" if any(target.classes for target in spec.targets) else "number"
