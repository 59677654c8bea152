"""Edges of images: where brightness or a colour changes by more than a quarter of the range (Sobel's operator)."""

from dataclasses import replace

import torch
import torch.nn.functional as F
from torch import Tensor

from ..core.spec import Ordered

STEEP = 0.25  # of the range of levels: an edge is where the steepest channel changes by more


def edge_leaf(leaf: Ordered) -> Ordered:
    """The leaf of the edges of images: one channel, 0 or 1 at each pixel, to the user black and white."""
    _, height, width = leaf.shape
    return replace(leaf, levels=2, width=(leaf.levels - 1) * leaf.width, shape=(1, height, width))


def edges_of(x: Tensor, levels: int) -> Tensor:
    """The edges of images, as numbers of level 0 or 1: (B, 1, H, W) float.

    A step from one level to another, k levels apart, has the slope k / (levels - 1).

    Args:
        x: (B, C, H, W) level indices.
        levels: how many there are.
    """
    across = torch.tensor([[-1.0, 0.0, 1.0], [-2.0, 0.0, 2.0], [-1.0, 0.0, 1.0]], device=x.device) / 4
    around = F.pad(x.float() / (levels - 1), (1, 1, 1, 1), mode="replicate").flatten(0, 1)[:, None]
    slope = F.conv2d(around, torch.stack([across, across.T])[:, None]).norm(dim=1).unflatten(0, x.shape[:2])
    return (slope.amax(1, keepdim=True) > STEEP).float()
