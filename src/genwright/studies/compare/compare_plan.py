"""What a comparison trains, for how long and where: the keywords of `compare` as a value."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ...core.errors import BudgetError
from ...zoo import registry
from ..report.records import Results
from .workers import RETRIES, require_retries, workers_of


@dataclass(frozen=True)
class ComparePlan:
    """The keywords of `compare` with their defaults.

    Raises BudgetError for minutes that are not above 0 and workers that make no sense, DataError for a name of no
    family at all, RunError without Slurm: what is wrong whatever the data are, so that nobody waits until they are
    read.
    """

    families: str | Sequence[str] | None = None
    minutes: float = 5.0
    seed: int = 0
    out: str | Path | None = None
    replay: str | Path | None = None
    progress: bool = True
    task: str | None = None
    device: str = "auto"
    target: str | None = None
    more_minutes: float | None = None
    workers: int | str | None = None
    slurm: str | None = None
    retries: int = RETRIES

    def __post_init__(self):
        if self.replay is not None and self.more_minutes is not None:
            raise BudgetError("a replay repeats the minutes of its comparison: leave more_minutes out")
        for name, value in (("minutes", self.minutes), ("more_minutes", self.more_minutes)):
            if value is not None and not 0 < value < float("inf"):
                raise BudgetError(f"{name} must be above 0, not {value}")
        if self.workers is not None or self.slurm is not None:
            workers_of(self.workers, self.slurm)
            if self.more_minutes is not None:
                raise BudgetError(
                    "more_minutes go to the families of a comparison one after another: leave workers out"
                )
        require_retries(self.retries)
        for family in self.named:
            registry.require_name(family)

    @property
    def named(self) -> list[str]:
        """The families that a person named."""
        if self.families in (None, "all"):
            return []
        return [self.families] if isinstance(self.families, str) else list(self.families)

    def settled_by(self, record: Results) -> ComparePlan:
        """The same with the minutes, seed, families and target of a comparison that was begun."""
        plan = record.plan
        settled = {"minutes": plan["minutes"], "families": plan["families"], "target": plan.get("target")}
        return replace(self, seed=record.seed, **settled)
