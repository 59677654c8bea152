"""Weights that are not finite open no run; a gap in items that a baseline keeps is none of these."""

import shutil
from math import nan
from pathlib import Path

import pytest

from genwright.core.files import write_whole
from genwright.core.folder import WEIGHTS
from genwright.run.open import load_model
from genwright.training.weights import pack, unpack

HERE = Path(__file__).parent / "format-5"


def opened(name: str, tensor: str, value: float, folder: Path):
    """A golden run of which one number is another, its checksum made anew."""
    run = shutil.copytree(HERE / name, folder / name)
    tensors, record = unpack(run / WEIGHTS)
    found = next(t for key, t in sorted(tensors.items()) if key.startswith(tensor) and t.is_floating_point())
    found.view(-1)[0] = value
    write_whole(run / WEIGHTS, pack(tensors, record))
    return load_model(run)


@pytest.mark.parametrize(
    ("name", "tensor"), [("tables-bootstrap", "items"), ("tables-trees", "donors"), ("tables-energy", "chains")]
)
def test_gaps_open(name, tensor, tmp_path):
    assert opened(name, tensor, nan, tmp_path).sample(2, seed=0) is not None
