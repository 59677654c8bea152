"""Whole invertible networks: layers of `coupling` in the order that works, for rows and for images.

The couplings of images are functions of a small residual convolutional network at one resolution.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..core.draws import Draws
from .coupling import Affine, Autoregressive, Chain, Coupling, Flattened, PixelMargins, Spline, Squeezed
from .mlp import ResidualMLP, starting_at_zero


class ConvBlock(nn.Module):
    """h + W2 silu(W1 silu(h) + V c) with 3 x 3 kernels; W2 starts at zero, so it starts as the identity."""

    def __init__(self, width: int, condition: int, dropout: float):
        super().__init__()
        self.inner = nn.Conv2d(width, width, 3, padding=1)
        self.condition = nn.Linear(condition, width, bias=False) if condition else None
        self.dropout = nn.Dropout(dropout)
        self.outer = starting_at_zero(nn.Conv2d(width, width, 3, padding=1))

    def forward(self, h: Tensor, c: Tensor) -> Tensor:
        inner = self.inner(F.silu(h))
        if self.condition is not None:
            inner = inner + self.condition(c)[:, :, None, None]
        return h + self.outer(self.dropout(F.silu(inner)))


class ResidualConv(nn.Module):
    """x: (B, inputs, h, w), c: (B, condition) -> (B, outputs, h, w), zero at the start. side: (h, w), since every place
    has a learned vector of its own: images are centred, so where a pixel is says much about it."""

    def __init__(
        self,
        inputs: int,
        outputs: int,
        side: tuple[int, int],
        width: int,
        depth: int,
        condition: int = 0,
        dropout: float = 0.0,
    ):
        super().__init__()
        self.first = nn.Conv2d(inputs, width, 3, padding=1)
        self.place = nn.Parameter(torch.zeros(width, *side))
        self.blocks = nn.ModuleList(ConvBlock(width, condition, dropout) for _ in range(depth))
        self.last = starting_at_zero(nn.Conv2d(width, outputs, 1))

    def forward(self, x: Tensor, c: Tensor) -> Tensor:
        h = self.first(x) + self.place
        for block in self.blocks:
            h = block(h, c)
        return self.last(F.silu(h))


PAIRS = ((0, 3), (1, 2), (0, 1), (2, 3), (0, 2), (1, 3))  # places in a 2 x 2 block: checkerboards, rows, columns


def row_flow(
    columns: int, layers: int, transform: Affine | Spline, width: int, depth: int, condition: int = 0
) -> Chain:
    """Masked autoregressive layers in pairs: a random order (the first pair's is the columns' own) and its reverse
    (Papamakarios 2017).

    Args:
        columns: D of rows (B, D).
        layers: autoregressive ones.
        transform: of each number.
        width: hidden units of the layers' networks.
        depth: their residual blocks.
        condition: numbers in c (B, condition).
    """
    orders = []
    for k in range(layers):
        order = list(range(columns)) if k < 2 else _shuffled("order", columns, k // 2)
        orders.append(order[::-1] if k % 2 else order)
    return Chain(*(Autoregressive(order, transform, width, depth, condition) for order in orders))


def picture_flow(
    shape: tuple[int, int, int],
    fine: int,
    coarse: int,
    transform: Affine | Spline,
    width: int,
    depth: int,
    condition: int = 0,
    dropout: float = 0.0,
    margins: int = 0,
) -> Chain:
    """Couplings in two scales (Dinh 2017): `fine` ones over 2 x 2 blocks, which alternate checkerboards, rows and
    columns, then `coarse` ones over random halves of 4 x 4 blocks. Sides that 4 does not divide have one scale, odd
    sides are taken as rows.

    Args:
        shape: (C, H, W).
        fine: couplings over 2 x 2 blocks.
        coarse: couplings over 4 x 4 blocks.
        transform: of each number.
        width: of the fine networks; the coarse ones have twice as much.
        depth: residual blocks of each network.
        condition: numbers in c (B, condition).
        dropout: share of hidden numbers that are left out.
        margins: bins of a learned margin for each pixel, for numbers in [-1, 1]; 0 takes real numbers as they are.
    """
    channels, height, wide = shape
    first = [PixelMargins(shape, margins)] if margins else []
    if height % 2 or wide % 2:
        size = channels * height * wide
        flat = [_rows(size, k, transform, width, depth, condition, dropout) for k in range(fine + coarse)]
        return Chain(*first, Flattened(*flat))
    if height % 4 or wide % 4:
        fine, coarse = fine + coarse, 0

    def coupling(factor: int, moved: list[int], wider: int) -> Coupling:
        blocks, side = channels * factor**2, (height // factor, wide // factor)
        net = ResidualConv(2 * blocks, len(moved) * transform.size, side, wider, depth, condition, dropout)
        return Coupling(net, moved, blocks, transform)

    at_two = [
        coupling(2, [p * channels + c for p in PAIRS[k % 6] for c in range(channels)], width) for k in range(fine)
    ]
    at_four = [coupling(4, half_of(16 * channels, k), 2 * width) for k in range(coarse)]
    return Chain(*first, Squeezed(2, *at_two), *([Squeezed(4, *at_four)] if coarse else []))


def _rows(
    size: int, k: int, transform: Affine | Spline, width: int, depth: int, condition: int, dropout: float
) -> Coupling:
    moved = half_of(size, k)
    net = ResidualMLP(2 * size, len(moved) * transform.size, 4 * width, depth, condition, dropout, zero=True)
    return Coupling(net, moved, size, transform)


def half_of(size: int, k: int) -> list[int]:
    """A random half of the places; the next odd k has the other half."""
    places = _shuffled("half", size, k // 2)
    return sorted(places[size // 2 :] if k % 2 else places[: size // 2])


def _shuffled(what: str, size: int, k: int) -> list[int]:
    return Draws(what, size, k).permutation(size).tolist()
