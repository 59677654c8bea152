"""Integer discrete flow (Hoogeboom 2019): an invertible map from integers to integers, so that a mass stays a mass.

    z = f(x), a bijection of the lattice: P(x | given) = P_z(f(x) | given)
    log P_z: of each scale's numbers, a discretised mixture of logistics in view of the scale above

There is no determinant and no noise within levels. So log P is exact, and an item can be stored in -log2 P bits. Known
numbers are constants of f, and the same sum over the others is log P(unknown | known).

f learns by the gradient of log P_z with respect to z. The slope of a distribution function through whole numbers leads
between them, and away from a level that alone is likely, such as black. So the gradient here is what the better
neighbouring level gains, and 0 if neither is better.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ...core.draws import Draws
from ...core.entropy_coder import Coder, Reader, Stack, Writer
from ...core.family import Family
from ...core.spec import Spec
from ...core.trainable import Batch
from ..conditions import draw_known, drop_given
from .flow import unknown_mask

STEEPEST = 3.0  # nats a level that f is led by


class IntegerFlow(Family):
    """f: the flow and its distributions, see `networks.whole_number_flow`. condition: given (B, G) -> (B, W)."""

    completes = "approximate"
    method = "flow conditioned on the known part"
    scores_known = True
    allow_bf16 = False
    lacks = {
        verb: "its latent is whole numbers, between which there is nothing"
        for verb in ("encode", "decode", "interpolate")
    }

    def __init__(self, spec: Spec, given: Spec, f: nn.Module, condition: nn.Module):
        super().__init__(spec, given)
        self.f, self.condition = f, condition

    def loss(self, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        """Minus log P(unknown | known, given) in nats per item; nothing is known in many items, and these count
        whole."""
        known = draw_known(self.spec, batch.x, batch.rng)
        given = drop_given(self.given, batch.given, batch.rng)
        return -self._log_mass(batch.x, known, given).mean(), {}

    def log_likelihood(
        self, x: Tensor, given: Tensor, rng: Draws, draws: int | None = None, known: Tensor | None = None
    ) -> tuple[Tensor, None]:
        return self._log_mass(x, unknown_mask(x) if known is None else known, given), None

    def sample(self, n: int, given: Tensor, rng: Draws) -> Tensor:
        x = torch.zeros(n, *self.spec.shape, device=given.device)
        return self.fill(x, unknown_mask(x), given, rng)

    def fill(self, x: Tensor, known: Tensor, given: Tensor, rng: Draws) -> Tensor:
        return self.f.invert(lambda params, _: self.f.head.sample(params, rng), x, known, self.condition(given))

    def code(self) -> IntegerFlow:
        return self

    sizes = None  # blocks of items are as large as in sampling

    def compress(self, x: Tensor, given: Tensor, stack: Stack) -> None:
        with Writer(stack) as writer:
            for z, params, known in self.f.split_parts(x, unknown_mask(x), self.condition(given)):
                self.f.head.code(params[~known], writer, z[~known])

    def decompress(self, given: Tensor, stack: Stack) -> Tensor:
        coder: Coder = Reader(stack)

        def read(params: Tensor, known: Tensor) -> Tensor:
            return known.float().masked_scatter(~known, self.f.head.code(params[~known], coder, None))

        x = torch.zeros(len(given), *self.spec.shape)
        return self.f.invert(read, x, unknown_mask(x), self.condition(given))

    def _log_mass(self, x: Tensor, known: Tensor, given: Tensor) -> Tensor:
        """log P(unknown | known, given): (B,)."""
        parts = self.f.split_parts(x, known, self.condition(given))
        return sum(self._log_prob(z, params).masked_fill(fixed, 0.0).flatten(1).sum(1) for z, params, fixed in parts)

    def _log_prob(self, z: Tensor, params: Tensor) -> Tensor:
        """log P of each number: (B, m, h, w)."""
        at = lambda z: self.f.head.log_prob(params, z)
        still = z.detach()
        nats = at(still)
        if z.requires_grad:
            levels = self.spec.leaf.levels
            with torch.no_grad():
                above, below = (at((still + way) % levels) - nats for way in (1, -1))
                slope = (above.clamp(min=0) - below.clamp(min=0)).clamp(-STEEPEST, STEEPEST)
            nats = nats + slope * (z - still)
        return nats
