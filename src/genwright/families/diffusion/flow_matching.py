"""Flow matching (Lipman 2023; Liu 2023): learn the velocity that carries noise to data along straight lines.

    z_0 ~ N(0, I),  z_1 = data,  z_t = (1 - t) z_0 + t z_1,  t ~ U(0, 1), or most of them logit-normal (Esser 2024)
    min E || v(z_t, t) - (z_1 - z_0) ||^2
    draw: dz/dt = v(z, t) from t = 0 to 1;  log p(z_1) = log N(z_0; 0, I) - int_0^1 div v dt

This is noise of the level alpha = t, sigma = 1 - t, and v is the row "velocity" of `denoiser`. Samples, completions and
codes are those of `denoising`, by Heun's method.

The network sees the known part unchanged, and 0 at its place in z_t; the loss leaves it out. Pixels carry noise within
their level. Their last step goes straight to E[z_1 | z_t], which has no such noise, so no sample rounds to a
neighbouring level.
"""

from functools import partial

import torch
from torch import Tensor, nn

from ...core.draws import Draws
from ...core.spec import Spec
from ...core.trainable import Batch
from ...distributions.coordinates import level_width
from ...networks.control import Steered
from ..conditions import draw_known, draw_stratified, drop_given
from .denoiser import Denoiser
from .denoising import Denoising
from .probability_flow import straight_curve
from .samplers import Sampler, all_samplers, heun, straight_path, to_noise


def times(n: int, rng: Draws, middle_share: float, shift: int = 1) -> Tensor:
    """Samples training times (n,) in [0, 1), moved towards noise by `to_noise`.

    A share `middle_share` of them is sigmoid(N(0, 1)) (Esser 2024, section 3.1), the others are uniform. Near either
    end the velocity is nearly known from z_t alone or from the mean of the data, so little is left to learn there. The
    uniform
    share keeps all times in sight. The best v is the same for any times.

    Args:
        n: Number of times.
        rng: Random numbers.
        middle_share: Share that crowds around 1/2.
        shift: As for `samplers.to_noise`.
    """
    t = draw_stratified(n, rng)
    if middle_share:
        crowded = torch.special.ndtri(t.clamp(1e-4, 1 - 1e-4)).sigmoid()
        t = torch.where(rng.uniform(n) < middle_share, crowded, t)
    return to_noise(t, shift)


class FlowMatching(Denoising):
    """Flow matching (Lipman 2023): learns the velocity along straight lines from noise to items.

    Args:
        spec: Spec of the items.
        given: Spec of the conditions.
        velocity: Velocity of `networks.adapters`.
        calls: network calls of one draw (Heun's method, two a step).
        density_steps: Runge-Kutta steps (four calls each) of the likelihood's differential equation.
        middle_share: share of the training times that crowd around 1/2 (see `times`).
        condition_dropout: how often a given variable is left out in training.
        shift: Shift of the times of training and of the steps, as of `samplers.to_noise`.
    """

    kind = "estimate"
    method = "velocity learned with the known part as a condition"
    curve = staticmethod(straight_curve)
    ends = 1.0, 0.0

    def __init__(
        self, spec: Spec, given: Spec, velocity: nn.Module, calls: int, density_steps: int, middle_share: float = 0.0,
        condition_dropout: float = 0.1, shift: int = 1,
    ):  # fmt: skip
        samplers = all_samplers() | {"heun": partial(heun, to_mean=level_width(spec) > 0)}
        super().__init__(spec, given, straight_path(calls // 2, shift), "heun", samplers)
        self.denoiser, self.density_steps = Denoiser(velocity, "velocity"), density_steps
        self.middle, self.condition_dropout, self.shift = middle_share, condition_dropout, shift
        self.allows_missing_given = condition_dropout > 0

    def path_of(self, steps: int, sampler: str) -> Tensor:
        return straight_path(steps, self.shift)

    def loss(self, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        rng = batch.rng
        x, _ = self.clean(batch.x, rng)
        known = draw_known(self.spec, batch.x, rng)
        given = self.given_to_learn(batch.given, rng)
        noise, t = self.process.noise(x.shape, rng), times(len(x), rng, self.middle, self.shift)
        error = self.residual(x, noise, t, 1 - t, given, batch.x, known)
        return (error**2).masked_fill(known, 0.0).flatten(1).sum(1).mean(), {}

    def given_to_learn(self, given: Tensor, rng: Draws) -> Tensor:
        """Drops conditions from given (B, G) at random, as the network sees them in training."""
        return drop_given(self.given, given, rng, self.condition_dropout)

    @property
    def codes(self) -> tuple[Sampler, Tensor]:
        """Returns the sampler and the path of training; the noise at their start is the code."""
        return self.samplers[self.sampler], self.path


SILENT = 0.3  # share of training in which the side misses a part of what is given


class SteeredFlowMatching(FlowMatching):
    """Flow matching by a trained network that a side network steers, see `networks.control`. Only the side network
    learns.

    Now and then the side misses words of a text at random, from few to all. The map then has to say what it can say,
    such as a shape. velocity: a `SteeredVelocity`; the rest as of `FlowMatching`."""

    def given_to_learn(self, given: Tensor, rng: Draws) -> Steered:
        given = super().given_to_learn(given, rng)
        is_omitted, rate = rng.uniform(len(given), 1) < SILENT, rng.uniform(len(given), 1)
        return self.denoiser.network.condition(given, is_omitted & (rng.uniform(given.shape) < rate))

    def begin_side(self, trunk: FlowMatching) -> None:
        """Copies the weights of a trained model into trunk and side network."""
        network = self.denoiser.network
        network.trunk.load_state_dict(trunk.denoiser.network.state_dict())
        network.copy_trunk()
