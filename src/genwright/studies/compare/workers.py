"""Runs as commands: `genwright fit`, each in a folder of its own, several at a time.

Workers are jobs of Slurm, or whoever takes commands from a list; on this machine, runs train side by side without them
(`run/side_by_side.py`). Whether a run has ended is read from its folder (`run/process.py`). A job that was lost, sent
twice or requeued thus does no harm: the same command resumes the run, waits for nobody, and opens what has ended.
`FamilyRuns` sends the runs of a comparison, a command for each family and split; `cli/fit_processes.py` sends those of
an ensemble.
"""

import os
import shlex
import shutil
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from math import ceil
from pathlib import Path

import torch

from ...core.cpu import cores
from ...core.data import Data
from ...core.domain import as_typed
from ...core.errors import BudgetError, DataError, RunError, Waiting
from ...core.limits import last_line
from ...core.packages import require_package
from ...core.processes import GENWRIGHT, PYTHON, safe_path
from ...kinds.load import load_data
from ...run.failures import catch_failure
from ...run.fit import require_fit
from ...run.process import COMPLETED, FAILED, RUNNING, WAITING, run_state
from ...run.tasks import task_of
from ...zoo import registry
from .course import Course
from .turns import folder_of

ENDED = COMPLETED, FAILED
SLURM = {  # what `slurm` may name, and what submitit calls it
    "partition": ("slurm_partition", str),
    "time": ("timeout_min", int),
    "cpus": ("cpus_per_task", int),
    "mem": ("mem_gb", float),
    "gpus": ("gpus_per_node", int),
    "account": ("slurm_account", str),
    "qos": ("slurm_qos", str),
    "constraint": ("slurm_constraint", str),
}
CLUSTER = "slurm"  # of submitit
MARGIN, SPARE = 2, 10  # times the minutes of a run, and minutes more, that its job asks for where nobody names a time


class Listed(Waiting):
    """Commands that somebody else runs: of the runs that have not ended and are not under way."""

    def __init__(self, commands: list[str]):
        super().__init__(commands)
        self.commands = commands


# ---------------------------------------------------------------------- workers


@dataclass(frozen=True)
class ByList:
    """Prints the commands: any scheduler may run them."""

    def __str__(self) -> str:
        return "by whoever runs the list"


@dataclass(frozen=True)
class OnSlurm:
    """Jobs of Slurm.

    Args:
        asked: what each of them is given, as submitit calls it.
    """

    asked: dict[str, object]

    def __str__(self) -> str:
        return "as jobs of Slurm"

    def send(self, run: "Run", logs: Path) -> "SlurmJob":
        return SlurmJob(run, logs, self.asked)


Workers = ByList | OnSlurm
LOOK = 10.0  # seconds between two looks at the folders


def workers_of(workers: str | None, slurm: str | None = None, minutes: float | None = 1.0) -> Workers:
    """Workers as a person names them; see `compare`.

    Raises BudgetError for other names, for what Slurm does not know, and where nobody says how long a job takes;
    RunError without Slurm, DataError without submitit.

    Args:
        minutes: Minutes of training a run, None where nobody knows.
    """
    if workers != "slurm" and slurm is not None:
        raise BudgetError("--slurm describes jobs of Slurm: add --workers slurm, or leave --slurm out")
    if workers == "slurm":
        usual_options = {} if minutes is None else {"timeout_min": ceil(MARGIN * minutes + SPARE)}
        options = usual_options | _slurm_options(slurm or "")
        if "timeout_min" not in options:
            raise BudgetError(
                "only minutes say how long a job takes: pass --minutes, or its time, as in --slurm time=60"
            )
        _require_slurm()
        return OnSlurm(options)
    if workers == "list":
        return ByList()
    count = max(1, min(int(workers), cores())) if str(workers).isdecimal() else cores()
    raise BudgetError(
        f"workers are 'slurm' or 'list', not {workers!r}, and runs train side by side here: leave --workers out, and "
        f"pass --cores {count} (cores={count})"
    )


def require_retries(retries: int) -> None:
    """Raises BudgetError for a number of times that makes no sense."""
    if retries < 0:
        raise BudgetError(f"retries must be 0 or more, not {retries}")


def _slurm_options(typed_options: str) -> dict[str, object]:
    """{name of submitit: value} of "partition=cpu,time=60"."""
    options = {}
    for part in filter(None, typed_options.split(",")):
        name, _, value = part.partition("=")
        if name not in SLURM:
            raise BudgetError(f"slurm has no {name!r} here: name some of {', '.join(SLURM)}, as in time=60,cpus=4")
        option_name, kind = SLURM[name]
        try:
            options[option_name] = kind(value)
        except ValueError:
            options[option_name] = None
        if not options[option_name] or kind is not str and not 0 < options[option_name] < float("inf"):
            expected = "a name" if kind is str else "a number above 0"
            raise BudgetError(f"slurm: {name} must be {expected}, not {value!r}: write it as in partition=cpu,time=60")
    return options


def _require_slurm() -> None:
    if shutil.which("sbatch") is None:
        raise RunError(
            "there is no Slurm on this machine (no sbatch): leave --workers out to train here, or take --workers list "
            "for another scheduler"
        )
    require_package("submitit")


# ---------------------------------------------------------------------- jobs


class SlurmJob:
    """A command as a job of Slurm. The job becomes the command, so that Slurm's signals reach it: it then ends at a
    checkpoint, and is sent again.

    Args:
        options: Options by name.
    """

    def __init__(self, run: "Run", logs: Path, options: dict[str, object]):
        import submitit

        executor = submitit.AutoExecutor(folder=logs, cluster=CLUSTER, slurm_python=shlex.join(PYTHON))
        executor.update_parameters(name=run.name, **options)
        try:
            with safe_path():
                self.job = executor.submit(os.execv, GENWRIGHT[0], [*GENWRIGHT, *run.words])
        except (submitit.core.utils.FailedJobError, submitit.core.utils.FailedSubmissionError) as error:
            last = (str(error).strip().splitlines() or ["without a reason"])[-1]
            raise RunError(
                f"Slurm refuses the job ({last}): name a partition that `sinfo` lists, as in --slurm partition=cpu"
            ) from error
        self.name, self.log = self.job.job_id, self.job.paths.stderr

    def has_ended(self, word: str) -> bool:
        """Tells whether it runs no longer and does not wait.

        Args:
            word: how its run stands: Slurm is asked at once where a process ended, and else now and then.
        """
        return self.job.done(force_check=word != WAITING)

    def was_cancelled(self) -> bool:
        """Tells whether a person ended it."""
        return self.job.state.startswith("CANCELLED")


# ---------------------------------------------------------------------- runs


@dataclass(frozen=True, eq=False)
class Run:
    """A run as a command.

    Args:
        name: what it, its log and its job are called.
        folder: Folder to read or write.
        words: what is typed after `genwright`.
    """

    name: str
    folder: Path
    words: list[str]


@dataclass(frozen=True)
class Sent:
    """Outcome of runs that were sent, by run or by family.

    Args:
        failed: why the same command would fail again.
        lost: why a run has not ended.
    """

    failed: dict[Run | str, str]
    lost: dict[Run | str, str]

    def require_ended(self) -> None:
        """Raises RunError where runs have not ended."""
        if self.lost:
            raise RunError(f"{'; '.join(self.lost.values())}: the same command sends what has not ended again")


@dataclass
class Sender:
    """Sends runs to workers and waits for them.

    Args:
        logs: folder for what the commands print.
        retries: how often a run is sent again.
    """

    workers: Workers
    logs: Path
    retries: int
    jobs: dict[Run, SlurmJob] = field(default_factory=dict)
    times: Counter = field(default_factory=Counter)  # that a run was sent

    def send(self, runs: list[Run], step: Callable[[str], None], tell: Callable[[str], None]) -> Sent:
        """Train runs as far as they have not ended. step(sentence): how far all are. tell(sentence): what a person
        should know.

        Raises Listed where others run the commands, RunError where Slurm refuses.
        """
        if isinstance(self.workers, ByList):
            self._list(runs, tell)
            lost = {}
        else:
            lost = self._train(runs, step, tell)
        return Sent({run: error for run in runs if (error := run_state(run.folder).error)}, lost)

    def _list(self, runs: list[Run], tell: Callable[[str], None]) -> None:
        words = {run: run_state(run.folder).status for run in runs}
        commands = [shlex.join(["genwright", *run.words]) for run in runs if words[run] not in (*ENDED, RUNNING)]
        if running := list(words.values()).count(RUNNING):
            tell(f"{running} runs are under way: run the same command again when all have ended")
        if commands or running:
            raise Listed(commands)

    def _train(self, runs: list[Run], step: Callable[[str], None], tell: Callable[[str], None]) -> dict[Run, str]:
        """Send each run until it has ended or is lost. Returns why runs are lost."""
        progress, runs_left, lost = -1, runs, {}
        try:
            while runs_left:
                stands = {run: self._state_of_run(run) for run in runs_left}
                for run in runs_left:
                    if stands[run][0] == FAILED:
                        tell(f"{run.name} failed: {run_state(run.folder).error}")
                lost |= {run: f"{run.name} has not ended: {reason}" for run, (_, reason) in stands.items() if reason}
                runs_left = [run for run, (word, reason) in stands.items() if word not in ENDED and not reason]
                for run in [run for run in runs_left if stands[run][0] != RUNNING]:
                    self.jobs[run] = self.workers.send(run, self.logs)
                    self.times[run] += 1
                if progress != len(runs_left):
                    progress = len(runs_left)
                    step(f"training {len(runs)} runs {self.workers}, {len(runs) - progress} have ended")
                if runs_left:
                    time.sleep(LOOK)
        except KeyboardInterrupt:
            self._leave(tell)
            raise
        return lost

    def _state_of_run(self, run: Run) -> tuple[str, str]:
        """The state of a run, "running" also while its job waits or begins; and why it is lost, "" where it is not."""
        word, job = run_state(run.folder).status, self.jobs.get(run)
        if word in (*ENDED, RUNNING) or job is None:
            return word, ""
        if not job.has_ended(word):
            return RUNNING, ""
        word = run_state(run.folder).status  # it may have ended between the two looks
        if word in ENDED:
            return word, ""
        if job.was_cancelled():
            return word, f"its job {job.name} was cancelled"
        if self.times[run] > self.retries:
            place = f" ({last_words}; see {job.log})" if (last_words := last_line(job.log)) else ""
            return word, f"its process ended {self.times[run]} times before it did{place}"
        return word, ""

    def _leave(self, tell: Callable[[str], None]) -> None:
        """Jobs of Slurm go on, and the same call finds what they did."""
        if names := [job.name for job in self.jobs.values() if not job.has_ended(WAITING)]:
            tell(f"jobs {', '.join(names)} go on in Slurm: `scancel {' '.join(names)}` ends them")


@dataclass(frozen=True)
class FamilyRuns:
    """Sends the runs of families.

    Args:
        record: the results.json that is repeated, None of a new comparison.
    """

    sender: Sender
    record: Path | None

    def send(
        self, data: Data, families: list[str], splits: int, seed: int, seconds: float, device: str, course: Course
    ) -> Sent:
        """Train the runs of families on so many splits, as far as they have not ended, for `seconds` a family. Returns
        the outcome by family.

        Raises Listed where others run the commands, DataError for data that no command can name or split alike,
        RunError where Slurm refuses.

        Args:
            data: The data set, in its parts.
            seed: Seed of the random numbers.
            device: Device to compute on.
        """
        _require_same(data, seed)
        failed, runs = {}, {}
        for family in families:
            folders = [folder_of(self.sender.logs.parent, family, number) for number in range(splits)]
            if not self.record and run_state(folders[0]).status == WAITING:
                with catch_failure(lambda reason: failed.update({family: reason})):
                    require_fit(data, family)
                if family in failed:
                    continue
            for number, folder in enumerate(folders):
                words = ["fit", data.source, *as_typed(data.options)]
                words += ["--task", data.task] if registry.predicts(data.task) else []
                words += ["--family", family, "--seed", seed]
                words += ["--replay", self.record] if self.record else ["--minutes", seconds / splits / 60, "--probe"]
                words += ["--split-number", number] if number else []
                words += ["--device", device] if device != "auto" else []
                name = f"{family}-split-{number + 1}" if number else family
                runs[Run(name, folder, list(map(str, [*words, "--out", folder])))] = family
        sent = self.sender.send(list(runs), course.step, course.tell)
        by_family = lambda reason: {runs[run]: sentence for run, sentence in reason.items()}
        return Sent(failed | by_family(sent.failed), by_family(sent.lost))


def _require_same(data: Data, seed: int) -> None:
    """Raises DataError where a command would not read the data, or would test on other items."""
    if not data.source:
        raise DataError("workers read the data themselves: save them to a file, and pass its path")
    read = task_of(load_data(data.source, seed=seed, task=data.task, **data.options), data.task)
    own_tensors, read_tensors = (torch.nan_to_num(of.tensors("test").x) for of in (data, read))
    if not torch.equal(own_tensors, read_tensors):
        raise DataError(f"{data.name} were split by another seed than {seed}: load them with that seed")
