# Tests graphs/networks/propagate.py
"""Samplers that learn whom to ask: fewer errors of the estimate of A x after learning than before."""

import numpy as np
import pytest
import torch
from small_graphs import skewed

from genwright.graphs.networks import normalise
from genwright.graphs.networks.propagate import propagate
from genwright.graphs.networks.samplers import ASGCN, PASS, Bandit

NODES, ROOTS = 60, 8
GRAPH = normalise.symmetric(skewed(NODES, 250))


def variance(sampler, x: torch.Tensor, draws: int = 400) -> float:
    rng, rows = np.random.default_rng(5), np.arange(ROOTS)
    with torch.no_grad():
        truth = propagate(GRAPH, x)[rows]
        errors = []
        for _ in range(draws):
            drawn = sampler.block(rows, sampler.budgets[0], rng)
            errors.append(((propagate(drawn.graph, x[drawn.nodes]) - truth) ** 2).sum())
    return float(torch.stack(errors).mean())


@pytest.mark.long
@pytest.mark.parametrize("name", ["as-gcn", "bandit", "pass"])
def test_a_learned_law_lowers_the_variance(name):
    """Where a third of the nodes say ten times as much as the others, learning to ask them takes off a fifth of the
    variance at least."""
    x = torch.ones(NODES, 1)
    x[::3] = 10.0
    torch.manual_seed(0)
    sampler = {
        "as-gcn": lambda: ASGCN((12,), 1),
        "bandit": lambda: Bandit((3,)),
        "pass": lambda: PASS((3,), 1, width=2),
    }[name]()
    sampler.attach(GRAPH, x / 10, np.arange(NODES))
    before = variance(sampler, x)
    optimizer = torch.optim.Adam(sampler.parameters(), 0.04) if list(sampler.parameters()) else None
    rng = np.random.default_rng(0)
    for _ in range(200):
        drawn = sampler.block(np.arange(ROOTS), sampler.budgets[0], rng)
        loss = sampler.learn([drawn], [x[drawn.nodes]])
        if name == "pass":  # the loss whose variance counts: a sum over rows with random signs
            loss = (
                propagate(drawn.graph, x[drawn.nodes])[:, 0] * torch.from_numpy(rng.choice([-1.0, 1.0], ROOTS)).float()
            ).sum()
        if optimizer:
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    assert variance(sampler, x) < 0.8 * before
