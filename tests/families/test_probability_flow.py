"""Densities along differential equations whose solutions are known."""

from math import exp, log

import pytest
import torch

from genwright.core.draws import Draws
from genwright.core.spec import Ordered, Real, Spec
from genwright.families.diffusion.probability_flow import (
    added_curve,
    carry_with_divergence,
    estimate,
    straight_curve,
    velocity,
)

Z = torch.tensor([[0.1, -0.4], [0.3, 0.2]])


@pytest.mark.parametrize("exact", [True, False])
def test_what_grows_by_its_square_and_its_divergence_have_a_closed_form(exact):
    """dz / ds = z^2: z_s = z / (1 - s z), and the divergence sums up to -2 log(1 - s z). Its Jacobian is diagonal, so
    that one probe is exact."""
    z, total = carry_with_divergence(lambda z, s: z**2, Z, 0.0, 1.0, 20, Draws(0), exact)
    assert torch.allclose(z, Z / (1 - Z), atol=1e-5)
    assert torch.allclose(total, -2 * (1 - Z).log().sum(1), atol=1e-5)


def test_time_runs_from_start_to_end():
    """dz / ds = s z: the logarithm of z grows by (e^2 - b^2) / 2, and so does the divergence for each number."""
    z, total = carry_with_divergence(lambda z, s: s * z, Z, 2.0, 0.5, 20, Draws(0), True)
    assert torch.allclose(z, Z * exp((0.25 - 4) / 2), atol=1e-5)
    assert torch.allclose(total, torch.full((2,), 2 * (0.25 - 4) / 2), atol=1e-4)


def test_probes_of_a_full_matrix_are_right_on_average():
    a = torch.tensor([[0.5, 2.0], [1.0, -0.2]])
    each = [carry_with_divergence(lambda z, s: z @ a.T, Z, 0.0, 1.0, 1, Draws("probe", k), False)[1] for k in range(60)]
    values = torch.stack(each).flatten()
    assert set((values - 0.3).abs().round(decimals=3).tolist()) == {3.0}  # the trace, and 1 + 2 by either sign
    assert abs(values.mean() - 0.3) < 1.2


def test_curves_of_levels_and_their_slopes():
    assert added_curve(log(3.0)) == pytest.approx((1.0, 3.0, 0.0, 3.0)) and straight_curve(0.3) == (0.3, 0.7, 1.0, -1.0)
    denoise = lambda z, alpha, sigma: (alpha * z, sigma + z)
    assert torch.allclose(velocity(denoise, straight_curve)(Z, 0.25), 0.25 * Z - (0.75 + Z))
    assert torch.allclose(velocity(denoise, added_curve)(Z, log(2.0)), 2 * (2.0 + Z), atol=1e-6)


def test_few_real_numbers_need_no_draw_and_others_are_averaged():
    asked = []
    one = lambda exact: asked.append(exact) or torch.full((3,), float(len(asked)))
    found, se = estimate(one, Spec((("x", Real((2,))),)), 4)
    assert asked == [True] and se is None and found.tolist() == [1.0] * 3
    for spec in (Spec((("x", Real((17,))),)), Spec((("x", Ordered(4, shape=(1, 1, 2))),))):
        asked.clear()
        found, se = estimate(one, spec, 4)
        assert asked == [False] * 4 and se.shape == (3,)
