"""Several processes on this host that train one model together, started by `genwright fit --processes N`.

Each runs the same command, and finds its rank in its environment as torchrun would have it. If this process is killed,
they end at a checkpoint.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from typing import IO

import torch

from ..core.device import device_of
from ..core.errors import BudgetError, ProcessLost
from ..core.workers import cores
from ..training.world import LAUNCHER

GRACE = 5.0  # seconds in which processes end by themselves after the first has failed
LOST = ProcessLost.exit_code


def launch(count: int, arguments: list[str], device: str) -> int:
    """Run genwright with these arguments in `count` processes, and return its exit code.

    Raises BudgetError for a count that makes no sense here.
    """
    if count < 1:
        raise BudgetError(f"{count} processes cannot train: leave --processes out for one")
    on_gpus = device_of(device).type == "cuda"
    most, what = (torch.cuda.device_count(), "GPUs") if on_gpus else (cores(), "cores")
    if count > most:
        raise BudgetError(
            f"{count} processes need {count} {what}, and genwright finds {most}: take {most} at most, or leave "
            "--processes out"
        )
    port, threads = _free_port(), max(1, cores() // count)
    common = {"OMP_NUM_THREADS": str(threads)} | os.environ
    common |= {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port), "WORLD_SIZE": str(count)}
    common |= {LAUNCHER: str(os.getpid())}
    with ExitStack() as stack:
        said = [None, *(stack.enter_context(tempfile.TemporaryFile()) for _ in range(count - 1))]
        started = [
            subprocess.Popen(
                [*_program(), *arguments], env=common | {"RANK": str(rank), "LOCAL_RANK": str(rank)},
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL if rank else None, stderr=errors,
                start_new_session=True,
            )
            for rank, errors in enumerate(said)
        ]  # fmt: skip
        try:
            _wait(started)
        finally:
            for one in started:
                one.kill()  # also one that is stopped
                one.wait()
        codes = [one.returncode for one in started]
        _tell(codes, said)
    known = [code for code in codes if code not in (0, LOST) and code > 0]
    return known[0] if known else LOST if any(codes) else 0


def _program() -> list[str]:
    """genwright, as it was called: by its script, which does not look for modules in the folder at hand, or by -m."""
    return [sys.executable, *(sys.argv[:1] if os.path.basename(sys.argv[0]) == "genwright" else ["-m", "genwright"])]


def _wait(started: list[subprocess.Popen]) -> None:
    """Until all have ended, or one has failed and the others had time to notice. Ctrl-C is passed on to the first,
    which shares it."""
    failed = None
    while any(one.poll() is None for one in started):
        try:
            if failed is None and any(one.poll() for one in started):
                failed = time.monotonic()
            if failed is not None and time.monotonic() - failed > GRACE:
                return
            time.sleep(0.1)
        except KeyboardInterrupt:
            started[0].send_signal(signal.SIGINT)


def _tell(codes: list[int], said: list[IO[bytes] | None]) -> None:
    """Print why a process failed, where it is not what the first one has said already."""
    for rank, (code, errors) in enumerate(zip(codes, said)):
        if code < 0:
            print(f"genwright: process {rank} of {len(codes)} ended by signal {-code}", file=sys.stderr)
        elif errors is not None and code not in (0, LOST, codes[0]):
            errors.seek(0)
            print(f"process {rank}: {errors.read().decode(errors='replace').strip()}", file=sys.stderr)


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]
