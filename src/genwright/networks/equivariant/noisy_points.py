"""Networks that remove noise from points in space: of positions and kinds, and of positions and numbers.

    NoisyPoints(z, kinds, t, given, known, ptr) -> how far each point moves (M, 3), logits of its kind (M, K)

z: (M, 3) noisy positions, kinds: (M,) int64 noisy kinds, packed members of sets that begin at ptr (B + 1,). t: (B,) in
[0, 1]. given: (B, G), or the Condition that `condition(given)` makes of it once for many calls. known: (M,) bool,
members whose z and kind are clean. Turned with z, the way of each point turns with it and the logits stay; where all is
moved, nothing changes.

`PointMap` turns kinds into numbers and back, and `NoisyLatents` removes noise of numbers and positions. Numbers that
come out stay when the points turn, and positions turn and move with those that go in.
"""

import torch
from torch import Tensor, nn
from torch.nn.functional import silu

from ...core.spec import Spec
from ..adapters import Conditioned
from ..conditioning import Condition, Given
from ..mlp import Clock, starting_at_zero
from .egnn import EGNN


class NoisyPoints(Conditioned):
    """spec: of a set whose members have a `kind`. Zeros before it is trained."""

    def __init__(self, spec: Spec, given: Spec, width: int, depth: int):
        super().__init__()
        each = spec.leaf.each
        categories = each.columns[each.names.index("kind")].k
        self.kind, self.known = nn.Embedding(categories, width), nn.Embedding(2, width)
        self.size = nn.Linear(1, width)
        self.time = Clock(width)
        self.given = Given(given, width, ("vector",))
        self.body = EGNN(width, depth)
        self.norm, self.logits = nn.LayerNorm(width), starting_at_zero(nn.Linear(width, categories))

    def forward(
        self, z: Tensor, kinds: Tensor, t: Tensor, given: Tensor | Condition, known: Tensor, ptr: Tensor
    ) -> tuple[Tensor, Tensor]:
        sizes = ptr.diff()
        of_set = self.time(t) + self.condition(given).vector + self.size(sizes[:, None].to(z.dtype).log())
        h = self.kind(kinds) + self.known(known.long()) + of_set.repeat_interleave(sizes, 0)
        h, x = self.body(h, z, ptr)
        return x - z, self.logits(silu(self.norm(h)))


class PointMap(nn.Module):
    """(M, inputs) numbers and (M, 3) positions of packed members of sets that begin at ptr (B + 1,) -> (M, outputs)
    numbers, positions. of_set: (B, width), what is known of each set, added to its members. Before training positions
    stay where they are."""

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
    """network(z, t, given, ptr) -> (M, 3 + F): of z (M, 3 + F), positions and numbers, how far each position moves, and
    F numbers. t: (B,) in [0, 1]. given: (B, G), or what `condition` makes of it. Zeros before it is trained."""

    def __init__(self, features: int, given: Spec, width: int, depth: int):
        super().__init__()
        self.time = Clock(width)
        self.given = Given(given, width, ("vector",))
        self.map = PointMap(features, features, width, depth)
        starting_at_zero(self.map.write)

    def forward(self, z: Tensor, t: Tensor, given: Tensor | Condition, ptr: Tensor) -> Tensor:
        places, numbers = z[:, :3], z[:, 3:]
        numbers, moved = self.map(numbers, places, ptr, self.time(t) + self.condition(given).vector)
        return torch.cat([moved - places, numbers], 1)
