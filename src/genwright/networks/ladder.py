"""Networks of a hierarchy of latents of images: one way up over an image, and one way down over its latents.

given(given)            c: (B, width), what all else is told
up(x, c)                features of each stochastic layer, from the top: what its posterior sees of x
start(c)                h at the top
prior(l, h)             mean, log variance of z_l given those above it: (B, *latents[l]) each
posterior(l, h, d, p)   the same given x as well, as a change of the prior's, p (Vahdat & Kautz 2020, eq. 6)
join(l, h, z, c)        h below z_l
params(h)               (B, C, H, W, size) of a head
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..core.spec import Spec
from ..distributions.coordinates import Array
from .conditioning import GivenVector
from .mlp import ConditionedBlock, init_at_zero, split_normal
from .towers import ConvBlock, halvings

LOG_VAR = -12.0, 4.0


class Rungs(nn.Module):
    """The distributions of the latents of each layer, which `priors`, `mixes` and `posteriors` compute."""

    def prior(self, layer: int, h: Tensor) -> tuple[Tensor, Tensor]:
        return split_normal(self.priors[layer](F.silu(h)), bounds=LOG_VAR)

    def posterior(self, layer: int, h: Tensor, d: Tensor, prior: tuple[Tensor, Tensor]) -> tuple[Tensor, Tensor]:
        mixed = self.mixes[layer](F.silu(torch.cat([h, d], 1)))
        shift, log_ratio = self.posteriors[layer](F.silu(mixed)).float().chunk(2, 1)
        mean, log_var = prior
        return mean + shift * (0.5 * log_var).exp(), (log_var + log_ratio).clamp(*LOG_VAR)


class DenseLadder(Rungs):
    """The networks of a hierarchical VAE of images by dense layers.

    Args:
        spec: Spec of the items.
        given: of the conditioning variables.
        size: numbers that the head wants for each number of an item.
        width: Width of the blocks between the latents.
        latents: numbers of each z_l.
        layers: Layers of latents.
    """

    def __init__(self, spec: Spec, given: Spec, size: int, width: int, latents: int, layers: int):
        super().__init__()
        self.view, self.given = Array(spec), GivenVector(given, width)
        self.latents, self.shape = [(latents,)] * layers, (*spec.shape, size)
        condition = width if given.columns else 0
        make_layers = lambda make: nn.ModuleList(make() for _ in range(layers))
        self.first = nn.Linear(spec.dims, width)
        self.up_blocks, self.blocks = (make_layers(lambda: ConditionedBlock(width, condition, 0.0)) for _ in range(2))
        self.top = nn.Parameter(torch.zeros(width))
        self.priors = make_layers(lambda: init_at_zero(nn.Linear(width, 2 * latents)))
        self.mixes = make_layers(lambda: nn.Linear(2 * width, width))
        self.posteriors = make_layers(lambda: init_at_zero(nn.Linear(width, 2 * latents)))
        self.joins = make_layers(lambda: nn.Linear(latents, width))
        self.last = nn.Linear(width, size * spec.dims)

    def upward_features(self, x: Tensor, c: Tensor) -> list[Tensor]:
        h, features = self.first(self.view.centre(x).flatten(1)), []
        for block in self.up_blocks:
            h = block(h, c)
            features.append(h)
        return features[::-1]

    def start(self, c: Tensor) -> Tensor:
        return self.top + c

    def join(self, layer: int, h: Tensor, z: Tensor, c: Tensor) -> Tensor:
        return self.blocks[layer](h + self.joins[layer](z), c)

    def params(self, h: Tensor) -> Tensor:
        return self.last(F.silu(h)).unflatten(1, self.shape)


class ConvLadder(Rungs):
    """The networks of a hierarchical VAE of images by convolutions. z_l: (B, latents, side, side), `layers` of them at
    each side, from the coarsest, at most 4, to that of the image in patches.

    Args:
        spec: Spec of the images.
        given: of the conditioning variables.
        size: numbers that the head wants for each number of an item.
        channels: Channels of all maps, a multiple of 8.
        latents: channels of each z_l.
        layers: latents of each side.
        patch: side of what is read as one place.
    """

    def __init__(self, spec: Spec, given: Spec, size: int, channels: int, latents: int, layers: int, patch: int):
        super().__init__()
        inputs, height, width = spec.shape
        self.view, self.given = Array(spec), GivenVector(given, channels)
        self.shape, self.size, self.patch = spec.shape, size, patch
        self.pad = (0, -width % patch, 0, -height % patch)
        height, width = -(-height // patch), -(-width // patch)
        sides = [(height, width)]
        for _ in range(halvings(height, width)):
            sides.append(tuple((side + 1) // 2 for side in sides[-1]))
        self.sides = [side for side in sides[::-1] for _ in range(layers)]  # side of each z, from the top
        self.latents = [(latents, *side) for side in self.sides]
        block = lambda: ConvBlock(channels, channels)
        self.first = nn.Conv2d(inputs * patch**2, channels, 3, padding=1)
        self.shrink = nn.ModuleList(nn.Conv2d(channels, channels, 3, stride=2, padding=1) for _ in sides[1:])
        self.up_blocks = nn.ModuleList(nn.ModuleList(block() for _ in range(layers)) for _ in sides)
        self.top = nn.Parameter(torch.zeros(channels, *sides[-1]))
        self.priors = nn.ModuleList(init_at_zero(nn.Conv2d(channels, 2 * latents, 1)) for _ in self.sides)
        self.mixes = nn.ModuleList(nn.Conv2d(2 * channels, channels, 3, padding=1) for _ in self.sides)
        self.posteriors = nn.ModuleList(init_at_zero(nn.Conv2d(channels, 2 * latents, 1)) for _ in self.sides)
        self.joins = nn.ModuleList(nn.Conv2d(latents, channels, 1) for _ in self.sides)
        self.blocks = nn.ModuleList(block() for _ in self.sides)
        self.grow = nn.ModuleList(nn.Conv2d(channels, channels, 3, padding=1) for _ in sides[1:])
        self.norm = nn.GroupNorm(8, channels)
        self.last = nn.Conv2d(channels, inputs * size * patch**2, 3, padding=1)

    def upward_features(self, x: Tensor, c: Tensor) -> list[Tensor]:
        h = self.first(F.pixel_unshuffle(F.pad(self.view.centre(x), self.pad), self.patch))
        features = []
        for level, blocks in enumerate(self.up_blocks):
            h = h if not level else self.shrink[level - 1](h)
            for block in blocks:
                h = block(h, c)
                features.append(h)
        return features[::-1]

    def start(self, c: Tensor) -> Tensor:
        return self.top + c[:, :, None, None]

    def join(self, layer: int, h: Tensor, z: Tensor, c: Tensor) -> Tensor:
        h = self.blocks[layer](h + self.joins[layer](z), c)
        if layer + 1 < len(self.sides) and self.sides[layer + 1] != self.sides[layer]:
            grow = self.grow[sum(a != b for a, b in zip(self.sides[:layer], self.sides[1 : layer + 1]))]
            h = grow(F.interpolate(h, size=self.sides[layer + 1], mode="nearest"))
        return h

    def params(self, h: Tensor) -> Tensor:
        channels, height, width = self.shape
        params = F.pixel_shuffle(self.last(F.silu(self.norm(h))), self.patch)[:, :, :height, :width]
        return params.unflatten(1, (channels, self.size)).movedim(2, -1)
