"""Pictures to a small grid of vectors and back, by strided convolutions and residual blocks."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn

from ..core.spec import Spec
from ..distributions.coordinates import Array
from .towers import ConvBlock


def grid(spec: Spec, halvings: int) -> tuple[int, int]:
    """Height and width of the codes of a picture."""
    return tuple(-(-side // 2**halvings) for side in spec.shape[1:])


class GridEncoder(nn.Module):
    """x: (B, C, H, W) -> (B, width, h, w), each side halved `halvings` times; the far side is padded with zeros."""

    def __init__(self, spec: Spec, channels: int, depth: int, width: int, halvings: int):
        super().__init__()
        inputs, height, wide = spec.shape
        step = 2**halvings
        self.view, self.pad = Array(spec), (0, -wide % step, 0, -height % step)
        self.first = nn.Conv2d(inputs, channels, 3, padding=1)
        self.shrink = nn.ModuleList(nn.Conv2d(channels, channels, 4, 2, padding=1) for _ in range(halvings))
        self.blocks = nn.ModuleList(ConvBlock(channels, 0) for _ in range(depth))
        self.last = nn.Conv2d(channels, width, 1)

    def forward(self, x: Tensor) -> Tensor:
        h = self.first(F.pad(self.view.centre(x), self.pad))
        for shrink in self.shrink:
            h = shrink(F.silu(h))
        for block in self.blocks:
            h = block(h, None)
        return self.last(F.silu(h))


class GridDecoder(nn.Module):
    """(B, width, h, w) -> parameters (B, C, H, W, size) of a head."""

    def __init__(self, spec: Spec, channels: int, depth: int, width: int, halvings: int, size: int):
        super().__init__()
        self.shape, self.size = spec.shape, size
        self.first = nn.Conv2d(width, channels, 3, padding=1)
        self.blocks = nn.ModuleList(ConvBlock(channels, 0) for _ in range(depth))
        self.grow = nn.ModuleList(nn.Conv2d(channels, channels, 3, padding=1) for _ in range(halvings))
        self.last = nn.Conv2d(channels, spec.shape[0] * size, 3, padding=1)

    def forward(self, z: Tensor) -> Tensor:
        h = self.first(z)
        for block in self.blocks:
            h = block(h, None)
        for grow in self.grow:
            h = grow(F.interpolate(F.silu(h), scale_factor=2, mode="nearest"))
        channels, height, width = self.shape
        params = self.last(F.silu(h))[:, :, :height, :width]
        return params.unflatten(1, (channels, self.size)).movedim(2, -1)
