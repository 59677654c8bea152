"""Bodies of rows of scalars and of items that are one vector, such as an embedding: a residual perceptron over
features of the columns, and over the vector as it is.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from ..core.spec import Category, Spec
from ..distributions.marginals import Marginals
from .conditioning import ColumnFeatures, Condition
from .mlp import ResidualMLP, Waves


@dataclass(frozen=True)
class RowBody:
    """The body of rows of scalars, see `adapters`.

    Args:
        spec: scalar leaves.
        width: Width of the perceptron.
        depth: its blocks.
        features: numbers that a column is read as.
        dropout: share of the hidden numbers that are left out.
        waves: Waves of `Waves` that `per_element` sees of its coordinates.
    """

    spec: Spec
    width: int
    depth: int
    features: int
    dropout: float
    waves: int = 0

    reads = ("vector",)

    @property
    def condition(self) -> int:
        return self.width

    @property
    def row_features(self) -> int:
        """Counts the numbers that a row is embedded as."""
        return len(self.spec.columns) * self.features

    def reader(self) -> ColumnFeatures:
        return ColumnFeatures(self.spec, self.features)

    def pooled(self, outputs: int, whole: bool, known: bool, condition: int) -> nn.Module:
        return RowNet((whole + known) * self.row_features, outputs, self.width, self.depth, condition, self.dropout)

    def from_latent(self, latents: int, size: int) -> nn.Module:
        return BinLogits(self.spec, latents + self.row_features, size, self.width, self.depth, self.width, self.dropout)

    def per_element(self) -> nn.Module:
        columns = len(self.spec.columns)
        inputs = columns * (1 + 2 * self.waves) + self.row_features
        return WavyNet(self.waves, inputs, columns, self.width, self.depth, self.width, self.dropout, zero=True)


class RowNet(ResidualMLP):
    """A perceptron over several inputs side by side: [(B, ...), ..] -> (B, outputs)."""

    def forward(self, parts: Sequence[Tensor], c: Condition) -> Tensor:
        return super().forward(torch.cat([part.flatten(1) for part in parts], 1), c.vector)


class WavyNet(RowNet):
    """A `RowNet` that also reads sines and cosines of the first input, at `waves` frequencies."""

    def __init__(self, waves: int, *sizes, **options):
        super().__init__(*sizes, **options)
        self.waves = Waves(waves)

    def forward(self, parts: Sequence[Tensor], c: Condition) -> Tensor:
        return super().forward([*parts, self.waves(parts[0])], c)


class BinLogits(ResidualMLP):
    """Decodes codes to logits of bins of a row.

    z: (B, latents), features of what is known -> logits (B, D, bins) over the bins of each column's marginal.

    A number has a Gaussian over its Gaussian coordinate (mean m, log precision l), corrected bin by bin; a category has
    free logits:
        logit_k = 0.1 a_k - 1/2 e^l (c_k - m)^2 + log w_k,    c_k, w_k the middle and width of bin k in that coordinate.
    So a decoder can be sure of a number without learning a hundred logits for it.

    Args:
        spec: Spec of the items.
        inputs: Input features.
        width: Features of a layer.
        depth: Number of layers.
        condition: Numbers of the condition.
        dropout: Share of units that training drops.
    """

    def __init__(self, spec: Spec, inputs: int, bins: int, width: int, depth: int, condition: int, dropout: float):
        super().__init__(inputs, len(spec.columns) * (bins + 2), width, depth, condition, dropout)
        edges = torch.special.ndtri(Marginals(spec).cum.clamp(1e-6, 1 - 1e-6)).float()  # (D, K + 1)
        number = torch.tensor([not isinstance(leaf, Category) for leaf in spec.columns])
        self.register_buffer("number", number[:, None], False)
        self.register_buffer("middle", (edges[:, 1:] + edges[:, :-1]) / 2, False)
        self.register_buffer("log_width", edges.diff(dim=1).clamp(min=1e-6).log(), False)

    def forward(self, z: Tensor, features: Tensor, c: Condition) -> Tensor:
        out = super().forward(torch.cat([z, features.flatten(1)], 1), c.vector).float()
        out = out.unflatten(1, (len(self.number), -1))
        free, mean, log_precision = out[..., :-2], out[..., -2:-1], out[..., -1:].clamp(-5, 10)
        bell = -0.5 * log_precision.exp() * (self.middle - mean) ** 2 + self.log_width
        return torch.where(self.number, 0.1 * free + bell, free)


class NothingKnown(nn.Module):
    """Passes vectors (B, D) on as they are, and nothing of what is known of them, (B, 0): they are drawn whole."""

    def forward(self, x: Tensor) -> Tensor:
        return x

    def known_features(self, x: Tensor, known: Tensor | None) -> Tensor:
        return x[:, :0]


@dataclass(frozen=True)
class VectorBody:
    """The body of items that are one vector, for velocities alone; see `adapters`.

    Args:
        spec: Spec of the items.
        width, depth: of the perceptron.
    """

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
