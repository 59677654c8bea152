"""Units of a generator: which are for a class, and what a brush leaves alone."""

import torch
from torch import nn

from genwright.core.draws import Draws
from genwright.networks.units import evidence, levels, paint_units, replace_output


def made():
    """A generator of 2 layers whose unit 3 alone moves class 1, up, and whose unit 5 moves it down."""
    torch.manual_seed(0)
    layer, last = nn.Conv2d(2, 8, 3, padding=1), nn.Conv2d(8, 2, 1, bias=False)
    with torch.no_grad():
        last.weight[:, :, 0, 0] = torch.zeros(2, 8)
        last.weight[1, 3], last.weight[1, 5], last.weight[0, 2] = 1.0, -2.0, 0.5
    return layer, nn.Sequential(layer, nn.Softplus(), last)


def test_the_unit_that_makes_a_class_comes_first_and_the_one_that_ends_it_last():
    layer, network = made()
    z = Draws(0).normal(64, 2, 6, 6)
    with torch.no_grad(), replace_output(layer) as seen:
        network(z)
    to = levels(seen[0])
    assert to.shape == (8,) and (to > seen[0].mean((0, 2, 3))).all()
    found = evidence(lambda: network(z), layer, lambda x: x.mean((2, 3)), torch.ones(6, 6, dtype=torch.bool), to)
    assert found.shape == (8, 64, 2)
    mean = found.mean(1)
    assert mean[:, 1].argmax() == 3 and mean[:, 1].argmin() == 5 and mean[:, 0].argmax() == 2
    assert not mean[[0, 1, 2, 4, 6, 7], 1].any()


def test_a_brush_moves_its_units_in_its_region_alone_and_is_gone_afterwards():
    layer, network = made()
    z, region = Draws(0).normal(4, 2, 6, 6), torch.zeros(6, 6, dtype=torch.bool)
    region[2:4, 2:5] = True
    with torch.no_grad():
        plain = network(z)
        with replace_output(layer, lambda h: paint_units(h, [3], region, torch.full((8,), 9.0))) as seen:
            painted = network(z)
        assert torch.equal(network(z), plain)
    assert (seen[0][:, 3, region] == 9).all() and torch.equal(seen[0][:, :3], layer(z)[:, :3])
    assert torch.equal(painted[:, :, ~region], plain[:, :, ~region])
    assert (painted[:, 1, region] > plain[:, 1, region]).all() and torch.equal(painted[:, 0], plain[:, 0])
