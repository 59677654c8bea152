"""A decoder of sequences that reads a code at every place, and all symbols before it (as MOSES' autoencoders do,
Polykovskiy 2020): for lines whose parts far apart belong together, such as brackets and rings of SMILES."""

from collections.abc import Iterator

from torch import Tensor, nn

from ..core.spec import Spec
from .causal_lstm import CausalLSTM


class CodedLSTM(CausalLSTM):
    """decoder(z, x, known, given) -> logits (B, T, k) of every p(x_t | x_<t, z, given), in one pass; `walk` yields them
    place by place. latents: numbers in z. Others as of `CausalLSTM`."""

    def __init__(self, spec: Spec, given: Spec, latents: int, width: int, depth: int, dropout: float = 0.0):
        super().__init__(spec, given, width, depth, dropout)
        self.code = nn.Linear(latents, width)

    def forward(self, z: Tensor, x: Tensor, known: Tensor | None, given: Tensor) -> Tensor:
        return super().forward(x, (z, given), known)

    def walk(self, z: Tensor, x: Tensor, known: Tensor | None, given: Tensor) -> Iterator[tuple[tuple, Tensor]]:
        return super().walk(x, (z, given), known)

    def _condition(self, x: Tensor, given: tuple[Tensor, Tensor], known: Tensor | None) -> Tensor:
        z, given = given
        return self.code(z)[:, None] + super()._condition(x, given, known)
