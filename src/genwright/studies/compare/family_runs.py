"""The runs of a comparison as commands: a `genwright fit` for each family and split."""

from dataclasses import dataclass
from pathlib import Path

import torch

from ...core.data import Data
from ...core.errors import DataError
from ...core.proposal import as_typed
from ...kinds.load import load_data
from ...run.process import FAILURES, WAITING, run_state
from ...run.record import require_fit
from ...run.tasks import task_of
from ...zoo import registry
from .course import Course
from .turns import folder_of
from .workers import Run, Sender, Sent


@dataclass(frozen=True)
class FamilyRuns:
    """Sends the runs of families. record: the results.json that is repeated, None of a new comparison."""

    sender: Sender
    record: Path | None

    def send(
        self, data: Data, families: list[str], splits: int, seed: int, seconds: float, device: str, course: Course
    ) -> Sent:
        """Train the runs of families on so many splits, as far as they have not ended, for `seconds` a family. Returns
        the outcome by family.

        Raises Listed where others run the commands, DataError for data that no command can name or split alike,
        RunError where Slurm refuses.
        """
        _require_same(data, seed)
        failed, runs = {}, {}
        for family in families:
            folders = [folder_of(self.sender.logs.parent, family, number) for number in range(splits)]
            if not self.record and run_state(folders[0]).status == WAITING:
                try:
                    require_fit(data, family)
                except FAILURES as error:
                    failed[family] = str(error)
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
        by_family = lambda why: {runs[run]: sentence for run, sentence in why.items()}
        return Sent(failed | by_family(sent.failed), by_family(sent.lost))


def _require_same(data: Data, seed: int) -> None:
    """Raises DataError where a command would not read the data, or would test on other items."""
    if not data.source:
        raise DataError("workers read the data themselves: save them to a file, and pass its path")
    read = task_of(load_data(data.source, seed=seed, task=data.task, **data.options), data.task)
    here, there = (torch.nan_to_num(of.tensors("test").x) for of in (data, read))
    if not torch.equal(here, there):
        raise DataError(f"{data.name} were split by another seed than {seed}: load them with that seed")
