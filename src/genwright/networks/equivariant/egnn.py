"""The E(n)-equivariant graph network (Satorras 2021), over sets of points in which every two members see each other.

    m_ij = phi_m(h_i, h_j, |x_i - x_j|, that of the beginning)                                            messages
    h_i <- h_i + phi_h(h_i, sum_j gate(m_ij) m_ij)                                                        features
    x_i <- x_i + sum_j (x_i - x_j) / (|x_i - x_j| + 1) phi_x(m_ij)                                        positions

Features do not change where points are turned, moved or reflected, positions change with them, and both follow the
order of the members. The difference over its length plus one is that of Hoogeboom 2022, which stays calm where points
are far apart or fall together. Sums are over the root of the members.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import silu

from ...core.graph import offsets, spans

TINY = 1e-8  # added to a squared distance, whose root has no gradient at 0
BUMPS, REACH = 17, 4.0  # lengths that a distance is compared with, up to so many scales of positions


class Layer(nn.Module):
    """h: (M, width), x: (M, 3) of all members, packed; one message from each other member of the same set."""

    def __init__(self, width: int):
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.target, self.source = nn.Linear(width, width), nn.Linear(width, width, bias=False)
        self.distance = nn.Linear(2 * (BUMPS + 1), width, bias=False)  # now and in the beginning
        self.message = nn.Linear(width, width)
        self.gate = nn.Linear(width, 1)
        self.update = nn.Sequential(nn.Linear(2 * width, width), nn.SiLU(), nn.Linear(width, width))
        self.move = nn.Sequential(nn.Linear(width, width), nn.SiLU(), nn.Linear(width, 1, bias=False))
        for last in (self.update[-1], self.move[-1]):
            nn.init.zeros_(last.weight)

    def forward(self, h: Tensor, x: Tensor, pairs: Pairs, before: Tensor) -> tuple[Tensor, Tensor]:
        """before: `features` of the distances in the beginning."""
        normed = self.norm(h)
        way = x[pairs.to] - x[pairs.come]
        distance = length(way)
        message = self.target(normed)[pairs.to] + self.source(normed)[pairs.come]
        message = message + self.distance(torch.cat([features(distance), before], 1))
        message = silu(self.message(silu(message)))
        gathered = pairs.sums(message * self.gate(message).sigmoid(), h)
        moved = pairs.sums(way / (distance + 1) * self.move(message).float(), x)
        return h + self.update(torch.cat([normed, gathered], 1)), x + moved


class Pairs:
    """All ordered pairs (to, come) of two members of one set, (E,) int64 each. ptr: (B + 1,) where each set begins."""

    def __init__(self, ptr: Tensor):
        sizes = ptr.diff()
        self.members = sizes.repeat_interleave(sizes)  # size of the set that each member is in
        to = torch.arange(len(self.members), device=ptr.device).repeat_interleave(self.members)
        come = spans(ptr[:-1].repeat_interleave(sizes), offsets(self.members))
        other = to != come
        self.to, self.come = to[other], come[other]

    def sums(self, each: Tensor, like: Tensor) -> Tensor:
        """(E, d) -> (M, d) over what comes to each member, over the root of the members of its set."""
        sums = like.new_zeros(len(like), each.shape[1]).index_add(0, self.to, each.to(like.dtype))
        return sums / self.members[:, None].sqrt()


def length(way: Tensor) -> Tensor:
    """(E, 3) -> (E, 1)."""
    return ((way**2).sum(1, keepdim=True) + TINY).sqrt()


def features(distance: Tensor) -> Tensor:
    """(E, 1) -> (E, BUMPS + 1): how near it is to each of some lengths (Schutt 2017), by which bonds are told apart
    early in training, and a number that grows slowly with it, so that a point far away is none without bounds."""
    lengths = torch.linspace(0, REACH, BUMPS, device=distance.device)
    bumps = (-0.5 * ((distance - lengths) * ((BUMPS - 1) / REACH)) ** 2).exp()
    return torch.cat([bumps, (distance**2).log1p()], 1)


class EGNN(nn.Module):
    """h: (M, width), x: (M, 3), packed members of sets that begin at ptr (B + 1,) -> both, after `depth` layers.

    Before training it leaves both as they are, but for a constant that is added to h.
    """

    def __init__(self, width: int, depth: int):
        super().__init__()
        self.layers = nn.ModuleList(Layer(width) for _ in range(depth))

    def forward(self, h: Tensor, x: Tensor, ptr: Tensor) -> tuple[Tensor, Tensor]:
        pairs = Pairs(ptr)
        before = features(length(x[pairs.to] - x[pairs.come]))
        for layer in self.layers:
            h, x = layer(h, x, pairs, before)
        return h, x
