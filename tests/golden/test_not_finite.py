"""Weights that are not finite open no run; a gap in items that a baseline keeps is none of these."""

import shutil
from math import inf, nan
from pathlib import Path

import pytest

from genwright.core.errors import RunError
from genwright.core.files import write_whole
from genwright.run.folder import GIVEN, WEIGHTS
from genwright.run.open import load_model
from genwright.training.files import pack, unpack

HERE = Path(__file__).parent / "format-2"
CASES = [
    ("tables-vae", "decoder"),
    ("tables-pca", "mean"),
    ("tables-copula", "cov"),
    ("images-diffusion", "error"),
    ("nodes-gcn", ""),
]


def opened(name: str, tensor: str, value: float, folder: Path):
    """A golden run of which one number is another, its checksum made anew."""
    run = shutil.copytree(HERE / name, folder / name)
    tensors, record = unpack(run / WEIGHTS)
    found = next(t for key, t in sorted(tensors.items()) if key.startswith(tensor) and t.is_floating_point())
    found.view(-1)[0] = value
    write_whole(run / WEIGHTS, pack(tensors, record))
    return load_model(run)


@pytest.mark.parametrize("value", [nan, inf, -inf])
@pytest.mark.parametrize(("name", "tensor"), CASES)
def test_weights_that_are_not_finite_are_refused(name, tensor, value, tmp_path):
    with pytest.raises(RunError, match=f"{name}/{WEIGHTS} holds numbers in {tensor}.* that are not finite: copy it"):
        opened(name, tensor, value, tmp_path)


@pytest.mark.parametrize(
    ("name", "tensor"), [("tables-bootstrap", "items"), ("tables-trees", "donors"), ("tables-energy", "chains")]
)
def test_gaps_open(name, tensor, tmp_path):
    assert opened(name, tensor, nan, tmp_path).sample(2, seed=0) is not None


def test_conditions_that_are_left_out_open_and_infinite_ones_do_not(tmp_path):
    assert opened("tables-vae", GIVEN, nan, tmp_path / "nan").sample(2, seed=0) is not None
    for value in (inf, 1e30, -1.0):
        with pytest.raises(RunError, match="holds other given values than domain.json describes"):
            opened("tables-vae", GIVEN, value, tmp_path / str(value))


@pytest.mark.parametrize("rows", [None, 0])
def test_conditions_that_are_not_there_are_refused(rows, tmp_path):
    run = shutil.copytree(HERE / "tables-vae", tmp_path / "run")
    tensors, record = unpack(run / WEIGHTS)
    given = tensors.pop(GIVEN)
    write_whole(run / WEIGHTS, pack(tensors if rows is None else tensors | {GIVEN: given[:rows]}, record))
    with pytest.raises(RunError, match="holds other given values than domain.json describes"):
        load_model(run)
