# Tests networks/flow_stacks.py
import copy

import pytest
import torch

from genwright.core.draws import Draws
from genwright.networks.coupling import (
    Affine,
    AutoregressiveLayer,
    Flattened,
    MaskedResidual,
    PixelMarginals,
    Spline,
    Squeezed,
    smooth_steps,
)
from genwright.networks.flow_stacks import picture_flow, row_flow

CONDITION = 3


def scramble(network, scale=0.2):
    rng = Draws("scramble")
    with torch.no_grad():
        for p in network.parameters():
            p.add_(scale * rng.normal(p.shape))
    return network.double().eval()


def pixels(scale=0.02, **more):
    return scramble(picture_flow(transform=Spline(5), width=6, depth=1, condition=CONDITION, **more), scale)


@pytest.fixture(autouse=True)
def same_weights():
    torch.manual_seed(0)


NETWORKS = {
    "rows": (lambda: scramble(row_flow(5, 3, Spline(5), 16, 1, CONDITION)), (5,)),
    "affine rows": (lambda: scramble(row_flow(4, 2, Affine(), 16, 2, CONDITION)), (4,)),
    "wide rows": (lambda: scramble(row_flow(40, 2, Spline(5), 8, 1, CONDITION), 0.05), (40,)),
    "couplings of rows": (lambda: scramble(row_flow(5, 3, Spline(5), 8, 1, CONDITION, True), 0.05), (5,)),
    "a coupling of one column": (lambda: scramble(row_flow(1, 2, Spline(5), 8, 1, CONDITION, True)), (1,)),
    "one column": (lambda: scramble(row_flow(1, 2, Spline(5), 8, 1, CONDITION)), (1,)),
    "two scales": (lambda: pixels(shape=(1, 4, 4), fine=6, coarse=2), (1, 4, 4)),
    "one scale": (lambda: pixels(shape=(2, 2, 6), fine=2, coarse=1), (2, 2, 6)),
    "odd sides": (lambda: pixels(shape=(1, 3, 5), fine=2, coarse=1), (1, 3, 5)),
    "margins": (lambda: pixels(shape=(1, 4, 4), fine=2, coarse=2, margins=4), (1, 4, 4)),
}


@pytest.fixture(params=NETWORKS)
def case(request):
    build, shape = NETWORKS[request.param]
    rng = Draws("case")
    z = rng.uniform(6, *shape, dtype=torch.float64) * 1.8 - 0.9
    known = rng.uniform(6, *shape) < 0.4
    known[:3] = False
    return build(), z, known, rng.normal(6, CONDITION, dtype=torch.float64)


def test_the_inverse_brings_every_number_back(case):
    f, z, known, c = case
    y, _ = f(z, known, c)
    assert (y - z)[~known].abs().max() > 0.05
    assert (f.inverse(y, known, c) - z).abs().max() < 1e-6


def test_the_log_determinant_over_the_unknown_is_that_of_autograd(case):
    f, z, known, c = case
    _, log_det = f(z, known, c)
    for i in range(len(z)):
        one = lambda part: f(part[None], known[i : i + 1], c[i : i + 1])[0][0]
        jacobian = torch.autograd.functional.jacobian(one, z[i]).reshape(z[i].numel(), -1)
        free = ~known[i].flatten()
        expected = torch.linalg.slogdet(jacobian[free][:, free]).logabsdet
        assert abs(log_det[i].item() - expected.item()) < 1e-7


def test_no_unknown_number_moves_the_known_ones_but_they_move_it(case):
    f, z, known, c = case
    other = torch.where(known, z, z.flip(0) * 0.5)
    a, b = f(z, known, c)[0], f(other, known, c)[0]
    assert (a - b)[known].abs().max() == 0 if known.any() else True
    y = torch.where(known, a, 0.3)
    moved = torch.where(known, y + 0.5, y)
    if z[0].numel() > 1:
        assert (f.inverse(y, known, c) - f.inverse(moved, known, c))[~known].abs().max() > 1e-3


def test_the_condition_changes_the_map(case):
    f, z, known, c = case
    assert (f(z, known, c)[0] - f(z, known, c + 1)[0]).abs().max() > 1e-3


def test_outputs_of_a_column_see_only_the_columns_before_it_in_the_order():
    order = [2, 0, 3, 1]
    net = scramble(MaskedResidual(order, 3, 16, 2, side=2))
    rng = Draws("masks")
    x = rng.normal(1, 4, dtype=torch.float64)
    side = rng.normal(1, 2, dtype=torch.float64)
    jacobian = (
        torch.autograd.functional.jacobian(lambda x: net(x, side)[0], x)[:, :, 0].abs().sum(0)
    )  # (columns out, columns in)
    for i, out in enumerate(order):
        for j, into in enumerate(order):
            assert (jacobian[out, into] > 0) == (j < i)


@pytest.mark.parametrize(("columns", "width", "depth"), [(4, 16, 2), (1, 5, 1), (9, 4, 1), (3, 7, 0)])
def test_steps_in_order_give_the_outputs_of_one_pass(columns, width, depth):
    rng = Draws("steps", columns)
    order = rng.permutation(columns).tolist()
    net = scramble(MaskedResidual(order, 3, width, depth, side=2))
    x, side = rng.normal(5, columns, dtype=torch.float64), rng.normal(5, 2, dtype=torch.float64)
    step, whole, seen = net.stepwise(side, 5), net(x, side), torch.zeros(0, 5, dtype=torch.float64)
    for i, j in enumerate(order):
        assert torch.allclose(step(i, seen).T, whole[:, :, j], atol=1e-12)
        seen = torch.cat([seen, smooth_steps(x[:, j : j + 1]).T])


def test_blocks_are_undone_exactly():
    x = torch.arange(2 * 3 * 4 * 8).view(2, 3, 4, 8)
    for layer in (Squeezed(2), Squeezed(4), Flattened()):
        there = layer.rearrange(x)
        assert there.shape[2:] == (() if isinstance(layer, Flattened) else (4 // layer.factor, 8 // layer.factor))
        assert torch.equal(layer.restore(there, x.shape), x)
    assert torch.equal(Squeezed(2).rearrange(x)[0, :3, 0, 0], x[0, :, 0, 0])


def test_margins_take_uniform_pixels_to_a_standard_normal():
    layer = PixelMarginals((1, 1, 1), 8)
    z = torch.linspace(-0.999, 0.999, 2001, dtype=torch.float64).view(-1, 1, 1, 1)
    y, log_det = layer(z, torch.zeros(z.shape, dtype=torch.bool), torch.zeros(2001, 0))
    density = (-0.5 * y.flatten() ** 2 + log_det).exp() / (2 * torch.pi) ** 0.5
    assert (density - 0.5).abs().max() < 1e-4


def test_a_network_in_single_precision_inverts_in_double():
    f = scramble(row_flow(5, 3, Spline(8), 16, 1)).float()
    z = Draws("z").normal(500, 5, dtype=torch.float64)
    known, c = torch.zeros(z.shape, dtype=torch.bool), torch.zeros(500, 0)
    assert (f.inverse(f(z, known, c)[0], known, c) - z).abs().max() < 1e-5
    assert (
        isinstance(f.layers[0], AutoregressiveLayer) and copy.deepcopy(f)(z.float(), known, c)[0].dtype == torch.float32
    )
