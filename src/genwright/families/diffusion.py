"""Denoising diffusion (Ho 2020), over real coordinates of any data.

    q(x_t | x_0) = N(sqrt(abar_t) x_0, (1 - abar_t) I),  t = 1 ... T         the chain of `noise_schedules`
    train:  t ~ U{1 ... T},  min E || F(x_t, t) - target ||^2                F predicts the noise, v or x_0 (`denoiser`)
    draw:   x_T ~ N(0, I), then a sampler of `samplers` over some or all of the chain's levels
    bound:  -log p(x) <= KL(q(x_T | x) || N(0, I)) + sum_t=2..T E KL(q(x_t-1 | x_t, x) || p(x_t-1 | x_t)) + E[-log p(x | x_1)]

Ho 2020, eq. 5. Where p(x_t-1 | x_t) has the variance of q, a term in the middle is 1/2 (snr_t-1 - snr_t) || x - D ||^2 with snr_t =
abar_t / (1 - abar_t) = 1 / sigma_t^2 (Kingma 2021, eq. 14); objective="bound" trains by it, "simple" by the squared error above: the first
codes better, the second draws better. When likelihoods are evaluated, p has the best variance (Bao 2022, eq. 7): that of q and what
the squared error e_t of D adds to it, measured on training items in `finish`. p(x | x_1) = N(D, e_1), for a pixel its mass over its level.
"""

from __future__ import annotations

from math import log, pi

import numpy as np
import torch
from torch import Tensor, nn

from ..errors import Unsupported
from ..spec import Spec
from ..trainable import Batch
from .conditions import draw_known, drop_given, stratified
from .denoiser import like
from .denoising import Denoising
from .noise_schedules import Chain
from .probability_flow import log_density
from .samplers import SAMPLERS

LEAST = 0.25  # noise, in widths of a level: with less of it a pixel's level is plain, and the network has nothing to learn
ERRORS = 24  # steps of the chain at which the denoiser's error is measured


class Diffusion(Denoising):
    """network: of `networks.velocity`. schedule, steps: of the chain. predicts: "noise", "v" or "x0". sampler: of SAMPLERS, over `levels` of
    the chain's noise levels. terms: of the sum in the bound that are evaluated, one drawn from each of so many parts of it.
    """

    kind = "lower bound"

    def __init__(
        self, spec: Spec, given: Spec, network: nn.Module, schedule: str, steps: int, predicts: str, objective: str, sampler: str,
        levels: int, terms: int,
    ):
        pixels = spec.is_array and spec.discrete
        chain = Chain(schedule, steps, LEAST * 2 / spec.leaf.levels if pixels else 0.0)
        super().__init__(spec, given, network, predicts, chain.levels(levels), SAMPLERS[sampler])
        self.chain, self.terms, self.objective = chain, terms, objective
        self.pixels = pixels
        self.register_buffer("error", torch.ones(chain.steps, 1 if spec.is_array else spec.dims))  # e_t
        if objective == "bound":
            self.unit = "nats"

    def loss(self, batch: Batch) -> tuple[Tensor, dict[str, float]]:
        rng, n, steps = batch.rng, len(batch.x), self.chain.steps
        x, _ = self.clean(batch.x, rng)
        known, given = draw_known(self.spec, batch.x, rng), drop_given(batch.given, rng)
        t = 1 + (stratified(n, rng) * steps).long().clamp(max=steps - 1)
        sigma = self.chain.sigma[t - 1].float()
        y, held = self.noised(x, sigma, rng), self.view.held(batch.x)
        if self.objective == "bound":
            error, weight = x - self.denoiser(y, sigma, given, held, known), steps * self._weight(t)
        else:
            error, weight = self.denoiser.raw(y, sigma, given, held, known) - self.denoiser.target(x, y, sigma), 1.0
        return (weight * (error**2).masked_fill(known, 0.0).flatten(1).sum(1)).mean(), {}

    def clean(self, x: Tensor, rng: torch.Generator) -> tuple[Tensor, Tensor]:
        """Pixels are the middles of their levels, which the last step has to find; the rest as `view` gives it."""
        if not self.pixels:
            return super().clean(x, rng)
        z = self.view.centre(x)
        return z, torch.zeros_like(z)

    # ------------------------------------------------------------------ likelihood, in nats

    def finish(self, x: Tensor, given: Tensor, rng: torch.Generator) -> None:
        """e_t = E (x - D)^2, of a picture over all numbers, of a row by column: measured at some t, between them on straight lines of logs."""
        pick = torch.randperm(len(x), generator=rng)[: 128 if self.spec.is_array else 2048]
        x, given, held = x[pick], given[pick], self.view.held(x[pick])
        z, _ = self.clean(x, rng)
        places = torch.linspace(0, 1, ERRORS, dtype=torch.float64) ** 2 * (self.chain.steps - 1)  # closer where there is little noise
        found = []
        for t in places.round().long() + 1:
            sigma = self.chain.sigma[t - 1].float().expand(len(z))
            square = (z - self.denoiser(self.noised(z, sigma, rng), sigma, given, held, None)) ** 2
            found.append(square.mean().view(1) if self.spec.is_array else square.mean(0))
        logs = torch.stack(found).double().clamp(min=1e-12).log()
        steps = torch.arange(self.chain.steps)
        rows = [torch.from_numpy(np.interp(steps, places.round(), column)) for column in logs.T.numpy()]
        self.error = torch.stack(rows, 1).exp().float()

    def log_likelihood(self, x: Tensor, given: Tensor, rng: torch.Generator, draws: int | None = None):
        """The variational bound, its sum over t estimated without bias by `draws` (else `terms`) of its terms."""
        count, held, (z, log_det) = draws or self.terms, self.view.held(x), self.clean(x, rng)
        nats = self._first(x, z, given, held, rng) + log_det.flatten(1).sum(1) - self._last(z)
        part = (self.chain.steps - 1) / count
        for i in range(count):  # t = 2 ... T in parts, a term from each
            t = (2 + part * (i + torch.rand(len(x), generator=rng))).long().clamp(max=self.chain.steps)
            sigma = self.chain.sigma[t - 1].float()
            nats = nats - part * self._middle(z - self.denoiser(self.noised(z, sigma, rng), sigma, given, held, None), t)
        return nats, None

    def _middle(self, error: Tensor, t: Tensor) -> Tensor:
        """KL(q(x_t-1 | x_t, x) || p(x_t-1 | x_t)) where x - D = error: (B,). In the coordinates y = x_t / sqrt(abar_t) both are Gaussians,
        whose means are `share` error apart, of variances `own` and own + share^2 e_t."""
        now, before = self.chain.sigma[t - 1], self.chain.sigma[t - 2]
        share = like(1 - (before / now) ** 2, error).float()
        own = like(before**2, error).float() * share
        added = share**2 * self.error[t - 1].view(len(t), *[1] * (error.ndim - 2), -1)
        return 0.5 * ((share * error) ** 2 / (own + added) - added / (own + added) + (added / own).log1p()).flatten(1).sum(1)

    def _weight(self, t: Tensor) -> Tensor:
        """1/2 (snr_t-1 - snr_t): (B,). For t = 1, where that would be infinite, the weight of t = 2."""
        t, snr = t.clamp(min=2), 1 / self.chain.sigma**2
        return (0.5 * (snr[t - 2] - snr[t - 1])).float()

    def _last(self, x: Tensor) -> Tensor:
        """KL(q(x_T | x) || N(0, I)): (B,)."""
        abar = float(self.chain.abar[-1])
        return 0.5 * (abar * x**2 - abar - log(1 - abar)).flatten(1).sum(1)

    def _first(self, x: Tensor, z: Tensor, given: Tensor, held: Tensor, rng: torch.Generator) -> Tensor:
        """E log p(x | x_1): (B,). The mass of a pixel's level under N(D, e_1), the density of other coordinates."""
        sigma = self.chain.sigma[:1].float().expand(len(x))
        d, sd = self.denoiser(self.noised(z, sigma, rng), sigma, given, held, None), self.error[0].sqrt()
        if not self.pixels:
            return (-0.5 * ((z - d) / sd) ** 2 - sd.log() - 0.5 * log(2 * pi)).flatten(1).sum(1)
        levels = self.spec.leaf.levels
        above = torch.where(x == levels - 1, torch.inf, (z + 1 / levels - d) / sd)  # the outer levels reach to infinity
        below = torch.where(x == 0, -torch.inf, (z - 1 / levels - d) / sd)
        return log_mass(below, above).flatten(1).sum(1)

    def ode_log_likelihood(self, x: Tensor, given: Tensor, rng: torch.Generator, steps: int = 64) -> Tensor:
        """Log-likelihood (B,) by the probability flow, an estimate where `log_likelihood` is a bound.

        Raises Unsupported for pixels: a denoiser of the middles of their levels has no density.
        """
        if self.pixels:
            raise Unsupported("the probability flow of a model of pixel levels has no density: use log_prob, which is their bound")
        z, log_det = self.clean(x, rng)
        return log_density(self.denoise(given), z, *self.ends, steps, rng).mean(0) + log_det.flatten(1).sum(1)


def log_mass(below: Tensor, above: Tensor) -> Tensor:
    """log (Phi(above) - Phi(below)) without cancellation, from the tail on whose side the interval lies."""
    flip = below + above > 0
    low, high = torch.where(flip, -above, below).double(), torch.where(flip, -below, above).double()
    log_low, log_high = torch.special.log_ndtr(low), torch.special.log_ndtr(high)
    return (log_high + torch.log1p(-(log_low - log_high).clamp(max=-1e-12).exp())).float()
