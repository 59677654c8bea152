"""Bugs, planted one at a time, and whether the tests that are about them fail.

Each mutant of mutants.toml is an exact replacement in a copy of `src`, and the tests that should kill it run against
that copy, those marked long left out; first they run against a copy without a bug, where all must pass. A mutant counts
as killed only where a test failed: not where none could run, nor where the text to replace was not found exactly once.
Each was chosen and committed before its first run, by its source alone; one that survives is covered by a test then.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from bars import Run, bar, benchmark

ROOT = Path(__file__).resolve().parents[1]
SECONDS = 600  # that a mutant's tests may take; a bug that makes them hang is not killed
OUTCOMES = {0: "survived", 1: "killed"}  # exit statuses of pytest; any other: the tests did not run


@dataclass(frozen=True)
class Mutant:
    """file: below src/genwright; before: is found in it once, and replaced by after. tests: below tests, about it."""

    what: str
    file: str
    before: str
    after: str
    tests: list[str]


MUTANTS = [
    Mutant(file=file, **row)
    for file, rows in tomllib.loads(Path(__file__).with_suffix(".toml").read_text()).items()
    for row in rows
]


def tested(source: Path, tests: list[str], seconds: float | None = None) -> tuple[int | str, str]:
    """Run tests against the package in `source`: pytest's exit status, or "hangs" after `seconds`, and its last
    words."""
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-m", "not long", "-p", "no:cacheprovider"]
    command += [f"tests/{test}" for test in tests]
    environment = {**os.environ, "PYTHONPATH": str(source), "PYTHONDONTWRITEBYTECODE": "1", "OMP_NUM_THREADS": "1"}
    try:
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=seconds)
    except subprocess.TimeoutExpired:
        return "hangs", ""
    return done.returncode, done.stdout[-3000:] + done.stderr[-1000:]


def copy_of_source(folder: Path) -> Path:
    return shutil.copytree(ROOT / "src", folder, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))


def plant(mutant: Mutant, folder: Path) -> tuple[str, str]:
    """What became of the mutant in a copy of its own, and the test that failed.

    The first: "killed", "survived", "not planted", "not run" or "hangs".
    """
    source = copy_of_source(folder)
    path = source / "genwright" / mutant.file
    text = path.read_text() if path.exists() else ""
    if text.count(mutant.before) != 1:
        return "not planted", ""
    path.write_text(text.replace(mutant.before, mutant.after))
    status, said = tested(source, mutant.tests, SECONDS)
    failed = re.search(r"^FAILED tests/(\S+)", said, re.MULTILINE)
    return status if isinstance(status, str) else OUTCOMES.get(status, "not run"), failed[1] if failed else ""


@benchmark(tiny={"limit": 1})
def mutants(run: Run, workers: int = 2, limit: int = 0) -> tuple[list[dict], dict]:
    """Planted bugs that a named test finds. workers: mutants at a time. limit: how many are tried, 0 for all."""
    chosen, began = MUTANTS[: limit or None], time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        every = list(dict.fromkeys(test for mutant in chosen for test in mutant.tests))
        status, said = tested(copy_of_source(Path(folder) / "sound"), every)
        if status != 0:
            sys.exit(f"the tests do not pass where nothing is planted:\n{said}")
        with ThreadPoolExecutor(workers) as pool:
            copies = [Path(folder) / str(number) for number in range(len(chosen))]
            found = list(pool.map(plant, chosen, copies))
    for mutant, (outcome, by) in zip(chosen, found):
        print(f"{outcome:12} {mutant.what} ({mutant.file}) {by}")
    killed, wanted = sum(outcome == "killed" for outcome, _ in found), len(chosen)
    bars = [bar("tests", "planted bugs that a test about them finds", f"all of {wanted}", killed, killed == wanted)]
    rows = [{"what": m.what, "file": m.file, "outcome": outcome, "by": by} for m, (outcome, by) in zip(chosen, found)]
    return bars, {"mutants": rows, "seconds": round(time.monotonic() - began)}
