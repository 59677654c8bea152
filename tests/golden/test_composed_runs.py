"""Runs that have a part of another run end with the bits that they had, also where a kill interrupted them then."""

import json
import shutil
from contextlib import chdir

import pytest
from compositions import COMPOSED, HERE, RUNS, bits
from said import machine

BEFORE = json.loads((COMPOSED / "bits.json").read_text())


@pytest.mark.skipif(BEFORE["machine"] != machine(), reason="another machine rounds otherwise, also what is resumed")
@pytest.mark.parametrize(
    "begun", [pytest.param(False, marks=pytest.mark.long, id="anew"), pytest.param(True, id="resumed")]
)
@pytest.mark.parametrize("name", RUNS)
def test_a_run_ends_with_its_bits(name, begun, tmp_path):
    out = shutil.copytree(COMPOSED / name, tmp_path / name) if begun else tmp_path / name
    with chdir(HERE):
        RUNS[name](out)
    assert bits(out) == BEFORE[name]
