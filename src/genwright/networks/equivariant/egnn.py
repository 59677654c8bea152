"""The E(n)-equivariant graph network (Satorras 2021), over sets of points in which every two members see each other.

    m_ij = phi_m(h_i, h_j, |x_i - x_j|, that of the beginning)                                            messages
    h_i <- h_i + phi_h(h_i, sum_j gate(m_ij) m_ij)                                                        features
    x_i <- x_i + sum_j (x_i - x_j) / (|x_i - x_j| + 1) phi_x(m_ij)                                        positions

Features do not change where points are turned, moved or reflected, positions change with them, and both follow the
order of the members. The difference over its length plus one is that of Hoogeboom 2022, which stays calm where points
are far apart or fall together. Sums are over the root of the members.
"""

import torch
from torch import Tensor, nn
from torch.nn.functional import silu

from ...core.graph import offsets, spans
from ...core.spec import Spec
from ..adapters import Conditioned
from ..conditioning import Condition, Given
from ..mlp import Clock, init_at_zero

TINY = 1e-8  # added to a squared distance, whose root has no gradient at 0
BUMPS, REACH = 17, 4.0  # lengths that a distance is compared with, up to so many scales of positions


class EquivariantLayer(nn.Module):
    """A layer of an E(n)-equivariant graph network (Satorras 2021), which updates features and positions.

    h: (M, width), x: (M, 3) of all members, packed; one message from each other member of the same set."""

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

    def forward(self, h: Tensor, x: Tensor, pairs: "OrderedPairs", input_features: Tensor) -> tuple[Tensor, Tensor]:
        """Updates features and positions of members by messages over all pairs.

        Args:
            h: (M, width) features.
            x: (M, 3) positions.
            pairs: all ordered pairs of members of one set.
            input_features: `features` of the distances in the input.
        """
        normed = self.norm(h)
        way = x[pairs.to] - x[pairs.come]
        distance = length(way)
        message = self.target(normed)[pairs.to] + self.source(normed)[pairs.come]
        message = message + self.distance(torch.cat([features(distance), input_features], 1))
        message = silu(self.message(silu(message)))
        gathered = pairs.sums(message * self.gate(message).sigmoid(), h)
        moved = pairs.sums(way / (distance + 1) * self.move(message).float(), x)
        return h + self.update(torch.cat([normed, gathered], 1)), x + moved


class OrderedPairs:
    """All ordered pairs (to, come) of two members of one set, (E,) int64 each.

    Args:
        ptr: (B + 1,) where each set begins.
    """

    def __init__(self, ptr: Tensor):
        sizes = ptr.diff()
        self.members = sizes.repeat_interleave(sizes)  # size of the set that each member is in
        to = torch.arange(len(self.members), device=ptr.device).repeat_interleave(self.members)
        come = spans(ptr[:-1].repeat_interleave(sizes), offsets(self.members))
        is_other = to != come
        self.to, self.come = to[is_other], come[is_other]

    def sums(self, messages: Tensor, members: Tensor) -> Tensor:
        """Sums the messages that arrive at each member, divided by the root of the number of members: (E, d) -> (M,
        d)."""
        sums = members.new_zeros(len(members), messages.shape[1]).index_add(0, self.to, messages.to(members.dtype))
        return sums / self.members[:, None].sqrt()


def length(way: Tensor) -> Tensor:
    """Computes the lengths (E, 1) of vectors (E, 3)."""
    return ((way**2).sum(1, keepdim=True) + TINY).sqrt()


def features(distance: Tensor) -> Tensor:
    """Computes radial basis features of distances (E, 1): (E, BUMPS + 1).

    They say how near a distance is to each of some lengths (Schutt 2017), by which bonds are distinguished early in
    training. A last number grows slowly with the distance, so that it stays moderate for points far away."""
    lengths = torch.linspace(0, REACH, BUMPS, device=distance.device)
    bumps = (-0.5 * ((distance - lengths) * ((BUMPS - 1) / REACH)) ** 2).exp()
    return torch.cat([bumps, (distance**2).log1p()], 1)


class EGNN(nn.Module):
    """An E(n)-equivariant graph network over sets of points (Satorras 2021): returns features and positions.

    h: (M, width), x: (M, 3), packed members of sets that begin at ptr (B + 1,) -> both, after `depth` layers.

    Before training it leaves both as they are, but for a constant that is added to h."""

    def __init__(self, width: int, depth: int):
        super().__init__()
        self.layers = nn.ModuleList(EquivariantLayer(width) for _ in range(depth))

    def forward(self, h: Tensor, x: Tensor, ptr: Tensor) -> tuple[Tensor, Tensor]:
        pairs = OrderedPairs(ptr)
        input_features = features(length(x[pairs.to] - x[pairs.come]))
        for layer in self.layers:
            h, x = layer(h, x, pairs, input_features)
        return h, x


class NoisyPoints(Conditioned):
    """The denoiser of points in space with a position and a kind, equivariant.

        NoisyPoints(z, kinds, t, given, known, ptr) -> how far each point moves (M, 3), logits of its kind (M, K)

    z: (M, 3) noisy positions, kinds: (M,) int64 noisy kinds, packed members of sets that begin at ptr (B + 1,). t: (B,)
    in [0, 1]. Turned with z, the way of each point turns with it and the logits stay; where all is moved, nothing
    changes.

    `PointMap` turns kinds into numbers and back, and `NoisyLatents` removes noise of numbers and positions. Numbers
    that come out stay when the points turn, and positions turn and move with those that go in.

    Args:
        spec: Spec of a set whose members have a `kind`. Zeros before it is trained.
        given: (B, G), or the Condition that `condition(given)` makes of it once for many calls. known: (M,) bool,
            members whose z and kind are clean.
        width: Features of a layer.
        depth: Number of layers.
    """

    def __init__(self, spec: Spec, given: Spec, width: int, depth: int):
        super().__init__()
        member = spec.leaf.each
        categories = member.columns[member.names.index("kind")].k
        self.kind, self.known = nn.Embedding(categories, width), nn.Embedding(2, width)
        self.size = nn.Linear(1, width)
        self.time = Clock(width)
        self.given = Given(given, width, ("vector",))
        self.body = EGNN(width, depth)
        self.norm, self.logits = nn.LayerNorm(width), init_at_zero(nn.Linear(width, categories))

    def forward(
        self, z: Tensor, kinds: Tensor, t: Tensor, given: Tensor | Condition, known: Tensor, ptr: Tensor
    ) -> tuple[Tensor, Tensor]:
        sizes = ptr.diff()
        of_set = self.time(t) + self.condition(given).vector + self.size(sizes[:, None].to(z.dtype).log())
        h = self.kind(kinds) + self.known(known.long()) + of_set.repeat_interleave(sizes, 0)
        h, x = self.body(h, z, ptr)
        return x - z, self.logits(silu(self.norm(h)))


class PointMap(nn.Module):
    """Maps points with numbers to points with numbers, equivariantly.

    (M, inputs) numbers and (M, 3) positions of packed members of sets that begin at ptr (B + 1,) -> (M, outputs)
    numbers, positions. of_set: (B, width), what is known of each set, added to its members. Before training positions
    stay where they are.

    Args:
        inputs: Input features.
        outputs: Output features.
        width: Features of a layer.
        depth: Number of layers.
    """

    def __init__(self, inputs: int, outputs: int, width: int, depth: int):
        super().__init__()
        self.read, self.size = nn.Linear(inputs, width), nn.Linear(1, width)
        self.body, self.norm = EGNN(width, depth), nn.LayerNorm(width)
        self.write = nn.Linear(width, outputs)

    def forward(self, h: Tensor, x: Tensor, ptr: Tensor, of_set: Tensor | float = 0.0) -> tuple[Tensor, Tensor]:
        sizes = ptr.diff()
        of_set = of_set + self.size(sizes[:, None].to(x.dtype).log())
        h, x = self.body(self.read(h) + of_set.repeat_interleave(sizes, 0), x, ptr)
        return self.write(silu(self.norm(h))).float(), x.float()


class NoisyLatents(Conditioned):
    """The denoiser of points in space with a position and real numbers, equivariant.

    network(z, t, given, ptr) -> (M, 3 + F): of z (M, 3 + F), positions and numbers, how far each position moves, and F
    numbers. t: (B,) in [0, 1].

    Args:
        given: (B, G), or what `condition` makes of it. Zeros before it is trained.
        width: Features of a layer.
        depth: Number of layers.
    """

    def __init__(self, features: int, given: Spec, width: int, depth: int):
        super().__init__()
        self.time = Clock(width)
        self.given = Given(given, width, ("vector",))
        self.map = PointMap(features, features, width, depth)
        init_at_zero(self.map.write)

    def forward(self, z: Tensor, t: Tensor, given: Tensor | Condition, ptr: Tensor) -> Tensor:
        places, numbers = z[:, :3], z[:, 3:]
        numbers, moved = self.map(numbers, places, ptr, self.time(t) + self.condition(given).vector)
        return torch.cat([moved - places, numbers], 1)
