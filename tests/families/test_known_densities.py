"""Families against data whose density, or whose completions, are known in closed form: the bars in short.

A family is a row of FAMILIES: how it is built for a spec of plain real columns. MOST: how far off it may be after a
short training; two minutes reach a tenth of that.
"""

from functools import cache

import numpy as np
import pytest
import torch
from cells import first_in_short
from leaves import real
from scipy.stats import multivariate_normal
from short_training import train

from genwright.core.draws import Draws
from genwright.core.spec import Spec
from genwright.distributions.heads import Histogram
from genwright.families.autoregressive.autoregressive import Autoregressive
from genwright.families.flows.flow import Flow
from genwright.kinds.named.toys import TOYS
from genwright.networks.conditioning import GivenVector
from genwright.networks.coupling import Spline
from genwright.networks.flow_stacks import row_flow
from genwright.networks.made import MADE

NOTHING = Spec(())


def flow(spec):
    columns = len(spec.columns)
    f = row_flow(columns, 3 if columns == 2 else 2, Spline(16 if columns == 2 else 8), 64, 2)
    return Flow(spec, NOTHING, f, GivenVector(NOTHING, 0))


def autoregressive(spec):
    network = MADE(spec, NOTHING, 128 if len(spec.columns) == 2 else 32, 2, 16, 16, 2)
    return Autoregressive(spec, NOTHING, network, Histogram(spec), known_share=0.5)


FAMILIES = {"flow": flow, "autoregressive": autoregressive}
MOST = {  # nats of KL(p || q) after a short training
    "flow": {"eight-gaussians": 0.12, "checkerboard": 0.3},
    "autoregressive": {"eight-gaussians": 0.12, "checkerboard": 0.12},
}
EVERY = [(name, toy) for name, toys in MOST.items() for toy in toys]
LONG = {"flow": 0.05, "autoregressive": 0.07}  # of eight Gaussians after three times as much


def standardised(x):
    """Columns of numbers as a spec of plain real leaves, and in its units."""
    shift, scale = x.mean(0), x.std(0)
    z = (x - shift) / scale
    leaves = [real(z[:, j], bins=126, shift=float(shift[j]), scale=float(scale[j])) for j in range(x.shape[1])]
    return Spec(tuple((f"x{j}", leaf) for j, leaf in enumerate(leaves))), lambda x: torch.tensor(
        (x - shift) / scale
    ).float()


def score(family, x):
    with torch.no_grad():
        return family.log_likelihood(x, torch.zeros(len(x), 0), Draws("score"), None)[0].double()


@cache
def fit(name, toy, steps=150, batch=192, rate=0.012):
    torch.manual_seed(0)
    x = TOYS[toy].sample(20_000, np.random.default_rng(0))
    spec, units = standardised(x)
    return train(FAMILIES[name](spec), units(x), steps, batch, rate), units


def divergence(family, units, toy, n=4_000):
    """KL(p || q) on fresh points, in nats."""
    x = TOYS[toy].sample(n, np.random.default_rng(1))
    return float((torch.tensor(TOYS[toy].log_density(x)) - score(family, units(x))).mean())


def mass(family, units, side=120, reach=5.0):
    """The integral of the density over a square, by the midpoint rule."""
    middle = (np.arange(side) + 0.5) * (2 * reach / side) - reach
    grid = np.stack(np.meshgrid(middle, middle), -1).reshape(-1, 2)
    return float(score(family, units(grid)).exp().sum()) * (2 * reach / side) ** 2


@pytest.mark.long
@pytest.mark.parametrize("name, toy", EVERY)
def test_training_comes_near_the_density_and_its_mass_is_one(name, toy):
    family, units = fit(name, toy)
    spec, _ = standardised(TOYS[toy].sample(20_000, np.random.default_rng(0)))
    assert -0.01 < divergence(family, units, toy) < MOST[name][toy]
    assert divergence(FAMILIES[name](spec).eval(), units, toy) > 2 * MOST[name][toy]
    assert mass(family, units) == pytest.approx(1, abs=0.015)


@pytest.mark.long
@pytest.mark.parametrize("name", FAMILIES)
def test_more_training_comes_nearer(name):
    family, units = fit(name, "eight-gaussians", 300, 384, 6e-3)
    assert -0.01 < divergence(family, units, "eight-gaussians") < LONG[name]


@pytest.mark.long
def test_a_flow_whose_determinant_has_the_wrong_sign_is_found_out(monkeypatch):
    family, units = fit("flow", "eight-gaussians")
    right = family.f.forward
    monkeypatch.setattr(family.f, "forward", lambda z, known, c: (right(z, known, c)[0], -right(z, known, c)[1]))
    assert divergence(family, units, "eight-gaussians") > 2 * MOST["flow"]["eight-gaussians"]
    assert abs(mass(family, units) - 1) > 0.01


# ------------------------------------------------------------------ completions of a Gaussian in three dimensions

STEPS = {"flow": 200, "autoregressive": 500}
MASKS = ([1, 1, 0], [0, 1, 0])


@pytest.fixture(scope="module")
def gaussian():
    rng = np.random.default_rng(5)
    root = 0.7 * rng.normal(size=(3, 3)) + np.eye(3)
    mean = rng.normal(size=3)
    return mean, root @ root.T, lambda n: rng.multivariate_normal(mean, root @ root.T, n)


@pytest.fixture(scope="module", params=first_in_short([*FAMILIES]))
def completing(request, gaussian):
    torch.manual_seed(0)
    x = gaussian[2](20_000)
    spec, units = standardised(x)
    return train(FAMILIES[request.param](spec), units(x), STEPS[request.param], 256, 1e-2), units


@pytest.mark.long
@pytest.mark.parametrize("mask", MASKS)
def test_completions_of_a_gaussian_follow_its_conditional(completing, gaussian, mask):
    assert faults(completing, gaussian, np.array(mask, bool), respect=True) == []


@pytest.mark.parametrize("mask", MASKS)
def test_the_unknown_part_is_as_likely_as_its_conditional_says(completing, gaussian, mask):
    (family, units), (mean, covariance, sample), known = completing, gaussian, np.array(mask, bool)
    x = sample(2_000)
    density = lambda which: multivariate_normal(mean[which], covariance[np.ix_(which, which)]).logpdf(x[:, which])
    truth = density(np.full(3, True)) - density(known)
    with torch.no_grad():
        mask = torch.tensor(known).expand(len(x), 3)
        nats, se = family.log_likelihood(units(x), torch.zeros(len(x), 0), Draws(0), None, mask)
    assert se is None and -0.005 < (truth - nats.double().numpy()).mean() < 0.09
    assert (truth - density(~known)).mean() > 0.1  # what one who is not told of the known part can reach


@pytest.mark.parametrize("mask", MASKS)
def test_a_family_that_ignores_known_is_found_out(completing, gaussian, mask):
    assert faults(completing, gaussian, np.array(mask, bool), respect=False)


def faults(completing, gaussian, known, respect, n=4_000):
    """What is wrong with completions of n fresh items: draw minus conditional mean, in conditional sds, must have mean
    0, sd 1, the conditional's correlations, and none with the known numbers, each within 0.15."""
    (family, units), (mean, covariance, sample) = completing, gaussian
    gain = covariance[np.ix_(~known, known)] @ np.linalg.inv(covariance[np.ix_(known, known)])
    spread = covariance[np.ix_(~known, ~known)] - gain @ covariance[np.ix_(known, ~known)]
    sd = np.sqrt(np.diag(spread))

    x = sample(n)
    mask = torch.tensor(known).expand(n, 3) if respect else torch.zeros(n, 3, dtype=torch.bool)
    with torch.no_grad():
        filled = family.fill(units(x), mask, torch.zeros(n, 0), Draws("fill")).double().numpy()
    scales, shifts = (np.array([getattr(leaf, what) for leaf in family.spec.columns]) for what in ("scale", "shift"))
    drawn = (filled * scales + shifts)[:, ~known]
    residual = (drawn - mean[~known] - (x - mean)[:, known] @ gain.T) / sd
    correlation = np.corrcoef(np.c_[residual, x[:, known]].T)[: len(sd)]
    off = {
        "mean": np.abs(residual.mean(0)).max(),
        "sd": np.abs(residual.std(0) - 1).max(),
        "correlation": np.abs(correlation[:, : len(sd)] - spread / np.outer(sd, sd)).max(),
        "correlation with the known": np.abs(correlation[:, len(sd) :]).max(),
    }
    return [f"{what} off by {value:.2f}" for what, value in off.items() if value > 0.15]
