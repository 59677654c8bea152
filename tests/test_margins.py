import numpy as np
import pytest
import torch
from scipy import integrate, stats

from genwright.margins import Margins
from genwright.randomness import generator
from genwright.spec import Margin, Real, Spec


def test_standard_normal_becomes_the_margin_and_comes_back(mixed):
    margins, rng = Margins(mixed), generator("margins")
    x = margins.from_gaussian(torch.randn(50_000, 3, generator=rng))
    assert x[:, 1].isnan().float().mean() == pytest.approx(0.2, abs=0.01)
    assert (x[:, 1] == 0).float().mean() == pytest.approx(0.8 * 0.5, abs=0.01)
    assert (x[:, 2] == 2).float().mean() == pytest.approx(0.9 * 0.5, abs=0.01)
    z, _ = margins.to_gaussian(x, rng)
    for column in z.T:
        assert stats.kstest(column.numpy(), "norm").pvalue > 1e-4
    again = margins.from_gaussian(z)
    assert torch.equal(again[:, 1:].nan_to_num(-1), x[:, 1:].nan_to_num(-1))
    assert torch.allclose(again[:, 0], x[:, 0], atol=1e-4)


def test_the_log_determinant_is_the_margins_log_density(mixed):
    """log N(z) + log |dz/dx| is the density of the histogram in the user's units: it integrates to one."""
    spec = Spec((mixed.leaves[0],))
    margins = Margins(spec)
    x = torch.linspace(-2.999, 2.999, 20_001)[:, None]
    z, log_det = margins.to_gaussian(x, generator(0))
    density = (-0.5 * z.double() ** 2 - 0.5 * np.log(2 * np.pi) + log_det).exp()[:, 0]
    user_units = x[:, 0].double() * 2.0  # scale = 2
    assert integrate.trapezoid(density, user_units) == pytest.approx(1.0, abs=2e-3)
    left = (x[:, 0] > -1) & (x[:, 0] < 0)
    assert density[left].mean() == pytest.approx(0.4 / 2.0, rel=1e-3)


def test_bins_hold_their_values(mixed):
    margins, rng = Margins(mixed), generator(1)
    x = margins.from_gaussian(torch.randn(5_000, 3, generator=rng))
    bins = margins.to_bins(x)
    assert torch.equal(bins == 0, x.isnan())
    assert torch.equal(margins.to_bins(margins.from_bins(bins, rng)), bins)


def test_values_never_seen_stay_finite_and_plain_columns_untouched():
    spec = Spec((("x", Real(scale=3.0, margin=Margin((-1.0, 0.0, 1.0), (0.5, 0.5), plain=True))),))
    z, log_det = Margins(spec).to_gaussian(torch.tensor([[50.0], [0.5]]), generator(0))
    assert torch.equal(z, torch.tensor([[50.0], [0.5]])) and torch.allclose(log_det, torch.tensor(-np.log(3.0)).float())
    assert Margins(spec).to_bins(torch.tensor([[50.0]])).item() == 2
