"""The tests on a pretended GPU, in a process of their own: torch counts devices once, at the first gradient."""

import subprocess
import sys
from pathlib import Path


def test_everything_that_computes_with_a_model_runs_on_a_gpu():
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "on_a_gpu.py"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=Path(__file__).parent)
    assert done.returncode == 0, done.stdout
