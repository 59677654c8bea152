"""A causal transformer over the codes of a grid in raster order, the codes of one place in turn.

Places are learned by row, column and turn beside the rotations of `sequence_layers`, whose layers these are.
"""

from collections.abc import Iterator

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..core.spec import Spec
from .code_maps import GivenMaps
from .known_symbols import KnownSymbols
from .layer_walk import LayersWalk
from .sequence_layers import Layer, angles


class RasterTransformer(nn.Module):
    """Logits of p(x_i | x_<i, given, known part) for every code i, in raster order, channels innermost.

    spec: one Category of shape (C, H, W). given: scalars, and grids of codes of coarser levels. width: features of a
    place; heads and depth: of the layers; width / heads is even.
    """

    orders = 1

    def __init__(self, spec: Spec, given: Spec, width: int, heads: int, depth: int, dropout: float = 0.0):
        super().__init__()
        self.k, self.shape = spec.leaf.k, spec.shape
        channels, height, wide = spec.shape
        self.symbols = nn.Embedding(channels * self.k + 1, width)  # of each channel, and what stands before the first
        self.turn, self.row, self.column = (nn.Embedding(n, width) for n in spec.shape)
        self.given = GivenMaps(given, width, (height, wide))
        self.known = KnownSymbols(channels * self.k, width, heads, dropout)
        self.layers = nn.ModuleList(Layer(width, heads, dropout) for _ in range(depth))
        self.norm = nn.LayerNorm(width)
        self.out = nn.ModuleList(nn.Linear(width, self.k) for _ in range(channels))
        for table in (self.symbols, self.turn, self.row, self.column, self.known.symbols):
            nn.init.normal_(table.weight, std=0.1)
        self.register_buffer("turns", angles(spec.dims, width // heads), persistent=False)

    def forward(self, x: Tensor, given: Tensor, known: Tensor | None = None, order: int = 0) -> Tensor:
        """x: (B, C, H, W) codes, given: (B, G), known: bool like x or None -> (B, C, H, W, k)."""
        return self._params(self._read(self._inputs(x, given, known), given))

    @torch.no_grad()
    def walk(
        self, x: Tensor, given: Tensor, known: Tensor | None = None, order: int = 0
    ) -> Iterator[tuple[tuple, Tensor]]:
        """Yield ((c, i, j), logits (B, k)) in raster order; the caller writes x[:, c, i, j] before going on. The
        numbers are those of `forward`, at the cost of about one pass in all."""
        batch, (channels, _, wide) = len(x), self.shape
        places = self._places(self._symbols(x), given, known)
        next_place = self._reader(given, batch)
        before = torch.full((batch,), self.symbols.num_embeddings - 1, device=x.device)
        for t in range(places.shape[1]):
            (i, j), c = divmod(t // channels, wide), t % channels
            h = next_place(self.symbols(before) + places[:, t])
            yield (c, i, j), self.out[c](self.norm(h))
            before = x[:, c, i, j].long() + c * self.k

    def _inputs(self, x: Tensor, given: Tensor, known: Tensor | None) -> Tensor:
        """Features of the symbol before each place, plus the features of `_places`: (B, T, width)."""
        symbols = self._symbols(x)
        before = F.pad(symbols[:, :-1], (1, 0), value=self.symbols.num_embeddings - 1)
        return self.symbols(before) + self._places(symbols, given, known)

    def _read(self, h: Tensor, given: Tensor) -> Tensor:
        """Features after all layers: (B, T, width)."""
        for layer in self.layers:
            h = layer(h, self.turns)
        return h

    def _reader(self, given: Tensor, batch: int) -> LayersWalk:
        """The same at one place after another."""
        return LayersWalk(self.layers, self.turns, batch, self.turns.shape[1])

    def _params(self, h: Tensor) -> Tensor:
        """(B, T, width) -> logits (B, C, H, W, k)."""
        channels, height, wide = self.shape
        h = self.norm(h).unflatten(1, (height, wide, channels))
        return torch.stack([out(h[..., c, :]) for c, out in enumerate(self.out)], 1)

    def _symbols(self, x: Tensor) -> Tensor:
        """(B, C, H, W) -> (B, T) int64 in the order of the walk, those of each channel by names of their own."""
        offset = torch.arange(self.shape[0], device=x.device)[:, None, None] * self.k
        return (x.long() + offset).movedim(1, -1).flatten(1)

    def _places(self, symbols: Tensor, given: Tensor, known: Tensor | None) -> Tensor:
        """Features of each place, of given variables and of the known part: (B, T, width). The known part is read only
        in items that have one."""
        _, height, wide = self.shape
        place = self.row.weight[:, None, None] + self.column.weight[:, None] + self.turn.weight  # (H, W, C, width)
        maps = self.given(given).expand(-1, -1, height, wide).permute(0, 2, 3, 1)
        c = (maps[:, :, :, None] + place).flatten(1, 3)
        if known is not None and known.any():
            some = known.flatten(1).any(1).nonzero()[:, 0]
            mask = known[some].movedim(1, -1).flatten(1)
            c = c.index_add(0, some, self.known(symbols[some], mask, self.turns).to(c.dtype))
        return c
