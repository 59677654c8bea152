"""Importance-weighted autoencoder (Burda 2016): a VAE that is trained by the bound that it is judged by.

    min  -E log 1/K sum_k p(x|z_k) p(z_k) / q(z_k|x),   z_k ~ q(z|x)

The posterior of each draw counts by its weight, so that q need not be right everywhere: it may be wider than a VAE lets
it be, and more of the latents stay in use. With K = 1 it is the VAE.
"""

from __future__ import annotations

from torch import Tensor, nn

from ..core.spec import Spec
from ..core.trainable import Batch
from .conditions import draw_known, drop_given
from .vae import VAE


class IWAE(VAE):
    """samples: K in training. draws: K when it is evaluated."""

    def __init__(
        self,
        spec: Spec,
        given: Spec,
        encoder: nn.Module,
        prior: nn.Module,
        decoder: nn.Module,
        head: nn.Module,
        latents: int,
        draws: int,
        samples: int,
    ):
        super().__init__(spec, given, encoder, prior, decoder, head, latents, draws, warmup=0)
        self.samples = samples

    def loss(self, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        known = draw_known(self.spec, batch.x, batch.rng)
        given = drop_given(self.given, batch.given, batch.rng)
        nats, _ = self.log_likelihood(batch.x, given, batch.rng, self.samples, known)
        return -nats.mean().float(), {}
