"""Bounds of a VAE that is trained for a moment."""

import numpy as np
import pytest

import genwright
from genwright.contract.small_data import small_data
from genwright.core.errors import Unsupported
from genwright.studies import bounds


@pytest.fixture(scope="module")
def data():
    return small_data("images")


@pytest.fixture(scope="module")
def vae(data):
    return genwright.fit(data, "vae", preset="tiny", items=2560, hyperparameters={"lr": 4e-3}, progress=False)


@pytest.mark.long
def test_a_q_of_each_items_own_has_the_better_bound(vae, data, monkeypatch):
    monkeypatch.setattr(bounds, "REFINED", 16)
    gap = bounds.amortisation_gap(vae, data.test[:20], steps=20)
    assert gap.shape == (20, 2) and (gap.refined > gap.encoder).mean() > 0.9
    again = bounds.amortisation_gap(vae, data.test[:20], steps=0)
    assert np.array_equal(again.encoder, gap.encoder) and np.array_equal(again.refined, again.encoder)


def test_a_family_without_a_gaussian_q_says_so(data):
    other = genwright.fit(data, "pca", progress=False)
    with pytest.raises(Unsupported):
        bounds.amortisation_gap(other, data.test[:2])


@pytest.mark.long
def test_the_importance_bound_is_above_no_likelihood_and_tightens(vae, data, monkeypatch):
    monkeypatch.setattr(bounds, "DRAWS", 200)
    metric = bounds.importance_bound(vae, data)
    assert metric.value == pytest.approx(-vae.log_prob(data.test, draws=200).nats.mean())
    assert metric.value < -vae.log_prob(data.test, draws=1).nats.mean() and metric.better == "lower"


def test_the_bound_of_one_draw_has_one(vae, data, monkeypatch):
    monkeypatch.setattr(bounds, "DRAWS", 200)
    assert bounds.one_draw_bound(vae, data).value == pytest.approx(-vae.log_prob(data.test, draws=1).nats.mean())
