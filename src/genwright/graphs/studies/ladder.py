"""The ladder: methods that label nodes, from before graph convolution to after it, with published figures beside.

Each rung is a target of its own (graphs/zoo/targets.py), trained with its own preset, once a seed, and measured on the
same test nodes.
"""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import matplotlib
from matplotlib.figure import Figure
from rich import box
from rich.console import Console
from rich.table import Table

from ...core.errors import BudgetError, DataError, TrainingFailed
from ...core.safe_text import visible
from ...measure.plots.table_sheets import STYLE
from ...run.fit import fit
from ...run.peak_memory import PeakMemory
from ...studies.measures import MEASURES
from ...studies.report.records import Results, Row
from ...studies.report.results import find, format_number, metric_json, metric_of, over_seeds
from ...studies.study import blank_row, counted, fitted, study
from ...zoo import registry
from ...zoo.targets import published
from ..zoo.targets import RUNGS
from .nodes import labelled_nodes

MEASURED, SEEDS = "accuracy", 3


@dataclass(frozen=True)
class Ladder:
    """results: the content of results.json.

    Args:
        folder: where it and the picture are.
    """

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
        data: The data set.
        families: by name; by default all that the lectures list.
        out: folder, by default runs/ladder-NAME.
        progress: Whether to show a progress bar.
        device: as in `fit`.
    """
    if seeds < 1:
        raise BudgetError(f"seeds must be at least 1, not {seeds}")
    task = labelled_nodes(data, "ladder")
    families = list(families or RUNGS)
    known = {family: registry.row(task.kind, task.task, family) for family in families}
    folder = Path(out or f"runs/ladder-{task.name}")
    targets = {family: published(family, task.name, MEASURED) for family in families}
    published_figures = {family: goal.figure() for family, goal in targets.items() if goal}
    metric_words = {"titles": {MEASURED: MEASURES[MEASURED][1:]}, "headline": {}}
    todo = [(family, seed) for family in families for seed in range(seeds)]
    with study(
        "ladder", folder, task, families, seeds=seeds, metrics=metric_words, published=published_figures
    ) as done:
        with counted(progress) as bar:
            task_number = bar.add_task("", total=len(todo))
            for family, seed in todo:
                bar.update(task_number, description=f"{family}, seed {seed}")
                if not done.row(family, seed=seed):
                    done.add(_rung(task, known[family], seed, folder, device), known[family].baseline)
                bar.advance(task_number)
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


def ordered(results: Results) -> list[Row]:
    """Lists one row for each family, averaged over its seeds, in the order in which the families were named."""
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
    console.print(table, soft_wrap=False)
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
            own_metric, paper = (metric_of(row.metrics.get(name)) for name in ("accuracy", "published"))
            half_interval = 1.96 * own_metric.se if own_metric.se else None
            axes.barh(
                place,
                own_metric.value,
                0.62,
                color="#56B4E9",
                xerr=half_interval,
                label="measured" if not place else None,
            )
            axes.text(1, place, f"{own_metric.value:.1f}", va="center", fontsize=8)
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
