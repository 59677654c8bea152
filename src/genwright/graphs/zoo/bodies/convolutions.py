"""Predictors on graphs are the product of an encoder and a head.

An encoder is a kind of graph convolution, with its hyperparameters and its layers. The head, in the body of its task,
declares `width`, `layers` and `dropout`, and builds the predictor around `network` or `normed`.
"""

from dataclasses import dataclass, make_dataclass
from typing import ClassVar

import torch.nn.functional as F
from torch import nn

from ....core.hyper import Hyper, one_of
from ....core.recipe import Recipe
from ....core.spec import Spec
from ....families.task_data import TaskSizes
from ....zoo import fields
from ...networks import convolutions
from ...networks.convolutions import GCN, GIN, SAGE
from ...networks.network import GraphNetwork, Normed


class Convolved(Hyper):
    """Base of the hyperparameters of graph encoders, which heads join.

    Args:
        width: Width of a convolution.
        dropout: Dropout of what each convolution sees, by default.
        equations: the module of an encoder's.
    """

    equations: ClassVar[str]
    width: int
    layers: int
    dropout: float
    activation = "relu"
    nodes_dropped = 0.0

    @property
    def units(self) -> int:
        """The number of features of a node between two layers."""
        return self.width

    @property
    def encoder_dropout(self) -> float:
        return self.dropout

    def layer(self, inputs: int, outputs: int, last: bool, spec: TaskSizes) -> nn.Module:
        """Builds one convolution, before any weight is learned."""
        raise NotImplementedError

    def network(self, spec: TaskSizes, outputs: int) -> GraphNetwork:
        """Builds convolutions one after another, which give `outputs` numbers of a node."""
        sizes = [spec.inputs, *[self.units] * (self.layers - 1), outputs]
        layers = [self.layer(a, b, k == self.layers, spec) for k, (a, b) in enumerate(zip(sizes, sizes[1:]), 1)]
        return GraphNetwork(layers, self.encoder_dropout, getattr(F, self.activation), self.nodes_dropped)

    def normed(self, spec: TaskSizes) -> GraphNetwork:
        """Builds the same with batch norm after each convolution, which gives `units` numbers."""
        network = self.network(spec, self.units)
        layers = [Normed(layer, self.units) for layer in network.layers]
        return GraphNetwork(layers, network.dropout, network.activation)


def cross(
    encoder: type[Convolved], head: type[Convolved], defaults: dict[str, object], presets: dict[str, dict[str, object]]
) -> dict[str, Hyper]:
    """Makes presets by name, of the dataclass with the hyperparameters of a head and those of an encoder.

    Args:
        encoder: the class of one kind of convolution
        head: the class of a task
        defaults: Defaults of hyperparameters of either class, in place of theirs
        presets: {name: values that are not the defaults}
    """
    named_fields = [(name, object, value) for name, value in defaults.items()]
    class_fields = {"__doc__": encoder.__doc__}
    hyper_class = make_dataclass(
        encoder.__name__, named_fields, bases=(encoder, head), frozen=True, namespace=class_fields
    )
    return {name: hyper_class(**values) for name, values in presets.items()}


def build(spec: TaskSizes, given: Spec, hyper: Convolved) -> Recipe:
    """Builds a predictor from its hyperparameters."""
    return hyper.build(spec)


class GCNHyper(Convolved):
    """Hyperparameters of GCN (Kipf & Welling 2017)."""

    equations = "graphs.networks.convolutions:GCN"
    norm = "symmetric"

    def layer(self, inputs: int, outputs: int, last: bool, spec: TaskSizes) -> nn.Module:
        return GCN(inputs, outputs, self.norm)


class GINHyper(Convolved):
    """Hyperparameters of GIN (Xu 2019, with features of edges as Hu 2020 reads them)."""

    equations = "graphs.networks.convolutions:GIN"
    learn_eps = False

    def layer(self, inputs: int, outputs: int, last: bool, spec: TaskSizes) -> nn.Module:
        return GIN(inputs, outputs, self.width, self.learn_eps, spec.edge_features)


@dataclass(frozen=True)
class GATHyper(Convolved):
    """Hyperparameters of GAT (Velickovic 2018; Brody 2022).

    Heads side by side between layers, `output_heads` averaged at the end. dropout: also of the shares of attention.
    """

    width: int = fields.units(16, "units of a head of attention")
    heads: int = fields.units(4, "heads of attention side by side; Velickovic 2018")
    equations = "graphs.networks.convolutions:GAT"
    activation, convolution, output_heads = "elu", "GAT", 1

    @property
    def units(self) -> int:
        return self.heads * self.width

    def layer(self, inputs: int, outputs: int, last: bool, spec: TaskSizes) -> nn.Module:
        heads = (outputs, self.output_heads, False) if last else (self.units // self.heads, self.heads, True)
        return getattr(convolutions, self.convolution)(inputs, *heads, self.encoder_dropout, spec.edge_features)


@dataclass(frozen=True)
class SAGEHyper(Convolved):
    """Hyperparameters of GraphSAGE (Hamilton 2017).

    norm, unit: layer norm, and length 1, of what each layer but the last hands on.
    """

    aggregator: str = one_of("mean", "pool", "lstm", says="how neighbours are put together; Hamilton 2017")
    equations = "graphs.networks.convolutions:SAGE"
    norm = unit = False

    def layer(self, inputs: int, outputs: int, last: bool, spec: TaskSizes) -> nn.Module:
        return SAGE(inputs, outputs, self.aggregator, self.norm and not last, self.unit and not last)
