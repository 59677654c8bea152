"""MADE: a masked network over the columns of a row, in several orders, with a cached walk over the columns.

Germain et al. 2015, "MADE: Masked Autoencoder for Distribution Estimation". Here every column owns a block of hidden units in
each layer; a block sees the blocks of the columns up to its own in the order, the first layer only those before it. So one
set of weights serves every order, and an order is nothing but the choice of masks.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import log

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..margins import Margins
from ..spec import Category, Spec
from .conditioning import ColumnFeatures, GivenVector


class MaskedLinear(nn.Linear):
    """y_j = sum over the columns i allowed to j of W_ji x_i + b_j, for x: (B, D * inputs), y: (B, D * outputs)."""

    def __init__(self, columns: int, inputs: int, outputs: int):
        super().__init__(columns * inputs, columns * outputs)
        self.blocks = (columns, outputs, columns, inputs)

    def forward(self, x: Tensor, allowed: Tensor) -> Tensor:
        """allowed: (D, D), 1 where column j (row) may see column i."""
        return self.product(x, allowed) + self.bias

    def product(self, x: Tensor, allowed: Tensor) -> Tensor:
        weight = self.weight.view(self.blocks) * allowed[:, None, :, None]
        return F.linear(x, weight.view_as(self.weight))

    def sorted(self, order: Tensor) -> tuple[Tensor, Tensor]:
        """Weight and bias with the columns in the order given, so that what a column may see is a slice from the front."""
        weight = self.weight.view(self.blocks)[order][:, :, order].reshape(self.weight.shape)
        return weight, self.bias.view(self.blocks[:2])[order].flatten()


class MaskedBlock(nn.Module):
    """h + W2 drop(silu(W1 norm(h) + V c)), the norm within each column's units; W2 starts at zero."""

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


class Curves(nn.Module):
    """Smooth logits over the bins of numeric columns: the log mass of a mixture of M logistic curves in Gaussian coordinates,

        log sum_m pi_m [S((z_{b+1} - mu_m) / s_m) - S((z_b - mu_m) / s_m)],   z_b = Phi^-1(F(edge b)), S the logistic function.

    Three numbers a curve say where a column lies and how sharply, which a logit a bin would learn only from many rows.
    """

    def __init__(self, margins: Margins, columns: list[int], units: int, components: int):
        super().__init__()
        z = torch.special.ndtri(margins.cum[columns]).clamp(-8, 8)
        self.register_buffer("columns", torch.tensor(columns, dtype=torch.long), False)
        self.register_buffer("edges", z.float(), False)  # (n, K + 1)
        self.register_buffer("floor", (1e-4 * margins.cum[columns].diff(dim=1)).float() + 1e-12, False)  # far from all curves
        self.weight = nn.Parameter(torch.zeros(len(columns), units, 3 * components))
        start = torch.zeros(3, components)
        start[1] = torch.special.ndtri((torch.arange(components) + 0.5) / components)
        start[2] = -log(2)
        self.bias = nn.Parameter(start.flatten().repeat(len(columns), 1))

    def forward(self, h: Tensor, some: slice = slice(None)) -> Tensor:
        """h: (n, B, units), one row a numeric column of `some` -> (n, B, K)."""
        numbers = torch.baddbmm(self.bias[some, None], h, self.weight[some]).float()
        logit, mean, log_sd = numbers.unsqueeze(2).chunk(3, -1)  # (n, B, 1, M)
        below = ((self.edges[some, None, :, None] - mean) * (-log_sd.clamp(-5, 3)).exp()).sigmoid()
        mass = (below.diff(dim=2) * logit.softmax(-1)).sum(-1)
        return (mass + self.floor[some, None]).log()


class MADE(nn.Module):
    """Logits of p(x_j | x_i for i before j, given, known part) over the bins of each column's margin.

    spec: scalar leaves. units: hidden units a column. depth: residual blocks. features: width of a column's input vector.
    context: width of the vector that carries given variables, the order and the known part. orders: how many fixed orders
    there are; the first is the order of the spec, the others are shuffles of it. components: smooth curves a numeric column.
    """

    def __init__(
        self, spec: Spec, given: Spec, units: int, depth: int, features: int = 16, context: int = 64, orders: int = 4,
        components: int = 3, dropout: float = 0.0,
    ):
        super().__init__()
        margins = Margins(spec)
        d, self.units = len(spec.columns), units
        self.orders = orders if d > 1 else 1
        shuffle = torch.Generator().manual_seed(0)
        perms = [torch.arange(d)] + [torch.randperm(d, generator=shuffle) for _ in range(self.orders - 1)]
        if d == 2:
            perms = [torch.tensor([n % 2, 1 - n % 2]) for n in range(self.orders)]
        self.register_buffer("perms", torch.stack(perms))  # (orders, D): the n-th column of an order
        self.features = ColumnFeatures(spec, features)
        self.given = GivenVector(given, context)
        self.which = nn.Embedding(self.orders, context)
        self.first = MaskedLinear(d, features, units)
        self.blocks = nn.ModuleList(MaskedBlock(d, units, context, dropout) for _ in range(depth))
        self.last = nn.Parameter(torch.zeros(d, units, margins.bins))
        numeric = [j for j, leaf in enumerate(spec.columns) if not isinstance(leaf, Category)]
        self.curves = Curves(margins, numeric, units, components)
        # an untrained network says the margins: the columns are then independent
        bias = margins.cum.diff(dim=1).clamp(min=1e-6).log().float()
        with torch.no_grad():
            bias[numeric] -= self.curves(torch.zeros(len(numeric), 1, units))[:, 0]
        self.bias = nn.Parameter(bias)

    def _context(self, given: Tensor, order: int) -> Tensor:
        """(B, context)."""
        return self.given(given) + self.which.weight[order]

    def _beyond(self, e: Tensor, known: Tensor | None, before: Tensor) -> tuple[Tensor, Tensor] | None:
        """What known columns add to the blocks that would not see them for their place in the order. e: (B, D, features) ->
        rows (B',) of which something is known, (B', D * units); None where nothing is known."""
        if known is None or not known.any():
            return None
        some = known.any(1).nonzero()[:, 0]
        return some, self.first.product((e[some] * known[some, :, None]).flatten(1), 1 - before)

    def forward(self, x: Tensor, given: Tensor, known: Tensor | None = None, order: int = 0) -> Tensor:
        """x: (B, D) with NaN for absent, given: (B, G), known: bool like x or None -> logits (B, D, bins)."""
        rank = self.perms[order].argsort()
        before = (rank[None, :] < rank[:, None]).float()  # (D, D): column j (row) comes after column i
        c, e = self._context(given, order), self.features(x)
        h = self.first(e.flatten(1), before)
        beyond = self._beyond(e, known, before)
        if beyond is not None:
            h = h.index_add(0, beyond[0], beyond[1].to(h.dtype))
        upto = before + torch.eye(len(rank))
        for block in self.blocks:
            h = block(h, c, upto)
        h = F.silu(norm(h, len(rank))).unflatten(1, (len(rank), -1)).transpose(0, 1)  # (D, B, units)
        logits = torch.baddbmm(self.bias[:, None], h, self.last)
        curves = self.curves(h[self.curves.columns])
        return logits.index_add(0, self.curves.columns, curves.to(logits.dtype)).transpose(0, 1)

    def walk(self, x: Tensor, given: Tensor, known: Tensor | None = None, order: int = 0) -> Iterator[tuple[tuple, Tensor]]:
        """Yield ((j,), logits (B, bins)) in the order given; the caller writes x[:, j] before it goes on.

        The numbers are those of `forward`, at the cost of one pass in all: a step computes the units of one column.
        """
        perm, size, numeric = self.perms[order], self.units, self.curves.columns.tolist()
        c = self._context(given, order)
        rank = perm.argsort()
        starts = torch.zeros(len(x), len(perm) * size)
        beyond = self._beyond(self.features(x), known, (rank[None, :] < rank[:, None]).float())
        if beyond is not None:
            starts[beyond[0]] = beyond[1]
        first, first_bias = self.first.sorted(perm)
        weights = [(block.inner.sorted(perm), block.outer.sorted(perm)) for block in self.blocks]
        biases = [block.condition(c).unflatten(1, (len(perm), size)) for block in self.blocks]
        seen = torch.zeros(len(x), 0)  # features of the columns so far
        normed = [torch.zeros(len(x), 0) for _ in self.blocks]
        active = [torch.zeros(len(x), 0) for _ in self.blocks]
        for n, j in enumerate(perm.tolist()):
            own = slice(n * size, (n + 1) * size)
            h = F.linear(seen, first[own, : seen.shape[1]], first_bias[own]) + starts[:, j * size : (j + 1) * size]
            for k, (inner, outer) in enumerate(weights):
                normed[k] = torch.cat([normed[k], norm(h, 1)], 1)
                a = F.linear(normed[k], inner[0][own, : (n + 1) * size], inner[1][own]) + biases[k][:, j]
                active[k] = torch.cat([active[k], F.silu(a)], 1)
                h = h + F.linear(active[k], outer[0][own, : (n + 1) * size], outer[1][own])
            h = F.silu(norm(h, 1))
            logits = torch.addmm(self.bias[j], h, self.last[j])
            if j in numeric:
                at = numeric.index(j)
                logits = logits + self.curves(h[None], slice(at, at + 1))[0]
            yield (j,), logits
            seen = torch.cat([seen, self.features(x)[:, j]], 1)
