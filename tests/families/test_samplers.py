"""Samplers against a Gaussian, whose denoiser is known in closed form."""

import pytest
import torch

from genwright.core.draws import Draws
from genwright.families.samplers import SAMPLERS, annealed_langevin, karras

MEAN = torch.tensor([1.0, -0.5])
ROOT = torch.tensor([[0.9, 0.0], [0.5, 0.4]])
COV = ROOT @ ROOT.T
HIGH = 40.0


def denoise(y, sigma):
    """E[x | y] for x ~ N(MEAN, COV), y = x + sigma n."""
    gain = COV @ torch.linalg.inv(COV + sigma**2 * torch.eye(2))
    return MEAN + (y - MEAN) @ gain.T


def start(n):
    x = MEAN + Draws(0).normal(n, 2) @ ROOT.T
    return x + HIGH * Draws(1).normal(n, 2)


def close(x, n, slack=0.0):
    """Mean and covariance within four standard errors of n draws, and `slack` for steps that are not infinitely
    small."""
    error = (x.mean(0) - MEAN).abs() / (COV.diagonal() / n).sqrt()
    sd = (COV.diagonal()[:, None] * COV.diagonal() + COV**2).div(n).sqrt()
    assert error.max() < 4 + slack * n**0.5, error
    assert ((torch.cov(x.T) - COV).abs() < 4 * sd + slack).all(), torch.cov(x.T)


@pytest.mark.parametrize("name", SAMPLERS)
def test_a_gaussian_is_drawn_exactly(name):
    n = 40_000
    steps = {"ddim": 2000, "ancestral": 1000}.get(name, 200)
    close(SAMPLERS[name](denoise, start(n), karras(0.002, HIGH, steps), Draws(2)), n, 0.005)


def test_langevin_draws_a_gaussian():
    n = 10_000
    x = annealed_langevin(denoise, start(n), karras(0.02, HIGH, 100, 3.0), Draws(2), repeats=100, step=0.1)
    close(x, n, 0.03)


@pytest.mark.parametrize("name, order", [("ddim", 1), ("heun", 2), ("dpm-solver", 2)])
def test_order_of_convergence(name, order):
    """Halving the steps of the probability flow divides the error by 2 to the order."""
    y, flow = start(64), {}
    exact = _flow(y, 0.1)
    for count in (32, 64, 128):
        sigmas = 0.1 * (HIGH / 0.1) ** torch.linspace(1, 0, count + 1, dtype=torch.float64)
        flow[count] = (SAMPLERS[name](denoise, y, sigmas, Draws(0)) - exact).abs().max().item()
    for coarse, fine in ((32, 64), (64, 128)):
        assert flow[coarse] / flow[fine] == pytest.approx(2**order, rel=0.25), flow


def _flow(y, low):
    """The probability flow of a Gaussian is linear: along each axis of COV by sqrt((s^2 + low^2) / (s^2 + HIGH^2))."""
    variance, axes = torch.linalg.eigh(COV)
    scale = ((variance + low**2) / (variance + HIGH**2)).sqrt()
    return MEAN + ((y - MEAN) @ axes * scale) @ axes.T


def test_the_last_step_to_zero_goes_to_the_denoised():
    y = start(8)
    for name, sampler in SAMPLERS.items():
        assert torch.allclose(sampler(denoise, y, torch.tensor([HIGH, 0.0]), Draws(0)), denoise(y, HIGH), atol=1e-4), (
            name
        )
