# Tests families/autoregressive/trees.py
"""Scalars that are absent in the same items: one keeps the flag, and the others cost nothing for it."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
import torch
from counted import draws_have_masses
from leaves import category, real
from scipy import stats
from test_autoregressive import LABEL, scramble

from genwright.core.draws import Draws
from genwright.core.entropy_coder import Stack
from genwright.core.spec import Spec
from genwright.core.trainable import Items
from genwright.distributions.heads import Histogram
from genwright.distributions.marginals import Marginals
from genwright.families.autoregressive.autoregressive import Autoregressive
from genwright.families.autoregressive.trees import SequentialTrees
from genwright.networks.made import MADE, flags_first


@pytest.fixture
def spec():
    """ "b" and "d" are absent with "a", "c" has a flag of its own."""
    with_a = lambda leaf: replace(leaf, absent_with="a")
    leaves = {
        "a": category(0.4, 0.6, absent=0.3),
        "b": with_a(category(0.2, 0.8, absent=0.3)),
        "c": category(0.5, 0.5, absent=0.1),
        "d": with_a(category(0.3, 0.7, absent=0.3)),
    }
    return Spec(tuple(leaves.items()))


@pytest.fixture
def rows():
    """All rows that there may be."""
    alone, nan = (torch.nan, 0.0, 1.0), torch.nan
    there = [(a, b, c, d) for a, b, d in itertools.product((0.0, 1.0), repeat=3) for c in alone]
    return torch.tensor([*there, *((nan, nan, c, nan) for c in alone)])


@pytest.fixture
def family(spec):
    torch.manual_seed(0)
    return scramble(Autoregressive(spec, LABEL, MADE(spec, LABEL, 8, 2, 4, 8, 4), Histogram(spec)), 0.4)


def test_the_mass_of_all_rows_is_one_in_every_order(family, rows):
    each = family.by_order(rows, torch.zeros(len(rows), 1))
    assert len(each) == 4 and (each.exp().sum(1) - 1).abs().max() < 1e-5


@torch.no_grad()
def test_rows_are_drawn_by_their_mass_and_coded_by_it(family, rows):
    given = torch.zeros(4_000, 1)
    drawn = family.sample(4_000, given, Draws("rows"))
    nats, _ = family.log_likelihood(rows, given[: len(rows)], Draws(0))
    assert draws_have_masses(drawn.nan_to_num(9), rows.nan_to_num(9), nats.exp())
    stack = Stack(np.random.default_rng(0).integers(2**32, size=1_000, dtype=np.uint32))  # bits to choose orders by
    family.code().compress(drawn[:200], given[:200], stack)
    again = family.code().decompress(given[:200], stack)
    assert torch.equal(again.nan_to_num(9), drawn[:200].nan_to_num(9))


def test_whole_rows_of_a_head_are_absent_together(spec):
    head = Histogram(spec)
    params = Draws(1).normal(1, 4, head.size).expand(20_000, -1, -1)
    x = head.sample(params, Draws("head"))
    away = x.isnan()
    assert torch.equal(away[:, 0], away[:, 1]) and torch.equal(away[:, 0], away[:, 3])
    assert away[:, 0].float().mean() == pytest.approx(params[0, 0, :3].softmax(0)[0].item(), abs=0.02)
    nats = head.log_prob(params[:2], torch.tensor([[torch.nan, torch.nan, 0.0, torch.nan], [0.0, 1.0, 0.0, 1.0]]))
    assert nats[0, 1] == nats[0, 3] == 0 and (nats[1] < 0).all()
    assert nats[1, 1] == pytest.approx(params[0, 1, 1:3].log_softmax(0)[1].item(), abs=1e-6)
    assert not head.sample(params, Draws(0), present=True).isnan().any()


def test_coordinates_of_absent_numbers_are_noise_that_costs_nothing():
    a, b = (real(torch.randn(500).numpy(), plain=False, optional=True) for _ in "ab")
    absent = lambda leaf: replace(leaf, marginal=replace(leaf.marginal, absent=0.4))
    margins = Marginals(Spec((("a", absent(a)), ("b", replace(absent(b), absent_with="a")))))
    x = margins.from_gaussian(Draws(0).normal(20_000, 2))
    away = x[:, 0].isnan()
    assert torch.equal(away, x[:, 1].isnan()) and away.float().mean() == pytest.approx(0.4, abs=0.02)
    z, log_det = margins.to_gaussian(x, Draws(1))
    for part in (z[:, 1], z[away, 1], z[:, 0]):
        assert stats.kstest(part.numpy(), "norm").pvalue > 1e-4
    cost = log_det[away, 1] - z[away, 1] ** 2 / 2 - torch.log(torch.tensor(2 * torch.pi)) / 2
    assert cost.abs().max() < 1e-4
    again = margins.from_gaussian(z)
    assert torch.equal(again.isnan(), x.isnan()) and torch.allclose(again[~away], x[~away], atol=1e-3)


def test_the_column_with_the_flag_comes_first_in_every_order(spec):
    assert spec.flags == [0, 0, 2, 0] and Spec(spec.leaves[1:3]).flags == [0, 1]
    orders = {tuple(flags_first(list(order), spec.flags)) for order in itertools.permutations(range(4))}
    assert len(orders) == 8 and all(order.index(0) < min(order.index(1), order.index(3)) for order in orders)
    assert MADE(spec, LABEL, 8, 1, 4, 8, 99).orders == 8  # as many as there are


def test_trees_hold_values_of_the_rows_that_have_them(spec, rows):
    trees = SequentialTrees(spec, LABEL)
    x = rows[Draws(0).integers(len(rows), (300,))]
    trees.finish(Items(x, torch.zeros(300, 1)), Draws(1))
    assert not trees.flaw()
    away = trees.sample(2_000, torch.zeros(2_000, 1), Draws(2)).isnan()
    assert torch.equal(away[:, 0], away[:, 1]) and torch.equal(away[:, 0], away[:, 3])
    assert away[:, 0].float().mean() == pytest.approx(x[:, 0].isnan().float().mean().item(), abs=0.05)
