# Tests families/latent/hierarchical_vae.py, networks/ladder.py
"""The hierarchical VAE where its bound can be computed, and its two ladders."""

import pytest
import torch
from short_training import train

from genwright.core.draws import Draws
from genwright.core.spec import Ordered, Real, Spec
from genwright.core.trainable import Batch
from genwright.distributions.heads import Bernoulli, GaussianHead
from genwright.families.latent.hierarchical_vae import HierarchicalVAE
from genwright.networks.ladder import ConvLadder, DenseLadder

NONE = Spec(())


class Chain(torch.nn.Module):
    """z_1 ~ N(0, 1), z_2 = z_1 + noise, x = z_2 + noise: x ~ N(0, 3). wide: how much wider q is than the posterior."""

    latents = [(1,), (1,)]

    def __init__(self, wide=1.0):
        super().__init__()
        self.wide = wide

    def given(self, given):
        return torch.zeros(len(given), 1)

    def upward_features(self, x, c):
        return [x, x]

    def start(self, c):
        return torch.zeros(len(c), 1)

    def prior(self, layer, h):
        return h, torch.zeros_like(h)

    def posterior(self, layer, h, x, prior):
        """z_1 | x ~ N(x / 3, 2 / 3), z_2 | z_1, x ~ N((z_1 + x) / 2, 1 / 2)."""
        mean, variance = (x / 3, 2 / 3) if layer == 0 else ((h + x) / 2, 1 / 2)
        return mean, torch.full_like(mean, variance * self.wide).log()

    def join(self, layer, h, z, c):
        return z

    def params(self, h):
        return torch.stack([h, torch.zeros_like(h)], -1)


NUMBER = Spec((("x", Real(shape=(1,))),))
TRUTH = torch.distributions.Normal(0.0, 3**0.5)


def chain(**numbers):
    return HierarchicalVAE(NUMBER, NONE, Chain(**numbers), GaussianHead(), draws=1, warmup=0, free_bits=0.0).eval()


def test_by_the_true_posterior_every_draw_says_the_likelihood():
    x = Draws(1).normal(50, 1)
    nats, se = chain().log_likelihood(x, torch.zeros(50, 0), Draws(2), 3)
    assert torch.allclose(nats, TRUTH.log_prob(x[:, 0]).double(), atol=1e-4) and se.max() < 1e-4


def test_the_bound_is_below_the_truth_and_tightens_with_k():
    x = TRUTH.sample((3000, 1))
    bounds = [chain(wide=2.0).log_likelihood(x, torch.zeros(3000, 0), Draws(2), k)[0].mean() for k in (1, 10, 100)]
    truth = TRUTH.log_prob(x).mean()
    assert bounds[0] < bounds[1] < bounds[2] < truth + 0.005 and truth - bounds[0] > 0.2 and truth - bounds[2] < 0.02


def test_the_loss_is_the_bound_of_one_draw_and_logs_each_layer():
    x = TRUTH.sample((40_000, 1))
    loss, logs = chain(wide=2.0).loss(Batch(x, torch.zeros(len(x), 0), Draws(3), 0))
    nats, _ = chain(wide=2.0).log_likelihood(x, torch.zeros(len(x), 0), Draws(4), 1)
    assert loss.item() == pytest.approx(-nats.mean().item(), abs=0.03)
    assert logs["reconstruction"] + logs["kl 1"] + logs["kl 2"] == pytest.approx(loss.item(), rel=1e-5)


def test_free_bits_are_of_each_layer_and_in_training_alone():
    """The first layer costs 0.19 nats on average, the second 0.33."""
    family, x = chain(wide=2.0), TRUTH.sample((4000, 1))
    family.free_bits = 0.25
    for training, least in ((True, 0.25), (False, 0.0)):
        loss, logs = family.train(training).loss(Batch(x, torch.zeros(len(x), 0), Draws(3), 0))
        assert logs["kl 1"] < 0.25 < logs["kl 2"]
        paid = logs["kl 1"].clamp(min=least) + logs["kl 2"].clamp(min=least)
        assert loss.item() == pytest.approx((logs["reconstruction"] + paid).item(), rel=1e-5)


def test_codes_are_the_means_and_lead_back():
    family, x = chain(), torch.tensor([[3.0], [-6.0]])
    z = family.encode(x, torch.zeros(2, 0))
    assert torch.allclose(z, torch.tensor([[1.0, 2.0], [-2.0, -4.0]]))  # x / 3, (x / 3 + x) / 2
    assert torch.allclose(family.decode(z, torch.zeros(2, 0)), z[:, 1:])


PICTURES = Spec((("picture", Ordered(2, shape=(1, 7, 9), axis="grid")),))


@pytest.mark.long
@pytest.mark.parametrize("network", [
    lambda: ConvLadder(PICTURES, NONE, 1, channels=8, latents=2, layers=1, patch=2),
    lambda: DenseLadder(PICTURES, NONE, 1, width=32, latents=4, layers=2),
], ids=["convolutional", "dense"])  # fmt: skip
def test_both_ladders_learn_pictures_of_odd_sides(network):
    """Bars across, at one of seven heights: log 7 nats."""
    bars = torch.zeros(7, 1, 7, 9)
    bars[torch.arange(7), 0, torch.arange(7)] = 1
    torch.manual_seed(0)
    family = HierarchicalVAE(PICTURES, NONE, network(), Bernoulli(), draws=1, warmup=4000, free_bits=0.0)
    x = bars.repeat(20, 1, 1, 1)
    none = lambda n: torch.zeros(n, 0)
    before = family.eval().log_likelihood(bars, none(7), Draws(1), 20)[0].mean()
    train(family, x, 150, batch=32, lr=2e-2)
    after = family.log_likelihood(bars, none(7), Draws(1), 20)[0].mean()
    assert before < -30 and after > -15
