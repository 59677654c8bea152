"""Densities along a differential equation (Chen 2018; Grathwohl 2019), by the classical Runge-Kutta method.

dz / ds = v(z, s),     log p_start(z_start) = log p_end(z_end) + int_start^end div v ds
div v = sum_j dv_j / dz_j,   or where z has many numbers  e^T (dv / dz) e  on average,  e_j = -1 or 1

The estimate is Hutchinson's (1989). A velocity v(z, s) takes z: (B, ...) and a number s, and returns what z has.

The probability flow of a denoiser as a change of variables (Song 2021, section 4.3; Karras 2022; Lipman 2023).

    dz / ds = D dalpha / ds + N dsigma / ds,   z at the noisy end ~ N(0, (alpha^2 + sigma^2) I) about

along a curve of levels (alpha, sigma) of s. With added noise, data count as samples at the lowest level of noise. The
small inflation of their density is part of the estimate.
"""

from collections.abc import Callable
from math import exp

import torch
from torch import Tensor

from ...core.draws import Draws
from ...core.monte_carlo import average
from ...core.spec import Spec
from ...distributions.coordinates import exactness
from .samplers import Denoise

EXACT_TRACE = 16  # up to this many numbers the divergence is computed in full, else by Hutchinson's estimate

Velocity = Callable[[Tensor, float], Tensor]


def estimate(log_density: Callable[[bool], Tensor], spec: Spec, draws: int) -> tuple[Tensor, Tensor | None]:
    """Estimates log densities (B,) in nats and their standard errors (B,), None where the density is exact.

    Few real numbers need no draw. Else `draws` estimates are averaged, each with its own place in the levels of what is
    discrete, beside whose noise that of the divergence is cheap.

    Args:
        log_density: a function one(exact) -> (B,), with the divergence in full or estimated.
        spec: Spec of the items.
        draws: number of estimates to average.
    """
    if exactness(spec) == "exact" and spec.dims <= EXACT_TRACE:
        return log_density(True), None
    return average(torch.stack([log_density(False) for _ in range(draws)]))


def carry_with_divergence(
    v: Velocity, z: Tensor, start: float, end: float, steps: int, rng: Draws, is_exact: bool
) -> tuple[Tensor, Tensor]:
    """Integrates z along a flow, and the divergence with it.

    Args:
        v: no item may depend on another, and it must be differentiable in z.
        z: (B, ...) at s = start -> z at s = end, in `steps` of four calls of v, and the integral of the divergence
            on the way: (B,), exact or by one probe e.
        rng: Random numbers.
    """
    e = rng.integers(2, z.shape) * 2.0 - 1

    def both(z: Tensor, s: float) -> tuple[Tensor, Tensor]:
        with torch.enable_grad():
            z = z.detach().requires_grad_()
            slope = v(z, s)
            pull = lambda output, e: torch.autograd.grad(output, z, e, retain_graph=True)[0].flatten(1)
            if is_exact:
                parts = [pull(column.sum(), None)[:, j] for j, column in enumerate(slope.flatten(1).T)]
                return slope.detach(), torch.stack(parts).sum(0)
            return slope.detach(), (pull(slope, e) * e.flatten(1)).sum(1)

    h, total = (end - start) / steps, torch.zeros(len(z), device=z.device)
    for i in range(steps):
        s = start + i * h
        k1, d1 = both(z, s)
        k2, d2 = both(z + h / 2 * k1, s + h / 2)
        k3, d3 = both(z + h / 2 * k2, s + h / 2)
        k4, d4 = both(z + h * k3, s + h)
        z = z + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
        total = total + h / 6 * (d1 + 2 * d2 + 2 * d3 + d4)
    return z, total


Curve = Callable[[float], tuple[float, float, float, float]]  # s -> alpha, sigma, dalpha / ds, dsigma / ds


def added_curve(s: float) -> tuple[float, float, float, float]:
    """Returns alpha, sigma and their slopes on the curve that adds noise: alpha = 1, s = log sigma. Returns alpha,
    sigma and their slopes."""
    return 1.0, exp(s), 0.0, exp(s)


def straight_curve(t: float) -> tuple[float, float, float, float]:
    """Returns alpha, sigma and their slopes on the straight curve: alpha = t, sigma = 1 - t. Returns alpha, sigma and
    their slopes."""
    return t, 1 - t, 1.0, -1.0


def velocity(denoise: Denoise, curve: Curve) -> Velocity:
    """Returns the velocity dz / ds of the probability flow along the curve, as a function of z and s."""

    def v(z: Tensor, s: float) -> Tensor:
        alpha, sigma, alpha_slope, sigma_slope = curve(s)
        d, n = denoise(z, alpha, sigma)
        return alpha_slope * d + sigma_slope * n

    return v
