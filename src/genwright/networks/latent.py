"""Encoders x -> (mean, log variance) of a latent vector, priors of it given the known part, and decoders z ->
parameters of the head, for pictures and for rows.

    encoder(x, known, given), prior(x, known, given)    mean, log variance in [-10, 4]: (B, latents) each
    decoder(z, known_values, known, given)              parameters (B, *shape, size) of the head

x: (B, *shape) in the units of the Spec. given: (B, G). known: bool like x, or None where nothing is known (a prior asks
for a mask); known_values is x itself, looked at where `known`.
"""

from __future__ import annotations

from collections.abc import Callable
from math import log2

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..core.spec import Category, Spec
from ..distributions.coordinates import Array
from .conditioning import ColumnFeatures, GivenVector, known_maps
from .mlp import ResidualMLP


class ConvBlock(nn.Module):
    """h + conv(silu(norm(conv(silu(norm(h))) + V c))), h: (B, width, H, W), width a multiple of 8. condition: numbers
    in c: (B, condition), which is None where there are none."""

    def __init__(self, width: int, condition: int):
        super().__init__()
        self.norm1, self.norm2 = nn.GroupNorm(8, width), nn.GroupNorm(8, width)
        self.conv1, self.conv2 = nn.Conv2d(width, width, 3, padding=1), nn.Conv2d(width, width, 3, padding=1)
        self.condition = nn.Linear(condition, width) if condition else None
        nn.init.zeros_(self.conv2.weight)
        nn.init.zeros_(self.conv2.bias)

    def forward(self, h: Tensor, c: Tensor | None) -> Tensor:
        inner = self.conv1(F.silu(self.norm1(h)))
        if self.condition is not None:
            inner = inner + self.condition(c)[:, :, None, None]
        return h + self.conv2(F.silu(self.norm2(inner)))


def halvings(height: int, width: int) -> int:
    """How often a picture is halved until its longer side is at most 4."""
    return max(0, -int(-log2(max(height, width) / 4) // 1))


class ConvTower(nn.Module):
    """Maps (B, inputs, H, W), c: (B, condition) -> (B, outputs), halving down to at most 4 x 4. patch: side of what is
    read as one position, which the picture is padded to a multiple of on the far side."""

    def __init__(
        self,
        inputs: int,
        outputs: int,
        height: int,
        width: int,
        channels: int,
        condition: int,
        dropout: float = 0.0,
        patch: int = 1,
    ):
        super().__init__()
        self.patch = patch
        self.pad = (0, -width % patch, 0, -height % patch)
        height, width = -(-height // patch), -(-width // patch)
        times = halvings(height, width)
        self.first = nn.Conv2d(inputs * patch**2, channels, 3, padding=1)
        self.shrink = nn.ModuleList(nn.Conv2d(channels, channels, 3, stride=2, padding=1) for _ in range(times))
        self.blocks = nn.ModuleList(ConvBlock(channels, condition) for _ in range(times + 1))
        for _ in range(times):
            height, width = (height + 1) // 2, (width + 1) // 2
        self.dropout = nn.Dropout(dropout)
        self.last = nn.Linear(channels * height * width, outputs)

    def forward(self, x: Tensor, c: Tensor | None) -> Tensor:
        h = self.blocks[0](self.first(F.pixel_unshuffle(F.pad(x, self.pad), self.patch)), c)
        for shrink, block in zip(self.shrink, self.blocks[1:]):
            h = block(shrink(h), c)
        return self.last(self.dropout(F.silu(h).flatten(1)))


def standard_unless(known: Tensor, output: Tensor) -> tuple[Tensor, Tensor]:
    """Split a network's output into mean and log variance, both 0 in the items of which nothing is known."""
    some = known.flatten(1).any(1, keepdim=True)
    mean, log_var = output.float().masked_fill(~some, 0.0).chunk(2, 1)
    return mean, log_var.clamp(-10, 4)


def where_known(known: Tensor, size: int, compute: Callable[[Tensor | slice], Tensor]) -> Tensor:
    """(B, size): compute(items) -> (b, size) in the items of which something is known, 0 in the others, which are most
    in training and cost nothing here. known: (B, ...) bool.
    """
    items = known.flatten(1).any(1).nonzero()[:, 0]
    if len(items) == len(known):
        return compute(slice(None))
    if not len(items):
        return torch.zeros(len(known), size, device=known.device)
    found = compute(items)
    return found.new_zeros(len(known), size).index_copy(0, items, found)


class PictureEncoder(nn.Module):
    """x: (B, C, H, W) -> mean, log variance: (B, latents) each."""

    def __init__(
        self, spec: Spec, given: Spec, latents: int, channels: int, condition: int, dropout: float, patch: int = 1
    ):
        super().__init__()
        inputs, height, width = spec.shape
        self.view = Array(spec)
        self.given = GivenVector(given, condition)
        self.tower = ConvTower(2 * inputs + 1, 2 * latents, height, width, channels, condition, dropout, patch)

    def forward(self, x: Tensor, known: Tensor | None, given: Tensor) -> tuple[Tensor, Tensor]:
        z = self.view.centre(x)
        mean, log_var = self.tower(torch.cat([z, known_maps(z, known)], 1), self.given(given)).float().chunk(2, 1)
        return mean, log_var.clamp(-10, 4)


class PicturePrior(nn.Module):
    """The known part of x -> mean, log variance: (B, latents) each; standard normal where nothing is known."""

    def __init__(
        self, spec: Spec, given: Spec, latents: int, channels: int, condition: int, dropout: float, patch: int = 1
    ):
        super().__init__()
        inputs, height, width = spec.shape
        self.view = Array(spec)
        self.given = GivenVector(given, condition)
        self.tower = ConvTower(inputs + 1, 2 * latents, height, width, channels, condition, dropout, patch)

    def forward(self, x: Tensor, known: Tensor, given: Tensor) -> tuple[Tensor, Tensor]:
        maps, c = known_maps(self.view.centre(x), known), self.given(given)
        tower = lambda items: self.tower(maps[items], None if c is None else c[items])
        return standard_unless(known, where_known(known, self.tower.last.out_features, tower))


class PictureDecoder(nn.Module):
    """z: (B, latents) -> parameters (B, C, H, W, size) of the head."""

    def __init__(
        self,
        spec: Spec,
        given: Spec,
        latents: int,
        channels: int,
        condition: int,
        size: int,
        dropout: float,
        patch: int = 1,
    ):
        super().__init__()
        inputs, height, width = spec.shape
        self.shape, self.size, self.patch = spec.shape, size, patch
        self.view = Array(spec)
        self.given = GivenVector(given, condition)
        self.known = ConvTower(inputs + 1, condition, height, width, channels, condition, dropout, patch)
        height, width = -(-height // patch), -(-width // patch)
        times = halvings(height, width)
        self.coarse = (channels, -(-height // 2**times), -(-width // 2**times))
        self.first = nn.Linear(latents + condition, channels * self.coarse[1] * self.coarse[2])
        self.blocks = nn.ModuleList(ConvBlock(channels, condition) for _ in range(times + 1))
        self.grow = nn.ModuleList(nn.Conv2d(channels, channels, 3, padding=1) for _ in range(times))
        self.dropout = nn.Dropout(dropout)
        self.norm = nn.GroupNorm(8, channels)
        self.last = nn.Conv2d(channels, inputs * size * patch**2, 3, padding=1)

    def forward(self, z: Tensor, known_values: Tensor, known: Tensor | None, given: Tensor) -> Tensor:
        c = self.given(given)
        if known is not None:
            maps, alone = known_maps(self.view.centre(known_values), known), c
            c = c + where_known(known, c.shape[1], lambda items: self.known(maps[items], alone[items]))
        h = self.first(torch.cat([z, c], 1)).unflatten(1, self.coarse)
        h = self.blocks[0](self.dropout(h), c)
        for grow, block in zip(self.grow, self.blocks[1:]):
            h = block(grow(F.interpolate(h, scale_factor=2, mode="nearest")), c)
        channels, height, width = self.shape
        params = F.pixel_shuffle(self.last(F.silu(self.norm(h))), self.patch)[:, :, :height, :width]
        return params.unflatten(1, (channels, self.size)).movedim(2, -1)  # (B, C, H, W, size)


class RowEncoder(nn.Module):
    """x: (B, D) -> mean, log variance: (B, latents) each."""

    def __init__(self, spec: Spec, given: Spec, latents: int, width: int, depth: int, features: int, dropout: float):
        super().__init__()
        self.columns = ColumnFeatures(spec, features)
        self.known = ColumnFeatures(spec, features)
        self.given = GivenVector(given, width)
        self.net = ResidualMLP(2 * len(spec.columns) * features, 2 * latents, width, depth, width, dropout)

    def forward(self, x: Tensor, known: Tensor | None, given: Tensor) -> tuple[Tensor, Tensor]:
        shown = torch.zeros_like(x, dtype=torch.bool) if known is None else known
        h = torch.cat([self.columns(x).flatten(1), self.known(x, shown).flatten(1)], 1)
        mean, log_var = self.net(h, self.given(given)).float().chunk(2, 1)
        return mean, log_var.clamp(-10, 4)


class RowPrior(nn.Module):
    """The known part of x -> mean, log variance: (B, latents) each; standard normal where nothing is known."""

    def __init__(self, spec: Spec, given: Spec, latents: int, width: int, depth: int, features: int, dropout: float):
        super().__init__()
        self.known = ColumnFeatures(spec, features)
        self.given = GivenVector(given, width)
        self.net = ResidualMLP(len(spec.columns) * features, 2 * latents, width, depth, width, dropout)

    def forward(self, x: Tensor, known: Tensor, given: Tensor) -> tuple[Tensor, Tensor]:
        return standard_unless(known, self.net(self.known(x, known).flatten(1), self.given(given)))


class RowDecoder(nn.Module):
    """z: (B, latents) -> logits (B, D, bins) over the bins of each column's margin.

    A number has a Gaussian over its Gaussian coordinate (mean m, log precision l), corrected bin by bin; a category has
    free logits:
        logit_k = 0.1 a_k - 1/2 e^l (c_k - m)^2 + log w_k,    c_k, w_k the middle and width of bin k in that coordinate.
    So a decoder can be sure of a number without learning a hundred logits for it.
    """

    def __init__(self, spec: Spec, given: Spec, latents: int, width: int, depth: int, features: int, dropout: float):
        super().__init__()
        columns = len(spec.columns)
        self.known = ColumnFeatures(spec, features)
        self.given = GivenVector(given, width)
        margins = self.known.margins
        self.net = ResidualMLP(latents + columns * features, columns * (margins.bins + 2), width, depth, width, dropout)
        edges = torch.special.ndtri(margins.cum.clamp(1e-6, 1 - 1e-6)).float()  # (D, K + 1)
        number = torch.tensor([not isinstance(leaf, Category) for leaf in spec.columns])
        self.register_buffer("number", number[:, None], False)
        self.register_buffer("middle", (edges[:, 1:] + edges[:, :-1]) / 2, False)
        self.register_buffer("log_width", edges.diff(dim=1).clamp(min=1e-6).log(), False)

    def forward(self, z: Tensor, known_values: Tensor, known: Tensor | None, given: Tensor) -> Tensor:
        shown = torch.zeros_like(known_values, dtype=torch.bool) if known is None else known
        h = torch.cat([z, self.known(known_values, shown).flatten(1)], 1)
        out = self.net(h, self.given(given)).float().unflatten(1, (len(self.number), -1))
        free, mean, log_precision = out[..., :-2], out[..., -2:-1], out[..., -1:].clamp(-5, 10)
        bell = -0.5 * log_precision.exp() * (self.middle - mean) ** 2 + self.log_width
        return torch.where(self.number, 0.1 * free + bell, free)
