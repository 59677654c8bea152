"""Discriminators: coordinates of an item -> one score, high for what looks real, for images, for rows and for codes.

Plain layers with leaky rectifiers and no normalisation, as a penalty on the slope of the score asks for: its second
derivative is then exact and cheap. The given variables c come in twice: into the first layer, and by projection, as in
D = (a + v(c)) . f(x, c) (Miyato & Koyama 2018).

Those of items read z: (B, *shape), known: bool like z, of which they see the mask alone, and given: (B, G).
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..core.spec import Spec
from .conditioning import GivenVector
from .dropout import Dropout
from .mlp import Waves
from .towers import halvings, into_patches

SLOPE = 0.2  # slope of the leaky rectifiers below 0


class Projection(nn.Module):
    """Computes a score (B,) from features f (B, width) under a condition c (B, width): (a + c) . f / sqrt(width) +
    b."""

    def __init__(self, width: int):
        super().__init__()
        self.direction = nn.Parameter(torch.randn(width))
        self.bias = nn.Parameter(torch.zeros(()))

    def forward(self, f: Tensor, c: Tensor) -> Tensor:
        return ((self.direction + c) * f).sum(1) / f.shape[1] ** 0.5 + self.bias


class PictureDiscriminator(nn.Module):
    """A discriminator of images.

    z: (B, C, H, W) coordinates -> (B,). Halves the image down to at most 4 x 4 while the channels double, up to four
    times.

    Args:
        spec: Spec of the images.
        given: of the conditioning variables.
        channels: Channels of the first convolution.
        width: features that the score is made of.
        dropout: share of the last maps that are left out.
        patch: side of what is read as one position.
        codes: numbers in a code (B, codes) of the item, which it then sees too; 0 for none.
    """

    def __init__(
        self, spec: Spec, given: Spec, channels: int, width: int, dropout: float, patch: int = 1, codes: int = 0
    ):
        super().__init__()
        self.patch = patch
        height, side = (-(-size // patch) for size in spec.shape[1:])
        self.given = GivenVector(given, width)
        self.condition = nn.Linear(width, channels)
        self.first = nn.Conv2d((spec.shape[0] + 1) * patch**2, channels, 3, padding=1)
        self.shrink, now = nn.ModuleList(), channels
        for _ in range(halvings(height, side)):
            wider = min(2 * now, 4 * channels)
            self.shrink.append(nn.Conv2d(now, wider, 3, stride=2, padding=1))
            height, side, now = (height + 1) // 2, (side + 1) // 2, wider
        self.dropout = Dropout(dropout)
        self.features = nn.Linear(now * height * side, width)
        if codes:
            self.codes, self.pairs = nn.Linear(codes, width), nn.Linear(2 * width, width)
        self.last = Projection(width)

    def forward(self, z: Tensor, known: Tensor, given: Tensor, codes: Tensor | None = None) -> Tensor:
        c = self.given(given)
        patches = into_patches(torch.cat([z, known[:, :1].to(z.dtype)], 1), self.patch)
        h = self.first(patches) + self.condition(c)[:, :, None, None]
        for shrink in self.shrink:
            h = shrink(F.leaky_relu(h, SLOPE))
        f = self.features(self.dropout(F.leaky_relu(h, SLOPE).flatten(1)))
        if codes is not None:
            f = self.pairs(F.leaky_relu(torch.cat([f, self.codes(codes)], 1), SLOPE))
        return self.last(F.leaky_relu(f, SLOPE), c)


class RowDiscriminator(nn.Module):
    """A discriminator of rows z (B, D) in Gaussian coordinates: scores (B,).

    The first layer reads sin and cos of 2^j z, j = 0 .. waves - 1, beside z. So it sees a narrow mode, or the edge of a
    category, without steep weights.

    Args:
        spec: The columns.
        given: Conditioning variables.
        width: Units of a layer.
        depth: Residual blocks.
        waves: Frequencies of each number.
        dropout: Share of units that training drops.
    """

    def __init__(self, spec: Spec, given: Spec, width: int, depth: int, waves: int, dropout: float):
        super().__init__()
        self.given = GivenVector(given, width)
        self.condition = nn.Linear(width, width)
        self.waves = Waves(waves)
        self.first = nn.Linear((2 + 2 * waves) * len(spec.columns), width)
        self.layers = nn.ModuleList(nn.Linear(width, width) for _ in range(depth))
        self.dropout = Dropout(dropout)
        self.last = Projection(width)

    def forward(self, z: Tensor, known: Tensor, given: Tensor) -> Tensor:
        c = self.given(given)
        h = self.first(torch.cat([z, known.to(z.dtype), self.waves(z)], 1)) + self.condition(c)
        for layer in self.layers:
            h = layer(self.dropout(F.leaky_relu(h, SLOPE)))
        return self.last(F.leaky_relu(h, SLOPE), c)


class CodeDiscriminator(nn.Module):
    """A discriminator of codes z (B, codes) under conditions given (B, G): scores (B,).

    Args:
        codes: Numbers of a code.
        given: Conditioning variables.
        width: Units of a layer.
        depth: Hidden layers.
    """

    def __init__(self, codes: int, given: Spec, width: int, depth: int):
        super().__init__()
        self.given = GivenVector(given, width)
        self.first = nn.Linear(codes, width)
        self.layers = nn.ModuleList(nn.Linear(width, width) for _ in range(depth))
        self.last = Projection(width)

    def forward(self, z: Tensor, given: Tensor) -> Tensor:
        c = self.given(given)
        h = self.first(z) + c
        for layer in self.layers:
            h = layer(F.leaky_relu(h, SLOPE))
        return self.last(F.leaky_relu(h, SLOPE), c)
