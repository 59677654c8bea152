import torch

from genwright.families.vae import VAE, kl, kl_to_standard, log_normal
from genwright.heads import Gaussian
from genwright.randomness import generator
from genwright.spec import Real, Spec


def test_closed_form_kl_equals_monte_carlo():
    mean, log_var = torch.tensor([0.7, -1.2]), torch.tensor([0.5, -1.5])
    z = mean + (0.5 * log_var).exp() * torch.randn(400_000, 2, generator=generator(0))
    sampled = log_normal(z, mean, log_var) - log_normal(z, torch.zeros(2), torch.zeros(2))
    assert abs(sampled.mean() - kl_to_standard(mean, log_var).sum()) < 5 * sampled.std() / 400_000**0.5


def test_kl_between_two_gaussians_equals_torchs():
    a, b = torch.randn(2, 5, generator=generator(1)), torch.randn(2, 5, generator=generator(2))
    normal = lambda m: torch.distributions.Normal(m[0], (0.5 * m[1]).exp())
    assert torch.allclose(kl(*a, *b), torch.distributions.kl_divergence(normal(a), normal(b)), atol=1e-5)


class Known(torch.nn.Module):
    """x = z + 0.5 noise with z ~ N(0, 1): log p(x) = log N(0, 1.25). The encoder's q is too wide on purpose."""

    def encode(self, x, known, given):
        return x[:, :1, 0, 0] / 1.25, torch.full((len(x), 1), -0.5)

    def decode(self, z, held, known, given):
        log_sd = torch.full_like(z, 0.5).log()
        return torch.stack([z, log_sd], -1).view(len(z), 1, 1, 1, 2)


def test_the_bound_is_below_the_truth_and_tightens_with_k():
    spec, given = Spec((("x", Real(shape=(1, 1, 1))),)), Spec(())
    net = Known()
    vae = VAE(spec, given, net.encode, None, net.decode, Gaussian(), latents=1, draws=1, warmup=0).eval()
    x = 1.25**0.5 * torch.randn(4000, 1, 1, 1, generator=generator(1))
    truth = torch.distributions.Normal(0.0, 1.25**0.5).log_prob(x).mean()
    empty = torch.zeros(len(x), 0)
    bounds = [vae.log_likelihood(x, empty, generator(2), k)[0].mean() for k in (1, 10, 200)]
    assert bounds[0] < bounds[1] < bounds[2] < truth + 0.005
    assert truth - bounds[0] > 0.02 and truth - bounds[2] < 0.01
