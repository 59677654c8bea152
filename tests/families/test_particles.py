# Tests families/autoregressive/particles.py
"""Holes with something known behind them: draws are of the model's own p(unknown | known), counted over all lines."""

from itertools import product

import pytest
import torch
from cells import first_in_short
from torch import nn

from genwright.core.draws import Draws
from genwright.core.spec import Category, Marginal, Spec
from genwright.distributions.heads import CategoricalHead
from genwright.families.autoregressive.autoregressive import Autoregressive
from genwright.families.autoregressive.particles import TokenChain, log_mass_of_known, resample, thin
from genwright.kinds.sequences.domain import Sequences
from genwright.networks.causal import CausalLSTM, CausalTransformer

DOMAIN = Sequences.fit(["abba", "b", "aab"])
EVERY = ["".join(letters) for n in range(1, 5) for letters in product("ab", repeat=n)]
GIVEN = Spec((("label", Category(2, marginal=Marginal((-0.5, 0.5, 1.5), (0.5, 0.5)))),))
HOLES = {"a known third": ([2], "bbab"), "a known end": ([3], "aba")}


@pytest.fixture(params=["transformer", "lstm"])
def model(request):
    """Of opinions: far from all lines alike, and what comes depends on all that was."""
    torch.manual_seed(1)
    if request.param == "lstm":
        network = CausalLSTM(DOMAIN.spec, GIVEN, width=16, depth=1)
    else:
        network = CausalTransformer(DOMAIN.spec, GIVEN, width=16, heads=2, depth=1)
    for name, weight in network.named_parameters():
        if weight.dim() > 1:
            nn.init.normal_(weight, std=0.7)
    return Autoregressive(DOMAIN.spec, GIVEN, network, CategoricalHead(DOMAIN.leaf.k), 0.0, particles=32).eval()


@torch.no_grad()
def filled(model, hole, count):
    places, line = HOLES[hole]
    x = DOMAIN.encode([line])[0].expand(count, -1)
    known = torch.zeros(x.shape, dtype=torch.bool)
    known[:, places] = True
    return x, known, model.fill(x, known, torch.ones(count, 1), Draws(0))


@pytest.mark.parametrize("hole", first_in_short([*HOLES]))
@torch.no_grad()
def test_a_hole_is_drawn_as_likely_as_the_model_says(model, hole):
    count, given = 500, torch.ones(500, 1)
    every = DOMAIN.encode(EVERY)[0]
    model.particles = 64
    x, known, found = filled(model, hole, count)
    assert (found == x)[known].all()
    nats = model.log_likelihood(every, given[: len(every)], Draws(0))[0]
    p = torch.where((every == x[0])[:, known[0]].all(1), nats, -torch.inf).softmax(0)
    wrong = lambda drawn: float(((drawn[:, None] == every).all(2).float().mean(0) - p).abs().sum() / 2)
    # without what comes behind
    unaware = model._walk(
        torch.where(known, x, 0).float(), known, known, torch.zeros(len(x), dtype=torch.long), given, Draws(0)
    )
    assert wrong(found) < 0.1 < 0.14 < wrong(unaware)


def test_what_an_item_is_filled_with_depends_on_no_other(model):
    x, given = DOMAIN.encode(["abba", "aab", "bab", "abab"] * 8)[0], torch.ones(32, 1)
    known = torch.zeros(x.shape, dtype=torch.bool)
    known[:, 2] = True
    others = known.clone()
    others[20:, 3] = True
    others[30:] = torch.arange(x.shape[1]) < 2
    with torch.no_grad():
        a, b = (model.fill(x, mask, given, Draws(0)) for mask in (known, others))
    assert torch.equal(a[:20], b[:20]) and not torch.equal(a, b)


def test_particles_go_on_in_proportion_to_their_weights():
    share = torch.tensor([[0.8, 0.15, 0.05, 0.0], [0.25, 0.25, 0.25, 0.25]])
    rng, counts = Draws(0), torch.zeros(2, 4)
    for _ in range(500):
        weights, rows = resample(share.log(), rng)
        counts += torch.stack([(rows.view(2, 4) - torch.tensor([[0], [4]]) == k).sum(1) for k in range(4)], 1)
    assert weights.tolist()[0] == [0.0] * 4 and torch.equal(weights[1], share.log()[1])
    assert torch.allclose(counts / counts.sum(1, keepdim=True), share, atol=0.02)
    assert resample(share[1:].log(), rng)[1] is None


def test_of_many_weights_some_stay_without_bias_and_none_twice():
    shares = torch.tensor([[0.5, 0.2, 0.1, 0.1, 0.06, 0.04], [1.0, 0.0, 0.0, 0.0, 0.0, 0.0], [1 / 6] * 6]).double()
    total, rng = torch.zeros(3, 6).double(), Draws(0)
    for _ in range(1000):
        kept, logs = thin(shares.log(), 3, rng)
        there = logs > -torch.inf
        assert all(len(set(row[own].tolist())) == own.sum() for row, own in zip(kept, there))
        total += torch.zeros(3, 6).double().scatter_add(1, kept, logs.exp())
    assert there.sum(1).tolist() == [3, 1, 3]
    assert torch.allclose(total / 1000, shares, atol=0.03) and total[0, 0] == pytest.approx(500)  # the heavy one stays


@pytest.mark.long
@torch.no_grad()
def test_the_mass_of_what_is_known_is_estimated_without_bias(model):
    """By so few particles that most ways to fill the hole are left out; by many it is the sum itself."""
    x, known = DOMAIN.encode(["ab"])[0].float(), torch.tensor([[False, False, True, False, False]])
    given, every = torch.ones(1, 1), DOMAIN.encode(EVERY)[0]
    nats, _ = model.log_likelihood(every, given.expand(len(every), 1), Draws(0))
    truth = float(nats[every[:, 2] == x[0, 2]].exp().sum())
    chain, rng = TokenChain(model.network, model.head, given), Draws("mass")
    mass = lambda particles: log_mass_of_known(model.network, x, known, given, chain, rng, particles).exp()
    few = torch.cat([mass(2) for _ in range(144)])
    assert few.std() > 0.05 * truth and abs(float(few.mean()) - truth) < 4 * float(few.std()) / 12
    assert float(mass(32)) == pytest.approx(truth, rel=1e-5)
