"""log p(unknown | known) of families that score a part of an item given the rest, on tables in their tiny presets."""

import itertools

import pytest
import torch

from genwright.core.draws import Draws
from genwright.core.spec import Spec
from genwright.core.trainable import Items
from genwright.zoo import registry

EXACT = ("autoregressive", "independent")
FAMILIES = (*EXACT, "flow", "vae", "copula", "pca")


@pytest.fixture(params=FAMILIES)
def scored(request, mixed):
    """name, score(x, known) with many draws: of a model that is away from its start, where much is independent."""
    name, rng = request.param, Draws("scored")
    torch.manual_seed(0)
    row = registry.row(*registry.TABLES, name)
    tiny = registry.hyperparameters(row, mixed, Spec(()), 400, "tiny" if registry.presets(row) else None)
    family = registry.build(row, mixed, Spec(()), tiny).family
    with torch.no_grad():
        for p in family.parameters():
            p.add_(0.05 * rng.normal(p.shape))
        rows = torch.tensor([[0.5, 3.0, 1.0], [-1.5, 0.0, 2.0], [2.5, torch.nan, 0.0], [0.3, 1.0, torch.nan]])
        rows = rows.repeat(100, 1)
        rows[:, 0] += 0.4 * rng.normal(400)
        if not family.stages():
            family.finish(Items(rows, torch.zeros(400, 0)), rng)
    family.eval()

    def score(x, *known, draws=150):
        with torch.no_grad():
            return family.log_likelihood(x, torch.zeros(len(x), 0), Draws("score"), draws, *known)[0].double()

    return name, score


def test_where_nothing_is_known_it_is_the_likelihood_of_the_whole(scored):
    _, score = scored
    x = torch.tensor([[0.5, 3.0, 1.0], [-1.5, torch.nan, 2.0]])
    assert torch.allclose(score(x, torch.zeros(2, 3, dtype=torch.bool), draws=5), score(x, draws=5), atol=1e-4)


def test_where_all_is_known_there_is_nothing_to_score(scored):
    name, score = scored
    nats = score(torch.tensor([[0.5, 3.0, 1.0], [-1.5, 0.0, 2.0]]), torch.ones(2, 3, dtype=torch.bool))
    assert nats.abs().max() < (1.0 if name == "vae" else 1e-5)  # the log of weights that are 1 on average


@pytest.mark.parametrize("hidden", [(2,), (1, 2)])
def test_the_masses_of_what_is_unknown_sum_to_one(scored, hidden):
    """Over all categories, counts and absent values, beside one known number: all of it for exact masses, nearly all
    for bounds."""
    name, score = scored
    values = {1: [torch.nan, *map(float, range(-40, 50))], 2: [torch.nan, 0.0, 1.0, 2.0]}
    every = torch.tensor(list(itertools.product(*(values[j] for j in hidden))))
    x = torch.tensor([[0.7, 3.0, 1.0]]).repeat(len(every), 1)
    x[:, list(hidden)] = every
    known = torch.tensor([j not in hidden for j in range(3)]).expand(x.shape)
    total = score(x, known).exp().sum().item()
    least = 0.9 if name == "vae" else 0.97
    assert total == pytest.approx(1, abs=2e-3) if name in EXACT else least < total < 1.03
