# Tests families/latent/discrete_vae.py
"""The discrete VAE on a code so small that everything about it can be counted: 64 values."""

from itertools import product
from math import log

import pytest
import torch
import torch.nn.functional as F

from genwright.core.draws import Draws
from genwright.core.spec import Ordered, Spec
from genwright.core.trainable import Batch
from genwright.distributions.heads import Bernoulli
from genwright.families.latent.discrete_vae import DiscreteVAE, draw_one_hot, draw_relaxed, kl_to_uniform

SPEC, NONE = Spec((("x", Ordered(2, 1.0, shape=(1, 4, 5), axis="grid")),)), Spec(())
CODES = F.one_hot(torch.tensor(list(product(range(4), repeat=3))), 4).float()


class Counted(torch.nn.Module):
    """A decoder and an encoder of random weights."""

    def __init__(self):
        super().__init__()
        rng = Draws("decoder")
        self.first, self.last = 1.5 * rng.normal(12, 32), rng.normal(32, 20) / 32**0.5
        self.weights = Draws("encoder").normal(20, 12)

    def encode(self, x):
        return x.float().flatten(1) @ self.weights / 4

    def decode(self, z, known_values, known, given):
        logits = (z @ self.first).tanh() @ self.last
        return logits.view(len(z), 1, 4, 5, 1)

    def family(self, **numbers):
        options = {"straight_through": False, "coolest": 0.5, "half_life": 1000} | numbers
        return DiscreteVAE(SPEC, NONE, self.encode, self.decode, Bernoulli(), 3, 4, 8, **options)

    def log_joint(self, x):
        """log p(x | z) p(z) of every code: (B, 64)."""
        params = self.decode(CODES.flatten(1), None, None, None)[..., 0].flatten(1)
        each = -F.binary_cross_entropy_with_logits(
            params.expand(len(x), 64, 20), x.float().flatten(1)[:, None].expand(len(x), 64, 20), reduction="none"
        )
        return each.sum(2) - 3 * log(4)

    def log_q(self, x):
        """Of every code: (B, 64)."""
        logits = self.encode(x).view(-1, 3, 4).log_softmax(-1)
        return torch.einsum("bnk,cnk->bc", logits, CODES)


def pictures(n):
    return (Draws("pictures").uniform(n, 1, 4, 5) < 0.5).to(torch.uint8)


def test_the_divergence_is_that_of_many_draws():
    logits = 2 * Draws(1).normal(3, 5)
    z = draw_one_hot(logits.expand(50_000, -1, -1), Draws(2))
    each = (z * logits.log_softmax(-1)).sum(-1) + log(5)
    se = each.std(0) / len(z) ** 0.5
    assert ((each.mean(0) - kl_to_uniform(logits)).abs() < 5 * se).all()
    assert kl_to_uniform(torch.zeros(5)) == pytest.approx(0, abs=1e-6)
    assert kl_to_uniform(torch.tensor([100.0, 0, 0, 0, 0])) == pytest.approx(log(5), abs=1e-6)


def test_symbols_come_as_often_as_the_softmax_says_and_a_cold_relaxation_is_one():
    logits = Draws(3).normal(4)
    share = draw_one_hot(logits.expand(100_000, -1), Draws(4)).mean(0)
    assert torch.allclose(share, logits.softmax(0), atol=0.008)
    rows = logits.expand(1_000, -1)
    assert (
        draw_relaxed(rows, 1e-3, Draws(4)) - draw_one_hot(rows, Draws(4))
    ).abs().mean() < 2e-3  # nearly ties are rare
    hard = draw_relaxed(rows, 1.0, Draws(4), straight_through=True)
    assert torch.allclose(hard, draw_one_hot(rows, Draws(4)), atol=1e-6)


def test_what_is_judged_is_the_bound_without_bias():
    """Its mean over many draws is the sum over all codes, for each picture."""
    counted, x = Counted(), pictures(4)
    q = counted.log_q(x).exp()
    exact = (q * (counted.log_joint(x) - q.log())).sum(1)
    for k in range(len(x)):
        same = x[k : k + 1].expand(20_000, -1, -1, -1)
        loss, _ = counted.family().eval().loss(Batch(same, torch.zeros(20_000, 0), Draws(k), 0))
        assert -loss.item() == pytest.approx(exact[k].item(), abs=0.06)


def test_every_bound_is_below_the_truth_and_tightens_with_k():
    counted, x = Counted(), pictures(500)
    truth, family = counted.log_joint(x).logsumexp(1).mean(), counted.family()
    bounds = [family.log_likelihood(x, torch.zeros(len(x), 0), Draws(2), k)[0].mean() for k in (1, 10, 1000)]
    assert bounds[0] < bounds[1] < bounds[2] < truth + 0.003
    assert truth - bounds[0] > 0.3 and truth - bounds[2] < 0.01


def test_training_is_by_the_relaxation_that_cools_and_then_stops():
    counted, x, nothing = Counted(), pictures(500), torch.zeros(500, 0)
    family = counted.family().train()
    for items, tau in ((0, 1.0), (500, 0.5**0.5), (1000, 0.5), (9000, 0.5)):
        _, logs = family.loss(Batch(x, nothing, Draws(5), items))
        z = draw_relaxed(counted.encode(x).view(-1, 3, 4), tau, Draws(5)).flatten(1)
        each = Bernoulli().log_prob(counted.decode(z, None, None, None), x.float())
        assert logs["reconstruction"].item() == pytest.approx(-each.flatten(1).sum(1).mean().item(), abs=1e-4)


def test_a_code_is_symbols_whose_way_back_takes_the_likeliest():
    counted, x = Counted(), pictures(50)
    family = counted.family().eval()
    q = family.encode(x, torch.zeros(50, 0))
    assert q.shape == (50, 3, 4) and torch.allclose(q.sum(-1), torch.ones(50, 3))
    sharp = F.one_hot(q.argmax(-1), 4).float()
    assert torch.equal(family.decode(q, torch.zeros(50, 0)), family.decode(sharp, torch.zeros(50, 0)))
