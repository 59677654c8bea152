"""A codec with real codes (Rombach 2022): a variational autoencoder that pays so little for its codes that they are
hardly blurred.

    q(u | x) = N(m, s^2),   min  -log p(x | u) + beta KL(q(u | x) || N(0, I))
    z = (u - shift) / scale,  the mean and the deviation of each channel of u, as running averages over training items
    log p(x) >= E log p(x | z) + log p(z) - log q(z | x),  z ~ q

With beta = 1 and p(z) = N(0, I) it would be the VAE; here p(z) is learned afterwards, and scaled codes are what that
learns well.

`QuantisedCodec` has real codes that are quantised on the way to the picture (VQ-regularised; Rombach 2022, section
3.1).

    u = e(x),  q = what the quantiser takes u to;   min  -log p(x | q) + beta cost(u, q)
    z = (u' - shift) / scale,  u' ~ N(u, s^2),  s half the deviation of u from q, a channel each, as a running average
    log p(x) >= E log p(x | q(u')) + log p(z) - log q(z | x),  z ~ q

The prior of z never sees the codebook, and need not hit its entries: the decoder takes each vector to the nearest.
"""

import torch
from torch import Tensor, nn

from ...core.draws import Draws
from ...core.shares import share
from ...core.spec import Real, Spec
from ...core.trainable import Batch
from ...distributions.normal import draw, kl_to_standard, log_density
from .quantized import GridCodec, perplexity

DECAY = 0.99  # share of the running averages that a step keeps


class GaussianCodec(GridCodec):
    """encoder: (B, *shape) of the Spec -> (B, 2 D, h, w), means and log variances. decoder: (B, D, h, w) -> parameters
    (B, *shape, size) of head. channels: D."""

    def __init__(
        self, encoder: nn.Module, decoder: nn.Module, head: nn.Module, channels: int, grid: tuple[int, int], beta: float
    ):
        super().__init__()
        self.encoder, self.decoder, self.head, self.beta = encoder, decoder, head, beta
        self.latents = Spec((("code", Real((channels, *grid), "grid")),))
        self.register_buffer("shift", torch.zeros(channels))
        self.register_buffer("square", torch.ones(channels))  # mean of u squared

    def loss(self, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        """Nats an item, and what the codes cost."""
        mean, log_var = self._posterior(batch.x)
        u = draw(mean, log_var, batch.rng)
        self._follow(u)
        nats = -self.log_prob(batch.x, u.movedim(1, -1)).mean()
        divergence = kl_to_standard(mean, log_var).flatten(1).sum(1).mean()
        return nats + self.beta * divergence, {"nats": nats.detach(), "kl": divergence.detach()}

    def encode(self, x: Tensor) -> Tensor:
        """The middle of the codes: (B, D, h, w), as items of `latents`."""
        return self._scaled(self._posterior(x)[0])

    def draw(self, x: Tensor, rng: Draws) -> tuple[Tensor, Tensor]:
        """z ~ q(z | x) and its log density (B,)."""
        mean, log_var = self._posterior(x)
        u = draw(mean, log_var, rng)
        return self._scaled(u), (log_density(u, mean, 0.5 * log_var) + self._scale().log()).flatten(1).sum(1)

    def entries(self, z: Tensor) -> Tensor:
        """z: (B, D, h, w) -> u: (B, h, w, D)."""
        return (z * self._scale() + self.shift.view(-1, 1, 1)).movedim(1, -1)

    def nearest(self, u: Tensor) -> Tensor:
        """u: (B, h, w, D) -> z."""
        return self._scaled(u.movedim(-1, 1))

    def params(self, u: Tensor) -> Tensor:
        """u: (B, h, w, D) -> parameters of p(x | u)."""
        return self.decoder(u.movedim(-1, 1)).float()

    @torch.no_grad()
    def _follow(self, u: Tensor) -> None:
        """A step of the running averages, in training."""
        if self.training:
            self.shift.lerp_(share().mean(u.mean((0, 2, 3))), 1 - DECAY)
            self.square.lerp_(share().mean(u.square().mean((0, 2, 3))), 1 - DECAY)

    def _posterior(self, x: Tensor) -> tuple[Tensor, Tensor]:
        mean, log_var = self.encoder(x).float().chunk(2, 1)
        return mean, log_var.clamp(-10, 4)

    def _scale(self) -> Tensor:
        """(D, 1, 1)."""
        return (self.square - self.shift**2).clamp(min=1e-6).sqrt().view(-1, 1, 1)

    def _scaled(self, u: Tensor) -> Tensor:
        return (u - self.shift.view(-1, 1, 1)) / self._scale()


class QuantisedCodec(GaussianCodec):
    """A codec whose real codes are quantised on the way to the picture.

    Args:
        encoder: (B, *shape) of the Spec -> (B, D, h, w).
        decoder: (B, D, h, w) -> parameters (B, *shape, size) of `head`.
        head: p(x | z), of `distributions.heads`.
        quantiser: of `vector_quantisers`, of vectors of D numbers.
        grid: (h, w).
        beta: how much the encoder pays for staying away from its entries.
    """

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
