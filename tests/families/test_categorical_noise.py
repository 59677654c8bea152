# Tests families/diffusion/categorical_noise.py
"""Closed forms of categorical noise against chains of matrices, in which everything is counted."""

import pytest
import torch

from genwright.core.draws import Draws
from genwright.families.diffusion.categorical_noise import CategoricalNoise, marginal, mask, sample_categories, uniform

K = 4
PROCESSES = {
    "uniform": uniform(K),
    "marginal": marginal(torch.tensor([[0, 0, 0, 1], [1, 2, 2, 3]]), K),
    "mask": mask(K - 1),
}
NOW, AFTER = 0.3, 0.8  # alpha_t, alpha_s


def transition(pi, alpha):
    """(K, K) of one step: from a row, to a column."""
    return alpha * torch.eye(K) + (1 - alpha) * pi


def bayes(pi, x_t):
    """q(x_s | x_t, x_0) of every x_0 (rows, NaN where x_t cannot come from it) and x_s (columns), by enumeration."""
    joint = transition(pi, AFTER) * transition(pi, NOW / AFTER)[:, x_t]
    return joint / joint.sum(1, keepdim=True)


@pytest.mark.parametrize("name", PROCESSES)
def test_levels_multiply(name):
    pi = PROCESSES[name]
    process, each = CategoricalNoise(pi), torch.arange(K)
    assert torch.allclose(process.probabilities(each, NOW), transition(pi, AFTER) @ transition(pi, NOW / AFTER))
    assert torch.allclose(process.probabilities(each, 1.0), torch.eye(K))
    assert torch.allclose(process.probabilities(each, 0.0), pi.expand(K, K))
    levels = torch.tensor([0.0, 0.2, 0.7, 1.0])
    row = lambda i: process.probabilities(each[i], float(levels[i]))
    assert torch.allclose(process.probabilities(each, levels), torch.stack([row(i) for i in range(K)]))


@pytest.mark.parametrize("name", PROCESSES)
def test_the_posterior_of_a_known_start_is_that_of_bayes(name):
    process = CategoricalNoise(PROCESSES[name])
    for x_t in range(K):
        truth = bayes(PROCESSES[name], x_t)
        able = ~truth.isnan().any(1)
        x = torch.full((K,), x_t)
        assert able.any() and torch.allclose(process.posterior(torch.eye(K), x, NOW, AFTER)[able], truth[able])


@pytest.mark.parametrize("name", PROCESSES)
def test_the_posterior_of_a_guess_is_the_mean_of_those_of_its_starts(name):
    process, guess = CategoricalNoise(PROCESSES[name]), torch.softmax(Draws(0).normal(6, 5, K), 2)
    x = process.noised(sample_categories(guess, Draws(1)), NOW, Draws(2))
    got = process.posterior(guess, x, torch.full((6,), NOW), torch.full((6,), AFTER))
    for i in range(6):
        for j in range(5):
            each = bayes(PROCESSES[name], int(x[i, j]))
            able = ~each.isnan().any(1)
            weight = guess[i, j][able] / guess[i, j][able].sum()
            assert torch.allclose(got[i, j], weight @ each[able], atol=1e-5)


@pytest.mark.parametrize("name", PROCESSES)
def test_steps_back_end_at_the_data(name):
    """With the true p(x_0 | x_t) of independent data, any steps draw from their distribution."""
    n, process, data = 20_000, CategoricalNoise(PROCESSES[name]), torch.tensor([0.5, 0.2, 0.3, 0.0])
    joint = lambda alpha: data[:, None] * transition(PROCESSES[name], alpha)
    x, levels = process.start((n,), Draws("start")), [0.0, 0.3, 0.35, 0.9, 1.0]
    for k, (now, after) in enumerate(zip(levels, levels[1:])):
        p = (joint(now) / joint(now).sum(0)).nan_to_num().T[x]
        x = sample_categories(process.posterior(p, x, now, after), Draws("step", k))
    assert (torch.bincount(x, minlength=K) / n - data).abs().max() < 4 * 0.5 / n**0.5


def test_a_mask_is_lifted_once_and_what_is_seen_stays():
    process, p = CategoricalNoise(mask(3)), torch.tensor([[0.2, 0.3, 0.5, 0.0]] * 2)
    hidden, seen = process.posterior(p, torch.tensor([3, 1]), NOW, AFTER)
    share = (AFTER - NOW) / (1 - NOW)
    assert torch.allclose(hidden, torch.tensor([0.2, 0.3, 0.5, 0.0]) * share + (1 - share) * torch.eye(4)[3])
    assert torch.allclose(seen, torch.eye(4)[1])


def test_draws_follow_their_probabilities():
    n, process = 20_000, CategoricalNoise(PROCESSES["marginal"])
    x = process.noised(torch.full((2, n), 2), torch.tensor([0.9, 0.1]), Draws(0))
    for row, alpha in zip(x, (0.9, 0.1)):
        found = torch.bincount(row, minlength=K) / n
        assert (found - process.probabilities(torch.tensor(2), alpha)).abs().max() < 4 * 0.5 / n**0.5


@pytest.mark.parametrize("pi", [torch.ones(3), torch.eye(2), torch.tensor([1.5, -0.5])])
def test_what_is_no_distribution_is_refused(pi):
    with pytest.raises(ValueError):
        CategoricalNoise(pi)


@pytest.mark.parametrize("alpha", [0.0, 0.3, 0.99])
def test_what_a_noisy_category_says_by_itself_is_bayes_rule(alpha):
    process = CategoricalNoise(torch.tensor([0.2, 0.5, 0.3]))
    joint = process.stationary[:, None] * process.probabilities(torch.arange(3), alpha)  # of x_0, x_t
    expected = (joint / joint.sum(0)).T
    assert torch.allclose(process.clean_posterior(torch.arange(3), alpha), expected, atol=1e-6)
