"""The bodies of clips that stay clips, for flow matching: a U-Net over stacked frames, and a spacetime transformer.

The U-Net sees the frames of a clip as channels of one image, so that its first convolution sees all moments at once.
A place then has more numbers of noise than the maps have channels. A velocity holds all of them, so a share of the
noisy frames, by the time, passes by the maps.

The transformer cuts a clip into patches of 2 frames of 4 x 4 pixels (Brooks 2024, Sora). Its layers attend in turn to
all patches of one moment, and to all moments of one place (Ma 2024, Latte, variant 1), each a layer of
`diffusion_transformer`. A clip is padded at its far ends to whole patches.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ...core.spec import Spec
from ...networks.conditioning import Condition, has_tokens, map_channels
from ...networks.diffusion_transformer import ConditionedLayer, places
from ...networks.mlp import init_at_zero
from ...networks.towers import Pixels, into_patches
from ...networks.unet import PictureUNet, UNet

MOMENTS, SIDE = 2, 4  # frames and pixels of a patch


class ClipPixels(Pixels):
    """Converts clips (B, T, C, H, W) to networks' inputs: each frame as an image, the known ones as (B, T, C + 1, H,
    W)."""

    def known_features(self, x: Tensor, known: Tensor | None) -> Tensor:
        frames = None if known is None else known.flatten(0, 1)
        return super().known_features(x.flatten(0, 1), frames).unflatten(0, x.shape[:2])


@dataclass(frozen=True)
class ClipUNet(PictureUNet):
    """The body `PictureUNet` for clips, whose frames are stacked as channels; it reads given variables that are maps,
    such as edges."""

    def reader(self) -> ClipPixels:
        return ClipPixels(self.spec)

    @property
    def inputs(self) -> int:
        """Counts the channels of all inputs."""
        frames, channels = self.spec.shape[:2]
        return frames * (2 * channels + 1) + map_channels(self.given)

    def per_element(self) -> nn.Module:
        frames, channels = self.spec.shape[:2]
        sizes = self.width, self.blocks, self.condition, self.patch, self.dropout
        net = UNet(self.inputs, frames * channels, *sizes, has_tokens(self.given))
        return StackedFrames(net, frames, self.condition)


class StackedFrames(nn.Module):
    """Maps clips (B, T, .., H, W) to (B, T, C, H, W) by an image network that reads frames as channels. A learned share
    of each frame of the first input clips is added, 0 at first.

    Args:
        condition: numbers in c.vector. side: as of `UNet.forward`.
    """

    def __init__(self, net: nn.Module, frames: int, condition: int):
        super().__init__()
        self.net, self.frames = net, frames
        self.share = init_at_zero(nn.Linear(condition, frames))

    def forward(self, clips: Sequence[Tensor], c: Condition, side: Callable | None = None) -> Tensor:
        maps = self.net([clip.flatten(1, 2) for clip in clips], c, side).unflatten(1, (self.frames, -1))
        return maps + self.share(c.vector)[:, :, None, None, None] * clips[0]


@dataclass(frozen=True)
class ClipTransformer:
    """The body of clips as a spacetime transformer, for velocities alone; see `adapters`.

    Args:
        spec: Spec of the clips.
        width: numbers of a patch, a multiple of 4 and of heads.
        layers: half of them attend in space, half in time, in turn.
        heads: Heads of attention.
        dropout: share of the hidden numbers that are left out.
        given: the variables, at whose tokens it looks where there are any.
    """

    spec: Spec
    width: int
    layers: int
    heads: int
    dropout: float
    given: Spec = Spec(())

    reads = ("vector",)

    @property
    def condition(self) -> int:
        return self.width

    def reader(self) -> ClipPixels:
        return ClipPixels(self.spec)

    def per_element(self) -> nn.Module:
        sizes = self.width, self.layers, self.heads, self.dropout
        return SpacetimeTransformer(self.spec.shape, *sizes, has_tokens(self.given))


class SpacetimeTransformer(nn.Module):
    """A transformer over the patches of all frames: clips (B, T, .., H, W), 2 C + 1 channels in all -> (B, T, C, H, W),
    zeros at first. c.vector has `width` numbers.

    Args:
        shape: (T, C, H, W).
        width, layers, heads, dropout: as of `ClipTransformer`.
        tokens: whether it looks at c.tokens.
    """

    def __init__(self, shape: Sequence[int], width: int, layers: int, heads: int, dropout: float, tokens: bool):
        super().__init__()
        self.frames, channels, *self.size = shape
        moments, rows, columns = -(-self.frames // MOMENTS), *(-(-side // SIDE) for side in self.size)
        self.grid = rows, columns
        volume = MOMENTS * SIDE**2
        self.first = nn.Linear((2 * channels + 1) * volume, width)
        self.register_buffer("where", places(rows, columns, width), False)
        self.register_buffer("when", places(moments, 1, width)[:, None], False)
        self.layers = nn.ModuleList(
            ConditionedLayer(width, heads, dropout, tokens and k % 2 == 0) for k in range(layers)
        )
        self.norm = nn.LayerNorm(width, elementwise_affine=False)
        self.modulate = init_at_zero(nn.Linear(width, 2 * width))
        self.last = init_at_zero(nn.Linear(width, channels * volume))

    def forward(self, clips: Sequence[Tensor], c: Condition) -> Tensor:
        z = torch.cat(list(clips), 2)
        z = F.pad(z, (0, 0, 0, 0, 0, 0, 0, -self.frames % MOMENTS)).unflatten(1, (-1, MOMENTS))
        b, moments = z.shape[:2]
        h = into_patches(z.flatten(2, 3).flatten(0, 1), SIDE).flatten(2).mT.unflatten(0, (b, moments))
        h = self.first(h) + self.where + self.when  # (B, moments, places, width)
        for k, layer in enumerate(self.layers):
            h = self._in_time(layer, h, c) if k % 2 else self._in_space(layer, h, c)
        scale, shift = self.modulate(c.vector)[:, None, None].chunk(2, 3)
        patches = self.last(self.norm(h) * (1 + scale) + shift).flatten(0, 1).mT.unflatten(2, self.grid)
        frames = F.pixel_shuffle(patches, SIDE)[:, :, : self.size[0], : self.size[1]]
        return frames.unflatten(1, (MOMENTS, -1)).unflatten(0, (b, moments)).flatten(1, 2)[:, : self.frames]

    @staticmethod
    def _in_space(layer: ConditionedLayer, h: Tensor, c: Condition) -> Tensor:
        for_each_frame = lambda part: None if part is None else part.repeat_interleave(h.shape[1], 0)
        return layer(
            h.flatten(0, 1), for_each_frame(c.vector), for_each_frame(c.tokens), for_each_frame(c.mask)
        ).unflatten(0, h.shape[:2])

    @staticmethod
    def _in_time(layer: ConditionedLayer, h: Tensor, c: Condition) -> Tensor:
        by_place = h.transpose(1, 2)
        out = layer(by_place.flatten(0, 1), c.vector.repeat_interleave(h.shape[2], 0), None, None)
        return out.unflatten(0, by_place.shape[:2]).transpose(1, 2)
