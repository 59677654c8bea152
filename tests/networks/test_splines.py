import pytest
import torch

from genwright.core.draws import Draws
from genwright.networks.coupling import Affine, Spline


def numbers(transform, n=2000, spread=2.0, dtype=torch.float64):
    rng = Draws("splines")
    x = 2.5 * rng.normal(n, dtype=dtype)
    return x, spread * rng.normal(n, transform.size, dtype=dtype)


TRANSFORMS = [Affine(), Spline(4), Spline(16, bound=3.0), Spline(1)]


@pytest.mark.parametrize("transform", TRANSFORMS)
def test_it_is_increasing_and_its_slope_is_that_of_autograd(transform):
    x, params = numbers(transform)
    x.requires_grad_()
    y, log_slope = transform(x, params)
    (slope,) = torch.autograd.grad(y.sum(), x)
    assert (slope > 0).all() and (slope.log() - log_slope).abs().max() < 1e-8


@pytest.mark.parametrize("transform", TRANSFORMS)
@pytest.mark.parametrize("params_dtype", [torch.float64, torch.float32])
def test_the_inverse_brings_every_number_back(transform, params_dtype):
    x, params = numbers(transform)
    params = params.to(params_dtype)
    y, _ = transform(x, params)
    assert y.dtype == torch.float64
    assert (transform.inverse(y, params) - x).abs().max() < 1e-8
    assert (transform(transform.inverse(x, params), params)[0] - x).abs().max() < 1e-8


@pytest.mark.parametrize("transform", TRANSFORMS)
def test_params_of_zero_are_the_identity(transform):
    x, params = numbers(transform)
    y, log_slope = transform(x, 0 * params)
    assert (y - x).abs().max() < 1e-9 and log_slope.abs().max() < 1e-9


def test_a_spline_keeps_its_interval_and_leaves_the_tails_alone():
    spline = Spline(8, bound=2.0)
    x, params = numbers(spline)
    y, log_slope = spline(x, params)
    out = x.abs() > 2
    assert out.any() and (y[out] == x[out]).all() and (log_slope[out] == 0).all()
    assert y[~out].abs().max() <= 2 and (y[~out] - x[~out]).abs().max() > 0.5


def test_a_spline_stays_finite_for_extreme_params():
    spline = Spline(8)
    x, params = numbers(spline, spread=100.0, dtype=torch.float32)
    y, log_slope = spline(x, params)
    assert y.isfinite().all() and log_slope.isfinite().all() and spline.inverse(x, params).isfinite().all()
