"""Class-balanced order: as a sequence, and in runs that go on and replay to the same bits."""

import tomllib

import numpy as np
import pytest
import torch
from killing import Killed, killed_at
from toys import D

from genwright.core.errors import BudgetError, DataError, RunError
from genwright.run.fit import fit
from genwright.training.orders import BalancedOrder
from genwright.training.weights import state_of

CLASSES = torch.tensor([0.0] * 90 + [1.0] * 7 + [torch.nan] * 3)


def test_every_class_equally_often_and_every_item_of_a_class_too():
    index = BalancedOrder(CLASSES, 0, "fit").batch(0, 3 * 630)
    rounds = CLASSES[index].nan_to_num(-1).reshape(-1, 3)
    assert (rounds.sort(1).values == torch.tensor([-1.0, 0.0, 1.0])).all()  # each class once in every round
    assert len(torch.unique(rounds, dim=0)) == 6  # in all orders
    counts = index.bincount(minlength=100)
    assert (counts[:90] == 7).all() and (counts[90:97] == 90).all() and (counts[97:] == 210).all()


@pytest.mark.parametrize("size", [1, 7, 64, 900])
def test_a_batch_is_a_function_of_seed_stage_and_items(size):
    whole = BalancedOrder(CLASSES, 3, "fit").batch(0, 1800)
    for start in range(0, 1800 - size, max(size, 131)):
        assert torch.equal(BalancedOrder(CLASSES, 3, "fit").batch(start, size), whole[start : start + size])
    assert not torch.equal(BalancedOrder(CLASSES, 4, "fit").batch(0, 1800), whole)
    assert not torch.equal(BalancedOrder(CLASSES, 3, "codec").batch(0, 1800), whole)


def weights(model):
    return state_of(model.family)


def test_a_balanced_run_is_recorded_goes_on_and_replays(data, tmp_path, monkeypatch):
    options = {"items": 640, "progress": False}
    whole = fit(data, "toy-vae", balance=True, out=tmp_path / "whole", **options)
    assert tomllib.loads((tmp_path / "whole" / "config.toml").read_text())["balance"] == "label"
    plain = fit(data, "toy-vae", **options)
    assert "balance" not in plain.config
    name = "encoder.0.weight"
    assert not torch.equal(weights(whole)[name], weights(plain)[name])
    assert torch.equal(whole.conditions.counts, plain.conditions.counts)  # labels of samples keep their shares

    with killed_at(monkeypatch, BalancedOrder, "batch", 10), pytest.raises(Killed):
        fit(data, "toy-vae", balance=True, out=tmp_path / "cut", checkpoint_seconds=0, **options)
    again = fit(data, "toy-vae", balance=True, out=tmp_path / "cut", **options)
    replayed = fit(data, replay=tmp_path / "whole", progress=False)
    for model in (again, replayed):
        assert all(torch.equal(t, weights(model)[name]) for name, t in weights(whole).items())
    with pytest.raises(RunError):
        fit(data, "toy-vae", out=tmp_path / "whole", **options)
    with pytest.raises(BudgetError):
        fit(data, replay=tmp_path / "whole", balance=True, progress=False)


def test_balance_needs_one_class():
    with pytest.raises(DataError):
        fit(np.random.default_rng(0).normal(size=(40, D)), "vae", balance=True, items=64, progress=False)
