# Tests families/diffusion/samplers.py
"""Samplers against a Gaussian, whose denoiser is known in closed form."""

import pytest
import torch

from genwright.core.draws import Draws
from genwright.families.diffusion.samplers import (
    SAMPLERS,
    added_path,
    annealed_langevin,
    ddim,
    heun,
    karras,
    last_share,
    run_to_end,
    runge_kutta,
    steps_left,
    straight_path,
)

MEAN = torch.tensor([1.0, -0.5])
ROOT = torch.tensor([[0.9, 0.0], [0.5, 0.4]])
COV = ROOT @ ROOT.T
HIGH = 40.0


def denoise(z, alpha, sigma):
    """E[x | z] and E[n | z] for x ~ N(MEAN, COV), z = alpha x + sigma n."""
    seen = torch.linalg.inv(alpha**2 * COV + sigma**2 * torch.eye(2))
    away = (z - alpha * MEAN) @ seen
    return MEAN + alpha * away @ COV, sigma * away


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
    n = 10_000
    steps = {"ddim": 800, "ancestral": 600}.get(name, 150)
    close(
        run_to_end(SAMPLERS[name](denoise, start(n), added_path(karras(0.002, HIGH, steps)), Draws(2).normal)), n, 0.01
    )


def test_langevin_draws_a_gaussian():
    n = 2_000
    path = added_path(karras(0.02, HIGH, 60, 3.0))
    close(run_to_end(annealed_langevin(denoise, start(n), path, Draws(2).normal, repeats=60, step=0.15)), n, 0.04)


@pytest.mark.parametrize("name, order", [("ddim", 1), ("heun", 2), ("dpm-solver", 2)])
def test_order_of_convergence(name, order):
    """Halving the steps of the probability flow divides the error by 2 to the order."""
    y, flow = start(64), {}
    exact = _flow(y, 0.1)
    for count in (32, 64, 128):
        sigmas = 0.1 * (HIGH / 0.1) ** torch.linspace(1, 0, count + 1, dtype=torch.float64)
        flow[count] = (run_to_end(SAMPLERS[name](denoise, y, added_path(sigmas), None)) - exact).abs().max().item()
    for coarse, fine in ((32, 64), (64, 128)):
        assert flow[coarse] / flow[fine] == pytest.approx(2**order, rel=0.25), flow


def _flow(y, low):
    """The probability flow of a Gaussian is linear: along each axis of COV by sqrt((s^2 + low^2) / (s^2 + HIGH^2))."""
    variance, axes = torch.linalg.eigh(COV)
    scale = ((variance + low**2) / (variance + HIGH**2)).sqrt()
    return MEAN + ((y - MEAN) @ axes * scale) @ axes.T


def test_the_last_step_to_zero_goes_to_the_denoised():
    y = start(8)
    for name, sampler in (SAMPLERS | {"runge-kutta": runge_kutta}).items():
        drawn, expected = next(sampler(denoise, y, added_path(torch.tensor([HIGH, 0.0])), Draws(0).normal))
        assert torch.allclose(drawn, denoise(y, 1.0, HIGH)[0], atol=1e-4), name
        assert torch.equal(expected, denoise(y, 1.0, HIGH)[0]), name


@pytest.mark.parametrize("name", ["ancestral", "heun", "dpm-solver"])
def test_straight_paths_and_preserved_variance_draw_the_same_gaussian(name):
    n, paths = 10_000, {"straight": straight_path(300), "preserved": added_path(karras(0.002, HIGH, 300))}
    paths["preserved"] = paths["preserved"] / paths["preserved"].norm(dim=1, keepdim=True)
    for path in paths.values():
        z = path[0, 0] * (MEAN + Draws(0).normal(n, 2) @ ROOT.T) + path[0, 1] * Draws(1).normal(n, 2)
        close(run_to_end(SAMPLERS[name](denoise, z.float(), path, Draws(2).normal)), n, 0.015)


def test_euler_and_runge_kutta_do_not_look_at_the_scale_of_a_path():
    y, path = start(64), added_path(karras(0.1, HIGH, 20)[:-1])
    scale = 1 / path.norm(dim=1, keepdim=True)
    for sampler in (ddim, SAMPLERS["dpm-solver"], runge_kutta):
        plain = run_to_end(sampler(denoise, y, path, None))
        scaled = run_to_end(sampler(denoise, y * scale[0].float(), path * scale, None))
        assert torch.allclose(scaled / scale[-1].float(), plain, atol=1e-4), sampler


def test_runge_kutta_follows_the_flow_and_goes_back():
    y, path = start(64), added_path(0.1 * (HIGH / 0.1) ** torch.linspace(1, 0, 33, dtype=torch.float64))
    x = run_to_end(runge_kutta(denoise, y, path, None))
    assert torch.allclose(x, _flow(y, 0.1), atol=2e-4)
    assert torch.allclose(run_to_end(runge_kutta(denoise, x, path.flip(0), None)), y, rtol=1e-3, atol=1e-2)
    held, _ = next(runge_kutta(denoise, x, added_path(torch.tensor([0.0, 0.1])), None))
    assert torch.equal(held, x)  # data are what they are with the least noise


def test_heuns_trapezoid_reaches_the_end_of_a_straight_path_where_that_is_defined():
    z, errors = Draws(0).normal(64, 2), []
    variance, axes = torch.linalg.eigh(COV)
    exact = MEAN + (z @ axes * variance.sqrt()) @ axes.T
    for steps in (20, 40, 80):
        errors.append(
            (run_to_end(heun(denoise, z, straight_path(steps), None, to_mean=False)) - exact).abs().max().item()
        )
    assert 3 < errors[0] / errors[1] < 5.5 and 3 < errors[1] / errors[2] < 5.5, errors


@pytest.mark.parametrize("path", [straight_path(10), added_path(karras(0.002, HIGH, 10))], ids=["straight", "added"])
def test_the_last_share_of_a_path_has_that_share_of_its_steps(path):
    assert torch.equal(last_share(path, 1.0), path) and torch.equal(last_share(path, 0.0), path[-1:])
    assert torch.allclose(last_share(path, 0.3), path[7:]) and torch.allclose(last_share(path, 0.7), path[3:])
    for strength in (1e-6, 0.05, 0.25, 0.6180, 0.999):
        part = last_share(path, strength)
        assert len(part) - 1 == steps_left(10, strength) == max(1, -int(-10 * strength // 1))
        assert torch.equal(part[-1], path[-1]) and (part[:, 1].diff() < 0).all()
    assert last_share(straight_path(10), 0.25)[:, 1].tolist() == pytest.approx([0.25, 0.25 * 2 / 3, 0.25 / 3, 0.0])
