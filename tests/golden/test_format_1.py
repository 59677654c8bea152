"""Runs of format 1 in today's words: opened, repeated, and not gone on with."""

import shutil
import tomllib
from pathlib import Path

import pytest
import tomli_w
import torch

import genwright
from genwright.contract.small_data import small_data
from genwright.core.errors import RunError
from genwright.run import format_1
from genwright.run.folder import FORMAT, read_config

GOLDEN = Path(__file__).parent / "format-1"


def test_every_old_word_has_its_own_new_one_and_goes_back():
    for folder in GOLDEN.iterdir():
        before = tomllib.loads((folder / "config.toml").read_text())
        now = format_1.current(before)
        assert format_1.written(now) == before and read_config(folder) == now
        words = {word for section in ("recipe", "training") for word in now.get(section, {})}
        assert not words & {"calm", "pull", "left_out", "looks"} and all("bf16" in stage for stage in now["stages"])


def test_a_saved_model_of_format_1_is_one_of_today(tmp_path):
    model = genwright.load_model(GOLDEN / "tables-energy")
    again = genwright.load_model(model.save(tmp_path / "copy"))
    assert tomllib.loads((tmp_path / "copy/config.toml").read_text())["format"] == FORMAT
    assert again.sample(3, seed=0).equals(model.sample(3, seed=0))


@pytest.mark.parametrize("name", ["tables-energy", "images-autoregressive", "nodes-gat"])
def test_a_run_of_format_1_is_repeated_also_from_what_results_hold_of_it(name):
    folder, data = GOLDEN / name, small_data(name.split("-")[0])
    task = {} if "gat" not in name else {"task": "nodes"}
    record = tomllib.loads((folder / "config.toml").read_text())
    one = genwright.fit(data, replay=folder, progress=False, **task)
    two = genwright.fit(data, replay=record, progress=False, **task)
    for (key, a), b in zip(one.family.state_dict().items(), two.family.state_dict().values()):
        assert torch.equal(a, b), key
    assert one.config["format"] == FORMAT


def test_a_run_that_an_earlier_version_began_is_not_gone_on_with(tmp_path):
    shutil.copytree(GOLDEN / "tables-energy", tmp_path / "run")
    (tmp_path / "run/weights.safetensors").unlink()
    record = tomllib.loads((tmp_path / "run/config.toml").read_text())
    del record["outcome"]
    (tmp_path / "run/config.toml").write_text(tomli_w.dumps(record))
    with pytest.raises(RunError, match="that an earlier version began: end it with that, or begin anew with restart"):
        genwright.fit(small_data("tables"), "energy", preset="tiny", items=1_500, out=tmp_path / "run", progress=False)
