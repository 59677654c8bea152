"""Codes of real numbers: how likely a draw of them was, their scale, and the bound against the mass of a picture."""

import itertools

import torch
from short_training import batch_of
from torch import nn

from genwright.core.draws import Draws
from genwright.core.family import Family
from genwright.core.spec import Ordered, Spec
from genwright.distributions.heads import CategoricalHead
from genwright.families.two_stage.quantized import GaussianCodec
from genwright.families.two_stage.two_stage import TwoStage, latent

LEVELS, D = 3, 2
PICTURE = Spec((("picture", Ordered(LEVELS, shape=(1, 2, 2), axis="grid")),))


class Linear(nn.Module):
    """(B, *inputs) -> (B, *outputs), of weights that are drawn."""

    def __init__(self, inputs: int, outputs: tuple[int, ...], size: float):
        super().__init__()
        self.outputs = outputs
        self.register_buffer("weight", size * Draws("linear", inputs).normal(inputs, torch.Size(outputs).numel()))

    def forward(self, x):
        return (x.float().flatten(1) @ self.weight).view(-1, *self.outputs)


class Standard(Family):
    """N(0, I)."""

    def log_likelihood(self, x, given, rng, draws=None):
        return torch.distributions.Normal(0, 1).log_prob(x).flatten(1).sum(1), None

    def sample(self, n, given, rng):
        return rng.normal(n, *self.spec.shape)


def codec() -> GaussianCodec:
    head = CategoricalHead(LEVELS)
    encoder, decoder = Linear(4, (2 * D, 1, 1), 0.1), Linear(D, (1, 2, 2, head.size), 0.8)
    found = GaussianCodec(encoder, decoder, head, D, (1, 1), 0.1)
    found.shift.copy_(torch.tensor([0.5, -1.0]))
    found.square.copy_(torch.tensor([1.25, 3.25]))  # deviations of 1 and 1.5
    return found


def pictures() -> torch.Tensor:
    return torch.tensor(list(itertools.product(range(LEVELS), repeat=4))).view(-1, 1, 2, 2).float()


def test_codes_are_scaled_and_come_back():
    x, found = pictures(), codec()
    z = found.encode(x)
    mean = found.encoder(x)[:, :D]
    assert torch.allclose(z[:, 0], mean[:, 0] - 0.5) and torch.allclose(z[:, 1], (mean[:, 1] + 1) / 1.5)
    assert torch.allclose(found.entries(z).movedim(-1, 1), mean, atol=1e-6)
    assert torch.allclose(found.nearest(found.entries(z)), z, atol=1e-6)


def test_the_density_of_a_drawn_code_is_that_of_its_normal():
    x, found = pictures(), codec()
    z, log_q = found.draw(x, Draws("q"))
    mean, log_var = found.encoder(x).chunk(2, 1)
    scale = torch.tensor([1.0, 1.5]).view(-1, 1, 1)
    normal = torch.distributions.Normal(found.encode(x), (0.5 * log_var).exp() / scale)
    assert torch.allclose(log_q, normal.log_prob(z).flatten(1).sum(1), atol=1e-4)
    many = torch.stack([found.draw(x, Draws("q", k))[0] for k in range(400)])
    assert torch.allclose(many.std(0), normal.stddev, rtol=0.2) and torch.allclose(
        many.mean(0), z * 0 + normal.mean, atol=1
    )


def test_running_averages_end_where_the_codes_of_the_items_are():
    found = codec().train()
    x = pictures()
    for k in range(900):
        found.loss(batch_of(x, Draws("step", k)))
    z = torch.stack([found.draw(x, Draws("after", k))[0] for k in range(50)])
    assert z.mean((0, 1)).abs().max() < 0.05 and (z.std((0, 1), correction=0) - 1).abs().max() < 0.05


def log_masses(codec: GaussianCodec, x: torch.Tensor) -> torch.Tensor:
    """log p(x) of each picture (n,), by 10,000 draws of a standard normal prior."""
    z = Draws("prior").normal(10_000, D, 1, 1)
    each = [codec.log_prob(one[None].expand(len(z), -1, -1, -1), codec.entries(z)) for one in x]
    return torch.stack(each).logsumexp(1) - torch.tensor(float(len(z))).log()


@torch.no_grad()
def test_the_bound_is_below_the_mass_and_nears_it_with_many_draws():
    found = codec()
    model = TwoStage(PICTURE, Spec(()), found, [Standard(latent(found, 0), Spec(()))])
    x, nothing = pictures(), torch.zeros(81, 0)
    mass = log_masses(found, x)
    assert abs(float(mass.exp().sum()) - 1) < 1e-4
    one = torch.stack([model.log_likelihood(x, nothing, Draws("one", k), 1)[0] for k in range(100)]).mean(0)
    many, se = model.log_likelihood(x, nothing, Draws("many"), 1000)
    assert (one < mass).all() and (mass - one).mean() > 0.1
    assert (many - mass).abs().mean() < 0.12 and (many - mass).mean().abs() < 0.05 and float(se.median()) < 0.3
    assert model.kind == "lower bound"
