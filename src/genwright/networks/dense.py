"""The body of small images that are read pixel by pixel, without convolutions: layers that join all with all."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch.nn.functional as F
from torch import Tensor, nn

from ..core.spec import Spec
from ..distributions.coordinates import Array
from .conditioning import Condition, known_maps


@dataclass(frozen=True)
class Dense:
    """The body of small images as rows of pixels, for codes and from them; see `adapters`.

    Args:
        spec: Spec of the images.
        width: Width of the hidden layers.
        depth: hidden layers.
        condition: width of the conditioning vector.
        masked: whether a part of an item may be known.
    """

    spec: Spec
    width: int
    depth: int
    condition: int
    masked: bool

    reads = ("vector",)

    def reader(self) -> "FlatPixels":
        return FlatPixels(self.spec)

    def pooled(self, outputs: int, whole: bool, known: bool, condition: int) -> nn.Module:
        inputs = [self.spec.dims] * whole + [self._known_width] * (known and self.masked)
        return DenseEncoder(inputs, outputs, self.width, self.depth, condition)

    def from_latent(self, latents: int, size: int) -> nn.Module:
        inputs = [latents] + [self._known_width] * self.masked
        return DenseDecoder(self.spec, inputs, size, self.width, self.depth, self.condition)

    @property
    def _known_width(self) -> int:
        channels, height, width = self.spec.shape
        return (channels + 1) * height * width


class FlatPixels(nn.Module):
    """Converts images to coordinates in [-1, 1], (B, C H W), and the known ones beside their mask, (B, (C + 1) H W);
    None where nothing is known."""

    def __init__(self, spec: Spec):
        super().__init__()
        self.view = Array(spec)

    def forward(self, x: Tensor) -> Tensor:
        return self.view.centre(x).flatten(1)

    def known_features(self, x: Tensor, known: Tensor | None) -> Tensor | None:
        return None if known is None else known_maps(self.view.centre(x), known).flatten(1)


class ConditionedPerceptron(nn.Module):
    """A residual perceptron over several inputs side by side, under a condition.

    h = silu(sum of A_i part_i + V c), then silu(W h + b) `depth` - 1 times, then a linear layer. parts: (B, n_i) each,
    None for one that says nothing. c: (B, condition), where there is one.

    Args:
        outputs: Output features.
        width: Features of a layer.
        condition: Numbers of the condition.
    """

    def __init__(self, inputs: Sequence[int], outputs: int, width: int, depth: int, condition: int):
        super().__init__()
        self.parts = nn.ModuleList(nn.Linear(n, width, bias=not i) for i, n in enumerate(inputs))
        self.condition = nn.Linear(condition, width, bias=False) if condition else None
        self.hidden = nn.ModuleList(nn.Linear(width, width) for _ in range(depth - 1))
        self.last = nn.Linear(width, outputs)

    def forward(self, parts: Sequence[Tensor | None], c: Tensor | None) -> Tensor:
        terms = [layer(part) for layer, part in zip(self.parts, parts) if part is not None]
        if self.condition is not None:
            terms.append(self.condition(c))
        h = F.silu(sum(terms[1:], terms[0]))
        for layer in self.hidden:
            h = F.silu(layer(h))
        return self.last(h)


class DenseEncoder(ConditionedPerceptron):
    def forward(self, parts: Sequence[Tensor | None], c: Condition) -> Tensor:
        return super().forward(parts, c.vector)


class DenseDecoder(ConditionedPerceptron):
    """Decodes z (B, latents) to the parameters (B, C, H, W, size) of a head by dense layers.

    Args:
        spec: Spec of the items.
        width: Features of a layer.
        depth: Number of layers.
        condition: Numbers of the condition.
    """

    def __init__(self, spec: Spec, inputs: Sequence[int], size: int, width: int, depth: int, condition: int):
        super().__init__(inputs, size * spec.dims, width, depth, condition)
        self.shape = (*spec.shape, size)

    def forward(self, z: Tensor, known: Tensor | None, c: Condition) -> Tensor:
        return super().forward([z, known], c.vector).unflatten(1, self.shape)
