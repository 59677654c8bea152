"""Closed forms of Gaussian noise, by Monte Carlo and against torch's own densities."""

import pytest
import torch

from genwright.core.draws import Draws
from genwright.families.gaussian_noise import GaussianNoise, posterior

MEMBERS = torch.tensor([0, 4, 4, 5, 8])  # sets of 4, 0, 1 and 3


def test_the_posterior_takes_what_has_much_noise_to_what_has_little():
    """Of any x: z_t, and then z_s by the posterior, have the covariance of q(z_s | x) q(z_t | z_s)."""
    n, x, (alpha, sigma), (alpha_s, sigma_s) = Draws(0).normal(400_000), torch.tensor(1.5), (0.5, 0.8), (0.9, 0.3)
    mean, sd = posterior(x, n, (alpha, sigma), (alpha_s, sigma_s))
    z_t, z_s = alpha * x + sigma * n, mean + sd * Draws(1).normal(n.shape)
    assert z_s.mean().item() == pytest.approx(alpha_s * 1.5, abs=2e-3)
    assert z_s.std().item() == pytest.approx(sigma_s, rel=5e-3)
    together = torch.cov(torch.stack([z_s, z_t]))[0, 1].item()
    assert together == pytest.approx(alpha / alpha_s * sigma_s**2, rel=2e-2)  # z_t is alpha_t / alpha_s z_s and noise


@pytest.mark.parametrize("now", [(0.0, 1.0), (0.5, 0.8)])
def test_the_posterior_at_either_end(now):
    x, n = Draws(0).normal(5), Draws(1).normal(5)
    mean, sd = posterior(x, n, now, (1.0, 0.0))
    assert torch.equal(mean, x) and sd == 0
    mean, sd = posterior(x, n, (0.0, 1.0), (0.6, 0.8))  # from noise alone nothing is kept
    assert torch.allclose(mean, 0.6 * x) and sd == 0.8


def test_noise_of_sets_has_no_mean_and_all_directions_but_that():
    noise = torch.stack([GaussianNoise(MEMBERS).noise((8, 3), Draws(k)) for k in range(4000)])
    for begin, end in ((0, 4), (4, 5), (5, 8)):
        m, part = end - begin, noise[:, begin:end]
        assert part.sum(1).abs().max() < 1e-5
        covariance = torch.cov(part[..., 0].T).reshape(m, m)
        assert (covariance - (torch.eye(m) - 1 / m)).abs().max() < 0.1  # the projection on what has zero mean


def test_densities_of_sets_are_those_of_the_space_without_their_mean():
    """In an orthonormal basis of it, (m - 1) d coordinates are independent."""
    process, scale = GaussianNoise(MEMBERS), 1.7
    z = scale * process.noise((8, 3), Draws(0))
    nats = process.log_prob(z, scale)
    assert nats.shape == (4,) and nats[1] == nats[2] == 0  # nothing, and one member that can only be at 0
    for i, (begin, end) in {0: (0, 4), 3: (5, 8)}.items():
        m = end - begin
        basis = torch.linalg.qr(torch.cat([torch.ones(m, 1), torch.eye(m)[:, 1:]], 1))[0][:, 1:]
        truth = torch.distributions.Normal(0.0, scale).log_prob(basis.T @ z[begin:end]).sum()
        assert nats[i].item() == pytest.approx(truth.item(), abs=1e-4)
    shift = process.centred(z + torch.tensor([3.0, -2.0, 1.0]))
    assert torch.allclose(shift, z, atol=1e-5)


def test_items_are_left_where_they_are():
    x, process = Draws(0).normal(5, 2, 3), GaussianNoise()
    assert process.centred(x) is x
    assert torch.equal(process.noise((5, 2, 3), Draws(1)), Draws(1).normal(5, 2, 3))
    truth = torch.distributions.Normal(0.0, 0.7).log_prob(x).flatten(1).sum(1)
    assert torch.allclose(process.log_prob(x, 0.7), truth, atol=1e-4)
