"""Images, clips and sound to a small grid of vectors and back, by strided convolutions and residual blocks.

A clip is coded frame by frame, so that codes say nothing of motion: that is left to their prior.

Sound (van den Oord 2017): convolutions in time, one block of samples to a vector and back. Between steps stand residual
blocks whose kernels reach 1 and 3 places (dilated convolutions).
"""

from math import prod

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..core.spec import Spec
from ..distributions.coordinates import Array
from .towers import ConvBlock


def grid(spec: Spec, halvings: int) -> tuple[int, int]:
    """Returns height and width of the codes of an image, or of all frames of a clip, one below the other.

    Args:
        spec: Spec of the items.
    """
    *frames, _, height, width = spec.shape
    height, width = (-(-side // 2**halvings) for side in (height, width))
    return prod(frames) * height, width


class GridEncoder(nn.Module):
    """Encodes images as a grid of codes.

    x: (B, C, H, W) -> (B, width, h, w), each side halved `halvings` times; the far side is padded with zeros.

    Args:
        spec: Spec of the images.
        channels: Channels of the convolutions.
        depth: residual blocks.
        width: numbers of a place that come out.
        halvings: Halvings of each side.
        patch: side of what is read as one position, 1 or 2; with 2 the convolutions halve once less.
    """

    def __init__(self, spec: Spec, channels: int, depth: int, width: int, halvings: int, patch: int = 1):
        super().__init__()
        inputs, height, wide = spec.shape
        step, self.patch = 2**halvings, patch
        self.view, self.pad = Array(spec), (0, -wide % step, 0, -height % step)
        self.first = nn.Conv2d(inputs * patch**2, channels, 3, padding=1)
        times = halvings - (patch > 1)
        self.shrink = nn.ModuleList(nn.Conv2d(channels, channels, 4, 2, padding=1) for _ in range(times))
        self.blocks = nn.ModuleList(ConvBlock(channels, 0) for _ in range(depth))
        self.last = nn.Conv2d(channels, width, 1)

    def forward(self, x: Tensor) -> Tensor:
        h = self.first(F.pixel_unshuffle(F.pad(self.view.centre(x), self.pad), self.patch))
        for shrink in self.shrink:
            h = shrink(F.silu(h))
        for block in self.blocks:
            h = block(h, None)
        return self.last(F.silu(h))


class GridDecoder(nn.Module):
    """Decodes codes (B, width, h, w) to the parameters (B, C, H, W, size) of a head.

    Args:
        spec: The images.
        channels: Channels of the convolutions.
        depth: Residual blocks.
        width: Numbers of a place.
        halvings: Times that the grid doubles.
        size: Parameters of the head for each number.
        patch: As for `GridEncoder`.
    """

    def __init__(
        self, spec: Spec, channels: int, depth: int, width: int, halvings: int, size: int, patch: int = 1
    ):  # fmt: skip
        super().__init__()
        self.shape, self.size, self.patch = spec.shape, size, patch
        times = halvings - (patch > 1)
        self.first = nn.Conv2d(width, channels, 3, padding=1)
        self.blocks = nn.ModuleList(ConvBlock(channels, 0) for _ in range(depth))
        self.grow = nn.ModuleList(nn.Conv2d(channels, channels, 3, padding=1) for _ in range(times))
        self.last = nn.Conv2d(channels, spec.shape[0] * size * patch**2, 3, padding=1)

    def forward(self, z: Tensor) -> Tensor:
        h = self.first(z)
        for block in self.blocks:
            h = block(h, None)
        for grow in self.grow:
            h = grow(F.interpolate(F.silu(h), scale_factor=2, mode="nearest"))
        channels, height, width = self.shape
        params = F.pixel_shuffle(self.last(F.silu(h)), self.patch)[:, :, :height, :width]
        return params.unflatten(1, (channels, self.size)).movedim(2, -1)


class FramesEncoder(nn.Module):
    """Encodes clips (B, T, C, H, W) frame by frame: (B, width, T h, w), the codes of each frame below those of the
    frame before.

    Args:
        encoder: Encoder of one frame, (B, C, H, W) -> (B, width, h, w).
    """

    def __init__(self, encoder: nn.Module):
        super().__init__()
        self.encoder = encoder

    def forward(self, x: Tensor) -> Tensor:
        return self.encoder(x.flatten(0, 1)).unflatten(0, x.shape[:2]).transpose(1, 2).flatten(2, 3)


class FramesDecoder(nn.Module):
    """Decodes the codes of `FramesEncoder`, (B, width, T h, w), to the parameters (B, T, C, H, W, size) of a head.

    Args:
        decoder: Decoder of one frame, (B, width, h, w) -> (B, C, H, W, size).
        frames: T.
    """

    def __init__(self, decoder: nn.Module, frames: int):
        super().__init__()
        self.decoder, self.frames = decoder, frames

    def forward(self, z: Tensor) -> Tensor:
        codes = z.unflatten(2, (self.frames, -1)).transpose(1, 2)
        return self.decoder(codes.flatten(0, 1)).unflatten(0, codes.shape[:2])


class GridLevels(nn.Module):
    """The networks of a hierarchy of codes, see `two_stage.quantized`. The finest grid has each side halved `halvings`
    times, each coarser one once more.

    Args:
        spec: Spec of the images.
        channels: Channels of the convolutions.
        depth: residual blocks of the finest encoder and of the decoder.
        widths: D of each level's vectors, coarsest first.
        halvings: Halvings of each side, on the finest grid.
        size: numbers that the head wants for each number of an image.
        patch: side of what is read as one position, 1 or 2.
    """

    def __init__(
        self, spec: Spec, channels: int, depth: int, widths: list[int], halvings: int, size: int, patch: int = 1
    ):  # fmt: skip
        super().__init__()
        self.grids = [grid(spec, halvings + above) for above in reversed(range(len(widths)))]
        self.finest = GridEncoder(spec, channels, depth, channels, halvings, patch)
        self.shrink = nn.ModuleList(nn.Conv2d(channels, channels, 3, 2, padding=1) for _ in widths[1:])
        self.deepen = nn.ModuleList(ConvBlock(channels, 0) for _ in widths[1:])
        sizes = [channels] + [2 * channels] * (len(widths) - 1)
        self.projections = nn.ModuleList(nn.Conv2d(inputs, width, 1) for inputs, width in zip(sizes, widths))
        inputs = [width + (channels if level else 0) for level, width in enumerate(widths)]
        self.grow = nn.ModuleList(nn.Conv2d(count, channels, 3, padding=1) for count in inputs[:-1])
        self.refine = nn.ModuleList(ConvBlock(channels, 0) for _ in widths[1:])
        self.decode = GridDecoder(spec, channels, depth, inputs[-1], halvings, size, patch)

    def features(self, x: Tensor) -> list[Tensor]:
        """Computes features (B, channels, h, w) of x at each level, coarsest first."""
        levels = [self.finest(x)]
        for shrink, block in zip(self.shrink, self.deepen):
            levels.insert(0, block(shrink(F.silu(levels[0])), None))
        return levels

    def project(self, level: int, features: Tensor, state: Tensor | None) -> Tensor:
        """Projects the features of a level, and the state of the coarser levels, to the vectors that are quantised.

        Args:
            level: number of the level, coarsest first.
            features: (B, channels, h, w) of the level.
            state: State of the coarser levels.
        """
        h = features if state is None else torch.cat([features, state], 1)
        return self.projections[level](F.silu(h))

    def join(self, level: int, state: Tensor | None, q: Tensor) -> Tensor:
        joined = q if state is None else torch.cat([state, q.to(state.dtype)], 1)
        if level == len(self.grids) - 1:
            return joined
        h = F.interpolate(self.grow[level](joined), size=self.grids[level + 1], mode="nearest")
        return self.refine[level](h, None)


REACHES = 1, 3  # dilations of the residual blocks


class ResidualInTime(nn.Module):
    """A residual block over positions in time: h + W2 gelu(W1 gelu(h)), W1 over three positions. h: (B, width, P).

    Args:
        width: Features of a layer.
    """

    def __init__(self, width: int, dilation: int):
        super().__init__()
        near = nn.Conv1d(width, width, 3, padding=dilation, dilation=dilation)
        self.inner = nn.Sequential(nn.GELU(), near, nn.GELU(), nn.Conv1d(width, width, 1))

    def forward(self, h: Tensor) -> Tensor:
        return h + self.inner(h)


def residuals(width: int) -> list[nn.Module]:
    return [ResidualInTime(width, dilation) for dilation in REACHES]


class SoundEncoder(nn.Module):
    """Encodes sound: levels (B, P S) int64, END and PAD among them, -> (B, P, D), S the product of strides (each even).

    Args:
        width: Features of a layer.
        outputs: Output features.
    """

    def __init__(self, levels: int, width: int, strides: list[int], outputs: int):
        super().__init__()
        self.levels, self.block = levels, prod(strides)
        parts, inputs = [], 2
        for stride in strides:
            parts += [nn.Conv1d(inputs, width, 2 * stride, stride, stride // 2), *residuals(width)]
            inputs = width
        self.parts = nn.Sequential(*parts, nn.GELU(), nn.Conv1d(width, outputs, 3, padding=1))

    def forward(self, x: Tensor) -> Tensor:
        is_level = (x < self.levels).float()
        height = (2 * x / (self.levels - 1) - 1) * is_level
        return self.parts(torch.stack([height, is_level], 1)).movedim(1, -1)


class SoundDecoder(nn.Module):
    """Decodes codes of sound: (B, P, D) -> (B, P S, outputs), S the product of strides, from the last stride to the
    first.

    Args:
        inputs: Input features.
        width: Features of a layer.
        outputs: Output features.
    """

    def __init__(self, inputs: int, width: int, strides: list[int], outputs: int):
        super().__init__()
        parts = [nn.Conv1d(inputs, width, 3, padding=1), *residuals(width)]
        for stride in strides[:0:-1]:
            parts += [nn.ConvTranspose1d(width, width, 2 * stride, stride, stride // 2), *residuals(width)]
        fine, stride = max(width // 2, 1), strides[0]
        last = nn.ConvTranspose1d(width, fine, 2 * stride, stride, stride // 2)
        self.parts = nn.Sequential(*parts, nn.GELU(), last, nn.GELU(), nn.Conv1d(fine, outputs, 1))

    def forward(self, q: Tensor) -> Tensor:
        return self.parts(q.movedim(-1, 1)).movedim(1, -1)
