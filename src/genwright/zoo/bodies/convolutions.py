"""Encoders of graphs: convolutions one after another, for every task.

A predictor on a graph is the product of an encoder and a head. The encoder stands in the file of its family, the head
beside this file. The head declares `width`, `layers` and `dropout`, and builds the predictor around `network` or
`normed`.
"""

from __future__ import annotations

from dataclasses import make_dataclass
from typing import TYPE_CHECKING, Any

from ...core.hyper import Hyper
from ...core.recipe import Recipe

if TYPE_CHECKING:
    from torch import nn

    from ...graphs.network import GraphNetwork
    from ...predictors.task_data import Sizes

NEAR = "A node hears from one hop a layer, so a shallow network sees near neighbours only."


class Convolved(Hyper):
    """Base of encoders and heads. width: of a convolution. dropout: of what each convolution sees, by default."""

    width: int
    layers: int
    dropout: float
    activation = "relu"
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
        import torch.nn.functional as F

        from ...graphs.network import GraphNetwork

        sizes = [spec.inputs, *[self.units] * (self.layers - 1), outputs]
        made = [self.layer(a, b, k == self.layers, spec) for k, (a, b) in enumerate(zip(sizes, sizes[1:]), 1)]
        return GraphNetwork(made, self.encoder_dropout, getattr(F, self.activation), self.nodes_dropped)

    def normed(self, spec: Sizes) -> GraphNetwork:
        """The same with batch norm after each convolution, which gives `units` numbers."""
        from ...graphs.network import GraphNetwork, Normed

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


def build(spec: Sizes, given: Any, hyper: Hyper) -> Recipe:
    """The recipe of every product of an encoder and a head."""
    return hyper.build(spec)
