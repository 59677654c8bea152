"""Predictors of links: the head of every encoder of nodes, and the decoders that score a pair."""

from dataclasses import dataclass

from torch import nn

from ....core.hyper import one_of, real
from ....core.recipe import Recipe, TrainedWhole
from ....families.task_data import TaskSizes
from ....zoo import fields
from ....zoo.card import On
from ...families.links import InnerProduct, LinkPredictor, OneWay, ProductMLP
from ...networks.network import GraphNetwork
from .convolutions import Convolved, build, cross

TINY = dict(width=8, size=8, epochs=20)
DISJOINT = dict(decoder="mlp", disjoint=0.5)


@dataclass(frozen=True)
class OfLinks(Convolved, TrainedWhole):
    """Hyperparameters of families that learn embeddings of nodes from edges. A family says by
    `predictor(network, directed)` what learns. numbers: of the network for each dimension of an embedding."""

    width: int = fields.units(64, "units between layers")
    layers: int = fields.layers(2, "layers, one after another")
    dropout: float = fields.dropout(0.0)
    size: int = fields.units(32, "dimensions of an embedding")
    numbers, validates = 1, True

    def build(self, spec: TaskSizes) -> Recipe:
        network = self.network(spec, self.numbers * self.size)
        return self.recipe(self.predictor(network, bool(spec.directed)), validates=self.validates)

    def code_width(self, directed: bool) -> int:
        """Returns the numbers of an embedding; a directed one has two ways, and two degrees."""
        return 2 * self.size + 2 if directed else self.size

    def scored(self, decoder: nn.Module, directed: bool) -> nn.Module:
        """Returns a decoder, or what also tells the direction by it."""
        return OneWay(decoder, self.code_width(directed)) if directed else decoder


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

    def predictor(self, network: GraphNetwork, directed: bool) -> LinkPredictor:
        decoder = ProductMLP(self.code_width(directed)) if self.decoder == "mlp" else InnerProduct()
        decoder = self.scored(decoder, directed)
        return LinkPredictor(network, decoder, self.negatives, self.disjoint, directed=directed)


def make_on(encoder: type[Convolved], defaults: dict[str, object], tiny: dict[str, object], **facts: object) -> On:
    """Makes the `On` of an encoder and the head of pairs.

    Args:
        tiny: values of the preset.
        facts: Facts of `On`.
    """
    presets = cross(encoder, OfPairs, defaults, {"usual": {}, "tiny": tiny})
    return On(build, presets, equations=(encoder.equations, "graphs.families.links"), **facts)
