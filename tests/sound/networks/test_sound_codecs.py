# Tests sound/networks/codecs.py
"""Codecs of sound: a residual block by its equation, and what an encoder reads of levels."""

import torch
import torch.nn.functional as F

from genwright.core.draws import Draws
from genwright.sound.networks.codecs import ResidualInTime, SoundEncoder


def test_a_block_adds_what_a_place_and_two_others_at_its_reach_say():
    """h + W2 gelu(W1 gelu(h)), W1 over the places 3 before and 3 after."""
    torch.manual_seed(0)
    block, h = ResidualInTime(4, 3), Draws("h").normal(2, 4, 9)
    near, last = block.inner[1], block.inner[3]
    for p in (1, 5):
        inner = near.bias.clone()
        for k, at in enumerate((p - 3, p, p + 3)):
            if 0 <= at < 9:
                inner = inner + near.weight[:, :, k] @ F.gelu(h[1, :, at])
        wanted = h[1, :, p] + last.weight[:, :, 0] @ F.gelu(inner) + last.bias
        assert torch.allclose(block(h)[1, :, p], wanted, atol=1e-5)


def test_levels_lie_between_minus_1_and_1_and_ends_are_told_apart():
    encoder, seen = SoundEncoder(5, 8, [2], 3), []
    encoder.parts.register_forward_pre_hook(lambda part, given: seen.append(given[0]))
    assert encoder(torch.tensor([[0, 2, 4, 5, 6, 6]])).shape == (1, 3, 3)
    assert seen[0].tolist() == [[[-1, 0, 1, 0, 0, 0], [1, 1, 1, 0, 0, 0]]]
