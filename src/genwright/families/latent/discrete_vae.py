"""Discrete variational autoencoder (Jang 2017; Maddison 2017): N variables z of K categories each.

q(z | x) = softmax(l(x)), p(z) uniform
ELBO     = E_q log p(x | z) - KL,    KL = sum q log q + N log K
train    z = softmax((l + g) / tau),  g = -log(-log u): the relaxation, which has a gradient; biased, the less the
         smaller tau, and noisier (straight-through: its largest entry as one, its gradient kept)
judge    z = argmax(l + g): a draw of q itself (the Gumbel-max trick), so that the bound is one
log p(x) >= log 1/K sum_k p(x | z_k) p(z_k) / q(z_k | x)
"""

from math import log

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ...core.draws import Draws
from ...core.family import Family
from ...core.monte_carlo import log_average
from ...core.sample_options import RULED
from ...core.spec import Spec
from ...core.trainable import Batch
from ..conditions import condition, drop_given
from ..guidance import predict_guided

ROUNDS = 20  # steps of the chain that completes
IDLE = 0.01  # nats that a variable in use tells of an item, at least


class DiscreteVAE(Family):
    """A variational autoencoder with categorical latents, trained by the Gumbel-softmax relaxation.

    Args:
        spec: Spec of the items.
        given: Spec of the conditions.
        encoder: x -> logits (B, variables * categories); it reads no conditions.
        decoder: Network of `networks.adapters`.
        head: Distribution of x, of `distributions.heads`.
        variables, categories: Number of latents, and of the values of each.
        draws: K of the bound in an evaluation.
        straight_through: Whether training decodes symbols.
        coolest: Lowest temperature tau.
        half_life: Items over which tau halves, from 1 on.
    """

    kind = "lower bound"
    sample_options = RULED
    method = "encoded and decoded in turns, the known part put back each time"

    def __init__(
        self, spec: Spec, given: Spec, encoder: nn.Module, decoder: nn.Module, head: nn.Module, variables: int,
        categories: int, draws: int, straight_through: bool, coolest: float, half_life: int,
    ):  # fmt: skip
        super().__init__(spec, given)
        self.encoder, self.decoder, self.head = encoder, decoder, head
        self.shape, self.draws = (variables, categories), draws
        self.straight_through, self.coolest, self.half_life = straight_through, coolest, half_life

    def loss(self, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        given = drop_given(self.given, batch.given, batch.rng)
        logits = self._logits(batch.x)
        if self.training:
            tau = max(self.coolest, 0.5 ** (batch.items / self.half_life))
            z = draw_relaxed(logits, tau, batch.rng, self.straight_through)
        else:
            z = draw_one_hot(logits, batch.rng)
        reconstruction = -self._log_px(batch.x, z, given).mean()
        divergence = kl_to_uniform(logits).sum(1).mean()
        return reconstruction + divergence, {"reconstruction": reconstruction.detach(), "kl": divergence.detach()}

    def sample(self, n: int, given: Tensor, rng: Draws, **guidance: object) -> Tensor:
        z = draw_one_hot(torch.zeros(n, *self.shape, device=rng.device), rng)
        return self.head.sample(self._params(z, given, **guidance), rng)

    def log_likelihood(self, x: Tensor, given: Tensor, rng: Draws, draws: int | None = None) -> tuple[Tensor, Tensor]:
        """Estimates the importance-weighted bound from K = draws samples of z per item."""
        log_q = self._logits(x).log_softmax(-1)
        given, log_w = condition(self.decoder, given), []
        for _ in range(draws or self.draws):
            z = draw_one_hot(log_q, rng)
            log_w.append(self._log_px(x, z, given) - self._log_uniform - (z * log_q).flatten(1).sum(1))
        return log_average(torch.stack(log_w).double())

    def encode(self, x: Tensor, given: Tensor) -> Tensor:
        """Computes the probabilities q(z | x): (B, variables, categories). Their `.argmax(-1)` is the code of an
        item."""
        return self._logits(x).softmax(-1)

    def decode(self, z: Tensor, given: Tensor) -> Tensor:
        """Returns the middle of p(x | z) at the likeliest category of each variable."""
        return self.head.point_estimate(self._params(one_hot(z), given))

    def fill(self, x: Tensor, known: Tensor, given: Tensor, rng: Draws) -> Tensor:
        completions = torch.where(known, x.float(), self.sample(len(x), given, rng))
        given = condition(self.decoder, given)
        for _ in range(ROUNDS):
            params = self._decoded(draw_one_hot(self._logits(completions), rng), given)
            completions = torch.where(known, x.float(), self.head.sample(params, rng, present=True))
        return completions

    def health(self, x: Tensor, given: Tensor, rng: Draws) -> list[str]:
        """Warns of unused variables: those that tell next to nothing of an item, on average.

        Args:
            x: (B, *shape) items.
            given: (B, G) conditions of the items.
            rng: Random numbers.
        """
        idle = int((kl_to_uniform(self._logits(x)).mean(0) < IDLE).sum())
        if idle <= self.shape[0] / 2:
            return []
        return [f"the code leaves {idle} of its {self.shape[0]} variables unused: posterior collapse"]

    @property
    def _log_uniform(self) -> float:
        """-log p(z)."""
        return self.shape[0] * log(self.shape[1])

    def _logits(self, x: Tensor) -> Tensor:
        return self.encoder(x).float().unflatten(1, self.shape)

    def _log_px(self, x: Tensor, z: Tensor, given: Tensor) -> Tensor:
        return self.head.log_prob(self._decoded(z, given), x.float()).flatten(1).sum(1)

    def _params(self, z: Tensor, given: Tensor, **guidance: object) -> Tensor:
        """Parameters of p(x | z, given), moved away by guidance from those of p(x | z, against)."""
        return predict_guided(lambda given: self._decoded(z, given), given, **guidance)

    def _decoded(self, z: Tensor, given: Tensor) -> Tensor:
        return self.decoder(z.flatten(1), z.new_zeros(len(z), *self.spec.shape), None, given).float()


def draw_relaxed(logits: Tensor, tau: float, rng: Draws, straight_through: bool = False) -> Tensor:
    """Draws relaxed one-hot weights (*, K) from logits (*, K) by Gumbel-softmax.

    Args:
        rng: Random numbers.
        straight_through: a one-hot symbol, whose gradient is that of the weights.
    """
    soft = ((logits + gumbel(logits.shape, rng)) / tau).softmax(-1)
    return one_hot(soft) + soft - soft.detach() if straight_through else soft


def draw_one_hot(logits: Tensor, rng: Draws) -> Tensor:
    """Draws one-hot categories (*, K) from logits (*, K)."""
    return one_hot(logits + gumbel(logits.shape, rng))


def gumbel(shape: torch.Size, rng: Draws) -> Tensor:
    """Draws Gumbel noise -log(-log u), u uniform in (0, 1)."""
    u = rng.uniform(shape).clamp(1e-10, 1 - 1e-7)
    return -(-u.log()).log()


def one_hot(weights: Tensor) -> Tensor:
    """Returns 1 at the largest weight of the last axis, 0 elsewhere.

    Args:
        weights: (*, K) weights.
    """
    return F.one_hot(weights.argmax(-1), weights.shape[-1]).to(weights.dtype)


def kl_to_uniform(logits: Tensor) -> Tensor:
    """Computes KL(softmax(logits) || uniform) in nats: (*, K) -> (*,)."""
    log_q = logits.log_softmax(-1)
    return (log_q.exp() * log_q).sum(-1) + log(logits.shape[-1])
