"""A causal transformer over sequences that end, and a walk through them that keeps keys and values.

Vaswani et al. 2017, with norms before each part (Xiong 2020) and positions as rotations of keys and queries (Su 2021).
What is known of a sequence beforehand is read by a transformer without a mask and added to what the causal one sees at
each place, so that symbols are drawn in view of those known further on.
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..core.spec import Spec
from ..distributions.endings import Endings
from .conditioning import GivenVector

BASE = 10_000.0  # of the wavelengths of positions


def angles(length: int, size: int) -> Tensor:
    """(2, length, size / 2): cosines and sines of the angles by which pairs of numbers turn at each place."""
    pace = BASE ** (-torch.arange(size // 2) * 2 / size)
    angle = torch.arange(length)[:, None] * pace
    return torch.stack([angle.cos(), angle.sin()])


def turned(x: Tensor, turns: Tensor) -> Tensor:
    """x: (B, heads, P, D), each pair of its numbers rotated by the `angles` of its place, (2, P, D / 2)."""
    (a, b), (cos, sin) = x.chunk(2, -1), turns.to(x.dtype)
    return torch.cat([a * cos - b * sin, a * sin + b * cos], -1)


class Cache:
    """Keys and values of the places so far, of one layer: (B, heads, T, D) each."""

    def __init__(self, batch: int, heads: int, length: int, size: int, like: Tensor):
        self.keys, self.values = (like.new_zeros(batch, heads, length, size) for _ in range(2))
        self.filled = 0

    def add(self, key: Tensor, value: Tensor) -> tuple[Tensor, Tensor]:
        """All so far, with those of the next place, (B, heads, 1, D)."""
        place, self.filled = self.filled, self.filled + 1
        self.keys[:, :, place], self.values[:, :, place] = key[:, :, 0], value[:, :, 0]
        return self.keys[:, :, : self.filled], self.values[:, :, : self.filled]


class Layer(nn.Module):
    """h + attention(norm(h)), then h + mlp(norm(h)). h: (B, P, width); width / heads is even."""

    def __init__(self, width: int, heads: int, dropout: float):
        super().__init__()
        self.heads = heads
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in range(2))
        self.qkv = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)
        self.mlp = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width))
        self.dropout = nn.Dropout(dropout)

    def forward(self, h: Tensor, turns: Tensor, causal: bool = True, cache: Cache | None = None) -> Tensor:
        """turns: the `angles` of its places, of which there is one where there is a cache of those before it."""
        batch, places, width = h.shape
        split = self.qkv(self.norms[0](h)).view(batch, places, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        query, key, value = turned(split[0], turns), turned(split[1], turns), split[2]
        if cache is not None:
            key, value = cache.add(key, value)
        seen = F.scaled_dot_product_attention(query, key, value, is_causal=causal and cache is None)
        h = h + self.dropout(self.out(seen.transpose(1, 2).reshape(batch, places, width)))
        return h + self.dropout(self.mlp(self.norms[1](h)))


class KnownSymbols(nn.Module):
    """What is known of sequences, read without a mask: x (B, T) int64, known bool alike -> (B, T, width).

    It says nothing at first: beginnings then go on as draws do, and what it learns is to look ahead.
    """

    def __init__(self, symbols: int, width: int, heads: int, dropout: float):
        super().__init__()
        self.unknown = symbols
        self.symbols = nn.Embedding(symbols + 1, width)
        self.layer = Layer(width, heads, dropout)
        self.out = nn.Linear(width, width)
        nn.init.zeros_(self.out.weight)
        nn.init.zeros_(self.out.bias)

    def forward(self, x: Tensor, known: Tensor, turns: Tensor) -> Tensor:
        return self.out(self.layer(self.symbols(torch.where(known, x, self.unknown)), turns, causal=False))


class CausalTransformer(nn.Module):
    """Logits of p(x_t | x_<t, given, known part) for every place t of sequences that end.

    spec: one leaf, a Category of shape (T,) that ends. width: features of a place; heads and depth: of the layers.
    """

    orders = 1  # from the first place to the last

    def __init__(self, spec: Spec, given: Spec, width: int, heads: int, depth: int, dropout: float = 0.0):
        super().__init__()
        self.leaf, self.heads = spec.leaf, heads
        self.symbols = nn.Embedding(self.leaf.k, width)  # that of END stands before the first symbol as well
        self.given = GivenVector(given, width)
        self.known = KnownSymbols(self.leaf.k, width, heads, dropout)
        self.layers = nn.ModuleList(Layer(width, heads, dropout) for _ in range(depth))
        self.norm = nn.LayerNorm(width)
        self.out = nn.Linear(width, self.leaf.k)
        for table in (self.symbols, self.known.symbols):
            nn.init.normal_(table.weight, std=0.1)
        self.register_buffer("turns", angles(self.leaf.shape[0], width // heads), persistent=False)

    def forward(self, x: Tensor, given: Tensor, known: Tensor | None = None, order: int = 0) -> Tensor:
        """x: (B, T) symbols, given: (B, G), known: bool like x or None -> (B, T, k).

        In training nothing is computed of the places where every sequence of the batch has ended.
        """
        x = x.long()
        length, endings = x.shape[1], Endings.of(self.leaf, x, known)
        end = int((x != self.leaf.pad).any(0).sum()) if self.training else length
        place = torch.arange(length, device=x.device)
        before = F.pad(x[:, :-1], (1, 0), value=self.leaf.end)
        h = self.symbols(before[:, :end]) + self._condition(x, given, known)[:, :end]
        for layer in self.layers:
            h = layer(h, self.turns[:, :end])
        logits = F.pad(self.out(self.norm(h)), (0, 0, 0, length - end))
        return endings.masked(logits, before, place)

    def _condition(self, x: Tensor, given: Tensor, known: Tensor | None) -> Tensor:
        """What given variables and the known part add to each place: (B, T, width), or (B, 1, width) where nothing is
        known. The known part is read only in sequences that have one."""
        c = self.given(given)[:, None]
        if known is not None and known.any():
            some = known.any(1).nonzero()[:, 0]
            found = self.known(x[some], known[some], self.turns).to(c.dtype)
            c = c.expand(-1, x.shape[1], -1).index_add(0, some, found)
        return c

    @torch.no_grad()
    def walk(
        self, x: Tensor, given: Tensor, known: Tensor | None = None, order: int = 0
    ) -> Iterator[tuple[tuple, Tensor]]:
        """Yield ((t,), logits (B, k)) from the first place on; the caller writes x[:, t] before going on. The numbers
        are those of `forward`, at the cost of about one pass in all. Ends when every sequence has, with PAD in what is
        left of x."""
        batch, length = x.shape
        endings = Endings.of(self.leaf, x, known)
        condition = self._condition(x.long(), given, known).expand(-1, length, -1)
        size = condition.shape[-1] // self.heads
        caches = [Cache(batch, self.heads, length, size, condition) for _ in self.layers]
        before = torch.full((batch, 1), self.leaf.end, device=x.device)
        for t in range(length):
            place = torch.tensor([t], device=x.device)
            h = self.symbols(before) + condition[:, t : t + 1]
            for layer, cache in zip(self.layers, caches):
                h = layer(h, self.turns[:, t : t + 1], cache=cache)
            yield (t,), endings.masked(self.out(self.norm(h)), before, place)[:, 0]
            before = x[:, t : t + 1].long()
            if (before >= self.leaf.end).all():
                x[:, t + 1 :] = self.leaf.pad
                return
