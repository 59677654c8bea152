"""Rational-quadratic splines against zuko, an independent implementation."""

import pytest
import torch

from genwright.core.draws import Draws
from genwright.networks.coupling import Spline

zuko = pytest.importorskip("zuko", reason="the peer library zuko is not installed")


@pytest.mark.parametrize("bins, bound", [(4, 3.0), (8, 5.0), (16, 5.0)])
def test_spline_slope_and_inverse_equal_the_peers(bins, bound):
    rng = Draws("oracle", bins)
    spline = Spline(bins, bound)
    x = 3 * rng.normal(3000, dtype=torch.float64)
    params = 1.5 * rng.normal(3000, spline.size, dtype=torch.float64)
    peer = zuko.transforms.MonotonicRQSTransform(
        params[:, :bins], params[:, bins : 2 * bins], params[:, 2 * bins :], bound
    )
    peer.horizontal, peer.vertical, peer.derivatives = spline.knots(
        params
    )  # the same knots: each squashes params in its own way
    y, log_slope = spline(x, params)
    their_y, their_slope = peer.call_and_ladj(x)
    assert (y - their_y).abs().max() < 1e-5
    assert (log_slope - their_slope).abs().max() < 1e-5
    assert (spline.inverse(x, params) - peer.inv(x)).abs().max() < 1e-5
