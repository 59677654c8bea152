"""Score matching over many noise levels, sampled by annealed Langevin dynamics (Song & Ermon 2019, 2020).

    sigma_1 > ... > sigma_L, a geometric row;  y = x + sigma_i n
    min E sigma_i^2 / 2 || s(y, sigma_i) + n / sigma_i ||^2                 s -> grad_y log p_sigma(y)   (Vincent 2011)
    draw: for each sigma_i a few times   y <- y + step sigma_i^2 s(y, sigma_i) + sqrt(2 step) sigma_i noise;  at the end
                                         E[x | y]
    log p(x): by the probability flow of s (Song 2021), an estimate

Since s = -noise / sigma, the network predicts the noise, as in diffusion, and the weighted loss is half its squared
error.
"""

from functools import partial

import torch
from torch import Tensor, nn

from ...core.draws import Draws
from ...core.spec import Spec
from ...core.trainable import Batch
from ..conditions import draw_known, drop_given, stratified
from .denoiser import Denoiser
from .denoising import Denoising
from .samplers import added, all_samplers, annealed_langevin


class ScoreMatching(Denoising):
    """network: a velocity of `networks.adapters`. levels: L noise levels from `high` to `low`. repeats, step: of
    Langevin's dynamics at each. density_steps: Runge-Kutta steps (four calls each) of the likelihood's differential
    equation.
    """

    kind = "estimate"

    def __init__(
        self,
        spec: Spec,
        given: Spec,
        network: nn.Module,
        levels: int,
        high: float,
        low: float,
        repeats: int,
        step: float,
        density_steps: int,
    ):
        self.high, self.low = high, low
        samplers = {"langevin": partial(annealed_langevin, repeats=repeats, step=step)} | all_samplers()
        super().__init__(spec, given, self.path_of(levels, "langevin"), "langevin", samplers)
        self.denoiser, self.density_steps = Denoiser(network, "noise"), density_steps

    def path_of(self, steps: int, sampler: str) -> Tensor:
        sigmas = self.high * (self.low / self.high) ** torch.linspace(0, 1, steps, dtype=torch.float64)
        return added(torch.cat([sigmas, sigmas.new_zeros(1)]))

    def loss(self, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        rng, n = batch.rng, len(batch.x)
        x, _ = self.clean(batch.x, rng)
        known, given = draw_known(self.spec, batch.x, rng), drop_given(self.given, batch.given, rng)
        sigma = self.path[(stratified(n, rng) * (len(self.path) - 1)).long(), 1].float()
        noise = self.process.noise(x.shape, rng)
        error = self.residual(x, noise, 1.0, sigma, given, batch.x, known)
        return 0.5 * (error**2).masked_fill(known, 0.0).flatten(1).sum(1).mean(), {}

    def steady(self, x: Tensor) -> Tensor:
        """Pixels at places within their levels, where the density was learned."""
        return self.clean(x, Draws.from_seed(0, x.device))[0]
