"""A VAE whose prior is fitted to the codes that training left (two steps, as Dai & Wipf 2019; Ghosh 2020).

    q(z) = E_x q(z | x), the aggregated posterior;    m, a mixture fitted to draws of it, in place of N(0, I)
    the bound gains E_q(z) log m(z) / p(z) <= KL(q(z) || p(z)),   nats of each item

If q(z) is not N(0, I), samples of N(0, I) lie where no item's code lies, and the decoder was never taught there.
"""

from typing import Any

import torch
from torch import Tensor

from ...core.draws import Draws
from ...core.errors import Unsupported
from ...core.family import Family
from ...core.trainable import Items
from ...distributions.normal import draw
from .bits_back import BitsBack
from .vae import VAE

FITTED = 10_000  # items whose codes the prior is fitted to, at most
CHUNK = 500  # items encoded at a time


class FittedPriorVAE(VAE):
    """parts: as `VAE` takes them. density: a family over Real(shape=(latents,)), fitted in `finish`."""

    def __init__(self, *parts: Any, density: Family):
        super().__init__(*parts)
        self.density = density

    def finish(self, items: Items, rng: Draws) -> None:
        few = items[rng.permutation(len(items))[:FITTED]]
        parts = [few[start : start + CHUNK] for start in range(0, len(few), CHUNK)]
        codes = torch.cat([self._draw_code(part.x, part.given, rng) for part in parts])
        self.density.finish(Items(codes, few.given), rng)

    def code(self) -> BitsBack:
        raise Unsupported("latents of a fitted prior have no cells to be coded in: fit it with fitted_prior=False")

    def _draw_code(self, x: Tensor, given: Tensor, rng: Draws) -> Tensor:
        """z of q(z | x): (B, latents)."""
        return draw(*self.encoder(x, None, given), rng)

    def _codes(self, n: int, given: Tensor, rng: Draws) -> Tensor:
        return self.density.sample(n, given, rng)

    def _log_pz(self, z: Tensor, x: Tensor, known: Tensor | None, given: Tensor) -> Tensor:
        """log m(z), of what is known the learned prior's as in `VAE`. z: (K, B, latents) -> (K, B)."""
        if known is not None:
            return super()._log_pz(z, x, known, given)
        told = given.repeat(len(z), 1)
        return self.density.log_likelihood(z.flatten(0, 1), told, Draws(0, device=z.device))[0].view(z.shape[:2])
