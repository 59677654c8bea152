"""Bits-back coding: latents give back the bits that drew them, and a code costs the bound."""

import numpy as np
import pytest
import torch

from genwright.core.draws import Draws
from genwright.core.entropy_coder import Stack
from genwright.core.spec import Ordered, Spec
from genwright.distributions.heads import CategoricalHead
from genwright.families.latent.vae import VAE, BitsBack, VAENetworks
from genwright.networks.adapters import Decoder, Encoder
from genwright.networks.dense import Dense
from genwright.run.blocks import blocks

NONE, GIVEN = Spec(()), torch.zeros(40, 0)
WORDS = (1 + Draws("words").integers(2**32 - 1, (200,))).numpy().astype(np.uint32)


@pytest.fixture
def vae():
    """With random weights, and latents whose posteriors are narrow, wide, and the prior itself."""
    spec, head = Spec((("x", Ordered(5, shape=(1, 4, 4), axis="grid")),)), CategoricalHead(5)
    body = Dense(spec, 16, 1, 0, False)
    encoder, decoder = Encoder(body, NONE, 3), Decoder(body, NONE, 3, head.size)
    family = VAE(spec, NONE, VAENetworks(encoder, None, decoder, head), 3, draws=1, warmup=0).eval()
    plain, narrow = family.encoder.forward, torch.tensor([-9.0, -3.0, 0.0])

    def encoder(x: torch.Tensor, known: None, given: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        mean, _ = plain(x, known, given)
        return mean * (narrow < 0), narrow.expand_as(mean)

    family.encoder.forward = encoder
    return family


@torch.no_grad()
def test_what_is_written_is_read_and_leaves_the_stack_as_it_was(vae):
    code, stack = BitsBack(vae), Stack(WORDS, minimum=3)
    assert code.cells[0] > code.cells[1] > code.cells[2]
    x = Draws("items").integers(5, (80, 1, 4, 4)).float()
    cut = [x[start:end] for start, end in blocks(len(x), code.sizes)]
    assert len(cut[0]) == 1 < len(cut[-1])
    for part in cut:
        code.compress(part, GIVEN[: len(part)], stack)
    parts = [code.decompress(GIVEN[: len(part)], stack) for part in reversed(cut)]
    assert torch.equal(torch.cat(parts[::-1]), x) and np.array_equal(stack.words, WORDS)


@torch.no_grad()
def test_an_item_costs_the_bound_with_one_draw(vae):
    code, stack, n = BitsBack(vae), Stack(WORDS, minimum=3), 2_000
    x = vae.sample(n, torch.zeros(n, 0), Draws("own"))
    for start, end in blocks(n, code.sizes):
        code.compress(x[start:end], GIVEN[: len(x[start:end])], stack)
    nats, _ = vae.log_likelihood(x, torch.zeros(n, 0), Draws("bound"), 1)
    assert 32 * (len(stack.words) - len(WORDS)) == pytest.approx(float(-nats.sum()) / np.log(2), rel=0.02)
