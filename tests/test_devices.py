"""The tests on a pretended GPU, in processes of their own: torch counts devices once, at the first gradient."""

import subprocess
import sys
from pathlib import Path

import pytest

HALVES = ("says_the_same", "not says_the_same")  # of the names of its tests, for a worker each


@pytest.mark.long
@pytest.mark.parametrize("tests", HALVES)
def test_everything_that_computes_with_a_model_runs_on_a_gpu(tests):
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "on_a_gpu.py", "-k", tests]
    done = subprocess.run(command, capture_output=True, text=True, cwd=Path(__file__).parent)
    assert done.returncode == 0, done.stdout
