"""The rows of a comparison: what is measured of a family, on the model of each split."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ..core.data import Data
from ..evaluation.metric import Measured
from ..evaluation.metrics.classifiers import fixed_threads
from ..evaluation.sizes import left_out
from ..recipes import registry
from ..reports.results import jsonable, metric_json, write_per_item
from ..run.open import load_model
from .improving import improving
from .over_splits import over_splits
from .peak_memory import PeakMemory
from .study import blank_row, drawn, fitted
from .turns import Trained, folder_of

PER_ITEM = "per-item.safetensors"  # beside a run, the numbers of single test items


def reference_of(suites: list[Any], sizes: dict[str, int], folder: Path) -> dict:
    """Real data measured against real data, and drawn. suites: one a split. sizes: items a part."""
    with fixed_threads(1):
        metrics = over_splits([Measured(suite.reference(), {}, {}) for suite in suites], sizes).metrics
        drawings = drawn(suites[0], None, folder, "real")
    return {"metrics": {name: metric_json(metric) for name, metric in metrics.items()}, **drawings}


def measured_row(
    data: Data, family: str, trained: Trained, suites: list[Any], seed: int, folder: Path, device: str
) -> dict:
    """What is measured of one family by suites, one a split; what is drawn is of the first."""
    known = registry.row(data.kind, data.task, family)
    row = blank_row(family, known.recipe, known.verbs, family, seed=seed)
    if trained.error:
        return row | {"error": trained.error}
    measured, configs = [], []
    with PeakMemory() as memory, fixed_threads(1):  # on busy cores a second thread costs a hundred times its work
        for number, suite in enumerate(suites):
            model = load_model(folder_of(folder, family, number), device)
            configs.append(jsonable(model.config))
            measured.append(suite.measure(model))
            if number == 0:
                row = fitted(row, model) | drawn(suite, model, folder, f"{family}/samples")
    metrics, seconds, per_item = over_splits(measured, data.sizes)
    if per_item:
        write_per_item(per_item, folder / family / PER_ITEM)
    return row | {
        "memory": max(trained.memory, memory.mib),
        "health": row["health"] + left_out(suites[0].sizes.chosen, family),
        "seconds": seconds | {"train": sum(config["outcome"]["seconds"] for config in configs)},
        "metrics": {name: metric_json(metric) for name, metric in metrics.items()},
        "per_item": f"{family}/{PER_ITEM}" if per_item else "",
        "improving": improving(configs[0], folder / family),
        "splits": configs[1:],
    }
