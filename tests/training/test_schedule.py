# Tests training/budget.py
import numpy as np
import pytest
import torch
from torch import nn

from genwright.core.errors import BudgetError
from genwright.training import budget
from genwright.training.stage import AdamW, Order, PowerAverage, exponent


def test_one_budget_above_zero():
    assert budget.budget_of(None, None, None, None) is None
    assert budget.budget_of(None, 10, None, None) == {"items": 10}
    for minutes, items in ((0, None), (-1, None), (float("nan"), None), (float("inf"), None), (None, 1.5), (None, 0)):
        with pytest.raises(BudgetError):
            budget.budget_of(minutes, items, None, None)
    with pytest.raises(BudgetError):
        budget.budget_of(1, None, None, 2)


def test_budgets_in_items():
    assert budget.items_of({"steps": 3}, 100, 32) == 96
    assert budget.items_of({"epochs": 2.5}, 100, 32) == 250
    assert budget.items_of({"minutes": 1.0}, 100, 32) is None
    assert budget.stage_items(1000, [2.0, 1.0], [32, 30]) == [640, 330]
    assert budget.stage_items(10, [1.0], [32]) == [32]


def test_the_rate_warms_up_stays_and_cools_down():
    rates = [budget.lr_schedule(k, 10, 100, 1000) for k in range(0, 1000, 10)]
    assert rates[0] == pytest.approx(0.1) and rates[9] == 1 and rates[80] == 1
    assert all(a > b for a, b in zip(rates[80:], rates[81:])) and rates[-1] == pytest.approx(0.05)
    assert budget.lr_schedule(5000, 10, 100, None) == 1  # nobody knows the end yet


def test_knowing_the_end_changes_no_rate_before_the_cooldown():
    for decided in (10, 330, 4410):
        total = budget.total_with_cooldown_at(decided, 10)
        assert all(
            budget.lr_schedule(k, 10, 100, total) == budget.lr_schedule(k, 10, 100, None) for k in range(0, decided, 10)
        )
        assert not budget.in_cooldown(decided - 10, total)


@pytest.mark.parametrize("about", [100, 5000])
def test_progress_never_falls_and_knowing_the_end_changes_none_before_the_cooldown(about):
    decided, batch = 800, 10
    total = budget.total_with_cooldown_at(decided, batch)
    while_running = lambda k: budget.progress(k, about, total if k >= decided else None)
    found = [while_running(k) for k in range(0, total + batch, batch)]
    assert found == sorted(found) and found[0] == 0 and found[-1] == 1
    assert found == [budget.progress(k, about, total) for k in range(0, total + batch, batch)]
    assert [budget.progress(k, 1000, 1000) for k in (0, 500, 800, 990)] == [0, 0.5, 0.8, 0.99]


def test_validations_are_rare_and_depend_on_items_only():
    at, points = 0, []
    while at < 400_000:
        at = budget.next_validation(at, 150, 32)
        points.append(at)
    assert points[0] == 1504 and all(p % 32 == 0 for p in points)
    assert 60 < len(points) < 120
    assert budget.next_validation(0, 50_000, 32) == 20_000


def test_overdue():
    assert not budget.should_stop_early(24_000, 10_000, 100)
    assert budget.should_stop_early(26_000, 10_000, 100)
    assert not budget.should_stop_early(26_000, 10_000, 1000)  # sixteen epochs only


@pytest.mark.parametrize("width", [0.05, 0.1, 0.2])
def test_the_average_has_the_width_it_claims(width):
    """The weight of step t in the average after T steps goes as t^gamma, with standard deviation width * T."""
    T = 2000
    weight = nn.Parameter(torch.zeros(T))
    average = PowerAverage({"w": weight}, width)
    for t in range(1, T + 1):
        weight.data = nn.functional.one_hot(torch.tensor(t - 1), T).float()
        average.update(t)
    share = average.values["w"].double().numpy()
    at = np.arange(1, T + 1) / T
    mean = (share * at).sum()
    assert share.sum() == pytest.approx(1, abs=1e-4)
    assert np.sqrt((share * (at - mean) ** 2).sum()) == pytest.approx(width, rel=0.02)
    assert np.corrcoef(np.log(at[T // 2 :]), np.log(share[T // 2 :]))[0, 1] > 0.9999
    assert exponent(0.1) == pytest.approx(6.94, abs=0.01)  # Karras 2024, figure of sigma_rel = 0.10


def test_an_average_without_a_width_is_the_last_weights():
    weight = nn.Parameter(torch.zeros(2))
    average = PowerAverage({"w": weight}, 0.0)
    for t in range(1, 4):
        weight.data = torch.tensor([float(t), 0.1 * t])
        average.update(t)
        assert torch.equal(average.values["w"], weight.data)


def test_the_average_is_applied_and_taken_back():
    weight = nn.Parameter(torch.ones(3))
    average = PowerAverage({"w": weight}, 0.1)
    average.update(1)
    weight.data += 1
    with average.applied():
        assert weight.tolist() == [1, 1, 1]
    assert weight.tolist() == [2, 2, 2] and average.values["w"].tolist() == [1, 1, 1]


def test_every_epoch_shows_every_item_once_in_a_new_order():
    order = Order(10, 0, "fit")
    seen = torch.cat([order.batch(k, 4) for k in range(0, 40, 4)])
    epochs = seen.reshape(4, 10)
    assert all(sorted(e.tolist()) == list(range(10)) for e in epochs)
    assert len({tuple(e.tolist()) for e in epochs}) == 4
    assert torch.equal(Order(10, 0, "fit").batch(16, 4), seen[16:20])  # wherever one begins to look
    assert Order(3, 0, "fit").batch(0, 10).bincount().tolist() in ([4, 3, 3], [3, 4, 3], [3, 3, 4])
    assert not torch.equal(Order(10, 1, "fit").batch(0, 10), epochs[0])


def test_adamw_is_torchs_to_the_bit():
    nets = [nn.Sequential(nn.Linear(3, 5), nn.Tanh(), nn.Linear(5, 1)) for _ in range(2)]
    nets[1].load_state_dict(nets[0].state_dict())
    ours = AdamW(list(nets[0].parameters()), (0.9, 0.99), 0.1)
    theirs = torch.optim.AdamW(nets[1].parameters(), 0.01, (0.9, 0.99), weight_decay=0.1, fused=True)
    for k in range(20):
        x = torch.randn(8, 3)
        if k == 10:  # through a checkpoint
            other = AdamW(list(nets[0].parameters()), (0.9, 0.99), 0.1)
            other.restore(ours.tensors())
            ours = other
        for net in nets:
            net(x).square().mean().backward()
        ours.step(0.01)
        theirs.step()
        theirs.zero_grad()
    assert all(torch.equal(a, b) for a, b in zip(nets[0].parameters(), nets[1].parameters()))


@pytest.mark.parametrize("n, size", [(1000, 8), (37, 8), (5, 8), (256, 1)])
def test_items_of_like_length_share_a_batch_and_each_comes_once_an_epoch(n, size):
    lengths = torch.randint(1, 60, (n,), generator=torch.Generator().manual_seed(0))
    order, plain = Order(n, 1, "fit", lengths), Order(n, 1, "fit")
    seen, padded, usual = [], 0, 0
    for items in range(0, 6 * n // size * size, size):
        batch, other = order.batch(items, size), plain.batch(items, size)
        assert torch.equal(batch, Order(n, 1, "fit", lengths).batch(items, size))  # whatever was asked before
        seen.append(batch)
        padded, usual = (total + size * int(lengths[which].max()) for total, which in ((padded, batch), (usual, other)))
    seen = torch.cat(seen)
    for epoch in range(len(seen) // n):
        assert torch.equal(seen[epoch * n : (epoch + 1) * n].sort().values, torch.arange(n))
    if n == 1000:
        assert padded < 1.1 * int(lengths[seen].sum()) < 0.7 * usual
        means = lengths[seen].reshape(-1, size).float().mean(1)
        assert abs(np.corrcoef(means[:-1], means[1:])[0, 1]) < 0.1  # batches come in no order of length
