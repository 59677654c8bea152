"""Several processes for one `genwright fit`: the members of an ensemble, or ranks that train one model together.

`--ensemble K --workers slurm` sends a command for each member: the command that was typed, with `--member` and its
number.
`--processes N` runs the same command N times on this host by torchrun's launcher. When one process ends early, the
launcher stops the others. If the launcher is killed, they end at a checkpoint.
"""

import logging
import os
import secrets
import signal
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch

from ..core.cpu import cores
from ..core.device import device_of
from ..core.errors import BudgetError, ProcessLost, TrainingFailed
from ..core.processes import GENWRIGHT
from ..core.type_names import Options
from ..run.final_model import without_options
from ..run.process import LOGS
from ..studies.compare.compare_families import DEFAULTS
from ..studies.compare.workers import Run, Sender, Workers, require_retries, workers_of
from .exits import INTERRUPTED, STOPS

# options that concern the ensemble as a whole: whether a value follows
ENSEMBLE_OPTIONS = {"--workers": True, "--slurm": True, "--retries": True, "--cores": True, "--restart": False}


@dataclass(frozen=True)
class Members:
    """typed: the command, `fit` and what was typed after it. retries: how often a member is sent again."""

    typed: list[str]
    workers: Workers
    retries: int

    def __call__(self, folders: list[Path], say: Callable[[str], None]) -> None:
        """Train each member in its folder, as far as it has not ended.

        Raises Listed where others run the commands, TrainingFailed where a member would fail again, RunError where one
        has not ended or Slurm refuses.
        """
        words = self._words()
        runs = [
            Run(f"member-{number}", folder, [*words, "--member", str(number)])
            for number, folder in enumerate(folders, 1)
        ]
        sent = Sender(self.workers, folders[0].parent / LOGS, self.retries).send(runs, say, say)
        if sent.failed:
            raise TrainingFailed("; ".join(f"{run.name}: {error}" for run, error in sent.failed.items()))
        sent.require_ended()

    def _words(self) -> list[str]:
        """The typed words without the options that concern the ensemble alone."""
        return without_options(self.typed, ENSEMBLE_OPTIONS)


def members_of(
    typed: list[str], options: Options, workers: str | None, slurm: str | None, retries: int | None,
    processes: int | None,
) -> Members | None:  # fmt: skip
    """The members that workers train, None if no workers are named. typed: the command.

    Raises BudgetError for options that say otherwise.
    """
    if workers is None and slurm is None:
        return None
    if processes is not None:
        raise BudgetError("--workers trains members apart, --processes one model together: leave --processes out")
    if options.get("member") is not None:
        raise BudgetError("--workers trains all members, --member one of them: leave --member out")
    retries = DEFAULTS["retries"] if retries is None else retries
    require_retries(retries)
    minutes = options.get("minutes")  # of all members together; a budget has another unit where there are none
    each = None if minutes is None else minutes / options.get("ensemble", 1)
    return Members(typed, workers_of(workers, slurm, each), retries)


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
    with tempfile.TemporaryDirectory() as logs:
        config = LaunchConfig(
            min_nodes=1, max_nodes=1, nproc_per_node=count, max_restarts=0, run_id=secrets.token_hex(8),
            rdzv_backend="c10d", rdzv_endpoint=f"{LOCAL_ADDRESS}:0", local_addr=LOCAL_ADDRESS,
            logs_specs=DefaultLogsSpecs(logs, redirects={rank: Std.ALL for rank in range(1, count)}),
            signals_to_handle=",".join(["SIGINT", *STOPS]),
        )  # fmt: skip
        try:
            elastic_launch(config, GENWRIGHT[0])(*GENWRIGHT[1:], *arguments)
        except SignalException:
            return INTERRUPTED
        except ChildFailedError as error:
            return _summarise({rank: one.exitcode for rank, one in error.failures.items()}, count, Path(logs))
    return 0


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
