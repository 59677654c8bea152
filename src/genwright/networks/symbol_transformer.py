"""A transformer that reads a whole sequence, of which some symbols are noise, and says what each was."""

from torch import Tensor, nn

from ..core.spec import Spec
from .conditioning import GivenVector
from .mlp import FourierFeatures
from .sequence_layers import Layer, angles


class SymbolTransformer(nn.Module):
    """Logits (B, T, `outputs`) of the clean symbols. spec: one leaf, a Category of shape (T,). The layers are those of
    `CausalTransformer`, which here see places ahead too. timed: whether it looks at the clock."""

    def __init__(
        self,
        spec: Spec,
        given: Spec,
        outputs: int,
        width: int,
        heads: int,
        depth: int,
        dropout: float = 0.0,
        taps: int = 0,
        squared: bool = False,
        timed: bool = False,
    ):
        super().__init__()
        leaf = spec.leaf
        self.symbols = nn.Embedding(leaf.k + 1, width)  # and a mask
        self.known = nn.Embedding(2, width)
        self.given = GivenVector(given, width)
        self.clock = Clock(width) if timed else None
        self.layers = nn.ModuleList(
            Layer(width, heads, dropout, causal=False, taps=taps, squared=squared) for _ in range(depth)
        )
        self.norm = nn.LayerNorm(width)
        self.out = nn.Linear(width, outputs)
        for table in (self.symbols, self.known):
            nn.init.normal_(table.weight, std=0.1)
        self.register_buffer("turns", angles(leaf.shape[0], width // heads), persistent=False)

    def forward(self, z: Tensor, clock: Tensor, given: Tensor, known: Tensor) -> Tensor:
        """z: (B, P) int64, k for a mask, P up to T. clock: (B,) in [0, 1]. given: (B, G). known: (B, P) bool, places
        where there is no noise."""
        told = self.given(given)
        told = told if self.clock is None else told + self.clock(clock)
        h = self.symbols(z) + self.known(known.long()) + told[:, None]
        for layer in self.layers:
            h = layer(h, self.turns[:, : z.shape[1]])
        return self.out(self.norm(h))


class Clock(nn.Sequential):
    """(B,) in [0, 1] -> (B, width)."""

    def __init__(self, width: int):
        super().__init__(FourierFeatures(width), nn.Linear(width, width), nn.SiLU(), nn.Linear(width, width))
