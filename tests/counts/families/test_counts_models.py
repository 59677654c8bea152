# Tests counts/families/vae.py, counts/families/baselines.py, counts/networks/counts.py, counts/zoo/cards.py
"""Models of counts: likelihoods against SciPy, samples against their law, and the verbs on the command line."""

import h5py
import numpy as np
import pytest
import torch
from scipy.integrate import quad
from scipy.stats import nbinom, norm, poisson

import genwright
from genwright.core.draws import Draws
from genwright.core.spec import Spec
from genwright.core.trainable import Items
from genwright.counts.contract import made_cells
from genwright.counts.families.baselines import PoissonProfile, Profile
from genwright.counts.networks.counts import LogMass, NegativeBinomial, round_to_total, sparse

COUNTS = torch.tensor([[0, 3, 1], [7, 0, 0], [2, 2, 40], [0, 0, 1], [0, 0, 0]])


@pytest.fixture(scope="module")
def data():
    return genwright.load_data(made_cells(400), kind="counts", given="batch")


@pytest.fixture(scope="module")
def model(data):
    return genwright.fit(data, "vae", items=18_000, preset="tiny", progress=False)


def dense(x, columns):
    out = torch.zeros(len(x), columns)
    out[x.item, x.x[:, 0].long()] = x.x[:, 1].float()
    return out


def small_spec():
    return genwright.load_data(made_cells(20, 3), kind="counts").domain.spec


def test_a_negative_binomial_is_that_of_scipy():
    head = NegativeBinomial(3)
    head.log_r.data = torch.tensor([-1.0, 0.5, 6.0])
    log_means = torch.randn(2, 5, 3, generator=torch.Generator().manual_seed(0)) * 2
    head.log_r.requires_grad_(False)
    r, means = head.log_r.detach().exp().numpy(), log_means.exp().numpy()
    wanted = nbinom.logpmf(COUNTS.numpy(), r, r / (r + means)).sum(-1)
    assert np.allclose(head.log_prob(log_means, sparse(COUNTS.float())).detach(), wanted, rtol=1e-4, atol=1e-3)
    drawn = head.sample(torch.tensor([0.0, 1.0, 2.0]).expand(20_000, 3), Draws("nb")).numpy()
    mean = np.exp([0.0, 1.0, 2.0])
    assert np.allclose(drawn.mean(0), mean, rtol=0.06) and np.allclose(drawn.var(0), mean + mean**2 / r, rtol=0.15)


@pytest.mark.parametrize("shape", [(5, 3), (2, 5, 3)])
def test_gradients_of_counts_are_those_of_differences(shape):
    x = sparse(COUNTS.double())
    log_means = torch.randn(shape, generator=torch.Generator().manual_seed(0), dtype=torch.double).requires_grad_()
    log_r = torch.tensor([-1.0, 0.5, 3.0], dtype=torch.double, requires_grad=True)
    cells = x.item, x.x[:, 0].long(), x.x[:, 1]
    assert torch.autograd.gradcheck(lambda means, r: LogMass.apply(means, r, *cells), (log_means, log_r))


@pytest.mark.parametrize("kind", [Profile, PoissonProfile])
def test_a_profile_integrates_over_totals(kind):
    family = kind(small_spec(), Spec(()))
    x = sparse(torch.poisson(torch.rand(50, 3) * 9, generator=torch.Generator().manual_seed(0)))
    x = x[x.sizes > 0]
    family.finish(Items(x, torch.zeros(len(x), 0)), Draws(0))
    m, s = float(family.log_total), float(family.log_spread)
    profile = family.log_profile.exp().double().numpy()

    def mass(t, row):
        means = np.exp(t) * profile
        if kind is PoissonProfile:
            return poisson.logpmf(row, means).sum()
        r = family.r.double().numpy()
        return nbinom.logpmf(row, r, r / (r + means)).sum()

    found, _ = family.log_likelihood(sparse(COUNTS.float()), torch.zeros(5, 0), Draws(0))
    for row, nats in zip(COUNTS.numpy(), found.tolist()):
        total = quad(lambda t: np.exp(mass(t, row)) * norm.pdf(t, m, s), m - 9 * s, m + 9 * s, limit=400, epsabs=0)[0]
        assert nats == pytest.approx(np.log(total), abs=2e-3)
    drawn = dense(family.sample(4_000, torch.zeros(4_000, 0), Draws(1)), 3)
    shares = drawn.sum(0) / drawn.sum()
    assert np.allclose(shares, profile, atol=0.02)
    assert float(drawn.sum(1).log1p().mean()) == pytest.approx(m, abs=0.2)


def test_rounded_means_keep_their_total():
    means = torch.tensor([[0.3, 0.3, 0.4], [2.5, 2.5, 0.2], [0.0, 0.0, 0.0]])
    assert round_to_total(means).tolist() == [[0, 0, 1], [3, 2, 0], [0, 0, 0]]


def test_rows_go_to_their_dense_form_and_back():
    assert (dense(sparse(COUNTS.float()), 3) == COUNTS).all()


def test_a_vae_beats_one_profile_and_keeps_the_batch_out_of_its_latents(data, model):
    from genwright.counts.measure.statistics import neighbours_agree, predicted_right

    nats = lambda model: model.log_prob(data.test).nats.mean()
    profile, poisson = (genwright.fit(data, family, progress=False) for family in ("one-profile", "poisson"))
    assert nats(model) > nats(profile) + 1 > nats(poisson) + 2
    latents = model.encode(data.test)[:, :-1]
    codes = lambda name: np.unique(data.test.given[name].astype(str), return_inverse=True)[1]
    assert neighbours_agree(latents, codes("type")).mean() > 0.75
    assert predicted_right(latents, codes("batch"), 0).mean() < 0.75


def test_more_draws_bound_the_likelihood_better(data, model):
    few, many = (model.log_prob(data.test, draws=draws).nats.mean() for draws in (1, 64))
    assert many > few


def test_samples_have_the_totals_and_means_of_the_data(data, model):
    drawn = model.sample(500, seed=0)
    assert np.log(drawn.totals.clip(1)).mean() == pytest.approx(data.domain.log_total, abs=0.15)
    shares = np.bincount(drawn.columns, drawn.counts, 40) / drawn.counts.sum()
    assert np.corrcoef(shares, data.domain.profile)[0, 1] > 0.95


@pytest.mark.parametrize("family", ["vae", "pca"])
def test_decoded_items_have_their_totals(family, data, model):
    model = model if family == "vae" else genwright.fit(data, family, progress=False)
    given = {"batch": data.test.given["batch"].tolist()}
    back = model.decode(model.encode(data.test), given=given)
    assert np.abs(np.log(back.totals / data.test.totals)).mean() < 0.2  # a row of 50 counts has a deviation of 0.14


def test_pca_takes_out_what_conditions_explain(data):
    model = genwright.fit(data, "pca", progress=False)
    latents = model.encode(data.train)[:, :-1]
    apart = [latents[data.train.given["batch"] == batch].mean(0) for batch in "ab"]
    assert np.abs(apart[0] - apart[1]).max() < 0.02
    assert np.allclose(latents.std(0), 1, atol=0.05)


def test_commands_read_and_write_counts(data, model, tmp_path, monkeypatch):
    from genwright.cli.commands import main

    monkeypatch.chdir(tmp_path)
    model.save(tmp_path / "run")
    data.domain.write(data.test, tmp_path / "cells.h5ad")

    def run(*words):
        with pytest.raises(SystemExit) as left:
            main(list(words))
        assert left.value.code == 0

    run("encode", "run", "cells.h5ad", "--out", "latents.h5ad")
    with h5py.File("latents.h5ad") as file:
        latents = file["obsm/X_genwright"][()]
        assert file["X/indptr"][-1] == len(data.test.counts)
    assert np.allclose(latents, model.encode(data.test)[:, :-1], atol=1e-5)
    run("log-prob", "run", "cells.h5ad", "--out", "lp.csv")
    run("sample", "run", "-n", "5", "--given", "batch=a", "--out", "new.h5ad")
    assert len(genwright.kinds.load.read_items("new.h5ad", data.domain).items) == 5
