"""The importance-weighted autoencoder beside the VAE, where both can be computed."""

from math import log

import pytest
import torch

from genwright.core.draws import Draws
from genwright.core.spec import Real, Spec
from genwright.core.trainable import Batch
from genwright.distributions.heads import GaussianHead
from genwright.families.latent import vae as module
from genwright.families.latent.vae import IWAE, VAENetworks


class Narrow(torch.nn.Module):
    """x = z + 0.5 noise with z ~ N(0, 1), whose posterior N(x / 1.25, 0.2) q may be of any width."""

    def __init__(self):
        super().__init__()
        self.log_var = torch.nn.Parameter(torch.tensor(-4.0))

    def encode(self, x, known, given):
        return x[:, :1, 0, 0] / 1.25, self.log_var.expand(len(x), 1)

    def prior(self, x, known, given):
        return torch.zeros(len(x), 1), torch.zeros(len(x), 1)

    def decode(self, z, known_values, known, given):
        return torch.stack([z, torch.full_like(z, 0.5).log()], -1).view(len(z), 1, 1, 1, 2)


@pytest.fixture
def unknown(monkeypatch):
    monkeypatch.setattr(module, "draw_known", lambda spec, x, rng: torch.zeros_like(x, dtype=torch.bool))


def iwae(samples):
    spec, net = Spec((("x", Real(shape=(1, 1, 1))),)), Narrow()
    networks = VAENetworks(net.encode, net.prior, net.decode, GaussianHead())
    return net, IWAE(spec, Spec(()), networks, 1, draws=8, samples=samples)


X = 1.25**0.5 * Draws(1).normal(4_000, 1, 1, 1)
BATCH = lambda seed: Batch(X, torch.zeros(len(X), 0), Draws(seed), 0)


def test_the_loss_is_the_bound_that_it_is_judged_by(unknown):
    _, family = iwae(8)
    loss, _ = family.loss(BATCH(3))
    bound, _ = family.log_likelihood(X, torch.zeros(len(X), 0), Draws(3))
    assert loss.item() == pytest.approx(-bound.mean().item(), abs=1e-5)


def test_more_samples_lose_less_and_pull_less_on_the_width_of_q(unknown):
    """The gradient vanishes where the bound is tight: for any q as K grows, for the posterior alone at K = 1."""
    losses, slopes = [], []
    for samples in (1, 4, 32):
        net, family = iwae(samples)
        loss, _ = family.loss(BATCH(5))
        (slope,) = torch.autograd.grad(loss, net.log_var)
        losses.append(loss.item())
        slopes.append(-slope.item())
    truth = -torch.distributions.Normal(0.0, 1.25**0.5).log_prob(X).mean().item()
    assert losses[0] > losses[1] > losses[2] > truth - 0.01 and losses[0] - truth > 0.5
    assert slopes[0] > slopes[2] > 0


def test_one_draw_by_weight_has_the_gradient_of_all_on_average(unknown):
    """The same bound, and a slope that differs by no more than its own noise."""
    slopes, losses = {}, {}
    for sparse in (False, True):
        net, family = iwae(8)
        family.sparse = sparse
        each = []
        for seed in range(20):
            loss, _ = family.train().loss(BATCH(seed))
            each.append(torch.autograd.grad(loss, net.log_var)[0].item())
        slopes[sparse], losses[sparse] = torch.tensor(each), loss.item()
    assert losses[True] == pytest.approx(losses[False], abs=0.02)
    noise = (slopes[True].var() + slopes[False].var()).sqrt().item() / 20**0.5
    assert abs(slopes[True].mean() - slopes[False].mean()).item() < 4 * noise and slopes[True].mean().abs() > 8 * noise


def test_nothing_pulls_at_q_where_it_is_the_posterior(unknown):
    """Of any draw: with q right, the weight says the same everywhere. The plain gradient has noise there."""
    net, family = iwae(8)
    net.log_var.data.fill_(log(0.2))
    family.sparse = True
    loss, _ = family.train().loss(BATCH(2))
    (slope,) = torch.autograd.grad(loss, net.log_var)
    truth = -torch.distributions.Normal(0.0, 1.25**0.5).log_prob(X).mean().item()
    assert abs(slope.item()) < 1e-6 and loss.item() == pytest.approx(truth, abs=1e-4)


def test_draws_grow_by_equal_factors_while_it_trains(unknown, monkeypatch):
    _, family = iwae(16)
    family.growth, seen = 1000, []
    bound = family.log_likelihood
    monkeypatch.setattr(family, "log_likelihood", lambda *a: seen.append(a[3]) or bound(*a))
    at = lambda items: family.loss(Batch(X[:8], torch.zeros(8, 0), Draws(1), items))
    for items in (0, 250, 500, 1000, 5000):
        family.train()
        at(items)
    family.eval()
    at(0)
    assert seen == [1, 2, 4, 16, 16, 16]
