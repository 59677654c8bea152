"""What is given, read into vector, tokens and maps once a draw; and a kind of data of its own, which brings one body
and has encoder, prior, code, decoder and velocity of it."""

from dataclasses import dataclass

import pytest
import torch
from torch import nn

from genwright.core.draws import Draws
from genwright.core.errors import Unsupported
from genwright.core.spec import Category, Margin, Ordered, Real, Spec
from genwright.core.trainable import Batch
from genwright.distributions.heads import Categorical
from genwright.families.diffusion.diffusion import Diffusion
from genwright.families.diffusion.flow_matching import FlowMatching
from genwright.families.latent.vae import VAE
from genwright.networks.adapters import Code, Decoder, Encoder, Prior, Velocity
from genwright.networks.conditioning import Condition, Given, GivenVector
from genwright.networks.rows import Rows
from genwright.networks.text_encoder import TOKEN
from genwright.networks.towers import Towers
from genwright.networks.unet import PictureUNet

LABEL = ("label", Category(3, margin=Margin((-0.5, 0.5, 1.5, 2.5), (0.4, 0.3, 0.3))))
GIVEN = Spec(
    (
        ("caption", Category(7, (4,), "sequence", ends=True)),
        LABEL,
        ("place", Real((3,))),
        ("small", Ordered(17, shape=(1, 2, 2), axis="grid")),
    )
)
CAPTION, LABELS, PLACE, SMALL = slice(0, 4), slice(4, 5), slice(5, 8), slice(8, 12)
LINES = Spec((("line", Category(5, (6,), "sequence")),))
PICTURE = Spec((("x", Ordered(17, shape=(1, 8, 8), axis="grid")),))
WIDTH, ITEMS = 8, 5


class Symbols(nn.Module):
    def __init__(self, spec):
        super().__init__()
        self.table = nn.Embedding(spec.leaf.k + 1, WIDTH)

    def forward(self, x):
        return self.table(x.long())

    def part(self, x, known):
        hidden = torch.full_like(x, self.table.num_embeddings - 1)
        return self(hidden if known is None else torch.where(known, x, hidden))


class Body(nn.Module):
    """(B, T, W), c -> (B, T, W): a layer of attention to the line and to the tokens of c, which sees its vector and
    maps too."""

    def __init__(self, given):
        super().__init__()
        self.attention = nn.MultiheadAttention(WIDTH, 2, batch_first=True)
        self.maps = nn.Linear(8, WIDTH) if given else None  # of the given picture, 2 maps of 2 x 2
        self.tokens = nn.Linear(TOKEN, WIDTH) if given else None

    def forward(self, h, c):
        if c.vector is not None:
            h = h + c.vector[:, None]
        if c.tokens is None:
            return h + self.attention(h, h, h)[0]
        h = h + self.maps(c.maps.flatten(1))[:, None]
        seen, all_of_it = torch.cat([h, self.tokens(c.tokens)], 1), c.mask.new_zeros(h.shape[:2])
        return h + self.attention(h, seen, seen, key_padding_mask=torch.cat([all_of_it, ~c.mask], 1))[0]


class Pooled(Body):
    def __init__(self, outputs, given):
        super().__init__(given)
        self.last = nn.Linear(WIDTH, outputs)

    def forward(self, parts, c):
        return self.last(super().forward(sum(parts), c).mean(1))


class FromLatent(Body):
    def __init__(self, latents, length, size):
        super().__init__(True)
        self.first, self.last = nn.Linear(latents, length * WIDTH), nn.Linear(WIDTH, size)

    def forward(self, z, features, c):
        return self.last(super().forward(self.first(z).view(features.shape) + features, c))


class PerElement(Body):
    def __init__(self):
        super().__init__(True)
        self.first, self.last = nn.Linear(1, WIDTH), nn.Linear(WIDTH, 1)

    def forward(self, parts, c):
        z, features = parts
        return self.last(super().forward(self.first(z[..., None]) + features, c))[..., 0]


@dataclass(frozen=True)
class Lines:
    spec: Spec

    condition, reads = WIDTH, ("vector", "maps")

    def reader(self):
        return Symbols(self.spec)

    def pooled(self, outputs, whole, known, condition):
        return Pooled(outputs, condition > 0)

    def from_latent(self, latents, size):
        return FromLatent(latents, self.spec.shape[0], size)

    def per_element(self):
        return PerElement()


def spread(module):
    """Weights that nothing leaves at zero."""
    for k, weight in enumerate(module.parameters()):
        weight.data.copy_(0.5 * Draws("weights", k).normal(weight.shape))
    return module.eval()


@pytest.fixture
def given():
    rng = Draws("given")
    ended = torch.tensor([[0.0, 1, 5, 6], [2, 5, 6, 6], [1, 1, 1, 5], [0, 0, 5, 6], [5, 6, 6, 6]])
    label, small = rng.integers(3, (ITEMS, 1)).float(), rng.integers(17, (ITEMS, 4)).float()
    return torch.cat([ended, label, rng.normal(ITEMS, 3), small], 1)


def networks():
    """name: network, call of it with what is given."""
    x, known = torch.arange(ITEMS * 6).view(ITEMS, 6) % 5.0, torch.arange(6).expand(ITEMS, 6) < 3
    z, noisy, t = Draws("z").normal(ITEMS, 2), Draws("noisy").normal(ITEMS, 6), torch.linspace(0, 1, ITEMS)
    body = Lines(LINES)
    encoder, prior = Encoder(body, GIVEN, 2), Prior(body, GIVEN, 2)
    decoder, velocity = Decoder(body, GIVEN, 2, 5), Velocity(body, GIVEN)
    return {
        "encoder": (encoder, lambda given: encoder(x, known, given)[0]),
        "prior": (prior, lambda given: prior(x, known, given)[0]),
        "decoder": (decoder, lambda given: decoder(z, x, known, given)),
        "velocity": (velocity, lambda given: velocity(noisy, t, given, x, known)),
    }


@pytest.mark.parametrize("name", networks())
@torch.no_grad()
def test_one_body_sees_all_that_is_given_and_what_is_left_out(name, given):
    network, call = networks()[name]
    spread(network)
    before, wanted = call(given), network.condition(given)
    assert before.isfinite().all() and torch.equal(call(wanted), before)
    for columns in (CAPTION, LABELS, PLACE, SMALL):
        other, absent = given.clone(), given.clone()
        other[0, columns], absent[0, columns] = given[2, columns] + (columns == LABELS), torch.nan
        for row in (call(other), call(absent)):
            assert row.isfinite().all() and torch.equal(row[1:], before[1:])
            assert not torch.allclose(row[0], before[0], atol=1e-3)
        assert not torch.allclose(call(other)[0], call(absent)[0], atol=1e-3)
    assert call(torch.full_like(given, torch.nan)).isfinite().all()


def test_what_is_given_keeps_its_items_apart(given):
    c = Given(GIVEN, WIDTH)(given)
    some = torch.tensor([3, 1])
    for whole, part in zip(vars(c).values(), vars(c[some]).values()):
        assert torch.equal(whole[some], part)
    assert c.maps.shape == (ITEMS, 2, 2, 2) and c.vector.shape == (ITEMS, WIDTH)
    assert Condition()[some] == Condition()


def test_a_network_refuses_what_it_cannot_read():
    for reads in (GivenVector, lambda given, width: Encoder(Towers(PICTURE, width, 0.0), given, 2)):
        with pytest.raises(Unsupported, match="cannot read the condition 'small'"):
            reads(GIVEN, 8)
    odd = Spec((("odd", Real((2, 3))),))
    with pytest.raises(Unsupported, match="'odd'"):
        Given(odd, 8)


def test_a_code_of_the_body_sees_the_item_alone():
    code = Code(Lines(LINES), 2)
    x = torch.arange(6.0).view(1, 6) % 5
    assert code(x).shape == (1, 2) and not torch.equal(code(x), code(x.flip(1) * 0))


def test_a_family_takes_a_kind_of_data_by_its_body(given):
    """A variational autoencoder of lines with captions, pictures and properties: it trains, draws and completes."""
    body = Lines(LINES)
    head = Categorical(5)
    networks = Encoder(body, GIVEN, 2), Prior(body, GIVEN, 2), Decoder(body, GIVEN, 2, head.size)
    vae = VAE(LINES, GIVEN, *networks, head, 2, 4, 0)
    x = torch.arange(ITEMS * 6).view(ITEMS, 6) % 5.0
    losses = []
    optimizer = torch.optim.Adam(vae.parameters(), 1e-2)
    for step in range(60):
        loss, _ = vae.loss(Batch(x, given, Draws("step", step), 0))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert sum(losses[-5:]) < 0.8 * sum(losses[:5])
    with torch.no_grad():
        assert vae.eval().sample(ITEMS, given, Draws(0), 2.0).shape == (ITEMS, 6)
        assert vae.fill(x, x < 2, given, Draws(0)).shape == (ITEMS, 6)


# ------------------------------------------------------------------ once a draw

ROW = Spec((("size", Ordered(4, margin=Margin((-0.5, 0.5, 1.5, 2.5, 3.5), (0.25,) * 4))), LABEL))


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
    head = Categorical(17)
    networks = (make(body, Spec((LABEL,)), 2, *more) for make, more in ((Encoder, ()), (Prior, ()), (Decoder, (17,))))
    return VAE(spec, Spec((LABEL,)), *networks, head, 2, 8, 0)


@pytest.mark.parametrize(
    "family",
    [
        flow_matching(PICTURE, PictureUNet(PICTURE, 8, 1, 1, 0.0)),
        flow_matching(ROW, Rows(ROW, 8, 1, 4, 0.0)),
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
    family = vae(PICTURE, Towers(PICTURE, 8, 0.0)).eval()
    family.log_likelihood(x, label, Draws(0))
    assert read == [3] * 3  # encoder and decoder
    family.fill(x, x > 0, label, Draws(0))
    assert read == [3] * 6  # and prior
