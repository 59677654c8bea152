"""Networks of flow matching and diffusion over noisy items z at time t.

    network(z, t, given, known_values, known) -> (B, *shape)      zeros before it is trained

z: (B, *shape) coordinates. t: (B,) in [0, 1]. given: (B, G). known: bool like z, or None where nothing is known;
known_values are read there.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..core.spec import Spec
from .conditioning import ColumnFeatures, GivenVector, known_maps
from .mlp import FourierFeatures, ResidualMLP
from .unet import UNet


class Conditioner(nn.Module):
    """Time and given variables as one vector: (B,), (B, G) -> (B, width)."""

    def __init__(self, given: Spec, width: int):
        super().__init__()
        self.waves = FourierFeatures(width)
        self.time = nn.Sequential(nn.Linear(width, width), nn.SiLU(), nn.Linear(width, width))
        self.given = GivenVector(given, width)

    def forward(self, t: Tensor, given: Tensor) -> Tensor:
        return F.silu(self.time(self.waves(t)) + self.given(given))


class PictureVelocity(nn.Module):
    """A U-Net that sees the noisy picture beside the known pixels and their mask."""

    def __init__(self, spec: Spec, given: Spec, width: int, blocks: int, patch: int, dropout: float):
        super().__init__()
        channels, height, _ = spec.shape
        self.pad = -height % (2 * patch)  # pictures whose size the patches do not divide are padded on the far side
        self.conditioner = Conditioner(given, 2 * width)
        self.unet = UNet(2 * channels + 1, channels, width, blocks, 2 * width, patch, dropout)

    def forward(self, z: Tensor, t: Tensor, given: Tensor, known_values: Tensor, known: Tensor | None) -> Tensor:
        """known_values: (B, C, H, W) coordinates of the known values, read where `known`."""
        x = F.pad(torch.cat([z, known_maps(known_values, known)], 1), (0, self.pad, 0, self.pad))
        return self.unet(x, self.conditioner(t, given))[:, :, : z.shape[2], : z.shape[3]]


class ColumnVelocity(nn.Module):
    """A residual perceptron over a row, conditioned on time, given variables and known cells."""

    def __init__(self, spec: Spec, given: Spec, width: int, depth: int, features: int, dropout: float):
        super().__init__()
        columns = len(spec.columns)
        self.conditioner = Conditioner(given, width)
        self.known = ColumnFeatures(spec, features)
        self.net = ResidualMLP(columns + columns * features, columns, width, depth, width, dropout, zero=True)

    def forward(self, z: Tensor, t: Tensor, given: Tensor, known_values: Tensor, known: Tensor | None) -> Tensor:
        """known_values: (B, D) x itself, read where `known`."""
        features = self.known.hidden(len(z)) if known is None else self.known(known_values, known)
        return self.net(torch.cat([z, features.flatten(1)], 1), self.conditioner(t, given))
