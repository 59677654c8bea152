"""The body of images that become one vector and come from one: convolutions that halve an image down to at most
4 x 4, and others that double it back."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import log2

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..core.spec import Spec
from ..distributions.coordinates import Array
from .conditioning import Condition, known_maps
from .dropout import Dropout
from .mlp import init_at_zero


@dataclass(frozen=True)
class TowerBody:
    """The body of images that become one vector, or come from one, by convolutions; see `adapters`. For velocities,
    `unet` has another.

    Args:
        spec: Spec of the items.
        channels: Channels of the feature maps.
        dropout: Share of units that training drops.
        patch: side of what is read as one position.
    """

    spec: Spec
    channels: int
    dropout: float
    patch: int = 1

    reads = ("vector",)

    @property
    def condition(self) -> int:
        return self.channels

    def reader(self) -> "Pixels":
        return Pixels(self.spec)

    def pooled(self, outputs: int, whole: bool, known: bool, condition: int) -> nn.Module:
        inputs, height, width = self.spec.shape
        channels, tower = whole * inputs + known * (inputs + 1), ConvTower if whole else KnownTower
        return tower(channels, outputs, height, width, self.channels, condition, self.dropout, self.patch)

    def from_latent(self, latents: int, size: int) -> nn.Module:
        return GrowingTower(self.spec, latents, size, self.channels, self.dropout, self.patch)


class Pixels(nn.Module):
    """Converts images (B, C, H, W) to coordinates in [-1, 1], and the known ones beside their mask, (B, C + 1, H,
    W)."""

    def __init__(self, spec: Spec):
        super().__init__()
        self.view = Array(spec)

    def forward(self, x: Tensor) -> Tensor:
        return self.view.centre(x)

    def known_features(self, x: Tensor, known: Tensor | None) -> Tensor:
        return known_maps(self.view.centre(x), known)


class ConvBlock(nn.Module):
    """A residual block of convolutions under a condition.

    h + conv(silu(norm(conv(silu(norm(h))) + V c))), h: (B, width, H, W), width a multiple of 8.

    Args:
        width: Features of a layer.
        condition: numbers in c: (B, condition), which is None where there are none.
    """

    def __init__(self, width: int, condition: int):
        super().__init__()
        self.norm1, self.norm2 = nn.GroupNorm(8, width), nn.GroupNorm(8, width)
        self.conv1 = nn.Conv2d(width, width, 3, padding=1)
        self.conv2 = init_at_zero(nn.Conv2d(width, width, 3, padding=1))
        self.condition = nn.Linear(condition, width) if condition else None

    def forward(self, h: Tensor, c: Tensor | None) -> Tensor:
        inner = self.conv1(F.silu(self.norm1(h)))
        if self.condition is not None:
            inner = inner + self.condition(c)[:, :, None, None]
        return h + self.conv2(F.silu(self.norm2(inner)))


def halvings(height: int, width: int) -> int:
    """Counts how often an image is halved until its longer side is at most 4."""
    return max(0, -int(-log2(max(height, width) / 4) // 1))


def into_patches(maps: Tensor, patch: int) -> Tensor:
    """Cuts maps into patches: (B, C, H, W) -> (B, C patch^2, H / patch, W / patch), padded with zeros on the far
    side."""
    height, width = maps.shape[2:]
    return F.pixel_unshuffle(F.pad(maps, (0, -width % patch, 0, -height % patch)), patch)


class ConvTower(nn.Module):
    """Reduces maps (B, .., H, W), `inputs` channels in all, to a vector (B, outputs), halving them down to at most 4 x
    4.

    Args:
        inputs: channels of all maps.
        outputs: numbers that come out.
        height: H of the image.
        width: W of the image.
        channels: Channels of the convolutions.
        condition: numbers in c.vector.
        dropout: share of the last maps that are left out.
        patch: side of what is read as one position, to a multiple of which the image is padded on the far side.
    """

    def __init__(
        self, inputs: int, outputs: int, height: int, width: int, channels: int, condition: int, dropout: float = 0.0,
        patch: int = 1,
    ):  # fmt: skip
        super().__init__()
        self.patch = patch
        height, width = -(-height // patch), -(-width // patch)
        times = halvings(height, width)
        self.first = nn.Conv2d(inputs * patch**2, channels, 3, padding=1)
        self.shrink = nn.ModuleList(nn.Conv2d(channels, channels, 3, stride=2, padding=1) for _ in range(times))
        self.blocks = nn.ModuleList(ConvBlock(channels, condition) for _ in range(times + 1))
        for _ in range(times):
            height, width = (height + 1) // 2, (width + 1) // 2
        self.dropout = Dropout(dropout)
        self.last = nn.Linear(channels * height * width, outputs)

    def forward(self, maps: Sequence[Tensor], c: Condition) -> Tensor:
        x, c = torch.cat(list(maps), 1), c.vector
        h = self.blocks[0](self.first(into_patches(x, self.patch)), c)
        for shrink, block in zip(self.shrink, self.blocks[1:]):
            h = block(shrink(h), c)
        return self.last(self.dropout(F.silu(h).flatten(1)))


class KnownTower(ConvTower):
    """A `ConvTower` over the known part of images, (B, C + 1, H, W), mask last; 0 where nothing is known."""

    def forward(self, maps: Sequence[Tensor], c: Condition) -> Tensor:
        (maps,), tower = maps, super().forward
        return compute_known(maps[:, -1] > 0, self.last.out_features, lambda items: tower([maps[items]], c[items]))


def compute_known(known: Tensor, size: int, compute: Callable[[Tensor | slice], Tensor]) -> Tensor:
    """Computes features for the items of which something is known: (B, size), 0 for the others.

    Most items in training have nothing known, and cost nothing here.

    Args:
        known: (B, ...) bool.
        size: Numbers of each item.
        compute: compute(items) -> (b, size).
    """
    items = known.flatten(1).any(1).nonzero()[:, 0]
    if len(items) == len(known):
        return compute(slice(None))
    if not len(items):
        return torch.zeros(len(known), size, device=known.device)
    computed = compute(items)
    return computed.new_zeros(len(known), size).index_copy(0, items, computed)


class GrowingTower(nn.Module):
    """Decodes z (B, latents) to the parameters (B, C, H, W, size) of a head, doubling the sides. A tower of its own
    reads the known part and joins it to the condition.

    Args:
        spec: The images.
        latents: Numbers in z.
        size: Parameters of the head for each number.
        channels: Channels of the coarsest layer, and numbers of the condition.
        dropout: Share of units that training drops.
        patch: Side, in pixels, of a position.
    """

    def __init__(self, spec: Spec, latents: int, size: int, channels: int, dropout: float, patch: int):
        super().__init__()
        inputs, height, width = spec.shape
        self.shape, self.size, self.patch = spec.shape, size, patch
        self.known = KnownTower(inputs + 1, channels, height, width, channels, channels, dropout, patch)
        height, width = -(-height // patch), -(-width // patch)
        times = halvings(height, width)
        self.coarse = (channels, -(-height // 2**times), -(-width // 2**times))
        self.first = nn.Linear(latents + channels, channels * self.coarse[1] * self.coarse[2])
        self.blocks = nn.ModuleList(ConvBlock(channels, channels) for _ in range(times + 1))
        self.grow = nn.ModuleList(nn.Conv2d(channels, channels, 3, padding=1) for _ in range(times))
        self.dropout = Dropout(dropout)
        self.norm = nn.GroupNorm(8, channels)
        self.last = nn.Conv2d(channels, inputs * size * patch**2, 3, padding=1)

    def forward(self, z: Tensor, maps: Tensor, c: Condition) -> Tensor:
        v = c.vector + self.known([maps], c)
        h = self.first(torch.cat([z, v], 1)).unflatten(1, self.coarse)
        h = self.blocks[0](self.dropout(h), v)
        for grow, block in zip(self.grow, self.blocks[1:]):
            h = block(grow(F.interpolate(h, scale_factor=2, mode="nearest")), v)
        channels, height, width = self.shape
        params = F.pixel_shuffle(self.last(F.silu(self.norm(h))), self.patch)[:, :, :height, :width]
        return params.unflatten(1, (channels, self.size)).movedim(2, -1)
