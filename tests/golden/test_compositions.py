"""Runs that have a part of another run end with the bits that they had, also where a kill interrupted them then."""

import json
import shutil
from contextlib import chdir

import pytest
from compositions import COMPOSED, HERE, RUNS, bits
from said import machine

BEFORE = json.loads((COMPOSED / "bits.json").read_text())


@pytest.mark.parametrize("begun", [False, True], ids=["anew", "resumed"])
@pytest.mark.parametrize("name", RUNS)
def test_a_run_ends_with_its_bits(name, begun, tmp_path):
    out = shutil.copytree(COMPOSED / name, tmp_path / name) if begun else tmp_path / name
    with chdir(HERE):
        RUNS[name](out)
    now = bits(out)
    assert now["run"] == BEFORE[name]["run"]
    if BEFORE["machine"] == machine():
        assert now == BEFORE[name]
