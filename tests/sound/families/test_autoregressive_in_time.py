"""Long clips: crops stand for the whole without bias, windows add up, and what is drawn is as loud as what was
learned."""

import itertools

import numpy as np
import pytest
import torch
from counted import draws_have_masses

import genwright
from genwright.core.draws import Draws
from genwright.core.spec import Category, Ordered, Spec
from genwright.core.trainable import Batch
from genwright.distributions.heads import CategoricalHead
from genwright.families.autoregressive.autoregressive import AutoregressiveInTime
from genwright.sound.contract import tones
from genwright.sound.measure.sound_metrics import loudness
from genwright.sound.networks.wavenet import WaveNet

NONE = Spec(())


def family(length, crop):
    torch.manual_seed(0)
    leaf = Ordered(256, 2 / 255, -1.0, shape=(length,), axis="time", ends=True)
    spec = Spec((("sound", leaf),))
    return AutoregressiveInTime(spec, NONE, WaveNet(spec, NONE, 12, 3, 16).eval(), CategoricalHead(leaf.k), crop), leaf


def clip(leaf, samples):
    x = torch.full((1, leaf.shape[0]), leaf.pad)
    x[0, :samples] = Draws("clip").integers(256, (samples,))
    x[0, samples] = leaf.end
    return x


class EveryWay:
    """Draws each of so many crops once."""

    device = torch.device("cpu")

    def uniform(self, *shape):
        return (torch.arange(shape[0]) + 0.5) / shape[0] if len(shape) == 1 else torch.zeros(shape)


@pytest.mark.parametrize("samples, crop", [(120, 16), (120, 50), (120, 119), (30, 200)])
def test_the_loss_of_crops_is_on_average_that_of_the_whole(samples, crop):
    model, leaf = family(140, crop)
    x = clip(leaf, samples)
    ways = samples + 1 + crop - 1
    batch = Batch(x.expand(ways, -1), torch.zeros(ways, 0), EveryWay(), 0)
    with torch.no_grad():
        exact, _ = model.log_likelihood(x, torch.zeros(1, 0), None)
        assert model.loss(batch)[0].item() == pytest.approx(-exact.item(), rel=1e-4)


def test_windows_add_up_to_the_whole_whatever_their_length():
    said = []
    for crop in (7, 64, 1000):
        model, leaf = family(140, crop)
        x = torch.cat([clip(leaf, samples) for samples in (3, 64, 139)])
        with torch.no_grad():
            said.append(model.log_likelihood(x, torch.zeros(3, 0), None)[0])
    assert torch.allclose(said[0], said[2], rtol=1e-5) and torch.allclose(said[1], said[2], rtol=1e-5)


@pytest.mark.long
def test_clips_of_every_length_that_begin_alike_have_the_mass_of_their_beginning():
    model, leaf = family(3, 1)
    for first in (0, 255):
        second = torch.arange(leaf.k - 1)  # a level, or END
        x = torch.stack(
            [torch.full_like(second, first), second, torch.where(second == leaf.end, leaf.pad, leaf.end)], 1
        )
        with torch.no_grad():
            mass = model.log_likelihood(x, torch.zeros(len(x), 0), None)[0].double().exp().sum()
            begins = model.network(x[:1], torch.zeros(1, 0))[0, 0].softmax(0)
        assert mass.item() == pytest.approx(begins[first].item(), rel=1e-4) and begins[leaf.end :].sum() == 0


def test_the_rest_given_a_beginning_is_the_whole_without_it():
    model, leaf = family(140, 32)
    x, known = clip(leaf, 100), torch.arange(140)[None] < 40
    with torch.no_grad():
        whole, rest = (model.log_likelihood(x, torch.zeros(1, 0), None, known=k)[0] for k in (None, known))
        begins = model.head.log_prob(model.network(x, torch.zeros(1, 0)), x)[0, :40].sum()
    assert rest.item() == pytest.approx((whole - begins).item(), abs=1e-3)


@torch.no_grad()
def test_clips_go_on_with_the_masses_of_whole_clips():
    torch.manual_seed(0)
    leaf = Category(5, (4,), "time", ends=True)
    spec, n = Spec((("codes", leaf),)), 4000
    model = AutoregressiveInTime(spec, NONE, WaveNet(spec, NONE, 8, 2, 8, taps=0).eval(), CategoricalHead(leaf.k), 2)
    for p in model.parameters():
        p.add_(0.5 * Draws("scramble", *p.shape).normal(p.shape))
    clips = [[1, *rest] for m in range(3) for rest in itertools.product(range(leaf.end), repeat=m)]
    every = torch.tensor([[*clip, leaf.end, *[leaf.pad] * (3 - len(clip))] for clip in clips])
    known = torch.tensor([[True, False, False, False]])
    assert model.completes_given(known) == model.kind_given(known) == "exact"
    joint = model.log_likelihood(every, torch.zeros(len(every), 0), None)[0].softmax(0)
    drawn = model.fill(every[:1].expand(n, 4), known.expand(n, 4), torch.zeros(n, 0), Draws("completed"))
    assert draws_have_masses(drawn, every, joint)


@pytest.fixture(scope="module")
def learned():
    data = tones()
    return data, genwright.fit(data, "autoregressive", items=2_500, preset="tiny", progress=False)


@pytest.mark.long
def test_draws_are_as_loud_and_as_high_as_what_was_learned(learned):
    """WaveNets that went wrong drew silence, or the last sample again and again."""
    data, model = learned
    turns = lambda clips: np.mean([np.mean(np.diff(np.sign(clip)) != 0) for clip in clips if len(clip) > 9])
    for label in ("low", "high"):
        drawn = model.sample(40, given={"label": label}, seed=0)
        real = [clip for clip, own in zip(data.test, data.test.given["label"]) if own == label]
        assert abs(np.median(loudness(drawn)) - np.median(loudness(real))) < 4
        assert abs(turns(drawn) - turns(real)) < 0.12
    assert len({len(clip) for clip in drawn}) > 9
