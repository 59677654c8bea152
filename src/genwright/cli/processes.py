"""Several processes on this host that train one model together, started by `genwright fit --processes N`.

torchrun's launcher runs the same command in each. When one ends early, it stops the others. If the launcher is killed,
they end at a checkpoint.
"""

import logging
import os
import secrets
import signal
import sys
import tempfile
from pathlib import Path

import torch

from ..core.device import device_of
from ..core.errors import BudgetError, ProcessLost
from ..core.workers import cores
from .errors import INTERRUPTED
from .signals import STOPS

LOCAL_ADDRESS = "127.0.0.1"
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
    from torch.distributed.elastic.multiprocessing import DefaultLogsSpecs, SignalException, Std
    from torch.distributed.elastic.multiprocessing.errors import ChildFailedError
    from torch.distributed.launcher.api import LaunchConfig, elastic_launch

    logging.disable()  # the processes say what is wrong
    os.environ.setdefault("OMP_NUM_THREADS", str(max(1, cores() // count)))
    program = [*_program(), *arguments]
    with tempfile.TemporaryDirectory() as logs:
        config = LaunchConfig(
            min_nodes=1, max_nodes=1, nproc_per_node=count, max_restarts=0, run_id=secrets.token_hex(8),
            rdzv_backend="c10d", rdzv_endpoint=f"{LOCAL_ADDRESS}:0", local_addr=LOCAL_ADDRESS,
            logs_specs=DefaultLogsSpecs(logs, redirects={rank: Std.ALL for rank in range(1, count)}),
            signals_to_handle=",".join(["SIGINT", *STOPS]),
        )  # fmt: skip
        try:
            elastic_launch(config, program[0])(*program[1:])
        except SignalException:
            return INTERRUPTED
        except ChildFailedError as error:
            return _summarise({rank: one.exitcode for rank, one in error.failures.items()}, count, Path(logs))
    return 0


def _program() -> list[str]:
    """genwright, as it was called: by its script, which does not look for modules in the folder at hand, or by -m."""
    return [sys.executable, *(sys.argv[:1] if os.path.basename(sys.argv[0]) == "genwright" else ["-m", "genwright"])]


def _summarise(codes: dict[int, int], count: int, logs: Path) -> int:
    """Print why processes failed, where process 0 has not said it already. Returns the exit code of them all.

    Args:
        codes: exit code of each rank that failed, negative where a signal ended it.
        count: of processes.
        logs: folder of what they printed, but for process 0.
    """
    for rank, code in codes.items():
        if code == -signal.SIGTERM:  # by which the launcher stops the others
            continue
        if code < 0:
            print(f"genwright: process {rank} of {count} ended by signal {-code}", file=sys.stderr)
        elif rank and code not in (LOST, INTERRUPTED, codes.get(0)):
            (said,) = logs.rglob(f"{rank}/stderr.log")
            print(f"process {rank}: {said.read_text(errors='replace').strip()}", file=sys.stderr)
    failed = [code for code in codes.values() if code > 0 and code not in (LOST, INTERRUPTED)]
    stopped = set(codes.values()) <= {INTERRUPTED, -signal.SIGTERM}
    return failed[0] if failed else INTERRUPTED if stopped else LOST
