"""DiffAugment (Zhao 2020): random changes T of what a discriminator sees, real and fake, in both players' losses.

    brightness   x + b,                      b ~ U(-1/2, 1/2)
    saturation   mean + s (x - mean),        s ~ U(0, 2), mean over the channels; of colour images alone
    contrast     mean + c (x - mean),        c ~ U(1/2, 3/2), mean over the image
    translation  by up to an eighth of each side, zeros where nothing was
    cutout       zeros in a rectangle of half the sides, its middle anywhere

The discriminator sees T(x) and T(G(z)) with draws of their own, so it can't learn few images by heart, and the
generator learns through T, so that its images are right before T, not after it. Nothing is changed in a draw.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

from ...core.draws import Draws

SHIFT, HOLE = 1 / 8, 1 / 2  # shares of a side


def diff_augment(x: Tensor, rng: Draws) -> Tensor:
    """x: (B, C, H, W) coordinates in [-1, 1] -> the same shape, each image changed by draws of its own."""
    return cutout(translated(recoloured(x, rng), rng), rng)


def recoloured(x: Tensor, rng: Draws) -> Tensor:
    """Brightness, saturation, contrast."""
    brightness, saturation, contrast = rng.uniform(3, len(x), 1, 1, 1)
    x = x + brightness - 0.5
    if x.shape[1] > 1:
        grey = x.mean(1, keepdim=True)
        x = grey + 2 * saturation * (x - grey)
    mean = x.mean((1, 2, 3), keepdim=True)
    return mean + (0.5 + contrast) * (x - mean)


def translated(x: Tensor, rng: Draws) -> Tensor:
    """Images moved by whole pixels."""
    sides = x.shape[2:]
    most = [int(side * SHIFT + 0.5) for side in sides]
    padded = F.pad(x, (most[1], most[1], most[0], most[0]))
    rows, columns = (
        rng.integers(2 * far + 1, (len(x), 1)) + torch.arange(side, device=x.device) for far, side in zip(most, sides)
    )
    items = torch.arange(len(x), device=x.device)[:, None, None]
    return padded.movedim(1, -1)[items, rows[:, :, None], columns[:, None]].movedim(-1, 1)


def cutout(x: Tensor, rng: Draws) -> Tensor:
    """A rectangle that reaches over the edge is cut off there."""
    inside = []
    for side in x.shape[2:]:
        size = int(side * HOLE + 0.5)
        start = rng.integers(side + 1 - size % 2, (len(x), 1)) - size // 2
        place = torch.arange(side, device=x.device)
        inside.append((place >= start) & (place < start + size))
    rows, columns = inside
    return x.masked_fill((rows[:, :, None] & columns[:, None])[:, None], 0.0)
