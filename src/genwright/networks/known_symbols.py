"""A reader of the known part of a sequence, without a mask: sampling sees the known symbols further on."""

import torch
from torch import Tensor, nn

from .sequence_layers import Layer


class KnownSymbols(nn.Module):
    """x (B, T) int64, known bool alike -> (B, T, width).

    It says nothing at first, and what it learns is to look ahead.
    """

    def __init__(self, symbols: int, width: int, heads: int, dropout: float):
        super().__init__()
        self.unknown = symbols
        self.symbols = nn.Embedding(symbols + 1, width)
        self.layer = Layer(width, heads, dropout, causal=False)
        self.out = nn.Linear(width, width)
        nn.init.zeros_(self.out.weight)
        nn.init.zeros_(self.out.bias)

    def forward(self, x: Tensor, known: Tensor, turns: Tensor) -> Tensor:
        return self.out(self.layer(self.symbols(torch.where(known, x, self.unknown)), turns))
