"""A graph network whose messages are gated (Liao 2019, GRAN), over the nodes that there are and a block of new ones.

    m_ij = relu(A (h_j - h_i) + kind_ij)                       of each edge from j to i; old, new, or one of each
    h_i <- GRU(h_i, B sum_j sigmoid(gate m_ij) m_ij)           a gate a head, once a layer

The messages of a layer differ by nodes alone up to the relu, so that A is applied to nodes and not to edges.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..core.spec import Spec
from .conditioning import GivenVector

NUMBERS = 2


class GraphAttention(nn.Module):
    """block: new nodes at most. mixture: components K of the Bernoullis of a block."""

    def __init__(self, spec: Spec, given: Spec, width: int, depth: int, heads: int, block: int, mixture: int):
        super().__init__()
        self.given, self.numbers = GivenVector(given, width), nn.Linear(NUMBERS, width)
        self.row_in = nn.Linear(len(spec.leaf.sizes.probs), width)
        self.new = nn.Embedding(block, width)
        kinds = (block + 1) ** 2  # of edges: whether each end is old, or which of the new nodes it is
        self.layers = nn.ModuleList(GatedLayer(width, heads, kinds) for _ in range(depth))
        self.theta, self.alpha = (
            nn.Sequential(
                nn.Linear(width, width), nn.ReLU(), nn.Linear(width, width), nn.ReLU(), nn.Linear(width, mixture)
            )
            for _ in range(2)
        )

    def old(self, rows: Tensor) -> Tensor:
        """What old nodes begin with: (b, m, width), of rows (b, m, m), their pairs with the nodes before them."""
        return F.linear(rows, self.row_in.weight[:, : rows.shape[-1]], self.row_in.bias)

    def fresh(self, place: Tensor, numbers: Tensor, given: Tensor) -> Tensor:
        """What new nodes begin with: (N, width). place: (N,) in the block. numbers: (N, NUMBERS). given: (N, G)."""
        return self.new(place) + self.numbers(numbers) + self.given(given)

    def forward(self, h: Tensor, source: Tensor, target: Tensor, kind: Tensor) -> Tensor:
        """(N, width) after all layers. source, target, kind: (E,)."""
        for layer in self.layers:
            h = layer(h, source, target, kind)
        return h

    def pairs(self, h: Tensor, new: Tensor, other: Tensor) -> tuple[Tensor, Tensor]:
        """theta and alpha of pairs of nodes: (P, K) logits each."""
        apart = h.index_select(0, new) - h.index_select(0, other)
        return self.theta(apart), self.alpha(apart)


class GatedLayer(nn.Module):
    def __init__(self, width: int, heads: int, kinds: int):
        super().__init__()
        self.ends, self.kind = nn.Linear(width, width, bias=False), nn.Embedding(kinds, width)
        self.gate = nn.Parameter(torch.randn(heads, width // heads) / (width // heads) ** 0.5)
        self.back, self.update = nn.Linear(width, width, bias=False), nn.GRUCell(width, width)

    def forward(self, h: Tensor, source: Tensor, target: Tensor, kind: Tensor) -> Tensor:
        at = self.ends(h)
        message = F.relu(at.index_select(0, source) - at.index_select(0, target) + self.kind(kind))
        split = message.unflatten(1, self.gate.shape)
        gated = (split * (split * self.gate).sum(2, keepdim=True).sigmoid()).flatten(1)
        return self.update(self.back(torch.zeros_like(h).index_add(0, target, gated)), h)
