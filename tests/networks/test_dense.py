# Tests networks/mlp.py
"""Layers that join all pixels with all: what is told to be known counts where it is told, and only there."""

import torch

from genwright.core.draws import Draws
from genwright.core.spec import Ordered, Spec
from genwright.networks.adapters import Decoder, Encoder, Prior
from genwright.networks.dense import Dense

SPEC, NONE = Spec((("picture", Ordered(5, shape=(2, 6, 9), axis="grid")),)), Spec(())
X, EMPTY = Draws(1).integers(5, (4, 2, 6, 9)), torch.zeros(4, 0)
KNOWN = torch.zeros(4, 2, 6, 9, dtype=torch.bool)
KNOWN[:2, :, :3] = True


def test_shapes_and_what_is_known():
    torch.manual_seed(0)
    body = Dense(SPEC, width=16, depth=2, condition=0, masked=True)
    encoder, decoder, prior = Encoder(body, NONE, 3), Decoder(body, NONE, 3, size=7), Prior(body, NONE, 3)
    mean, log_var = encoder(X, KNOWN, EMPTY)
    assert mean.shape == log_var.shape == (4, 3)
    assert decoder(mean, X, KNOWN, EMPTY).shape == (4, 2, 6, 9, 7)
    other = X.clone()
    other[:, :, 4] = 4 - other[:, :, 4]  # outside what is known
    assert torch.equal(prior(X, KNOWN, EMPTY)[0], prior(other, KNOWN, EMPTY)[0])
    assert torch.equal(decoder(mean, X, KNOWN, EMPTY), decoder(mean, other, KNOWN, EMPTY))
    assert prior(X, KNOWN, EMPTY)[0][2:].eq(0).all() and prior(X, KNOWN, EMPTY)[0][:2].ne(0).all()
    assert not torch.equal(encoder(X, KNOWN, EMPTY)[0][:2], encoder(X, None, EMPTY)[0][:2])


def test_a_body_that_is_never_told_has_no_weights_for_it():
    weights = lambda masked: sum(p.numel() for p in Encoder(Dense(SPEC, 16, 2, 0, masked), NONE, 3).parameters())
    assert weights(True) - weights(False) == 16 * 3 * 6 * 9
