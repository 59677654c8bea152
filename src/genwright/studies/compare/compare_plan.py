"""What a comparison trains, for how long and where: the keywords of `compare` as a value."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from inspect import signature
from math import ceil
from pathlib import Path
from typing import Unpack

from ...core.data import Data
from ...core.errors import BudgetError, DataError
from ...core.type_names import DataSource
from ...measure.effort import first_sizes, least_sizes, seconds_of
from ...measure.metrics.classifiers import fixed_threads
from ...run.tasks import task_of
from ...training.progress import duration
from ...zoo import registry
from ..compare_options import CompareOptions
from ..report.records import Results
from ..report.rules import count_nouns, listed
from .measuring import count_of
from .workers import RETRIES, require_retries, workers_of

PROMISED = 2  # times the minutes of training, and one minute, within which all is done


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
        """The plan with the minutes, seed, families and target of a comparison that was begun."""
        plan = record.plan
        settled = {"minutes": plan["minutes"], "families": plan["families"], "target": plan.get("target")}
        return replace(self, seed=record.seed, **settled)


def forecast(data: DataSource, families: str | list[str] | None = None, **options: Unpack[CompareOptions]) -> list[str]:
    """Sentences about what `compare` would do with these arguments. Nothing is trained or written."""
    plan = ComparePlan(families, **options)
    data = task_of(data, plan.task)
    baseline = choose_families(data, plan)
    trained = [family for family in baseline if not baseline[family]]
    simple = [family for family in baseline if baseline[family]]
    at_once = 1 if plan.workers is None else getattr(workers_of(plan.workers, plan.slurm), "count", len(trained))
    made, share = registry.suite_class(data), 60 * plan.minutes / max(1, len(trained))
    suite = suite_maker(made, data, plan.target)(data, plan.seed)
    splits, first = count_of(data, share), first_sizes(suite, made.HEADLINE)
    on = f", {duration(share / splits)} on each of {splits} splits as far as the time allows" if splits > 1 else ""
    sentences = [
        f"{count_nouns(trained, 'family', 'families')}, {duration(share)} of training each{on}: {listed(trained)}"
    ]
    if simple:
        sentences.append(f"{count_nouns(simple, 'simple baseline', 'simple baselines')}: {listed(simple)}")
    if first:
        with fixed_threads(1):
            judging = len(baseline) * seconds_of(suite.resized(least_sizes(suite)).reference)
        sentences.append(
            f"first look at all of them, on {first['samples']:,} samples each: about {duration(judging)}, and the time "
            "that their samples take"
        )
    training, measuring = share * ceil(len(trained) / max(1, at_once)), 60 * ((PROMISED - 1) * plan.minutes + 1)
    return [
        *sentences,
        f"{duration(training)} of training, {duration(measuring)} of measuring at most: done in "
        f"{duration(training + measuring)} on idle cores",
    ]


def choose_families(data: Data, plan: ComparePlan) -> dict[str, bool]:
    """{family that takes part: whether it is a simple baseline}; see `compare`."""
    of = data.kind, data.task
    meant = {name: registry.family_and_preset(*of, name) for name in plan.named}
    rows = [registry.row(*of, name if preset else family) for name, (family, preset) in meant.items()]
    rows += [
        row
        for row in unnamed_rows(data, plan)
        if row.construction.suits(data.domain) and not row.refuses(data.domain.given)
    ]
    return {row.family: row.baseline for row in rows}


def unnamed_rows(data: Data, plan: ComparePlan) -> list[registry.Row]:
    """Rows of the families that take part where they fit the data, though nobody named them."""
    of = data.kind, data.task
    everything = registry.families(*of) if plan.families == "all" else [] if plan.families else registry.compared(*of)
    return [registry.row(*of, family) for family in [*everything, *registry.families(*of, baselines=True)]]


def suite_maker(suite: type, data: Data, target: str | None) -> Callable[..., object]:
    """The maker of a suite, with the target set. Raises DataError for a target where none is learned from samples."""
    if target is None:
        return suite
    if "target" not in signature(suite).parameters:
        raise DataError(
            f"target '{target}' names a column of a table, for trees that learn from samples, and {data.name} is none: "
            "leave target out"
        )
    return partial(suite, target=target)
