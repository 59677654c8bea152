"""The network of diffusion over points in space: what was the noise, and what was each point's kind?

    network(z, kinds, t, given, known, ptr) -> how far each point moves (M, 3), logits of its kind (M, K)

z: (M, 3) noisy positions, kinds: (M,) int64 noisy kinds, packed members of sets that begin at ptr (B + 1,). t: (B,) in
[0, 1]. given: (B, G), or the Condition that `condition(given)` makes of it once for many calls. known: (M,) bool,
members whose z and kind are clean. Turned with z, the way of each point turns with it and the logits stay; where all is
moved, nothing changes.
"""

from torch import Tensor, nn
from torch.nn.functional import silu

from ...core.spec import Spec
from ..adapters import Conditioned
from ..conditioning import Condition, Given
from ..mlp import FourierFeatures
from .egnn import EGNN


class NoisyPoints(Conditioned):
    """spec: of a set whose members have a `kind`. Zeros before it is trained."""

    def __init__(self, spec: Spec, given: Spec, width: int, depth: int):
        super().__init__()
        each = spec.leaf.each
        categories = each.columns[each.names.index("kind")].k
        self.kind, self.known = nn.Embedding(categories, width), nn.Embedding(2, width)
        self.size = nn.Linear(1, width)
        self.time = nn.Sequential(FourierFeatures(width), nn.Linear(width, width), nn.SiLU(), nn.Linear(width, width))
        self.given = Given(given, width, ("vector",))
        self.body = EGNN(width, depth)
        self.norm, self.logits = nn.LayerNorm(width), nn.Linear(width, categories)
        nn.init.zeros_(self.logits.weight)
        nn.init.zeros_(self.logits.bias)

    def forward(
        self, z: Tensor, kinds: Tensor, t: Tensor, given: Tensor | Condition, known: Tensor, ptr: Tensor
    ) -> tuple[Tensor, Tensor]:
        sizes = ptr.diff()
        of_set = self.time(t) + self.condition(given).vector + self.size(sizes[:, None].to(z.dtype).log())
        h = self.kind(kinds) + self.known(known.long()) + of_set.repeat_interleave(sizes, 0)
        h, x = self.body(h, z, ptr)
        return x - z, self.logits(silu(self.norm(h)))
