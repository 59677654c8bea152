"""A VAE of known codes, whose aggregated posterior is not its prior."""

import pytest
import torch

from genwright.core.draws import Draws
from genwright.core.errors import Unsupported
from genwright.core.spec import Category, Real, Spec
from genwright.core.trainable import Items
from genwright.distributions.heads import GaussianHead
from genwright.families.latent.vae import VAE, FittedPriorVAE, VAENetworks
from genwright.zoo.autoencoders import code_density

NUMBER, LABEL = Spec((("x", Real(shape=(1,))),)), Spec((("label", Category(2)),))


def test_the_fitted_prior_is_that_of_the_codes_and_tightens_the_bound():
    """Items at -3 and 3, each its own code: N(0, I) puts them 4.5 nats away, and draws of it where no item is."""
    encoder = lambda x, known, given: (x, torch.full_like(x, -4.0))
    decoder = lambda z, x, known, given: torch.stack([z, torch.full_like(z, -2.0)], -1)
    parts = NUMBER, LABEL, VAENetworks(encoder, None, decoder, GaussianHead()), 1, 200, 0, 1.0, 0.0
    family = FittedPriorVAE(*parts, density=code_density(LABEL, 1)).eval()
    label = (torch.arange(2000) % 2).float()[:, None]
    x = 6 * label - 3 + 0.1 * Draws("x").normal(2000, 1)
    family.finish(Items(x, label), Draws("finish"))
    drawn = family.sample(2000, label, Draws(1))
    assert (drawn - (6 * label - 3)).abs().max() < 2
    free = family.sample(2000, torch.full_like(label, torch.nan), Draws(2))
    assert (free.abs() - 3).abs().max() < 2 and abs(free.sign().mean()) < 0.1
    fitted, plain = (law.log_likelihood(x[:100], label[:100], Draws(3))[0].mean() for law in (family, VAE(*parts)))
    mass = torch.distributions.Normal(0, 0.2).log_prob(0.1 * Draws(4).normal(10_000)).mean()  # sd .1 and e^-2
    assert fitted > plain + 3 and abs(fitted - mass) < 0.5
    with pytest.raises(Unsupported):
        family.code()
