"""The training of a comparison: all families side by side, a core each, for equal shares of the time.

Where there are more runs than cores they take turns (`run/side_by_side.py`), so that all end together. What some leave
goes to those that still improve when they should cool down. The time that a run was given beyond its share stands in
its record, as do the items at which it cooled down and ended, and its threads. So a replay needs no clock, and any
number of cores gives the same bits.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from ...core.cpu import CpuShare
from ...core.data import Data
from ...core.errors import list_some
from ...run.fit import fit
from ...run.process import COMPLETED, LOGS, RunState, run_state
from ...run.run_record import RunRecord
from ...run.schedule import Schedule
from ...run.side_by_side import Outcome, can_fork, may_improve, outcome_of, require_not_stopped, train_in_turns
from ...training.progress import Report
from ...zoo import registry
from .course import Course

NAMED = 3  # runs that the bar names


@dataclass
class Trained:
    """The outcome of a family's training, beside its run folders.

    Args:
        run: record of its first run.
        memory: MiB that it took.
        error: why there is no model.
        cpu: share of a core that its training got.
    """

    run: RunRecord = field(default_factory=RunRecord)
    memory: float = 0.0
    error: str | None = None
    cpu: CpuShare = field(default_factory=CpuShare)


Run = tuple[str, int]  # a family, and the number of a split


@dataclass
class Training:
    """Trains the runs of a comparison.

    Args:
        splits: {number of a split, from 0: its Data}.
        seconds: {family: of each of its runs}.
        seed: Seed of the random numbers.
        folder: Folder to read or write.
        device: Device to compute on.
        recorded: {family: records of its runs, one a split} that are repeated instead.
        more: {family: seconds beyond its share} that were added later.
        passes: {family: seconds of a pass over the training items}, 0 where it is not known.
        ended: is called with (family, Trained) when all runs of a family have ended, or one has failed.
        cores: on which runs train at once. Where there are fewer runs, each may compute with several threads.
        retries: how often a run begins again whose process was lost.
        previews: samples to draw of each family that can draw some while it trains; 0 for none.
    """

    splits: dict[int, Data]
    seconds: dict[str, float]
    seed: int
    folder: Path
    course: Course
    device: str
    recorded: dict[str, list[RunRecord]]
    more: dict[str, float]
    passes: dict[str, float]
    ended: Callable[[str, Trained], None]
    cores: int
    retries: int
    previews: int = 0
    before: dict[Run, RunState] = field(default_factory=dict)  # how runs stood when this began

    def train(self, families: list[str], simple: dict[str, bool]) -> dict[str, Trained]:
        """Train every family on every split; runs that have ended are left as they are.

        Args:
            simple: which families are baselines, that take no part of the time.
        """
        outcomes = {family: Trained() for family in families}
        runs = [(family, split) for split in self.splits for family in families]
        self.before |= {run: run_state(folder_of(self.folder, *run)) for run in runs}
        shares = {run: 0.0 if simple[run[0]] else self.seconds[run[0]] + self.more.get(run[0], 0.0) for run in runs}
        trained = {run: 0.0 if simple[run[0]] else self._seconds_trained(run) for run in runs}
        seconds_left = {run: 0.0 if self._has_ended(run) else max(0.0, shares[run] - trained[run]) for run in runs}
        end = max([*seconds_left.values(), (sum(shares.values()) - sum(trained.values())) / self.cores])
        schedule, began = Schedule(seconds_left, self.cores, end), self.course.elapsed
        waiting = {family: len(self.splits) for family in families}

        def ended(run: Run, outcome: Outcome) -> None:
            family = run[0]
            self._put(outcomes[family], run, outcome)
            waiting[family] -= 1
            if not waiting[family]:
                self.ended(family, outcomes[family])
                if len(families) > 1 and not simple[family]:
                    done_count = sum(not waiting[family] and not simple[family] for family in families)
                    outcome_words = f"failed: {outcomes[family].error}" if outcomes[family].error else "is trained"
                    self.course.tell(
                        f"{family} {outcome_words} ({done_count} of {len(families) - sum(simple[f] for f in families)})"
                    )

        clock = lambda: self.course.elapsed - began
        if can_fork(self.device):
            logs = self.folder / LOGS
            logs.mkdir(exist_ok=True)
            works = {run: partial(self._fit_run, run) for run in runs}
            log_of = lambda run: logs / f"{run[0]}-{run[1] + 1}.txt"
            threads = max(1, self.cores // max(1, sum(seconds > 0 for seconds in seconds_left.values())))
            train_in_turns(works, schedule, clock, self._improves, ended, self._show, log_of, threads, self.retries)
        else:
            self._one_after_another(runs, schedule, clock, ended)
        return outcomes

    def _one_after_another(
        self, runs: list[Run], schedule: Schedule, clock: Callable[[], float], on_end: Callable[[Run, Outcome], None]
    ) -> None:
        for number, run in enumerate(runs, 1):
            self.course.step(f"training {run[0]}, {number} of {len(runs)}")
            schedule.since[run] = clock()
            self.course.grant = lambda run=run: schedule.alone(run, self._improves(run), clock())
            outcome = require_not_stopped(outcome_of(lambda run=run: self._fit_run(run, self.course)))
            schedule.remove(run, clock())
            on_end(run, outcome)

    def _fit_run(self, run: Run, report: Report) -> dict:
        """The config of the run."""
        family, split = run
        training_options = dict(
            minutes=self.seconds[family] / 60, seed=self.seed, more=self.more.get(family, 0.0), probe=True
        )
        if family_passes := self.passes.get(family, 0.0):
            training_options["about"] = int(self.seconds[family] / family_passes * self.splits[split].sizes["train"])
        if self.recorded:
            training_options = dict(replay=self.recorded[family][split].content)
        training_options |= dict(cores=1)  # other families use the others
        if self.previews and split == 0 and self._draws(family):
            training_options |= dict(previews=self.previews)
        out = folder_of(self.folder, *run)
        return fit(self.splits[split], family, **training_options, out=out, progress=report, device=self.device).config

    def _draws(self, family: str) -> bool:
        """Whether a family can draw samples while it trains."""
        row = registry.row(self.splits[0].kind, self.splits[0].task, family)
        return not row.baseline and "sample" in row.verbs

    def _put(self, trained: Trained, run: Run, outcome: Outcome) -> None:
        """Add what a run took to the outcome of its family."""
        if outcome.error:
            trained.error = trained.error or outcome.error
        elif run[1] == min(self.splits):
            trained.run = RunRecord(outcome.value)
        process = self.before[run].process if self._has_ended(run) else {}  # that trained it before this call
        trained.memory = max(trained.memory, process.get("memory", outcome.memory))
        for share in (trained.cpu, self.course.cpu):
            share.cpu += process.get("cpu", outcome.cpu.cpu)
            share.wall += process.get("wall", outcome.cpu.wall)

    def _has_ended(self, run: Run) -> bool:
        """Whether a run had ended before, and gets no more time."""
        given = RunRecord(self.before[run].config).seconds_added
        return self.before[run].status == COMPLETED and given >= self.more.get(run[0], 0.0)

    def _seconds_trained(self, run: Run) -> float:
        """Seconds that a run has trained before, as far as its record says."""
        return RunRecord(self.before[run].config).seconds

    def _improves(self, run: Run) -> bool:
        return may_improve(folder_of(self.folder, *run))

    def _show(self, seconds_left: dict[Run, float]) -> None:
        families = list(dict.fromkeys(family for family, _ in seconds_left))
        if families:
            self.course.watch(f"training {list_some(families, NAMED)}")


def folder_of(folder: Path, family: str, split: int) -> Path:
    """Returns the run of a family on the split of this number, from 0.

    Args:
        folder: Folder to read or write.
        family: Name of the family.
    """
    return folder / family if split == 0 else folder / "splits" / str(split + 1) / family
