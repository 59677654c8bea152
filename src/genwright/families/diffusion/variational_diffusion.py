"""Variational diffusion (Kingma 2021, VDM): the bound in continuous time, with noise levels that are learned.

    q(z_t | x) = N(alpha_t x, sigma_t^2 I),  alpha_t^2 = sigmoid(-gamma(t)),  sigma_t^2 = sigmoid(gamma(t)),  0 < t < 1
    -log p(x) <= KL(q(z_1 | x) || N(0, I)) + E[-log p(x | z_0)] + 1/2 E gamma'(t) || n - N(z_t) ||^2     (eq. 11 and 17)
    train:  the network minimises the last term, gamma its variance; p(x | z_0) is in proportion to q(z_0 | x) (eq. 8)
    draw:   z_1 ~ N(0, I), then a sampler of `samplers`

The bound depends on gamma by its ends alone (section 5.1), which are fixed, so gamma is free to make its estimate
precise: t ~ U(0, 1) draws gamma with the density 1 / gamma', and its weights descend the second moment of what is drawn
by the score function, E[each^2 grad log gamma'], so that no gradient runs through the network to them.

Draws pass levels that are evenly spaced in the angle of (alpha, sigma), as those of the cosine schedule are: most of
the learned levels decide the last bits of a pixel, which nobody sees.
"""

from math import atan, e, exp, log, pi

import torch
from torch import Tensor, nn

from ...core.draws import Draws
from ...core.monte_carlo import average, split_draws
from ...core.spec import Spec
from ...core.trainable import Batch
from ...distributions.coordinates import level_width
from ..conditions import draw_known, drop_given, stratified
from .denoiser import Denoiser, LevelDenoiser, broadcast_level
from .denoising import Denoising
from .diffusion import FEWEST
from .noise_schedules import LearnedNoise
from .samplers import GENTLE, added, all_samplers, karras

LOW, HIGH = -13.3, 5.0  # gamma(0) of real numbers, gamma(1) (Kingma 2021, figure 2)
FINEST = 6  # widths of the least noise in a pixel's level, at which it is nearly plain: LOW, where levels are 256
NEAR_LEVELS = 4  # levels on either side of a pixel's own that its noise might have led to


class VariationalDiffusion(Denoising):
    """Diffusion in continuous time that learns its noise levels.

    Args:
        network: a velocity of `networks.adapters`. It predicts v, or of pixels what `LevelDenoiser` asks for.
        sampler: of `samplers`, over `levels` of noise.
        terms: values of t at which the bound is evaluated, with two calls of the network each.

    Its noise spans a factor of e^9, which bfloat16 cannot tell apart from x.
    """

    kind, unit = "lower bound", "nats"
    allow_bf16 = False

    def __init__(self, spec: Spec, given: Spec, network: nn.Module, sampler: str, levels: int, terms: int):
        self.width = level_width(spec)
        self.low, self.high = 2 * log(self.width / FINEST) if self.width else LOW, HIGH
        super().__init__(spec, given, self.path_of(levels, sampler), sampler, all_samplers())
        self.noise, self.terms = LearnedNoise(self.low, self.high), terms
        ends = self.low, self.high
        self.denoiser = LevelDenoiser(network, spec, ends) if self.width else Denoiser(network, "v", ends)

    def path_of(self, steps: int, sampler: str) -> Tensor:
        least, most = exp(self.low / 2), exp(self.high / 2)
        if sampler in GENTLE:
            return added(karras(least, most, steps))
        angles = torch.linspace(atan(most), atan(least), steps, dtype=torch.float64)
        return added(torch.cat([angles.tan(), angles.new_zeros(1)]))

    def clean(self, x: Tensor, rng: Draws) -> tuple[Tensor, Tensor]:
        """Pixels are the middles of their levels; the rest as `view` gives it."""
        if not self.width:
            return super().clean(x, rng)
        z = self.view.centre(x)
        return z, torch.zeros_like(z)

    def loss(self, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        rng = batch.rng
        x, _ = self.clean(batch.x, rng)
        known, given = draw_known(self.spec, batch.x, rng), drop_given(self.given, batch.given, rng)
        gamma, slope = self.noise(stratified(len(x), rng))
        square = self._square(x, self.process.noise(x.shape, rng), gamma.detach(), given, batch.x, known)
        each = slope.detach() / 2 * square.masked_fill(known, 0.0).flatten(1).sum(1)
        seen = each.detach()
        moment = (seen**2 * slope.log()).mean() / seen.mean()  # its gradient is that of the second moment, in nats
        return each.mean() + moment - moment.detach(), {}

    def _square(
        self, x: Tensor, n: Tensor, gamma: Tensor, given: Tensor, known_values: Tensor, known: Tensor | None = None
    ) -> Tensor:
        """(n - N)^2, like x. gamma: (B,)."""
        alpha, sigma = gamma.neg().sigmoid().sqrt().float(), gamma.sigmoid().sqrt().float()
        z = broadcast_level(alpha, x) * x + broadcast_level(sigma, x) * n
        return (n - self.denoiser(z, alpha, sigma, given, known_values, known)[1]) ** 2

    def log_likelihood(self, x: Tensor, given: Tensor, rng: Draws, draws: int | None = None):
        """The variational bound, estimated without bias from `draws` (else `terms`) values of t, and its standard
        error."""
        repeats, each = split_draws(draws or self.terms, FEWEST)
        given = self.denoiser.condition(given)
        return average(torch.stack([self._bound(x, given, rng, each) for _ in range(repeats)]))

    def _bound(self, x: Tensor, given: Tensor, rng: Draws, pairs: int) -> Tensor:
        """The bound (B,) with `pairs` values of t, spread evenly, each with noise n and -n."""
        total = torch.zeros(len(x), dtype=torch.float64, device=x.device)
        for i in range(pairs):
            z, log_det = self.clean(x, rng)
            gamma, slope = self.noise((i + rng.uniform(len(x), dtype=torch.float64)) / pairs)
            n = self.process.noise(z.shape, rng)
            square = sum(self._square(z, sign * n, gamma, given, x).flatten(1).sum(1) for sign in (1, -1))
            total += log_det.flatten(1).sum(1) - self._last_divergence(z) + self._log_data(x, rng) - slope / 4 * square
        return total / pairs

    def _last_divergence(self, z: Tensor) -> Tensor:
        """KL(q(z_1 | x) || N(0, I)): (B,)."""
        variance = 1 / (1 + exp(-self.high))
        return 0.5 * ((1 - variance) * z**2 + variance - 1 - log(variance)).flatten(1).sum(1)

    def _log_data(self, x: Tensor, rng: Draws) -> Tensor:
        """E log p(x | z_0): (B,), of pixels from one draw of z_0.

        z_0 / alpha_0 is a pixel's level and noise n of 1 / FINEST widths, and p(x | z_0) the share of this level in the
        density of z_0 under all levels; that of the level k farther on is exp(k FINEST n - (k FINEST)^2 / 2) times as
        large.
        """
        if not self.width:
            return x.new_full((len(x),), -0.5 * log(2 * pi * e) - self.low / 2).double() * self.spec.dims
        k = torch.arange(-NEAR_LEVELS, NEAR_LEVELS + 1, device=x.device)
        n = self.process.noise(x.shape, rng)[..., None]
        level = x[..., None] + k
        there = (level >= 0) & (level < self.spec.leaf.levels)
        times = (FINEST * k * n - (FINEST * k) ** 2 / 2).masked_fill(~there, -torch.inf)
        return -times.logsumexp(-1).double().flatten(1).sum(1)
