# Tests families/diffusion/equivariant_diffusion.py
"""Equivariant diffusion against what is known in closed form: before it is trained, the network's zeros are the best
denoiser of standard Gaussian points whose kinds are independent, so that its bound is tight and its draws are such."""

import numpy as np
import pytest
import torch
from made_sets import sets_of, spec_of
from scipy.spatial.transform import Rotation
from short_training import train

from genwright.core.draws import Draws
from genwright.core.ragged import Ragged
from genwright.core.spec import Spec
from genwright.core.trainable import Items
from genwright.families.baselines.bootstrap_and_independent import IndependentMembers
from genwright.families.diffusion.equivariant_diffusion import EquivariantDiffusion
from genwright.networks.equivariant.egnn import NoisyPoints

NOTHING = Spec(())


def given(x):
    return torch.zeros(len(x), 0)


def family(steps=200, spec=None, trained=False, levels=20) -> EquivariantDiffusion:
    torch.manual_seed(0)
    network = NoisyPoints(spec or spec_of(), NOTHING, 16, 2)
    if trained:  # as if: weights that make it look at everything
        for weight in network.parameters():
            torch.nn.init.normal_(weight, std=0.1)
    return EquivariantDiffusion(spec or spec_of(), NOTHING, network, steps, levels, 16).eval()


@pytest.mark.long
@torch.no_grad()
def test_the_bound_is_tight_where_the_network_is_right():
    model, truth = family(), IndependentMembers(spec_of(), NOTHING)
    train, test = sets_of(1000), sets_of(120, seed=1)
    model.finish(Items(train, given(train)), Draws("finish"))
    bound, se = model.log_likelihood(test, given(test), Draws("score"), 64)
    exact, _ = truth.log_likelihood(test, given(test), Draws("score"))
    z = (bound - exact) / se.clamp(min=1e-3)
    assert abs((bound - exact).mean()) < 0.02 + 3 * float(se.mean()) / len(test) ** 0.5
    assert z.abs().mean() < 1.5


class Knowing(torch.nn.Module):
    """The best denoiser of Gaussian points, or codes, of spread s: v = sigma (1 - s^2) / (s^2 + sigma^2) z, where z has
    the variance 1 for s = 1."""

    def __init__(self, spread: float, kinds: int = 0):
        super().__init__()
        self.spread, self.kinds = spread, kinds

    def condition(self, given):
        return given

    def forward(self, z, *rest):
        clock, ptr, square = rest[-3 - (self.kinds > 0)], rest[-1], self.spread**2
        sigma = (clock * torch.pi / 2).tan().repeat_interleave(ptr.diff())[:, None]
        v = sigma * (1 - square) / (square + sigma**2) * z
        return (v, z.new_zeros(len(z), self.kinds)) if self.kinds else v


@pytest.mark.long
@torch.no_grad()
def test_draws_are_as_wide_as_the_density_that_is_reported():
    spread = 0.1
    model, truth = family(1000, levels=100), IndependentMembers(spec_of(), NOTHING)
    model.denoiser.network, truth.spread = Knowing(spread, 2), torch.full((2,), spread)
    train, test = sets_of(300, spread=(spread,) * 2), sets_of(100, seed=1, spread=(spread,) * 2)
    model.finish(Items(train, given(train)), Draws("finish"))
    bound, _ = model.log_likelihood(test, given(test), Draws("score"), 64)
    exact, _ = truth.log_likelihood(test, given(test), Draws("score"))
    assert abs(float((bound - exact).mean())) < 0.15
    drawn = model.sample(500, torch.zeros(500, 0), Draws("draw"))
    left = (1 - 1 / drawn.sizes)[drawn.item]
    several = left > 0
    square = float((drawn.x[several, 1:] ** 2).mean(1).div(left[several]).mean())
    assert square**0.5 == pytest.approx(spread, rel=0.03)


@torch.no_grad()
def test_a_wrong_network_has_a_lower_bound():
    truth, test, model = IndependentMembers(spec_of(), NOTHING), sets_of(300, seed=1), family(trained=True)
    for weight in model.denoiser.parameters():
        weight.mul_(3)
    exact, _ = truth.log_likelihood(test, given(test), Draws("score"))
    model.finish(Items(sets_of(500), given(sets_of(500))), Draws("finish"))
    bound, se = model.log_likelihood(test, given(test), Draws("score"))
    assert float((bound - exact).mean()) < -1 and float(se.mean()) / len(test) ** 0.5 < 0.2


@torch.no_grad()
def test_draws_are_what_the_network_says():
    n = 800
    drawn = family(levels=30).sample(n, torch.zeros(n, 0), Draws("draw"))
    shares = torch.bincount(drawn.sizes, minlength=5)[1:] / n
    assert torch.allclose(shares, torch.tensor([0.1, 0.2, 0.3, 0.4]), atol=0.05)
    kinds, x = drawn.x[:, 0], drawn.x[:, 1:]
    assert abs(float(kinds.mean()) - 0.5) < 0.04
    left = (1 - 1 / drawn.sizes)[drawn.item]
    several = left > 0
    assert float((x**2).mean(1)[several].div(left[several]).mean()) == pytest.approx(1.0, abs=0.04)
    centres = torch.zeros(n, 3).index_add_(0, drawn.item, x)
    assert centres.abs().max() < 1e-4


def turned(sets: Ragged, seed: int = 0) -> Ragged:
    """Each set turned, mirrored now and then, and its members in another order."""
    rng = np.random.default_rng(seed)
    parts = []
    for rows in sets.x.split(sets.sizes.tolist()):
        turn = torch.from_numpy(Rotation.random(random_state=rng.integers(2**31)).as_matrix()).float()
        turn = turn * (1 if rng.random() < 0.5 else -1)
        rows = rows[torch.from_numpy(rng.permutation(len(rows)))]
        parts.append(torch.cat([rows[:, :1], rows[:, 1:] @ turn.T], 1))
    return sets.with_x(torch.cat(parts))


@torch.no_grad()
def test_turned_mirrored_or_listed_otherwise_a_set_is_as_likely():
    model = family(trained=True)
    sets = sets_of(40, sizes=(0.0, 0.0, 0.0, 0.5, 0.5), spread=(1.0, 0.5))
    spec = spec_of(sizes=(0.2, 0.2, 0.2, 0.2, 0.2))
    for model in (family(trained=True, spec=spec), IndependentMembers(spec, NOTHING)):
        before, _ = model.log_likelihood(sets, given(sets), Draws("score"))
        after, _ = model.log_likelihood(turned(sets), given(sets), Draws("score"))
        assert torch.allclose(before, after, rtol=1e-5, atol=1e-5)


@torch.no_grad()
def test_completions_turn_and_move_with_what_is_known():
    """In distribution: the mean distance of drawn members from the known ones is the same, wherever these lie."""
    model = family(trained=True, levels=10)
    sets = sets_of(400, sizes=(0.0, 0.0, 0.0, 1.0))
    known = sets.with_x((sets.place < 2)[:, None].expand(-1, 4).clone())
    moved = sets.with_x(torch.cat([sets.x[:, :1], sets.x[:, 1:] @ torch.diag(torch.tensor([-1.0, 1, 1])) + 5.0], 1))

    def far(sets):
        filled = sets.filled(known, model.fill(sets, known, given(sets), Draws("fill")))
        centre = torch.stack([part[:2, 1:].mean(0) for part in filled.x.split(filled.sizes.tolist())])
        new = filled.place >= 2
        return (filled.x[:, 1:] - centre[filled.item])[new].norm(dim=1).mean(), filled.sizes

    (a, sizes), (b, _) = far(sets), far(moved)
    assert float(a) == pytest.approx(float(b), rel=0.03) and sizes.min() == 2  # as many as the histogram says


@pytest.mark.long
def test_training_learns_distances():
    """Two points at distance 1: after a moment, drawn pairs are nearly so."""
    spec = spec_of(kinds=(1.0,), sizes=(1e-9, 1.0))
    way = torch.nn.functional.normalize(torch.randn(512, 3, generator=torch.Generator().manual_seed(0)), dim=1)
    x = torch.stack([way, -way], 1).reshape(-1, 3)
    sets = Ragged(torch.cat([torch.zeros(1024, 1), x], 1), torch.arange(0, 1025, 2))
    model = train(family(spec=spec, levels=30), sets, 160, batch=64, lr=1e-2)
    with torch.no_grad():
        model.finish(Items(sets, given(sets)), Draws("finish"))
        drawn = model.sample(100, torch.zeros(100, 0), Draws("draw"))
    pairs = drawn[drawn.sizes == 2].x[:, 1:].view(-1, 2, 3)
    away = (pairs[:, 0] - pairs[:, 1]).norm(dim=1)
    assert float((away - 2).abs().mean()) < 0.15
