# Tests families/latent/sequences.py
"""The VAE of sequences: its bound is one of a distribution over sequences, what z says is kept where symbols before are
blanked, and a decoder that does without z is told."""

from dataclasses import replace

import pytest
import torch

from genwright.core.draws import Draws
from genwright.core.spec import Category, Spec
from genwright.core.trainable import Batch
from genwright.zoo.autoencoders import VAE_LINES as LINES
from genwright.zoo.autoencoders import build_sequence_vae as build_lines

NONE = Spec(())


def vae(spec, **numbers):
    torch.manual_seed(0)
    hyper = replace(LINES["tiny"], patch=1, **numbers)
    return build_lines(spec, NONE, hyper).family.eval()


def trained(family, x, steps, rate=1e-2):
    optimizer, given = torch.optim.Adam(family.parameters(), rate), torch.zeros(len(x), 0)
    family.train()
    for step in range(steps):
        optimizer.zero_grad()
        family.loss(Batch(x, given, Draws("step", step), step * len(x)))[0].backward()
        optimizer.step()
    return family.eval()


@pytest.fixture(scope="module")
def coin_flips():
    """Six symbols of chance, which only z can tell before they come."""
    return Spec((("line", Category(2, shape=(6,), axis="sequence")),)), Draws("flips").integers(2, (64, 6))


@torch.no_grad()
def kept(family, x):
    """Share of symbols that come back through the code alone."""
    z = family.encode(x.float(), torch.zeros(len(x), 0))
    return float((family.decode(z, torch.zeros(len(x), 0)) == x).float().mean())


@pytest.mark.long
def test_a_code_that_costs_nothing_keeps_the_sequence_and_one_that_costs_collapses(coin_flips):
    spec, x = coin_flips
    numbers = dict(latents=8, blanked=0.5)
    cheap = trained(vae(spec, beta=0.01, **numbers), x, 120, 5e-3)
    assert kept(cheap, x) > 0.95 and cheap.health(x.float(), torch.zeros(len(x), 0), Draws(0)) == []
    costly = trained(vae(spec, beta=3.0, **numbers), x, 40)
    (said,) = costly.health(x.float(), torch.zeros(len(x), 0), Draws(0))
    assert kept(costly, x) < 0.75 and said


@torch.no_grad()
def test_draws_can_be_truncated(coin_flips):
    spec, x = coin_flips
    family, given = vae(spec), torch.zeros(9, 0)
    likeliest = family.sample(9, given, Draws(1), top_k=1)
    z = Draws(1).normal(9, 4)
    assert torch.equal(likeliest, family.decode(z, given)) and not torch.equal(
        likeliest, family.sample(9, given, Draws(1))
    )
