"""Linear prediction: its masses sum to 1, it finds the weights of a process that is one, and draws do not run away."""

import numpy as np
import pytest
import torch

import genwright
from genwright.core.draws import Draws
from genwright.core.spec import Ordered, Spec
from genwright.core.trainable import Items
from genwright.sound.families.linear_prediction import LinearPrediction
from genwright.sound.kinds.audio.clips import Clips


def test_clips_of_every_length_have_the_whole_mass_together():
    leaf = Ordered(256, 2 / 255, -1.0, shape=(3,), axis="time", ends=True)
    family = LinearPrediction(Spec((("sound", leaf),)), Spec(()), 2)
    one, two = torch.arange(256), torch.cartesian_prod(torch.arange(256), torch.arange(256))
    short = torch.stack([one, torch.full_like(one, leaf.end), torch.full_like(one, leaf.pad)], 1)
    x = torch.cat([short, torch.cat([two, torch.full((len(two), 1), leaf.end)], 1)])
    family.weights = torch.tensor([-0.5, 1.2]).double()
    mass = family.log_likelihood(x, torch.zeros(len(x), 0), None)[0].double().exp().sum()
    assert mass.item() == pytest.approx(1, abs=1e-4)


@pytest.fixture(scope="module")
def data():
    """Noise through x_t = 1.5 x_{t-1} - 0.8 x_{t-2} + e_t."""
    rng, clips = np.random.default_rng(0), []
    for _ in range(60):
        x = np.zeros(rng.integers(300, 500))
        for t in range(2, len(x)):
            x[t] = 1.5 * x[t - 1] - 0.8 * x[t - 2] + 0.03 * rng.normal()
        clips.append(x.clip(-1, 1))
    return genwright.load_data(Clips(clips, rate=8_000))


def test_it_finds_the_weights_of_a_linear_process(data):
    model = genwright.fit(data, "linear-prediction", progress=False)
    assert np.allclose(model.family.weights[-2:], [-0.8, 1.5], atol=0.05)
    assert np.abs(model.family.weights[:-2]).max() < 0.05
    alone = genwright.fit(data, "n-gram", progress=False)
    assert model.log_prob(data.test).nats.mean() > alone.log_prob(data.test).nats.mean() + 100


def test_what_is_drawn_has_the_mass_that_is_said():
    leaf = Ordered(256, 2 / 255, -1.0, shape=(2,), axis="time", ends=True)
    family = LinearPrediction(Spec((("sound", leaf),)), Spec(()), 2)
    family.finish(Items(torch.tensor([[130, 256], [140, 256], [100, 256]]), torch.zeros(3, 0)), Draws(0))
    drawn = family.sample(20_000, torch.zeros(20_000, 0), Draws(1))
    every = torch.stack([torch.arange(256), torch.full((256,), 256)], 1)
    mass = family.log_likelihood(every, torch.zeros(256, 0), None)[0].exp()
    seen = torch.bincount(drawn[:, 0].long(), minlength=256) / 20_000
    assert (seen - mass).abs().sum() < 0.12 and (drawn[:, 1] == leaf.end).all()
