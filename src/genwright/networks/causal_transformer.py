"""A causal transformer over sequences (Vaswani et al. 2017), and a walk through them that keeps keys and values."""

from torch import Tensor, nn

from ..core.spec import Spec
from .causal import CausalNetwork
from .layer_walk import LayersWalk
from .sequence_layers import Layer


class CausalTransformer(CausalNetwork):
    """heads, depth, taps, squared: of the layers; width / heads is even. holes: as of `CausalNetwork`."""

    def __init__(
        self,
        spec: Spec,
        given: Spec,
        width: int,
        heads: int,
        depth: int,
        dropout: float = 0.0,
        taps: int = 0,
        squared: bool = False,
        holes: bool = False,
    ):
        super().__init__(spec, given, width, heads, dropout, holes)
        self.layers = nn.ModuleList(Layer(width, heads, dropout, taps=taps, squared=squared) for _ in range(depth))

    def read(self, h: Tensor) -> Tensor:
        for layer in self.layers:
            h = layer(h, self.turns[:, : h.shape[1]])
        return h

    def reader(self, h: Tensor, length: int) -> LayersWalk:
        return LayersWalk(self.layers, self.turns, len(h), length)
