"""Two towers that end in one space: an image and a text each become a vector of length 1."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..core.spec import Category, Spec
from ..distributions.coordinates import Array
from .towers import ConvBlock

WIDEST = 8  # places in a row of the grid that attention sees
HEADS = 4
TOKEN, LAYERS, KERNEL_TOKENS = 64, 2, 5  # numbers of a token, transformer layers, tokens that the convolution sees


class ImageTower(nn.Module):
    """Embeds images for CLIP.

    (B, C, H, W) -> (B, width): convolutions that halve an image down to a grid of at most 8 x 8 places, one layer of
    attention between the places, and their means: one over all places, and two that weigh them by row and by column.

    The weighed means say on which side of an image a feature lies. The plain mean alone says only that it is there.

    Args:
        spec: Spec of the images.
        width: numbers that come out.
        channels: Channels of a place, a multiple of 16; the first convolution, at half the side, has half of them.
        depth: residual blocks.
    """

    def __init__(self, spec: Spec, width: int, channels: int, depth: int):
        super().__init__()
        inputs, high, wide = spec.shape
        self.view, self.pad = Array(spec), (0, wide % 2, 0, high % 2)
        layers, features = [nn.Conv2d(4 * inputs, channels // 2, 3, padding=1)], channels // 2
        places = -(-high // 2), -(-wide // 2)
        while max(places) > WIDEST:
            layers += [nn.GroupNorm(8, features), nn.SiLU(), nn.Conv2d(features, channels, 4, 2, padding=1)]
            features, places = channels, tuple(side // 2 for side in places)
        if features < channels:
            layers += [nn.GroupNorm(8, features), nn.SiLU(), nn.Conv2d(features, channels, 3, padding=1)]
        self.shrink = nn.Sequential(*layers)
        self.blocks = nn.ModuleList(ConvBlock(channels, 0) for _ in range(depth))
        sides = ramps(*places)
        self.places = nn.Parameter(sides @ torch.randn(2, channels))
        means = torch.cat([torch.ones(len(sides), 1), sides], 1).T / len(sides)
        self.register_buffer("means", means, persistent=False)  # (3, places)
        self.attention = nn.TransformerEncoderLayer(
            channels, HEADS, 2 * channels, 0.0, "gelu", batch_first=True, norm_first=True
        )
        self.norm, self.out = nn.LayerNorm(channels), nn.Linear(3 * channels, width)

    def forward(self, x: Tensor) -> Tensor:
        h = self.shrink(F.pixel_unshuffle(F.pad(self.view.centre(x), self.pad), 2))
        for block in self.blocks:
            h = block(h, None)
        h = h.flatten(2).transpose(1, 2) + self.places
        return unit(self.out((self.means @ self.norm(self.attention(h))).flatten(1)))


class TextTower(nn.Module):
    """Embeds texts for CLIP.

    (B, T) codes of texts -> (B, width): a convolution over tokens, two transformer layers, and their mean.

    The convolution binds a word to its neighbours from the first step on, so that the image tower can learn from "red
    star" what "red" and "star" apart do not say.

    Args:
        leaf: Leaf of the spec.
        width: Features of a layer.
    """

    def __init__(self, leaf: Category, width: int):
        super().__init__()
        self.pad = leaf.pad
        self.symbols = nn.Embedding(leaf.k, TOKEN)
        self.positions = nn.Parameter(torch.randn(leaf.shape[0], TOKEN))
        self.near = nn.Conv1d(TOKEN, TOKEN, KERNEL_TOKENS, padding=KERNEL_TOKENS // 2)
        self.layers = nn.ModuleList(
            nn.TransformerEncoderLayer(TOKEN, HEADS, 4 * TOKEN, 0.0, "gelu", batch_first=True, norm_first=True)
            for _ in range(LAYERS)
        )
        self.norm, self.out = nn.LayerNorm(TOKEN), nn.Linear(TOKEN, width)

    def forward(self, x: Tensor) -> Tensor:
        mask = x != self.pad
        longest = max(1, int(mask.any(0).sum()))  # also where there is no text
        x, mask = x[:, :longest], mask[:, :longest]
        words = self.symbols(x.long()) * mask[..., None]
        h = F.gelu(self.near(words.transpose(1, 2))).transpose(1, 2) + words + self.positions[:longest]
        for layer in self.layers:
            h = layer(h, src_key_padding_mask=~mask)
        h = self.norm(h) * mask[..., None]
        return unit(self.out(h.sum(1) / mask.sum(1, keepdim=True)))


def ramps(high: int, wide: int) -> Tensor:
    """Returns row and column of each position in [-1, 1], (high * wide, 2), so that "left" is a direction from the
    first step."""
    rows, columns = torch.meshgrid(torch.linspace(-1, 1, high), torch.linspace(-1, 1, wide), indexing="ij")
    return torch.stack([rows, columns], 2).flatten(0, 1)


def unit(x: Tensor) -> Tensor:
    """Scales vectors to length 1, in float32."""
    return F.normalize(x.float(), dim=1)
