"""The ladder: methods that label nodes, from before graph convolution to after it, published accuracy beside measured.

Each rung is trained with its own preset, once a seed, and measured on the same test nodes. What is known goes to
results.json after every rung, so a ladder that was stopped goes on where it stood when the same call is made again.
"""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import mean, stdev
from typing import Any

import matplotlib
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from rich import box
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from ..core.errors import BudgetError, DataError, RunError, TrainingFailed
from ..core.visible import visible
from ..evaluation.metric import Metric
from ..evaluation.plots.table_sheets import STYLE
from ..recipes import registry
from ..recipes.published import RUNGS, published
from ..reports.results import FORMAT, check_ours, find, jsonable, metric_json, metric_of, read, shown, write
from ..run.fit import fit
from ..run.predictor import Predictor
from ..run.tasks import task_of
from ..training.checkpoints import Store
from .compare import machine
from .peak_memory import PeakMemory

TITLES = {
    "accuracy": ("Measured", "test nodes whose label is right, mean over seeds; higher is better", "%"),
    "published": ("Published", "the figure of the paper that is named; higher is better", "%"),
}
SEEDS = 3
LEAST = 1e-3  # minutes, since a budget is above 0


@dataclass(frozen=True)
class Ladder:
    """results: the content of results.json. folder: where it and the picture are."""

    results: dict
    folder: Path

    @property
    def picture(self) -> Path:
        return self.folder / "ladder.png"


def ladder(
    data: Any,
    families: list[str] | None = None,
    *,
    seeds: int = SEEDS,
    out: str | Path | None = None,
    progress: bool = True,
    device: str = "auto",
) -> Ladder:
    """Train every rung on a graph with labels of nodes, `seeds` times each, and set published beside measured accuracy.

    families: by name; by default all that the lectures list. out: folder, by default runs/ladder-NAME.
    device: as in `fit`.
    Raises BudgetError for less than one seed, DataError for a graph without labels of nodes or an unknown family,
    RunError where `out` holds something else.
    """
    if seeds < 1:
        raise BudgetError(f"seeds must be at least 1, not {seeds}")
    task = task_of(data, None)
    domain = task.domain.name
    if domain not in registry.TASKS or not getattr(task.domain, "classes", ()) or task.data.members is not None:
        raise DataError(
            f"{task.name} has no labels of nodes, which a ladder is about: try cora, citeseer or karate-club"
        )
    families = families or [rung.family for rung in RUNGS]
    known = {family: registry.row(domain, family) for family in families}
    folder = Path(out or f"runs/ladder-{task.name}")
    check_ours(folder, "ladder")
    with Store(folder), ExitStack() as held:  # Store for its lock, until all is written
        results = _begin(task, list(known), seeds, folder)
        columns = (TextColumn("{task.description}"), BarColumn(30), MofNCompleteColumn(), TimeElapsedColumn())
        bar = held.enter_context(Progress(*columns, console=Console(stderr=True), transient=True, disable=not progress))
        steps = bar.add_task("", total=len(known) * seeds)
        for family, row in known.items():
            if not find(results, family):
                tell = lambda seed, family=family: bar.update(
                    steps, description=f"{family}, seed {seed}", advance=seed > 0
                )
                done = _rung(task, row, seeds, folder, tell, device)
                results["baselines" if row.baseline else "models"].append(done)
                results["budget"] = _spent(results)
                write(results, folder)
            bar.update(steps, completed=seeds * (1 + list(known).index(family)))
        results["finished"] = True
        write(results, folder)
        errors = [row["error"] for row in ordered(results)]
        if all(errors):
            raise TrainingFailed(f"no rung could be trained on {task.name}: {errors[0]}")
        draw(results, folder / "ladder.png")
    return Ladder(results, folder)


def _begin(task: Any, families: list[str], seeds: int, folder: Path) -> dict:
    """The results so far of the same ladder, or new ones without rows."""
    fresh = jsonable(
        {
            "format": FORMAT,
            "finished": False,
            "data": {
                "name": task.name,
                "source": task.source,
                "options": {"seeds": seeds},
                "hash": task.hash,
                "licence": task.licence,
                "domain": task.domain.name,
                "described": task.facts(),
                "items": task.sizes,
            },
            "budget": {"minutes": LEAST, "share": 0.0, "families": families},
            "seed": 0,
            "machine": machine(),
            "rulers": {"titles": TITLES, "headline": {}},
            "floor": None,
            "baselines": [],
            "models": [],
            "advice": [],
        }
    )
    if (folder / "results.json").is_file():
        begun = read(folder)
        same = lambda r: (r["data"]["hash"], r["data"].get("options"), r["budget"]["families"])
        if same(begun) != same(fresh):
            raise RunError(f"{folder} holds a ladder of other data, seeds or families: choose another folder")
        return begun
    write(fresh, folder)
    return fresh


def _spent(results: dict) -> dict:
    """The training time of all rungs: a ladder is given none, its rungs have budgets of their own."""
    rows, families = results["models"] + results["baselines"], results["budget"]["families"]
    minutes = max(LEAST, sum(row["seconds"]["train"] or 0.0 for row in rows) / 60)
    return {"minutes": minutes, "share": minutes / len(families), "families": families}


def _rung(task: Any, row: registry.Row, seeds: int, folder: Path, tell, device: str) -> dict:
    """One family on every seed, as a row of the results; an error that a person can act on becomes its `error`."""
    family = row.family
    done = {
        "family": family,
        "recipe": row.recipe,
        "verbs": list(row.verbs),
        "parameters": None,
        "memory": None,
        "items": None,
        "seconds": {"train": None, "sample": None, "evaluate": None},
        "metrics": {},
        "health": [],
        "error": None,
        "folder": f"{family}/seed-0",
        "drawings": {},
        "config": {},
    }
    figure = published(family, task.name)
    with PeakMemory() as memory:
        try:
            models = []
            for seed in range(seeds):
                tell(seed)
                place = folder / family / f"seed-{seed}"
                models.append(fit(task, family, seed=seed, out=place, progress=False, device=device))
            measured = [accuracy(model, task) for model in models]
        except (TrainingFailed, DataError) as error:
            return done | {"error": str(error)}
    n = len(task.tensors("test")[0])
    said = f"mean of {seeds} seeds, its error over seeds" if seeds > 1 else "one seed"
    se = stdev(measured) / seeds**0.5 if seeds > 1 else None
    metrics = {"accuracy": Metric(mean(measured), se, "estimate", "predictions", "%", n, "higher", detail=said)}
    if figure:
        metrics["published"] = Metric(figure[0], None, "estimate", "predictions", "%", n, "higher", figure[1])
    outcome = [model.config["outcome"] for model in models]
    return done | {
        "verbs": models[0].verbs,
        "parameters": models[0].parameters,
        "memory": memory.mib,
        "items": sum(o["items"] for o in outcome),
        "seconds": done["seconds"] | {"train": sum(o["seconds"] for o in outcome)},
        "metrics": {name: metric_json(metric) for name, metric in metrics.items()},
        "health": list(models[0].config["health"]),
        "config": jsonable(models[0].config),
    }


def accuracy(model: Predictor, task: Any) -> float:
    """Percent of the test nodes whose label is right."""
    nodes, y = (t.numpy() for t in task.tensors("test"))
    named = model.predict(task).iloc[:, 1:].to_numpy().argmax(1)
    return 100 * float(np.mean(named[nodes] == y[:, 0]))


# ---------------------------------------------------------------------- what a person sees


def ordered(results: dict) -> list[dict]:
    """Rows in the order in which the families were named."""
    return [row for family in results["budget"]["families"] if (row := find(results, family))]


def print_ladder(results: dict, console: Console) -> None:
    sizes = results["data"]["items"]
    title = (
        f"{results['data']['name']}: accuracy on {sizes['test']:,} test nodes, {sizes['train']:,} labels to learn from"
    )
    table = Table(box=box.SIMPLE_HEAD, title=title, title_justify="left", pad_edge=False)
    for name, justify in (
        ("", "left"),
        ("published %", "right"),
        ("measured %", "right"),
        ("seconds", "right"),
        ("parameters", "right"),
    ):
        table.add_column(name, justify=justify, no_wrap=not name)
    for row in ordered(results):
        seconds, count = row["seconds"]["train"], row["parameters"]
        numbers = [shown(row["metrics"].get(name)) for name in ("published", "accuracy")]
        cells = ["–", "–"] if row["error"] else [f"{seconds:,.1f}", f"{count:,}"]
        table.add_row(row["family"], numbers[0], "failed" if row["error"] else numbers[1], *cells)
    console.print(table)
    console.print("± half a 95% interval over seeds; seconds of all seeds", style="dim")
    for row in ordered(results):
        if row["error"]:
            console.print(visible(f"{row['family']}: {row['error']}"), markup=False)


def draw(results: dict, path: Path) -> Path:
    """Bars of measured accuracy, a mark at the published figure, the first rung at the bottom."""
    rows = [row for row in ordered(results) if not row["error"]]
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(7.2, 0.9 + 0.36 * len(rows)), dpi=130, layout="constrained")
        FigureCanvasAgg(figure)
        axes = figure.add_subplot()
        for place, row in enumerate(rows):
            own, paper = (metric_of(row["metrics"].get(name)) for name in ("accuracy", "published"))
            half = 1.96 * own.se if own.se else None
            axes.barh(place, own.value, 0.62, color="#56B4E9", xerr=half, label="measured" if not place else None)
            axes.text(1, place, f"{own.value:.1f}", va="center", fontsize=8)
            if paper:
                axes.plot([paper.value] * 2, [place - 0.4, place + 0.4], color="#D55E00", linewidth=2.5)
        if any("published" in row["metrics"] for row in rows):
            axes.plot([], [], color="#D55E00", linewidth=2.5, label="published")
        axes.set_yticks(range(len(rows)), [row["family"] for row in rows])
        axes.set_xlim(0, 100)
        axes.set_xlabel(f"accuracy on the test nodes of {results['data']['name']}, %")
        axes.legend(frameon=False, loc="lower right")
        figure.savefig(path, metadata={"Software": None})
    return path
