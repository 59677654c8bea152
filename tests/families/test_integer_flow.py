# Tests zoo/flows.py
"""A flow of whole numbers: a bijection of the lattice whose masses sum to one, so that bytes keep their promise."""

from itertools import product
from math import log

import pytest
import torch
from leaves import category
from short_training import train

from genwright.core.draws import Draws
from genwright.core.entropy_coder import Stack
from genwright.core.errors import Unsupported
from genwright.core.spec import Ordered, Real, Spec
from genwright.families.conditions import draw_known
from genwright.families.flows.flow import unknown_mask
from genwright.zoo import flows
from genwright.zoo.flows import IntegerFlowHyper

LABEL = Spec((("label", category(0.5, 0.5)),))
NONE = Spec(())


def flow(shape, levels, scales=1, layers=2, given=NONE, width=8):
    torch.manual_seed(0)
    spec = Spec((("picture", Ordered(levels, shape=shape, axis="grid")),))
    hyper = IntegerFlowHyper(scales=scales, layers=layers, components=2, width=width, depth=1)
    return flows.build_integer_flow(spec, given, hyper).family.eval()


def moved(family):
    """The same with couplings that shift, and distributions that look: they do neither at the start."""
    draws = Draws("weights")
    with torch.no_grad():
        for name, weights in family.f.named_parameters():
            if name.endswith("last.weight"):
                weights.copy_((100 if "couplings" in name else 0.5) * draws.normal(weights.shape))
    return family


def pictures(family, n):
    return Draws("pictures").integers(family.spec.leaf.levels, (n, *family.spec.shape)).float()


def test_masses_of_all_pictures_sum_to_one_and_no_two_go_to_the_same_place():
    family = moved(flow((1, 2, 2), 5))
    x = torch.tensor(list(product(range(5), repeat=4))).float().view(-1, 1, 2, 2)
    given = x.new_zeros(len(x), 0)
    with torch.no_grad():
        mass = family.log_likelihood(x, given, None)[0].double().exp().sum()
        z = [numbers.flatten(1) for numbers, *_ in family.f.split_parts(x, unknown_mask(x), family.condition(given))]
    assert mass == pytest.approx(1, abs=1e-4)
    assert len(torch.cat(z, 1).unique(dim=0)) == len(x)


def test_the_gradient_of_a_number_is_what_its_better_neighbour_wins():
    family = flow((1, 4, 4), 9)
    params = torch.zeros(1, 1, 2, 2, family.f.head.size)
    params[..., 4:] = -3.0  # two alike, narrow, about the middle level
    z = torch.tensor([[[[4.0, 2.0], [6.0, 0.0]]]], requires_grad=True)
    (slope,) = torch.autograd.grad(family._log_prob(z, params).sum(), z)
    assert slope[0, 0, 0, 0] == 0 and slope[0, 0, 0, 1] > 0 > slope[0, 0, 1, 0] and slope[0, 0, 1, 1] > 0


@pytest.mark.parametrize("shape, levels, scales", [((1, 8, 8), 17, 2), ((3, 5, 7), 256, 2), ((1, 4, 4), 2, 1)])
def test_the_way_back_is_exact_whatever_is_known(shape, levels, scales):
    family = moved(flow(shape, levels, scales, layers=3))
    x = pictures(family, 12)
    c = family.condition(x.new_zeros(12, 0))
    for known in (unknown_mask(x), ~unknown_mask(x), draw_known(family.spec, x, Draws("known"))):
        found = [(z, params) for z, params, _ in family.f.split_parts(x, known, c)]
        waiting = iter(found)

        def choose(params, _):
            z, expected = next(waiting)
            assert torch.equal(params, expected)
            return z

        with torch.no_grad():
            assert torch.equal(family.f.invert(choose, torch.where(known, x, 0.0), known, c), x)
        assert all((z >= 0).all() and (z < levels).all() and (z == z.round()).all() for z, _ in found)


def test_bytes_are_what_the_mass_says_and_come_back():
    family = moved(flow((1, 8, 8), 17, 2, given=LABEL))
    x, given = pictures(family, 40), Draws("labels").integers(2, (40, 1)).float()
    stack = Stack(torch.zeros(0).numpy())
    with torch.no_grad():
        family.compress(x, given, stack)
        bits = 32 * len(stack.words)
        ideal = -family.log_likelihood(x, given, None)[0].double().sum().item() / log(2)
        assert ideal - 32 < bits < 1.01 * ideal + 64
        assert torch.equal(family.decompress(given, stack), x)
    assert len(stack.words) == 0


@pytest.mark.long
def test_it_learns_what_stands_beside():
    """Numbers of a row are equal, rows are not: one number in four, and what is said of the others is nothing."""
    family = flow((1, 4, 4), 4, scales=2, width=16)
    rows = Draws("rows").integers(4, (2_048, 1, 4, 1)).float().expand(-1, -1, -1, 4)
    train(family, rows, 80, batch=64, lr=1e-2)
    with torch.no_grad():
        nats = -family.log_likelihood(rows[:256], rows.new_zeros(256, 0), None)[0].mean()
        drawn = family.sample(256, rows.new_zeros(256, 0), Draws("samples"))
    assert 4 * log(4) - 0.1 < nats < 10  # independent numbers cost 22
    assert (drawn == drawn[..., :1]).all(3).float().mean() > 0.6


def test_real_pictures_are_refused():
    spec = Spec((("picture", Real(shape=(1, 4, 4), axis="grid")),))
    with pytest.raises(Unsupported):
        flows.build_integer_flow(spec, NONE, IntegerFlowHyper())
