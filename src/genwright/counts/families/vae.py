"""Variational autoencoder of counts with negative binomials (Lopez 2018, scVI), conditioned on what is given (Sohn
2015).

    ELBO = E_q(z,u|x,c) log p(x | z, u, c) - KL(q(z, u | x, c) || N(0, I)),    x_g | z, u, c ~ NB(l rho_g(z, c), r_g)

l, the total of a row, is the offset of all its means: log l = m(c) + s(c) u. Its latent u stands last. q(u | x, c) lies
at the total of the row, and sampling draws u as it draws z. Encoder and decoder see the conditions, such as the batch
of a cell, so z need not hold them: codes of one group lie together whatever the batch.

The weight of the KL term grows to 1 over a share of training. The likelihood is the bound of `VAE` with K draws.
"""

import torch
from torch import Tensor

from ...core.domain import BaseDomain
from ...core.draws import Draws
from ...core.ragged import Ragged
from ...core.spec import Spec
from ...core.trainable import Batch
from ...distributions.normal import log_density_by_variance
from ...families.latent.vae import VAENetworks, WholeItemVAE
from ..networks.counts import CountDecoder, round_to_total, sparse

CELLS_AT_ONCE = 2**22  # means that are computed together


class CountsVAE(WholeItemVAE):
    """The variational autoencoder of rows of counts (see the module).

    Args:
        spec: The items.
        given: Conditioning variables.
        networks: Encoder, decoder and head.
        latents: Numbers in z.
        draws: K of the bound in an evaluation.
        warmup: Share of training over which the weight of the KL term grows to 1.
    """

    lacks = {
        "complete": "a row of counts has no missing cells",
        "compress": "its latents have no cells to be coded in, since their totals follow the conditions",
    }
    allow_bf16 = False

    def __init__(self, spec: Spec, given: Spec, networks: VAENetworks, latents: int, draws: int, warmup: float):
        super().__init__(spec, given, networks, latents + 1, draws, 0)
        self.warmup_share = warmup
        self.register_buffer("begun", torch.zeros((), dtype=torch.bool))

    def attach_domain(self, domain: BaseDomain) -> None:
        """Begins with the profile and the totals of training rows. A trained model keeps its own."""
        if self.begun:
            return
        decoder: CountDecoder = self.decoder
        with torch.no_grad():
            decoder.last.bias.copy_(torch.tensor(domain.profile).log())
            decoder.totals.log_total.fill_(domain.log_total)
            decoder.totals.log_spread.fill_(domain.log_spread)
            self.begun.fill_(True)

    def _share_done(self, batch: Batch, items: int) -> float:
        """The share of the warm-up that is done: 1 when the model is judged."""
        return min(1.0, batch.progress / self.warmup_share) if self.training and self.warmup_share else 1.0

    def _error(self, params: Tensor, x: Ragged, known: None) -> Tensor:
        """-log p(x | z): the mean over items."""
        return -self.head.log_prob(params, x).mean()

    @property
    def at_once(self) -> int:
        """Rows that are decoded together."""
        return max(1, CELLS_AT_ONCE // self.spec.leaf.each.columns[0].k)

    def log_weights_at(
        self, noise: Tensor, mean: Tensor, log_var: Tensor, x: Ragged, given: Tensor, known: None
    ) -> Tensor:
        """Computes log importance weights (K, B); arguments as in `WholeItemVAE`."""
        z, count = mean + (0.5 * log_var).exp() * noise, len(noise)
        log_means = self.decoder(z.flatten(0, 1), None, None, given.repeat(count, 1))
        log_px = self.head.log_prob(log_means.unflatten(0, (count, len(x))), x)
        return log_px + self._log_pz(z, x, None, given) - log_density_by_variance(z, mean, log_var)

    def sample(self, n: int, given: Tensor, rng: Draws, **guidance: object) -> Ragged:
        return sparse(super().sample(n, given, rng, **guidance))

    def decode(self, z: Tensor, given: Tensor) -> Ragged:
        """Returns the means of p(x | z), rounded so that their totals stay."""
        return sparse(round_to_total(self.head.mean(self.params(z, given))))
