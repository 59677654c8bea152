# Tests families/baselines/gaussian.py
import numpy as np
import pytest
import torch
from leaves import real

from genwright.core.draws import Draws
from genwright.core.spec import Category, Spec
from genwright.core.trainable import Items
from genwright.families.baselines.gaussian import Gaussian, Gaussians


@pytest.fixture(scope="module")
def fitted():
    rng = np.random.default_rng(0)
    root = rng.normal(size=(3, 3))
    cov = root @ root.T + 0.3 * np.eye(3)
    values = rng.multivariate_normal([1.0, -2.0, 0.5], cov, size=20_000)
    spec = Spec(tuple((f"x{j}", real(values[:, j])) for j in range(3)))
    family = Gaussian(spec, Spec(()))
    family.finish(Items(torch.tensor(values).float(), torch.zeros(len(values), 0)), Draws(0))
    return family, values, cov


def test_density_is_the_gaussians(fitted):
    from scipy.stats import multivariate_normal

    family, values, cov = fitted
    x = torch.tensor(values[:200]).float()
    nats, se = family.log_likelihood(x, torch.zeros(200, 0), Draws(1))
    truth = multivariate_normal(values.mean(0), np.cov(values.T)).logpdf(values[:200])
    assert se is None and family.kind == "exact"
    assert np.allclose(nats.numpy(), truth, atol=0.02)


@pytest.mark.parametrize("components", ["one", "label"])
def test_blocks_of_items_are_fitted_as_all_of_them(fitted, monkeypatch, components):
    """Also where a label, the last one, is of few items, in one block."""
    _, values, _ = fitted
    label = torch.arange(len(values)).mul(3).div(len(values), rounding_mode="floor").float()
    label[0] = 3
    given = Spec((("label", Category(4)),))
    items = Items(torch.tensor(values).float(), label[:, None])

    def fit():
        family = Gaussians(fitted[0].spec, given, components)
        family.finish(items, Draws(0))
        return family.state_dict()

    whole = fit()
    monkeypatch.setattr("genwright.distributions.coordinates.ROOM", 4_500)
    for name, tensor in fit().items():
        assert torch.allclose(tensor, whole[name], rtol=1e-6, atol=1e-6), name


def test_completion_is_the_conditional_gaussian(fitted):
    family, values, cov = fitted
    n = 20_000
    x = torch.tensor([[2.0, -1.0, float("nan")]]).expand(n, -1)
    known = torch.tensor([[True, True, False]]).expand(n, -1)
    filled = family.fill(x, known, torch.zeros(n, 0), Draws(2))
    s = np.cov(values.T)
    weights = np.linalg.solve(s[:2, :2], s[:2, 2])
    mean = values[:, 2].mean() + weights @ (np.array([2.0, -1.0]) - values[:, :2].mean(0))
    sd = (s[2, 2] - weights @ s[:2, 2]) ** 0.5
    assert torch.equal(filled[:, :2], x[:, :2])
    assert filled[:, 2].mean().item() == pytest.approx(mean, abs=0.1 * sd)
    assert filled[:, 2].std().item() == pytest.approx(sd, rel=0.05)


def test_encode_whitens_and_decode_returns(fitted):
    family, values, _ = fitted
    x = torch.tensor(values[:5000]).float()
    z = family.encode(x, torch.zeros(len(x), 0))
    assert torch.allclose(torch.cov(z.T), torch.eye(3), atol=0.1)
    assert torch.allclose(family.decode(z, torch.zeros(len(x), 0)), x, atol=1e-4)


def test_a_mixture_beats_one_gaussian_on_two_clusters():
    rng = np.random.default_rng(1)
    values = rng.normal(size=(4000, 2)) * 0.3 + np.where(rng.random((4000, 1)) < 0.5, 2.0, -2.0)
    spec, x, empty = (
        Spec((("a", real(values[:, 0])), ("b", real(values[:, 1])))),
        torch.tensor(values).float(),
        torch.zeros(4000, 0),
    )
    scores = []
    for components in ("one", 2):
        family = Gaussians(spec, Spec(()), components)
        family.finish(Items(x, empty), Draws(0))
        scores.append(family.log_likelihood(x, empty, Draws(1))[0].mean().item())
    truth = -2 * (0.5 * np.log(2 * np.pi * np.e) + np.log(0.3)) - np.log(2)
    assert scores[1] == pytest.approx(truth, abs=0.05) and scores[0] < scores[1] - 0.5


@pytest.mark.parametrize("components", ["one", 3])
def test_the_unknown_part_has_the_density_of_the_whole_over_that_of_the_known_part(fitted, components):
    from scipy.stats import multivariate_normal

    one, values, _ = fitted
    family, x = Gaussians(one.spec, Spec(()), components), torch.tensor(values).float()
    family.finish(Items(x, torch.zeros(len(x), 0)), Draws(0))
    known = Draws("known").uniform(300, 3) < 0.5
    nats, se = family.log_likelihood(x[:300], torch.zeros(300, 0), Draws(1), None, known)

    def density(row, which):
        parts = zip(family.mean.double().numpy()[:, which], family.cov.double().numpy()[:, which][:, :, which])
        each = [multivariate_normal(mean, cov).logpdf(row[which]) if which.any() else 0.0 for mean, cov in parts]
        return np.logaddexp.reduce(family.log_weight.double().numpy() + each)

    truth = [density(row, np.full(3, True)) - density(row, which) for row, which in zip(values, known.numpy())]
    assert se is None and np.allclose(nats.numpy(), truth, atol=1e-3)
