# Tests families/baselines/pca.py
import numpy as np
import pytest
import torch
from leaves import real

from genwright.core.draws import Draws
from genwright.core.spec import Ordered, Spec
from genwright.core.trainable import Items
from genwright.families.baselines.pca import PCA

D, Q = 6, 2


@pytest.fixture(scope="module")
def fitted():
    """Numbers with two strong directions, PCA with two latents, and the covariance that its equations say it has."""
    rng = np.random.default_rng(0)
    values = (
        rng.normal(size=(20_000, Q)) @ rng.normal(size=(Q, D)) * 2 + rng.normal(size=(20_000, D)) * 0.5 + np.arange(D)
    )
    spec = Spec(tuple((f"x{j}", real(values[:, j])) for j in range(D)))
    family, x = PCA(spec, Spec(()), Q), torch.tensor(values).float()
    family.finish(Items(x, torch.zeros(len(x), 0)), Draws(0))
    eigenvalues, vectors = np.linalg.eigh(np.cov(values.T, ddof=0))
    noise = eigenvalues[: D - Q].mean()
    top = vectors[:, D - Q :]
    covariance = top @ np.diag(eigenvalues[D - Q :] - noise) @ top.T + noise * np.eye(D)
    return family, x, values.mean(0), covariance


def test_the_density_is_the_dense_gaussians(fitted):
    from scipy.stats import multivariate_normal

    family, x, mean, covariance = fitted
    nats, se = family.log_likelihood(x[:300], torch.zeros(300, 0), Draws(1))
    assert se is None and family.kind == family.completes == "exact"
    assert np.allclose(nats.numpy(), multivariate_normal(mean, covariance).logpdf(x[:300].double().numpy()), atol=2e-3)


def test_draws_have_its_mean_and_covariance(fitted):
    family, _, mean, covariance = fitted
    drawn = family.sample(100_000, torch.zeros(100_000, 0), Draws(2)).double().numpy()
    assert np.allclose(drawn.mean(0), mean, atol=0.05)
    assert np.allclose(np.cov(drawn.T), covariance, atol=0.02 * np.abs(covariance).max())


def test_completion_is_the_conditional_gaussian(fitted):
    family, x, mean, covariance = fitted
    n, known = 20_000, np.array([True, False, True, True, False, False])
    item = x[7].double().numpy()
    filled = family.fill(x[7].expand(n, -1), torch.tensor(known).expand(n, -1), torch.zeros(n, 0), Draws(3))
    gain = covariance[np.ix_(~known, known)] @ np.linalg.inv(covariance[np.ix_(known, known)])
    centre = mean[~known] + gain @ (item - mean)[known]
    spread = covariance[np.ix_(~known, ~known)] - gain @ covariance[np.ix_(known, ~known)]
    drawn = filled.double().numpy()
    assert (drawn[:, known] == x[7].double().numpy()[known]).all()
    assert np.allclose(drawn[:, ~known].mean(0), centre, atol=0.03)
    assert np.allclose(np.cov(drawn[:, ~known].T), spread, atol=0.03 * spread.max())


def test_a_round_trip_is_the_projection_of_scikit_learns_pca():
    from sklearn.datasets import load_digits
    from sklearn.decomposition import PCA as Peer

    x = torch.tensor(load_digits().images[:800]).float()[:, None]
    family = PCA(Spec((("picture", Ordered(17, shape=(1, 8, 8))),)), Spec(()), 10)
    family.view.forward = lambda x, rng: (family.view.centre(x), torch.zeros_like(x))  # no noise, as the peer sees it
    family.finish(Items(x, torch.zeros(len(x), 0)), Draws(0))
    flat = family.view.centre(x).flatten(1).numpy()
    peer = Peer(10).fit(flat)
    code = family.encode(x, torch.zeros(len(x), 0))
    assert np.allclose(family._mean_of(code).numpy(), peer.inverse_transform(peer.transform(flat)), atol=1e-4)
    assert family.kind == "lower bound" and family.decode(code, torch.zeros(len(x), 0)).shape == x.shape


def test_one_column_has_no_latent_and_is_a_gaussian():
    values = np.random.default_rng(1).normal(3.0, 2.0, size=(5000, 1))
    family, x = PCA(Spec((("x", real(values[:, 0])),)), Spec(()), 8), torch.tensor(values).float()
    family.finish(Items(x, torch.zeros(len(x), 0)), Draws(0))
    empty = torch.zeros(len(x), 0)
    assert family.encode(x, empty).shape == (5000, 0)
    assert family.sample(5000, empty, Draws(1)).std().item() == pytest.approx(2.0, rel=0.05)
    truth = torch.distributions.Normal(x.mean(), x.std()).log_prob(x)[:, 0]
    assert torch.allclose(family.log_likelihood(x, empty, Draws(2))[0], truth, atol=1e-2)
    unknown = torch.zeros(len(x), 1, dtype=torch.bool)
    assert family.fill(x, unknown, empty, Draws(3)).mean().item() == pytest.approx(3.0, abs=0.15)


def test_the_unknown_part_has_the_density_of_the_whole_over_that_of_the_known_part(fitted):
    from scipy.stats import multivariate_normal

    family, x, mean, covariance = fitted
    for k in range(D + 1):
        which = np.arange(D) < k
        known = torch.tensor(which).expand(100, D)
        nats, se = family.log_likelihood(x[:100], torch.zeros(100, 0), Draws(1), None, known)
        rows = x[:100].double().numpy()
        part = multivariate_normal(mean[which], covariance[np.ix_(which, which)]).logpdf(rows[:, which]) if k else 0.0
        assert np.allclose(nats.numpy(), multivariate_normal(mean, covariance).logpdf(rows) - part, atol=2e-3)
