"""Position-aware networks (You 2019, P-GNN): a node is known by its distances to sets of anchors drawn at random.

    s(v, u) = 1 / (d(v, u) + 1), 0 beyond q hops        q = 2: P-GNN-F; all hops: P-GNN-E
    m_vi    = relu(s(v, u_i) h_{u_i} U + h_v V + b)     u_i: the member of anchor set i that is nearest to v
    h_v'    = mean_i m_vi                               what the next layer sees
    z_v     = (m_v1 w, .., m_vk w)                      the position: one number an anchor set, alike for every node

There are log^2 n sets: log n each of sizes n / 2, n / 4, .., so that distances among nodes survive in z up to log n
(Bourgain 1985).
"""

from dataclasses import dataclass
from math import inf, log2

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ...core.draws import Draws
from ...core.graph import Graph, as_scipy
from .features import Features, Linear, dropout


@dataclass(frozen=True, eq=False)
class Anchors:
    """nearest: (N, k) int64 member of each set that is nearest to each node. closeness: (N, k) float, s to it."""

    nearest: Tensor
    closeness: Tensor


def closeness(graph: Graph, hops: float = inf) -> Tensor:
    """(N, N) float32: 1 / (steps from column to row + 1), 0 where there are more than `hops`."""
    from scipy.sparse.csgraph import dijkstra

    steps = dijkstra(as_scipy(graph).T, unweighted=True, limit=hops)  # SciPy's rows are where a path begins
    return torch.from_numpy(1 / (steps.T + 1)).float().to(graph.ptr.device)


def draw_sets(nodes: int, rng: Draws) -> list[Tensor]:
    """log^2 n sets of n / 2^i different nodes, log n for each i, as numbers of nodes (int64)."""
    levels = max(1, int(log2(nodes)))
    sizes = [max(1, nodes >> level) for level in range(1, levels + 1)]
    return [rng.permutation(nodes)[:size] for size in sizes for _ in range(levels)]


def anchored(close: Tensor, sets: list[Tensor]) -> Anchors:
    """close: (N, N) as `closeness` gives it. If members are equally near, the first of the set counts."""
    best, which = zip(*(close[:, members].max(1) for members in sets))
    return Anchors(torch.stack([members[at] for members, at in zip(sets, which)], 1), torch.stack(best, 1))


class PGNN(nn.Module):
    """One layer. x: (N, inputs), anchors of k sets -> messages m: (N, k, outputs)."""

    def __init__(self, inputs: int, outputs: int):
        super().__init__()
        self.theirs, self.own = Linear(inputs, outputs, bias=False), Linear(inputs, outputs)

    def forward(self, x: Tensor, anchors: Anchors) -> Tensor:
        return F.relu(anchors.closeness[:, :, None] * self.theirs(x)[anchors.nearest] + self.own(x)[:, None])


class PositionNetwork(nn.Module):
    """before: (N, F) -> (N, width); layers: of PGNN, width -> width. Anchors are drawn anew whenever the caller likes,
    since no weight belongs to one."""

    def __init__(self, before: nn.Module, layers: list[PGNN], width: int, dropout: float):
        super().__init__()
        self.before, self.layers, self.position = before, nn.ModuleList(layers), Linear(width, 1)
        self.dropout = dropout

    def forward(self, x: Features, anchors: Anchors) -> Tensor:
        """(N, k) positions of length 1. x: (N, F)."""
        h = self.before(x)
        for layer in self.layers:
            messages = layer(dropout(h, self.dropout, self.training), anchors)
            h = messages.mean(1)
        return F.normalize(self.position(messages).squeeze(2), dim=1)
