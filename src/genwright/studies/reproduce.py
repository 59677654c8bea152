"""Published figures, and beside them what this library measures in the same way."""

from dataclasses import dataclass, replace
from pathlib import Path
from time import perf_counter
from typing import Any

from ..core.errors import BudgetError
from ..core.terminal import console
from ..kinds.load import load_data
from ..measure.metric import Metric
from ..run.fit import fit
from ..run.peak_memory import PeakMemory
from ..run.tasks import task_of
from ..zoo import registry
from ..zoo.targets import TARGETS, Target, target
from .measures import MEASURES
from .report.records import Results, Row
from .report.results import format_number, metric_json, metric_of, over_seeds
from .study import Study, blank_row, fitted, study


def reproduce(
    name: str, *, seeds: int | None = None, out: str | Path | None = None, progress: bool = True, device: str = "auto"
) -> Results:
    """Train the target's family as often as it says, measure it on test items, and return the content of results.json,
    one row a seed, with the published figure beside.

    Raises DataError for an unknown name, BudgetError for less than one seed, RunError where `out` holds something else,
    TrainingFailed for a loss that is not finite.

    Args:
        name: Name of a target; `genwright reproduce` lists them.
        seeds: in place of the target's.
        out: folder, by default runs/reproduce-NAME; a reproduction that was stopped there goes on.
        progress: Whether to show a progress bar.
        device: as in `fit`.
    """
    return run_reproduction(Reproduction(target(name), seeds, out, progress, device))


@dataclass(frozen=True)
class Reproduction:
    """The arguments of `reproduce`, and the target of its name. Raises BudgetError for less than one seed.

    Args:
        out: Folder or file to write.
        progress: Whether to show a progress bar.
        device: Device to compute on.
    """

    goal: Target
    seeds: int | None = None
    out: str | Path | None = None
    progress: bool = True
    device: str = "auto"

    def __post_init__(self):
        if self.count < 1:
            raise BudgetError(f"seeds must be at least 1, not {self.seeds}")

    @property
    def count(self) -> int:
        """How many seeds are trained."""
        return self.goal.seeds if self.seeds is None else self.seeds

    @property
    def folder(self) -> Path:
        """The folder of results.json."""
        return Path(self.out or f"runs/reproduce-{self.goal.name}")


def run_reproduction(plan: Reproduction) -> Results:
    """Train and measure the seeds that are not measured yet; see `reproduce`."""
    goal = plan.goal
    say = console(stderr=True, quiet=not plan.progress).print
    metric_words = {"titles": {goal.metric: MEASURES[goal.metric][1:]}, "headline": {}}
    settings = dict(seeds=plan.count, minutes=goal.budget.get("minutes"), metrics=metric_words)
    published_figures = {goal.family: goal.figure()}
    with study(
        "reproduce", plan.folder, _data(goal, 0), [goal.family], **settings, published=published_figures
    ) as done:
        for seed in range(plan.count):
            if done.row(goal.family, seed=seed):
                continue
            say(f"{goal.name}, seed {seed}: {seed + 1} of {plan.count}", style="bold")
            done.add(_row(goal, seed, done, plan.progress, plan.device))
        done.finish()
    return done.results


def _data(goal: Target, seed: int) -> Any:
    return task_of(load_data(goal.data, seed=seed if goal.splits else 0), goal.task)


def _row(goal: Target, seed: int, done: Study, progress: bool, device: str) -> Row:
    data = _data(goal, seed)
    known, place = registry.row(data.kind, data.task, goal.family), f"seed-{seed}"
    chosen = dict(preset=goal.preset, hyperparameters=goal.hyperparameters or None, rows=goal.rows, **goal.budget)
    with PeakMemory() as memory:
        model = fit(data, goal.family, seed=seed, out=done.folder / place, progress=progress, device=device, **chosen)
        began = perf_counter()
        metric = MEASURES[goal.metric].measure(model, data)
    row = fitted(blank_row(goal.family, known.recipe, known.verbs, place, seed=seed), model, memory.mib)
    seconds = row.seconds | {"evaluate": round(perf_counter() - began, 3)}
    return replace(row, seconds=seconds, metrics={goal.metric: metric_json(metric)})


# ---------------------------------------------------------------------- what a person sees


def ours(results: Results) -> Metric:
    """Averages our metric over seeds, with its standard error."""
    (row,) = over_seeds(results).models
    (figure,) = results.published.values()
    return metric_of(row.metrics[figure["metric"]])


def lines(name: str, results: Results) -> list[str]:
    """Lists the published figure beside ours, whether our bar is met, and why the two may not be comparable.

    Args:
        name: Name of the target.
        results: Results of the comparison.
    """
    goal, metric = target(name), ours(results)
    (figure,) = results.published.values()
    rows, seconds = results.models, sum(row.seconds["train"] for row in results.models)
    seeds = f"{len(rows)} seeds{'' if metric.se else ', all alike'}" if len(rows) > 1 else "seed 0"
    sign = ">=" if goal.better == "higher" else "<="
    return [
        f"{goal.family} on {goal.data}, {MEASURES[goal.metric].title}",
        f"published  {figure['value']:g} {figure['unit']}  ({figure['source']})",
        f"ours       {format_number(metric)} {figure['unit']}  ({seeds}, {seconds:,.0f} s of training)",
        f"our bar    {sign} {goal.bar:g} {figure['unit']}: {'met' if goal.met(metric.value) else 'MISSED'}",
        f"protocol   {figure['protocol']}",
        *([f"not comparable, because {figure['differs']}"] if figure["differs"] else []),
    ]


def listed() -> list[str]:
    """Returns every target, its published figure, how long it takes and where the figure stands: a line each."""
    wide = max(len(goal.name) for goal in TARGETS)
    return [f"{'':{wide}}  {'published':>16}  minutes  source"] + [
        f"{goal.name:{wide}}  {f'{goal.published:g} {goal.unit}':>16}  {goal.minutes:7g}  {goal.source}"
        for goal in TARGETS
    ]
