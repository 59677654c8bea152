# Tests networks/rows.py
"""What is given, read into vector, tokens and maps once a draw."""

import pytest
import torch

from genwright.core.draws import Draws
from genwright.core.errors import Unsupported
from genwright.core.spec import Category, Marginal, Ordered, Real, Spec
from genwright.distributions.heads import CategoricalHead
from genwright.families.diffusion.diffusion import Diffusion
from genwright.families.diffusion.flow_matching import FlowMatching
from genwright.families.latent.vae import VAE, VAENetworks
from genwright.networks.adapters import Decoder, Encoder, Prior, Velocity
from genwright.networks.conditioning import Condition, Given, GivenVector
from genwright.networks.rows import RowBody
from genwright.networks.towers import TowerBody
from genwright.networks.unet import PictureUNet

LABEL = ("label", Category(3, marginal=Marginal((-0.5, 0.5, 1.5, 2.5), (0.4, 0.3, 0.3))))
GIVEN = Spec(
    (
        ("caption", Category(7, (4,), "sequence", ends=True)),
        LABEL,
        ("place", Real((3,))),
        ("small", Ordered(17, shape=(1, 2, 2), axis="grid")),
    )
)
PICTURE = Spec((("x", Ordered(17, shape=(1, 8, 8), axis="grid")),))
WIDTH, ITEMS = 8, 5


@pytest.fixture
def given():
    rng = Draws("given")
    ended = torch.tensor([[0.0, 1, 5, 6], [2, 5, 6, 6], [1, 1, 1, 5], [0, 0, 5, 6], [5, 6, 6, 6]])
    label, small = rng.integers(3, (ITEMS, 1)).float(), rng.integers(17, (ITEMS, 4)).float()
    return torch.cat([ended, label, rng.normal(ITEMS, 3), small], 1)


def test_what_is_given_keeps_its_items_apart(given):
    c = Given(GIVEN, WIDTH)(given)
    some = torch.tensor([3, 1])
    for whole, part in zip(vars(c).values(), vars(c[some]).values()):
        assert torch.equal(whole[some], part)
    assert c.maps.shape == (ITEMS, 2, 2, 2) and c.vector.shape == (ITEMS, WIDTH)
    assert Condition()[some] == Condition()


def test_a_network_refuses_what_it_cannot_read():
    for reads in (GivenVector, lambda given, width: Encoder(TowerBody(PICTURE, width, 0.0), given, 2)):
        with pytest.raises(Unsupported):
            reads(GIVEN, 8)
    odd = Spec((("odd", Real((2, 3))),))
    with pytest.raises(Unsupported):
        Given(odd, 8)


# ------------------------------------------------------------------ once a draw

ROW = Spec((("size", Ordered(4, marginal=Marginal((-0.5, 0.5, 1.5, 2.5, 3.5), (0.25,) * 4))), LABEL))


@pytest.fixture
def read(monkeypatch):
    """Rows of given variables that were read, one entry a time."""
    times, forward = [], Given.forward

    def counting(self, given):
        if isinstance(given, torch.Tensor):
            times.append(len(given))
        return forward(self, given)

    monkeypatch.setattr(Given, "forward", counting)
    return times


def flow_matching(spec, body):
    return FlowMatching(spec, Spec((LABEL,)), Velocity(body, Spec((LABEL,))), 8, 2)


def diffusion(spec, body):
    network = Velocity(body, Spec((LABEL,)))
    return Diffusion(spec, Spec((LABEL,)), network, "cosine", 50, "v", "simple", "ddim", 5, 16)


def vae(spec, body):
    head = CategoricalHead(17)
    networks = (make(body, Spec((LABEL,)), 2, *more) for make, more in ((Encoder, ()), (Prior, ()), (Decoder, (17,))))
    return VAE(spec, Spec((LABEL,)), VAENetworks(*networks, head), 2, 8, 0)


@pytest.mark.parametrize(
    "family",
    [
        flow_matching(PICTURE, PictureUNet(PICTURE, 8, 1, 1, 0.0)),
        flow_matching(ROW, RowBody(ROW, 8, 1, 4, 0.0)),
        diffusion(PICTURE, PictureUNet(PICTURE, 8, 1, 1, 0.0)),
    ],
)
@torch.no_grad()
def test_a_walk_reads_what_is_given_once(family, read):
    family.eval()
    label = torch.tensor([[0.0], [1], [2]])
    family.sample(3, label, Draws(0))
    assert read == [3]
    family.sample(3, label, Draws(0), guidance=2.0)
    assert read == [3] * 3  # given, and nothing
    x = torch.ones(3, *family.spec.shape)
    family.fill(x, x > 0, label, Draws(0))
    assert read == [3] * 4


@torch.no_grad()
def test_an_estimate_reads_what_is_given_once(read):
    label, x = torch.tensor([[0.0], [1], [2]]), torch.ones(3, 1, 8, 8)
    diffusion(PICTURE, PictureUNet(PICTURE, 8, 1, 1, 0.0)).eval().log_likelihood(x, label, Draws(0), 16)
    assert read == [3]
    family = vae(PICTURE, TowerBody(PICTURE, 8, 0.0)).eval()
    family.log_likelihood(x, label, Draws(0))
    assert read == [3] * 3  # encoder and decoder
    family.fill(x, x > 0, label, Draws(0))
    assert read == [3] * 6  # and prior
