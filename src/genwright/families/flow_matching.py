"""Flow matching (Lipman 2023; Liu 2023): learn the velocity that carries noise to data along straight lines.

    z_0 ~ N(0, I),  z_1 = data,  z_t = (1 - t) z_0 + t z_1,  t ~ U(0, 1), or most of them logit-normal (Esser 2024)
    min E || v(z_t, t) - (z_1 - z_0) ||^2
    draw: dz/dt = v(z, t) from t = 0 to 1;  log p(z_1) = log N(z_0; 0, I) - int_0^1 div v dt

The network sees the known part as it is, and 0 in its place in z_t; the loss leaves it out. Pixels are noise within
their level: their last step goes straight to E[z_1 | z_t], which has none of it, so that no draw rounds to a
neighbouring level.
"""

from __future__ import annotations

from math import log, pi

import torch
from torch import Tensor, nn

from ..core.draws import Draws
from ..core.family import Family
from ..core.spec import Spec
from ..core.trainable import Batch
from ..distributions.coordinates import continuous
from .change_of_variables import carry_with_divergence, estimate
from .conditions import draw_known, drop_given, fill_present, guided, stratified


def times(n: int, rng: Draws, middle: float) -> Tensor:
    """(n,) times in [0, 1): a share `middle` of them sigmoid(N(0, 1)) (Esser 2024, section 3.1), the others uniform.

    Near either end the velocity is nearly known from z_t alone or from the mean of the data, so that little is left to
    learn there; the uniform share keeps all times in sight. The best v is the same for any times.
    """
    t = stratified(n, rng)
    if not middle:
        return t
    crowded = torch.special.ndtri(t.clamp(1e-4, 1 - 1e-4)).sigmoid()
    return torch.where(rng.uniform(n) < middle, crowded, t)


class FlowMatching(Family):
    """velocity: a network of `networks.velocity`. calls: network calls of one draw (Heun's method, two a step).

    density_steps: Runge-Kutta steps (four calls each) of the likelihood's differential equation. middle: share of the
    training times that crowd around 1/2 (see `times`). condition_dropout: how often a given
    variable is left out in training.
    """

    kind = "estimate"
    method = "velocity learned with the known part as a condition"
    unit = "squared error"

    def __init__(
        self,
        spec: Spec,
        given: Spec,
        velocity: nn.Module,
        calls: int,
        density_steps: int,
        middle: float = 0.0,
        condition_dropout: float = 0.1,
    ):
        super().__init__(spec, given)
        self.view = continuous(spec)
        self.velocity = velocity
        self.calls, self.density_steps = calls, density_steps
        self.middle, self.condition_dropout = middle, condition_dropout

    def loss(self, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        rng, n = batch.rng, len(batch.x)
        z1, _ = self.view(batch.x, rng)
        known = draw_known(self.spec, batch.x, rng)
        given = drop_given(batch.given, rng, self.condition_dropout)
        z0 = rng.normal(z1.shape)
        t = times(n, rng, self.middle)
        at = t.view(-1, *[1] * (z1.ndim - 1))
        known_values = self.view.known_values(batch.x)
        zt = ((1 - at) * z0 + at * z1).masked_fill(known, 0.0)
        v = self.velocity(zt, t, given, known_values, known)
        error = ((v.float() - (z1 - z0)) ** 2).masked_fill(known, 0.0).flatten(1).sum(1)
        return error.mean(), {}

    # ------------------------------------------------------------------ verbs

    def sample(self, n: int, given: Tensor, rng: Draws, guidance: float = 1.0) -> Tensor:
        z = rng.normal((n, *self.spec.shape))
        return self.view.inverse(self._flow(z, given, guidance=guidance))

    def progress(self, n: int, given: Tensor, rng: Draws) -> Tensor:
        """Where the flow heads for, E[z_1 | z_t], at each step of a draw: (steps, n, *shape)."""
        z, seen = rng.normal((n, *self.spec.shape)), []
        steps = self.calls // 2
        for i in range(steps):
            v = self._guided(z, i / steps, given, torch.zeros_like(z), None, 1.0)
            seen.append(self.view.inverse(z + (1 - i / steps) * v))
            z = z + v / steps
        return torch.stack(seen)

    def fill(self, x: Tensor, known: Tensor, given: Tensor, rng: Draws) -> Tensor:
        known_values = self.view.known_values(x)

        def draw() -> Tensor:
            return self.view.inverse(self._flow(rng.normal((len(x), *self.spec.shape)), given, known_values, known))

        return fill_present(draw, x, known, self.view.margins, rng)

    def log_likelihood(self, x: Tensor, given: Tensor, rng: Draws, draws: int | None = None):
        """nats (B,) and, where the estimate is drawn, its standard error: see `change_of_variables.estimate`."""
        v = lambda z, t: self._guided(z, t, given, torch.zeros_like(z), None, 1.0)

        def one(exact: bool) -> Tensor:
            z, log_det = self.view(x, rng)
            z, gain = carry_with_divergence(v, z, 1.0, 0.0, self.density_steps, rng, exact)
            return gain + (log_det - 0.5 * z**2 - 0.5 * log(2 * pi)).flatten(1).sum(1)

        return estimate(one, self.spec, draws)

    def encode(self, x: Tensor, given: Tensor) -> Tensor:
        """The noise that flows to x: (B, *shape)."""
        return self._flow(self.view.steady(x), given, backwards=True)

    def decode(self, z: Tensor, given: Tensor) -> Tensor:
        return self.view.inverse(self._flow(z, given))

    # ------------------------------------------------------------------ the differential equation

    def _flow(
        self, z: Tensor, given: Tensor, known_values=None, known=None, guidance: float = 1.0, backwards: bool = False
    ) -> Tensor:
        """Heun's method with calls / 2 equal steps from t = 0 to 1, or back; for pixels Euler's in the last step to
        1."""
        steps = self.calls // 2
        pixels = self.spec.is_array and self.spec.discrete
        known_values = torch.zeros_like(z) if known_values is None else known_values
        h = -1 / steps if backwards else 1 / steps
        for i in range(steps):
            t = 1 + i * h if backwards else i * h
            v = self._guided(z, t, given, known_values, known, guidance)
            if pixels and not backwards and i == steps - 1:
                return z + h * v
            ahead = self._guided(z + h * v, t + h, given, known_values, known, guidance)
            z = z + h / 2 * (v + ahead)
        return z

    def _guided(self, z, t: float, given, known_values, known, guidance: float) -> Tensor:
        """v(z, t | given, known), moved away from what is not given by guidance."""
        time = z.new_full((len(z),), t)
        z = z if known is None else z.masked_fill(known, 0.0)
        return guided(lambda given: self.velocity(z, time, given, known_values, known).float(), given, guidance)
