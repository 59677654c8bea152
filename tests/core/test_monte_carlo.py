"""Averages of draws and their standard errors, against the spread over repetitions."""

import math

import pytest
import torch

from genwright.core.draws import Draws
from genwright.core.monte_carlo import average, log_average


def spread(estimate, draw, items=400, repeats=200):
    """Standard deviation of the estimates' z-scores around their own mean, over repetitions."""
    values, ses = zip(*(estimate(draw(Draws("spread", k), items)) for k in range(repeats)))
    values, ses = torch.stack(values), torch.stack(ses)
    return ((values - values.mean(0)) / ses).std().item()


@pytest.mark.parametrize("draws", [2, 3, 8, 64])
def test_the_error_of_a_mean_is_its_spread(draws):
    normal = lambda rng, n: 3 * rng.normal(draws, n, dtype=torch.float64)
    assert 0.9 < spread(average, normal) < 1.2
    uneven = lambda rng, n: normal(rng, n) * torch.linspace(0.5, 2, n)  # items of unlike noise
    assert 0.8 < spread(average, uneven) < 1.4


@pytest.mark.parametrize("draws, width", [(2, 0.5), (4, 0.5), (8, 1.0), (64, 1.5)])
def test_the_error_of_a_log_mean_is_its_spread(draws, width):
    log_normal = lambda rng, n: width * rng.normal(draws, n, dtype=torch.float64) - 1000
    assert 0.75 < spread(log_average, log_normal) < 1.35


def test_many_draws_of_a_log_mean_are_a_mean():
    each = 0.1 * Draws(0).normal(500, 50, dtype=torch.float64)
    value, se = log_average(each)
    assert torch.allclose(value, each.exp().mean(0).log())
    delta = each.exp().std(0) / each.exp().mean(0) / math.sqrt(500)
    assert torch.allclose(se, delta, rtol=0.1)


def test_one_draw_has_no_error_and_equal_draws_have_none():
    one = torch.tensor([[-3.0, 2.0]])
    for estimate in (average, log_average):
        value, se = estimate(one)
        assert torch.equal(value, one[0]) and se.isnan().all()
        value, se = estimate(one.expand(5, -1))
        assert torch.allclose(value, one[0]) and torch.allclose(se, torch.zeros(2), atol=1e-6)
    value, se = log_average(torch.tensor([[0.0], [-1e4]]))  # all but one draw are nothing
    assert value.isfinite() and se.isfinite()
