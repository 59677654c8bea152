"""Networks that read a sequence from its first symbol on, and what they share.

`KnownSymbols` may read the known part of a sequence, to be added to the features of each place.

`CausalLSTM`, long short-term memory (Hochreiter & Schmidhuber 1997), walks at the cost of a step a symbol, however long
sequences are. `CodedLSTM` is a decoder that reads a code at every place, and all symbols before it (as MOSES'
autoencoders do, Polykovskiy 2020): for lines whose parts far apart belong together, such as brackets and rings of
SMILES. `CausalTransformer` (Vaswani et al. 2017) walks with the keys and values that it keeps.
"""

from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..core.spec import Spec
from ..distributions.logit_masks import Endings, known_ahead
from .conditioning import GivenVector
from .lines import block_size
from .sequence_layers import KnownSymbols, LayersWalk, TransformerLayer, angles, packed_linear


class CausalNetwork(nn.Module):
    """Base of networks of sequences that may end: logits of p(x_t | x_<t, given, known part) for every position t. A
    subclass has

        read(h)         features (B, P, width) of places -> alike, each from those up to it
        reader(h, T)    the same for B sequences of up to T places, one place after another: a function of the features
                        (B, width) of the next one alone, and of the rows that go on: nobody reads the others. h: of
                        the first, to be like. If sequences may take each other's places, it has `reorder(rows)`

    Args:
        spec: one leaf, a Category of shape (T,).
        given: of the conditioning variables.
        width: features of a place.
        heads: Heads of attention; width / heads is even.
        dropout: share of the numbers that the reader of known symbols leaves out.
        holes: whether the symbols that are known further on are read.
    """

    orders = 1  # from the first place to the last

    def __init__(self, spec: Spec, given: Spec, width: int, heads: int = 1, dropout: float = 0.0, holes: bool = False):
        super().__init__()
        self.leaf = spec.leaf
        self.start = self.leaf.end if self.leaf.ends else self.leaf.k  # stands before the first symbol
        self.symbols = nn.Embedding(max(self.leaf.k, self.start + 1), width)
        self.given = GivenVector(given, width)
        self.known = KnownSymbols(self.leaf.k, width, heads, dropout) if holes else None
        self.norm = nn.LayerNorm(width)
        self.out = nn.Linear(width, self.leaf.k)
        for reader in (self, self.known) if holes else (self,):
            nn.init.normal_(reader.symbols.weight, std=0.1)
        self.register_buffer("turns", angles(self.leaf.shape[0], width // heads), persistent=False)

    def forward(self, x: Tensor, given: Tensor, known: Tensor | None = None, order: int = 0) -> Tensor:
        """Computes logits (B, T, k) of every token, given the tokens before it.

        Training computes nothing at places where every sequence of the batch has ended.

        Args:
            x: (B, T) tokens.
            given: (B, G) conditions.
            known: bool like x, tokens that every place may read. None for none.
            order: Unused, for one order alone.
        """
        x = x.long()
        length, endings = x.shape[1], Endings.from_leaf(self.leaf, x, known)
        end = int((x != self.leaf.pad).any(0).sum()) if self.training and self.leaf.ends else length
        previous = F.pad(x[:, :-1], (1, 0), value=self.start)
        h = self.read(self.symbols(previous[:, :end]) + self._condition(x, given, known)[:, :end])
        logits = F.pad(self.out(self.norm(h)), (0, 0, 0, length - end))
        return endings.masked(logits, previous, torch.arange(length, device=x.device))

    def _condition(self, x: Tensor, given: Tensor, known: Tensor | None) -> Tensor:
        """Contributions of given variables and the known part to each place: (B, T, width). They are (B, 1, width) if
        no sequence has a known place behind an unknown one. Without such a place, a sequence reads nothing ahead."""
        c = self.given(given)[:, None]
        if self.known and known is not None and (ahead := known_ahead(known)).any():
            rows = ahead.nonzero()[:, 0]
            ahead_features = self.known(x[rows], known[rows], self.turns).to(c.dtype)
            c = c.expand(-1, x.shape[1], -1).index_add(0, rows, ahead_features)
        return c

    @torch.no_grad()
    def walk(
        self, x: Tensor, given: Tensor, known: Tensor | None = None, order: int = 0
    ) -> Generator[tuple[tuple, Tensor], Tensor | None, None]:
        """Yields ((t,), logits (B, k)) from the first position on; the caller writes x[:, t] before it continues.
        Probabilities are those of `forward`, at the cost of about one pass in all. Ends when every sequence has, with
        PAD in what is left of x.

        Sent rows (B,), it goes on with sequence rows[i] of x in the place of each i, as the caller has put them; those
        that take each other's places have the same given and known parts.

        Args:
            x: (B, ...) input.
            given: (B, G) conditions of the items.
            known: bool like x, True where a number is known.
            order: Number of the order in which the items are written.
        """
        (batch, length), leaf = x.shape, self.leaf
        endings = Endings.from_leaf(leaf, x, known)
        condition = self._condition(x.long(), given, known).expand(-1, length, -1)
        read = self.reader(condition[:, 0], length)
        previous, going = torch.full((batch,), self.start, device=x.device), slice(None)
        for t, place in enumerate(torch.arange(length, device=x.device).split(1)):
            h = read(self.symbols(previous) + condition[:, t], going)
            moved = yield (t,), endings.masked(self.out(self.norm(h))[:, None], previous[:, None], place)[:, 0]
            if moved is not None:
                read.reorder(moved)
            previous = x[:, t].long()
            if leaf.ends and not len(going := (previous < leaf.end).nonzero()[:, 0]):
                x[:, t + 1 :] = leaf.pad
                return


class CausalDecoder(CausalNetwork):
    """Base of causal decoders: decoder(z, x, known, given) -> logits (B, T, k) of every p(x_t | x_<t, z, known part,
    given), in one pass. `walk` yields them position by position. A subclass's `embed_code` computes what z adds to the
    features of each position: (B, T, width) or (B, 1, width)."""

    def forward(self, z: Tensor, x: Tensor, known: Tensor | None, given: Tensor) -> Tensor:
        return super().forward(x, (z, given), known)

    def walk(self, z: Tensor, x: Tensor, known: Tensor | None, given: Tensor) -> Iterator[tuple[tuple, Tensor]]:
        return super().walk(x, (z, given), known)

    def _condition(self, x: Tensor, given: tuple[Tensor, Tensor], known: Tensor | None) -> Tensor:
        z, given = given
        return self.embed_code(z) + super()._condition(x, given, known)


class CausalLSTM(CausalNetwork):
    """An LSTM over the tokens before each position (Hochreiter & Schmidhuber 1997).

    Args:
        spec: One leaf of tokens.
        given: Conditioning variables.
        width: Cells of a layer.
        depth: Layers.
        dropout: Share of units that training drops between layers.
    """

    def __init__(self, spec: Spec, given: Spec, width: int, depth: int, dropout: float = 0.0):
        super().__init__(spec, given, width)
        between = dropout if depth > 1 else 0.0
        self.lstm = nn.LSTM(width, width, depth, batch_first=True, dropout=between)

    def read(self, h: Tensor) -> Tensor:
        return self.lstm(h)[0]

    def reader(self, h: Tensor, length: int) -> "CellsWalk":
        return CellsWalk(self.lstm, h)


class CellsWalk:
    """The state of an LSTM while it writes: a function of the next position's features (B, width) and the rows that
    continue, which returns the last cell's state.

    The library's layer lays its weights out anew at every call. Here they are laid out once a walk, and all four gates
    of a layer are one product.

    Args:
        lstm: Lstm of `width` inputs and cells.
        h: features (B, width) of the first place, to be like.
    """

    def __init__(self, lstm: nn.LSTM, h: Tensor):
        width = lstm.hidden_size
        inner, update, outer = torch.arange(4 * width, device=h.device).split((2 * width, width, width))
        order = torch.cat([inner, outer, update])  # gates in, forget and out beside each other: one sigmoid for all
        self.gates = []
        for of_inputs, of_state, *biases in lstm.all_weights:
            self.gates.append(packed_linear(torch.cat([of_inputs, of_state], 1)[order], sum(biases)[order], len(h)))
        self.states, self.cells = ([torch.zeros_like(h) for _ in self.gates] for _ in range(2))

    def __call__(self, h: Tensor, going: Tensor | slice) -> Tensor:
        width, h = h.shape[1], h[going]
        for gates, states, cells in zip(self.gates, self.states, self.cells):
            opened, update = gates(torch.cat([h, states[going]], 1)).split((3 * width, width), 1)
            enter, forget, leave = opened.sigmoid_().chunk(3, 1)
            cells[going] = cell = cells[going].mul_(forget).addcmul_(enter, update.tanh_())
            states[going] = h = cell.tanh().mul_(leave)
        return states

    def reorder(self, rows: Tensor) -> None:
        """Replaces sequence i by sequence rows[i], for all i.

        Args:
            rows: (B,) int64.
        """
        for numbers in (self.states, self.cells):
            numbers[:] = [layer[rows] for layer in numbers]


class CodedLSTM(CausalDecoder, CausalLSTM):
    """A `CausalLSTM` that reads a code z at every position.

    Args:
        spec: Spec of the items.
        given: Spec of the conditions.
        latents: numbers in z. Others as of `CausalLSTM`.
        width: Features of a layer.
        depth: Number of layers.
        dropout: Share of units that training drops.
    """

    def __init__(self, spec: Spec, given: Spec, latents: int, width: int, depth: int, dropout: float = 0.0):
        super().__init__(spec, given, width, depth, dropout)
        self.code = nn.Linear(latents, width)

    def embed_code(self, z: Tensor) -> Tensor:
        return self.code(z)[:, None]


class CausalTransformer(CausalNetwork):
    """A transformer over the tokens before each position (Vaswani 2017).

    Args:
        spec: Spec of the items.
        given: Spec of the conditions.
        width: Features of a layer.
        heads, depth, taps, squared: of the layers; width / heads is even.
        dropout: Share of units that training drops.
        holes: as of `CausalNetwork`.
    """

    def __init__(
        self, spec: Spec, given: Spec, width: int, heads: int, depth: int, dropout: float = 0.0, taps: int = 0,
        squared: bool = False, holes: bool = False,
    ):  # fmt: skip
        super().__init__(spec, given, width, heads, dropout, holes)
        self.layers = nn.ModuleList(
            TransformerLayer(width, heads, dropout, taps=taps, squared=squared) for _ in range(depth)
        )

    def read(self, h: Tensor) -> Tensor:
        for layer in self.layers:
            h = layer(h, self.turns[:, : h.shape[1]])
        return h

    def reader(self, h: Tensor, length: int) -> LayersWalk:
        return LayersWalk(self.layers, self.turns, len(h), length)


@dataclass(frozen=True)
class Lead:
    """Sizes of the conductor, which expands a latent to one state a block.

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


class Conducted(CausalDecoder, CausalTransformer):
    """A hierarchical decoder of sequences (MusicVAE): a conductor turns the latent into a state for each block, such as
    a bar. The tokens of a block are drawn from its state, given those before them in the block and the last token of
    the block before.

    Blocks are decoded apart, so what one says of another goes through the latent (Roberts 2018).

    Args:
        spec: Spec of the items.
        given: Spec of the conditions.
        width: Features of a layer.
        heads: Attention heads.
        depth: Number of layers.
        blanked: share of the symbols before that the decoder does not see while it trains (word dropout, Bowman
            2016). Others as of `CausalTransformer`.
        dropout: Share of units that training drops.
    """

    def __init__(
        self, spec: Spec, given: Spec, lead: Lead, width: int, heads: int, depth: int, blanked: float,
        dropout: float = 0.0, holes: bool = False,
    ):  # fmt: skip
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

    def reader(self, h: Tensor, length: int) -> Callable[[Tensor, Tensor | slice], Tensor]:
        read, place = None, 0

        def next_place(h: Tensor, going: Tensor | slice) -> Tensor:
            nonlocal read, place
            if place % self.size == 0:
                read = super(Conducted, self).reader(h, self.size)
            place += 1
            return read(h, going)

        return next_place


class Conductor(nn.Module):
    """Computes the states (B, T, width) that condition every position of a sequence, from z (B, latents).

    Each block has a state from its own numbers of z and in view of the other blocks. The states are unfolded over
    places of `patch` tokens, which see each other; and these over tokens.

    Args:
        lead: Sizes of code, blocks and layers.
        size: Tokens of a block, whole places.
        length: Tokens of a sequence.
        width: Units of a layer.
        heads: Heads of attention.
        dropout: Share of units that training drops.
    """

    def __init__(self, lead: Lead, size: int, length: int, width: int, heads: int, dropout: float):
        super().__init__()
        self.blocks, self.length, self.width, self.kept = lead.blocks, length, width, lead.kept
        places = size // lead.patch
        self.states = nn.Linear(lead.latents // lead.blocks, width)
        self.conduct = TransformerLayer(width, heads, dropout, causal=False, squared=True)
        self.unfold = nn.Sequential(nn.LayerNorm(width), nn.Linear(width, places * lead.kept))
        self.read = nn.Linear(lead.kept, width)
        self.layers = nn.ModuleList(
            TransformerLayer(width, heads, dropout, causal=False, taps=3, squared=True) for _ in range(lead.depth)
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
    """Embeds tokens, and sets a share `rate` of the embeddings to zero in training.

    Args:
        width: Features of a layer.
    """

    def __init__(self, symbols: int, width: int, rate: float):
        super().__init__(symbols, width)
        self.rate = rate
        nn.init.normal_(self.weight, std=0.1)

    def forward(self, x: Tensor) -> Tensor:
        h = super().forward(x)
        if not self.training or not self.rate:
            return h
        return h * (torch.rand(x.shape, device=x.device) >= self.rate)[..., None]
