# Tests networks/equivariant/egnn.py
"""The equivariant network turns with its points, is blind to where they lie and how they are listed, and never looks
from one set to another."""

import numpy as np
import pytest
import torch
from scipy.spatial.transform import Rotation

from genwright.core.graph import offsets
from genwright.networks.equivariant.egnn import EGNN, OrderedPairs

SIZES = torch.tensor([3, 1, 5, 2])


@pytest.fixture
def case():
    torch.manual_seed(0)
    network = EGNN(8, 3)
    for weight in network.parameters():
        torch.nn.init.normal_(weight, std=0.3)
    return network, torch.randn(11, 8), torch.randn(11, 3), offsets(SIZES)


MIRROR = torch.diag(torch.tensor([1.0, 1.0, -1.0]))
TURN = torch.from_numpy(Rotation.random(random_state=1).as_matrix()).float()


@pytest.mark.parametrize("turn", [TURN, MIRROR, TURN @ MIRROR], ids=["turned", "mirrored", "both"])
def test_positions_turn_with_it_and_features_stay(case, turn):
    network, h, x, ptr = case
    (h_before, before), (h_after, after) = network(h, x, ptr), network(h, x @ turn.T + 3.0, ptr)
    assert torch.allclose(h_before, h_after, atol=1e-5)
    assert torch.allclose(before @ turn.T + 3.0, after, atol=1e-5)
    assert (before - x).abs().max() > 0.01 and (h_before - h).abs().max() > 0.01  # it does something


def test_it_follows_the_order_of_members(case):
    network, h, x, ptr = case
    order = torch.tensor([2, 0, 1, 3, 8, 6, 4, 7, 5, 10, 9])
    (h_before, before), (h_after, after) = network(h, x, ptr), network(h[order], x[order], ptr)
    assert torch.allclose(h_before[order], h_after, atol=1e-5) and torch.allclose(before[order], after, atol=1e-5)


def test_sets_do_not_see_each_other(case):
    network, h, x, ptr = case
    alone = network(h[4:9], x[4:9], torch.tensor([0, 5]))
    assert all(torch.allclose(a[4:9], b, atol=1e-5) for a, b in zip(network(h, x, ptr), alone))


def test_every_two_members_of_a_set_are_a_pair_both_ways():
    pairs = OrderedPairs(offsets(SIZES))
    found = set(zip(pairs.to.tolist(), pairs.come.tolist()))
    item = np.repeat(np.arange(4), SIZES)
    assert found == {(i, j) for i in range(11) for j in range(11) if i != j and item[i] == item[j]}
    assert len(found) == len(pairs.to)


def test_points_at_one_place_have_a_gradient(case):
    network, h, x, ptr = case
    x = torch.zeros_like(x).requires_grad_()
    out, moved = network(h, x, ptr)
    (grad,) = torch.autograd.grad(out.sum() + moved.sum(), x)
    assert grad.isfinite().all()


def test_a_point_far_away_stays_a_number(case):
    network, h, x, ptr = case
    x = x.clone()
    x[0] = 1e8
    assert all(found.isfinite().all() for found in network(h, x, ptr))
