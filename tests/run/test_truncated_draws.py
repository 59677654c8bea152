# Tests run/sampling.py
"""temperature, top_k and top_p of `sample`, from Python and from the command line, on stored models."""

from pathlib import Path

import numpy as np
from typed_commands import type_command

import genwright

RUNS = Path(__file__).parents[1] / "golden" / "format-5"


def test_the_likeliest_symbol_each_time_is_one_line():
    model = genwright.load_model(RUNS / "sequences-autoregressive")
    assert len(set(model.sample(20, seed=0, top_k=1))) == len(set(model.sample(20, seed=0, temperature=1e-4))) == 1
    assert len(set(model.sample(20, seed=0))) > len(set(model.sample(20, seed=0, temperature=0.4))) > 1
    assert [*model._sample_blocks(20, seed=0, top_p=0.7)][0] == model.sample(20, seed=0, top_p=0.7)[:1]


def test_pixels_and_cells_are_truncated_alike():
    pictures = genwright.load_model(RUNS / "images-autoregressive")
    drawn = np.asarray(pictures.sample(5, given={"label": 3}, seed=0, top_k=1))
    assert (drawn == drawn[0]).all() and (np.asarray(pictures.sample(5, given={"label": 3}, seed=0)) != drawn).any()
    rows = genwright.load_model(RUNS / "tables-autoregressive")
    assert rows.sample(40, seed=0, temperature=0.05)["kind"].nunique() < rows.sample(40, seed=0)["kind"].nunique()


def test_the_command_line_takes_them(tmp_path):
    run, out = str(RUNS / "sequences-autoregressive"), tmp_path / "new.txt"
    done = type_command("sample", run, "-n", "12", "--top-k", "1", "--out", str(out))
    assert done.exit_code == 0, done.output
    assert len(set(out.read_text().splitlines())) == 1
