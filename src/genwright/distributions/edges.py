"""Edges of images, and of frames: where brightness or a colour changes by more than a quarter of the range (Sobel)."""

from dataclasses import replace
from math import prod

import torch
import torch.nn.functional as F
from torch import Tensor

from ..core.spec import Ordered

STEEP = 0.25  # of the range of levels: an edge is where the steepest channel changes by more


def edge_leaf(leaf: Ordered) -> Ordered:
    """Returns the leaf of the edges of images: one channel, 0 or 1 at each pixel, to the user black and white. Edges of
    clips have a channel for each frame, so that networks read them as an image."""
    *frames, _, height, width = leaf.shape
    shape = prod(frames), height, width
    return replace(leaf, levels=2, width=(leaf.levels - 1) * leaf.width, shape=shape, axis="grid")


def edges_of(x: Tensor, levels: int) -> Tensor:
    """Finds the edges of images with levels x: (.., 1, H, W) float, 0 or 1.

    A step from one level to another, k levels apart, has the slope k / (levels - 1).

    Args:
        x: (.., C, H, W) level indices.
        levels: how many there are.
    """
    sobel = torch.tensor([[-1.0, 0.0, 1.0], [-2.0, 0.0, 2.0], [-1.0, 0.0, 1.0]], device=x.device) / 4
    maps = x.float().flatten(0, -3)[:, None] / (levels - 1)
    padded = F.pad(maps, (1, 1, 1, 1), mode="replicate")
    slope = F.conv2d(padded, torch.stack([sobel, sobel.T])[:, None]).norm(dim=1).view(x.shape)
    return (slope.amax(-3, keepdim=True) > STEEP).float()
