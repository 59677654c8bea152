"""Pictures as real coordinates: the volume of a level, and what it makes of a density."""

from math import log

import pytest
import torch

from genwright.core.draws import Draws
from genwright.core.spec import Ordered, Real, Spec
from genwright.distributions.coordinates import Array, Columns, exactness, level_width, log_mean_density


@pytest.fixture(params=[2, 17, 256])
def levels(request):
    return request.param


@pytest.fixture
def pixels(levels):
    return Spec((("x", Ordered(levels, shape=(1, 2, 3))),))


def test_the_uniform_density_gives_every_level_the_same_mass(pixels, levels):
    """So that masses sum to one: 1 / levels a pixel, of the density 1/2 over [-1, 1]."""
    x = Draws(0).integers(levels, (20, 1, 2, 3))
    uniform = lambda z: torch.full((len(z),), 6 * log(1 / 2))
    found, se = log_mean_density(pixels, Array(pixels), uniform, x, Draws(1))
    assert torch.allclose(found.float(), torch.full((20,), -6 * log(levels)), atol=1e-4) and se.abs().max() < 1e-4
    assert exactness(pixels) == "lower bound"


def test_levels_tile_the_interval_and_the_determinant_is_their_width(pixels, levels):
    view, x = Array(pixels), torch.zeros(500, 1, 2, 3)
    low, log_det = view(x, Draws(2))
    for level in (1, levels - 1):
        z, _ = view(x + level, Draws(2))  # the same noise
        assert torch.allclose(z - low, level * log_det.exp(), atol=1e-5)
    assert low.min() >= -1 and (low < -1 + log_det.exp()).all() and z.max() <= 1
    assert torch.allclose(view.centre(x), -1 + log_det.exp() / 2)
    back = torch.arange(levels).repeat_interleave(6).view(-1, 1, 2, 3)
    for z in (view(back, Draws(3))[0], view.centre(back)):
        assert torch.equal(view.inverse(z), back.float())


def test_a_real_array_is_taken_as_it_is_and_its_density_is_per_unit_of_the_user():
    spec = Spec((("x", Real(scale=4.0, shape=(1, 2, 3))),))
    x = Draws(4).normal(5, 1, 2, 3)
    z, log_det = Array(spec)(x, Draws(5))
    assert torch.equal(z, x) and torch.allclose(log_det, torch.full(x.shape, -log(4))) and exactness(spec) == "exact"


def test_levels_have_a_width_in_an_array_of_them_alone(mixed, pictures):
    x = torch.tensor([[3.0], [4.0]]).view(2, 1, 1, 1)
    assert Array(pictures).centre(x).diff(dim=0).item() == pytest.approx(level_width(pictures))
    assert level_width(mixed) == level_width(Spec((("x", Real((2,))),))) == 0


def test_means_are_over_all_numbers_of_an_array_and_column_by_column_of_a_row(mixed, pictures):
    each = torch.tensor([[1.0, 2.0, 3.0], [3.0, 4.0, 5.0]])
    assert Columns(mixed).mean_by_kind(each).tolist() == [2, 3, 4] and Columns(mixed).kinds == 3
    assert Array(pictures).mean_by_kind(each).tolist() == [3] and Array(pictures).kinds == 1
