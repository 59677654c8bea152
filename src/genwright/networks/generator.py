"""Generators z -> coordinates of an item, for pictures and for rows. Both see the given variables (B, G) and the known
part: x: (B, *shape) in the units of the Spec, looked at where `known`, bool like x."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..core.spec import Spec
from ..distributions.coordinates import Array
from .conditioning import ColumnFeatures, GivenVector, known_maps
from .mlp import ResidualMLP
from .towers import ConvBlock, halvings


class PictureGenerator(nn.Module):
    """z: (B, latents) -> (B, C, H, W), in [-1, 1] where the picture has levels, else any real numbers.

    Grows from at most 4 x 4. The known part joins at full size, and enters the condition of every layer as one vector.
    patch: side of what the blocks see as one position; the layers at full size are as much narrower.
    """

    def __init__(self, spec: Spec, given: Spec, latents: int, channels: int, condition: int, patch: int = 1):
        super().__init__()
        inputs, height, width = spec.shape
        self.shape, self.bounded, self.view, self.patch = spec.shape, spec.leaf.discrete, Array(spec), patch
        times, fine = halvings(-(-height // patch), -(-width // patch)), fine_channels(channels, patch)
        self.given = GivenVector(given, condition)
        self.known = nn.Linear((inputs + 1) * height * width, condition)
        self.coarse = (channels, *(-(-side // (patch * 2**times)) for side in (height, width)))
        self.first = nn.Linear(latents + condition, channels * self.coarse[1] * self.coarse[2])
        self.blocks = nn.ModuleList(ConvBlock(channels, condition) for _ in range(times))
        self.last = nn.Conv2d(channels + inputs + 1, fine, 3, padding=1)
        self.norm = nn.GroupNorm(max(1, 8 // patch**2), fine)
        self.out = nn.Conv2d(fine, inputs, 3, padding=1)

    def forward(self, z: Tensor, x: Tensor, known: Tensor, given: Tensor) -> Tensor:
        _, height, width = self.shape
        shown = known_maps(self.view.centre(x), known)
        c = self.given(given) + self.known(shown.flatten(1))
        h = self.first(torch.cat([z, c], 1)).unflatten(1, self.coarse)
        for block in self.blocks:
            h = F.interpolate(block(h, c), scale_factor=2, mode="nearest")
        if self.patch > 1:
            h = F.interpolate(h, scale_factor=self.patch, mode="nearest")
        h = self.norm(self.last(torch.cat([h[:, :, :height, :width], shown], 1)))
        out = self.out(F.silu(h))
        return out.tanh() if self.bounded else out


def fine_channels(channels: int, patch: int) -> int:
    """Of layers at full size, behind some that see patches as positions."""
    return max(8, channels // patch**2)


class RowGenerator(nn.Module):
    """z: (B, latents) -> (B, D) Gaussian coordinates.

    The network reads the signs of z beside z. Categories, and modes, lie apart, and a continuous map of a connected
    space can't leave the gap between them empty; the signs let it jump.
    """

    def __init__(self, spec: Spec, given: Spec, latents: int, width: int, depth: int, features: int):
        super().__init__()
        columns = len(spec.columns)
        self.known = ColumnFeatures(spec, features)
        self.given = GivenVector(given, width)
        self.net = ResidualMLP(2 * latents + columns * features, columns, width, depth, width)

    def forward(self, z: Tensor, x: Tensor, known: Tensor, given: Tensor) -> Tensor:
        h = torch.cat([z, z.sign(), self.known.part(x, known).flatten(1)], 1)
        return self.net(h, self.given(given))
