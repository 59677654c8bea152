"""Encoders of graphs: each kind of graph convolution with its hyperparameters and its network, for every task.

A predictor on a graph is the product of an encoder and a head. The head, in the file of its task, declares `width`,
`layers` and `dropout`, and builds the predictor around `network` or `normed`.
"""

from dataclasses import dataclass, make_dataclass
from typing import Any

import torch.nn.functional as F
from torch import nn

from ..core.hyper import Hyper, one_of, whole
from ..core.spec import Spec
from ..core.trainable import Recipe
from ..graphs.network import GraphNetwork, Normed
from ..networks.graph.cheb import Cheb
from ..networks.graph.dense import Dense
from ..networks.graph.gat import GAT
from ..networks.graph.gcn import GCN
from ..networks.graph.gin import GIN
from ..networks.graph.sage import AGGREGATORS, SAGE
from ..networks.graph.sgc import SGC
from ..predictors.task_data import Sizes
from . import fields


class Convolved(Hyper):
    """Base of encoders and heads. width: of a convolution. dropout: of what each convolution sees, by default."""

    width: int
    layers: int
    dropout: float
    activation = staticmethod(F.relu)
    nodes_dropped = 0.0

    @property
    def units(self) -> int:
        """Numbers of a node between two layers."""
        return self.width

    @property
    def encoder_dropout(self) -> float:
        return self.dropout

    def layer(self, inputs: int, outputs: int, last: bool, spec: Sizes) -> nn.Module:
        """One convolution, before any weight is learned."""
        raise NotImplementedError

    def network(self, spec: Sizes, outputs: int) -> GraphNetwork:
        """Convolutions one after another, which give `outputs` numbers of a node."""
        sizes = [spec.inputs, *[self.units] * (self.layers - 1), outputs]
        made = [self.layer(a, b, k == self.layers, spec) for k, (a, b) in enumerate(zip(sizes, sizes[1:]), 1)]
        return GraphNetwork(made, self.encoder_dropout, self.activation, self.nodes_dropped)

    def normed(self, spec: Sizes) -> GraphNetwork:
        """The same with batch norm after each convolution, which gives `units` numbers."""
        network = self.network(spec, self.units)
        layers = [Normed(layer, self.units) for layer in network.layers]
        return GraphNetwork(layers, network.dropout, network.activation)


def cross(
    encoder: type[Convolved], head: type[Convolved], defaults: dict[str, Any] | None = None, **presets: dict[str, Any]
) -> dict[str, Hyper]:
    """Presets by name, of the dataclass with the hyperparameters of a head and those of an encoder.

    Args:
        encoder: the class of one kind of convolution
        head: the class of a task
        defaults: of hyperparameters of either class, in place of theirs
        presets: of each preset, the values that are not the defaults
    """
    named = [(name, Any, value) for name, value in (defaults or {}).items()]
    about = {"__doc__": encoder.__doc__}
    both = make_dataclass(encoder.__name__, named, bases=(encoder, head), frozen=True, namespace=about)
    return {name: both(**values) for name, values in presets.items()}


def build(spec: Sizes, given: Spec, hyper: Convolved) -> Recipe:
    """The recipe of every product of an encoder and a head."""
    return hyper.build(spec)


class MLPHyper(Convolved):
    """No graph: the features of each node alone."""

    def layer(self, inputs: int, outputs: int, last: bool, spec: Sizes) -> nn.Module:
        return Dense(inputs, outputs)


class GCNHyper(Convolved):
    """Hyperparameters of GCN (Kipf & Welling 2017)."""

    norm = "symmetric"

    def layer(self, inputs: int, outputs: int, last: bool, spec: Sizes) -> nn.Module:
        return GCN(inputs, outputs, self.norm)


class GINHyper(Convolved):
    """Hyperparameters of GIN (Xu 2019, with features of edges as Hu 2020 reads them)."""

    learn_eps = False

    def layer(self, inputs: int, outputs: int, last: bool, spec: Sizes) -> nn.Module:
        return GIN(inputs, outputs, self.width, self.learn_eps, spec.edge_features)


@dataclass(frozen=True)
class SGCHyper(Convolved):
    """Hyperparameters of SGC (Wu 2019): `hops` propagations and one matrix."""

    hops: int = fields.layers(2, "averages over neighbours, before the one matrix; Wu 2019", least=0)
    width, layers, dropout = 0, 1, 0.0

    def layer(self, inputs: int, outputs: int, last: bool, spec: Sizes) -> nn.Module:
        return SGC(inputs, outputs, self.hops)


@dataclass(frozen=True)
class GATHyper(Convolved):
    """Hyperparameters of GAT (Velickovic 2018; Brody 2022).

    Heads side by side between layers, `output_heads` averaged at the end. dropout: also of the shares of attention.
    """

    width: int = fields.units(16, "units of a head of attention")
    heads: int = fields.units(4, "heads of attention side by side; Velickovic 2018")
    activation = staticmethod(F.elu)
    convolution, output_heads = GAT, 1

    @property
    def units(self) -> int:
        return self.heads * self.width

    def layer(self, inputs: int, outputs: int, last: bool, spec: Sizes) -> nn.Module:
        heads = (outputs, self.output_heads, False) if last else (self.units // self.heads, self.heads, True)
        return self.convolution(inputs, *heads, self.encoder_dropout, spec.edge_features)


@dataclass(frozen=True)
class SAGEHyper(Convolved):
    """Hyperparameters of GraphSAGE (Hamilton 2017).

    norm, unit: layer norm, and length 1, of what each layer but the last hands on.
    """

    aggregator: str = one_of(*AGGREGATORS, says="how neighbours are put together; Hamilton 2017")
    norm = unit = False

    def layer(self, inputs: int, outputs: int, last: bool, spec: Sizes) -> nn.Module:
        return SAGE(inputs, outputs, self.aggregator, self.norm and not last, self.unit and not last)


@dataclass(frozen=True)
class ChebHyper(Convolved):
    """Hyperparameters of ChebNet (Defferrard 2016)."""

    terms: int = whole(3, least=1, most=1_000, says="terms of the polynomial; Defferrard 2016")

    def layer(self, inputs: int, outputs: int, last: bool, spec: Sizes) -> nn.Module:
        return Cheb(inputs, outputs, self.terms)
