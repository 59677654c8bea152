"""A codec with real codes that are quantised on the way to the picture (VQ-regularised; Rombach 2022, section 3.1).

    u = e(x),  q = what the quantiser takes u to;   min  -log p(x | q) + beta cost(u, q)
    z = (u' - shift) / scale,  u' ~ N(u, s^2),  s half the deviation of u from q, a channel each, as a running average
    log p(x) >= E log p(x | q(u')) + log p(z) - log q(z | x),  z ~ q

The prior of z never sees the codebook, and need not hit its entries: the decoder takes each vector to the nearest.
"""

import torch
from torch import Tensor, nn

from ...core.shares import share
from ...core.trainable import Batch
from .gaussian_codec import DECAY, GaussianCodec
from .quantized import perplexity


class QuantisedCodec(GaussianCodec):
    """encoder: (B, *shape) of the Spec -> (B, D, h, w). decoder: (B, D, h, w) -> parameters (B, *shape, size) of head.
    quantiser: of `quantisers`, of vectors of D numbers. beta: how much the encoder pays for staying away from its
    entries."""

    def __init__(
        self, encoder: nn.Module, decoder: nn.Module, head: nn.Module, quantiser: nn.Module, grid: tuple[int, int],
        beta: float,
    ):  # fmt: skip
        super().__init__(encoder, decoder, head, quantiser.width, grid, beta)
        self.quantiser = quantiser
        self.register_buffer("away", torch.ones(quantiser.width))  # (u - q)^2, on average

    def loss(self, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        """Nats an item; and what the entries cost, and the perplexity of those of this batch."""
        u = self.encoder(batch.x).float()
        q, codes, cost = self.quantiser(u.movedim(1, -1), batch.rng)
        self._follow(u)
        if self.training:
            with torch.no_grad():
                self.away.lerp_(share().mean((u.movedim(1, -1) - q).square().mean((0, 1, 2))), 1 - DECAY)
        commitment = cost.flatten(1).sum(1).mean()
        nats = -self.head.log_prob(super().params(q), batch.x.float()).flatten(1).sum(1).mean()
        used = perplexity(codes, self.quantiser.entries).mean()
        return nats + self.beta * commitment, {"commitment": commitment.detach(), "perplexity": used}

    def params(self, u: Tensor) -> Tensor:
        """u: (B, h, w, D) -> parameters of p(x | q(u))."""
        return super().params(self.quantiser.decode(self.quantiser.encode(u)))

    def _posterior(self, x: Tensor) -> tuple[Tensor, Tensor]:
        mean = self.encoder(x).float()
        return mean, (self.away / 4).clamp(min=1e-6).log().view(-1, 1, 1).expand_as(mean)
