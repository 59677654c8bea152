# Tests families/diffusion/denoising.py, families/diffusion/diffusion.py
import math

import numpy as np
import pandas as pd
import pytest
import torch
from scipy import stats
from short_training import train

import genwright
from genwright.core.draws import Draws
from genwright.core.errors import Unsupported
from genwright.core.spec import Ordered, Real, Spec
from genwright.core.trainable import Batch, Items
from genwright.families.diffusion.denoiser import TABLE, Denoiser, score
from genwright.families.diffusion.denoising import ScoreMatching
from genwright.families.diffusion.diffusion import Diffusion, log_mass, orthogonal_noise
from genwright.families.diffusion.noise_schedules import NoiseChain

MEAN, SD = 0.5, 0.3
EMPTY = lambda n: torch.zeros(n, 0)


def posterior_means(z, alpha, sigma):
    """E[x | z] and E[n | z] of data N(MEAN, SD^2)."""
    variance = (alpha * SD) ** 2 + sigma**2
    away = (z - alpha * MEAN) / variance
    return MEAN + alpha * SD**2 * away, sigma * away


class Exact(torch.nn.Module):
    """The network that makes D the true posterior mean for data N(MEAN, SD^2), or off by a constant, whatever it
    predicts."""

    def __init__(self, predicts, off=0.0):
        super().__init__()
        self.predicts, self.off = predicts, off

    def forward(self, z, clock, given, known_values, known):
        clock = clock.view(-1, *[1] * (z.ndim - 1))
        alpha, sigma = (clock * (math.pi / 2)).cos(), (clock * (math.pi / 2)).sin()
        if self.predicts == "velocity":
            alpha, sigma = clock, 1 - clock
        x, n = posterior_means(z, alpha, sigma)
        x, n = x + self.off, n - self.off * alpha / sigma
        return {"x0": x, "noise": n, "v": alpha * n - sigma * x, "velocity": x - n}[self.predicts]


def real(shape=(1, 2, 2)):
    return Spec((("x", Real(shape=shape)),))


def diffusion(
    spec,
    predicts="v",
    off=0.0,
    schedule="linear",
    sampler="dpm-solver",
    objective="simple",
    levels=50,
    terms=64,
    steps=1000,
):
    network = Exact(predicts, off)
    return Diffusion(spec, Spec(()), network, schedule, steps, predicts, objective, sampler, levels, terms).eval()


def measured(model, x):
    """With the error of its denoiser known, as after training."""
    model.finish(Items(x, EMPTY(len(x))), Draws("finish"))
    return model


PATHS = {  # sigma / alpha -> alpha
    "added": torch.ones_like,
    "preserved": lambda level: 1 / (1 + level**2).sqrt(),
    "straight": lambda level: 1 / (1 + level),
}


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("predicts", TABLE)
def test_every_row_of_the_table_is_the_same_denoiser_on_every_path(predicts, path):
    level = torch.logspace(-2, 1.5, 6)
    alpha, sigma = PATHS[path](level), level * PATHS[path](level)
    a, s = alpha.view(-1, 1, 1, 1), sigma.view(-1, 1, 1, 1)
    z = a * Draws(0).normal(6, 1, 2, 2) * 3
    d, n = Denoiser(Exact(predicts), predicts)(z, alpha, sigma, EMPTY(6), torch.zeros_like(z), None)
    known_d, known_n = posterior_means(z, a, s)
    assert torch.allclose(d, known_d, atol=1e-4) and torch.allclose(s * n, s * known_n, atol=1e-4)


def test_velocity_and_v_are_defined_at_both_ends():
    z, ends = Draws(0).normal(2, 3), (torch.tensor([0.0, 1.0]), torch.tensor([1.0, 0.0]))
    network = lambda z, clock, *_: z + 1 + clock[:, None]
    for predicts in ("velocity", "v"):
        denoiser = Denoiser(torch.nn.Identity(), predicts)
        denoiser.network.forward = network
        d, n = denoiser(z, *ends, EMPTY(2), torch.zeros_like(z), None)
        assert torch.equal(n[0], z[0]) and torch.equal(d[1], z[1])  # noise alone, and data alone
        assert d.isfinite().all() and n.isfinite().all()


@pytest.mark.parametrize("predicts", TABLE)
def test_the_target_is_what_a_perfect_network_would_say(predicts):
    x, n = MEAN + SD * Draws(0).normal(20_000, 1), Draws(1).normal(20_000, 1)
    alpha, sigma = torch.ones(20_000), torch.full((20_000,), 0.4)
    z = x + 0.4 * n
    model = Denoiser(Exact(predicts), predicts)
    target, raw = (
        model.target(x, n, alpha, sigma),
        model.network_output(z, alpha, sigma, EMPTY(20_000), torch.zeros_like(z), None),
    )
    assert (target - raw).mean().abs() < 0.02  # the posterior mean has no bias
    assert ((target - raw) ** 2).mean() < ((target - raw * 1.2) ** 2).mean()
    for part, back in zip((x, n), model.split(target, z, alpha, sigma)):
        assert torch.allclose(back, part, atol=1e-5)


@pytest.mark.parametrize(
    "schedule, sampler, levels",
    [("cosine", "ancestral", 500), ("linear", "ddim", 200), ("cosine", "heun", 100), ("linear", "dpm-solver", 100)],
)
def test_draws_follow_the_gaussian(schedule, sampler, levels):
    x = diffusion(real(), schedule=schedule, sampler=sampler, levels=levels).sample(5_000, EMPTY(5_000), Draws(2))
    assert x.mean().item() == pytest.approx(MEAN, abs=0.012) and x.std().item() == pytest.approx(SD, rel=0.05)


def test_codes_are_standard_and_return():
    model = diffusion(real())
    x = MEAN + SD * Draws(0).normal(4000, 1, 2, 2)
    z = model.encode(x, EMPTY(4000))
    assert z.mean().abs() < 0.05 and z.std().item() == pytest.approx(1, rel=0.05)
    assert (model.decode(z, EMPTY(4000)) - x).abs().max() < 0.05


@pytest.mark.long
@pytest.mark.parametrize("schedule", ["linear", "cosine"])
def test_the_bound_lies_below_the_truth_and_close_to_it(schedule):
    n = 1200
    x = MEAN + SD * Draws(0).normal(n, 1, 2, 2)
    each = torch.distributions.Normal(MEAN, SD).log_prob(x).flatten(1).sum(1)
    model = measured(diffusion(real(), schedule=schedule), x)
    nats, _ = model.log_likelihood(x, EMPTY(n), Draws(1), 256)
    off, _ = measured(diffusion(real(), schedule=schedule, off=0.05), x).log_likelihood(x, EMPTY(n), Draws(1))
    truth, se = each.mean(), (nats - each).std() / n**0.5
    assert truth - 0.15 < nats.mean() < truth + 3 * se
    assert off.mean() < nats.mean() - 0.1
    ode = model.ode_log_likelihood(x, EMPTY(n), Draws(1))
    assert ode.mean().item() == pytest.approx(truth.item(), abs=0.02) and nats.mean() <= ode.mean() + 3 * se


def test_the_bound_of_pixels_is_below_their_mass():
    """Two levels with probability 1/4 and 3/4, and the posterior mean of their middles."""

    class TwoLevels(torch.nn.Module):
        def forward(self, x, time, given, known_values, known):
            sigma = torch.tan(time * (math.pi / 2)).clamp(max=1e6).view(-1, 1, 1, 1)
            y = x * (1 + sigma**2).sqrt()
            logit = math.log(3) + y / sigma**2  # levels are at -1/2 and 1/2
            return torch.sigmoid(logit) - 0.5

    spec = Spec((("x", Ordered(2, shape=(1, 2, 2), axis="grid")),))
    x = (Draws(0).uniform(3000, 1, 2, 2) < 0.75).float()
    model = measured(Diffusion(spec, Spec(()), TwoLevels(), "cosine", 1000, "x0", "simple", "ddim", 50, 200).eval(), x)
    truth = torch.where(x == 1, math.log(0.75), math.log(0.25)).sum((1, 2, 3))
    gap = model.log_likelihood(x, EMPTY(3000), Draws(1))[0] - truth
    se = gap.std() / 3000**0.5
    assert -0.2 - 5 * se < gap.mean() < 3 * se < 0.3  # the bound of this chain is 0.2 below
    drawn = model.sample(3000, EMPTY(3000), Draws(2))
    assert drawn.mean().item() == pytest.approx(0.75, abs=0.02)
    with pytest.raises(Unsupported):
        model.ode_log_likelihood(x, EMPTY(3000), Draws(1))


def test_both_objectives_are_least_at_the_truth():
    x = MEAN + SD * Draws(4).normal(20_000, 1, 2, 2)
    batch = lambda: Batch(x, EMPTY(len(x)), Draws(5), 0)
    for objective in ("simple", "bound"):
        best, _ = diffusion(real(), objective=objective).loss(batch())
        worse, _ = diffusion(real(), objective=objective, off=0.2).loss(batch())
        assert worse > best + 0.01


def test_the_bound_draws_its_terms_without_bias():
    """Each term, times how often it is drawn and by what it is divided then, is its weight in the bound."""
    model = diffusion(real(), objective="bound", schedule="cosine", steps=100)
    snr = 1 / model.chain.sigma**2
    drawn = model.weight[1:] * model.chance[1:]
    assert torch.allclose(drawn, (snr[:-1] - snr[1:]) / 2, rtol=1e-5) and model.chance.sum().item() == pytest.approx(1)
    one = diffusion(real(), objective="bound", steps=1)
    assert one.loss(Batch(torch.zeros(4, 1, 2, 2), EMPTY(4), Draws(0), 0))[0].isfinite()


def test_log_mass_does_not_cancel():
    below, above = torch.tensor([-torch.inf, 8.0, -9.0, -0.5]), torch.tensor([-20.0, 9.0, -8.0, 0.5])
    normal = torch.distributions.Normal(torch.tensor(0.0).double(), 1.0)
    tails = torch.special.log_ndtr(torch.tensor([-20.0, -8.0, -8.0], dtype=torch.float64))
    got = log_mass(below, above)
    assert torch.allclose(got[:3].double(), tails, atol=1e-3)
    assert got[3].item() == pytest.approx((normal.cdf(torch.tensor(0.5).double()) * 2 - 1).log().item(), abs=1e-5)


def test_the_finest_steps_are_one():
    whole, short = NoiseChain("cosine", 1000), NoiseChain("cosine", 1000, minimum=0.05)
    assert short.sigma[0] >= 0.05 > whole.sigma[1000 - short.steps - 1]
    assert torch.equal(short.abar, whole.abar[-short.steps :])


def test_a_short_chain_has_no_level_twice():
    """Where it would, a solver divides by the step between them."""
    levels = NoiseChain("cosine", 3).levels(10)
    assert len(levels) == 4 and (levels.diff() < 0).all()


@pytest.mark.long
def test_learned_scores_are_those_of_a_mixture():
    """Denoising score matching on two bumps on a line, against the score of the noised mixture."""

    class Net(torch.nn.Module):
        def __init__(self):
            super().__init__()
            linear, silu = torch.nn.Linear, torch.nn.SiLU()
            self.net = torch.nn.Sequential(linear(2, 64), silu, linear(64, 64), silu, linear(64, 1))

        def forward(self, y, time, given, known_values, known):
            return self.net(torch.cat([y.flatten(1), 4 * time[:, None]], 1)).view(y.shape)

    torch.manual_seed(0)
    model = ScoreMatching(real((1, 1, 1)), Spec(()), Net(), 30, 3.0, 0.2, 10, 0.2, 8)
    side = (Draws("side").uniform(40_000, 1, 1, 1) < 0.3) * 2.0 - 1
    train(model, side + 0.2 * Draws("x").normal(side.shape), 400, batch=256, lr=5e-3)
    y = torch.linspace(-2, 2, 41).view(-1, 1, 1, 1)
    for sigma in (0.3, 0.6, 1.2):
        level = torch.full((41,), sigma)
        z = y.clone().requires_grad_()
        bump = lambda m: -0.5 * (z - m) ** 2 / (0.04 + sigma**2)
        p = torch.logaddexp(math.log(0.3) + bump(1.0), math.log(0.7) + bump(-1.0))
        truth = torch.autograd.grad(p.sum(), z)[0]
        with torch.no_grad():
            got = score(model.denoiser(y, torch.ones(41), level, EMPTY(41), y, None)[1], level)
        seen = p.detach().exp() / p.detach().exp().sum()
        assert ((got - truth).abs() * sigma * seen).sum() < 0.09, sigma  # in units of the noise that is predicted
    x = model.eval().sample(1500, EMPTY(1500), Draws(9))
    assert (x > 0).float().mean().item() == pytest.approx(0.3, abs=0.06)
    assert (x.abs() - 1).abs().mean() < 0.3


@pytest.fixture(scope="module")
def fitted():
    """A model of four columns of all kinds, and its test rows."""
    rng = np.random.default_rng(0)
    n = 600
    kind = rng.choice(["a", "b", "c"], n, p=[0.5, 0.3, 0.2])
    size = rng.normal(size=n) + (kind == "a") * 2.0
    frame = pd.DataFrame(
        {"kind": kind, "size": size, "heavy": 5 * rng.standard_t(2, n), "count": rng.poisson(3, n) + (size > 1) * 4}
    )
    data = genwright.load_data(frame)
    return genwright.fit(data, "diffusion", items=6_000, preset="tiny", progress=False), data


def test_the_bound_of_rows_knows_its_noise(fitted):
    model, data = fitted
    rows = data.test[:16]  # a block of those in which rows are scored
    each = [model.log_prob(rows, seed=seed) for seed in range(2)]
    nats, ses = np.stack([lp.nats for lp in each]), np.stack([lp.se for lp in each])
    assert 0.5 * ses.mean() < nats.var(0, ddof=1).mean() ** 0.5 < 2 * ses.mean()
    assert np.ptp(nats.mean(1)) < 6 * ses.mean() / len(rows) ** 0.5
    few = model.log_prob(rows, draws=4)
    assert few.se.mean() > 1.5 * ses.mean() and few.noise


def test_what_noise_is_taken_away_leaves_the_bound_as_it_is(fitted):
    """Equation 5 of Ho 2020, term by term: a KL divergence between Gaussians for each t > 1, from plain draws of
    x_t."""
    model, data = fitted
    family, rng = model.family, Draws("plain")
    x, given = data.tensors("test").x[:4], data.tensors("test").given[:4]
    steps, rows = family.chain.steps, len(x)
    each = []
    with torch.no_grad():
        nats, se = family.log_likelihood(x, given, Draws("clever"))
        t = torch.arange(1, steps + 1).repeat_interleave(rows)
        sigma, e = family.chain.sigma[t - 1], family.error[t - 1].double()
        before = torch.cat([torch.zeros(1), family.chain.sigma[:-1]])[t - 1]
        many = [part.repeat(steps, 1) for part in (x, given)]
        for _ in range(24):
            z, log_det = family.clean(x, rng)
            z_t = z.repeat(steps, 1)
            n = rng.normal(z_t.shape)
            error = (z_t - family.denoised(z_t, n, sigma.float(), many[1], many[0])).double()
            share = (1 - (before / sigma) ** 2)[:, None]
            own = (before[:, None] ** 2 * share).clamp(min=1e-30)
            q, p = (
                torch.distributions.Normal(m, v.sqrt()) for m, v in ((share * error, own), (0.0, own + share**2 * e))
            )
            terms = torch.distributions.kl_divergence(q, p).sum(1).view(steps, rows)
            first = torch.distributions.Normal(0.0, e[:rows].sqrt()).log_prob(error[:rows]).sum(1)
            each.append(first - terms[1:].sum(0) - family._last_divergence(z) + log_det.sum(1))
    plain = torch.stack(each).double()
    gap, noise = nats - plain.mean(0), (se**2 + plain.var(0) / len(plain)).sqrt()
    assert gap.mean().abs() < 4 * noise.square().sum().sqrt() / rows
    assert ((gap / noise).abs() < 5).all() and noise.mean() < 2


@pytest.mark.long
def test_the_bound_of_a_fit_lies_below_its_probability_flow(fitted):
    """At most the flow's estimate and its error, and near it."""
    model, data = fitted
    x, given = data.tensors("test").x[:64], data.tensors("test").given[:64]
    with torch.no_grad():
        bounds = torch.stack([model.family.log_likelihood(x, given, Draws(k), 64)[0] for k in range(2)])
        flow = torch.stack([model.family.ode_log_likelihood(x, given, Draws(k)) for k in range(2)])
    gap = (flow - bounds).mean(0)
    assert -3 * gap.std() / len(gap) ** 0.5 < gap.mean() < 1.5


def test_orthogonal_noise_is_standard_normal():
    noise = orthogonal_noise(10, (4000, 2, 2), Draws(0))
    assert noise.shape == (10, 4000, 2, 2)
    assert abs(noise.mean()) < 0.02 and noise.std().item() == pytest.approx(1, abs=0.01)
    for length in noise[[0, 5, 9]].flatten(2).square().sum(2):
        assert stats.kstest(length.numpy(), "chi2", args=(4,)).pvalue > 1e-4
    run = noise[:4].flatten(2).transpose(0, 1)
    away = run @ run.mT - torch.diag_embed((run**2).sum(2))
    assert away.abs().max() < 1e-4
