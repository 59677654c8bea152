# Tests families/diffusion/point_diffusion.py, families/two_stage/latent_point_diffusion.py
"""Diffusion over codes of sets of points: symmetries, and a bound against what is known in closed form."""

import math
from dataclasses import replace

import pytest
import torch
from made_sets import sets_of, spec_of
from short_training import train
from test_equivariant_diffusion import Knowing, turned

import genwright
from genwright.contract.small_data import molecules
from genwright.core.draws import Draws
from genwright.core.ragged import Ragged
from genwright.core.spec import Spec
from genwright.core.trainable import Items
from genwright.families.baselines.bootstrap_and_independent import IndependentMembers
from genwright.families.gaussian_noise import GaussianNoise
from genwright.measure.suites.points import Suite
from genwright.zoo import codes

NOTHING = Spec(())
SIZES = (0.2, 0.2, 0.2, 0.2, 0.2)


def given(x):
    return torch.zeros(len(x), 0)


def family(trained: bool, sizes=(0.1, 0.2, 0.3, 0.4)):
    torch.manual_seed(0)
    hyper = replace(codes.LATENT_DIFFUSION_POINTS["tiny"], chain_length=200, levels=40)
    model = codes.build_latent_point_diffusion(spec_of(sizes=sizes), NOTHING, hyper).family.eval()
    if trained:  # as if: weights that make it look at everything
        for name, weight in model.named_parameters():
            if weight.ndim:
                torch.nn.init.normal_(weight, std=0.1)
    return model


def rows(sets: Ragged, places) -> Ragged:
    return sets.with_x(torch.cat([sets.x[:, :1], places], 1))


@torch.no_grad()
def test_codes_turn_and_move_with_the_set_and_numbers_stay():
    model, sets = family(trained=True), sets_of(50)
    turn = torch.linalg.qr(torch.randn(3, 3, generator=torch.Generator().manual_seed(0)))[0]
    mean, log_var = model.codec._posterior(sets)
    for moved in (0.0, 3.0):
        other, other_var = model.codec._posterior(rows(sets, sets.x[:, 1:] @ turn.T + moved))
        assert torch.allclose(other[:, :3], mean[:, :3] @ turn.T, atol=1e-5)
        assert torch.allclose(other[:, 3:], mean[:, 3:], atol=1e-5) and torch.allclose(other_var, log_var, atol=1e-5)
    for network, z in ((model.codec.decoder, sets.x[:, :2] * 1.0),):
        logits, places = network(z, sets.x[:, 1:], sets.ptr)
        others, turned_places = network(z, sets.x[:, 1:] @ turn.T, sets.ptr)
        assert torch.allclose(others, logits, atol=1e-5) and torch.allclose(turned_places, places @ turn.T, atol=1e-5)
    z = torch.cat([sets.x[:, 1:], sets.x[:, 1:3]], 1)
    z_turned = torch.cat([sets.x[:, 1:] @ turn.T, sets.x[:, 1:3]], 1)
    raw, raw_turned = (model.prior._network_output(one, torch.ones(50), given(sets), sets) for one in (z, z_turned))
    assert torch.allclose(raw_turned[:, :3], raw[:, :3] @ turn.T, atol=1e-5)
    assert torch.allclose(raw_turned[:, 3:], raw[:, 3:], atol=1e-5)


@torch.no_grad()
def test_turned_mirrored_or_listed_otherwise_a_set_is_as_likely():
    model = family(trained=True, sizes=SIZES)
    sets = sets_of(100, sizes=(0.0, 0.0, 0.0, 0.5, 0.5), spread=(1.0, 0.5))
    before, _ = model.log_likelihood(sets, given(sets), Draws("score"))
    after, _ = model.log_likelihood(turned(sets), given(sets), Draws("score"))
    assert torch.allclose(before, after, rtol=1e-5, atol=1e-5)


@torch.no_grad()
def test_the_bound_of_the_prior_is_tight_where_its_network_is_right():
    """Its zeros are the best denoiser of standard Gaussians: log p(z) is theirs, on the space of zero centre."""
    prior = family(trained=False).prior
    sets = sets_of(300)
    noise = torch.randn(len(sets.x), 5, generator=torch.Generator().manual_seed(1))
    z = sets.with_x(torch.cat([GaussianNoise(sets.ptr).centred(noise[:, :3]), noise[:, 3:]], 1))
    prior.finish(Items(z, given(z)), Draws("finish"))
    bound, se = prior.log_likelihood(z, given(z), Draws("score"), 64)
    dims, sums = 5 * z.sizes - 3, GaussianNoise(z.ptr).sums
    exact = prior.sizes.log_prob(z.sizes) - 0.5 * (sums(z.x.double() ** 2).sum(1) + dims * math.log(2 * math.pi))
    off = bound - exact
    assert abs(float(off.mean())) < 0.05 + 3 * float(off.std()) / len(z) ** 0.5
    assert float((off / se.clamp(min=1e-3)).abs().mean()) < 1.5


@torch.no_grad()
def test_codes_are_drawn_as_wide_as_the_density_that_is_reported():
    spread = 0.1
    prior = family(trained=False).prior
    prior.denoiser.network, sets = Knowing(spread), sets_of(300)
    noise = spread * torch.randn(len(sets.x), 5, generator=torch.Generator().manual_seed(1))
    z = sets.with_x(torch.cat([GaussianNoise(sets.ptr).centred(noise[:, :3]), noise[:, 3:]], 1))
    prior.finish(Items(z, given(z)), Draws("finish"))
    dims, sums = 5 * z.sizes - 3, GaussianNoise(z.ptr).sums
    square = sums(z.x.double() ** 2).sum(1) / spread**2 + dims * math.log(2 * math.pi * spread**2)
    bound, _ = prior.log_likelihood(z, given(z), Draws("score"), 64)
    assert abs(float((bound - prior.sizes.log_prob(z.sizes) + square / 2).mean())) < 0.15
    drawn = prior.sample(600, torch.zeros(600, 0), Draws("draw"))
    found = float(GaussianNoise(drawn.ptr).sums(drawn.x.double() ** 2).sum() / (5 * drawn.sizes - 3).sum())
    assert found**0.5 == pytest.approx(spread, rel=0.03)


@torch.no_grad()
def test_codes_have_the_density_that_they_are_drawn_from():
    """Against torch, in an orthonormal basis of the space of zero centre; in units of z."""
    codec, sets = family(trained=True).codec, sets_of(30, sizes=(0.0, 0.0, 0.0, 1.0))
    codec.square.copy_(torch.tensor([4.0, 9.0, 2.0]))
    codec.shift.copy_(torch.tensor([1.0, -1.0]))
    z, log_q = codec.draw(sets, Draws("codes").items(30))
    mean, log_var = codec._posterior(sets)
    basis = torch.linalg.svd(torch.ones(1, 4))[2][1:]  # (3, 4)
    scale = torch.tensor([2.0, 2.0, 2.0, 8**0.5, 1.0])
    center = (mean - torch.tensor([0.0, 0.0, 0.0, 1.0, -1.0])) / scale
    sd = (0.5 * log_var).exp() / scale
    for k in range(30):
        own = slice(4 * k, 4 * k + 4)
        places = torch.distributions.Normal(basis @ center[own, :3], sd[own, :3][:3])
        numbers = torch.distributions.Normal(center[own, 3:], sd[own, 3:])
        expected = places.log_prob(basis @ z.x[own, :3]).sum() + numbers.log_prob(z.x[own, 3:]).sum()
        assert float(log_q[k]) == pytest.approx(float(expected), abs=1e-3)


@torch.no_grad()
@pytest.mark.parametrize("trained", [False, True])
def test_the_whole_is_a_lower_bound(trained):
    """On sets whose density is known, whatever the weights."""
    truth, model = IndependentMembers(spec_of(), NOTHING), family(trained)
    sets = sets_of(300, seed=1)
    model.finish(Items(sets_of(300), given(sets)), Draws("finish"))
    bound, se = model.log_likelihood(sets, given(sets), Draws("score"))
    exact, _ = truth.log_likelihood(sets, given(sets), Draws("score"))
    assert float((bound - exact).mean()) < 2 * float(se.mean()) / len(sets) ** 0.5


@pytest.mark.long
def test_a_codec_learns_to_give_sets_back():
    """Kinds that lie apart by distance alone, to be kept in two numbers."""
    codec, rng = family(trained=False).codec, Draws("train")
    train(codec, sets_of(64), 120, batch=64, lr=1e-2)
    with torch.no_grad():
        test = sets_of(100, seed=3)
        back = codec.sample(codec.draw(test, rng.items(100))[0], rng)
    assert float((back.x[:, 0] == test.x[:, 0]).float().mean()) > 0.95
    assert float((back.x[:, 1:] - test.x[:, 1:]).pow(2).mean().sqrt()) < 0.15


@pytest.mark.long
def test_a_short_fit_draws_better_sets_than_points_apart():
    data = molecules()
    suite = Suite(data, 0, {"samples": 60, "scored": 10})
    model = genwright.fit(data, "latent-diffusion", preset="tiny", items=4_000, progress=False)
    apart = genwright.fit(data, "independent", progress=False)
    ours, theirs = (suite.measure(one).metrics for one in (model, apart))
    assert ours["distance_error"].value < 0.85 * theirs["distance_error"].value
    assert ours["plausible_points"].value > 1.15 * theirs["plausible_points"].value
