"""Compare: every family that fits the data, trained under equal shares of one budget and measured with the same
metrics.

The comparison lives in a folder: results.json, report.html and one run folder a family. results.json is written after
every family, so a comparison that was stopped goes on where it stood when the same call is made again.
"""

from __future__ import annotations

import platform
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from pathlib import Path
from typing import Any

import pandas as pd
import psutil
import torch
from rich.console import Console

from ..core.errors import BudgetError, DataError, RunError, TrainingFailed, Unsupported
from ..core.threads import threads
from ..core.visible import visible
from ..data.load import Data
from ..predictors.task_data import TaskData
from ..recipes import registry
from ..reports.advice import advice
from ..reports.report import report
from ..reports.results import (
    FORMAT,
    check_ours,
    find,
    frame,
    jsonable,
    metric_json,
    path_of,
    ranking,
    read,
    shown,
    write,
)
from ..reports.terminal import print_table
from ..run.fit import fit
from ..run.model import Model
from ..run.open import load_model
from ..run.predictor import Predictor
from ..run.tasks import task_of
from ..training.checkpoints import Store
from ..training.machine import facts
from .depth import depth_curve
from .label_curve import label_curve
from .peak_memory import PeakMemory


@dataclass(frozen=True)
class Comparison:
    """A finished comparison. results: the content of results.json. folder: where it and the runs are."""

    results: dict
    folder: Path

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row a family, then baselines and the floor; `<metric>` and `<metric> se`, seconds, sizes."""
        return frame(self.results)

    def best(self, criterion: str) -> Model | Predictor:
        """The model with the best number for a purpose: "density", "samples" or "codes", or "labels" of predictors.

        Simple baselines count, copies of the training data do not. Says on stderr when the number does not settle it.
        Raises DataError where nothing was measured for the purpose.
        """
        headline = self.results["rulers"]["headline"]
        ranked = ranking(self.results, headline[criterion]) if criterion in headline else None
        if not ranked or not ranked.order:
            raise DataError(f"nothing was measured for {criterion!r}: choose one of {', '.join(headline)}")
        first = ranked.order[0]
        if not ranked.separated and len(ranked.order) > 1:
            a, b = (f"{f} {shown(find(self.results, f)['metrics'][ranked.metric])}" for f in ranked.order[:2])
            Console(stderr=True, highlight=False).print(f"{a}, {b}: too close to rank, {first} is taken")
        return load_model(self.folder / find(self.results, first)["folder"])


def compare(
    data: Any,
    families: list[str] | None = None,
    *,
    minutes: float = 5.0,
    seed: int = 0,
    out: str | Path | None = None,
    replay: str | Path | None = None,
    progress: bool = True,
    task: str | None = None,
    device: str = "auto",
) -> Comparison:
    """Train families (default: all that fit the data) for equal shares of `minutes`, measure them, write the report.

    data: a Data, or anything that `load_data` takes; of a graph, predictors are compared at `task`. out: folder, by
    default runs/compare-NAME; a comparison that was stopped there goes on. replay: a results.json (or its folder);
    repeats that comparison with its recorded items, numbers and machine decisions, so minutes, seed and families are
    taken from it. A family that fails becomes a row with its error. device: as in `fit`.

    Raises BudgetError for minutes that are not above 0, DataError for an unknown family, RunError where `out` holds
    something else or is in use, or the replayed comparison was of other data.
    """
    data = task_of(data, task)
    record = None if replay is None else _record(replay, data)
    if record:
        minutes, seed, families = record["budget"]["minutes"], record["seed"], record["budget"]["families"]
    if not 0 < minutes < float("inf"):
        raise BudgetError(f"minutes must be above 0, not {minutes}")
    domain = data.domain.name
    chosen = [*(families or registry.families(domain)), *registry.families(domain, baselines=True)]
    baseline = {family: registry.row(domain, family).baseline for family in chosen}
    trained = [family for family in baseline if not baseline[family]]
    budget = {"minutes": minutes, "share": minutes / max(1, len(trained)), "families": trained}
    folder = Path(out or f"runs/compare-{data.name}{'-replay' if record else ''}")
    say = Console(stderr=True, quiet=not progress, highlight=False).print
    check_ours(folder, "comparison")
    with threads(record["machine"]["threads"] if record else torch.get_num_threads()), Store(folder):
        # Store for its lock, until all is written: two comparisons in one folder would write over each other
        results, suite = _begin(data, budget, seed, folder, replay), None
        for number, family in enumerate(baseline, 1):
            if find(results, family):
                continue
            suite = suite or registry.suite_class(domain)(data, seed)
            if not results["floor"]:
                if not registry.predicts(domain):
                    say("measuring real data against real data: the floor")
                results["floor"] = {"metrics": {name: metric_json(m) for name, m in suite.floor().items()}}
            say(f"{number} of {len(baseline)}: {family}", style="bold")
            row = _row(data, family, suite, budget["share"], seed, folder, record, progress, device)
            results["baselines" if baseline[family] else "models"].append(row)
            write(results, folder)
        if "accuracy" in results["rulers"]["titles"]:
            results["drawings"] = _together(data, results, seed, folder, say, device)
        results |= {"advice": advice(results), "finished": True}
        write(results, folder)
        page = report(folder)
    if progress:
        print_table(results, Console())
        print(visible(page))
    if trained and all(row["error"] for row in results["models"]):
        raise TrainingFailed(
            f"no family could be trained on {data.name}: {results['models'][0]['error']}; the report is {page}"
        )
    return Comparison(results, folder)


def _record(replay: str | Path, data: Data | TaskData) -> dict:
    record = read(replay)
    if record["data"]["hash"] != data.hash:
        raise RunError(f"{replay} compared other data ({record['data']['name']}): replay it with those")
    return record


def _begin(data: Data | TaskData, budget: dict, seed: int, folder: Path, replay: str | Path | None) -> dict:
    """The results so far of the same comparison, or new ones without rows."""
    fresh = jsonable(
        {
            "format": FORMAT,
            "finished": False,
            "data": {
                "name": data.name,
                "source": data.source,
                "options": data.options,
                "hash": data.hash,
                "licence": data.licence,
                "domain": data.domain.name,
                "described": data.facts(),
                "items": data.sizes,
            },
            "budget": budget,
            "seed": seed,
            "machine": machine(),
            "rulers": _rulers(data.domain.name),
            "floor": None,
            "baselines": [],
            "models": [],
            "advice": [],
        }
    )
    if not (folder / "results.json").is_file():
        write(fresh, folder)
        return fresh
    if replay is not None and (folder / "results.json").samefile(path_of(replay)):
        raise RunError(f"{folder} holds the comparison that is to be repeated: choose another folder")
    begun = read(folder)
    if begun["data"]["hash"] != data.hash or (begun["budget"], begun["seed"]) != (fresh["budget"], seed):
        raise RunError(f"{folder} holds a comparison of other data, minutes, families or seed: choose another folder")
    return begun


def _rulers(domain: str) -> dict:
    """What each metric is called and means, stored so that a report needs no suite."""
    module = import_module(registry.suite_class(domain).__module__)
    return {"titles": module.TITLES, "headline": module.HEADLINE}


def _row(
    data: Data | TaskData,
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
    known = registry.row(data.domain.name, family)
    say = Console(stderr=True, quiet=not progress, highlight=False).print
    row = {
        "family": family,
        "recipe": known.recipe,
        "verbs": list(known.verbs),
        "parameters": None,
        "memory": None,
        "items": None,
        "seconds": {"train": None, "sample": None, "evaluate": None},
        "metrics": {},
        "health": [],
        "error": None,
        "folder": family,
        "drawings": {},
        "config": {},
    }
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
        metrics, seconds = suite.measure(model)
    drawings = suite.plot(model, folder / family / "samples")
    return row | {
        "verbs": model.verbs,
        "parameters": model.parameters,
        "memory": memory.mib,
        "items": model.config["outcome"]["items"],
        "seconds": {"train": model.config["outcome"]["seconds"], **seconds},
        "metrics": {name: metric_json(metric) for name, metric in metrics.items()},
        "health": list(model.config["health"]),
        "drawings": {caption: f"{family}/samples/{Path(file).name}" for caption, file in drawings.items()},
        "config": jsonable(model.config),
    }


def _together(data: TaskData, results: dict, seed: int, folder: Path, say: Any, device: str) -> dict[str, str]:
    """Pictures of predictors of labels side by side: {caption: file}."""
    say("accuracy against labels per class")
    drawings = {}
    drawings["Accuracy against labels per class"] = label_curve(
        data, results, seed, folder / "labels-per-class.png", device
    )
    if data.data.members is None:
        say("accuracy and smoothness against layers")
        caption = "Depth: graph convolutions of more and more layers"
        drawings[caption] = depth_curve(data, seed, folder / "depth.png", device)
    return {caption: Path(file).name for caption, file in drawings.items() if file}


# ---------------------------------------------------------------------- the machine


def machine() -> dict:
    return {
        **facts(),
        "memory": round(psutil.virtual_memory().total / 2**20),
        "python": platform.python_version(),
        "torch": torch.__version__,
        "threads": torch.get_num_threads(),
    }
