"""Base of the families that learn to remove Gaussian noise. They sample, complete, encode and estimate densities by a
`denoiser`, and differ in how they choose noise levels and train.
"""

from dataclasses import replace
from functools import partial
from math import hypot, log

import torch
from torch import Tensor, nn

from ...core.draws import Draws, RowDraws
from ...core.family import Family
from ...core.sample_options import CANVAS, METHOD, RESAMPLE, RULED, STARTED, STEPS, TRAINED, Effort, sampler_among
from ...core.spec import Spec
from ...core.trainable import Batch
from ...distributions.coordinates import continuous
from ..conditions import draw_known, draw_stratified, drop_given, fill_present
from ..gaussian_noise import GaussianNoise
from ..guidance import Guidance, calls_a_step, select_rows
from .canvases import allows_canvas, canvas_shape, on_windows
from .denoiser import Denoiser, PerItem, broadcast_level
from .probability_flow import Curve, added_curve, carry_with_divergence, estimate, velocity
from .samplers import (
    Denoise,
    Sampler,
    Walk,
    added_path,
    all_samplers,
    annealed_langevin,
    hold_known,
    last_share,
    repaint,
    run_to_end,
    runge_kutta,
)

METHODS = {
    TRAINED: "denoiser learned with the known part as a condition",
    RESAMPLE: "known part noised to the level of each step, unknown part drawn again and again (RePaint)",
}
CANVAS_STEPS = 50  # steps of a canvas, at least: fewer lose fine grain, which is what a texture is judged by
CODE_STEPS = 12  # steps of the probability flow, four calls each, on the way to a code and back


class Denoising(Family):
    """Base of families that sample, complete, encode and score by a denoiser.

    Args:
        path: (K + 1, 2) levels (alpha, sigma) of a draw, from noise to sigma = 0.
        sampler: the name of the one that it draws by.
        samplers: {name: sampler} of those that fit.

    Subclasses have `path_of`, `denoiser`, and where the probability flow gives their likelihood `density_steps` (of
    Runge-Kutta's method, four calls each). Codes and densities are those of added noise unless they say otherwise.
    One that trains on whole items alone sets `learns_known` to False, and completes by resampling. Its verbs take
    sampling options by name (`core.sample_options`): None keeps those of training, and `strength` is the share of the
    path that is walked.
    """

    learns_known = True
    unit = "squared error"
    has_path = True
    curve: Curve = staticmethod(added_curve)
    denoiser: Denoiser

    def __init__(self, spec: Spec, given: Spec, path: Tensor, sampler: str, samplers: dict[str, Sampler]):
        super().__init__(spec, given)
        self.view = continuous(spec)
        self.process, self.sampler, self.samplers = GaussianNoise(), sampler, samplers
        self.register_buffer("path", path, False)
        drawing = STEPS, sampler_among(samplers), *RULED
        method = METHOD if self.learns_known else replace(METHOD, choices=(RESAMPLE,))
        canvas = (CANVAS,) if allows_canvas(spec, given) else ()
        self.sample_options, self.complete_options = (*drawing, *STARTED, *canvas), (*drawing, method)

    def path_of(self, steps: int, sampler: str) -> Tensor:
        """Returns the path (steps + 1, 2) of levels (alpha, sigma) that a sampler takes in so many steps."""
        raise NotImplementedError

    def clean(self, x: Tensor, rng: Draws) -> tuple[Tensor, Tensor]:
        """Maps items x to the coordinates that noise is added to. Returns them and the log-determinant of the map."""
        return self.view(x, rng)

    def steady(self, x: Tensor) -> Tensor:
        """Maps items x to these coordinates without randomness."""
        return self.view.steady(x)

    def residual(
        self, x: Tensor, n: Tensor, alpha: PerItem, sigma: PerItem, given: Tensor, known_values: Tensor,
        known: Tensor | None,
    ) -> Tensor:  # fmt: skip
        """Computes the network's error at alpha x + sigma n: its output less its target, like x.

        Args:
            x: (B, *shape) clean items.
            n: Noise like x.
            alpha, sigma: Level of noise.
            given: (B, G) conditions.
            known_values: x, read where it is known.
            known: bool like x, or None.
        """
        denoiser, z = self.denoiser, broadcast_level(alpha, x) * x + broadcast_level(sigma, x) * n
        raw = denoiser.network_output(z, alpha, sigma, given, known_values, known)
        return raw - denoiser.target(x, n, alpha, sigma)

    def denoise(
        self, given: Tensor, known_values: Tensor | None = None, known: Tensor | None = None, **guidance: object
    ) -> Denoise:
        """Returns a denoiser under conditions, a function denoise(z, alpha, sigma) -> E[x | z], E[n | z].

        Args:
            given: (B, G) conditions.
            known_values: x, read where it is known.
            known: bool like x, or None.
            guidance: Guidance by the conditions, see `families.guidance`.
        """
        denoiser, guide = self.denoiser, Guidance(given, **guidance)
        conditions = [denoiser.condition(row) for row in guide.conditions]  # once for all steps of a walk

        def denoise(z: Tensor, alpha: float, sigma: float) -> tuple[Tensor, Tensor]:
            known_values_shown = torch.zeros_like(z) if known_values is None else known_values
            raws = [denoiser.network_output(z, alpha, sigma, c, known_values_shown, known) for c in conditions]
            return denoiser.guided_split(guide, raws, z, alpha, sigma)

        return denoise

    def sample(
        self, n: int, given: Tensor, rng: Draws, steps: int | None = None, sampler: str | None = None,
        start: Tensor | None = None, strength: float = 1.0, canvas: int | None = None, **guidance: object,
    ) -> Tensor:  # fmt: skip
        """Samples n items along the path of noise levels.

        Args:
            n: Number of items.
            given: (n, G) conditions.
            rng: Random numbers.
            sampler: Name of a sampler. None: the model's own.
            start: Items that the samples resemble. Noise hides them as much as at `strength` of the way back from
                data, and the sampler removes that noise (SDEdit, Meng 2022).
            strength: Share of the sampling path that is walked from `start`, in [0, 1].
            canvas: Side of larger images, see `canvases`. Default: None, images of the size of the items.
        """
        shape, denoise = self.spec.shape, self.denoise(given, **guidance)
        if canvas is not None:
            shape, denoise = canvas_shape(self.spec, canvas, start), on_windows(denoise, self.spec, rng)
        if strength == 0:
            return start.float()
        steps = self._steps_of(steps, canvas)
        walk = self._walk(denoise, (n, *shape), rng, steps, sampler, start, strength)
        return self.view.inverse(run_to_end(walk))

    def fill(
        self, x: Tensor, known: Tensor, given: Tensor, rng: Draws, steps: int | None = None, sampler: str | None = None,
        method: str | None = None, **guidance: object,
    ) -> Tensor:  # fmt: skip
        """Samples the unknown part of items given the known part.

        Args:
            x: (B, *shape) items, read where they are known.
            known: bool like x.
            given: (B, G) conditions.
            rng: Random numbers.
            method: "trained" shows the network the known part. "resample" holds it in place while a network that
                sees whole items alone samples the rest (RePaint, Lugmayr 2022). Default: None, "trained" where the
                network has learned it.
        """

        def draw(rows: Tensor, rng: RowDraws) -> Tensor:
            known_rows, guide = x[rows], select_rows(guidance, rows)
            if self._method(method) == TRAINED:
                denoise = self.denoise(given[rows], known_rows, known[rows], **guide)
                walk = self._walk(denoise, known_rows.shape, rng, steps, sampler)
            else:
                denoise = self.denoise(given[rows], **guide)
                walk = self._resampled(denoise, known_rows, known[rows], rng, *self._chosen(steps, sampler))
            return self.view.inverse(run_to_end(walk))

        return fill_present(draw, x, known, self.view.marginals, rng)

    def describe_method(self, method: str | None = None, **options: object) -> str:
        name = self._method(method)
        return f"{name}: {METHODS[name]}"

    def progress(
        self, n: int, given: Tensor, rng: Draws, steps: int | None = None, sampler: str | None = None,
        initial_state: Tensor | None = None, strength: float = 1.0,
    ) -> tuple[Tensor, Tensor]:  # fmt: skip
        """Samples items and keeps the states from noise to items, (K + 1, n, *shape), and the x that the denoiser
        expects on each of K steps.

        States are scaled to a root mean square of 1 where it is larger, as those of a chain that preserves variance
        are.

        Args:
            n: Number of items.
            given: (n, G) conditions.
            rng: Random numbers.
            initial_state: (n, *shape) as `noised` returns them, where the last share `strength` of the path begins.
        """
        walk, path = self._chosen(steps, sampler, strength)
        noise = partial(self.process.noise, rng=rng)
        z = noise((n, *self.spec.shape)) * hypot(*path[0].tolist()) if initial_state is None else initial_state
        states, expected = zip((z, z), *walk(self.denoise(given), z, path, noise))
        inverse = lambda states: torch.stack([self.view.inverse(x) for x in states])
        return inverse(z / broadcast_level(_size(z), z) for z in states), inverse(expected[1:])

    def noised(
        self, x: Tensor, strength: float, rng: Draws, steps: int | None = None, sampler: str | None = None
    ) -> Tensor:
        """Adds the noise at which the last share `strength` of the path begins to items: (B, *shape).

        Args:
            x: (B, *shape) items.
            strength: Share of the path.
            rng: Random numbers.
        """
        alpha, sigma = self._chosen(steps, sampler, strength)[1][0].tolist()
        return alpha * self.steady(x) + sigma * self.process.noise(x.shape, rng)

    def effort(
        self, steps: int | None = None, sampler: str | None = None, guidance: float = 1.0, strength: float = 1.0,
        canvas: int | None = None, **options: object,
    ) -> Effort:  # fmt: skip
        calls = 0

        def denoise(z: Tensor, alpha: float, sigma: float) -> tuple[Tensor, Tensor]:
            nonlocal calls
            calls += calls_a_step(guidance)
            return z, z

        walk, path = self._chosen(self._steps_of(steps, canvas), sampler, strength)
        for _ in walk(denoise, torch.zeros(1), path, torch.zeros):
            pass
        return Effort(len(path) - 1, calls, sampler or self.sampler)

    def _walk(
        self, denoise: Denoise, shape: tuple[int, ...], rng: Draws, steps: int | None = None,
        sampler: str | None = None, start: Tensor | None = None, strength: float = 1.0,
    ) -> Walk:  # fmt: skip
        noise, (walk, path) = partial(self.process.noise, rng=rng), self._chosen(steps, sampler, strength)
        if strength == 1:
            return walk(denoise, noise(shape) * hypot(*path[0].tolist()), path, noise)
        return walk(denoise, self.noised(start, strength, rng, steps, sampler), path, noise)

    def _method(self, method: str | None) -> str:
        return method or (TRAINED if self.learns_known else RESAMPLE)

    def _resampled(
        self, denoise: Denoise, x: Tensor, known: Tensor, rng: RowDraws, sampler: Sampler, path: Tensor
    ) -> Walk:
        """RePaint from noise, of x (B, *shape) where `known`."""
        noise, (alpha, sigma) = partial(self.process.noise, rng=rng), path[0].tolist()
        clean, _ = self.clean(torch.where(known, x.float(), 0.0), rng)
        n = noise(x.shape)
        z = torch.where(known, alpha * clean + sigma * n, hypot(alpha, sigma) * n)
        return repaint(sampler, hold_known(denoise, clean, known), z, path, noise)

    def _steps_of(self, steps: int | None, canvas: int | None) -> int | None:
        """The steps of a draw; None for those of training."""
        return CANVAS_STEPS if canvas and steps is None and len(self.path) <= CANVAS_STEPS else steps

    def _chosen(self, steps: int | None, sampler: str | None, strength: float = 1.0) -> tuple[Sampler, Tensor]:
        """A sampler and the last share `strength` of its path, those of training where None is named."""
        if steps is None and sampler is None:
            path = self.path
        else:
            path = self.path_of(steps or len(self.path) - 1, sampler or self.sampler)
        return self.samplers[sampler or self.sampler], path if strength == 1 else last_share(path, strength)

    def log_likelihood(self, x: Tensor, given: Tensor, rng: Draws, draws: int | None = None):
        """Computes log-likelihoods (B,) in nats by the probability flow and, where the estimate is random, their
        standard errors (see `probability_flow.estimate`).

        Args:
            x: (B, *shape) items.
            given: (B, G) conditions.
            rng: Random numbers.
            draws: Estimates that are averaged. Default: None, as the family says.
        """
        log_density = lambda is_exact: self._flow_density(x, given, rng, self.density_steps, is_exact)
        return estimate(log_density, self.spec, draws or self.view.estimates)

    def _flow_density(self, x: Tensor, given: Tensor, rng: Draws, steps: int, is_exact: bool) -> Tensor:
        """log p(x) (B,) by the probability flow, in `steps` of four calls, with the trace in full or estimated."""
        z, log_det = self.clean(x, rng)
        flow, (data, noise) = velocity(self.denoise(given), self.curve), self.ends
        z, gain = carry_with_divergence(flow, z, data, noise, steps, rng, is_exact)
        alpha, sigma, *_ = self.curve(noise)
        return gain + self.process.log_prob(z, hypot(alpha, sigma)) + log_det.flatten(1).sum(1)

    def encode(self, x: Tensor, given: Tensor) -> Tensor:
        """Computes the noise (B, *shape) that the probability flow carries to x."""
        sampler, path = self.codes
        z = run_to_end(sampler(self.denoise(given), self.steady(x), path.flip(0), None))
        return z / hypot(*path[0].tolist())

    def decode(self, z: Tensor, given: Tensor) -> Tensor:
        sampler, path = self.codes
        start = z * hypot(*path[0].tolist())
        return self.view.inverse(run_to_end(sampler(self.denoise(given), start, path, None)))

    @property
    def codes(self) -> tuple[Sampler, Tensor]:
        """Returns the deterministic sampler and the path of noise levels that map codes to items and back."""
        low, high = self.ends
        levels = torch.linspace(high, low, CODE_STEPS + 1, dtype=torch.float64).exp()
        return runge_kutta, added_path(torch.cat([levels, levels.new_zeros(1)]))

    @property
    def ends(self) -> tuple[float, float]:
        """The logs of the lowest and the highest noise level in sampling, where the probability flow ends."""
        return log(float(self.path[-2, 1])), log(float(self.path[0, 1]))


def _size(z: Tensor) -> Tensor:
    """(B,) root mean square, 1 at least."""
    return z.flatten(1).square().mean(1).sqrt().clamp(min=1.0)


class ScoreMatching(Denoising):
    """Score matching at many noise levels, sampled by annealed Langevin dynamics (Song & Ermon 2019, 2020).

    sigma_1 > ... > sigma_L, a geometric row;  y = x + sigma_i n
    min E sigma_i^2 / 2 || s(y, sigma_i) + n / sigma_i ||^2                 s -> grad_y log p_sigma(y)   (Vincent 2011)
    draw: for each sigma_i a few times   y <- y + step sigma_i^2 s(y, sigma_i) + sqrt(2 step) sigma_i noise;  at the end
                                         E[x | y]
    log p(x): by the probability flow of s (Song 2021), an estimate

    Since s = -noise / sigma, the network predicts the noise, as in diffusion, and the weighted loss is half its squared
    error.

    Args:
        spec: Spec of the items.
        given: Spec of the conditions.
        network: A velocity of `networks.adapters`.
        levels: L, noise levels.
        high, low: Largest and smallest level, in units of the coordinates.
        repeats: Langevin steps at each level.
        step: Size of a Langevin step, as a share of the squared level.
        density_steps: Runge-Kutta steps (four calls each) of the likelihood's differential equation.
    """

    kind = "estimate"

    def __init__(
        self, spec: Spec, given: Spec, network: nn.Module, levels: int, high: float, low: float, repeats: int,
        step: float, density_steps: int,
    ):  # fmt: skip
        self.high, self.low = high, low
        samplers = {"langevin": partial(annealed_langevin, repeats=repeats, step=step)} | all_samplers()
        super().__init__(spec, given, self.path_of(levels, "langevin"), "langevin", samplers)
        self.denoiser, self.density_steps = Denoiser(network, "noise"), density_steps

    def path_of(self, steps: int, sampler: str) -> Tensor:
        sigmas = self.high * (self.low / self.high) ** torch.linspace(0, 1, steps, dtype=torch.float64)
        return added_path(torch.cat([sigmas, sigmas.new_zeros(1)]))

    def loss(self, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        rng, n = batch.rng, len(batch.x)
        x, _ = self.clean(batch.x, rng)
        known, given = draw_known(self.spec, batch.x, rng), drop_given(self.given, batch.given, rng)
        sigma = self.path[(draw_stratified(n, rng) * (len(self.path) - 1)).long(), 1].float()
        noise = self.process.noise(x.shape, rng)
        error = self.residual(x, noise, 1.0, sigma, given, batch.x, known)
        return 0.5 * (error**2).masked_fill(known, 0.0).flatten(1).sum(1).mean(), {}

    def steady(self, x: Tensor) -> Tensor:
        """Maps items to coordinates, pixels to random places within their levels that a fixed seed draws: the density
        was learned there."""
        return self.clean(x, Draws.from_seed(0, x.device))[0]
