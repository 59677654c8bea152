# Tests families/latent/autoencoder.py
import pytest
import torch
from short_training import train
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA as Peer
from torch import nn

from genwright.core.draws import Draws
from genwright.core.spec import Category, Ordered, Real, Spec
from genwright.core.trainable import Batch, Items
from genwright.families.baselines.gaussian import Gaussians
from genwright.families.latent.autoencoder import Autoencoder

DIGITS = Spec((("picture", Ordered(17, shape=(1, 8, 8), axis="grid")),))
TRAIN = 1437


class Encoder(nn.Module):
    """A linear map of the coordinates of the pixels."""

    def __init__(self, latents):
        super().__init__()
        self.net = nn.Linear(64, latents)

    def forward(self, x):
        return self.net((x.float().flatten(1) + 0.5) * (2 / 17) - 1)


class Decoder(nn.Module):
    def __init__(self, latents):
        super().__init__()
        self.net = nn.Linear(latents, 64)

    def forward(self, z, known_values, known, given):
        return self.net(z).view(-1, 1, 8, 8, 1)


@pytest.fixture(scope="module")
def digits():
    order = Draws("digits").permutation(1797)
    x = torch.tensor(load_digits().images).float()[order, None]
    return x[:TRAIN], x[TRAIN:]


def error(family, x):
    """Squared error of a round trip, mean over items."""
    with torch.no_grad():
        return float(
            family._error(family._decoded(family.encode(x, None), torch.zeros(len(x), 0)), x).flatten(1).sum(1).mean()
        )


def peer_error(digits, latents):
    train_x, test_x = ((part.flatten(1).numpy() + 0.5) * (2 / 17) - 1 for part in digits)
    peer = Peer(latents).fit(train_x)
    return float(((peer.inverse_transform(peer.transform(test_x)) - test_x) ** 2).sum(1).mean())


def test_a_linear_one_spans_the_subspace_of_pca_and_has_its_error(digits):
    torch.manual_seed(0)
    family = Autoencoder(DIGITS, Spec(()), Encoder(4), Decoder(4), None, None)
    most = 1.01 * peer_error(digits, 4)
    assert error(family, digits[1]) > most
    train(family, digits[0], 300, batch=256, lr=4e-2)
    assert error(family, digits[1]) < most
    columns = torch.linalg.qr(family.decoder.net.weight.detach())[0]  # (64, 4)
    components = torch.tensor(Peer(4).fit(digits[0].flatten(1).numpy()).components_).float()
    assert torch.linalg.svdvals(components @ columns).min() > 0.99  # cosines of the angles between the subspaces


# ------------------------------------------------------------------ a made autoencoder whose code is its item

PAIR = Spec((("x", Real(shape=(1, 1, 2))),))
LABEL = Spec((("label", Category(2)),))


class Same(nn.Module):
    def forward(self, x):
        return x.flatten(1)


class Back(nn.Module):
    def forward(self, z, known_values, known, given):
        return z.view(-1, 1, 1, 2, 1)


class Standing(nn.Module):
    """Codes N(7, e^-4) wherever something is known."""

    def forward(self, x, known, given):
        return torch.full((len(x), 2), 7.0), torch.full((len(x), 2), -4.0)


@pytest.fixture
def made():
    """Items around -3 with label 0 and around 3 with label 1."""
    density = Gaussians(Spec((("code", Real(shape=(2,))),)), LABEL, "label")
    family = Autoencoder(PAIR, LABEL, Same(), Back(), Standing(), density, noise=0.2).eval()
    label = (torch.arange(2000) % 2).float()[:, None]
    x = 6 * label.view(-1, 1, 1, 1) - 3 + 0.5 * Draws("pairs").normal(2000, 1, 1, 2)
    family.finish(Items(x, label), Draws("finish"))
    return family, x, label


def test_draws_come_from_the_density_of_the_codes_of_their_label(made):
    family, x, label = made
    drawn = family.sample(2000, label, Draws(1))
    for value in (0.0, 1.0):
        mine = drawn[label[:, 0] == value]
        assert mine.mean().item() == pytest.approx(6 * value - 3, abs=0.1) and mine.std().item() == pytest.approx(
            0.5, rel=0.1
        )


def test_completions_use_the_prior_where_something_is_known_and_else_the_density(made):
    family, x, label = made
    known = torch.zeros(2000, 1, 1, 2, dtype=torch.bool)
    free = family.fill(x, known, label, Draws(2))
    assert free[label[:, 0] == 0].mean().item() == pytest.approx(-3, abs=0.1)
    known[..., 0] = True
    filled = family.fill(x, known, label, Draws(3))
    assert torch.equal(filled[known], x[known]) and filled[~known].mean().item() == pytest.approx(7, abs=0.1)


def test_the_prior_is_charged_for_codes_that_are_not_where_it_says(made):
    family, x, label = made
    loss = lambda at: family.prior_loss(Batch(torch.full_like(x, at), label, Draws(4), 0))[0].item()
    assert loss(7.0) < loss(6.5) - 10 and loss(7.0) < loss(7.5) - 10


def test_noise_and_pull_cost_and_a_drowned_code_is_reported(made):
    family, x, label = made
    assert family.loss(Batch(x, label, Draws(5), 0))[0].item() == pytest.approx(2 * 0.2**2, rel=0.1)
    family.code_l2 = 1.0
    assert family.loss(Batch(x, label, Draws(5), 0))[0].item() == pytest.approx(2 * (0.2**2 + 9 + 0.25), rel=0.1)
    assert family.health(x, label, Draws(6)) == []
    flat = torch.cat([x[..., :1], 0.01 * x[..., 1:]], -1)
    assert len(family.health(flat, label, Draws(6))) == 1
