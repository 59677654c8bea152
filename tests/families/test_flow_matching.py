# Tests families/diffusion/flow_matching.py
from math import log

import pytest
import torch

from genwright.core.draws import Draws
from genwright.core.spec import Ordered, Real, Spec
from genwright.core.trainable import Batch
from genwright.families.diffusion.flow_matching import FlowMatching, times

MEAN, SD, UNIT = 1.5, 0.4, 2.5


class Analytic(torch.nn.Module):
    """The exact velocity E[z1 - z0 | z_t] for data N(MEAN, SD^2), or one that is off by a constant."""

    def __init__(self, off=0.0):
        super().__init__()
        self.off = off

    def forward(self, z, t, given, known_values, known):
        t = t.view(-1, *[1] * (z.ndim - 1))
        variance = (1 - t) ** 2 + (t * SD) ** 2
        return self.off + MEAN + (t * SD**2 - (1 - t)) / variance * (z - t * MEAN)


def family(shape, calls=100, steps=20):
    return FlowMatching(Spec((("x", Real(shape=shape, scale=UNIT)),)), Spec(()), Analytic(), calls, steps).eval()


@pytest.mark.parametrize("shape", [(1, 2, 2), (1, 5, 5)], ids=["exact trace", "Hutchinson"])
def test_the_likelihood_of_a_gaussian_is_exact(shape):
    model = family(shape)
    x = MEAN + SD * Draws(0).normal(500, *shape)
    nats, se = model.log_likelihood(x, torch.zeros(500, 0), Draws(1), 8)
    truth = (torch.distributions.Normal(MEAN, SD).log_prob(x) - log(UNIT)).flatten(1).sum(1)
    assert (se is None) == (shape == (1, 2, 2))
    assert torch.allclose(nats, truth, atol=1e-2)


@pytest.mark.parametrize("sampler", ["ancestral", "ddim", "heun", "dpm-solver"])
def test_draws_from_starts_that_are_data_are_data_and_resemble_them(sampler):
    """x_t of a start that is data has the law of the path, so the draws have that of the data. The probability flow is
    linear: their covariance with the starts is t SD^3 / sqrt((1 - t)^2 + t^2 SD^2), where t = 1 - strength."""
    n, steps = 4_000, {"ddim": 800, "ancestral": 500}.get(sampler, 60)
    model, x, none = family((1, 2, 2)), MEAN + SD * Draws(0).normal(n, 1, 2, 2), torch.zeros(n, 0)
    for strength in (0.3, 0.8):
        t = 1 - strength
        drawn = model.sample(n, none, Draws(1), steps=steps, sampler=sampler, start=x, strength=strength)
        assert drawn.mean() == pytest.approx(MEAN, abs=0.02) and drawn.std() == pytest.approx(SD, abs=0.015)
        if sampler != "ancestral":
            together = ((drawn - MEAN) * (x - MEAN)).mean()
            assert together == pytest.approx(t * SD**3 / ((1 - t) ** 2 + (t * SD) ** 2) ** 0.5, abs=0.01)


def test_draws_follow_the_gaussian_and_codes_return():
    model = family((1, 2, 2))
    empty = torch.zeros(5_000, 0)
    x = model.sample(5_000, empty, Draws(2))
    assert x.mean().item() == pytest.approx(MEAN, abs=0.01) and x.std().item() == pytest.approx(SD, rel=0.02)
    z = model.encode(x, empty)
    assert z.mean().item() == pytest.approx(0.0, abs=0.02) and z.std().item() == pytest.approx(1.0, rel=0.02)
    assert torch.allclose(model.decode(z, empty), x, atol=1e-2)


def test_heun_converges_with_second_order():
    x = MEAN + SD * Draws(3).normal(64, 1, 2, 2)
    empty = torch.zeros(64, 0)
    exact = (x - MEAN) / SD  # the flow of a Gaussian is linear
    errors = [(family((1, 2, 2), calls=c).encode(x, empty) - exact).abs().max() for c in (40, 80, 160)]
    assert 3 < errors[0] / errors[1] < 5.5 and 3 < errors[1] / errors[2] < 5.5


def test_the_true_velocity_has_the_least_loss():
    x = MEAN + SD * Draws(4).normal(20_000, 1, 2, 2)
    batch = lambda: Batch(x, torch.zeros(len(x), 0), Draws(5), 0)
    best, _ = family((1, 2, 2)).loss(batch())
    off = family((1, 2, 2))
    off.denoiser.network = Analytic(off=0.2)
    worse, _ = off.loss(batch())
    assert worse.item() > best.item() + 0.1


@pytest.mark.parametrize("middle", [0.0, 0.9, 1.0])
def test_times_follow_the_mixture_of_a_uniform_and_a_logit_normal_distribution(middle):
    t = times(50_000, Draws(6), middle)
    normal = torch.distributions.Normal(0.0, 1.0)
    for q in (0.1, 0.25, 0.5, 0.8):
        below = middle * normal.cdf(torch.tensor(q).logit()).item() + (1 - middle) * q
        assert (t < q).float().mean().item() == pytest.approx(below, abs=0.005)


class Dequantised(torch.nn.Module):
    """The velocity for pixels that are all level 5 of 17: a Gaussian of the mean and variance of the noise within that
    level."""

    mean, variance = 5.5 * 2 / 17 - 1, (2 / 17) ** 2 / 12

    def forward(self, z, t, given, known_values, known):
        t = t.view(-1, 1, 1, 1)
        ahead = (z - t * self.mean) / ((1 - t) ** 2 + t**2 * self.variance)
        return self.mean + (t * self.variance - (1 - t)) * ahead


def test_the_noise_within_a_level_is_left_out_of_drawn_pixels():
    spec = Spec((("x", Ordered(17, shape=(1, 8, 8), axis="grid")),))
    x = FlowMatching(spec, Spec(()), Dequantised(), 20, 8).eval().sample(64, torch.zeros(64, 0), Draws(0))
    assert (x == 5).float().mean() > 0.999  # a draw with the noise leaves the level in a twelfth of the pixels


def test_progress_is_that_of_the_draw():
    spec, empty = Spec((("x", Ordered(17, shape=(1, 8, 8), axis="grid")),)), torch.zeros(4, 0)
    model = FlowMatching(spec, Spec(()), Dequantised(), 20, 8).eval()
    states, expected = model.progress(4, empty, Draws(0))
    assert len(states) == 11 and len(expected) == 10
    assert torch.equal(expected[-1], model.sample(4, empty, Draws(0)))


def test_a_shift_moves_times_and_steps_to_the_noise_and_draws_stay_right():
    shift = 5
    model = FlowMatching(Spec((("x", Real(shape=(1, 2, 2), scale=UNIT)),)), Spec(()), Analytic(), 200, 20, shift=shift)
    alpha, sigma = model.eval().path_of(20, "heun")[1:-1].T
    even = torch.arange(1, 20, dtype=torch.float64) / 20
    assert torch.allclose(sigma / alpha, shift * (1 - even) / even)
    assert torch.allclose(alpha + sigma, torch.ones_like(even))
    odds = lambda by: (lambda t: (1 - t) / t)(times(2_000, Draws(0), 0.9, by).sort().values[1:])
    assert torch.allclose(odds(shift), shift * odds(1), rtol=1e-3)
    x = model.sample(5_000, torch.zeros(5_000, 0), Draws(2))
    assert x.mean().item() == pytest.approx(MEAN, abs=0.02) and x.std().item() == pytest.approx(SD, rel=0.03)
