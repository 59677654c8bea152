# Tests families/diffusion/noise_schedules.py
"""The forward chain, and one step of each sampler, against diffusers' schedulers."""

import pytest
import torch

from genwright.core.draws import Draws
from genwright.families.diffusion.noise_schedules import NoiseChain
from genwright.families.diffusion.samplers import added_path, ancestral, ddim, run_to_end
from genwright.families.gaussian_noise import posterior

PEERS = {"linear": "linear", "cosine": "squaredcos_cap_v2"}


def peer(schedule: str, **more):
    ddpm = pytest.importorskip("diffusers.schedulers.scheduling_ddpm", reason="diffusers comes with the dev extra")
    return ddpm.DDPMScheduler(
        1000, beta_schedule=PEERS[schedule], variance_type="fixed_small", clip_sample=False, **more
    )


def in_double(scheduler, chain: NoiseChain):
    """The peer's formulas on numbers that are not rounded to single precision, which cancellation would show."""
    scheduler.betas, scheduler.alphas, scheduler.alphas_cumprod = betas(chain), 1 - betas(chain), chain.abar
    return scheduler


def betas(chain: NoiseChain) -> torch.Tensor:
    return 1 - chain.abar / torch.cat([torch.ones(1, dtype=torch.float64), chain.abar[:-1]])


def level(chain: NoiseChain, t: int) -> tuple[float, float]:
    abar = float(chain.abar[t - 1])
    return abar**0.5, (1 - abar) ** 0.5


def step_back(chain: NoiseChain, x0, xt, t: int):
    """Mean and standard deviation of q(x_t-1 | x_t, x_0)."""
    alpha, sigma = level(chain, t)
    return posterior(x0, (xt - alpha * x0) / sigma, (alpha, sigma), level(chain, t - 1))


@pytest.mark.parametrize("schedule", PEERS)
def test_the_chain_is_the_peers(schedule):
    chain, scheduler = NoiseChain(schedule, 1000), peer(schedule)
    cap = betas(chain) < 0.9989  # both clip there, and one abar later nothing is left to compare
    assert torch.allclose(betas(chain).float(), scheduler.betas, atol=1e-6)
    assert torch.allclose(chain.abar.float()[cap], scheduler.alphas_cumprod[cap], atol=1e-6)


@pytest.mark.parametrize("schedule", PEERS)
@pytest.mark.parametrize("t", [2, 17, 400, 980])
def test_the_posterior_is_the_peers(schedule, t):
    """The peer steps from x_t with a predicted x_0, and draws its noise from a generator."""
    chain = NoiseChain(schedule, 1000)
    scheduler = in_double(peer(schedule, prediction_type="sample"), chain)
    x0, xt = (Draws(i).normal(5, 4, dtype=torch.float64) for i in range(2))
    mean, sd = step_back(chain, x0, xt, t)
    theirs = scheduler.step(x0, t - 1, xt, generator=Draws.from_seed(3).generator).prev_sample
    noise = Draws.from_seed(3).normal(xt.shape, dtype=torch.float64)
    assert torch.allclose(mean + sd * noise, theirs, atol=1e-6)


@pytest.mark.parametrize("t", [2, 17, 400, 980])
def test_ancestral_steps_are_the_chains_own(t):
    """One step in the coordinates y = x_t / sqrt(abar_t) is the draw from q(x_t-1 | x_t, x_0 = D)."""
    chain = NoiseChain("linear", 1000)
    x0, xt = Draws(0).normal(5, 4), Draws(1).normal(5, 4)
    mean, sd = step_back(chain, x0, xt, t)
    want = mean + sd * Draws(2).normal(xt.shape)
    y = xt / chain.abar[t - 1].sqrt().float()
    knows = lambda y, alpha, sigma: (x0, (y - alpha * x0) / sigma)
    got = run_to_end(ancestral(knows, y, added_path(chain.sigma[[t - 1, t - 2]]), Draws(2).normal))
    assert torch.allclose(got * chain.abar[t - 2].sqrt().float(), want, atol=1e-5)


@pytest.mark.parametrize("t, before", [(980, 880), (400, 380), (40, 20)])
def test_ddim_steps_are_the_peers(t, before):
    peers = pytest.importorskip("diffusers.schedulers.scheduling_ddim")
    scheduler = peers.DDIMScheduler(1000, prediction_type="sample", clip_sample=False)
    chain = NoiseChain("linear", 1000)
    scheduler.alphas_cumprod = chain.abar.float()
    scheduler.set_timesteps(1000 // (t - before))
    x0, xt = Draws(0).normal(5, 4), Draws(1).normal(5, 4)
    theirs = scheduler.step(x0, t - 1, xt).prev_sample
    y = xt / chain.abar[t - 1].sqrt().float()
    knows = lambda y, alpha, sigma: (x0, (y - alpha * x0) / sigma)
    got = run_to_end(ddim(knows, y, added_path(chain.sigma[[t - 1, before - 1]]), None))
    assert torch.allclose(got * chain.abar[before - 1].sqrt().float(), theirs, atol=1e-5)
