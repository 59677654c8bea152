"""How many members a set has, and what is given says of it: counted, against the joint distribution itself."""

import numpy as np
import pytest
import torch
from leaves import category, real

from genwright.core.draws import Draws
from genwright.core.spec import Category, Marginal, Members, Real, Spec
from genwright.distributions.histograms import SetSizes

N, ITEMS = 5, 40_000
RNG = np.random.default_rng(0)
SIZES = RNG.choice(N, ITEMS, p=[0.3, 0.0, 0.3, 0.3, 0.1]) + 1
WEIGHT = SIZES + RNG.normal(0, 1, ITEMS)
SIDE = (RNG.random(ITEMS) < SIZES / 6).astype(float)
GIVEN = Spec((("side", category(0.5, 0.5)), ("weight", real(WEIGHT))))


def leaf():
    probs = np.bincount(SIZES - 1, minlength=N) / ITEMS
    each = Spec((("place", Real((2,))),))
    return Members(each, Marginal(tuple(np.arange(N + 1) + 0.5), tuple(probs)))


def learned(columns):
    """Sizes given the named columns, and what the training sets carry of these."""
    spec = Spec(tuple(column for column in GIVEN.leaves if column[0] in columns))
    carried = {"side": SIDE, "weight": WEIGHT}
    given = torch.tensor(np.stack([carried[name] for name in spec.names], 1)).float()
    sizes = SetSizes(leaf(), spec)
    sizes.learn(torch.tensor(SIZES), given)
    return sizes, given


def every(sizes, given):
    """p(n | given) for all n, (B, N)."""
    return torch.stack([sizes.log_prob(torch.full((len(given),), n), given) for n in range(1, N + 1)], 1).exp()


@pytest.mark.parametrize("columns", [["side"], ["weight"], ["side", "weight"]])
def test_masses_sum_to_one_and_absent_variables_say_nothing(columns):
    sizes, given = learned(columns)
    asked = torch.cat([given[:50], torch.full((1, len(columns)), torch.nan), torch.full((1, len(columns)), 1e6)])
    p = every(sizes, asked)
    assert torch.allclose(p.sum(1), torch.ones(len(p)).double()) and (p[:, 1] == 0).all()
    assert torch.allclose(p[50], sizes.probs)


def test_they_are_the_frequencies_of_training_sets_with_what_is_given():
    sizes, _ = learned(["side"])
    found = every(sizes, torch.tensor([[0.0], [1.0]]))
    truth = np.stack([np.bincount(SIZES[SIDE == k] - 1, minlength=N) / (SIDE == k).sum() for k in (0, 1)])
    assert np.abs(found.numpy() - truth).max() < 0.001
    sizes, given = learned(["weight"])
    near = np.abs(WEIGHT - 3) < 0.1
    truth = np.bincount(SIZES[near] - 1, minlength=N) / near.sum()
    assert np.abs(every(sizes, torch.tensor([[3.0]]))[0].numpy() - truth).max() < 0.03


def test_nothing_is_counted_of_a_text():
    spec = Spec((GIVEN.leaves[0], ("note", Category(9, (4,), "sequence", ends=True)), GIVEN.leaves[1]))
    (alone, given), sizes = learned(["side", "weight"]), SetSizes(leaf(), spec)
    beside = torch.cat([given[:, :1], torch.full((ITEMS, 4), 7.0), given[:, 1:]], 1)
    sizes.learn(torch.tensor(SIZES), beside)
    assert torch.equal(every(sizes, beside[:50]), every(alone, given[:50]))


def test_what_is_given_is_worth_the_information_that_it_has():
    alone, (sizes, given) = SetSizes(leaf()), learned(["side", "weight"])
    true = torch.tensor(SIZES)
    gain = float((sizes.log_prob(true, given) - alone.log_prob(true)).mean())
    likely = np.exp(-0.5 * (WEIGHT[:, None] - np.arange(1, N + 1)) ** 2) * (
        np.where(SIDE[:, None] > 0, np.arange(1, N + 1) / 6, 1 - np.arange(1, N + 1) / 6)
    )
    joint = likely * alone.probs.numpy()
    truth = np.log((joint / joint.sum(1, keepdims=True))[np.arange(ITEMS), SIZES - 1] / alone.probs.numpy()[SIZES - 1])
    assert gain == pytest.approx(truth.mean(), abs=0.02) and gain > 0.2


def test_draws_follow_what_is_given_and_are_as_large_as_they_must():
    sizes, _ = learned(["weight"])
    asked = torch.tensor([[1.0], [5.0]]).repeat(4000, 1)
    drawn = sizes.sample(Draws("sizes").items(8000), torch.zeros(8000, dtype=torch.long), asked)
    p = every(sizes, asked[:2])
    for k in (0, 1):
        share = torch.bincount(drawn[k::2] - 1, minlength=N) / 4000
        assert (share - p[k]).abs().max() < 0.03
    least = torch.full((8000,), 4)
    assert (sizes.sample(Draws("sizes").items(8000), least, asked) >= 4).all()
    assert torch.equal(
        SetSizes(leaf(), GIVEN).sample(Draws("a").items(9), torch.zeros(9, dtype=torch.long), torch.full((9, 2), 3.0)),
        SetSizes(leaf()).sample(Draws("a").items(9), torch.zeros(9, dtype=torch.long)),
    )  # nothing learned yet
