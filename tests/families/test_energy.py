# Tests networks/energies.py
import numpy as np
import pytest
import torch
from leaves import category, real
from short_training import train
from torch import nn

from genwright.core.draws import Draws
from genwright.core.spec import Real, Spec
from genwright.core.trainable import Batch
from genwright.families.energy import Energy, langevin, value_and_slope
from genwright.kinds.named.toys import TOYS
from genwright.networks.energies import RowEnergy

NOTHING = Spec(())
MEAN = torch.tensor([1.0, -2.0, 0.5])
COVARIANCE = torch.tensor([[1.0, 0.6, 0.0], [0.6, 0.8, -0.3], [0.0, -0.3, 0.5]])
PRECISION = COVARIANCE.inverse()


def quadratic(z):
    """The energy of N(MEAN, COVARIANCE)."""
    r = z.flatten(1) - MEAN
    return 0.5 * ((r @ PRECISION) * r).sum(1)


class Quadratic(nn.Module):
    """What the energy of N(MEAN + shift, COVARIANCE) has more than that of N(0, WIDTH^2 I), the reference."""

    def __init__(self, shift=0.0):
        super().__init__()
        self.shift = nn.Parameter(torch.full((3,), shift))

    def forward(self, z, given):
        return quadratic(z.flatten(1) - self.shift) - 0.5 * (z.flatten(1) ** 2).sum(1) / WIDTH**2


WIDTH = 3.0
TRIPLE = Spec((("x", Real(shape=(1, 1, 3))),))


def triple(shift=0.0, **numbers):
    """Three plain numbers with the density N(MEAN + shift, COVARIANCE)."""
    family = Energy(TRIPLE, NOTHING, Quadratic(shift), **{**SMALL, **numbers}).eval()
    family.width.fill_(WIDTH)
    return family


SMALL = dict(blur=0.05, step=0.5, steps=5, chains=64, draw_steps=80, energy_l2=0.0)


# ------------------------------------------------------------------ Langevin dynamics


@pytest.mark.parametrize("step", [0.3, 0.9])
def test_chains_have_the_mean_and_covariance_of_a_quadratic_energy_whatever_the_step(step):
    z, taken = langevin(quadratic, 3 * Draws(0).normal(4000, 3), 150, step, Draws(1))
    assert 0.3 < taken < 1
    assert torch.allclose(z.mean(0), MEAN, atol=0.06)
    assert torch.allclose(torch.cov(z.T), COVARIANCE, atol=0.08)


def test_chains_find_their_way_down_a_cliff():
    steep = lambda z: 1e4 * quadratic(z)
    z, _ = langevin(steep, MEAN + 5 * torch.ones(100, 3), 200, 0.1, Draws(2))
    assert (z - MEAN).norm(dim=1).max() < 0.5


def test_what_may_not_move_stands_still_and_the_rest_follows_its_conditional():
    free = torch.tensor([True, False, True]).expand(4000, -1)
    start = torch.tensor([0.0, -1.0, 0.0]).expand(4000, -1)
    z, _ = langevin(quadratic, start, 150, 0.5, Draws(3), free)
    assert (z[:, 1] == -1).all()
    gain = COVARIANCE[[0, 2], 1] / COVARIANCE[1, 1]
    assert torch.allclose(z[:, [0, 2]].mean(0), MEAN[[0, 2]] + gain * (-1 - MEAN[1]), atol=0.06)
    spread = COVARIANCE[[0, 2]][:, [0, 2]] - COVARIANCE[1, 1] * torch.outer(gain, gain)
    assert torch.allclose(torch.cov(z[:, [0, 2]].T), spread, atol=0.06)


def test_the_slope_is_the_gradient_also_where_gradients_are_off():
    z = Draws(4).normal(5, 3)
    with torch.no_grad():
        value, slope = value_and_slope(quadratic, z)
    assert torch.allclose(value, quadratic(z)) and torch.allclose(slope, (z - MEAN) @ PRECISION, atol=1e-5)


# ------------------------------------------------------------------ the model


def test_the_last_jump_goes_to_the_mean_of_a_gaussian_before_its_noise():
    """E[x | z] = m + (C - blur^2 I) C^-1 (z - m), C the covariance of z."""
    family, z = triple(blur=0.4), Draws(17).normal(20, 1, 1, 3)
    gain = (COVARIANCE - 0.4**2 * torch.eye(3)) @ PRECISION
    wanted = MEAN + (z.flatten(1) - MEAN) @ gain.T
    assert torch.allclose(family._jump(quadratic, z).flatten(1), wanted, atol=1e-5)


def test_draws_and_completions_follow_the_density():
    family, n = triple(), 4000
    empty = torch.zeros(n, 0)
    drawn = family.sample(n, empty, Draws(5)).flatten(1)
    assert torch.allclose(drawn.mean(0), MEAN, atol=0.08) and torch.allclose(torch.cov(drawn.T), COVARIANCE, atol=0.1)
    x = torch.tensor([0.0, -1.0, 0.0]).view(1, 1, 1, 3).expand(n, -1, -1, -1)
    filled = family.fill(x, torch.tensor([False, True, False]).expand(x.shape), empty, Draws(6)).flatten(1)
    assert (filled[:, 1] == -1).all()
    assert filled[:, 0].mean().item() == pytest.approx(1 + 0.6 / 0.8, abs=0.08)


def test_the_log_likelihood_is_the_density_up_to_a_constant():
    x = Draws(7).normal(50, 1, 1, 3)
    nats, se = triple().log_likelihood(x, torch.zeros(50, 0), Draws(8))
    gap = nats - torch.distributions.MultivariateNormal(MEAN, COVARIANCE).log_prob(x.flatten(1))
    assert se is None and gap.std() < 1e-3


def test_the_loss_of_data_that_follow_the_energy_pushes_nowhere():
    """At the density of the data the gradient vanishes; where the energy is off, it points the way back."""
    root = torch.linalg.cholesky(COVARIANCE)
    x = MEAN + Draws(9).normal(4000, 3) @ root.T
    for off in (0.0, 0.5, -0.5):
        family = triple(off, chains=4000, steps=100, blur=1e-3)
        family.chains, family.chains_given = MEAN.expand(4000, 1, 1, 3).clone(), torch.zeros(4000, 0)
        family.loss(Batch(x.view(-1, 1, 1, 3), torch.zeros(4000, 0), Draws(10), 0))[0].backward()
        along = (COVARIANCE @ family.energy.shift.grad).mean().item()  # of -PRECISION (MEAN - (MEAN + off)), so off
        assert along == pytest.approx(off, abs=0.1)


def test_every_step_goes_on_with_chains_kept_in_buffers():
    family = Energy(TRIPLE, Spec((("label", category(0.5, 0.5)),)), Quadratic(), **SMALL).train()
    x, label = Draws(11).normal(64, 1, 1, 3), torch.ones(64, 1)
    batch = lambda k: Batch(x, label, Draws(12, k), 0)
    family.loss(batch(0))
    before = family.chains.clone()
    assert before.isfinite().all() and set(family.chains_given.flatten().tolist()) == {1.0, float("inf")}
    family.loss(batch(1))
    moved = (family.chains - before).flatten(1).norm(dim=1)
    assert (moved > 0).float().mean() > 0.9 and moved.median() < 10
    assert {"chains", "chains_given", "centre", "width"} <= set(family.state_dict())


def test_draws_begin_at_chains_with_the_same_given():
    family = Energy(TRIPLE, Spec((("label", category(0.5, 0.5)),)), Quadratic(), **SMALL).eval()
    family.chains_given = (torch.arange(64) % 2).float()[:, None]
    family.chains = family.chains_given.view(-1, 1, 1, 1).expand(-1, 1, 1, 3).clone()
    label = (torch.arange(30) % 2).float()[:, None]
    assert torch.equal(family._starts(label, Draws(13)).flatten(1)[:, :1], label)


def test_chains_that_have_left_the_data_are_reported():
    family, x = triple(), MEAN.expand(100, 1, 1, 3) + 0.5 * Draws(15).normal(100, 1, 1, 3)
    family.chains_given = torch.zeros(100, 0)
    family.chains = x.clone()
    assert family.health(x, torch.zeros(100, 0), Draws(16)) == []
    family.chains = x + 30
    assert len(family.health(x, torch.zeros(100, 0), Draws(16))) == 1
    family.chains = torch.where(
        torch.arange(100).view(-1, 1, 1, 1) < 5, x + 30, x
    )  # a few that have just started again
    assert family.health(x, torch.zeros(100, 0), Draws(16)) == []


# ------------------------------------------------------------------ a known density on a grid


def divergence(family, shift, scale, toy, side=120, reach=6.0):
    """KL(p || q) in nats on a grid, on which exp(-E) is normalised."""
    middle = (np.arange(side) + 0.5) * (2 * reach / side) - reach
    grid = np.stack(np.meshgrid(middle, middle), -1).reshape(-1, 2)
    with torch.no_grad():
        nats = family.log_likelihood(torch.tensor((grid - shift) / scale).float(), torch.zeros(len(grid), 0), Draws(0))[
            0
        ]
    log_q = nats.double().log_softmax(0).numpy()
    log_p = torch.tensor(TOYS[toy].log_density(grid)).log_softmax(0).numpy()
    return float((np.exp(log_p) * (log_p - log_q)).sum())


@pytest.mark.long
def test_a_short_training_comes_near_a_known_density():
    torch.manual_seed(0)
    x = TOYS["eight-gaussians"].sample(20_000, np.random.default_rng(0))
    shift, scale = x.mean(0), x.std(0)
    units = (x - shift) / scale
    spec = Spec(tuple((f"x{j}", real(units[:, j], shift=float(shift[j]), scale=float(scale[j]))) for j in range(2)))
    family = Energy(spec, NOTHING, RowEnergy(spec, NOTHING, 64, 2, 3), 0.05, 0.2, 10, 128, 50, 0.0)
    assert divergence(family, shift, scale, "eight-gaussians") > 1
    train(family, torch.tensor(units).float(), 140, batch=128, lr=8e-3)
    assert divergence(family, shift, scale, "eight-gaussians") < 0.5
