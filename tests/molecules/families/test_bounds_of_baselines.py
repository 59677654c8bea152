"""A bound that training molecules have is no answer: baselines learn what a model of exact answers says, within it."""

import numpy as np
import pytest
import torch
from test_property_baselines import Context, sizes

from genwright.core.answers import EXACT, LOWER_BOUND, UPPER_BOUND, Answers, Target
from genwright.core.draws import Draws
from genwright.core.trainable import Items
from genwright.molecules.families.property_baselines import (
    Forest,
    KnownAnswers,
    Linear,
    MeanAnswer,
    NearestMolecules,
    fit_with_bounds,
)


@pytest.mark.parametrize(
    "make", [lambda s: Linear(s), lambda s: Forest(s, 60, 1, 1.0), lambda s: NearestMolecules(s, 3)]
)
@pytest.mark.parametrize("side, sign", [(LOWER_BOUND, -1.0), (UPPER_BOUND, 1.0)])
def test_a_bound_is_not_learned_as_the_number(make, side, sign):
    rng = np.random.default_rng(0)
    group = np.arange(120) % 4
    counts = np.zeros((120, 64), np.float32)
    for row, one in enumerate(group):
        counts[row, 16 * one : 16 * one + 12] = 1
    counts += rng.random(counts.shape) < 0.05
    seen = np.eye(4, dtype=np.float32)[group] + 0.01 * rng.normal(size=(120, 4)).astype(np.float32)
    y = torch.from_numpy(group.astype(np.float32))[:, None] - 1.5
    bound = torch.from_numpy((group == 2) & (np.arange(120) % 8 == 2))[:, None]
    known = torch.where(bound, side, EXACT).to(torch.int8)
    context = Context(torch.from_numpy(seen), torch.from_numpy(counts))
    items = Items(torch.arange(120), torch.zeros(120, 0), Answers(torch.where(bound, y + 3 * sign, y), known))
    family = make(sizes((Target("y"),), 4))
    family.attach(context)
    family.finish(items, Draws(0))
    predicted = family.member_predictions(context)[0, :, 0].numpy()
    assert np.abs(predicted[group == 2] - 0.5).mean() < 0.2  # 1.5 beyond it if half were learned as 3 less or more


def test_a_prediction_beyond_a_bound_becomes_the_bound():
    known = KnownAnswers(torch.arange(4), np.array([1.0, 3.0, 5.0, -5.0]), np.ones(4), np.array([1, 1, 2, 3], np.int8))
    assert (EXACT, LOWER_BOUND, UPPER_BOUND) == (1, 2, 3)
    seen = []
    mean = lambda some: seen.append(some.y.tolist()) or some.y.mean()
    fit_with_bounds(known, mean, lambda one, which: np.full(len(which), one))
    assert seen == [[1.0, 3.0], [1.0, 3.0, 5.0, -5.0], [1.0, 3.0, 5.0, -5.0]]
    seen.clear()
    known = known._replace(y=np.array([1.0, 3.0, 1.5, 2.5]))
    fit_with_bounds(known, mean, lambda one, which: np.full(len(which), one))
    assert seen[1] == [1.0, 3.0, 2.0, 2.0]


def test_bounds_alone_are_taken_for_the_answers():
    family = MeanAnswer(sizes((Target("y"),)))
    family.attach(Context(torch.zeros(3, 6), torch.ones(3, 64)))
    known = torch.full((3, 1), LOWER_BOUND, dtype=torch.int8)
    family.finish(
        Items(torch.arange(3), torch.zeros(3, 0), Answers(torch.tensor([[1.0], [2.0], [3.0]]), known)), Draws(0)
    )
    assert family.answer.item() == 2
