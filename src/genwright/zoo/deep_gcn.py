"""Deep GCN: many convolutions, with a remedy against smoothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..core.hyper import one_of, real, whole
from . import fields
from .bodies import nodes
from .card import Card

if TYPE_CHECKING:
    from ..families.graph.nodes import NodeClassifier
    from ..families.task_data import Sizes
    from ..networks.graph.depth import DeepNetwork

REMEDIES = "initial", "none", "pair-norm", "group-norm", "batch-norm", "layer-norm", "residual", "virtual-node"
JUMPS = "last", "concatenate", "maximum"


@dataclass(frozen=True)
class DeepGCNHyper(nodes.OfNodes):
    """Hyperparameters of deep GCN (Chen 2020 (GCNII); other remedies of Xu 2018, Zhao 2020, Zhou 2020)."""

    lr: float = 0.02
    epochs: float = 300.0
    width: int = 64
    layers: int = 32
    dropout: float = 0.6
    decay: float = real(5e-4, least=0.0, says="weight of half the squared weights before and after the convolutions")
    decay_between: float = real(0.01, least=0.0, says="weight of half the squared weights of the convolutions")
    norm: str = nodes.norm()
    remedy: str = one_of(*REMEDIES, says="what keeps deep networks from smoothing; initial: Chen 2020")
    jump: str = one_of(
        "last", "concatenate", "maximum", says="layers that the classifier reads: the last alone, or all; Xu 2018"
    )
    hops: int = whole(1, least=1, most=32, says="edges that each convolution reaches: A + A^2 + .. in place of A")
    before: int = fields.layers(1, "linear layers before the convolutions")
    after: int = fields.layers(1, "linear layers after the convolutions")
    alpha: float = real(0.1, least=0.0, most=1.0, says="share of the first layer in every other; Chen 2020")
    beta: float = real(0.5, least=0.0, says="strength of the convolutions' weights, which falls with depth; Chen 2020")

    equations = "networks.graph.depth"

    def network(self, spec: Sizes, outputs: int) -> DeepNetwork:
        """Linear layers on either side of convolutions with a remedy, as in networks/graph/depth.py."""
        import torch.nn.functional as F

        from ..networks.graph.depth import DeepNetwork, Perceptron, step, sum_walks
        from ..networks.graph.gcn import GCN

        width, numbers = self.width, range(1, self.layers + 1)
        between = [GCN(width, width, self.norm) for _ in numbers]
        steps = [step(self.remedy, layer, width, k, self.alpha, self.beta) for k, layer in zip(numbers, between)]
        seen = self.layers * width if self.jump == "concatenate" else width
        first = Perceptron([spec.inputs, *[width] * self.before], self.dropout, F.relu)
        last = Perceptron([seen, *[width] * (self.after - 1), outputs], self.dropout)
        prepare = lambda graph: between[0].prepare(sum_walks(graph, self.hops))
        return DeepNetwork(first, steps, last, self.dropout, prepare, self.jump)

    def classifier(self, network: DeepNetwork, spec: Sizes) -> NodeClassifier:
        from ..families.graph.nodes import NodeClassifier

        ends = nodes.matrices(network.before) + nodes.matrices(network.after)
        return NodeClassifier(network, ends, self.decay, (nodes.matrices(network.steps), self.decay_between))


PRESETS = {"few": DeepGCNHyper(), "many": DeepGCNHyper(), "tiny": DeepGCNHyper(**nodes.TINY, layers=4)}
CARD = Card(
    "deep-gcn",
    ("Take it for networks of many layers.", "A few layers of gcn are enough for many graphs."),
    {"nodes": nodes.on(PRESETS)},
    paper="Chen 2020; remedies of Xu 2018, Zhao 2020, Zhou 2020",
)
