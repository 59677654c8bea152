"""Samplers: pure functions of a denoiser and a list of noise levels, so that every sampler works with every model.

    denoise(y, sigma) -> D(y, sigma) = E[x | y = x + sigma n];   sigmas: (K + 1,), falling, mostly to 0 at the end
    y: a draw of x + sigmas[0] n on the way in, of x + sigmas[-1] n on the way out

In these coordinates the probability flow is dy / dsigma = (y - D) / sigma (Song 2021; Karras 2022, eq. 3). A step to 0
goes to D.
"""

from __future__ import annotations

from collections.abc import Callable
from math import log

import torch
from torch import Tensor

from ..core.draws import Draws

Denoise = Callable[[Tensor, float], Tensor]
Sampler = Callable[[Denoise, Tensor, Tensor, Draws], Tensor]


def karras(low: float, high: float, count: int, rho: float = 7.0) -> Tensor:
    """`count` levels from high to low, denser at the low end (Karras 2022, eq. 5), and 0: (count + 1,)."""
    ramp = torch.linspace(0, 1, count, dtype=torch.float64)
    levels = (high ** (1 / rho) + ramp * (low ** (1 / rho) - high ** (1 / rho))) ** rho
    return torch.cat([levels, torch.zeros(1, dtype=torch.float64)])


def ancestral(denoise: Denoise, y: Tensor, sigmas: Tensor, rng: Draws) -> Tensor:
    """DDPM (Ho 2020, algorithm 2): draws from q(y_next | y, x = D), of which the chain's own steps are the finest."""
    for now, after in _steps(sigmas):
        d, keep = denoise(y, now), (after / now) ** 2
        spread = after * (1 - keep) ** 0.5
        y = d + keep * (y - d) + spread * rng.normal(y.shape)
    return y


def ddim(denoise: Denoise, y: Tensor, sigmas: Tensor, rng: Draws) -> Tensor:
    """DDIM without noise (Song 2021, eq. 12 with eta = 0), which is Euler's method on the probability flow."""
    for now, after in _steps(sigmas):
        d = denoise(y, now)
        y = d + after / now * (y - d)
    return y


def heun(denoise: Denoise, y: Tensor, sigmas: Tensor, rng: Draws) -> Tensor:
    """Heun's method on the probability flow (Karras 2022, algorithm 1); two calls a step, one in a last step to 0.

    A step multiplies the difference of its two D by (now / after - 1) / 2, so the levels must fall gently, as those of
    `karras` do.
    """
    for now, after in _steps(sigmas):
        slope = (y - denoise(y, now)) / now
        ahead = y + (after - now) * slope
        if after > 0:
            slope = (slope + (ahead - denoise(ahead, after)) / after) / 2
        y = y + (after - now) * slope
    return y


def dpm_solver(denoise: Denoise, y: Tensor, sigmas: Tensor, rng: Draws) -> Tensor:
    """DPM-Solver++ (2M) (Lu 2022, algorithm 2): second order by the denoised picture of the step before.

    With h = log(sigma / sigma_next), r = h_before / h:  y_next = (sigma_next / sigma) y + (1 - sigma_next / sigma) D~,
    D~ = D + (D - D_before) / (2 r)
    """
    before, h_before = None, 0.0
    for now, after in _steps(sigmas):
        d, h = denoise(y, now), log(now / after) if after > 0 else 0.0
        ahead = d if before is None or not h else d + (d - before) * (h / (2 * h_before))
        y = after / now * y + (1 - after / now) * ahead
        before, h_before = d, h
    return y


def annealed_langevin(denoise: Denoise, y: Tensor, sigmas: Tensor, rng: Draws, repeats: int, step: float) -> Tensor:
    """Langevin's steps at each noise level in turn (Song & Ermon 2019, algorithm 1), each as long as the noise allows:

    y <- y + step sigma^2 score(y) + sqrt(2 step) sigma noise,   sigma^2 score(y) = D - y
    """
    for sigma, after in _steps(sigmas):
        for _ in range(repeats):
            y = y + step * (denoise(y, sigma) - y) + (2 * step) ** 0.5 * sigma * rng.normal(y.shape)
        if after == 0:
            y = denoise(y, sigma)
    return y


def _steps(sigmas: Tensor) -> list[tuple[float, float]]:
    levels = sigmas.tolist()
    return list(zip(levels, levels[1:]))


SAMPLERS = {"ancestral": ancestral, "ddim": ddim, "heun": heun, "dpm-solver": dpm_solver}
