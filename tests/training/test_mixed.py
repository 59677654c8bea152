"""Batches of which a share carries labels: as a sequence, and in a run that goes on to the same bits."""

import numpy as np
import pytest
import torch
from killing import Killed, killed_at

import genwright
from genwright.training.checkpoints import Store
from genwright.training.orders import MixedOrder
from genwright.training.weights import state_of

LABELLED = torch.arange(1000) % 100 == 7  # ten of a thousand


def test_a_share_of_every_batch_is_labelled_and_every_item_comes_as_often_as_its_like():
    order = MixedOrder(LABELLED, 0.25, 0, "fit")
    batches = [order.batch(64 * k, 64) for k in range(125)]
    assert all(LABELLED[batch[:16]].all() and len(batch) == 64 for batch in batches)
    own = torch.cat([batch[:16] for batch in batches]).bincount(minlength=1000)
    every = torch.cat([batch[16:] for batch in batches]).bincount(minlength=1000)
    assert (own[LABELLED] == 200).all() and own.sum() == 2000  # 16 in each of 125 batches, among ten
    assert (every == 6).all()  # 48 in each, among a thousand


def test_a_batch_is_a_function_of_seed_stage_and_items():
    begun = MixedOrder(LABELLED, 0.25, 3, "fit")
    whole = [begun.batch(64 * k, 64) for k in range(40)]
    for k in (0, 7, 39):
        assert torch.equal(MixedOrder(LABELLED, 0.25, 3, "fit").batch(64 * k, 64), whole[k])
    assert not torch.equal(MixedOrder(LABELLED, 0.25, 4, "fit").batch(0, 64), whole[0])
    assert not torch.equal(MixedOrder(LABELLED, 0.25, 3, "codec").batch(0, 64), whole[0])


@pytest.mark.long
def test_a_run_with_few_labels_goes_on_to_the_same_bits(tmp_path, monkeypatch):
    rng = np.random.default_rng(0)
    labels = np.where(np.arange(300) % 10 < 2, np.arange(300) % 2, np.nan)
    data = genwright.load_data((rng.integers(0, 17, (300, 8, 8)) / 16, labels))
    seen, batch = [], MixedOrder.batch
    monkeypatch.setattr(MixedOrder, "batch", lambda self, *at: seen.append(batch(self, *at)) or seen[-1])
    fit = lambda *family, **how: genwright.fit(data, *family, progress=False, checkpoint_seconds=0, **how)
    whole = fit("semi-supervised-vae", preset="tiny", items=1280, out=tmp_path / "whole")
    there = ~data.tensors("train").given[:, 0].isnan()
    assert len(seen) == 20 and all(there[index[:16]].all() for index in seen)
    with killed_at(monkeypatch, Store, "save", 7), pytest.raises(Killed):
        fit(replay=tmp_path / "whole", out=tmp_path / "killed")  # with what was probed then
    again = fit(replay=tmp_path / "whole", out=tmp_path / "killed")
    assert all(torch.equal(a, b) for a, b in zip(state_of(whole.family).values(), state_of(again.family).values()))
