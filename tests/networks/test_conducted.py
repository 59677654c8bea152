# Tests networks/lines.py
"""The conducted decoder: its walk says what a pass says, blocks hear of each other through the latent alone, and what
it is blanked in training it does not see."""

import pytest
import torch

from genwright.core.draws import Draws
from genwright.core.spec import Category, Spec
from genwright.networks.adapters import Encoder
from genwright.networks.causal import Conducted, Lead
from genwright.networks.lines import SequenceBody

NONE = Spec(())
SPECS = {
    "whole": Spec((("line", Category(7, shape=(16,), axis="sequence")),)),
    "uneven, ends": Spec((("line", Category(7, shape=(13,), axis="sequence", ends=True)),)),
}


def made(spec, blanked=0.0):
    torch.manual_seed(0)
    lead = Lead(latents=8, blocks=2, depth=1, patch=2, kept=4)
    decoder = Conducted(spec, NONE, lead, width=16, heads=2, depth=1, blanked=blanked, holes=True)
    torch.nn.init.normal_(decoder.known.out.weight, std=0.3)  # else what is known says nothing yet
    return decoder.eval()


def items(spec, count=5):
    rng, leaf = Draws("items"), spec.leaf
    x, place = rng.integers(5, (count, *leaf.shape)), torch.arange(leaf.shape[0])
    length = rng.integers(leaf.shape[0] - 1, (count, 1), low=1)
    x = torch.where(place < length, x, torch.where(place == length, leaf.end, leaf.pad)) if leaf.ends else x
    return x, rng.normal(count, 8), torch.zeros(count, 0)


@pytest.mark.parametrize("spec", SPECS.values(), ids=SPECS)
@pytest.mark.parametrize("some", [False, True])
@torch.no_grad()
def test_the_walk_is_the_pass_at_every_place(spec, some):
    decoder, (x, z, given) = made(spec), items(spec)
    known = (torch.arange(x.shape[1]) % 3 == 1).expand(x.shape) if some else None
    whole, walked = (
        decoder(z, x, known, given).log_softmax(-1),
        torch.where(known, x, 0).float() if some else torch.zeros(x.shape),
    )
    for (t,), logits in decoder.walk(z, walked, known, given):
        assert torch.allclose(logits.log_softmax(-1), whole[:, t], atol=1e-5)
        walked[:, t] = x[:, t]
    assert (walked == x).all()


@torch.no_grad()
def test_a_block_sees_what_is_before_it_in_the_block_and_one_symbol_of_the_last():
    spec = SPECS["whole"]
    decoder, (x, z, given) = made(spec), items(spec)
    whole = decoder(z, x, None, given)
    for at, moved in ((2, range(3, 8)), (7, range(8, 16)), (15, ())):
        other = x.clone()
        other[:, at] = (other[:, at] + 1) % 7
        apart = (decoder(z, other, None, given) - whole).abs().amax((0, 2)) > 1e-6
        assert apart.nonzero()[:, 0].tolist() == list(moved)
    assert ((decoder(z + 1, x, None, given) - whole).abs().amax((0, 2)) > 1e-3).all()


def test_what_is_blanked_is_not_seen_while_it_trains():
    spec = SPECS["whole"]
    decoder, (x, z, given) = made(spec, blanked=1.0), items(spec)
    other = (x + 1) % 7
    assert not torch.allclose(decoder(z, x, None, given), decoder(z, other, None, given))
    decoder.train()
    assert torch.equal(decoder(z, x, None, given), decoder(z, other, None, given))


@torch.no_grad()
def test_the_codes_of_a_block_are_made_by_one_map_in_the_order_that_the_conductor_reads():
    spec = SPECS["whole"]
    encoder = Encoder(SequenceBody(spec, 16, 2, 1, blocks=2, patch=2, kept=4, dropout=0.0), NONE, 8)
    net, (x, *_), c = encoder.net, items(spec), encoder.condition(torch.zeros(5, 0))
    parts = [encoder.whole(x), encoder.known.known_features(x, None)]
    both = net(parts, c).unflatten(1, (-1, 2))  # of one block, then of the other
    net.layers = torch.nn.ModuleList()  # places then say nothing of each other
    alone = net(parts, c).unflatten(1, (-1, 2))
    swapped = net([part.roll(4, 1) for part in parts], c).unflatten(1, (-1, 2))
    assert torch.allclose(alone.flip(2), swapped, atol=1e-5) and not torch.allclose(both, alone, atol=1e-3)
