"""The probability flow of a denoiser as a change of variables (Song 2021, section 4.3; Karras 2022; Lipman 2023).

    dz / ds = D dalpha / ds + N dsigma / ds,   z at the noisy end ~ N(0, (alpha^2 + sigma^2) I) about

along a curve of levels (alpha, sigma) of s. Where noise is added, data are taken to be what they are with noise of the
lowest level, whose small inflation of the density is part of the estimate.
"""

from __future__ import annotations

from collections.abc import Callable
from math import exp, hypot

from torch import Tensor

from ..core.draws import Draws
from . import change_of_variables
from .gaussian_noise import Gaussian
from .samplers import Denoise

Curve = Callable[[float], tuple[float, float, float, float]]  # s -> alpha, sigma, dalpha / ds, dsigma / ds


def added_curve(s: float) -> tuple[float, float, float, float]:
    """Noise is added, alpha = 1: s = log sigma."""
    return 1.0, exp(s), 0.0, exp(s)


def straight_curve(t: float) -> tuple[float, float, float, float]:
    """alpha = t, sigma = 1 - t."""
    return t, 1 - t, 1.0, -1.0


def velocity(denoise: Denoise, curve: Curve) -> change_of_variables.Velocity:
    """dz / ds along the curve."""

    def v(z: Tensor, s: float) -> Tensor:
        alpha, sigma, alpha_slope, sigma_slope = curve(s)
        d, n = denoise(z, alpha, sigma)
        return alpha_slope * d + sigma_slope * n

    return v


def log_density(
    denoise: Denoise, curve: Curve, z: Tensor, data: float, noise: float, steps: int, rng: Draws, exact: bool
) -> Tensor:
    """log p (B,) of z: (B, ...) at s = data, by the density at s = noise, in `steps` of four calls, with the trace in
    full or estimated."""
    z, gain = change_of_variables.carry_with_divergence(velocity(denoise, curve), z, data, noise, steps, rng, exact)
    return gain + Gaussian().log_prob(z, hypot(*curve(noise)[:2]))
