"""The probability flow of a denoiser as a change of variables (Song 2021, section 4.3; Karras 2022; Lipman 2023).

    dz / ds = D dalpha / ds + N dsigma / ds,   z at the noisy end ~ N(0, (alpha^2 + sigma^2) I) about

along a curve of levels (alpha, sigma) of s. With added noise, data count as samples at the lowest level of noise. The
small inflation of their density is part of the estimate.
"""

from collections.abc import Callable
from math import exp

from torch import Tensor

from .change_of_variables import Velocity
from .samplers import Denoise

Curve = Callable[[float], tuple[float, float, float, float]]  # s -> alpha, sigma, dalpha / ds, dsigma / ds


def added_curve(s: float) -> tuple[float, float, float, float]:
    """Noise is added, alpha = 1: s = log sigma."""
    return 1.0, exp(s), 0.0, exp(s)


def straight_curve(t: float) -> tuple[float, float, float, float]:
    """alpha = t, sigma = 1 - t."""
    return t, 1 - t, 1.0, -1.0


def velocity(denoise: Denoise, curve: Curve) -> Velocity:
    """dz / ds along the curve."""

    def v(z: Tensor, s: float) -> Tensor:
        alpha, sigma, alpha_slope, sigma_slope = curve(s)
        d, n = denoise(z, alpha, sigma)
        return alpha_slope * d + sigma_slope * n

    return v
