# Tests families/diffusion/probability_flow.py
import math

import pytest
import torch

from genwright.core.draws import Draws
from genwright.core.spec import Ordered, Real, Spec
from genwright.core.trainable import Batch
from genwright.families.diffusion.diffusion import VariationalDiffusion
from genwright.families.diffusion.noise_schedules import LearnedNoise
from genwright.networks.unet import PixelWaves

MEAN, SD = 0.5, 0.3
SHAPE = 1, 2, 2
EMPTY = lambda n: torch.zeros(n, 0)
REAL, FOUR = (Spec((("x", Real(shape=SHAPE, scale=scale)),)) for scale in (1.0, 4.0))


class Exact(torch.nn.Module):
    """The v of data N(MEAN, SD^2), off by a constant, by a clock that is log(sigma^2 / alpha^2) from 0 to 1."""

    def __init__(self, low, high, off=0.0):
        super().__init__()
        self.low, self.high, self.off = low, high, off

    def forward(self, z, clock, given, known_values, known):
        gamma = (self.low + clock * (self.high - self.low)).view(-1, 1, 1, 1)
        alpha, sigma = (-gamma).sigmoid().sqrt(), gamma.sigmoid().sqrt()
        away = (z - alpha * MEAN) / ((alpha * SD) ** 2 + sigma**2)
        return alpha * sigma * away - sigma * (MEAN + alpha * SD**2 * away) + self.off


def model(off=0.0, terms=16):
    found = VariationalDiffusion(REAL, Spec(()), torch.nn.Identity(), "dpm-solver", 50, terms).eval()
    found.denoiser.network = Exact(found.low, found.high, off)
    return found


def data(n):
    return MEAN + SD * Draws("x").normal(n, *SHAPE)


@pytest.mark.parametrize("spread", [0.0, 3.0, 1e6])
def test_gamma_rises_from_one_end_to_the_other_whatever_its_weights(spread):
    noise = LearnedNoise(-13.3, 5.0, pieces=16)
    with torch.no_grad():
        noise.weights.copy_(spread * Draws("weights").normal(16))
    t = torch.linspace(0, 1, 10_001, dtype=torch.float64)
    gamma, slope = noise(t)
    assert gamma[0].item() == pytest.approx(-13.3, abs=1e-6) and gamma[-1].item() == pytest.approx(5.0, abs=1e-6)
    assert (gamma.diff() > 0).all() and slope.max() <= 18.3 / 0.1 * 1.0001
    assert torch.trapezoid(slope, t).item() == pytest.approx(18.3, rel=0.01)
    assert torch.allclose(gamma[1:] - gamma[:-1], slope[:-1] * 1e-4, atol=1e-2 + 0.02 * spread)


def test_the_bound_is_the_formula_of_continuous_time_for_a_gaussian():
    """Whose best denoiser has the squared error E (n - N)^2 = SD^2 / (SD^2 + e^gamma)."""
    x, vdm = data(4000), model(terms=64)
    with torch.no_grad():
        vdm.noise.weights.copy_(0.2 * Draws("weights").normal(64))  # the bound is the same for any
    nats, se = vdm.log_likelihood(x, EMPTY(len(x)), Draws(0))
    gained = (math.log1p(SD**2 * math.exp(-vdm.low)) - math.log1p(SD**2 * math.exp(-vdm.high))) / 2
    variance = 1 / (1 + math.exp(-vdm.high))
    last = ((1 - variance) * (MEAN**2 + SD**2) + variance - 1 - math.log(variance)) / 2
    formula = x[0].numel() * (-0.5 * math.log(2 * math.pi * math.e) - vdm.low / 2 - gained - last)
    error = nats.std().item() / len(x) ** 0.5
    assert nats.mean().item() == pytest.approx(formula, abs=4 * error) and error < 0.06
    truth = torch.distributions.Normal(MEAN, SD).log_prob(x).flatten(1).sum(1)
    assert (nats - truth).mean().item() == pytest.approx(0, abs=0.02 + 4 * error)
    off, _ = model(off=0.1).log_likelihood(x, EMPTY(len(x)), Draws(0))
    assert off.mean() < nats.mean() - 0.1


def test_the_bound_is_a_density_in_the_units_of_the_user():
    x, four, plain = data(50), VariationalDiffusion(FOUR, Spec(()), torch.nn.Identity(), "dpm-solver", 50, 16), model()
    four.eval().denoiser.network = plain.denoiser.network
    nats, other = (each.log_likelihood(x, EMPTY(50), Draws(0))[0] for each in (plain, four))
    assert torch.allclose(other, nats - 4 * math.log(4), atol=1e-4)


def test_the_loss_is_least_at_the_truth_and_its_value_is_that_of_the_bound():
    x = data(4096)
    losses = [model(off).loss(Batch(x, EMPTY(len(x)), Draws(5), 0))[0].item() for off in (0.0, 0.2)]
    assert losses[1] > losses[0] + 0.1
    vdm = model()
    gained = (math.log1p(SD**2 * math.exp(-vdm.low)) - math.log1p(SD**2 * math.exp(-vdm.high))) / 2
    hidden = 0.9  # of the numbers at least: a part is known in some items
    assert 4 * gained * hidden * 0.5 < losses[0] < 4 * gained * 1.05


def test_the_noise_is_learned_where_the_loss_varies():
    """A network that errs at high noise alone: levels move there, and the estimate's spread falls."""

    class Erring(torch.nn.Module):
        def forward(self, z, clock, given, known_values, known):
            return torch.zeros_like(z)

    vdm, x = model(), torch.zeros(256, *SHAPE)  # N = sigma z, so (n - N)^2 = alpha^4 n^2: all at low noise
    vdm.denoiser.network = Erring()
    each = lambda: torch.stack([vdm._bound(x, EMPTY(256), Draws(k), 1) for k in range(4)]).var()
    before, optimizer = each(), torch.optim.Adam(vdm.parameters(), 0.1)
    for step in range(100):
        loss, _ = vdm.loss(Batch(x, EMPTY(256), Draws(step), 0))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    gamma, _ = vdm.noise(torch.tensor([0.5]))
    assert gamma.item() < (vdm.low + vdm.high) / 2 - 1 and each() < before


def test_draws_follow_the_gaussian():
    x = model().sample(5_000, EMPTY(5_000), Draws(2), steps=100)
    assert x.mean().item() == pytest.approx(MEAN, abs=0.02) and x.std().item() == pytest.approx(SD, rel=0.05)


@pytest.mark.parametrize("levels", [2, 256])
def test_the_last_bits_of_pixels_cost_nearly_nothing(levels):
    """What p(x | z_0) leaves of a pixel's level, against its expectation by quadrature."""
    spec = Spec((("x", Ordered(levels, shape=SHAPE, axis="grid")),))
    vdm = VariationalDiffusion(spec, Spec(()), torch.nn.Identity(), "ddim", 5, 4)
    x = torch.full((4000, *SHAPE), levels // 2)
    n = torch.linspace(-9, 9, 20_001, dtype=torch.float64)
    density = (-(n**2) / 2).exp() / (2 * math.pi) ** 0.5
    sides = [-1, 1] if levels > 2 else [-1]
    other = torch.stack([6 * k * n - 18 for k in sides]).logsumexp(0)
    expected = -4 * torch.trapezoid(density * torch.nn.functional.softplus(other), n).item()
    nats = vdm._log_data(x, Draws(0))
    assert nats.mean().item() == pytest.approx(expected, abs=4 * nats.std().item() / 4000**0.5)
    assert vdm.low == pytest.approx(-13.3, abs=0.02) if levels == 256 else vdm.low > -5


def test_waves_tell_levels_apart():
    waves, middles = PixelWaves(8, 2), (torch.arange(8.0).view(1, 1, 1, 8) + 0.5) / 4 - 1
    fine, coarse, cosine, _ = waves(middles)[0, :, 0]
    assert fine.abs().max() < 1e-5 and cosine.abs().min() > 1 - 1e-5  # a period is one level
    assert torch.allclose(coarse[::2], -coarse[1::2], atol=1e-5) and coarse.abs().min() > 0.99
