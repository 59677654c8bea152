"""Causal transformers over the codes of a grid in raster order, the codes of one place in turn.

Places are learned by row, column and turn beside the rotations of `sequence_layers`, whose layers these are.

`TextRaster` reads the tokens of a text first (Ramesh 2021, section 2.2):

    start, t_1, .., t_L, first, c_1, .., c_(T-1)      what the layers read
    t_1,  t_2,  .., end,  c_1,   c_2, .., c_T         what they predict there

Every code looks at the whole text, and at the codes before it that a rule names. Nothing looks at the places behind the
end of a text, so that a batch is as long as its longest text, whatever that is.

Rules by which a code of a grid looks at codes before it in raster order (Ramesh 2021, figure 11):

    all        every one
    row        as many as one row holds, up to the code itself
    column     those above it, in its own column
    local      those that lie at most `REACH` rows and columns away

If a place has several codes, each looks at those before it in the same place, by every rule.
"""

from collections.abc import Iterator

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..core.shares import share
from ..core.spec import Category, Spec
from .conditioning import GivenMaps, kind_of
from .sequence_layers import KnownSymbols, LayersWalk, TransformerLayer, angles


class RasterTransformer(nn.Module):
    """A transformer of codes on a grid: logits of p(x_i | x_<i, given, known part) for every code i, in raster order,
    channels innermost.

    Args:
        spec: one Category of shape (C, H, W).
        given: scalars, and grids of codes of coarser levels.
        width: features of a place; width / heads is even.
        heads: Heads of attention.
        depth: layers.
        dropout: share of each layer's output that is left out.
    """

    orders = 1

    def __init__(self, spec: Spec, given: Spec, width: int, heads: int, depth: int, dropout: float = 0.0):
        super().__init__()
        self.k, self.shape = spec.leaf.k, spec.shape
        channels, height, wide = spec.shape
        self.symbols = nn.Embedding(
            channels * self.k + 1, width
        )  # a vector for each symbol of each channel, and for what stands before the first
        self.turn, self.row, self.column = (nn.Embedding(n, width) for n in spec.shape)
        self.given = GivenMaps(given, width, (height, wide))
        self.known = KnownSymbols(channels * self.k, width, heads, dropout)
        self.layers = nn.ModuleList(TransformerLayer(width, heads, dropout) for _ in range(depth))
        self.norm = nn.LayerNorm(width)
        self.out = nn.ModuleList(nn.Linear(width, self.k) for _ in range(channels))
        for table in (self.symbols, self.turn, self.row, self.column, self.known.symbols):
            nn.init.normal_(table.weight, std=0.1)
        self.register_buffer("turns", angles(spec.dims, width // heads), persistent=False)

    def forward(self, x: Tensor, given: Tensor, known: Tensor | None = None, order: int = 0) -> Tensor:
        """Computes logits (B, C, H, W, k) of every code, given those before it in raster order.

        Args:
            x: (B, C, H, W) codes.
            given: (B, G) conditions.
            known: bool like x, codes that all others may read. None for none.
            order: Unused, for one order alone.
        """
        return self._params(self._read(self._inputs(x, given, known), given))

    @torch.no_grad()
    def walk(
        self, x: Tensor, given: Tensor, known: Tensor | None = None, order: int = 0
    ) -> Iterator[tuple[tuple, Tensor]]:
        """Yields ((c, i, j), logits (B, k)) in raster order; the caller writes x[:, c, i, j] before it continues. The
        numbers are those of `forward`, at the cost of about one pass in all.

        Args:
            x: (B, ...) input.
            given: (B, G) conditions of the items.
            known: bool like x, True where a number is known.
            order: Number of the order in which the items are written.
        """
        batch, (channels, _, wide) = len(x), self.shape
        places = self._places(self._symbols(x), given, known)
        next_place = self._reader(given, batch)
        previous = torch.full((batch,), self.symbols.num_embeddings - 1, device=x.device)
        for t in range(places.shape[1]):
            (i, j), c = divmod(t // channels, wide), t % channels
            h = next_place(self.symbols(previous) + places[:, t])
            yield (c, i, j), self.out[c](self.norm(h))
            previous = x[:, c, i, j].long() + c * self.k

    def _inputs(self, x: Tensor, given: Tensor, known: Tensor | None) -> Tensor:
        """Features of the symbol before each place, plus the features of `_places`: (B, T, width)."""
        symbols = self._symbols(x)
        previous = F.pad(symbols[:, :-1], (1, 0), value=self.symbols.num_embeddings - 1)
        return self.symbols(previous) + self._places(symbols, given, known)

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
            partly_known = known.flatten(1).any(1).nonzero()[:, 0]
            mask = known[partly_known].movedim(1, -1).flatten(1)
            c = c.index_add(0, partly_known, self.known(symbols[partly_known], mask, self.turns).to(c.dtype))
        return c


REACH = 2
RULES = ("all", "row", "column", "local")


def seen_codes(rule: str, channels: int, height: int, wide: int) -> Tensor:
    """Builds masks of attention between the codes of an image by a rule.

    (T, T) bool, T = height * wide * channels positions in raster order, channels innermost: whether the position of a
    row of the matrix looks at that of a column, which is never behind it.

    Args:
        rule: which codes a code sees.
        channels: codes of one position.
        height: Height of the grid.
        wide: Wide of the grid.
    """
    position = torch.arange(height * wide * channels)
    row, column = position // (wide * channels), position // channels % wide
    offset = position[:, None] - position
    down, right = (places[:, None] - places for places in (row, column))
    masks = {
        "all": offset >= 0,
        "row": offset < wide * channels,
        "column": right == 0,
        "local": (down <= REACH) & (right.abs() <= REACH),
    }
    return masks[rule] & (offset >= 0)


def rules_of(attention: str, depth: int) -> list[str]:
    """Returns one rule of attention a layer. Then layers see rows, every fourth layer from the second on columns, and
    the last layer is local, as in the paper.

    Args:
        attention: a rule for every layer, or "sparse".
        depth: Number of layers.
    """
    if attention != "sparse":
        return [attention] * depth
    rules = ["column" if layer % 4 == 1 else "row" for layer in range(depth)]
    return [*rules[:-1], "local"]


class TextRaster(RasterTransformer):
    """A `RasterTransformer` that reads the given texts as tokens before the codes; other variables are added to each
    code.

    Args:
        spec: Spec of the items.
        given: Spec of the conditions.
        width: Features of a layer.
        heads: Attention heads.
        depth: Number of layers.
        dropout: Share of units that training drops.
        attention: as `rules_of` takes it.
    """

    def __init__(
        self, spec: Spec, given: Spec, width: int, heads: int, depth: int, dropout: float = 0.0, attention: str = "all"
    ):
        texts = [name for name, leaf in given.leaves if kind_of(leaf) == "tokens"]
        self.others = [name for name in given.names if name not in texts]
        other_conditions = Spec(tuple((name, leaf) for name, leaf in given.leaves if name in self.others))
        super().__init__(spec, other_conditions, width, heads, depth, dropout)
        self.whole, self.names = given, texts
        leaves = dict(given.leaves)
        self.texts = nn.ModuleList(TextTrack(leaves[name], width) for name in texts)
        longest = sum(1 + leaves[name].shape[0] for name in texts)
        self.register_buffer("line", angles(longest + spec.dims, width // heads), persistent=False)
        rules = rules_of(attention, depth)
        kinds = sorted(set(rules))
        self.rules = [kinds.index(rule) for rule in rules]
        masks = torch.stack([seen_codes(rule, *spec.shape) for rule in kinds])
        self.register_buffer("seen", masks, persistent=False)

    def with_texts(self, x: Tensor, given: Tensor, known: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Computes the output of `forward`, and the mean of -log p(t_i | t_<i) over the tokens of all texts of the
        batch, 0 without tokens.

        Args:
            x: (B, C, H, W) codes.
            given: (B, G) conditions.
            known: bool like x, or None.
        """
        h = self._read_all(self._inputs(x, given, known), given)
        nats, start = [], 0
        for name, text in zip(self.names, self.texts):
            tokens = self.whole.part(given, name)
            length = text.length(tokens)
            nats.append(text.nats(self.norm(h[:, start : start + length]), tokens))
            start += 1 + length
        token_nats = torch.cat([h.new_zeros(0).float(), *nats])
        return self._params(h[:, start:]), share().ratio(token_nats.sum(), token_nats.new_tensor(len(token_nats)))

    def text_log_probs(self, name: str, tokens: Tensor) -> Tensor:
        """Computes log p(t_i | t_<i), (B, T, k), for every token of one text, without the other texts.

        Args:
            tokens: (B, T) int64.
        """
        text, length = self.texts[self.names.index(name)], tokens.shape[1]
        given = self.norm.weight.new_full((len(tokens), self.whole.width), torch.nan)
        part = self.whole.part(given, name)
        part.fill_(text.pad)[:, :length] = tokens.to(part)
        h = self._read_all(given.new_zeros(len(given), 0, self.norm.weight.shape[0]), given)
        start = self.names.index(name)
        logits = text.out(self.norm(h[:, start : start + length])).float()
        logits[..., text.pad] = -torch.inf
        return logits.log_softmax(-1)

    def _read(self, h: Tensor, given: Tensor) -> Tensor:
        return self._read_all(h, given)[:, -h.shape[1] :]

    def _read_all(self, h: Tensor, given: Tensor) -> Tensor:
        """Features after all layers, of the texts and then of the first T codes: (B, L + T, width)."""
        tokens, turns, biases = self._prefix(given)
        h = torch.cat([tokens.to(h.dtype), h], 1)
        length = h.shape[1]
        for layer, rule in zip(self.layers, self.rules):
            h = layer(h, turns[:, :length], biases[rule][:, :length, :length])
        return h

    def _reader(self, given: Tensor, batch: int) -> LayersWalk:
        tokens, turns, biases = self._prefix(given)
        read = LayersWalk(self.layers, turns, batch, turns.shape[1], [biases[rule] for rule in self.rules])
        for token in tokens.unbind(1):
            read(token)
        return read

    def _prefix(self, given: Tensor) -> tuple[Tensor, Tensor, list[Tensor]]:
        """Features of the texts (B, L, width), the `angles` of them and of the codes, and a bias (B, L + T, L + T) for
        each rule: 0 where a place looks, -inf elsewhere."""
        features, masks, places, first = [given.new_zeros(len(given), 0, self.norm.weight.shape[0])], [], [], 0
        for name, text in zip(self.names, self.texts):
            part = self.whole.part(given, name)
            tokens, present = text(part)
            features.append(tokens)
            masks.append(present)
            places.append(torch.arange(first, first + tokens.shape[1], device=given.device))
            first += 1 + part.shape[1]
        places.append(torch.arange(first, self.line.shape[1], device=given.device))
        masks.append(torch.ones(len(given), self.seen.shape[1], dtype=torch.bool, device=given.device))
        keys, codes = torch.cat(masks, 1), self.seen.shape[1]
        length = keys.shape[1]
        causal = torch.ones(length, length, dtype=torch.bool, device=given.device).tril()
        itself = torch.eye(length, dtype=torch.bool, device=given.device)
        biases = []
        for mask in self.seen:
            looks = causal.clone()
            looks[-codes:, -codes:] = mask
            looks = (looks & keys[:, None]) | itself
            biases.append(torch.zeros(looks.shape, device=given.device).masked_fill(~looks, -torch.inf))
        return torch.cat(features, 1), self.line[:, torch.cat(places)], biases

    def _places(self, symbols: Tensor, given: Tensor, known: Tensor | None) -> Tensor:
        flat_parts = [self.whole.part(given, name).reshape(len(given), -1) for name in self.others]
        return super()._places(symbols, torch.cat([given[:, :0], *flat_parts], 1), known)


class TextTrack(nn.Module):
    """The layers for one given text: they embed its tokens, and predict the next one. A text that is left out (NaN) is
    one symbol of its own.

    Args:
        leaf: a Category of shape (T,).
        width: Features of a layer.
    """

    def __init__(self, leaf: Category, width: int):
        super().__init__()
        self.k, self.pad = leaf.k, leaf.pad if leaf.ends else -1
        self.symbols = nn.Embedding(leaf.k + 2, width)  # and what stands before a text, or for one that is left out
        self.places = nn.Embedding(leaf.shape[0] + 1, width)
        self.out = nn.Linear(width, leaf.k)
        for table in (self.symbols, self.places):
            nn.init.normal_(table.weight, std=0.1)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Embeds texts x (B, T): features (B, 1 + L, width), and where there is a token, (B, 1 + L) bool. L is the
        longest length."""
        x = x[:, : self.length(x)]
        out = x.isnan().any(1, keepdim=True) if x.shape[1] else x.new_ones(len(x), 1, dtype=torch.bool)
        exists = F.pad(self._is_text(x), (1, 0), value=True)
        symbols = torch.cat([self.k + out.long(), x.nan_to_num().long()], 1)
        return self.symbols(symbols) + self.places.weight[: symbols.shape[1]], exists

    def length(self, x: Tensor) -> int:
        """Returns the number of tokens of the longest text, its end among them."""
        return int(self._is_text(x).any(0).sum())

    def nats(self, h: Tensor, x: Tensor) -> Tensor:
        """Computes -log p of each token, (n,).

        Args:
            h: (B, L, width), of the positions before them.
            x: (B, ...) input.
        """
        x = x[:, : h.shape[1]]
        exists = self._is_text(x)
        return F.cross_entropy(self.out(h[exists]).float(), x[exists].long(), reduction="none")

    def _is_text(self, x: Tensor) -> Tensor:
        return ~x.isnan() & (x != self.pad)
