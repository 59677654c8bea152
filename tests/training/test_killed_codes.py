"""Codebooks that follow their codes and priors that learn from them: killed at any step, a run ends with the same
bits."""

import pytest
import torch
from killing import Killed, killed_at
from test_fit import same

import genwright
from genwright.contract.small_data import small_data
from genwright.core.trainable import Alternatives
from genwright.run.folder import read_config
from genwright.training.stage import StageTraining


def killed_again_and_again(run, folder, monkeypatch):
    """The model of a run that is killed after every few steps, and how many stages had begun at each kill."""
    stages = []
    while True:
        with monkeypatch.context() as patch, killed_at(patch, StageTraining, "step", 3 + len(stages) % 3):
            try:
                return run(folder.name), stages
            except Killed:
                stages.append(len(read_config(folder)["stages"]))


@pytest.mark.long
def test_a_hierarchy_of_codes_killed_again_and_again_ends_with_the_bits_of_one_that_lived(tmp_path, monkeypatch):
    """Sums and counts of codebooks, entries put elsewhere, codes as inputs of two later stages."""
    data = small_data("images")
    run = lambda name: genwright.fit(
        data, "vq-vae-2", preset="tiny", items=420, out=tmp_path / name, progress=False, checkpoint_seconds=0
    )
    whole = run("whole")
    model, stages = killed_again_and_again(run, tmp_path / "killed", monkeypatch)
    assert len(stages) >= 5 and set(stages) == {1, 2, 3} and same(whole, model)
    assert float(model.family.codec.quantisers[0].counts.std()) > 0  # entries were chosen unlike
    items = data.test[:4]
    assert (model.encode(items) == whole.encode(items)).all()
    assert torch.equal(torch.as_tensor(model.sample(5, seed=3)), torch.as_tensor(whole.sample(5, seed=3)))


@pytest.mark.long
def test_quantised_real_codes_of_captioned_pictures_killed_end_with_the_bits_of_those_that_lived(tmp_path, monkeypatch):
    """Averages of codes, of how far they are from their entries, and codes with noise as inputs of the second stage,
    which chooses among the captions of a picture."""
    digits = small_data("images").train
    texts = [[f"a {label} by hand", f"one {label}"][: 1 + i % 2] for i, label in enumerate(digits.given["label"])]
    data = genwright.load_data((digits, {"caption": texts}), given="caption")
    run = lambda name: genwright.fit(
        data, "latent-diffusion", preset="tiny", hyperparameters={"entries": 8}, items=500, out=tmp_path / name,
        progress=False, checkpoint_seconds=0,
    )  # fmt: skip
    whole = run("whole")
    model, stages = killed_again_and_again(run, tmp_path / "killed", monkeypatch)
    assert len(stages) >= 3 and same(whole, model) and float(model.family.codec.away.std()) > 0
    with monkeypatch.context() as patch:
        patch.setattr(Alternatives, "chosen", lambda self, given, *_: given)
        assert not same(whole, run("firsts"))
    assert (model.sample(5, seed=3) == whole.sample(5, seed=3)).all()
