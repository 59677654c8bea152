"""MADE: a masked network over the columns of a row, in several orders, with a cached walk over the columns.

Germain et al. 2015, "MADE: Masked Autoencoder for Distribution Estimation". Here every column owns a block of hidden
units in each layer; a block sees the blocks of the columns up to its own in the order, the first layer only those
before it. So one set of weights serves every order, and an order is nothing but the choice of masks.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import factorial

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..core.draws import Draws
from ..core.spec import Category, Spec
from ..distributions.margins import Margins
from .conditioning import GivenVector

FREE = 0.1  # weight of the free part of a numeric column's vectors, which makes it learn as much slower


class MaskedLinear(nn.Linear):
    """y_j = sum over the columns i allowed to j of W_ji x_i + b_j, for x: (B, D * inputs), y: (B, D * outputs)."""

    def __init__(self, columns: int, inputs: int, outputs: int):
        super().__init__(columns * inputs, columns * outputs)
        self.blocks = (columns, outputs, columns, inputs)

    def forward(self, x: Tensor, allowed: Tensor) -> Tensor:
        """allowed: (D, D), 1 where column j (row) may see column i."""
        return self.product(x, allowed) + self.bias

    def product(self, x: Tensor, allowed: Tensor) -> Tensor:
        """The same without b."""
        weight = self.weight.view(self.blocks) * allowed[:, None, :, None]
        return F.linear(x, weight.view_as(self.weight))

    def sorted(self, order: Tensor) -> tuple[Tensor, Tensor]:
        """Weight and bias with the columns in the order given: what a column may see is then a slice from the front."""
        weight = self.weight.view(self.blocks)[order][:, :, order].reshape(self.weight.shape)
        return weight, self.bias.view(self.blocks[:2])[order].flatten()


class MaskedBlock(nn.Module):
    """h + W2 drop(silu(W1 norm(h) + V c)), the norm within each column's units; W2 starts at zero. h: (B, D * units),
    c: (B, condition), allowed: (D, D) as in `MaskedLinear`."""

    def __init__(self, columns: int, units: int, condition: int, dropout: float):
        super().__init__()
        self.inner = MaskedLinear(columns, units, units)
        self.condition = nn.Linear(condition, columns * units, bias=False)
        self.dropout = nn.Dropout(dropout)
        self.outer = MaskedLinear(columns, units, units)
        nn.init.zeros_(self.outer.weight)
        nn.init.zeros_(self.outer.bias)

    def forward(self, h: Tensor, c: Tensor, allowed: Tensor) -> Tensor:
        inner = self.inner(norm(h, len(allowed)), allowed) + self.condition(c)
        return h + self.outer(self.dropout(F.silu(inner)), allowed)


def norm(h: Tensor, columns: int) -> Tensor:
    """Layer norm within each column's units, which keeps the columns apart: (B, D * units) -> the same shape."""
    h = h.unflatten(1, (columns, -1))
    return F.layer_norm(h, h.shape[2:]).flatten(1)


class BinVectors(nn.Module):
    """A learned vector for every bin of every column: (D, K, width).

    Neighbouring bins of a numeric column mean nearly the same, so that its vectors are sum_r f_r(bin) a_r + FREE b_bin
    with smooth functions f_r: powers of the Gaussian coordinate z of the bin's middle, and cos(pi r u) of its rank u.
    The free part moves slowly and learns only what many rows say. A category has its free vectors alone.
    """

    def __init__(self, spec: Spec, margins: Margins, width: int, start: float, waves: int = 8):
        super().__init__()
        numeric = torch.tensor([not isinstance(leaf, Category) for leaf in spec.columns])
        u = (margins.cum[:, :-1] + margins.cum[:, 1:]) / 2
        z = torch.special.ndtri(u.clamp(1e-4, 1 - 1e-4))
        basis = torch.stack([2 * z, z**2 - 1, *(torch.cos(torch.pi * r * u) for r in range(1, waves + 1))], 2)
        self.register_buffer("basis", (basis * numeric[:, None, None]).float(), False)  # (D, K, R)
        self.register_buffer("pace", torch.where(numeric, FREE, 1.0)[:, None, None], False)
        fade = torch.cat([torch.ones(2), 1 / torch.arange(1, waves + 1) ** 2])
        self.smooth = nn.Parameter(start * fade[:, None] * torch.randn(len(u), waves + 2, width))
        self.free = nn.Parameter(start * torch.randn(*u.shape, width))

    def forward(self) -> Tensor:
        return torch.baddbmm(self.free * self.pace, self.basis, self.smooth)


class MADE(nn.Module):
    """Logits of p(x_j | x_i for i before j, given, known part) over the bins of each column's margin.

    spec: scalar leaves. units: hidden units a column. depth: residual blocks. features: width of a column's input
    vector. context: width of the vector that carries the given variables and the order. orders: how many fixed orders
    there are, at most; the first is the order of the spec, the others are shuffles of it.
    """

    def __init__(
        self,
        spec: Spec,
        given: Spec,
        units: int,
        depth: int,
        features: int = 16,
        context: int = 64,
        orders: int = 4,
        dropout: float = 0.0,
    ):
        super().__init__()
        margins = Margins(spec)
        d, self.units = len(spec.columns), units
        perms, shuffle = [list(range(d))], Draws.from_seed(0)
        while len(perms) < min(orders, factorial(d)):
            perm = shuffle.permutation(d).tolist()
            perms += [perm] if perm not in perms else []
        self.orders = len(perms)
        self.register_buffer("perms", torch.tensor(perms))  # (orders, D): the n-th column of an order
        self.margins = margins
        self.inputs = BinVectors(spec, margins, features, 0.5)
        self.outputs = BinVectors(spec, margins, units, 0.0)
        self.given = GivenVector(given, context)
        self.which = nn.Embedding(self.orders, context)
        self.first = MaskedLinear(d, features, units)
        self.blocks = nn.ModuleList(MaskedBlock(d, units, context, dropout) for _ in range(depth))
        # an untrained network gives each column its margin, independent of the others
        self.bias = nn.Parameter(margins.cum.diff(dim=1).clamp(min=1e-6).log().float())

    def _context(self, given: Tensor, order: int) -> Tensor:
        """(B, context)."""
        return self.given(given) + self.which.weight[order]

    def _beyond(self, e: Tensor, known: Tensor, before: Tensor) -> Tensor:
        """What known columns add to the blocks that do not see them for their place in the order: (B, D * units), from
        e: (B, D, features). The weights are those of `first`: a known column is read like an earlier one."""
        return self.first.product((e * known[..., None]).flatten(1), 1 - before)

    def forward(self, x: Tensor, given: Tensor, known: Tensor | None = None, order: int = 0) -> Tensor:
        """x: (B, D) with NaN for absent, given: (B, G), known: bool like x or None -> logits (B, D, bins)."""
        before, columns = self._before(order), x.shape[1]
        c, e = self._context(given, order), self._features(x)
        h = self.first(e.flatten(1), before)
        if known is not None:
            h = h + self._beyond(e, known, before)
        upto = before + torch.eye(columns, device=x.device)
        for block in self.blocks:
            h = block(h, c, upto)
        h = F.silu(norm(h, columns)).unflatten(1, (columns, -1)).transpose(0, 1)  # (D, B, units)
        return torch.baddbmm(self.bias[:, None], h, self.outputs().mT).transpose(0, 1)

    def _before(self, order: int) -> Tensor:
        """(D, D): 1 where column j (row) comes after column i."""
        rank = self.perms[order].argsort()
        return (rank[None, :] < rank[:, None]).float()

    def _features(self, x: Tensor) -> Tensor:
        """(B, D) -> (B, D, features): the vector of each number's bin."""
        table = self.inputs()
        bins = self.margins.to_bins(x) + torch.arange(len(table), device=x.device) * table.shape[1]
        return F.embedding(bins, table.flatten(0, 1))

    @torch.inference_mode()
    def walk(
        self, x: Tensor, given: Tensor, known: Tensor | None = None, order: int = 0
    ) -> Iterator[tuple[tuple, Tensor]]:
        """Yield ((j,), logits (B, bins)) in the order given; the caller writes x[:, j] before it goes on.

        The numbers are those of `forward`, at the cost of one pass in all: a step computes the units of one column.
        """
        perm, size, last = self.perms[order], self.units, self.outputs()
        c = self._context(given, order)
        first, first_bias = self.first.sorted(perm)
        starts = first_bias.expand(len(x), -1)  # (B, D * units), the columns in the order
        if known is not None:
            beyond = self._beyond(self._features(x), known, self._before(order))
            starts = starts + beyond.unflatten(1, (len(perm), size))[:, perm].flatten(1)
        weights = [(block.inner.sorted(perm), block.outer.sorted(perm)) for block in self.blocks]
        biases = [block.condition(c).unflatten(1, (len(perm), size)) for block in self.blocks]
        seen = x.new_zeros(len(x), 0)  # features of the columns so far
        normed = [x.new_zeros(len(x), 0) for _ in self.blocks]
        active = [x.new_zeros(len(x), 0) for _ in self.blocks]
        for n, j in enumerate(perm.tolist()):
            own = slice(n * size, (n + 1) * size)
            h = starts[:, own] + F.linear(seen, first[own, : seen.shape[1]])
            for k, (inner, outer) in enumerate(weights):
                normed[k] = torch.cat([normed[k], norm(h, 1)], 1)
                a = F.linear(normed[k], inner[0][own, : (n + 1) * size], inner[1][own]) + biases[k][:, j]
                active[k] = torch.cat([active[k], F.silu(a)], 1)
                h = h + F.linear(active[k], outer[0][own, : (n + 1) * size], outer[1][own])
            yield (j,), torch.addmm(self.bias[j], F.silu(norm(h, 1)), last[j].T)
            seen = torch.cat([seen, self._features(x)[:, j]], 1)
