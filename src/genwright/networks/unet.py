"""The body of images that stay images: a small U-Net (Ronneberger 2015), for flow matching and diffusion.

Images enter and leave as patches (2 x 2 at 28 pixels: measured 2.2 to 2.4 times the images per second). Every
residual block is scaled and shifted by the conditioning vector (Dhariwal & Nichol 2021, eq. 10); the coarsest level
attends, and both levels look at the tokens of a text on the way up.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import pi

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..core.spec import Spec
from .conditioning import TOKEN, Condition, has_tokens, map_channels
from .dropout import Dropout
from .mlp import init_at_zero
from .towers import Pixels


@dataclass(frozen=True)
class PictureUNet:
    """The body of images that stay images, a U-Net, for velocities alone; see `adapters`. It reads the noisy image
    beside the known pixels and their mask, and beside given images, resized (Saharia 2021).

    Args:
        spec: Spec of the images.
        width: channels of the finer level.
        blocks: residual ones of each level, down and up.
        patch: side of what is read as one place.
        dropout: share of the hidden maps that are left out.
        given: the variables, of which it looks at images and, where there are any, at tokens.
        waves: Waves of `PixelWaves` that it sees of the noisy image, 0 for none.
        outputs: numbers that it predicts for each number of an image.
    """

    spec: Spec
    width: int
    blocks: int
    patch: int
    dropout: float
    given: Spec = Spec(())
    waves: int = 0
    outputs: int = 1

    reads = ("vector", "maps")

    @property
    def condition(self) -> int:
        return 2 * self.width

    def reader(self) -> Pixels:
        return Pixels(self.spec)

    @property
    def inputs(self) -> int:
        """Counts the channels of all inputs."""
        return 2 * self.spec.shape[0] * (1 + self.waves) + 1 + map_channels(self.given)

    def per_element(self) -> nn.Module:
        waves = PixelWaves(self.spec.leaf.levels, self.waves) if self.waves else None
        sizes, tokens = (self.width, self.blocks, self.condition, self.patch), has_tokens(self.given)
        outputs = self.outputs * self.spec.shape[0]
        return UNet(self.inputs, outputs, *sizes, self.dropout, tokens, waves)


class PixelWaves(nn.Module):
    """Computes sines and cosines of pixels, whose periods are 1, 2, 4, ... levels. With little noise they say which
    level a pixel is nearest to, which no smooth function of it does (Kingma 2021, appendix C). `count` of each: (B, C,
    H, W) in [-1, 1], and noise -> (B, 2 count C, H, W)."""

    def __init__(self, levels: int, count: int):
        super().__init__()
        self.register_buffer("rates", pi * levels / 2.0 ** torch.arange(count), False)

    def forward(self, z: Tensor) -> Tensor:
        phase = (z[:, None] * self.rates.view(-1, 1, 1, 1)).flatten(1, 2)
        return torch.cat([phase.sin(), phase.cos()], 1)


class ResidualBlock(nn.Module):
    """A residual block of convolutions, whose norm the condition scales and shifts.

    h + conv(dropout(silu(scale(c) norm(conv(silu(norm(h)))) + shift(c)))); the last convolution starts at zero.

    h: (B, inputs, H, W), c: (B, condition) -> (B, outputs, H, W).

    Args:
        inputs, outputs: multiples of 8, the groups of the norm.
        condition: Numbers of the condition.
        dropout: Share of units that training drops.
    """

    def __init__(self, inputs: int, outputs: int, condition: int, dropout: float):
        super().__init__()
        self.norm1, self.norm2 = nn.GroupNorm(8, inputs), nn.GroupNorm(8, outputs)
        self.conv1 = nn.Conv2d(inputs, outputs, 3, padding=1)
        self.conv2 = init_at_zero(nn.Conv2d(outputs, outputs, 3, padding=1))
        self.modulate = nn.Linear(condition, 2 * outputs)
        self.skip = nn.Conv2d(inputs, outputs, 1) if inputs != outputs else nn.Identity()
        self.dropout = Dropout(dropout)

    def forward(self, h: Tensor, c: Tensor) -> Tensor:
        scale, shift = self.modulate(c)[:, :, None, None].chunk(2, 1)
        inner = self.conv1(F.silu(self.norm1(h)))
        inner = F.silu(self.norm2(inner) * (1 + scale) + shift)
        return self.skip(h) + self.conv2(self.dropout(inner))


class PositionAttention(nn.Module):
    """Self-attention over positions, added to its input: (B, width, H, W) -> the same shape.

    Args:
        width: Features of a layer.
        heads: Attention heads.
    """

    def __init__(self, width: int, heads: int = 4):
        super().__init__()
        self.heads = heads
        self.norm = nn.GroupNorm(8, width)
        self.qkv = nn.Conv2d(width, 3 * width, 1)
        self.out = init_at_zero(nn.Conv2d(width, width, 1))

    def forward(self, h: Tensor) -> Tensor:
        b, w, height, width = h.shape
        q, k, v = (
            self.qkv(self.norm(h))
            .reshape(b, 3, self.heads, w // self.heads, height * width)
            .transpose(-1, -2)
            .unbind(1)
        )
        mixed = F.scaled_dot_product_attention(q, k, v)  # (B, heads, HW, w / heads)
        return h + self.out(mixed.transpose(-1, -2).reshape(b, w, height, width))


class CrossAttention(nn.Module):
    """Cross-attention from the positions of an image to the tokens of the condition (Rombach 2022, section 3.3), added
    to the input. h: (B, width, H, W); tokens: (B, T, token); mask: (B, T) bool, True at tokens -> shape of h.

    Args:
        width: Features of a layer.
        heads: Attention heads.
    """

    def __init__(self, width: int, token: int, heads: int = 4):
        super().__init__()
        self.heads = heads
        self.norm, self.read = nn.GroupNorm(8, width), nn.LayerNorm(token)
        self.query, self.key_value = nn.Conv2d(width, width, 1), nn.Linear(token, 2 * width)
        self.out = init_at_zero(nn.Conv2d(width, width, 1))

    def forward(self, h: Tensor, tokens: Tensor, mask: Tensor) -> Tensor:
        q = self.query(self.norm(h)).flatten(2).unflatten(1, (self.heads, -1)).mT  # (B, heads, HW, width / heads)
        k, v = self.key_value(self.read(tokens)).unflatten(2, (2, self.heads, -1)).permute(2, 0, 3, 1, 4)
        mixed = F.scaled_dot_product_attention(q, k, v, mask[:, None, None, :])
        return h + self.out(mixed.mT.reshape(h.shape))


class WayDown(nn.Module):
    """The downward half of a U-Net: maps (B, inputs, H, W) -> the maps of each block of the finer level, and those of
    the coarser one. `looks`, where it has any: the first of them reads tokens.

    Args:
        inputs: channels of all maps.
        width: channels of the finer level.
        blocks: residual ones of each level.
        condition: numbers in c.vector.
        patch: side of what is read as one place.
        dropout: share of the hidden maps that are left out.
    """

    looks: nn.ModuleList | None

    def __init__(self, inputs: int, width: int, blocks: int, condition: int, patch: int, dropout: float):
        super().__init__()
        self.patch = patch
        fine, coarse = width, 2 * width
        block = lambda i, o: ResidualBlock(i, o, condition, dropout)
        self.first = nn.Conv2d(inputs * patch**2, fine, 3, padding=1)
        self.down = nn.ModuleList(block(fine, fine) for _ in range(blocks))
        self.shrink = nn.Conv2d(fine, coarse, 3, stride=2, padding=1)
        self.middle = nn.ModuleList(block(coarse, coarse) for _ in range(blocks))
        self.attention = PositionAttention(coarse)

    def as_places(self, x: Tensor) -> Tensor:
        """Pads maps (B, C, H, W) on the far sides and cuts them into patches: (B, C patch^2, h, w)."""
        height, width = x.shape[2:]
        x = F.pad(x, (0, -width % (2 * self.patch), 0, -height % (2 * self.patch)))
        return F.pixel_unshuffle(x, self.patch)

    def descend(self, h: Tensor, c: Condition) -> tuple[list[Tensor], Tensor]:
        """Computes the maps of every level on the way down.

        Args:
            h: the output of `first`.
        """
        skips = []
        for block in self.down:
            h = block(h, c.vector)
            skips.append(h)
        h = self.shrink(h)
        for block in self.middle:
            h = block(h, c.vector)
        return skips, self.look(0, self.attention(h), c)

    def look(self, level: int, h: Tensor, c: Condition) -> Tensor:
        return h if self.looks is None else self.looks[level](h, c.tokens, c.mask)


class UNet(WayDown):
    """A U-Net under a condition: maps (B, .., H, W), `inputs` channels in all, waves of the first included -> (B,
    outputs, H, W), zeros at first.

    One finer and one coarser level of `width` and 2 * `width` channels. An image is padded on the far side where 2 *
    patch does not divide it.

    Args:
        inputs: channels of all maps.
        outputs: channels that come out.
        width: channels of the finer level.
        blocks: residual ones of each level, down and up.
        condition: numbers in c.vector.
        patch: side of what is read as one place.
        dropout: share of the hidden maps that are left out.
        tokens: whether it looks at c.tokens.
        waves: Waves of the first map, which it sees too.
    """

    def __init__(
        self, inputs: int, outputs: int, width: int, blocks: int, condition: int, patch: int = 1, dropout: float = 0.0,
        tokens: bool = False, waves: PixelWaves | None = None,
    ):  # fmt: skip
        super().__init__(inputs, width, blocks, condition, patch, dropout)
        self.waves = waves
        fine, coarse = width, 2 * width
        block = lambda i, o: ResidualBlock(i, o, condition, dropout)
        self.late = nn.ModuleList(block(coarse, coarse) for _ in range(blocks))
        self.grow = nn.Conv2d(coarse, fine, 3, padding=1)
        self.up = nn.ModuleList(block(2 * fine, fine) for _ in range(blocks))
        self.norm = nn.GroupNorm(8, fine)
        self.last = init_at_zero(nn.Conv2d(fine, outputs * patch**2, 3, padding=1))
        self.looks = nn.ModuleList(CrossAttention(size, TOKEN) for size in (coarse, fine)) if tokens else None

    def forward(self, maps: Sequence[Tensor], c: Condition, side: Callable | None = None) -> Tensor:
        """Computes the U-Net's outputs, in the size of its input maps.

        Args:
            maps: (B, channels, H, W).
            c: Condition.
            side: Function of `places_of` whose maps are added on both levels (see `control`). None for none.
        """
        places = self.places_of(maps, c)
        skips, h = self.descend(self.first(places), c)
        if side is not None:
            fine, coarse = side(places)
            skips, h = [a + b for a, b in zip(skips, fine)], h + coarse
        return self.ascend(skips, h, c, maps[0].shape[2:])

    def places_of(self, maps: Sequence[Tensor], c: Condition) -> Tensor:
        """Joins all inputs and cuts them into patches."""
        if c.maps is not None:
            size = maps[0].shape[2:]
            maps = [*maps, F.interpolate(c.maps, size, mode="bicubic", align_corners=False)]
        if self.waves is not None:
            maps = [*maps, self.waves(maps[0])]
        return self.as_places(torch.cat(list(maps), 1))

    def ascend(self, skips: Sequence[Tensor], h: Tensor, c: Condition, size: Sequence[int]) -> Tensor:
        """Computes the outputs (B, outputs, *size) from the result of `descend`.

        Args:
            skips: maps of the blocks of each level.
            h: maps of the coarsest level.
            c: the condition.
            size: height and width of the outputs.
        """
        for block in self.late:
            h = block(h, c.vector)
        h = self.look(1, self.grow(F.interpolate(h, scale_factor=2, mode="nearest")), c)
        for block, skip in zip(self.up, reversed(skips)):
            h = block(torch.cat([h, skip], 1), c.vector)
        return F.pixel_shuffle(self.last(F.silu(self.norm(h))), self.patch)[:, :, : size[0], : size[1]]
