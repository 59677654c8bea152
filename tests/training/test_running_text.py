# Tests training/checkpoints.py
"""A run on windows of one text, which begin at random places: killed and gone on with, it ends with the same bits."""

import pytest
import torch
from killing import Killed, killed_at

import genwright
from genwright.training.checkpoints import Store


def test_a_killed_run_on_a_text_goes_on_to_the_same_bits(tmp_path, monkeypatch):
    data = genwright.load_data(["to be or not to be that is the question " * 60], windows=24)
    numbers = {"preset": "tiny", "items": 1600, "progress": False}
    fit = lambda out, every: genwright.fit(data, "autoregressive", out=out, checkpoint_seconds=every, **numbers)
    whole = fit(tmp_path / "whole", 1e9)
    with killed_at(monkeypatch, Store, "save", 3), pytest.raises(Killed):
        fit(tmp_path / "killed", 0)
    gone_on = fit(tmp_path / "killed", 0)
    a, b = whole.family.state_dict(), gone_on.family.state_dict()
    assert all(torch.equal(a[name], b[name]) for name in a)
