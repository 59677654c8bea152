"""The members of an ensemble as commands: what `genwright fit --ensemble K --workers N` sends.

A member is trained by the command that was typed, with `--member` and its number.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ..core.errors import BudgetError, RunError, TrainingFailed
from ..run.fit_options import FitOptions
from ..run.process import LOGS
from ..studies.compare.workers import RETRIES, Run, Sender, Workers, require_retries, workers_of

# options that concern the ensemble as a whole: whether a value follows
ENSEMBLE_OPTIONS = {"--workers": True, "--slurm": True, "--retries": True, "--restart": False}


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
        if sent.lost:
            raise RunError(f"{'; '.join(sent.lost.values())}: the same command sends what has not ended again")

    def _words(self) -> list[str]:
        """The typed words without the options that concern the ensemble alone."""
        words, kept = iter(self.typed), []
        for word in words:
            name, equals, _ = word.partition("=")
            if name not in ENSEMBLE_OPTIONS:
                kept.append(word)
            elif ENSEMBLE_OPTIONS[name] and not equals:
                next(words, None)
        return kept


def members_of(
    typed: list[str], options: FitOptions, workers: str | None, slurm: str | None, retries: int | None,
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
    retries = RETRIES if retries is None else retries
    require_retries(retries)
    minutes = options.get("minutes")  # of all members together; a budget has another unit where there are none
    each = None if minutes is None else minutes / options.get("ensemble", 1)
    return Members(typed, workers_of(workers, slurm, each), retries)
