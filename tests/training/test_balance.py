"""Class-balanced order: as a sequence, and in runs that go on and replay to the same bits."""

import tomllib

import numpy as np
import pytest
import torch
from toys import D

import genwright
from genwright.core.errors import BudgetError, DataError, RunError
from genwright.training.balance import BalancedOrder
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


def imbalanced():
    rng = np.random.default_rng(0)
    x = rng.integers(0, 17, (200, 8, 8), dtype=np.uint8)
    return genwright.load_data((x / 16, np.array(["common"] * 180 + ["rare"] * 20)))


def weights(model):
    return state_of(model.family)


def test_a_balanced_run_is_recorded_goes_on_and_replays(tmp_path, monkeypatch):
    data = imbalanced()
    assert "`label` is imbalanced in training: common 130, rare 14" in data.describe()
    options = {"preset": "tiny", "items": 1280, "progress": False}
    whole = genwright.fit(data, "vae", balance=True, out=tmp_path / "whole", **options)
    assert tomllib.loads((tmp_path / "whole" / "config.toml").read_text())["balance"] == "label"
    plain = genwright.fit(data, "vae", **options)
    assert "balance" not in plain.config
    name = next(iter(weights(whole)))
    assert not torch.equal(weights(whole)[name], weights(plain)[name])
    assert torch.equal(whole.conditions.counts, plain.conditions.counts)  # labels of samples keep their shares

    batch, seen = BalancedOrder.batch, []

    def stopping(self, items, size):
        seen.append(items)
        if items == 640:
            raise KeyboardInterrupt
        return batch(self, items, size)

    with monkeypatch.context() as patch:
        patch.setattr(BalancedOrder, "batch", stopping)
        with pytest.raises(KeyboardInterrupt):
            genwright.fit(data, "vae", balance=True, replay=None, out=tmp_path / "cut", checkpoint_seconds=0, **options)
    assert seen == list(range(0, 641, 64))
    again = genwright.fit(data, "vae", balance=True, out=tmp_path / "cut", **options)
    for folder, model in (("whole", whole), ("cut", again)):  # a fit of its own may choose another dtype by its probe
        replayed = genwright.fit(data, replay=tmp_path / folder, progress=False)
        assert all(torch.equal(t, weights(replayed)[name]) for name, t in weights(model).items())
    with pytest.raises(RunError, match="balance: label there, none now"):
        genwright.fit(data, "vae", out=tmp_path / "whole", **options)
    with pytest.raises(BudgetError, match="leave balance out"):
        genwright.fit(data, replay=tmp_path / "whole", balance=True, progress=False)


def test_balance_needs_one_class(data):
    with pytest.raises(DataError, match="balance needs one given category"):
        genwright.fit(np.random.default_rng(0).normal(size=(40, D)), "vae", balance=True, items=64, progress=False)
