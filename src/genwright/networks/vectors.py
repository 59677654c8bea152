"""The body of items that are one vector, such as an embedding: a residual perceptron."""

from dataclasses import dataclass

from torch import Tensor, nn

from ..core.spec import Spec
from .rows import RowNet


class NothingKnown(nn.Module):
    """Vectors as they are, (B, D), and nothing of what is known of them, (B, 0): they are drawn whole."""

    def forward(self, x: Tensor) -> Tensor:
        return x

    def known_features(self, x: Tensor, known: Tensor | None) -> Tensor:
        return x[:, :0]


@dataclass(frozen=True)
class Vectors:
    """A body, see `adapters`, of velocities alone. width, depth: of the perceptron."""

    spec: Spec
    width: int
    depth: int

    reads = ("vector",)

    @property
    def condition(self) -> int:
        return self.width

    def reader(self) -> NothingKnown:
        return NothingKnown()

    def per_element(self) -> nn.Module:
        return RowNet(self.spec.dims, self.spec.dims, self.width, self.depth, self.width, 0.0)
