"""The probability flow of a denoiser as a change of variables (Song 2021, section 4.3; Karras 2022).

    dy / dsigma = (y - D(y, sigma)) / sigma,   y_high ~ N(0, (1 + high^2) I) about, where the noise is high
    in s = log sigma:   dy / ds = y - D(y, e^s)

Data are taken to be what they are with noise of the lowest level, whose small inflation of the density is part of the
estimate.
"""

from __future__ import annotations

from math import exp, log, pi

from torch import Tensor

from ..core.draws import Draws
from . import change_of_variables
from .samplers import Denoise


def carry(denoise: Denoise, y: Tensor, start: float, end: float, steps: int) -> Tensor:
    """y at noise level `start` -> y at `end`, along the flow, in `steps` of four calls."""
    return change_of_variables.carry(_velocity(denoise), y, log(start), log(end), steps)


def log_density(denoise: Denoise, y: Tensor, low: float, high: float, steps: int, rng: Draws, exact: bool) -> Tensor:
    """log p (B,) of y: (B, ...) at noise level `low`, with the trace in full or estimated."""
    y, gain = change_of_variables.carry_with_divergence(_velocity(denoise), y, log(low), log(high), steps, rng, exact)
    variance = 1 + high**2
    return gain - 0.5 * (y**2 / variance + log(2 * pi * variance)).flatten(1).sum(1)


def _velocity(denoise: Denoise) -> change_of_variables.Velocity:
    return lambda y, s: y - denoise(y, exp(s))
