"""A small residual convolutional network at one resolution, for the couplings of image flows."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class ConvBlock(nn.Module):
    """h + W2 silu(W1 silu(h) + V c) with 3 x 3 kernels; W2 starts at zero, so it starts as the identity."""

    def __init__(self, width: int, condition: int, dropout: float):
        super().__init__()
        self.inner = nn.Conv2d(width, width, 3, padding=1)
        self.condition = nn.Linear(condition, width, bias=False) if condition else None
        self.dropout = nn.Dropout(dropout)
        self.outer = nn.Conv2d(width, width, 3, padding=1)
        nn.init.zeros_(self.outer.weight)
        nn.init.zeros_(self.outer.bias)

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
        self.last = nn.Conv2d(width, outputs, 1)
        nn.init.zeros_(self.last.weight)
        nn.init.zeros_(self.last.bias)

    def forward(self, x: Tensor, c: Tensor) -> Tensor:
        h = self.first(x) + self.place
        for block in self.blocks:
            h = block(h, c)
        return self.last(F.silu(h))
