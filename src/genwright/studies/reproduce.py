"""Published figures, and beside them what this library measures in the same way: one target (`reproduce`), or all
rungs of the ladder.

The ladder has methods that label nodes, from before graph convolution to after it. Each rung is a target of its own
(zoo/targets.py), trained with its own preset, once a seed, and measured on the same test nodes.
"""

from dataclasses import dataclass, replace
from pathlib import Path
from time import perf_counter
from typing import Any

import matplotlib
from matplotlib.figure import Figure
from rich import box
from rich.console import Console
from rich.table import Table

from ..core.errors import BudgetError, DataError, TrainingFailed
from ..core.safe_text import visible
from ..kinds.load import load_data
from ..measure.metric import Metric
from ..measure.plots.table_sheets import STYLE
from ..run.fit import fit
from ..run.peak_memory import PeakMemory
from ..run.tasks import task_of
from ..zoo import registry
from ..zoo.targets import RUNGS, TARGETS, Target, published, target
from .measures import MEASURES
from .report.records import Results, Row
from .report.results import find, format_number, metric_json, metric_of, over_seeds
from .study import Study, blank_row, counted, fitted, labelled_nodes, study


def reproduce(
    name: str, *, seeds: int | None = None, out: str | Path | None = None, progress: bool = True, device: str = "auto"
) -> Results:
    """Train the target's family as often as it says, measure it on test items, and return the content of results.json,
    one row a seed, with the published figure beside.

    Raises DataError for an unknown name, BudgetError for less than one seed, RunError where `out` holds something else,
    TrainingFailed for a loss that is not finite.

    Args:
        name: of a target; `genwright reproduce` lists them.
        seeds: in place of the target's.
        out: folder, by default runs/reproduce-NAME; a reproduction that was stopped there goes on.
        device: as in `fit`.
    """
    return run_reproduction(Reproduction(target(name), seeds, out, progress, device))


@dataclass(frozen=True)
class Reproduction:
    """The arguments of `reproduce`, and the target of its name. Raises BudgetError for less than one seed."""

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
    say = Console(stderr=True, quiet=not plan.progress, highlight=False).print
    named = {"titles": {goal.metric: MEASURES[goal.metric][1:]}, "headline": {}}
    asked = dict(seeds=plan.count, minutes=goal.budget.get("minutes"), metrics=named)
    beside = {goal.family: goal.figure()}
    with study("reproduce", plan.folder, _data(goal, 0), [goal.family], **asked, published=beside) as done:
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
    """Mean over seeds with its error."""
    (row,) = over_seeds(results).models
    (figure,) = results.published.values()
    return metric_of(row.metrics[figure["metric"]])


def lines(name: str, results: Results) -> list[str]:
    """Published beside ours, whether our bar is met, and why the two may not be comparable."""
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
    """Every target, its published figure, how long it takes and where the figure stands: a line each."""
    wide = max(len(goal.name) for goal in TARGETS)
    return [f"{'':{wide}}  {'published':>16}  minutes  source"] + [
        f"{goal.name:{wide}}  {f'{goal.published:g} {goal.unit}':>16}  {goal.minutes:7g}  {goal.source}"
        for goal in TARGETS
    ]


MEASURED, SEEDS = "accuracy", 3


@dataclass(frozen=True)
class Ladder:
    """results: the content of results.json. folder: where it and the picture are."""

    results: Results
    folder: Path

    @property
    def picture(self) -> Path:
        return self.folder / "ladder.png"


def ladder(
    data: Any, families: list[str] | None = None, *, seeds: int = SEEDS, out: str | Path | None = None,
    progress: bool = True, device: str = "auto",
) -> Ladder:  # fmt: skip
    """Train every rung on a graph with labels of nodes, `seeds` times each, and set published beside measured accuracy.

    Raises BudgetError for less than one seed, DataError for a graph without labels of nodes or an unknown family,
    RunError where `out` holds something else.

    Args:
        families: by name; by default all that the lectures list.
        out: folder, by default runs/ladder-NAME.
        device: as in `fit`.
    """
    if seeds < 1:
        raise BudgetError(f"seeds must be at least 1, not {seeds}")
    task = labelled_nodes(data, "ladder")
    families = list(families or RUNGS)
    known = {family: registry.row(task.kind, task.task, family) for family in families}
    folder = Path(out or f"runs/ladder-{task.name}")
    targets = {family: published(family, task.name, MEASURED) for family in families}
    beside = {family: goal.figure() for family, goal in targets.items() if goal}
    named = {"titles": {MEASURED: MEASURES[MEASURED][1:]}, "headline": {}}
    todo = [(family, seed) for family in families for seed in range(seeds)]
    with study("ladder", folder, task, families, seeds=seeds, metrics=named, published=beside) as done:
        with counted(progress) as bar:
            shown = bar.add_task("", total=len(todo))
            for family, seed in todo:
                bar.update(shown, description=f"{family}, seed {seed}")
                if not done.row(family, seed=seed):
                    done.add(_rung(task, known[family], seed, folder, device), known[family].baseline)
                bar.advance(shown)
        done.finish(drawings={"Published beside measured": "ladder.png"})
        rows = ordered(done.results)
        if all(row.error for row in rows):
            raise TrainingFailed(f"no rung could be trained on {task.name}: {rows[0].error}")
        draw(done.results, folder / "ladder.png")
    return Ladder(done.results, folder)


def _rung(task: Any, known: registry.Row, seed: int, folder: Path, device: str) -> Row:
    """One fit of one family; an error that a person can act on becomes the row's `error`."""
    place = f"{known.family}/seed-{seed}"
    row = blank_row(known.family, known.recipe, known.verbs, place, seed=seed)
    with PeakMemory() as memory:
        try:
            model = fit(task, known.family, seed=seed, out=folder / place, progress=False, device=device)
        except (TrainingFailed, DataError) as error:
            return replace(row, error=str(error))
        metric = MEASURES[MEASURED].measure(model, task)
    return replace(fitted(row, model, memory.mib), metrics={MEASURED: metric_json(metric)})


# ---------------------------------------------------------------------- what a person sees


def ordered(results: Results) -> list[Row]:
    """One row a family, over its seeds, in the order in which the families were named."""
    rows = over_seeds(results)
    return [row for family in results.plan.families if (row := find(rows, family))]


def print_ladder(results: Results, console: Console) -> None:
    sizes = results.data["items"]
    title = f"{results.data['name']}: accuracy on {sizes['test']:,} test nodes, {sizes['train']:,} labels to learn from"
    table = Table(box=box.SIMPLE_HEAD, title=title, title_justify="left", pad_edge=False)
    for name in ("", "published %", "measured %", "seconds", "parameters"):
        table.add_column(name, justify="right" if name else "left", no_wrap=not name)
    for row in ordered(results):
        seconds, count = row.seconds["train"], row.parameters
        numbers = [format_number(row.metrics.get(name)) for name in ("published", "accuracy")]
        cells = ["–", "–"] if row.error else [f"{seconds:,.1f}", f"{count:,}"]
        table.add_row(row.family, numbers[0], "failed" if row.error else numbers[1], *cells)
    console.print(table)
    console.print("± half a 95% interval over seeds; seconds of all seeds", style="dim")
    for row in ordered(results):
        if row.error:
            console.print(visible(f"{row.family}: {row.error}"), markup=False)


def draw(results: Results, path: Path) -> Path:
    """Bars of measured accuracy, a mark at the published figure, the first rung at the bottom."""
    rows = [row for row in ordered(results) if not row.error]
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(7.2, 0.9 + 0.36 * len(rows)), dpi=130, layout="constrained")
        axes = figure.add_subplot()
        for place, row in enumerate(rows):
            own, paper = (metric_of(row.metrics.get(name)) for name in ("accuracy", "published"))
            half = 1.96 * own.se if own.se else None
            axes.barh(place, own.value, 0.62, color="#56B4E9", xerr=half, label="measured" if not place else None)
            axes.text(1, place, f"{own.value:.1f}", va="center", fontsize=8)
            if paper:
                axes.plot([paper.value] * 2, [place - 0.4, place + 0.4], color="#D55E00", linewidth=2.5)
        if any("published" in row.metrics for row in rows):
            axes.plot([], [], color="#D55E00", linewidth=2.5, label="published")
        axes.set_yticks(range(len(rows)), [row.family for row in rows])
        axes.set_xlim(0, 100)
        axes.set_xlabel(f"accuracy on the test nodes of {results.data['name']}, %")
        axes.legend(frameon=False, loc="lower right")
        figure.savefig(path, metadata={"Software": None})
    return path
