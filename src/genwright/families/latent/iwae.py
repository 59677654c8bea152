"""Importance-weighted autoencoder (Burda 2016): a VAE that trains by the same bound that scores it.

    min  -E log 1/K sum_k p(x|z_k) p(z_k) / q(z_k|x),   z_k ~ q(z|x)

Each sample of z counts by its importance weight, so q need not be accurate everywhere. It may be wider than in a VAE,
and more of the latents stay in use. With K = 1, it is the VAE.

The gradient is that of sum_k v_k log p(x|z_k) p(z_k) / q(z_k|x), where v_k are the weights normalised to 1. A single k,
drawn with probability v_k, has the same gradient on average and needs one backward pass instead of K (section 3):
`sparse`. As K grows, the gradient that reaches q becomes little but noise (Rainforth 2018). So q's gradient flows
through z_k alone, times v_k, which is the same on average (Tucker 2019, equation 8).
"""

from math import log

import torch
from torch import Tensor

from ...core.draws import Draws
from ...core.spec import Spec
from ...core.trainable import Batch
from ...distributions.normal import log_density_by_variance
from ..conditions import draw_known, drop_given
from .vae import DECODE_BATCH, VAE, Networks


class IWAE(VAE):
    """samples: K in training. draws: K when it is evaluated. sparse: whether the gradient passes through one draw of an
    item in place of all. growth: items over which K grows, by equal factors, from 1 to `samples`: while q is far from
    the posterior many draws cost much and say little."""

    def __init__(
        self,
        spec: Spec,
        given: Spec,
        networks: Networks,
        latents: int,
        draws: int,
        samples: int,
        sparse: bool = False,
        growth: int = 0,
    ):
        super().__init__(spec, given, networks, latents, draws, warmup=0)
        self.samples, self.sparse, self.growth = samples, sparse, growth

    def loss(self, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        x, rng = batch.x, batch.rng
        known = None if self.prior is None else draw_known(self.spec, x, rng)
        given = drop_given(self.given, batch.given, rng)
        grown = min(1.0, batch.items / self.growth) if self.training and self.growth else 1.0
        samples = round(self.samples**grown)
        if self.sparse and self.training:
            return -self._through_one(x, given, rng, samples, known).mean(), {}
        nats, _ = self.log_likelihood(x, given, rng, samples, known)
        return -nats.mean().float(), {}

    def _through_one(self, x: Tensor, given: Tensor, rng: Draws, samples: int, known: Tensor | None) -> Tensor:
        """The bound (B,), whose gradient passes through one draw of each item, chosen by its weight, and goes on to q
        as far as that weighs."""
        mean, log_var = self.encoder(x, known, given)
        with torch.no_grad():
            noise = rng.normal(samples, *mean.shape)
            parts = noise.split(max(1, DECODE_BATCH // len(x)))
            log_w = torch.cat([self.log_weights_at(part, mean, log_var, x, given, known) for part in parts])
            weights = log_w.T.softmax(1)
            chosen = rng.categories(weights)
            bound = log_w.logsumexp(0) - log(samples)
        picked = noise[chosen[:, 0], torch.arange(len(x), device=x.device)][None]
        mean, log_var = (torch.lerp(t.detach(), t, weights.gather(1, chosen)) for t in (mean, log_var))
        z = (mean + (0.5 * log_var).exp() * picked).detach()
        one = self.log_weights_at(picked, mean, log_var, x, given, known)[0]
        one = one + log_density_by_variance(z, mean, log_var)[0]  # q's own parameters cancel in the weight
        return bound + one - one.detach()
