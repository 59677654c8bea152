"""Densities and divergences of normals against torch's own, and against draws."""

import torch

from genwright.core.draws import Draws
from genwright.distributions.normal import (
    kl,
    kl_to_standard,
    log_density,
    log_density_by_variance,
    standard_log_density,
)


def test_every_form_of_the_density_is_torchs():
    rng = Draws("densities")
    x, mean, log_sd = rng.normal(4, 3), rng.normal(4, 3), 0.5 * rng.normal(4, 3)
    theirs = torch.distributions.Normal(mean, log_sd.exp()).log_prob(x)
    assert torch.allclose(log_density(x, mean, log_sd), theirs, atol=1e-5)
    assert torch.allclose(log_density_by_variance(x, mean, 2 * log_sd), theirs.sum(1), atol=1e-5)
    assert torch.allclose(standard_log_density(x), torch.distributions.Normal(0.0, 1.0).log_prob(x), atol=1e-6)


def test_the_divergence_is_the_mean_of_draws_and_torchs():
    rng = Draws("kl")
    mean, log_var = rng.normal(3, 4), rng.normal(3, 4)
    z = mean + (0.5 * log_var).exp() * rng.normal(200_000, 3, 4)
    drawn = log_density(z, mean, 0.5 * log_var) - standard_log_density(z)
    assert ((kl_to_standard(mean, log_var) - drawn.mean(0)).abs() < 5 * drawn.std(0) / 200_000**0.5).all()
    other, wide = rng.normal(3, 4), rng.normal(3, 4)
    theirs = torch.distributions.kl_divergence(
        *(torch.distributions.Normal(m, (0.5 * v).exp()) for m, v in ((mean, log_var), (other, wide)))
    )
    assert torch.allclose(kl(mean, log_var, other, wide), theirs, atol=1e-5)
