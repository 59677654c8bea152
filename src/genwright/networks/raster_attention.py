"""Attention of pixels to themselves and to those before them in raster order (PixelSNAIL, Chen 2018)."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

HEAD = 16  # numbers of a head, at least


class RasterAttention(nn.Module):
    """h + drop(W attention(norm(h) + places)), h: (B, width, H, W). It says nothing at first."""

    def __init__(self, width: int, grid: tuple[int, int], dropout: float):
        super().__init__()
        self.heads = next(heads for heads in (4, 2, 1) if width % heads == 0 and (width // heads >= HEAD or heads == 1))
        self.norm = nn.LayerNorm(width)
        self.rows = nn.Parameter(0.02 * torch.randn(grid[0], 1, width))
        self.columns = nn.Parameter(0.02 * torch.randn(grid[1], width))
        self.qkv = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)
        self.dropout = nn.Dropout(dropout)
        nn.init.zeros_(self.out.weight)
        nn.init.zeros_(self.out.bias)

    def forward(self, h: Tensor) -> Tensor:
        flat = h.flatten(2).transpose(1, 2)
        query, key, value = self._heads(flat, self._places)
        seen = F.scaled_dot_product_attention(query, key, value, is_causal=True)
        return h + self._project(seen).transpose(1, 2).unflatten(2, h.shape[2:])

    def next(self, h: Tensor, memory: Memory) -> Tensor:
        """The same at the next pixel alone: (B, width), after those in memory."""
        at = memory.filled
        query, key, value = self._heads(h[:, None], memory.places[at])
        memory.keys[:, :, at], memory.values[:, :, at] = key[:, :, 0], value[:, :, 0]
        memory.filled = at + 1
        seen = F.scaled_dot_product_attention(query, memory.keys[:, :, : at + 1], memory.values[:, :, : at + 1])
        return h + self._project(seen)[:, 0]

    @property
    def _places(self) -> Tensor:
        """(P, width)."""
        return (self.rows + self.columns).flatten(0, 1)

    def _heads(self, flat: Tensor, places: Tensor) -> Tensor:
        """(B, P, width) -> queries, keys and values (3, B, heads, P, D)."""
        return self.qkv(self.norm(flat) + places).unflatten(2, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)

    def _project(self, seen: Tensor) -> Tensor:
        return self.dropout(self.out(seen.transpose(1, 2).flatten(2)))


class Memory:
    """Keys and values (B, heads, P, D) of the pixels so far."""

    def __init__(self, attention: RasterAttention, batch: int, device: torch.device):
        self.places = attention._places
        places, width = self.places.shape
        shape = batch, attention.heads, places, width // attention.heads
        self.keys, self.values = (torch.zeros(shape, device=device) for _ in range(2))
        self.filled = 0
