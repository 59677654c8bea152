"""Denoising diffusion (Ho 2020), over real coordinates of any data.

    q(x_t | x_0) = N(sqrt(abar_t) x_0, (1 - abar_t) I),  t = 1 ... T         the chain of `noise_schedules`
    train:  t ~ U{1 ... T},  min E || F(x_t, t) - target ||^2                F predicts the noise, v or x_0 (`denoiser`)
    draw:   x_T ~ N(0, I), then a sampler of `samplers` over some or all of the chain's levels
    bound:  -log p(x) <= KL(q(x_T | x) || N(0, I)) + sum_t=2..T E KL(q(x_t-1 | x_t, x) || p(x_t-1 | x_t)) + E[-log p(x |
            x_1)]

The bound is Ho 2020, eq. 5. If p(x_t-1 | x_t) has the variance of q, a term in the middle is 1/2 (snr_t-1 - snr_t) || x
- D ||^2 with snr_t = abar_t / (1 - abar_t) = 1 / sigma_t^2 (Kingma 2021, eq. 14). objective="bound" trains by the bound
and gives better likelihoods. "simple" trains by the squared error above and gives better samples. Training by the bound
samples t in proportion to the size of its term for a standard normal x, and divides the term by that probability. To
evaluate likelihoods, p has the best variance (Bao 2022, eq. 7): that of q plus a term for the squared error e_t of D,
which `finish` measures on training items. p(x | x_1) = N(D, e_1); for a pixel, its mass over the level.

The bound has a thousand terms; some of them estimate the sum. They are sampled by size, with antithetic and orthogonal
noise, and a control variate removes what the noise alone adds (`_bound`, `_terms`). None of this changes the mean.
"""

from math import atan, e, exp, log, pi, prod

import torch
from torch import Tensor, nn

from ...core.draws import Draws
from ...core.errors import DataError, Unsupported
from ...core.monte_carlo import average, split_draws
from ...core.spec import Spec
from ...core.trainable import Batch, Items
from ...distributions.coordinates import level_width
from ..conditions import draw_known, draw_stratified, drop_given
from .denoiser import Denoiser, LevelDenoiser, broadcast_level
from .denoising import Denoising
from .noise_schedules import LearnedNoise, NoiseChain, Terms, explained_noise, measure_terms
from .probability_flow import EXACT_TRACE
from .samplers import GENTLE, added_path, all_samplers, karras

MIN_NOISE = (
    0.25  # noise, in widths of a level: with less of it a pixel's level is plain, and the network has nothing to learn
)
FEWEST = 8  # terms of each independent estimate of the bound, where they allow it; the spread of these is its error
UNIFORM_SHARE = 0.05  # share of the draws of t, spread evenly over the chain
SIGMA_MAX = 80.0  # highest of the levels of Karras 2022 (table 1)


class Bounded(Denoising):
    """Base of denoising families whose likelihood is a variational bound. A subclass has `terms`, the number of values
    of t at which it is evaluated, and `_bound(x, given, rng, pairs)`, an estimate (B,) without bias from so many."""

    kind = "lower bound"

    def log_likelihood(self, x: Tensor, given: Tensor, rng: Draws, draws: int | None = None):
        """Estimates the bound (B,) in nats from `draws` (else `terms`) values of t, with its standard error."""
        repeats, terms = split_draws(draws or self.terms, FEWEST)
        given = self.denoiser.condition(given)
        return average(torch.stack([self._bound(x, given, rng, terms) for _ in range(repeats)]))


class Diffusion(Bounded):
    """Denoising diffusion (Ho 2020): learns to remove the noise of a forward chain, and bounds the likelihood by it.

    Args:
        spec: Spec of the items.
        given: Spec of the conditions.
        network: A velocity of `networks.adapters`.
        schedule, steps: Name and steps of the chain.
        predicts: "noise", "v" or "x0".
        objective: "simple", or "bound" for the variational bound.
        sampler: Name of a sampler, over `levels` of the chain's noise levels.
        levels: Noise levels that a sample passes.
        terms: Terms of the bound that are evaluated, with two calls of the network each.
    """

    def __init__(
        self, spec: Spec, given: Spec, network: nn.Module, schedule: str, steps: int, predicts: str, objective: str,
        sampler: str, levels: int, terms: int,
    ):  # fmt: skip
        level = level_width(spec)
        chain = NoiseChain(schedule, steps, MIN_NOISE * level)
        super().__init__(spec, given, path_over(chain, levels, sampler), sampler, all_samplers())
        self.denoiser = Denoiser(network, predicts)
        self.chain, self.terms, self.objective = chain, terms, objective
        self.pixels = level > 0
        self.register_buffer("error", torch.ones(chain.steps, self.view.kinds))  # e_t
        if objective == "bound":
            self.unit = "nats"
            gain = -(1 / self.chain.sigma**2).diff() / 2  # 1/2 (snr_t-1 - snr_t) of t = 2 ... T
            weight = torch.cat([gain[:1] if len(gain) else gain.new_ones(1), gain])  # that of t = 1 would be infinite
            chance = weight * self.chain.usual_error
            self.register_buffer("chance", chance / chance.sum(), False)  # (T,) that training draws t
            self.register_buffer("weight", (weight / self.chance).float(), False)  # (T,) of a term that is drawn

    def path_of(self, steps: int, sampler: str) -> Tensor:
        """Returns the path of `Denoising.path_of`. Raises DataError for more steps than the chain has levels."""
        if steps > max(self.chain.steps, len(self.path) - 1):
            raise DataError(f"steps must be at most {self.chain.steps}, the steps of the chain, not {steps}")
        return path_over(self.chain, steps, sampler)

    def loss(self, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        rng, n, steps = batch.rng, len(batch.x), self.chain.steps
        x, _ = self.clean(batch.x, rng)
        known, given = draw_known(self.spec, batch.x, rng), drop_given(self.given, batch.given, rng)
        u = draw_stratified(n, rng)
        if self.objective == "bound":
            at = Terms(self.chance).draw(u.double())
        else:
            at = (u * steps).long().clamp(max=steps - 1)
        sigma, noise = self.chain.sigma[at].float(), self.process.noise(x.shape, rng)
        if self.objective == "bound":
            error, weight = x - self.denoised(x, noise, sigma, given, batch.x, known), self.weight[at]
        else:
            error, weight = self.residual(x, noise, 1.0, sigma, given, batch.x, known), 1.0
        return (weight * (error**2).masked_fill(known, 0.0).flatten(1).sum(1)).mean(), {}

    def clean(self, x: Tensor, rng: Draws) -> tuple[Tensor, Tensor]:
        """Maps items to the coordinates of the chain: pixels to the middles of their levels, the rest by `view`. The
        log-determinant of pixels is 0, since the last step has to find their level."""
        if not self.pixels:
            return super().clean(x, rng)
        z = self.view.centre(x)
        return z, torch.zeros_like(z)

    def denoised(
        self, x: Tensor, n: Tensor, sigma: Tensor, given: Tensor, known_values: Tensor, known: Tensor | None = None
    ) -> Tensor:
        """Estimates the clean items D from x + sigma n.

        Args:
            x: (B, *shape) clean items.
            n: Noise like x.
            sigma: (B,) level.
            given: (B, G) conditions.
            known_values: x, read where it is known.
            known: bool like x, or None.
        """
        z = x + broadcast_level(sigma, x) * n
        return self.denoiser(z, 1.0, sigma, given, known_values, known)[0]

    def finish(self, items: Items, rng: Draws) -> None:
        """Measures the error e_t = E (x - D)^2 for each kind of number at some t, and interpolates its log between
        them."""
        items = items[rng.permutation(len(items))[: self.view.sample_size]]
        z, _ = self.clean(items.x, rng)
        given = self.denoiser.condition(items.given)

        def log_error(t: int) -> Tensor:
            sigma = self.chain.sigma[t].float().expand(len(z))
            square = (z - self.denoised(z, self.process.noise(z.shape, rng), sigma, given, items.x)) ** 2
            return self.view.mean_by_kind(square).double().clamp(min=1e-12).log()

        self.error = measure_terms(log_error, self.chain.steps).exp().float()

    def _bound(self, x: Tensor, given: Tensor, rng: Draws, pairs: int) -> Tensor:
        """The bound (B,) with `pairs` of its terms, each at its own t, place in the level, and noise n and -n."""
        weight, constant, usual_error, terms = self._terms()
        broadcast_rows = lambda row: row.float().view(len(row), *[1] * (x.ndim - 2), -1)  # (B, C) -> (B, 1, ..., C)
        total = torch.zeros(len(x), dtype=torch.float64, device=x.device)
        for i, n in enumerate(orthogonal_noise(pairs, x.shape, rng)):
            z, log_det = self.clean(x, rng)
            at = terms.draw((i + rng.uniform(len(x), dtype=torch.float64)) / pairs)
            sigma = self.chain.sigma[at].float()
            square = (
                -2 * broadcast_rows(usual_error[at]) * (n**2 - 1)
            )  # squares of a pair, less what the noise alone is known to bring
            for sign in (1, -1):
                square = square + (z - self.denoised(z, sign * n, sigma, given, x)) ** 2
            part = (broadcast_rows(weight[at]) * square).flatten(1).sum(1) / (4 * terms.chance[at])
            total += log_det.flatten(1).sum(1) - self._last_divergence(z) - part
        return total / pairs - constant + (self._pixels(x, given, rng) if self.pixels else 0.0)

    def _terms(self) -> tuple[Tensor, Tensor, Tensor, Terms]:
        """Weights (T, C) of the terms t = 1 ... T in the bound, 1/2 sum_j weight_tj (x - D)_j^2, the parts without
        (x - D), the coefficients (T, C) of n^2 - 1 in (x - D)^2, and the terms, which are drawn by their expected part
        of the sum, less where the subtracted noise is most of that part. For pixels, `_pixels` gives the term of t = 1.
        """
        e = self.error.double()
        weight, constant = self.chain.bound_weights(e, ends=not self.pixels)
        usual_error, unexplained = explained_noise(self.chain, e)
        terms = Terms.by_size((weight * e * unexplained).sum(1), UNIFORM_SHARE)
        return weight, constant.sum() / 2 * (self.spec.dims / e.shape[1]), usual_error, terms

    def _last_divergence(self, x: Tensor) -> Tensor:
        """KL(q(x_T | x) || N(0, I)): (B,)."""
        abar = float(self.chain.abar[-1])
        return 0.5 * (abar * x**2 - abar - log(1 - abar)).flatten(1).sum(1)

    def _pixels(self, x: Tensor, given: Tensor, rng: Draws) -> Tensor:
        """E log p(x | x_1): (B,), the mass of each pixel's level under N(D, e_1), from one draw of x_1."""
        sigma, z = self.chain.sigma[:1].float().expand(len(x)), self.view.centre(x)
        d, sd = self.denoised(z, self.process.noise(z.shape, rng), sigma, given, x), self.error[0].sqrt()
        levels = self.spec.leaf.levels
        upper_edge = torch.where(
            x == levels - 1, torch.inf, (z + 1 / levels - d) / sd
        )  # the outer levels reach to infinity
        lower_edge = torch.where(x == 0, -torch.inf, (z - 1 / levels - d) / sd)
        return log_mass(lower_edge, upper_edge).flatten(1).sum(1)

    def ode_log_likelihood(self, x: Tensor, given: Tensor, rng: Draws, steps: int = 64) -> Tensor:
        """Estimates log-likelihoods (B,) by the probability flow, an estimate where `log_likelihood` is a bound.

        Raises Unsupported for pixels: a denoiser of the middles of their levels has no density.

        Args:
            x: (B, *shape) items.
            given: (B, G) conditions.
            rng: Random numbers.
            steps: Steps of the solver.
        """
        if self.pixels:
            raise Unsupported(
                "the probability flow of a model of pixel levels has no density: use log_prob, which is their bound"
            )
        return self._flow_density(x, given, rng, steps, self.spec.dims <= EXACT_TRACE)


def path_over(chain: NoiseChain, steps: int, sampler: str) -> Tensor:
    """Picks steps + 1 of the chain's levels as the path (steps + 1, 2) of a sampler.

    Heun's method, and others that multiply errors where the levels fall steeply, have the levels of Karras 2022.

    Args:
        chain: The chain.
        steps: Steps of the path.
        sampler: Name of the sampler.
    """
    if sampler in GENTLE:
        return added_path(karras(float(chain.sigma[0]), min(SIGMA_MAX, float(chain.sigma[-1])), steps))
    return added_path(chain.levels(steps))


def orthogonal_noise(n: int, shape: tuple[int, ...], rng: Draws) -> Tensor:
    """Draws standard normal noise (n, *shape) whose items are orthogonal in groups as large as an item has numbers.

    The squares of a linear function, summed over such a run, hardly vary (Yu 2016).

    Args:
        n: Number of draws.
        shape: (B, ...), the items on the second axis of the result.
        rng: Random numbers.
    """
    normal, runs = rng.normal(shape[0], n, prod(shape[1:])), []
    for run in normal.split(normal.shape[2], 1):
        q, r = torch.linalg.qr(run.mT)
        q = q * r.diagonal(dim1=1, dim2=2).sign()[:, None]  # uniform directions (Mezzadri 2007)
        runs.append(q.mT * run.norm(dim=2, keepdim=True))
    return torch.cat(runs, 1).transpose(0, 1).reshape(n, *shape)


def log_mass(lower_edge: Tensor, upper_edge: Tensor) -> Tensor:
    """Computes log(Phi(upper) - Phi(lower)) without cancellation, from the nearer tail.

    Args:
        lower_edge: Lower edge, in standard deviations.
        upper_edge: Upper edge, in standard deviations.
    """
    flip = lower_edge + upper_edge > 0
    low, high = torch.where(flip, -upper_edge, lower_edge).double(), torch.where(flip, -lower_edge, upper_edge).double()
    log_low, log_high = torch.special.log_ndtr(low), torch.special.log_ndtr(high)
    return (log_high + torch.log1p(-(log_low - log_high).clamp(max=-1e-12).exp())).float()


LOW, HIGH = -13.3, 5.0  # gamma(0) of real numbers, gamma(1) (Kingma 2021, figure 2)
FINEST = 6  # widths of the least noise in a pixel's level, at which it is nearly plain: LOW, where levels are 256
NEAR_LEVELS = 4  # levels on either side of a pixel's own that its noise might have led to


class VariationalDiffusion(Bounded):
    """Variational diffusion (Kingma 2021, VDM): learns the noise levels, and bounds the likelihood in continuous time.

    q(z_t | x) = N(alpha_t x, sigma_t^2 I),  alpha_t^2 = sigmoid(-gamma(t)),  sigma_t^2 = sigmoid(gamma(t)),  0 < t < 1
    -log p(x) <= KL(q(z_1 | x) || N(0, I)) + E[-log p(x | z_0)] + 1/2 E gamma'(t) || n - N(z_t) ||^2     (eq. 11 and 17)
    train:  the network minimises the last term, gamma its variance; p(x | z_0) is in proportion to q(z_0 | x) (eq. 8)
    draw:   z_1 ~ N(0, I), then a sampler of `samplers`

    The bound depends on gamma by its ends alone (section 5.1), which are fixed, so gamma is free to make its estimate
    precise: t ~ U(0, 1) draws gamma with the density 1 / gamma', and its weights descend the second moment of what is
    drawn by the score function, E[each^2 grad log gamma'], so that no gradient runs through the network to them.

    A sampler ends at D of its last level. The bound ends with p(x | z_0), where pixels still have their last bits.

    Draws pass levels that are evenly spaced in the angle of (alpha, sigma), as those of the cosine schedule are: most
    of the learned levels decide the last bits of a pixel, which nobody sees.

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
        smallest, largest = exp(self.low / 2), exp(self.high / 2)
        if sampler in GENTLE:
            return added_path(karras(smallest, largest, steps))
        angles = torch.linspace(atan(largest), atan(smallest), steps, dtype=torch.float64)
        return added_path(torch.cat([angles.tan(), angles.new_zeros(1)]))

    def clean(self, x: Tensor, rng: Draws) -> tuple[Tensor, Tensor]:
        """Maps items to the coordinates of the chain: pixels to the middles of their levels, the rest by `view`."""
        if not self.width:
            return super().clean(x, rng)
        z = self.view.centre(x)
        return z, torch.zeros_like(z)

    def loss(self, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        rng = batch.rng
        x, _ = self.clean(batch.x, rng)
        known, given = draw_known(self.spec, batch.x, rng), drop_given(self.given, batch.given, rng)
        gamma, slope = self.noise(draw_stratified(len(x), rng))
        square = self._square(x, self.process.noise(x.shape, rng), gamma.detach(), given, batch.x, known)
        losses = slope.detach() / 2 * square.masked_fill(known, 0.0).flatten(1).sum(1)
        detached = losses.detach()
        # its gradient is that of the second moment, in nats
        moment = (detached**2 * slope.log()).mean() / detached.mean()
        return losses.mean() + moment - moment.detach(), {}

    def _square(
        self, x: Tensor, n: Tensor, gamma: Tensor, given: Tensor, known_values: Tensor, known: Tensor | None = None
    ) -> Tensor:
        """(n - N)^2, like x. gamma: (B,)."""
        alpha, sigma = gamma.neg().sigmoid().sqrt().float(), gamma.sigmoid().sqrt().float()
        z = broadcast_level(alpha, x) * x + broadcast_level(sigma, x) * n
        return (n - self.denoiser(z, alpha, sigma, given, known_values, known)[1]) ** 2

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
        is_level = (level >= 0) & (level < self.spec.leaf.levels)
        times = (FINEST * k * n - (FINEST * k) ** 2 / 2).masked_fill(~is_level, -torch.inf)
        return -times.logsumexp(-1).double().flatten(1).sum(1)
