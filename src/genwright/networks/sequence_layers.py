"""Layers over places in order: attention and what goes with it, all places at once or one place after another.

Norms stand before each part (Xiong 2020), and positions are rotations of queries and keys (Su 2021). Two options are
those of So et al. 2021 (Primer): `taps`, a depthwise convolution over the places before this one, and a squared
rectifier.

`KnownSymbols` reads the known part of a sequence, without a mask: sampling sees the known symbols further on.

`LayersWalk` keeps keys and values of the places so far. At a place of a few sequences nearly all time goes into reading
weights and what is kept, and into calls; so weights are packed once a walk, and keys and values turned as they are
written. torch's plain product of few rows lays the weights out anew each time. oneDNN's with weights laid out
beforehand takes half the time for 4 rows and a third for 64; for one row it is slower.
"""

from collections.abc import Callable, Sequence
from functools import partial

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .dropout import Dropout
from .mlp import init_at_zero

BASE = 10_000.0  # base of the wavelengths of positions


def angles(length: int, size: int) -> Tensor:
    """Computes cosines and sines of the angles by which pairs of numbers turn at each position: (2, length, size /
    2)."""
    pace = BASE ** (-torch.arange(size // 2) * 2 / size)
    angle = torch.arange(length)[:, None] * pace
    return torch.stack([angle.cos(), angle.sin()])


def apply_rotary(x: Tensor, turns: Tensor) -> Tensor:
    """Rotates each pair of numbers of x by the angles of its position (Su 2021).

    Args:
        x: (B, heads, P, D).
        turns: (2, P, D / 2), as `angles` returns them.
    """
    (a, b), (cos, sin) = x.chunk(2, -1), turns.to(x.dtype)
    return torch.cat([a * cos - b * sin, a * sin + b * cos], -1)


def attention(query: Tensor, key: Tensor, value: Tensor, causal: bool, bias: Tensor | None = None) -> Tensor:
    """Computes the attention (B, heads, P, D) of queries to keys.

    bfloat16 on a CPU goes through plain products, which are three to six times as fast there.

    Args:
        query, key, value: (B, heads, P, D).
        causal: Whether a place sees only the places before it and itself.
        bias: (B, P, P), added to the logits, in place of `causal`.
    """
    if query.dtype != torch.bfloat16 or query.device.type != "cpu":
        mask = None if bias is None else bias[:, None].to(query.dtype)
        return F.scaled_dot_product_attention(query, key, value, mask, is_causal=causal and bias is None)
    shape, places = query.shape, query.shape[2]
    if bias is not None:
        ahead = bias.to(query.dtype).repeat_interleave(shape[1], 0)
    else:
        ahead = query.new_full((places, places), -torch.inf).triu(1) if causal else query.new_zeros(())
    query, key, value = (part.flatten(0, 1) for part in (query, key, value))
    scores = torch.baddbmm(ahead, query, key.transpose(1, 2), alpha=shape[3] ** -0.5)
    return torch.bmm(scores.softmax(-1), value).view(shape)


class Taps(nn.Module):
    """Mixes each feature with itself at `count` positions: this one and those before it, or around it where it is not
    causal. (B, P, width) -> (B, P, width), the identity at first."""

    def __init__(self, count: int, width: int, causal: bool):
        super().__init__()
        self.after = 0 if causal else (count - 1) // 2
        self.before = count - 1 - self.after
        self.weight = nn.Parameter(torch.zeros(count, width))
        nn.init.ones_(self.weight[self.before])

    def forward(self, x: Tensor) -> Tensor:
        picture = F.pad(x, (0, 0, self.before, self.after)).transpose(1, 2)[:, :, None]  # one pixel high, channels last
        mixed = F.conv2d(picture, self.weight.t()[:, None, None], groups=x.shape[2])
        return mixed[:, :, 0].transpose(1, 2)


class TransformerLayer(nn.Module):
    """A transformer layer.

    h + attention(norm(h)), then h + mlp(norm(h)). h: (B, P, width).

    Args:
        width: features of a place; width / heads is even.
        heads: Heads of attention.
        dropout: share of each part's output that is left out.
        causal: whether a place sees only those before it.
        taps: places that the depthwise convolution before attention sees; 0 for none.
        squared: square the rectifiers, in the place of GELUs.
    """

    def __init__(
        self, width: int, heads: int, dropout: float, causal: bool = True, taps: int = 0, squared: bool = False
    ):
        super().__init__()
        self.heads, self.causal = heads, causal
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in range(2))
        self.taps = Taps(taps, width, causal) if taps else None
        self.qkv = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)
        self.mlp = nn.Sequential(
            nn.Linear(width, 4 * width), SquaredReLU() if squared else nn.GELU(), nn.Linear(4 * width, width)
        )
        self.dropout = Dropout(dropout)

    def forward(self, h: Tensor, turns: Tensor, bias: Tensor | None = None) -> Tensor:
        """Computes the layer's outputs, like h.

        Args:
            h: (B, P, width).
            turns: `angles` of the places.
            bias: As for `attention`.
        """
        return self.join(h, attention(*self.split(h, turns), self.causal, bias))

    def split(self, h: Tensor, turns: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Computes queries, keys and values of the positions, (B, heads, P, D) each."""
        normed = self.norms[0](h)
        normed = normed if self.taps is None else self.taps(normed)
        query, key, value = self.qkv(normed).unflatten(2, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)
        return apply_rotary(query, turns), apply_rotary(key, turns), value

    def join(self, h: Tensor, mixed: Tensor) -> Tensor:
        """Adds the attention's output, mixed (B, heads, P, D), and then the perceptron's part, to h."""
        h = h + self.dropout(self.out(mixed.transpose(1, 2).flatten(2)))
        return h + self.dropout(self.mlp(self.norms[1](h)))


class SquaredReLU(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return F.relu(x).square()


class KnownSymbols(nn.Module):
    """Attention from every position to the known tokens, also those ahead.

    x (B, T) int64, known bool alike -> (B, T, width), zeros at first. It learns to look ahead.

    Args:
        width: Features of a layer.
        heads: Attention heads.
        dropout: Share of units that training drops.
    """

    def __init__(self, symbols: int, width: int, heads: int, dropout: float):
        super().__init__()
        self.unknown = symbols
        self.symbols = nn.Embedding(symbols + 1, width)
        self.layer = TransformerLayer(width, heads, dropout, causal=False)
        self.out = init_at_zero(nn.Linear(width, width))

    def forward(self, x: Tensor, known: Tensor, turns: Tensor) -> Tensor:
        return self.out(self.layer(self.symbols(torch.where(known, x, self.unknown)), turns))


def packed_linear(weight: Tensor, bias: Tensor, rows: int) -> Callable[[Tensor], Tensor]:
    """Returns a linear map with packed weights, for a fixed number of rows.

    x (rows, inputs) -> x weight' + bias, as both are now.

    Args:
        weight: (outputs, inputs). Plain where there is no oneDNN, and of one row.
    """
    has_onednn = weight.device.type == "cpu" and torch.backends.mkldnn.is_available()
    if rows == 1 or not has_onednn or weight.dtype != torch.float32:
        return partial(F.linear, weight=weight, bias=bias)
    laid_out = torch.ops.mkldnn._reorder_linear_weight(weight.detach(), rows)
    product = torch.ops.mkldnn._linear_pointwise.default
    return lambda x: product(x, laid_out, bias, "none", [], "")


class LayersWalk:
    """The state of transformer layers while they write one position after another. It is a function of the next
    position's features (B, width) and the rows that continue, which returns the last layer's features. When a quarter
    of its rows have ended, it drops them: few copies in all, and each of less.

    Args:
        layers: `TransformerLayer`s.
        turns: the `angles` of up to `length` places.
        batch: B.
        length: places at most.
        biases: one a layer, as of `attention`; by default every place looks at all before it.
    """

    def __init__(
        self, layers: nn.ModuleList, turns: Tensor, batch: int, length: int, biases: Sequence[Tensor] | None = None
    ):
        biases = biases or [None] * len(layers)
        self.walked = [LayerWalk(layer, batch, length, bias) for layer, bias in zip(layers, biases)]
        self.turns, self.place = list(zip(*place_turns(turns))), 0
        self.rows = torch.arange(batch, device=turns.device)  # that it holds

    def __call__(self, h: Tensor, going: Tensor | slice = slice(None)) -> Tensor:
        if not isinstance(going, slice) and 4 * len(going) <= 3 * len(self.rows):
            self._hold_rows(torch.searchsorted(self.rows, going), going)
        features = h[self.rows]
        for layer in self.walked:
            features = layer(features, self.place, self.turns[self.place])
        self.place += 1
        return h.index_copy(0, self.rows, features)

    def reorder(self, rows: Tensor) -> None:
        """Replaces sequence i by sequence rows[i], for all i.

        Args:
            rows: (B,) int64.
        """
        all_rows = torch.arange(len(rows), device=rows.device)
        if len(self.rows) < len(rows):  # those it lacks have ended, and nobody reads them
            return self._hold_rows(torch.searchsorted(self.rows, rows).clamp_(max=len(self.rows) - 1), all_rows)
        moved = (rows != all_rows).nonzero()[:, 0]
        for layer in self.walked:
            layer.replace(moved, rows[moved], self.place)

    def _hold_rows(self, features: Tensor, rows: Tensor) -> None:
        """Hold `rows` from now on: each of them as the row in the place `features` was."""
        for layer in self.walked:
            layer.take(features, self.place)
        self.rows = rows


def place_turns(turns: Tensor) -> tuple[tuple[Tensor, ...], tuple[Tensor, ...]]:
    """Computes complex factors of queries (D / 2,), and of keys and values (2, 1, D / 2), at each position. The factor
    of queries also divides by the root of D, and the factor of values is 1.

    Args:
        turns: the `angles`.
    """
    turn = torch.complex(*turns)
    factors = torch.stack([turn, torch.ones_like(turn)], 1)[:, :, None]
    return (turn * (2 * turn.shape[1]) ** -0.5).unbind(), factors.unbind()


class LayerWalk:
    """The keys and values of one layer, for B sequences of up to `length` positions. Queries, keys and values are seen
    as complex numbers: the two that a turn mixes stand beside each other in queries and keys.

    Args:
        batch: Number of items.
    """

    def __init__(self, layer: TransformerLayer, batch: int, length: int, bias: Tensor | None = None):
        width, heads, weight = layer.out.in_features, layer.heads, layer.qkv.weight
        interleaved = torch.arange(width).view(heads, 2, -1).transpose(1, 2).flatten()
        rows = torch.cat([interleaved, interleaved + width, torch.arange(2 * width, 3 * width)]).to(weight.device)
        self._keep_in(weight.new_empty(2, batch, heads, length, width // heads))
        self.heads, self.norms, self.taps = heads, layer.norms, layer.taps
        self.bias = None if bias is None else bias.repeat_interleave(heads, 0)
        up, self.act, down = layer.mlp
        self.last = weight.new_zeros(batch, layer.taps.before, width) if layer.taps else None
        self.qkv = packed_linear(weight[rows], layer.qkv.bias[rows], batch)
        self.out, self.up, self.down = (packed_linear(m.weight, m.bias, batch) for m in (layer.out, up, down))

    def __call__(self, h: Tensor, t: int, turn: tuple[Tensor, Tensor]) -> Tensor:
        """h: (B, width), of place t. turn: its `place_turns`."""
        normed = self.norms[0](h)
        if self.taps is not None:
            window = torch.cat([self.last, normed[:, None]], 1)
            normed, self.last = (window * self.taps.weight).sum(1), window[:, 1:]
        split = torch.view_as_complex(self.qkv(normed).view(len(h), 3, self.heads, -1, 2))
        query = torch.view_as_real(split[:, 0] * turn[0]).view(len(self.keys), 1, -1)
        torch.mul(split[:, 1:], turn[1], out=self.places[t])
        scores = torch.bmm(query, self.keys[:, :, : t + 1])
        if self.bias is not None:
            scores = scores + self.bias[:, t : t + 1, : t + 1]
        h = h + self.out(torch.bmm(scores.softmax(-1), self.values[:, : t + 1]).view_as(h))
        return h + self.down(self.act(self.up(self.norms[1](h))))

    def _keep_in(self, cache: Tensor) -> None:
        """cache: (2, B, heads, length, D), keys and values."""
        self.kept, self.places = cache, torch.view_as_complex(cache.unflatten(4, (-1, 2))).transpose(0, 1).unbind(3)
        self.keys, self.values = cache[0].flatten(0, 1).transpose(1, 2), cache[1].flatten(0, 1)

    def take(self, rows: Tensor, places: int) -> None:
        """Keeps the sequences `rows` (any,) of the batch.

        Args:
            places: how many positions have been written.
        """
        cache = self.kept.new_empty(2, len(rows), *self.kept.shape[2:])
        cache[:, :, :, :places] = self.kept[:, rows, :, :places]
        self._keep_in(cache)
        if self.taps is not None:
            self.last = self.last[rows]

    def replace(self, rows: Tensor, other_rows: Tensor, places: int) -> None:
        """Replaces some rows of the batch by others, as they were before.

        Args:
            places: how many have been walked.
        """
        self.kept[:, rows, :, :places] = self.kept[:, other_rows, :, :places]
        if self.taps is not None:
            self.last = self.last.index_copy(0, rows, self.last[other_rows])
