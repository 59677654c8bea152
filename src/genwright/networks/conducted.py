"""A decoder of sequences that a conductor leads: a latent becomes a state for each block (a bar), and the symbols of a
block are drawn from its state, in view of those before them in the block and of the last one of the block before.

Blocks are decoded apart, so what one says of another goes through the latent (Roberts 2018).
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..core.spec import Spec
from .causal import CausalTransformer, Coded
from .lines import block_size
from .sequence_layers import Layer, angles


@dataclass(frozen=True)
class Lead:
    """Sizes of the conductor, by which a latent leads a decoder.

    Args:
        latents: numbers in z, a multiple of the blocks, in the order of `lines.LineCode`.
        blocks: into which a sequence is cut, of equal length but for the last.
        depth: layers over the places of all blocks.
        patch: symbols of a place.
        kept: numbers that a place is first told.
    """

    latents: int
    blocks: int
    depth: int
    patch: int
    kept: int


class Conducted(Coded, CausalTransformer):
    """A `CausalTransformer` that a conductor leads by a code.

    blanked: share of the symbols before that the decoder does not see while it trains (word dropout, Bowman 2016).
    Others as of `CausalTransformer`.
    """

    def __init__(
        self,
        spec: Spec,
        given: Spec,
        lead: Lead,
        width: int,
        heads: int,
        depth: int,
        blanked: float,
        dropout: float = 0.0,
        holes: bool = False,
    ):
        super().__init__(spec, given, width, heads, depth, dropout, taps=3, squared=True, holes=holes)
        self.size = block_size(spec, lead.blocks, lead.patch)
        self.symbols = BlankedEmbedding(*self.symbols.weight.shape, blanked)
        self.conductor = Conductor(lead, self.size, spec.shape[0], width, heads, dropout)

    def embed_code(self, z: Tensor) -> Tensor:
        return self.conductor(z)

    def read(self, h: Tensor) -> Tensor:
        batch, places, width = h.shape
        if places <= self.size:
            return super().read(h)
        blocks = -(-places // self.size)
        h = F.pad(h, (0, 0, 0, blocks * self.size - places)).reshape(-1, self.size, width)
        return super().read(h).reshape(batch, -1, width)[:, :places]

    def reader(self, h: Tensor, length: int) -> Callable[[Tensor], Tensor]:
        read, place = None, 0

        def next_place(h: Tensor) -> Tensor:
            nonlocal read, place
            if place % self.size == 0:
                read = super(Conducted, self).reader(h, self.size)
            place += 1
            return read(h)

        return next_place


class Conductor(nn.Module):
    """z (B, latents) -> what each place of a sequence is told, (B, T, width): a state for each block, from its own
    numbers of z and in view of the other blocks; unfolded over places of `patch` symbols, which see each other; and
    these over their symbols. size: symbols of a block, whole places."""

    def __init__(self, lead: Lead, size: int, length: int, width: int, heads: int, dropout: float):
        super().__init__()
        self.blocks, self.length, self.width, self.kept = lead.blocks, length, width, lead.kept
        places = size // lead.patch
        self.states = nn.Linear(lead.latents // lead.blocks, width)
        self.conduct = Layer(width, heads, dropout, causal=False, squared=True)
        self.unfold = nn.Sequential(nn.LayerNorm(width), nn.Linear(width, places * lead.kept))
        self.read = nn.Linear(lead.kept, width)
        self.layers = nn.ModuleList(
            Layer(width, heads, dropout, causal=False, taps=3, squared=True) for _ in range(lead.depth)
        )
        self.out = nn.Sequential(nn.LayerNorm(width), nn.Linear(width, lead.patch * width))
        self.register_buffer("turns", angles(lead.blocks * places, width // heads), persistent=False)

    def forward(self, z: Tensor) -> Tensor:
        h = self.states(z.unflatten(1, (-1, self.blocks)).transpose(1, 2))
        h = self.unfold(self.conduct(h, self.turns[:, : self.blocks]))
        h = self.read(h.reshape(len(z), -1, self.kept))
        for layer in self.layers:
            h = layer(h, self.turns)
        return self.out(h).reshape(len(z), -1, self.width)[:, : self.length]


class BlankedEmbedding(nn.Embedding):
    """Symbols as vectors, of which a share `rate` is zero while it trains."""

    def __init__(self, symbols: int, width: int, rate: float):
        super().__init__(symbols, width)
        self.rate = rate
        nn.init.normal_(self.weight, std=0.1)

    def forward(self, x: Tensor) -> Tensor:
        h = super().forward(x)
        if not self.training or not self.rate:
            return h
        return h * (torch.rand(x.shape, device=x.device) >= self.rate)[..., None]
