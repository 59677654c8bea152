# Tests families/adversarial/bigan.py
"""Pairs of items and codes: the encoder becomes the generator's inverse, in one pass."""

import pytest
import torch
from leaves import real
from torch import nn

from genwright.core.draws import Draws
from genwright.core.recipe import Recipe
from genwright.core.spec import Spec
from genwright.core.trainable import Batch
from genwright.families.adversarial.bigan import BiGAN
from genwright.training.stage import StageTraining

NOTHING = Spec(())


class Pairs(nn.Module):
    """A discriminator of rows and codes."""

    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(
            nn.Linear(3, 64), nn.LeakyReLU(0.2), nn.Linear(64, 64), nn.LeakyReLU(0.2), nn.Linear(64, 1)
        )

    def forward(self, z, known, given, codes):
        return self.net(torch.cat([z, codes], 1))[:, 0]


class Curve(nn.Module):
    """z: (B, 1) -> (B, 2)."""

    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(1, 32), nn.Tanh(), nn.Linear(32, 2))

    def forward(self, z, x, known, given):
        return self.net(z)


def curve(n):
    """Rows on a line, thickened: x0 = t + noise, x1 = -t + noise, t ~ N(0, 1)."""
    t, noise = Draws("t").normal(n, 1), 0.05 * Draws("noise").normal(n, 2)
    return torch.cat([t, -t], 1) + noise


def bigan(x, loss="relativistic"):
    torch.manual_seed(0)
    spec = Spec(tuple((f"x{j}", real(x[:, j].numpy())) for j in range(2)))
    encoder = nn.Sequential(nn.Linear(2, 32), nn.Tanh(), nn.Linear(32, 1))
    return BiGAN(spec, NOTHING, Curve(), encoder, Pairs(), 1, loss, 0.05)


@pytest.mark.long
def test_the_encoder_learns_to_invert_the_generator():
    x = curve(2000)
    family, nothing = bigan(x), torch.zeros(2000, 0)
    training = StageTraining(
        Recipe(family, batch=128, lr=3e-3, betas=(0.0, 0.99), clip=10.0), family.train().stages()[0]
    )
    off = lambda: float((family.decode(family.encode(x, nothing), nothing) - x).norm(dim=1).median())
    with torch.no_grad():
        before = off()
    for k in range(300):
        pick = Draws("pick", k).integers(len(x), (128,))
        training.step(Batch(x[pick], nothing[:128], Draws("step", k), k * 128), k, min(1.0, 2 * (1 - k / 300)), False)
    training.use_best_weights()
    with torch.no_grad():
        codes = family.eval().encode(x, nothing)
        assert off() < 0.15 and off() < 0.2 * before
    assert codes.shape == (2000, 1)
    assert abs(float(codes.mean())) < 0.25 and 0.7 < float(codes.std()) < 1.3  # they lie where latents are drawn


def test_the_encoder_lowers_the_score_of_its_pairs():
    x = curve(64)
    for loss in ("non-saturating", "hinge"):
        family = bigan(x, loss)
        batch = lambda: Batch(x, torch.zeros(64, 0), Draws(0), 0)
        (items, codes), known, given = family._pairs(batch(), learns=True)
        score = family._score(items, known, given, codes).chunk(2)[0].mean()
        weights = list(family.encoder.parameters())
        down = torch.autograd.grad(family.generator_loss(batch())[0], weights)
        up = torch.autograd.grad(score, weights)
        assert sum(float((a * b).sum()) for a, b in zip(down, up)) > 0  # a step down the loss is one down the score


def test_a_loss_with_two_sides_unlike_is_refused():
    with pytest.raises(ValueError):
        bigan(curve(8), "ebgan")


def test_what_an_item_loses_on_the_way_back_counts_by_its_weight():
    x = curve(64)
    family, batch = bigan(x), lambda: Batch(x, torch.zeros(64, 0), Draws(0), 0)
    maker = family.stages()[0].players[1]
    plain, told = maker.loss(batch())
    family.cycle = 3.0
    whole, logs = maker.loss(batch())
    off = (family.generator(family.encoder(x), None, None, None) - family.view.steady(x)).square().mean()
    assert not told and float(logs["error"]) == pytest.approx(float(off))
    assert float(whole - plain) == pytest.approx(3 * float(off), rel=1e-4)
    gradients = torch.autograd.grad(whole, maker.parameters)
    assert all(gradient.abs().sum() > 0 for gradient in gradients)
