# Tests families/latent/semi_supervised_vae.py
"""The semi-supervised VAE where all can be computed: three labels, a style and a code of one number, and Gaussians."""

from math import log

import numpy as np
import pytest
import torch
import torch.nn.functional as F

import genwright
from genwright.core.draws import Draws
from genwright.core.errors import DataError
from genwright.core.spec import Category, Marginal, Real, Spec
from genwright.core.trainable import Batch
from genwright.distributions.heads import GaussianHead
from genwright.families.latent.semi_supervised_vae import SemiSupervisedNetworks, SemiSupervisedVAE, label_of

SHARES = torch.tensor([0.5, 0.3, 0.2])
CENTRES, SLOPE, SPREAD, NOISE = torch.tensor([-2.0, 0.0, 2.5]), 0.6, 0.5, 0.5
SPEC = Spec((("x", Real(shape=(1, 1, 1))),))
GIVEN = Spec((("label", Category(3, marginal=Marginal((-0.5, 0.5, 1.5, 2.5), tuple(SHARES.tolist()), 0.0))),))
X = 3 * Draws("x").normal(2_000, 1, 1, 1)
NORMAL = torch.distributions.Normal


def encoder(x, known, given):
    """Of no label, so it can be right for none: wide on purpose."""
    return 0.9 * x.view(-1, 1), torch.full((len(x), 1), -1.0)


def stylist(z, y):
    """A little off the posterior of u."""
    return 0.8 * (z - y @ CENTRES[:, None]), torch.full_like(z, -0.5)


def prior(u, y):
    return y @ CENTRES[:, None] + SLOPE * u, torch.full_like(u, 2 * log(SPREAD))


def decoder(z, known_values, known, given):
    return torch.stack([z, torch.full_like(z, log(NOISE))], -1).view(len(z), 1, 1, 1, 2)


def classifier(z):
    return -((z - CENTRES) ** 2)


def family(alpha=0.0):
    networks = SemiSupervisedNetworks(encoder, classifier, stylist, prior, decoder, GaussianHead())
    return SemiSupervisedVAE(SPEC, GIVEN, networks, 1, 1, 8, alpha, 0.5)


def truth(x):
    """log p(x | y) of every label: (B, 3)."""
    return NORMAL(CENTRES, (SLOPE**2 + SPREAD**2 + NOISE**2) ** 0.5).log_prob(x.view(-1, 1))


def loss(given, alpha=0.0):
    return family(alpha).train().loss(Batch(X, given, Draws(3), 0))[0]


def by_hand(given):
    """The loss without the classifier's, item by item and label by label, with the same draws."""
    rng = Draws(3)
    z = 0.9 * X.view(-1, 1) + (-0.5 * torch.ones(1)).exp() * rng.normal(len(X), 1)
    noise = rng.normal(3 * len(X), 1).view(-1, 3)
    log_q = torch.stack([-((z[:, 0] - c) ** 2) for c in CENTRES], 1).log_softmax(1)
    total = 0.0
    for k in range(len(X)):
        each = []
        for y in range(3):
            q = NORMAL(0.8 * (z[k, 0] - CENTRES[y]), np.exp(-0.25))
            u = q.loc + q.scale * noise[k, y]
            log_pz = NORMAL(CENTRES[y] + SLOPE * u, SPREAD).log_prob(z[k, 0])
            each.append(SHARES[y].log() + log_pz - torch.distributions.kl_divergence(q, NORMAL(0.0, 1.0)))
        label = float(given[k, 0])
        if np.isnan(label):
            found = sum(log_q[k, y].exp() * (each[y] - log_q[k, y]) for y in range(3))
        else:
            found = each[int(label)]
        entropy = NORMAL(0.0, np.exp(-0.5)).entropy()
        total += float(NORMAL(z[k, 0], NOISE).log_prob(X[k, 0, 0, 0]) + found + entropy)
    return -total / len(X)


def test_the_marginal_bound_is_the_sum_over_labels_and_the_labelled_one_its_term(monkeypatch):
    monkeypatch.setattr(__name__ + ".X", X[:150])
    nothing = torch.full((150, 1), torch.nan)
    every = torch.arange(150.0)[:, None] % 3
    some = torch.where(torch.arange(150)[:, None] % 5 == 0, every, nothing)
    for given in (nothing, every, some):
        assert loss(given).item() == pytest.approx(by_hand(given), abs=1e-4)


def test_where_the_classifier_is_sure_and_right_a_label_changes_nothing_but_its_share():
    """q(y | z) = 1 at the label: sum_y q joint + H is then joint at the label."""
    model, y = family(), torch.randint(0, 3, (len(X), 1), generator=torch.Generator().manual_seed(0)).float()
    model.classifier = lambda z: 1e4 * F.one_hot(y[:, 0].long(), 3).float()
    bound = lambda given: model.loss(Batch(X, given, Draws(3), 0))[0].item()
    assert bound(y) == pytest.approx(bound(torch.full_like(y, torch.nan)), abs=1e-4)


def test_the_classifier_pays_alpha_for_its_surprise_at_labels_alone():
    some = torch.where(torch.arange(len(X))[:, None] % 7 == 0, 1.0, torch.nan)
    free, paid = loss(some), loss(some, alpha=2.0)
    z = 0.9 * X.view(-1, 1) + np.exp(-0.5) * Draws(3).normal(len(X), 1)
    surprise = F.cross_entropy(classifier(z)[::7], torch.ones(len(X[::7]), dtype=torch.long))
    assert (paid - free).item() == pytest.approx(2 * surprise.item(), abs=1e-3)
    nothing = torch.full_like(some, torch.nan)
    assert loss(nothing, alpha=2.0).item() == loss(nothing).item()


@pytest.mark.parametrize("label", [None, 0, 2])
def test_every_bound_is_below_the_truth_and_tightens_with_k(label):
    """Of log p(x), and of log p(x | label)."""
    given = torch.full((len(X), 1), torch.nan if label is None else float(label))
    x = family().sample(len(X), given, Draws("model"))
    exact = ((truth(x) + SHARES.log()).logsumexp(1) if label is None else truth(x)[:, label]).mean()
    bounds = [family().log_likelihood(x, given, Draws(2), k)[0].mean() for k in (1, 10, 200)]
    assert bounds[0] < bounds[1] < bounds[2] < exact + 0.005
    assert exact - bounds[0] > 0.05 and exact - bounds[2] < 0.01
    if label is None:  # a sum over labels within the logarithm loses less than one without
        assert -family().loss(Batch(x, given, Draws(3), 0))[0] < bounds[0]


def test_draws_have_the_labels_that_are_asked_for_and_else_their_shares():
    drawn = lambda label: family().sample(20_000, torch.full((20_000, 1), label), Draws(5)).flatten()
    for y in range(3):
        assert drawn(float(y)).mean() == pytest.approx(CENTRES[y].item(), abs=0.03)
    assert drawn(torch.nan).mean() == pytest.approx((SHARES * CENTRES).sum().item(), abs=0.06)


def test_a_code_holds_the_label_and_the_style_and_another_label_makes_an_analogy():
    model, free = family().eval(), torch.full((len(X), 1), torch.nan)
    code = model.encode(X, free)
    y, style = code[:, :3], code[:, 3:]
    assert torch.allclose(y, classifier(0.9 * X.view(-1, 1)).softmax(1))
    assert torch.allclose(style[:, 0], 0.8 * (0.9 * X.flatten() - CENTRES[y.argmax(1)]), atol=1e-5)
    told = model.encode(X, torch.zeros(len(X), 1))
    assert (told[:, :3] == torch.tensor([1.0, 0, 0])).all()
    for label in range(3):
        back = model.decode(code, torch.full((len(X), 1), float(label))).flatten()
        assert torch.allclose(back, CENTRES[label] + SLOPE * style[:, 0], atol=1e-5)
    assert torch.allclose(model.decode(told, free), model.decode(told, torch.zeros(len(X), 1)), atol=1e-4)


def test_labels_are_the_one_given_category():
    for given in (Spec(()), Spec((("age", Real()),)), Spec((*GIVEN.leaves, ("age", Real())))):
        with pytest.raises(DataError):
            label_of(given)
    with pytest.raises(DataError):
        genwright.fit(genwright.load_data("digits", given=[]), "semi-supervised-vae", items=64, progress=False)


@pytest.mark.long
def test_one_label_a_class_names_the_others():
    """Three strokes in noise, of each of which two pictures of 200 have a label, which split and share leave in."""
    rng, kinds = np.random.default_rng(0), np.arange(600) % 3
    x = (rng.random((600, 8, 8)) < 0.15).astype(np.uint8)
    for k, place in enumerate(((slice(None), 2), (4, slice(None)), (slice(5, 8), slice(5, 8)))):
        x[(kinds == k, *(place[:1]), place[1])] = 1
    labels = [("bar", "line", "spot")[k] if i < 18 else None for i, k in enumerate(kinds)]
    data = genwright.load_data((x, labels))
    model = genwright.fit(data, "semi-supervised-vae", preset="tiny", steps=150, progress=False)
    test = np.asarray(data.test)
    true = np.where((test[:, :, 2, 0] == 1).all(1), "bar", np.where((test[:, 4, :, 0] == 1).all(1), "line", "spot"))
    assert (model.predict(data.test)["label"] == true).mean() > 0.95
