"""WaveNet: its walk says what a pass says, it sees what came before as far as it reaches and nothing ahead, and what
stands before a clip is the same in both."""

import pytest
import torch

from genwright.core.draws import Draws
from genwright.core.spec import Category, Marginal, Ordered, Spec
from genwright.sound.networks.wavenet import WaveNet

LENGTH = 90
SOUND = Ordered(256, 2 / 255, -1.0, shape=(LENGTH,), axis="time", ends=True)
SPEC = Spec((("sound", SOUND),))
GIVEN = Spec((("label", Category(2, marginal=Marginal((-0.5, 0.5, 1.5), (0.5, 0.5)))),))


@pytest.fixture(params=[False, True], ids=["", "clock"])
def network(request):
    torch.manual_seed(0)
    return WaveNet(SPEC, GIVEN, width=16, depth=4, head=24, clock=request.param).eval()


def clips(count=6):
    rng = Draws("clips", count)
    x, length = rng.integers(256, (count, LENGTH)), rng.integers(LENGTH, (count, 1), low=1)
    place = torch.arange(LENGTH)
    x = torch.where(place < length, x, torch.where(place == length, SOUND.end, SOUND.pad))
    return x, rng.integers(2, (count, 1)).float()


def test_the_walk_is_the_pass_at_every_place(network):
    x, given = clips()
    whole, walked = network(x, given), torch.zeros(x.shape)
    for (t,), logits in network.walk(walked, given):
        assert torch.allclose(logits, whole[:, t], atol=1e-5)
        walked[:, t] = x[:, t]
    assert (walked == x).all() and t == int((x != SOUND.pad).sum(1).max()) - 1


def test_the_walk_keeps_to_what_is_known(network):
    x, given = clips()
    known = torch.arange(LENGTH) < torch.tensor([0, 3, 9, 1, 2, 5])[:, None]
    known &= x < SOUND.end
    whole, walked = network(x, given, known), torch.where(known, x, 0).float()
    for (t,), logits in network.walk(walked, given, known):
        assert torch.allclose(logits, whole[:, t], atol=1e-5)
        walked[:, t] = x[:, t]


def test_it_sees_as_far_back_as_it_says_and_nothing_ahead(network):
    x, given = torch.full((1, LENGTH), 100), torch.zeros(1, 1)
    other, at = x.clone(), 20
    other[0, at] = 200
    moved = (network(x, given) != network(other, given)).any(2)[0].nonzero()[:, 0]
    assert moved.min() == at + 1 and moved.max() == at + network.reach


def test_a_window_says_what_the_whole_says(network):
    x, given = clips()
    whole, first = network(x, given), 10
    at = lambda start: network.params_at(x, given, torch.arange(start, LENGTH).expand(len(x), -1))
    assert torch.allclose(at(first)[:, network.reach :], whole[:, first + network.reach :], atol=1e-5)
    assert not torch.allclose(at(first)[:, 0], whole[:, first], atol=1e-3)  # it sees no samples before the window
    assert torch.allclose(at(0), whole, atol=1e-5)


def test_what_is_given_is_heard(network):
    x, given = clips()
    assert not torch.allclose(network(x, given), network(x, 1 - given), atol=1e-3)


@pytest.mark.parametrize("clock", [False, True])
def test_with_a_clock_it_knows_where_it_is(clock):
    network = WaveNet(SPEC, GIVEN, width=16, depth=4, head=24, clock=clock).eval()
    x = torch.full((1, LENGTH), 100)  # beyond its reach all places look alike
    said = network(x, torch.zeros(1, 1))[0, network.reach + 1 : -1]
    assert torch.allclose(said[0], said[-1], atol=1e-4) != clock
