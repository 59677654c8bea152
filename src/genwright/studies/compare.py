"""Compare: every family that fits the data, trained under equal shares of one budget and measured with the same
metrics.

The comparison lives in a folder: results.json, report.html and one run folder a family. results.json is written after
every family, so a comparison that was stopped goes on where it stood when the same call is made again.
"""

from __future__ import annotations

from functools import partial
from importlib import import_module
from inspect import signature
from pathlib import Path
from typing import Any

import torch
from rich.console import Console

from ..core.data import Data
from ..core.errors import BudgetError, DataError, RunError, TrainingFailed
from ..core.threads import threads
from ..core.visible import visible
from ..evaluation.effort import choose_sizes
from ..evaluation.metrics.classifiers import fixed_threads
from ..recipes import registry
from ..reports.advice import advice
from ..reports.pairs import pairs_of
from ..reports.report import report
from ..reports.results import find, path_of, read_comparison
from ..reports.terminal import print_table
from ..run.open import load_model
from ..run.resplit import resplit
from ..run.tasks import task_of
from ..training.progress import clock
from .comparison import Comparison
from .course import Course
from .depth import depth_curve
from .label_curve import label_curve
from .over_splits import count_of
from .rows import measured_row, reference_of
from .study import Study, study
from .turns import Trained, train_in_turns

PROMISED = 2  # times the minutes of training, and one minute, within which all is done
DRAWING = 0.4  # of what is left after that, for each picture that needs fits of its own
KEPT = 0.8  # of the time that is left when measuring begins, for measuring; the rest is a margin, and the page


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
    rows = {row.family: row for row in registry.rows() if (row.kind, row.task) == (kind, task)}
    fits = lambda row: row.suits(data.domain) and not row.refuses(data.domain.given)
    suiting = lambda names: [name for name in names if fits(rows[name])]
    if isinstance(families, str):
        families = suiting(registry.families(kind, task)) if families == "all" else [families]
    chosen = [
        *(families or suiting(registry.compared(kind, task))),
        *suiting(registry.families(kind, task, baselines=True)),
    ]
    baseline = {family: registry.row(kind, task, family).baseline for family in chosen}
    trained = [family for family in baseline if not baseline[family]]
    share = minutes / max(1, len(trained))
    folder = Path(out or f"runs/compare-{data.name}{'-replay' if record else ''}")
    if record and (folder / "results.json").is_file() and (folder / "results.json").samefile(path_of(replay)):
        raise RunError(f"{folder} holds the comparison that is to be repeated: choose another folder")
    make = _suite_class(data, target)
    asked = dict(minutes=minutes, share=share, seed=seed, metrics=_metrics(kind, task), target=target)
    if target is not None:
        make(data, seed)  # one that does not fit is said before all else
    with (
        threads(record["machine"]["threads"] if record else torch.get_num_threads()),
        study("compare", folder, data, trained, **asked) as done,
        Course(progress, 60 * (PROMISED * minutes + 1)) as course,
    ):
        results = done.results
        if todo := [family for family in baseline if not find(results, family)]:
            course.tell(
                f"{len(trained)} {'family' if len(trained) == 1 else 'families'}, {clock(60 * share)} of training for "
                f"each, then they are measured: done by {course.end}, on idle cores"
            )
            results["folder"] = str(folder)
            how = results.setdefault("measured", _measured_as(record, data, 60 * share))
            splits = [data, *(resplit(data, seed + 1 + k) for k in range(how["splits"] - 1))]
            configs = {
                f: [row["config"], *row.get("splits", [])] for f in todo if record and (row := _ended(record, f))
            }
            able = [family for family in todo if not record or family in configs]
            found = {family: Trained(error=_why_not(record, family)) for family in todo if family not in able}
            for simple in (False, True):  # baselines take no part of the time
                alike = [family for family in able if baseline[family] == simple]
                found |= train_in_turns(splits, alike, share, seed, folder, course, device, configs, not simple)
            suites = _suites(make, splits, seed, done, [f for f in todo if not found[f].error], course, device)
            for number, family in enumerate(todo, 1):
                course.step(f"measuring {family}, {number} of {len(todo)}")
                done.add(measured_row(data, family, found[family], suites, seed, folder, device), baseline[family])
        if not results["finished"]:
            results["pairs"] = pairs_of(results, folder)
            labels = "accuracy" in results["metrics"]["titles"]
            drawings = {"drawings": _together(data, results, seed, folder, course, device)} if labels else {}
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


def _measured_as(record: dict | None, data: Data, share: float) -> dict:
    """On how many splits, and of a comparison that is repeated on how many items. share: seconds a family."""
    if record is None:
        return {"splits": count_of(data, share)}
    return record.get("measured", {"splits": 1, "sizes": {}})


def _ended(record: dict, family: str) -> dict | None:
    """The row of a family that was measured in the comparison which is repeated."""
    row = find(record, family)
    return None if row is None or row["error"] else row


def _why_not(record: dict, family: str) -> str:
    row = find(record, family)
    return row["error"] if row else "the replayed comparison did not reach it"


def _suite_class(data: Data, target: str | None) -> Any:
    """What makes a suite of the data and a seed. Raises DataError for a target where none is learned from samples."""
    made = registry.suite_class(data.kind, data.task)
    if target is None:
        return made
    if "target" not in signature(made).parameters:
        raise DataError(
            f"target '{target}' names the column of a table that is learned from samples, and {data.name} is none: "
            "leave target out"
        )
    return partial(made, target=target)


def _metrics(kind: str, task: str) -> dict:
    """What each metric is called and means, stored so that a report needs no suite."""
    module = import_module(registry.suite_class(kind, task).__module__)
    return {"titles": module.TITLES, "headline": module.HEADLINE}


def _suites(
    make: Any, splits: list[Data], seed: int, done: Study, able: list[str], course: Course, device: str
) -> list[Any]:
    """What measures, one a split. Of how many items is settled once, by the time that is left for `able` families; it
    is on disk, with the reference, before a model is measured."""
    results, folder, first = done.results, done.folder, make(splits[0], seed)
    if "sizes" not in results["measured"]:
        course.step("trying how long measuring takes")
        openers = [partial(load_model, folder / family, device) for family in able]
        seconds = KEPT * max(0.0, course.seconds - course.gone)
        with fixed_threads(1):
            results["measured"]["sizes"] = choose_sizes(first, openers, seconds, len(splits))
        done.write()
    suites = [make(split, seed, results["measured"]["sizes"]) for split in splits]
    if not results["reference"]:
        course.step("measuring real data against real data, the reference")
        results["reference"] = reference_of(suites, splits[0].sizes, folder)
        done.write()
    if said := results["reference"]["metrics"].get("tstr", {}).get("detail"):
        course.tell(said)
    return suites


def _together(data: Data, results: dict, seed: int, folder: Path, course: Course, device: str) -> dict[str, str]:
    """Pictures of predictors of labels side by side: {caption: file}. What there is no time for is left out."""
    course.step("accuracy against labels per class")
    path, seconds = folder / "labels-per-class.png", (course.seconds - course.gone) * DRAWING
    drawings = {"Accuracy against labels per class": label_curve(data, results, seed, path, device, seconds)}
    if data.whole.members is None:
        course.step("accuracy and smoothness against layers")
        path, caption = folder / "depth.png", "Depth: graph convolutions of more and more layers"
        drawings[caption] = depth_curve(data, seed, path, device, seconds)
    return {caption: Path(file).name for caption, file in drawings.items() if file}
