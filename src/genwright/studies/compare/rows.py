"""The rows of a comparison: what training left of a family, and what is measured of it, on the model of each split."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from ...core.data import Data
from ...measure.effort import settles
from ...measure.metric import Measured
from ...measure.metrics.classifiers import fixed_threads
from ...measure.sizes import list_omissions
from ...run.curves import read_curves
from ...run.improving import improving
from ...run.open import load_model
from ...run.process import FAILURES
from ...zoo import registry
from ..report.records import Reference, Results, Row
from ..report.results import jsonable, metric_json, metric_of, read_per_item, title, write_per_item
from ..study import blank_row, drawn, fitted, previewed
from .over_splits import over_splits
from .peak_memory import PeakMemory
from .turns import Trained, folder_of

PER_ITEM = "per-item.safetensors"  # beside a run, the numbers of single test items
TO_COME = "it is trained, and will be measured when the same command runs again"


def reference_of(suites: list[Any], sizes: dict[str, int], folder: Path) -> Reference:
    """Real data measured against real data, and drawn. suites: one a split. sizes: items a part."""
    with fixed_threads(1):
        metrics = over_splits([Measured(suite.reference(), {}, {}) for suite in suites], sizes).metrics
        drawings = drawn(suites[0], None, folder, "real")
    return Reference({name: metric_json(metric) for name, metric in metrics.items()}, **drawings)


def trained_row(data: Data, family: str, trained: Trained, seed: int, results: Results, neighbours: int) -> Row:
    """The row of a family of which nothing is measured yet, or of one that failed. neighbours: runs that trained on its
    host at the same time."""
    known = registry.row(data.kind, data.task, family)
    row = blank_row(family, known.recipe, known.verbs, family, seed=seed)
    if trained.error:
        return replace(row, error=trained.error)
    config = jsonable(trained.config)
    row = replace(
        row,
        memory=trained.memory,
        items=config["outcome"]["items"],
        seconds=row.seconds | {"train": config["outcome"]["seconds"]},
        config=config,
        measured="not yet",
        cpu_share=None if known.baseline else trained.cpu.share,
        neighbours=neighbours,
    )
    return replace(row, unmeasured=unmeasured(row, results, {}, TO_COME))


def first_row(row: Row, suite: Any, folder: Path, device: str, results: Results) -> Row:
    """The row with its headline metrics and its facts on the fewest items."""
    return _measured(replace(row, metrics={}, per_item=""), [suite], {}, folder, device, results, headline=True)


def measured_row(
    row: Row, suites: list[Any], known: dict[int, Measured], folder: Path, device: str, results: Results
) -> Row:
    """The row with all that suites measure, one a split; what is drawn is of the first. A headline metric or fact
    that they leave out stays as the first look found it. known: {number of a split: what was measured of it}, which
    grows."""
    return _measured(row, suites, known, folder, device, results)


def _measured(
    row: Row, suites: list[Any], known: dict[int, Measured], folder: Path, device: str, results: Results, **look: bool
) -> Row:
    family, configs, failure = row.family, [], ""
    with PeakMemory() as memory, fixed_threads(1):
        try:
            for number, suite in enumerate(suites):
                model = load_model(folder_of(folder, family, number), device)
                configs.append(jsonable(model.config))
                if number not in known:
                    known[number] = suite.measure(model, **look)
                    if number == 0:
                        shown = previewed if look else drawn
                        row = replace(
                            fitted(row, model, row.memory), **shown(suite, model, folder, f"{family}/samples")
                        )
            found = over_splits([known[number] for number in range(len(suites))], results.data["items"])
        except FAILURES as error:
            found, failure = Measured({}, {}, {}), f"measuring it failed: {error}"
    sizes, first = suites[0].sizes, results.measured.get("first", {})
    row = replace(
        row,
        memory=max(row.memory or 0.0, memory.mib),
        health=configs[0]["health"] + ([] if look else list_omissions(sizes.chosen, family, first)),
        seconds=row.seconds | found.seconds | {"train": sum(config["outcome"]["seconds"] for config in configs)},
        improving=improving(configs[0], read_curves({family: folder / family})),
        splits=configs[1:],
        believed="" if failure else suites[0].believed(found.metrics),
        measured="first look" if look else "",
        **_numbers(row, found, folder, results),
    )
    return replace(row, unmeasured=unmeasured(row, results, sizes.full, failure))


def _numbers(row: Row, found: Measured, folder: Path, results: Results) -> dict:
    """Metrics and the file of single items of a row: those found, beside what a first look found already."""
    looked = {*results.metrics["headline"].values(), *results.metrics.get("facts", ())}
    kept = {name: record for name, record in row.metrics.items() if name in looked and name not in found.metrics}
    per_item, place = found.per_item, f"{row.family}/{PER_ITEM}"
    if kept and row.per_item:
        before = read_per_item(folder / row.per_item)
        per_item = {name: items for name, items in before.items() if name in kept} | per_item
    if per_item:
        write_per_item(per_item, folder / place)
    metrics = kept | {name: metric_json(metric) for name, metric in found.metrics.items()}
    return {"metrics": metrics, "per_item": place if per_item else ""}


def unmeasured(row: Row, results: Results, full: dict[str, int], why: str = "") -> str:
    """A reason for each headline metric that a row lacks; "" where it lacks none. full: sizes of the
    suite. why: what kept it from being measured."""
    reasons = []
    for purpose, metric in results.metrics["headline"].items():
        record, name, verb = row.metrics.get(metric), title(results, metric), settles(purpose, full)[1]
        if metric_of(record):
            continue
        if record:
            reasons.append(f"{name} is {record['note']}")
        elif verb not in row.verbs:
            reasons.append(f"{name} needs {verb.replace('_', '-')}, which {row.family} lacks")
        else:
            reasons.append(f"{name}: {why or 'it has no value on these data'}")
    return "; ".join(reasons)
