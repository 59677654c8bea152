"""Marginals: both views of a column agree, and are densities over all numbers, however far out."""

import numpy as np
import pandas as pd
import pytest
import torch
from scipy import integrate, stats

from genwright.core.draws import Draws
from genwright.core.spec import Marginal, Real, Spec
from genwright.distributions.marginals import Marginals
from genwright.families.baselines.bootstrap_and_independent import Independent
from genwright.kinds.tables.domain import Tables


def test_standard_normal_becomes_the_margin_and_comes_back(mixed):
    margins, rng = Marginals(mixed), Draws("margins")
    x = margins.from_gaussian(rng.normal(50_000, 3))
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
    margins = Marginals(spec)
    x = torch.linspace(-2.999, 2.999, 20_001)[:, None]
    z, log_det = margins.to_gaussian(x, Draws(0))
    density = (-0.5 * z.double() ** 2 - 0.5 * np.log(2 * np.pi) + log_det).exp()[:, 0]
    user_units = x[:, 0].double() * 2.0  # scale = 2
    assert integrate.trapezoid(density, user_units) == pytest.approx(1.0, abs=2e-3)
    left = (x[:, 0] > -1) & (x[:, 0] < 0)
    assert density[left].mean() == pytest.approx(0.4 / 2.0, rel=1e-3)


def test_bins_hold_their_values(mixed):
    margins, rng = Marginals(mixed), Draws(1)
    x = margins.from_gaussian(rng.normal(5_000, 3))
    bins = margins.to_bins(x)
    assert torch.equal(bins == 0, x.isnan())
    assert torch.equal(margins.to_bins(margins.from_bins(bins, rng)), bins)


# ---------------------------------------------------------------------- tails

HEAVY = {
    "t": stats.t(2),
    "cauchy": stats.cauchy(3.0, 100.0),
    "log-normal": stats.lognorm(1.5),
    "normal": stats.norm(50, 3),
}
COUNTS = {"zipf": stats.zipf(2.5), "rare": stats.geom(0.02), "poisson": stats.poisson(4)}


def column(law, seed, n=500):
    """A table of one column of n draws, and the family of its margin alone."""
    values = law.rvs(n, random_state=np.random.default_rng(seed))
    table = Tables.fit(pd.DataFrame({"x": values}))
    family = Independent(table.spec, table.given)
    family.counts = torch.zeros(())  # of no items beside it
    return table, family


def score(table, family, values):
    x, given = table.encode(pd.DataFrame({"x": values}))
    return family.log_likelihood(x, given, Draws(0))[0].double().numpy()


def through_gaussian(table, values):
    """The same density by the other way: that of z and the way's determinant."""
    z, log_det = Marginals(table.spec).to_gaussian(table.encode(pd.DataFrame({"x": values}))[0], Draws(0))
    return (-0.5 * z.double() ** 2 - 0.5 * np.log(2 * np.pi) + log_det.double())[:, 0].numpy()


@pytest.mark.parametrize("way", ["bins", "gaussian"])
@pytest.mark.parametrize("name", sorted(HEAVY))
def test_a_density_integrates_to_one_over_the_whole_line(name, way):
    table, family = column(HEAVY[name], 0)
    leaf = table.spec.columns[0]
    density = lambda x: np.exp(score(table, family, x) if way == "bins" else through_gaussian(table, x))
    if way == "gaussian" and leaf.marginal.plain:
        return  # the coordinate is the number itself
    user = lambda edge: edge * leaf.scale + leaf.shift
    edges = user(np.array(leaf.marginal.edges[1:-1]))
    inside = (density((edges[1:] + edges[:-1]) / 2) * np.diff(edges)).sum()
    reach = (edges[-1] - edges[0]) / 2
    far = np.r_[0, np.geomspace(1e-4, 1e6, 4000)]  # distances from the outermost edges, in half ranges
    middle = (far[1:] + far[:-1]) / 2
    tails = 0.0
    for place in (lambda t: edges[0] - reach * t, lambda t: edges[-1] + reach * t):
        f = lambda t: density(place(t)) * reach * np.diff(far)
        tails += (f(far[:-1] + 1e-9) / 6 + 2 / 3 * f(middle) + f(far[1:]) / 6).sum()  # Simpson
    assert inside + tails == pytest.approx(1, abs=2e-5)
    assert tails == pytest.approx(2 * leaf.marginal.probs[0], rel=1e-3)


@pytest.mark.parametrize("name", sorted(COUNTS))
def test_the_masses_of_counts_sum_to_one(name):
    table, family = column(COUNTS[name], 0)
    levels = np.arange(-300_000, 300_000)
    assert np.exp(score(table, family, levels)).sum() == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize("way", ["bins", "gaussian"])
@pytest.mark.parametrize("name", [*HEAVY, *COUNTS])
def test_an_outlier_farther_away_scores_lower(name, way):
    law = {**HEAVY, **COUNTS}[name]
    table, family = column(law, 1)
    top = 1e100 if name in HEAVY else 1e15
    for sign in (-1, 1):
        away = sign * np.geomspace(1e3 if name != "cauchy" else 1e6, top, 300)
        at = away if name in HEAVY else np.rint(away)
        nats = score(table, family, at) if way == "bins" else through_gaussian(table, at)
        small = np.abs(at) < 1e36  # beyond, numbers leave float32 and count as its largest
        assert np.isfinite(nats).all() and (np.diff(nats[small]) < (0 if way == "bins" else 1e-5)).all()
        assert nats[-1] < nats[0] - 20


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("name", [*HEAVY, *COUNTS])
def test_a_margin_of_500_heavy_tailed_rows_is_near_the_truth_on_fresh_rows(name, seed):
    law = {**HEAVY, **COUNTS}[name]
    table, family = column(law, seed)
    fresh = law.rvs(5000, random_state=np.random.default_rng(100 + seed))
    nats = score(table, family, fresh)
    truth = law.logpdf(fresh) if name in HEAVY else law.logpmf(fresh)
    assert np.isfinite(nats).all() and abs(truth.mean() - nats.mean()) < 0.16


def test_the_determinant_of_a_tail_is_the_slope_of_its_coordinate():
    table, _ = column(HEAVY["t"], 2)
    margins = Marginals(table.spec)
    edges = table.spec.columns[0].marginal.edges
    far = torch.tensor(np.geomspace(0.1, 1e8, 50))[:, None]
    for x, step in ((edges[1] - far, far / 100), (edges[-2] + far, far / 100)):
        z, log_det = margins.to_gaussian(x, Draws(0))
        up, down = (margins.to_gaussian(x + s * step, Draws(0))[0].double() for s in (1, -1))
        assert torch.allclose(((up - down) / (2 * step)).log() - table.spec.log_volume, log_det.double(), atol=5e-3)
        assert torch.allclose(margins.from_gaussian(z).double(), x, rtol=1e-3)


def test_draws_from_a_tail_are_tame():
    """Mean and variance of a Lomax distribution of exponent 3 whose scale is half of the observed range."""
    table, _ = column(HEAVY["normal"], 3)
    margins = Marginals(table.spec)
    edges = np.array(table.spec.columns[0].marginal.edges)
    scale = (edges[-2] - edges[1]) / 2
    bins = torch.full((400_000, 1), len(edges) - 1)
    away = margins.from_bins(bins, Draws(0)).double().numpy() - edges[-2]
    assert away.mean() == pytest.approx(scale / 2, rel=0.02)
    assert np.median(away) == pytest.approx(scale * (2 ** (1 / 3) - 1), rel=0.02)
    below = edges[1] - margins.from_bins(torch.ones(400_000, 1, dtype=torch.long), Draws(1)).double().numpy()
    assert below.min() >= 0 and below.mean() == pytest.approx(scale / 2, rel=0.02)


def test_numbers_at_the_end_of_float32_are_finite():
    laws = [*HEAVY.values(), *COUNTS.values()]
    for seed, law in enumerate(laws):
        table, family = column(law, seed)
        x = torch.tensor([1e30, -1e30, 3e38, -3e38, float("inf"), -float("inf")])[:, None]
        margins = Marginals(table.spec)
        z, log_det = margins.to_gaussian(x, Draws(0))
        assert z.isfinite().all() and (z.double() ** 2).float().isfinite().all() and log_det.isfinite().all()
        assert margins.from_gaussian(10 * z).isfinite().all() and margins.centre(x, margins.to_bins(x)).abs().max() < 10
        assert family.log_likelihood(x, torch.zeros(6, 0), Draws(0))[0].isfinite().all()


def test_plain_columns_are_untouched_as_far_as_their_tail_bins_reach():
    spec = Spec(
        (("x", Real(scale=3.0, marginal=Marginal((-17.0, -1.0, 0.0, 1.0, 17.0), (0.1, 0.4, 0.4, 0.1), plain=True))),)
    )
    margins = Marginals(spec)
    z, log_det = margins.to_gaussian(torch.tensor([[-16.0], [0.5], [17.0]]), Draws(0))
    assert torch.equal(z, torch.tensor([[-16.0], [0.5], [17.0]])) and torch.allclose(
        log_det, torch.tensor(-np.log(3.0)).float()
    )
    x = torch.tensor([-1e30, -1e3, -18.0, 18.0, 1e3, 1e30], dtype=torch.float64)[:, None]
    z, log_det = margins.to_gaussian(x, Draws(0))
    assert (z[:, 0].diff() > 0).all() and z.abs().max() < 100  # the logarithm of the way beyond, and its slope
    step = 1e-3 * x.abs()
    up, down = (margins.to_gaussian(x + s * step, Draws(0))[0].double() for s in (1, -1))
    assert torch.allclose(((up - down) / (2 * step)).log() - np.log(3.0), log_det.double(), atol=2e-2)
    assert torch.allclose(margins.from_gaussian(z).double(), x, rtol=1e-3)
    assert margins.to_bins(torch.tensor([[50.0]])).item() == 4
