"""Processes that begin with all that this one has loaded: a test need not wait for imports."""

import multiprocessing
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest


class Forked(multiprocessing.get_context("fork").Process):
    """`work()` in a process of its own, with Ctrl-C as in a terminal; used like a Popen.

    out, err: files that its output is appended to.
    """

    def __init__(self, work, out, err):
        super().__init__()
        self.work, self.out, self.err = work, out, err
        self.start()

    def run(self):
        for number, path in ((1, self.out), (2, self.err)):
            os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND), number)
        sys.stdout, sys.stderr = (open(number, "w", closefd=False) for number in (1, 2))
        signal.signal(signal.SIGINT, signal.default_int_handler)
        self.work()

    def poll(self) -> int | None:
        return self.exitcode

    def wait(self, seconds: float | None = None) -> int:
        self.join(seconds)
        if self.exitcode is None:
            raise subprocess.TimeoutExpired("a forked process", seconds)
        return self.exitcode


def contract(place: Path, begins: str, family: str) -> tuple[int, str]:
    """Exit status and output of the contract's tests of one family, in a forked process.

    begins: how the file of tests begins, which registers the family unless it is registered here.
    """

    def work() -> None:
        sys.modules.pop("genwright.contract.test_models", None)  # which holds the rows of before
        sys.exit(pytest.main(["-q", "-k", family, "-p", "no:cacheprovider", str(file)]))

    file, output = place / "test_contract_again.py", place / "output.txt"
    file.write_text(f"{begins}\nfrom genwright.contract.test_models import *\n")
    return Forked(work, output, output).wait(120), output.read_text()


class ForkedJob:
    """A run in a forked process in the place of a job of Slurm: with what this process has patched, and a fifth of a
    second instead of three until it begins."""

    name = "forked"

    def __init__(self, run, logs: Path):
        from genwright.cli.commands import main

        logs.mkdir(exist_ok=True)
        self.log = logs / f"{run.name}.txt"
        self.process = Forked(lambda: main(run.words), self.log, self.log)

    def has_ended(self, word: str) -> bool:
        return self.process.poll() is not None

    def was_cancelled(self) -> bool:
        return False
