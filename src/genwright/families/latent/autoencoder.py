"""Autoencoder with a density fitted to its codes (Hinton & Salakhutdinov 2006; as a generator Ghosh 2020).

    z = e(x),   min  ||x - d(z + s eps)||^2 + b ||z||^2,   eps ~ N(0, I)
    then        z ~ p(z | given), a Gaussian mixture fitted to the codes of the training items;   x = d(z)

s and b (`noise` and `code_l2`) are 0 for the plain autoencoder. Above 0, they keep the codes close together and the
decoder smooth between them, so that codes sampled from the mixture decode to plausible items. Tables have categories:
there, -log p(x | z) of a head replaces the squared error.

The decoder is shown the known part of an item where there is one. A second stage learns which codes go with it:
    min  -log N(e(x); m, v),   m, v = prior(known part, given)
"""

import torch
from torch import Tensor, nn

from ...core.draws import Draws
from ...core.family import Family
from ...core.sample_options import RULED
from ...core.spec import Spec
from ...core.trainable import Batch, Items, Player, Stage
from ...distributions.coordinates import Array
from ...distributions.normal import draw, log_density_by_variance
from ..conditions import draw_known, drop_given
from ..guidance import predict_guided

FITTED = 10_000  # items whose codes the density is fitted to, at most
CHUNK = 500  # items encoded at a time


class Autoencoder(Family):
    """An autoencoder with a density fitted to its codes after training, which makes it generative.

    Args:
        spec: Spec of the items.
        given: Spec of the conditions.
        encoder: x -> z (B, latents).
        decoder, prior: Networks of `networks.adapters`. The decoder returns one number a pixel for images, else
            parameters of the head.
        density: A family over Real(shape=(latents,)), fitted in `finish`.
        head: Distribution of x; None for the squared error.
        noise: s of the module.
        code_l2: b of the module.
    """

    sample_options = RULED
    method = "code sampled from a learned Gaussian given the known part, decoded with it"
    lacks = {"log_prob": "its reconstruction error is no density"}

    def __init__(
        self, spec: Spec, given: Spec, encoder: nn.Module, decoder: nn.Module, prior: nn.Module | None,
        density: Family | None, head: nn.Module | None = None, noise: float = 0.0, code_l2: float = 0.0,
    ):  # fmt: skip
        super().__init__(spec, given)
        self.encoder, self.decoder, self.prior, self.density, self.head = encoder, decoder, prior, density, head
        self.noise, self.code_l2 = noise, code_l2
        self.view = Array(spec) if head is None else None
        self.unit = "squared error" if head is None else "nats"

    def stages(self) -> list[Stage]:
        codec = [*self.encoder.parameters(), *self.decoder.parameters()]
        return [
            Stage("codec", [Player("codec", codec, self.loss, unit=self.unit)], 4.0),
            Stage("completion", [Player("prior", list(self.prior.parameters()), self.prior_loss)], 1.0),
        ]

    def loss(self, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        x, rng = batch.x, batch.rng
        known = draw_known(self.spec, x, rng)
        given = drop_given(self.given, batch.given, rng, 0.5)  # often, so that the code holds what is given too
        z = self.encoder(x)
        noisy = z + self.noise * rng.normal(z.shape)
        error = self._error(self.decoder(noisy, x, known, given).float(), x).flatten(1).sum(1).mean()
        square = (z.float() ** 2).sum(1).mean()
        return error + self.code_l2 * square, {"error": error.detach(), "code": square.detach()}

    def prior_loss(self, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        """Computes -log N(e(x); m, v), the loss of the prior given the known part of items."""
        known = draw_known(self.spec, batch.x, batch.rng, share=1.0)
        mean, log_var = self.prior(batch.x, known, drop_given(self.given, batch.given, batch.rng))
        with torch.no_grad():
            z = self.encoder(batch.x).float()
        return -log_density_by_variance(z, mean, log_var).mean(), {}

    def finish(self, items: Items, rng: Draws) -> None:
        sample_items = items[rng.permutation(len(items))[:FITTED]]
        codes = torch.cat([self.encoder(part).float() for part in sample_items.x.split(CHUNK)])
        self.density.finish(Items(codes, sample_items.given), rng)

    def sample(self, n: int, given: Tensor, rng: Draws, **guidance: object) -> Tensor:
        """Samples codes from the fitted density and decodes them. Guidance exaggerates the effect of the conditions on
        the decoder.

        Args:
            n: Number of items.
            given: (n, G) conditions.
            rng: Random numbers.
        """
        return self._values(self._decoded(self.density.sample(n, given, rng), given, **guidance), rng)

    def encode(self, x: Tensor, given: Tensor) -> Tensor:
        """Computes the codes (B, latents) of items."""
        return self.encoder(x)

    def decode(self, z: Tensor, given: Tensor) -> Tensor:
        """Decodes codes to items; a head with a distribution gives its middle."""
        params = self._decoded(z, given)
        return self.view.inverse(params[..., 0]) if self.head is None else self.head.point_estimate(params)

    def fill(self, x: Tensor, known: Tensor, given: Tensor, rng: Draws) -> Tensor:
        mean, log_var = self.prior(x, known, given)
        z = draw(mean, log_var, rng)
        has_known = known.flatten(1).any(1, keepdim=True)
        z = torch.where(has_known, z, self.density.sample(len(x), given, rng))
        return torch.where(known, x.float(), self._values(self.decoder(z, x, known, given).float(), rng, present=True))

    def health(self, x: Tensor, given: Tensor, rng: Draws) -> list[str]:
        z = self.encoder(x).float()
        idle = int((z.std(0) <= self.noise).sum())
        return (
            [f"{idle} of {z.shape[1]} codes vary less than the noise put on them: they carry nothing"] if idle else []
        )

    def _error(self, params: Tensor, x: Tensor) -> Tensor:
        """Error of each number: squared, or -log p with a head: (B, *shape)."""
        if self.head is None:
            return (params[..., 0] - self.view.centre(x)) ** 2
        return -self.head.log_prob(params, x)

    def _values(self, params: Tensor, rng: Draws, present: bool = False) -> Tensor:
        return self.view.inverse(params[..., 0]) if self.head is None else self.head.sample(params, rng, present)

    def _decoded(self, z: Tensor, given: Tensor, **guidance: object) -> Tensor:
        known_values = z.new_zeros(len(z), *self.spec.shape)
        return predict_guided(lambda given: self.decoder(z, known_values, None, given).float(), given, **guidance)
