"""Predictors of whole graphs: the head of every encoder, and the choice of a preset."""

from collections.abc import Mapping
from dataclasses import dataclass

from ....core.hyper import Hyper, one_of
from ....core.recipe import Recipe, Trained
from ....core.spec import Spec
from ....families.task_data import TaskSizes
from ....zoo import fields
from ....zoo.card import On
from ...families.graphs import GraphPredictor
from ...networks.readout import GraphReadout
from .convolutions import Convolved, build, cross

READOUTS = ("sum", "mean", "max", "attention", "set2set")
NUMBER = dict(readout="sum", dropout=0.0)  # a number is a sum of scores, which dropout only makes noisier
TINY = dict(layers=2, dropout=0.0, batch=16, lr=0.01, epochs=10, width=8)


def choose(presets: Mapping[str, Hyper], spec: TaskSizes, given: Spec, items: int) -> str:
    return "labels" if any(target.classes for target in spec.targets) else "number"


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

    def build(self, spec: TaskSizes) -> Recipe:
        widths = [spec.inputs, *[self.units] * self.layers]
        model = GraphReadout(self.normed(spec), widths, self.readout, spec.outputs, self.dropout)
        return self.recipe(GraphPredictor(model, spec.targets), epochs=self.epochs, clip=10.0)


def make_on(encoder: type[Convolved], defaults: dict[str, object], tiny: dict[str, object], **facts: object) -> On:
    """Makes the `On` of an encoder and the head of whole graphs.

    Args:
        tiny: more values of the preset.
        facts: Facts of `On`.
    """
    presets = cross(encoder, OfGraphs, defaults, {"labels": {}, "number": NUMBER, "tiny": TINY | tiny})
    return On(build, presets, choose, equations=(encoder.equations, "graphs.families.graphs"), **facts)
