"""The layers of `sequence_layers` at one place after another: keys and values of the places so far are kept.

At a place of a few sequences nearly all time goes into reading weights and what is kept, and into calls; so weights are
packed once a walk, and keys and values turned as they are written.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from .packed import packed
from .sequence_layers import Layer


class LayersWalk:
    """A function of the features (B, width) of the next place alone: what the last layer says of it, alike. turns: the
    `angles` of up to `length` places. biases: one a layer, as of `attention`; none where every place looks at all
    before it."""

    def __init__(
        self, layers: nn.ModuleList, turns: Tensor, batch: int, length: int, biases: Sequence[Tensor] | None = None
    ):
        biases = biases or [None] * len(layers)
        self.walked = [LayerWalk(layer, batch, length, bias) for layer, bias in zip(layers, biases)]
        self.turns, self.place = list(zip(*place_turns(turns))), 0

    def __call__(self, h: Tensor) -> Tensor:
        for layer in self.walked:
            h = layer(h, self.place, self.turns[self.place])
        self.place += 1
        return h

    def reorder(self, rows: Tensor) -> None:
        """Go on with sequence rows[i] in the place of each i. rows: (B,) int64."""
        moved = (rows != torch.arange(len(rows), device=rows.device)).nonzero()[:, 0]
        for layer in self.walked:
            layer.replace(moved, rows[moved], self.place)


def place_turns(turns: Tensor) -> tuple[tuple[Tensor, ...], tuple[Tensor, ...]]:
    """Complex factors of queries (D / 2,), and of keys and values (2, 1, D / 2), at each place. The factor of queries
    also divides by the root of D, and the factor of values is 1. turns: the `angles`."""
    turn = torch.complex(*turns)
    both = torch.stack([turn, torch.ones_like(turn)], 1)[:, :, None]
    return (turn * (2 * turn.shape[1]) ** -0.5).unbind(), both.unbind()


class LayerWalk:
    """One layer, B sequences of up to `length` places. Queries, keys and values are seen as complex numbers: the two
    that a turn mixes stand beside each other in queries and keys."""

    def __init__(self, layer: Layer, batch: int, length: int, bias: Tensor | None = None):
        width, heads, weight = layer.out.in_features, layer.heads, layer.qkv.weight
        beside = torch.arange(width).view(heads, 2, -1).transpose(1, 2).flatten()
        rows = torch.cat([beside, beside + width, torch.arange(2 * width, 3 * width)]).to(weight.device)
        kept = weight.new_empty(2, batch, heads, length, width // heads)
        self.kept, self.places = kept, torch.view_as_complex(kept.unflatten(4, (-1, 2))).transpose(0, 1).unbind(3)
        self.keys, self.values = kept[0].flatten(0, 1).transpose(1, 2), kept[1].flatten(0, 1)
        self.heads, self.norms, self.taps = heads, layer.norms, layer.taps
        self.bias = None if bias is None else bias.repeat_interleave(heads, 0)
        up, self.act, down = layer.mlp
        self.last = weight.new_zeros(batch, layer.taps.before, width) if layer.taps else None
        self.qkv = packed(weight[rows], layer.qkv.bias[rows], batch)
        self.out, self.up, self.down = (packed(m.weight, m.bias, batch) for m in (layer.out, up, down))

    def __call__(self, h: Tensor, t: int, turn: tuple[Tensor, Tensor]) -> Tensor:
        """h: (B, width), of place t. turn: its `place_turns`."""
        seen = self.norms[0](h)
        if self.taps is not None:
            window = torch.cat([self.last, seen[:, None]], 1)
            seen, self.last = (window * self.taps.weight).sum(1), window[:, 1:]
        split = torch.view_as_complex(self.qkv(seen).view(len(h), 3, self.heads, -1, 2))
        query = torch.view_as_real(split[:, 0] * turn[0]).view(len(self.keys), 1, -1)
        torch.mul(split[:, 1:], turn[1], out=self.places[t])
        scores = torch.bmm(query, self.keys[:, :, : t + 1])
        if self.bias is not None:
            scores = scores + self.bias[:, t : t + 1, : t + 1]
        h = h + self.out(torch.bmm(scores.softmax(-1), self.values[:, : t + 1]).view_as(h))
        return h + self.down(self.act(self.up(self.norms[1](h))))

    def replace(self, rows: Tensor, others: Tensor, places: int) -> None:
        """Some rows of the batch by others, as they were before. places: how many have been walked."""
        self.kept[:, rows, :, :places] = self.kept[:, others, :, :places]
        if self.taps is not None:
            self.last = self.last.index_copy(0, rows, self.last[others])
