from math import inf

import pytest
import torch
from torch import nn

from genwright.core.draws import Draws
from genwright.core.family import Family
from genwright.core.recipe import Recipe
from genwright.core.spec import Real, Spec
from genwright.core.trainable import Batch, Items, Player, Stage
from genwright.training.stage import StageTraining


class Transposed(Family):
    """A loss whose gradient comes back with the strides of the transpose."""

    def __init__(self):
        super().__init__(Spec((("x", Real(shape=(1, 2, 2))),)), Spec(()))
        self.weight = nn.Parameter(torch.arange(12.0).reshape(3, 4))

    def loss(self, batch):
        target = torch.arange(12.0).reshape(4, 3) ** 1.5
        return ((self.weight.t().contiguous() - target) ** 2).sum(), {}


def test_a_gradient_with_other_strides_moves_the_right_weights():
    family = Transposed()
    (gradient,) = torch.autograd.grad(family.loss(None)[0], [family.weight])
    assert not gradient.is_contiguous(), "the case that this test is about"
    recipe = Recipe(family, lr=0.1, clip=1e9)
    training = StageTraining(recipe, Stage("fit", [Player("model", [family.weight], family.loss)]))
    expected = nn.Parameter(family.weight.detach().clone())
    torchs = torch.optim.AdamW([expected], lr=0.1, weight_decay=0.0, foreach=False, fused=False)
    for k in range(3):
        training.step(Batch(torch.zeros(1), torch.zeros(1, 0), Draws(k), k), k, 1.0, bf16=False)
        torchs.zero_grad()
        ((expected.t() - torch.arange(12.0).reshape(4, 3) ** 1.5) ** 2).sum().backward()
        torchs.step()
    assert torch.allclose(family.weight, expected, atol=1e-5)


class Slope(Family):
    """A loss whose gradient is the mean of the batch, times the distance of the weight from 3."""

    def __init__(self):
        super().__init__(Spec((("x", Real(shape=(1, 1, 2))),)), Spec(()))
        self.weight = nn.Parameter(torch.tensor([0.0, 1.0]))

    def loss(self, batch):
        return batch.x.float().mean() * 0.5 * ((self.weight - 3) ** 2).sum(), {}


def stage_of(family, **numbers):
    return StageTraining(
        Recipe(family, lr=0.1, **numbers), Stage("fit", [Player("model", [family.weight], family.loss)])
    )


def step(training, k, slope=1.0):
    return training.step(Batch(torch.full((4, 1, 1, 2), slope), torch.zeros(4, 0), Draws(k), 4 * k), k, 1.0, bf16=False)


def validate(training):
    return training.validate(Items(torch.ones(10, 1, 1, 2), torch.zeros(10, 0)), 0, bf16=False)[0]


@pytest.mark.parametrize("clip", [1.0, 30.0, inf])
def test_steps_are_those_of_torch_with_the_gradient_clipped(clip):
    """Sizes of the gradient jump between 0.01 and 400: AdamW forgets a common factor, and not one that changes."""
    family = Slope()
    training, expected = stage_of(family, clip=clip, average=0.0), Slope()
    torchs = torch.optim.AdamW(expected.parameters(), lr=0.1, weight_decay=0.0, foreach=False, fused=False)
    for k, slope in enumerate((0.01, 400.0, 1.0, 20.0, 0.3, 0.3)):
        step(training, k, slope)
        torchs.zero_grad()
        (slope * 0.5 * ((expected.weight - 3) ** 2).sum()).backward()
        torch.nn.utils.clip_grad_norm_(expected.parameters(), clip)
        torchs.step()
    assert torch.allclose(family.weight, expected.weight, atol=1e-5)


def test_slow_weights_take_a_tenth_of_a_step():
    """The first step of AdamW is as long as the rate, whatever the gradient."""
    family = Slope()
    family.other = nn.Parameter(torch.tensor([0.0]))
    loss = lambda batch: (family.loss(batch)[0] + (family.other - 3).square().sum(), {})
    player = Player("model", [family.weight, family.other], loss, slow=[family.other])
    training = StageTraining(Recipe(family, lr=0.1, average=0.0), Stage("fit", [player]))
    before = family.weight.detach().clone()
    step(training, 0)
    assert torch.allclose(family.weight - before, torch.tensor(0.1), atol=1e-5)
    assert torch.allclose(family.other, torch.tensor(0.01), atol=1e-6)


def test_the_average_is_what_is_validated_kept_and_settled_for():
    family = Slope()
    training = stage_of(family, average=0.25)
    loss = lambda weight: 0.5 * ((weight.detach() - 3) ** 2).sum().item()
    for k in range(12):
        step(training, k)
    (average,) = training.averages[0].values.values()
    average, last = average.clone(), family.weight.detach().clone()
    assert loss(last) < 0.9 * loss(average)  # far apart, or nothing is tested
    assert validate(training) == pytest.approx(loss(average)) and torch.equal(family.weight, last)
    training.keep_best()
    for k in range(12, 15):
        step(training, k)
    training.use_best_weights()
    assert torch.equal(family.weight, average)


def test_losses_are_compared_as_they_are_when_every_schedule_is_over():
    class Warming(Slope):
        def loss(self, batch):
            loss, logs = super().loss(batch)
            return loss * min(1.0, batch.items / 1e9), logs

    training = stage_of(Warming(), average=0.0)
    assert validate(training) == pytest.approx(0.5 * (9 + 4))


def test_a_stage_restored_from_its_tensors_goes_on_as_if_nothing_had_been():
    """The best weights among them, which no later validation may reach again."""
    one = stage_of(Slope(), average=0.25)
    for k in range(9):
        step(one, k)
        if k == 4:
            one.keep_best()
    (best,) = one.best.values()
    two = stage_of(Slope(), average=0.25)
    two.family.load_state_dict(one.family.state_dict())
    two.restore({name: t.clone() for name, t in one.tensors().items()})
    for training in (one, two):
        for k in range(9, 12):
            step(training, k)
    for name, t in one.tensors().items():
        assert torch.equal(t, two.tensors()[name]), name
    assert torch.equal(one.family.weight, two.family.weight) and not torch.equal(one.family.weight, best)
    two.use_best_weights()
    assert torch.equal(two.family.weight, best)
