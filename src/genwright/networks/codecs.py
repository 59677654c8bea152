"""Images to a small grid of vectors and back, by strided convolutions and residual blocks."""

from math import prod

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..core.spec import Spec
from ..distributions.coordinates import Array
from .towers import ConvBlock


def grid(spec: Spec, halvings: int) -> tuple[int, int]:
    """Returns height and width of the codes of an image, or of all frames of a clip, one below the other."""
    *frames, _, height, width = spec.shape
    height, width = (-(-side // 2**halvings) for side in (height, width))
    return prod(frames) * height, width


def halvings_left(halvings: int, patch: int) -> int:
    """Counts the halvings that convolutions make, beside those of reading patches of so many pixels a side."""
    return halvings - (patch.bit_length() - 1)


class GridEncoder(nn.Module):
    """Encodes images as a grid of codes.

    x: (B, C, H, W) -> (B, width, h, w), each side halved `halvings` times; the far side is padded with zeros.

    Args:
        spec: Spec of the images.
        channels: Channels of the convolutions.
        depth: residual blocks.
        width: numbers of a place that come out.
        halvings: Halvings of each side.
        patch: side of what is read as one position, a power of 2; with 2 the convolutions halve once less.
    """

    def __init__(self, spec: Spec, channels: int, depth: int, width: int, halvings: int, patch: int = 1):
        super().__init__()
        inputs, height, wide = spec.shape
        step, self.patch = 2**halvings, patch
        self.view, self.pad = Array(spec), (0, -wide % step, 0, -height % step)
        self.first = nn.Conv2d(inputs * patch**2, channels, 3, padding=1)
        times = halvings_left(halvings, patch)
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
        times = halvings_left(halvings, patch)
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
