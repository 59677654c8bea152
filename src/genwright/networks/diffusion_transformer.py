"""The body of images, and of codes on a grid, as a sequence of patches: a diffusion transformer (Peebles & Xie 2023).

    h = h + g1(c) attention(s1(c) norm(h) + b1(c))
    h = h + cross-attention to the tokens of the condition, where it has any (Chen 2024, PixArt)
    h = h + g2(c) mlp(s2(c) norm(h) + b2(c))

The gates g, like the last layer, start at zero (adaLN-Zero): each layer begins as the identity, and the network says
nothing. Every patch sees every other in each layer, where a U-Net's places see their neighbours.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..core.spec import Spec
from .conditioning import TOKEN, Condition, has_tokens, map_channels
from .dropout import Dropout
from .mlp import init_at_zero
from .towers import Pixels, into_patches


@dataclass(frozen=True)
class PictureTransformer:
    """The body of images as a diffusion transformer, for velocities alone; it reads what `unet.PictureUNet` reads. See
    `adapters`.

    Args:
        spec: Spec of the items.
        width: Width of a patch, a multiple of 4 and of heads.
        layers: Number of layers.
        heads: Attention heads.
        patch: Side of a patch of pixels that is one position.
        dropout: Share of units that training drops.
        given: Spec of the conditions.
    """

    spec: Spec
    width: int
    layers: int
    heads: int
    patch: int
    dropout: float
    given: Spec = Spec(())

    reads = ("vector", "maps")

    @property
    def condition(self) -> int:
        return self.width

    def reader(self) -> Pixels:
        return Pixels(self.spec)

    def per_element(self) -> nn.Module:
        channels, *size = self.spec.shape
        inputs, tokens = 2 * channels + 1 + map_channels(self.given), has_tokens(self.given)
        return DiffusionTransformer(
            inputs, channels, size, self.width, self.layers, self.heads, self.patch, self.dropout, tokens
        )


def places(height: int, width: int, size: int) -> Tensor:
    """Returns sines and cosines of row and column, half of them each: (height * width, size). The grid of Dosovitskiy
    2021, with the encoding of Vaswani 2017.

    Args:
        height: Rows.
        width: Columns.
        size: Numbers of a place, a multiple of 4.
    """
    rates = 10_000.0 ** (-torch.arange(size // 4) / (size // 4))
    row, column = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    phases = [at.flatten()[:, None] * rates for at in (row, column)]
    return torch.cat([wave for phase in phases for wave in (phase.sin(), phase.cos())], 1)


class ConditionedLayer(nn.Module):
    """A transformer layer whose norms the condition scales and shifts (adaptive layer norm).

    It maps h: (B, P, width) by c: (B, width). It looks at tokens (B, T, TOKEN) where mask (B, T) holds; tokens may be
    None.

    Args:
        width: Features of a layer.
        heads: Attention heads.
        dropout: Share of units that training drops.
    """

    def __init__(self, width: int, heads: int, dropout: float, tokens: bool):
        super().__init__()
        self.heads = heads
        self.modulate = init_at_zero(nn.Linear(width, 6 * width))
        self.norm = nn.LayerNorm(width, elementwise_affine=False)
        self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.mlp = nn.Sequential(
            nn.Linear(width, 4 * width), nn.GELU("tanh"), Dropout(dropout), nn.Linear(4 * width, width)
        )
        self.look = TokenAttention(width, heads) if tokens else None

    def forward(self, h: Tensor, c: Tensor, tokens: Tensor | None, mask: Tensor | None) -> Tensor:
        scale1, shift1, gate1, scale2, shift2, gate2 = self.modulate(c)[:, None].chunk(6, 2)
        q, k, v = (
            self.qkv(self.norm(h) * (1 + scale1) + shift1).unflatten(2, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)
        )
        h = h + gate1 * self.out(F.scaled_dot_product_attention(q, k, v).transpose(1, 2).flatten(2))
        if self.look is not None:
            h = self.look(h, tokens, mask)
        return h + gate2 * self.mlp(self.norm(h) * (1 + scale2) + shift2)


class TokenAttention(nn.Module):
    """Cross-attention of patches to the tokens of the condition, added to the input: (B, P, width); zero at first.

    Args:
        width: Features of a layer.
        heads: Attention heads.
    """

    def __init__(self, width: int, heads: int):
        super().__init__()
        self.heads = heads
        self.norm, self.read = nn.LayerNorm(width), nn.LayerNorm(TOKEN)
        self.query, self.key_value = nn.Linear(width, width), nn.Linear(TOKEN, 2 * width)
        self.out = init_at_zero(nn.Linear(width, width))

    def forward(self, h: Tensor, tokens: Tensor, mask: Tensor) -> Tensor:
        q = self.query(self.norm(h)).unflatten(2, (self.heads, -1)).transpose(1, 2)
        k, v = self.key_value(self.read(tokens)).unflatten(2, (2, self.heads, -1)).permute(2, 0, 3, 1, 4)
        return h + self.out(F.scaled_dot_product_attention(q, k, v, mask[:, None, None]).transpose(1, 2).flatten(2))


class DiffusionTransformer(nn.Module):
    """A diffusion transformer: maps (B, .., H, W), `inputs` channels in all -> (B, outputs, H, W), zeros at first.
    c.vector has `width` numbers.

    Args:
        inputs: channels of all maps.
        outputs: channels that come out.
        size: (H, W).
        width: numbers of a patch.
        layers: Layers of the transformer.
        heads: Heads of attention.
        patch: side of what is one place, to which an image is padded on the far side.
        dropout: share of the hidden numbers that are left out.
        tokens: whether it looks at c.tokens.
    """

    def __init__(
        self, inputs: int, outputs: int, size: Sequence[int], width: int, layers: int, heads: int, patch: int,
        dropout: float = 0.0, tokens: bool = False,
    ):  # fmt: skip
        super().__init__()
        self.size, self.patch = tuple(size), patch
        self.grid = tuple(-(-side // patch) for side in size)
        self.first = nn.Linear(inputs * patch**2, width)
        self.register_buffer("places", places(*self.grid, width), False)
        self.layers = nn.ModuleList(ConditionedLayer(width, heads, dropout, tokens) for _ in range(layers))
        self.norm = nn.LayerNorm(width, elementwise_affine=False)
        self.modulate = init_at_zero(nn.Linear(width, 2 * width))
        self.last = init_at_zero(nn.Linear(width, outputs * patch**2))

    def forward(self, maps: Sequence[Tensor], c: Condition) -> Tensor:
        if c.maps is not None:
            maps = [*maps, F.interpolate(c.maps, self.size, mode="bicubic", align_corners=False)]
        h = into_patches(torch.cat(list(maps), 1), self.patch).flatten(2).mT
        h = self.first(h) + self.places
        for layer in self.layers:
            h = layer(h, c.vector, c.tokens, c.mask)
        scale, shift = self.modulate(c.vector)[:, None].chunk(2, 2)
        patches = self.last(self.norm(h) * (1 + scale) + shift).mT.unflatten(2, self.grid)
        return F.pixel_shuffle(patches, self.patch)[:, :, : self.size[0], : self.size[1]]
