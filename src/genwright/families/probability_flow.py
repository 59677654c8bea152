"""The probability flow of a denoiser as a change of variables (Song 2021, section 4.3; Karras 2022).

    dy / dsigma = (y - D(y, sigma)) / sigma,   y_high ~ N(0, (1 + high^2) I) about, where the noise is high
    log p(y_low) = log N(y_high) + int_low^high div (y - D) / sigma dsigma

Both are integrated in log sigma, where the slope is y - D, by the classical Runge-Kutta method. Data are taken to be what they are
with noise of the lowest level, whose small inflation of the density is part of the estimate.
"""

from __future__ import annotations

from math import log, pi

import torch
from torch import Tensor

from .samplers import Denoise

EXACT_TRACE = 16  # up to this many numbers the divergence is computed in full, else by Hutchinson's estimate


def carry(denoise: Denoise, y: Tensor, start: float, end: float, steps: int) -> Tensor:
    """y at noise level `start` -> y at `end`, along the flow."""
    h = log(end / start) / steps
    for i in range(steps):
        at = lambda k: start * (end / start) ** ((i + k) / steps)
        k1 = y - denoise(y, at(0))
        k2 = (y + h / 2 * k1) - denoise(y + h / 2 * k1, at(0.5))
        k3 = (y + h / 2 * k2) - denoise(y + h / 2 * k2, at(0.5))
        k4 = (y + h * k3) - denoise(y + h * k3, at(1))
        y = y + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
    return y


def log_density(denoise: Denoise, y: Tensor, low: float, high: float, steps: int, rng: torch.Generator, probes: int = 1) -> Tensor:
    """log p (probes, B) of y: (B, ...) at noise level `low`; one probe where the trace is exact."""
    exact = y[0].numel() <= EXACT_TRACE
    signs = torch.randint(2, (1 if exact else probes, *y.shape), generator=rng) * 2.0 - 1
    gain, h = torch.zeros(len(signs), len(y)), log(high / low) / steps
    for i in range(steps):
        at = lambda k: low * (high / low) ** ((i + k) / steps)
        k1, d1 = _slope(denoise, y, at(0), signs, exact)
        k2, d2 = _slope(denoise, y + h / 2 * k1, at(0.5), signs, exact)
        k3, d3 = _slope(denoise, y + h / 2 * k2, at(0.5), signs, exact)
        k4, d4 = _slope(denoise, y + h * k3, at(1), signs, exact)
        y = y + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
        gain = gain + h / 6 * (d1 + 2 * d2 + 2 * d3 + d4)
    variance = 1 + high**2
    return gain - 0.5 * (y**2 / variance + log(2 * pi * variance)).flatten(1).sum(1)


def _slope(denoise: Denoise, y: Tensor, sigma: float, signs: Tensor, exact: bool) -> tuple[Tensor, Tensor]:
    """y - D and its divergence (probes, B)."""
    with torch.enable_grad():
        y = y.detach().requires_grad_()
        slope = y - denoise(y, sigma)
        if exact:
            flat = slope.flatten(1)
            parts = [torch.autograd.grad(flat[:, j].sum(), y, retain_graph=True)[0].flatten(1)[:, j] for j in range(flat.shape[1])]
            return slope.detach(), torch.stack(parts).sum(0, keepdim=True)
        parts = [(torch.autograd.grad(slope, y, s, retain_graph=True)[0] * s).flatten(1).sum(1) for s in signs]
    return slope.detach(), torch.stack(parts)
