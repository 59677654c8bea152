"""The training of a comparison: each family in turn, for equal shares of the time, and what some leave others get.

    first turn      each family up to where it would cool down, or to its end where it stops by itself
    second turn     those that wait cool down; those still improving first share what the others left

The time that a run was given beyond its share stands in its record, as do the items at which it cooled down and ended,
so that a replay needs no clock. Threads and dtype are chosen by the probe: a rule that looks at no clock would take all
cores where others work on them, and wait for them at every step.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from ...core.cpu import CpuShare
from ...core.data import Data
from ...run.curves import read_curves, still_falls, validations
from ...run.failures import catch_failure
from ...run.fit import fit
from ...run.folder import read_config
from ...run.process import COMPLETED, run_state
from ...training.loop import AwaitingTime
from .course import Course
from .peak_memory import PeakMemory


@dataclass
class Trained:
    """The outcome of a family's training, beside its run folders.

    Args:
        config: of its first run.
        memory: MiB that it took.
        error: why there is no model.
        cpu: share of a core that its training got.
    """

    config: dict = field(default_factory=dict)
    memory: float = 0.0
    error: str | None = None
    cpu: CpuShare = field(default_factory=CpuShare)

    def fail(self, error: str) -> None:
        self.error = error


@dataclass
class Training:
    """Trains the runs of a comparison.

    Args:
        splits: {number of a split, from 0: its Data}.
        seconds: {family: of each of its runs}.
        recorded: {family: configs of its runs, one a split} that are repeated instead.
        more: {family: seconds beyond its share} that were added later.
        ended: is called with (family, Trained) when all runs of a family have ended, or one has failed.
    """

    splits: dict[int, Data]
    seconds: dict[str, float]
    seed: int
    folder: Path
    course: Course
    device: str
    recorded: dict[str, list[dict]]
    more: dict[str, float]
    ended: Callable[[str, Trained], None]

    def in_turns(self, families: list[str], together: bool = True) -> dict[str, Trained]:
        """Train every family on every split; runs that have ended are left as they are. together: whether families
        share their time."""
        outcomes = {family: Trained() for family in families}
        waiting, left = [], 0.0

        def run(family: str, split: int, more: float | None) -> float:
            """Seconds that the run leaves of its share."""
            with catch_failure(outcomes[family].fail):
                try:
                    config = self._fit(outcomes[family], family, split, more)
                    unused = max(0.0, self.seconds[family] - config["outcome"]["seconds"])
                    return unused - sum(stage.get("more", 0.0) for stage in config["stages"])
                except AwaitingTime:
                    waiting.append((family, split))
            return 0.0

        for number, family in enumerate(families, 1):
            self.course.step(f"training {family}, {number} of {len(families)}")
            for split in self.splits:
                if not outcomes[family].error:
                    left += run(family, split, None if together else 0.0)
            if outcomes[family].error or family not in dict(waiting):
                self.ended(family, outcomes[family])
        waiting = [(family, split) for family, split in waiting if not outcomes[family].error]
        takers = []
        for family, split in waiting:
            with catch_failure(outcomes[family].fail):
                if _improves(folder_of(self.folder, family, split)):
                    takers.append((family, split))
        more = round(max(0.0, left) / len(takers), 3) if takers else 0.0
        if more >= 1:
            self.course.tell(
                f"{left:.0f} s that other runs left go to {len(takers)} that still improve, {more:.1f} s each"
            )
        for family in dict(waiting):
            self.course.step(f"training {family} to its end")
            for split in [split for one, split in waiting if one == family]:
                if not outcomes[family].error:
                    run(family, split, more if (family, split) in takers else 0.0)
            self.ended(family, outcomes[family])
        return outcomes

    def further(self) -> None:
        """Train the families that were given more from before their cooldown on; those that had it are left as they
        are."""
        for family, more in self.more.items():
            self.course.step(f"training {family} further")
            trained = Trained()
            with catch_failure(trained.fail):
                for split in self.splits:
                    self._fit(trained, family, split, more)
            self.ended(family, trained)

    def _fit(self, trained: Trained, family: str, split: int, more: float | None) -> dict:
        """Train one run, and add what it took to the outcome; its config."""
        asked = dict(minutes=self.seconds[family] / 60, seed=self.seed, more=more, probe=True)
        if self.recorded:
            asked = dict(replay=self.recorded[family][split])
        out, memory = folder_of(self.folder, family, split), PeakMemory()
        state, cpu = run_state(out), CpuShare()
        try:
            with memory, cpu, self.course.cpu:
                model = fit(self.splits[split], family, **asked, out=out, progress=self.course, device=self.device)
            trained.config = trained.config or model.config
            return model.config
        finally:
            # the process that trained it before this call
            process = state.process if state.status == COMPLETED and not more else {}
            trained.memory = max(trained.memory, process.get("memory", memory.mib))
            trained.cpu.cpu += process.get("cpu", cpu.cpu)
            trained.cpu.wall += process.get("wall", cpu.wall)


def folder_of(folder: Path, family: str, split: int) -> Path:
    """The run of a family on the split of this number, from 0."""
    return folder / family if split == 0 else folder / "splits" / str(split + 1) / family


def _improves(run: Path) -> bool:
    """Whether a run that waits has not come to its end by its validation, as far as that tells."""
    points = validations(read_config(run), read_curves({"": run}))
    return points is None or still_falls(points)
