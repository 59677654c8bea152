"""A cascade: a bound on the mass of a picture, of which the small picture is a function; draws and completions."""

import itertools

import torch
from torch import nn

from genwright.core.draws import Draws
from genwright.core.family import Family
from genwright.core.spec import Category, Ordered, Spec
from genwright.core.trainable import Items
from genwright.distributions.low_resolution import low_leaf, shrink
from genwright.families.two_stage.two_stage import Cascade

LEVELS = 3
PICTURE = Spec((("picture", Ordered(LEVELS, shape=(1, 2, 2), axis="grid")),))
LABEL = ("label", Category(2))


class Pixels(Family):
    """Each pixel apart, by a linear map of what is given: a family whose mass is known."""

    def __init__(self, spec: Spec, given: Spec):
        super().__init__(spec, given)
        self.linear = nn.Linear(given.width, spec.dims * LEVELS)
        nn.init.normal_(self.linear.weight, generator=torch.Generator().manual_seed(1))

    def logits(self, given):
        return self.linear(given).view(-1, *self.spec.shape, LEVELS).log_softmax(-1)

    def loss(self, batch):
        return -self.log_likelihood(batch.x, batch.given, batch.rng)[0].mean(), {}

    def sample(self, n, given, rng):
        cumulated = self.logits(given).exp().cumsum(-1)[..., :-1]
        return (rng.uniform(cumulated.shape[:-1])[..., None] > cumulated).sum(-1).float()

    def log_likelihood(self, x, given, rng, draws=None):
        return self.logits(given).gather(-1, x.long()[..., None]).flatten(1).sum(1), None

    def fill(self, x, known, given, rng):
        return torch.where(known, x.float(), self.sample(len(x), given, rng))


def cascade(noise: float = 0.0) -> Cascade:
    leaf = low_leaf(PICTURE.leaf, 2)
    low, told = Spec((("picture", leaf),)), Spec((LABEL, ("low", leaf)))
    return Cascade(PICTURE, Spec((LABEL,)), Pixels(low, Spec((LABEL,))), Pixels(PICTURE, told), 2, noise)


def every_picture() -> torch.Tensor:
    return torch.tensor(list(itertools.product(range(LEVELS), repeat=4))).view(-1, 1, 2, 2).float()


@torch.no_grad()
def test_the_bound_is_below_the_mass_that_draws_have():
    model, x = cascade(), every_picture()
    for label in (0.0, 1.0):
        given = torch.full((len(x), 1), label)
        bound, se = model.log_likelihood(x, given, Draws("x"))
        mass = torch.zeros(len(x))
        for low in range(LEVELS):  # a sum over all small pictures, also those that x does not shrink to
            small = torch.full((len(x), 1, 1, 1), float(low))
            told = torch.cat([given, small.flatten(1)], 1)
            base, _ = model.base.log_likelihood(small, given, None)
            mass += (base + model.upsampler.log_likelihood(x, told, None)[0]).exp()
        assert se is None and model.kind == "lower bound"
        assert torch.isclose(mass.sum(), torch.tensor(1.0), atol=1e-5)
        assert (bound.exp() < mass).all() and bound.exp().sum() < 0.9
        drawn = model.sample(20_000, given[:1].expand(20_000, 1), Draws("draws"))
        code = (drawn.flatten(1) @ torch.tensor([27.0, 9.0, 3.0, 1.0])).long()
        share = torch.bincount(code, minlength=len(x)) / len(code)
        assert (share - mass).abs().max() < 0.01


def test_both_stages_learn_from_what_is_made_of_the_items_and_noise_falls_on_the_small_picture_alone():
    model = cascade(noise=0.2)
    items = Items(every_picture().to(torch.uint8), torch.ones(81, 1))
    base, upsampler = model.stages()
    small, both = base.inputs(items, None), upsampler.inputs(items, None)
    assert torch.equal(small.x, shrink(items.x, 2)) and torch.equal(both.x, items.x)
    assert torch.equal(both.given, torch.cat([items.given, small.x.flatten(1)], 1))
    seen = []
    model.upsampler.linear.register_forward_hook(lambda module, told, out: seen.append(told[0]))
    upsampler.players[0].loss(both.batch(Draws("step"), 0))
    blur = seen[0] - both.given
    assert (blur[:, 0] == 0).all() and 0.3 < blur[:, 1].std() < 0.5  # 0.2 of two levels


def test_known_blocks_settle_the_small_picture():
    model = cascade()
    x, known = torch.full((5, 1, 2, 2), 2.0), torch.ones(5, 1, 2, 2, dtype=torch.bool)
    known[3:, 0, 0, 0] = False
    seen = []
    model.upsampler.linear.register_forward_hook(lambda module, told, out: seen.append(told[0]))
    filled = model.fill(x, known, torch.zeros(5, 1), Draws("fill"))
    assert (filled[:3] == 2).all() and (filled[known] == 2).all()
    assert (seen[0][:3, 1] == 2).all()
