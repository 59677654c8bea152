"""Compare: every family that fits the data, trained under equal shares of one budget and measured with the same
metrics.

The comparison lives in a folder: results.json, report.html and one run folder a family. results.json is written after
every family, so a comparison that was stopped goes on where it stood when the same call is made again.
"""

from __future__ import annotations

from importlib import import_module
from inspect import signature
from pathlib import Path
from typing import Any

import torch
from rich.console import Console

from ..core.data import Data
from ..core.errors import BudgetError, DataError, RunError, TrainingFailed, Unsupported
from ..core.threads import threads
from ..core.visible import visible
from ..recipes import registry
from ..reports.advice import advice
from ..reports.report import report
from ..reports.results import find, metric_json, path_of, read_comparison, write_per_item
from ..reports.terminal import print_table
from ..run.fit import fit
from ..run.tasks import task_of
from .comparison import Comparison
from .depth import depth_curve
from .label_curve import label_curve
from .peak_memory import PeakMemory
from .study import blank_row, fitted, study

PER_ITEM = "per-item.safetensors"  # beside a run, the numbers of single test items


def compare(
    data: Any,
    families: str | list[str] | None = None,
    *,
    minutes: float = 5.0,
    seed: int = 0,
    out: str | Path | None = None,
    replay: str | Path | None = None,
    progress: bool = True,
    task: str | None = None,
    device: str = "auto",
    target: str | None = None,
) -> Comparison:
    """Train families for equal shares of `minutes`, measure them, write the report.

    data: a Data, or anything that `load_data` takes; of a graph, predictors are compared at `task`. families: by name;
    by default those that fit the data, but for variants of others; "all" takes these too. out: folder, by default
    runs/compare-NAME; a comparison that was stopped there goes on. replay: a results.json (or its folder); repeats that
    comparison with its recorded items, numbers and machine decisions, so minutes, seed, families and target are taken
    from it. A family that fails becomes a row with its error. device: as in `fit`. target: the column of a table that
    trees learn from samples; by default one is picked, and said (the labels of a graph are named to `load_data`).

    Raises BudgetError for minutes that are not above 0, DataError for an unknown family or target, RunError where `out`
    holds something else or is in use, or the replayed comparison was of other data, DeviceError for a device that is
    not there.
    """
    data = task_of(data, task)
    record = None if replay is None else _record(replay, data)
    if record:
        minutes, seed, families = record["plan"]["minutes"], record["seed"], record["plan"]["families"]
        target = record["plan"].get("target")
    if not 0 < minutes < float("inf"):
        raise BudgetError(f"minutes must be above 0, not {minutes}")
    kind, task = data.kind, data.task
    if isinstance(families, str):
        families = registry.families(kind, task) if families == "all" else [families]
    chosen = [*(families or registry.compared(kind, task)), *registry.families(kind, task, baselines=True)]
    baseline = {family: registry.row(kind, task, family).baseline for family in chosen}
    trained = [family for family in baseline if not baseline[family]]
    share = minutes / max(1, len(trained))
    folder = Path(out or f"runs/compare-{data.name}{'-replay' if record else ''}")
    if record and (folder / "results.json").is_file() and (folder / "results.json").samefile(path_of(replay)):
        raise RunError(f"{folder} holds the comparison that is to be repeated: choose another folder")
    say = Console(stderr=True, quiet=not progress, highlight=False).print
    asked = dict(minutes=minutes, share=share, seed=seed, metrics=_metrics(kind, task), target=target)
    suite = None if target is None else _suite(data, seed, target)  # one that does not fit is said before all else
    with (
        threads(record["machine"]["threads"] if record else torch.get_num_threads()),
        study("compare", folder, data, trained, **asked) as done,
    ):
        results = done.results
        for number, family in enumerate(baseline, 1):
            if find(results, family):
                continue
            suite = suite or _suite(data, seed)
            if not results["reference"]:
                if not registry.predicts(task):
                    say("measuring real data against real data, the reference")
                real = suite.reference()
                results["reference"] = {"metrics": {name: metric_json(m) for name, m in real.items()}}
                if "tstr" in real and real["tstr"].detail:
                    say(visible(real["tstr"].detail))
            say(f"{number} of {len(baseline)}: {family}", style="bold")
            row = _row(data, family, suite, share, seed, folder, record, progress, device)
            done.add(row, baseline[family])
        labels = "accuracy" in results["metrics"]["titles"]
        drawings = {"drawings": _together(data, results, seed, folder, say, device)} if labels else {}
        done.finish(advice=advice(results), **drawings)
        page = report(folder)
    if progress:
        print_table(results, Console())
        print(visible(page))
    if trained and all(row["error"] for row in results["models"]):
        raise TrainingFailed(
            f"no family could be trained on {data.name}: {results['models'][0]['error']}; the report is {page}"
        )
    return Comparison(results, folder)


def _record(replay: str | Path, data: Data) -> dict:
    record = read_comparison(replay)
    if record["data"]["hash"] != data.hash:
        raise RunError(f"{replay} compared other data ({record['data']['name']}): replay it with those")
    return record


def _suite(data: Data, seed: int, target: str | None = None) -> Any:
    made = registry.suite_class(data.kind, data.task)
    if target is None:
        return made(data, seed)
    if "target" not in signature(made).parameters:
        raise DataError(
            f"target '{target}' names the column of a table that is learned from samples, and {data.name} is none: "
            "leave target out"
        )
    return made(data, seed, target=target)


def _metrics(kind: str, task: str) -> dict:
    """What each metric is called and means, stored so that a report needs no suite."""
    module = import_module(registry.suite_class(kind, task).__module__)
    return {"titles": module.TITLES, "headline": module.HEADLINE}


def _row(
    data: Data,
    family: str,
    suite: Any,
    share: float,
    seed: int,
    folder: Path,
    record: dict | None,
    progress: bool,
    device: str,
) -> dict:
    """Train and measure one family; an error a person can act on becomes the row's `error`."""
    known = registry.row(data.kind, data.task, family)
    say = Console(stderr=True, quiet=not progress, highlight=False).print
    row = blank_row(family, known.recipe, known.verbs, family, seed=seed)
    recorded = find(record, family) if record else None
    if record and (recorded is None or recorded["error"]):
        return {**row, "error": recorded["error"] if recorded else "the replayed comparison did not reach it"}
    with PeakMemory() as memory:
        try:
            if recorded:
                model = fit(
                    data, family, out=folder / family, replay=recorded["config"], progress=progress, device=device
                )
            else:
                model = fit(
                    data, family, minutes=share, seed=seed, out=folder / family, progress=progress, device=device
                )
        except (TrainingFailed, Unsupported, DataError) as error:
            return {**row, "error": str(error)}
        say(f"measuring {family}")
        metrics, seconds, per_item = suite.measure(model)
    drawings = suite.plot(model, folder / family / "samples")
    row = fitted(row, model, memory.mib)
    if per_item:
        write_per_item(per_item, folder / family / PER_ITEM)
        row["per_item"] = f"{family}/{PER_ITEM}"
    return row | {
        "seconds": row["seconds"] | seconds,
        "metrics": {name: metric_json(metric) for name, metric in metrics.items()},
        "drawings": {caption: f"{family}/samples/{Path(file).name}" for caption, file in drawings.items()},
    }


def _together(data: Data, results: dict, seed: int, folder: Path, say: Any, device: str) -> dict[str, str]:
    """Pictures of predictors of labels side by side: {caption: file}."""
    say("accuracy against labels per class")
    curve = label_curve(data, results, seed, folder / "labels-per-class.png", device)
    drawings = {"Accuracy against labels per class": curve}
    if data.whole.members is None:
        say("accuracy and smoothness against layers")
        caption = "Depth: graph convolutions of more and more layers"
        drawings[caption] = depth_curve(data, seed, folder / "depth.png", device)
    return {caption: Path(file).name for caption, file in drawings.items() if file}
