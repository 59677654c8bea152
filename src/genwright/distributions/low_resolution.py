"""Images at a lower resolution: each pixel the mean of a square block of theirs, on the same levels; blocks at the
far sides are cut where the sides are no multiple.

It is a function of the image, so that log p(x) >= log p(low) + log p(x | low) for any model of the two: the mass that
the second puts on images which do not shrink to `low` is lost.
"""

from dataclasses import replace

import torch
import torch.nn.functional as F
from torch import Tensor

from ..core.spec import Ordered

ROUNDS = 8  # corrections, of which each but the first mends what clipping took away


def low_leaf(leaf: Ordered, times: int) -> Ordered:
    """Returns the leaf of images whose sides are divided by `times`."""
    channels, height, width = leaf.shape
    return replace(leaf, shape=(channels, -(-height // times), -(-width // times)))


def block_means(x: Tensor, times: int) -> Tensor:
    """Averages blocks of `times` x `times` pixels: (B, C, H, W) -> (B, C, h, w)."""
    return F.avg_pool2d(x, times, ceil_mode=True)


def shrink(x: Tensor, times: int) -> Tensor:
    """Averages level indices (B, C, H, W) over squares of pixels: (B, C, h, w) float, rounded to whole numbers.

    Args:
        x: (B, C, H, W) levels.
        times: Side of a square, in pixels.
    """
    return block_means(x.float(), times).round()


def grow(low: Tensor, times: int, size: torch.Size) -> Tensor:
    """Enlarges each pixel to a block: (B, C, h, w) -> (B, C, *size).

    Args:
        low: (B, C, h, w).
        times: Side of a block.
        size: Height and width of the result; blocks on the far side are cut.
    """
    return F.interpolate(low, scale_factor=times, mode="nearest")[..., : size[0], : size[1]]


def match_means(x: Tensor, low: Tensor, times: int, top: int) -> Tensor:
    """Moves images as little as possible so that their blocks have given means, then rounds them. The means are right
    to within what rounding moves.

    Args:
        x: (B, C, H, W) float in [0, top].
        low: (B, C, h, w) means of the blocks; NaN leaves a block free.
        times: side of a block.
        top: highest level.
    """
    for _ in range(ROUNDS):
        lack = torch.where(low.isnan(), torch.zeros_like(low), low - block_means(x, times))
        up = grow(lack, times, x.shape[2:])
        can_move = torch.where(up > 0, x < top, x > 0).float()  # a black or white pixel cannot move farther
        x = (x + up * can_move / grow(block_means(can_move, times), times, x.shape[2:]).clamp(min=times**-2)).clamp(
            0, top
        )
    return x.round()
