"""The coded decoder: its walk says what a pass says, a place hears of all symbols before it, and of the code at any."""

import pytest
import torch

from genwright.core.draws import Draws
from genwright.core.spec import Category, Marginal, Spec
from genwright.networks.causal import CodedLSTM

GIVEN = Spec((("label", Category(2, marginal=Marginal((-0.5, 0.5, 1.5), (0.5, 0.5)))),))
SPECS = {
    "whole": Spec((("line", Category(7, shape=(9,), axis="sequence")),)),
    "ends": Spec((("line", Category(7, shape=(9,), axis="sequence", ends=True)),)),
}


def made(spec):
    torch.manual_seed(0)
    return CodedLSTM(spec, GIVEN, latents=4, width=16, depth=2).eval()


def items(spec, count=5):
    rng, leaf = Draws("items"), spec.leaf
    x, place = rng.integers(5, (count, 9)), torch.arange(9)
    length = rng.integers(8, (count, 1), low=1)
    x = torch.where(place < length, x, torch.where(place == length, leaf.end, leaf.pad)) if leaf.ends else x
    return x, rng.normal(count, 4), torch.arange(count)[:, None] % 2.0


@pytest.mark.parametrize("spec", SPECS.values(), ids=SPECS)
@torch.no_grad()
def test_the_walk_is_the_pass_at_every_place(spec):
    decoder, (x, z, given) = made(spec), items(spec)
    whole, walked = decoder(z, x, None, given).log_softmax(-1), torch.zeros(x.shape)
    for (t,), logits in decoder.walk(z, walked, None, given):
        assert torch.allclose(logits.log_softmax(-1), whole[:, t], atol=1e-5)
        walked[:, t] = x[:, t]
    assert (walked == x).all()


@torch.no_grad()
def test_a_place_hears_of_every_symbol_before_it_and_of_no_other():
    decoder, (x, z, given) = made(SPECS["whole"]), items(SPECS["whole"])
    whole = decoder(z, x, None, given)
    for at in (0, 4, 8):
        other = x.clone()
        other[:, at] = (other[:, at] + 1) % 7
        apart = (decoder(z, other, None, given) - whole).abs().amax((0, 2)) > 1e-7
        assert apart.tolist() == [place > at for place in range(9)]


@torch.no_grad()
def test_the_code_and_what_is_given_reach_every_place():
    decoder, (x, z, given) = made(SPECS["whole"]), items(SPECS["whole"])
    whole = decoder(z, x, None, given)
    for other in (decoder(z + 1, x, None, given), decoder(z, x, None, 1 - given)):
        assert ((other - whole).abs().amax((0, 2)) > 1e-3).all()
