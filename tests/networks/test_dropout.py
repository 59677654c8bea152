"""Dropout by one random byte a number."""

import torch

from genwright.core.draws import seeded
from genwright.networks.dropout import Dropout

N = 200_000


def dropped(rate: float, seed: int = 0) -> torch.Tensor:
    with seeded(seed):
        return Dropout(rate)(torch.ones(N // 4, 4))


def test_numbers_are_dropped_at_the_rate_and_the_mean_stays():
    for rate in (0.1, 0.4, 0.5):
        y, whole = dropped(rate), round(256 * rate) / 256
        error = (whole * (1 - whole) / N) ** 0.5
        assert abs((y == 0).float().mean() - whole) < 5 * error and abs(whole - rate) < 1 / 256
        assert abs(y.mean() - 1) < 5 * error / (1 - whole)
        assert len(y.unique()) == 2


def test_neighbours_are_dropped_independently():
    y = (dropped(0.4) == 0).double()
    for shift in (1, 2, 3, 4, 8):  # bytes of one word, and of the next
        a, b = y.flatten()[:-shift] - y.mean(), y.flatten()[shift:] - y.mean()
        assert abs((a * b).mean() / y.var()) < 5 / N**0.5


def test_a_seed_gives_the_same_mask_and_evaluation_none():
    assert torch.equal(dropped(0.3, 1), dropped(0.3, 1)) and not torch.equal(dropped(0.3, 1), dropped(0.3, 2))
    h = torch.randn(5, 3, dtype=torch.bfloat16)
    assert Dropout(0.3).eval()(h) is h and Dropout(0.0)(h) is h
    assert Dropout(0.3)(h).dtype == torch.bfloat16


def test_what_is_dropped_has_no_gradient():
    h = torch.ones(100, 10, requires_grad=True)
    y = Dropout(0.5)(h)
    y.sum().backward()
    assert torch.equal(h.grad, y.detach())
