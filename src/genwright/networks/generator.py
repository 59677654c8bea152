"""Generators z -> coordinates of an item, for images and for rows. Both see the given variables (B, G) and the known
part: x: (B, *shape) in the units of the Spec, looked at where `known`, bool like x."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..core.spec import Spec
from ..distributions.coordinates import Array
from .conditioning import ColumnFeatures, GivenVector, known_maps
from .mlp import ResidualMLP
from .towers import ConvBlock, halvings, into_patches

FINE = 16  # maps at the size of the image where it is drawn in patches


class PictureGenerator(nn.Module):
    """z: (B, latents) -> (B, C, H, W), in [-1, 1] where the image has levels, else any real numbers.

    Grows from at most 4 x 4. The known part joins at full size, and enters the condition of every layer as one vector.
    patch: side of what is drawn as one position; an image whose sides are no multiples is cut from a larger one.
    """

    def __init__(self, spec: Spec, given: Spec, latents: int, channels: int, condition: int, patch: int = 1):
        super().__init__()
        self.patch = patch
        outputs, height, width = spec.shape[0], *(-(-side // patch) for side in spec.shape[1:])
        shown, times = (spec.shape[0] + 1) * patch**2, halvings(height, width)
        self.shape, self.bounded, self.view = spec.shape, spec.leaf.discrete, Array(spec)
        self.given = GivenVector(given, condition)
        self.known = nn.Linear(shown * height * width, condition)
        self.coarse = (channels, -(-height // 2**times), -(-width // 2**times))
        self.first = nn.Linear(latents + condition, channels * self.coarse[1] * self.coarse[2])
        self.blocks = nn.ModuleList(ConvBlock(channels, condition) for _ in range(times))
        self.last = nn.Conv2d(channels + shown, channels, 3, padding=1)
        self.norm = nn.GroupNorm(8, channels)
        self.out = nn.Conv2d(channels, outputs if patch == 1 else FINE, 3, padding=1)
        self.fine = FinePixels(outputs, patch) if patch > 1 else nn.Identity()

    def forward(self, z: Tensor, x: Tensor, known: Tensor, given: Tensor) -> Tensor:
        shown = into_patches(known_maps(self.view.centre(x), known), self.patch)
        height, width = shown.shape[2:]
        c = self.given(given) + self.known(shown.flatten(1))
        h = self.first(torch.cat([z, c], 1)).unflatten(1, self.coarse)
        for block in self.blocks:
            h = F.interpolate(block(h, c), scale_factor=2, mode="nearest")
        h = self.norm(self.last(torch.cat([h[:, :, :height, :width], shown], 1)))
        out = self.fine(self.out(F.silu(h)))[:, :, : self.shape[1], : self.shape[2]]
        return out.tanh() if self.bounded else out


class FinePixels(nn.Module):
    """(B, FINE, h, w) -> (B, outputs, h patch, w patch): enlarged by interpolation, then two convolutions. Pixels with
    weights of their own for their place in a patch, as of a shuffle, would show a pattern of patches that a
    discriminator is slow to see."""

    def __init__(self, outputs: int, patch: int):
        super().__init__()
        self.patch = patch
        self.convs = nn.ModuleList(nn.Conv2d(FINE, to, 3, padding=1) for to in (FINE, outputs))

    def forward(self, h: Tensor) -> Tensor:
        h = F.interpolate(h, scale_factor=self.patch, mode="bilinear")
        for conv in self.convs:
            h = conv(F.silu(h))
        return h


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
        h = torch.cat([z, z.sign(), self.known.known_features(x, known).flatten(1)], 1)
        return self.net(h, self.given(given))
