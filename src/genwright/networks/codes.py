"""Encoders x -> z: (B, latents) of an autoencoder, for pictures and for rows. They see x alone, nothing that is given:
a code says all there is."""

from __future__ import annotations

from torch import Tensor, nn

from ..core.spec import Spec
from ..distributions.coordinates import Array
from .conditioning import ColumnFeatures
from .latent import ConvTower
from .mlp import ResidualMLP


class PictureCode(nn.Module):
    """x: (B, C, H, W) level indices -> (B, latents)."""

    def __init__(self, spec: Spec, latents: int, channels: int, dropout: float):
        super().__init__()
        inputs, height, width = spec.shape
        self.view = Array(spec)
        self.tower = ConvTower(inputs, latents, height, width, channels, 0, dropout)

    def forward(self, x: Tensor) -> Tensor:
        return self.tower(self.view.centre(x), None)


class RowCode(nn.Module):
    """x: (B, D), NaN for absent -> (B, latents)."""

    def __init__(self, spec: Spec, latents: int, width: int, depth: int, features: int, dropout: float):
        super().__init__()
        self.columns = ColumnFeatures(spec, features)
        self.net = ResidualMLP(len(spec.columns) * features, latents, width, depth, 0, dropout)

    def forward(self, x: Tensor) -> Tensor:
        return self.net(self.columns(x).flatten(1))
