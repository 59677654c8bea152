"""Transformers over sequences that are read whole: the body of codes of sequences, with a few symbols side by side at
each place, and a network that reads a sequence of which some symbols are noise, and says what each was.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..core.spec import Spec
from .conditioning import Condition, GivenVector
from .mlp import Clock
from .sequence_layers import TransformerLayer, angles

SYMBOL = 32  # numbers that a symbol is read as


def block_size(spec: Spec, blocks: int, patch: int) -> int:
    """Returns the number of symbols in each of `blocks` blocks that hold a sequence, a multiple of `patch`.

    Args:
        spec: Spec of the sequence.
        blocks: number of blocks.
        patch: symbols of one position.
    """
    return patch * -(-spec.shape[0] // (blocks * patch))


@dataclass(frozen=True)
class SequenceBody:
    """The body of sequences as a transformer, for codes alone; see `adapters`.

    Args:
        spec: one leaf, a Category of shape (T,).
        width: Width of the layers.
        heads: Heads of attention.
        depth: layers.
        blocks: Blocks of the sequence; the places of each give as many numbers of a code, by one map for all.
        patch: symbols of a place.
        kept: numbers of each place that a code is made from.
        dropout: share of each layer's output that is left out.
    """

    spec: Spec
    width: int
    heads: int
    depth: int
    blocks: int
    patch: int
    kept: int
    dropout: float

    reads = ("vector",)

    @property
    def condition(self) -> int:
        return self.width

    @property
    def places(self) -> int:
        return self.blocks * block_size(self.spec, self.blocks, self.patch) // self.patch

    def reader(self) -> "Patches":
        return Patches(self.spec, self.patch, self.places)

    def pooled(self, outputs: int, whole: bool, known: bool, condition: int) -> nn.Module:
        return LineCode(self, (whole + known) * self.patch * SYMBOL, outputs)


class Patches(nn.Module):
    """Embeds patches of tokens x (B, T) as (B, places, numbers). A hidden token, or one after the end, has a vector
    too.

    Args:
        spec: One leaf of tokens.
        patch: Tokens of a place.
        places: Number of places.
    """

    def __init__(self, spec: Spec, patch: int, places: int):
        super().__init__()
        self.hidden, self.patch, self.places = spec.leaf.k, patch, places
        self.symbols = nn.Embedding(spec.leaf.k + 1, SYMBOL)
        nn.init.normal_(self.symbols.weight, std=0.3)

    def forward(self, x: Tensor) -> Tensor:
        x = F.pad(x.long(), (0, self.places * self.patch - x.shape[1]), value=self.hidden)
        return self.symbols(x).view(len(x), self.places, -1)

    def known_features(self, x: Tensor, known: Tensor | None) -> Tensor:
        """Embeds known tokens alone, the others hidden.

        Args:
            x: (B, ...) input.
            known: bool like x, or None where none is.
        """
        if known is None:
            return self.symbols.weight[-1].repeat(self.patch).expand(len(x), self.places, -1)
        return self(torch.where(known, x, self.hidden))


class LineCode(nn.Module):
    """Pools the positions of a sequence into one code.

    [(B, places, ...), ..] side by side -> (B, outputs): the first of each block, then the second of each, and so on.
    outputs is a multiple of the blocks.

    Args:
        inputs: Input features.
        outputs: Output features.
    """

    def __init__(self, body: SequenceBody, inputs: int, outputs: int):
        super().__init__()
        self.read = nn.Linear(inputs, body.width)
        self.layers = nn.ModuleList(
            TransformerLayer(body.width, body.heads, body.dropout, causal=False, taps=3, squared=True)
            for _ in range(body.depth)
        )
        self.norm = nn.LayerNorm(body.width)
        self.kept = nn.Linear(body.width, body.kept)
        self.blocks = body.blocks
        self.out = nn.Linear(body.places // body.blocks * body.kept, outputs // body.blocks)
        self.register_buffer("turns", angles(body.places, body.width // body.heads), persistent=False)

    def forward(self, parts: Sequence[Tensor], c: Condition) -> Tensor:
        h = self.read(torch.cat(parts, 2))
        h = h if c.vector is None else h + c.vector[:, None]
        for layer in self.layers:
            h = layer(h, self.turns)
        codes = self.kept(self.norm(h)).unflatten(1, (self.blocks, -1)).flatten(2)
        return self.out(codes).transpose(1, 2).flatten(1)


class SymbolTransformer(nn.Module):
    """A transformer that denoises sequences: logits (B, T, `outputs`) of the clean tokens.

    Args:
        spec: one leaf, a Category of shape (T,). The layers are those of `CausalTransformer`, which here see places
            ahead too.
        given: Spec of the conditions.
        width: Features of a layer.
        heads: Attention heads.
        depth: Number of layers.
        dropout: Share of units that training drops.
        timed: whether it looks at the clock.
    """

    def __init__(
        self, spec: Spec, given: Spec, outputs: int, width: int, heads: int, depth: int, dropout: float = 0.0,
        taps: int = 0, squared: bool = False, timed: bool = False,
    ):  # fmt: skip
        super().__init__()
        leaf = spec.leaf
        self.symbols = nn.Embedding(leaf.k + 1, width)  # and a mask
        self.known = nn.Embedding(2, width)
        self.given = GivenVector(given, width)
        self.clock = Clock(width) if timed else None
        self.layers = nn.ModuleList(
            TransformerLayer(width, heads, dropout, causal=False, taps=taps, squared=squared) for _ in range(depth)
        )
        self.norm = nn.LayerNorm(width)
        self.out = nn.Linear(width, outputs)
        for table in (self.symbols, self.known):
            nn.init.normal_(table.weight, std=0.1)
        self.register_buffer("turns", angles(leaf.shape[0], width // heads), persistent=False)

    def forward(self, z: Tensor, clock: Tensor, given: Tensor, known: Tensor) -> Tensor:
        """Computes logits of the tokens at each position.

        Args:
            z: (B, P) int64 tokens, k for a mask, P up to T.
            clock: (B,) share of noise in [0, 1].
            given: (B, G) conditions.
            known: (B, P) bool, places without noise.
        """
        condition = self.given(given)
        condition = condition if self.clock is None else condition + self.clock(clock)
        h = self.symbols(z) + self.known(known.long()) + condition[:, None]
        for layer in self.layers:
            h = layer(h, self.turns[:, : z.shape[1]])
        return self.out(self.norm(h))
