"""What families share that learn to remove Gaussian noise: they draw, complete and encode by a `denoiser`, and differ
in how they choose noise levels, train, sample and score.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ..core.draws import Draws
from ..core.family import Family
from ..core.spec import Spec
from ..distributions.coordinates import continuous
from .conditions import fill_present, guided
from .denoiser import Denoiser, like
from .probability_flow import carry
from .samplers import Denoise, Sampler

FLOW_STEPS = 12  # of the probability flow, four calls each, on the way to a code and back


class Denoising(Family):
    """network: of `networks.velocity`. predicts: see `denoiser`. sigmas: (K + 1,) falling noise levels of a draw, 0 at
    the end. sampler: (denoise, y = x + sigmas[0] n, sigmas, rng) -> a draw of x, as in `samplers`.
    """

    method = "denoiser learned with the known part as a condition"
    unit = "squared error"

    def __init__(self, spec: Spec, given: Spec, network: nn.Module, predicts: str, sigmas: Tensor, sampler: Sampler):
        super().__init__(spec, given)
        self.view = continuous(spec)
        self.denoiser = Denoiser(network, predicts)
        self.sampler = sampler
        self.register_buffer("sigmas", sigmas, False)

    def clean(self, x: Tensor, rng: Draws) -> tuple[Tensor, Tensor]:
        """x in the coordinates that noise is added to, and the log-determinant."""
        return self.view(x, rng)

    def noised(self, z: Tensor, sigma: Tensor, rng: Draws) -> Tensor:
        return z + like(sigma, z) * rng.normal(z.shape)

    def denoise(
        self, given: Tensor, known_values: Tensor | None = None, known: Tensor | None = None, guidance: float = 1.0
    ) -> Denoise:
        """denoise(y, sigma) = D(y, sigma | given, known), moved away from what is not given by guidance."""

        def denoise(y: Tensor, sigma: float) -> Tensor:
            level, shown = y.new_full((len(y),), sigma), torch.zeros_like(y) if known_values is None else known_values
            return guided(lambda given: self.denoiser(y, level, given, shown, known), given, guidance)

        return denoise

    # ------------------------------------------------------------------ verbs

    def sample(self, n: int, given: Tensor, rng: Draws, guidance: float = 1.0) -> Tensor:
        return self._draw(self.denoise(given, guidance=guidance), (n, *self.spec.shape), rng)

    def fill(self, x: Tensor, known: Tensor, given: Tensor, rng: Draws) -> Tensor:
        denoise = self.denoise(given, self.view.known_values(x), known)
        return fill_present(lambda: self._draw(denoise, x.shape, rng), x, known, self.view.margins, rng)

    def _draw(self, denoise: Denoise, shape: tuple[int, ...], rng: Draws) -> Tensor:
        start = rng.normal(shape) * float(1 + self.sigmas[0] ** 2) ** 0.5
        return self.view.inverse(self.sampler(denoise, start, self.sigmas, rng))

    def progress(self, n: int, given: Tensor, rng: Draws) -> Tensor:
        """What the denoiser expects the items to become, at each of its calls in one draw: (calls, n, *shape)."""
        denoise, seen = self.denoise(given), []

        def watched(y: Tensor, sigma: float) -> Tensor:
            seen.append(denoise(y, sigma))
            return seen[-1]

        self._draw(watched, (n, *self.spec.shape), rng)
        return torch.stack([self.view.inverse(d) for d in seen])

    def encode(self, x: Tensor, given: Tensor) -> Tensor:
        """The noise that the probability flow carries to x: (B, *shape)."""
        low, high = self.ends
        z, _ = self.clean(x, Draws.from_seed(0, x.device))
        return carry(self.denoise(given), z, low, high, FLOW_STEPS) / (1 + high**2) ** 0.5

    def decode(self, z: Tensor, given: Tensor) -> Tensor:
        low, high = self.ends
        denoise = self.denoise(given)
        return self.view.inverse(denoise(carry(denoise, z * (1 + high**2) ** 0.5, high, low, FLOW_STEPS), low))

    @property
    def ends(self) -> tuple[float, float]:
        """The lowest and the highest noise level of a draw."""
        return float(self.sigmas[-2]), float(self.sigmas[0])
