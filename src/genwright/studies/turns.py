"""The training of a comparison: each family in turn, for equal shares of the time, and what some leave others get.

    first turn      each family up to where it would cool down, or to its end where it stops by itself
    second turn     those that wait cool down; those still improving first share what the others left

The time that a run was given beyond its share stands in its record, as do the items at which it cooled down and ended,
so that a replay needs no clock.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ..core.data import Data
from ..core.errors import DataError, TrainingFailed, Unsupported
from ..run.fit import fit
from ..run.folder import read_config
from ..training.loop import Held
from .course import Course
from .improving import doublings_left, validations
from .peak_memory import PeakMemory

FAILURES = (TrainingFailed, Unsupported, DataError)  # a person can act on them; they become the error of a row


@dataclass
class Trained:
    """What training left of a family beside its run folders. memory: MiB that it took. error: why there is no model."""

    memory: float = 0.0
    error: str | None = None


def folder_of(folder: Path, family: str, split: int) -> Path:
    """The run of a family on the split of this number, from 0."""
    return folder / family if split == 0 else folder / "splits" / str(split + 1) / family


def train_in_turns(
    splits: list[Data],
    families: list[str],
    minutes: float,
    seed: int,
    folder: Path,
    course: Course,
    device: str,
    recorded: dict[str, list[dict]] | None = None,
    together: bool = True,
) -> dict[str, Trained]:
    """Train every family on every split, `minutes` in all for each family; runs that have ended are left as they are.

    recorded: {family: configs of its runs} that are repeated instead. together: whether they share their time.
    """
    found = {family: Trained() for family in families}
    share = 60 * minutes / len(splits)  # seconds a run
    waiting, left = [], 0.0

    def run(family: str, split: int, more: float | None) -> float:
        """Seconds that the run leaves of its share."""
        asked = dict(minutes=share / 60, seed=seed, more=more)
        if recorded:
            asked = dict(replay=recorded[family][split])
        with PeakMemory() as memory:
            try:
                out = folder_of(folder, family, split)
                config = fit(splits[split], family, **asked, out=out, progress=course, device=device).config
                unused = max(0.0, share - config["outcome"]["seconds"])
                return unused - sum(stage.get("more", 0.0) for stage in config["stages"])
            except Held:
                waiting.append((family, split))
            except FAILURES as error:
                found[family].error = str(error)
            finally:
                found[family].memory = max(found[family].memory, memory.mib)
        return 0.0

    for number, family in enumerate(families, 1):
        course.step(f"training {family}, {number} of {len(families)}")
        for split in range(len(splits)):
            if not found[family].error:
                left += run(family, split, None if together else 0.0)
    waiting = [(family, split) for family, split in waiting if not found[family].error]
    takers = [one for one in waiting if _improves(folder_of(folder, *one))]
    more = round(max(0.0, left) / len(takers), 3) if takers else 0.0
    if more >= 1:
        course.tell(f"{left:.0f} s that other runs left go to {len(takers)} that still improve, {more:.1f} s each")
    for family in dict(waiting):
        course.step(f"training {family} to its end")
        for split in [split for one, split in waiting if one == family]:
            run(family, split, more if (family, split) in takers else 0.0)
    return found


def _improves(run: Path) -> bool:
    """Whether a run that waits has not come to its end by its validation, as far as that tells."""
    points = validations(read_config(run), run)
    return points is None or doublings_left(points) > 0
