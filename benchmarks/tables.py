"""Tables: the best family against the Gaussian copula, and its completions against what people use to fill holes.

    python benchmarks/tables.py [--minutes 5] [--seeds 3] [--data adult diamonds california-housing] [--families ...]
                                [--workers 2] [--folder FOLDER]

For each table and seed the families share the minutes equally. The family that draws is the one whose samples trees
tell least from validation rows; the family that completes, the one with the smallest imputation error there. Test rows
judge. On penguins a short comparison must say in its advice how the simple baselines fare.

Workers are processes of one thread, each with a table and seed of its own. Runs, and what was measured, are kept in
FOLDER as they come, so that the same call goes on where it was stopped.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import cached_property
from math import hypot
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import torch
from bars import bar, record

import genwright
from genwright.core.data import Data
from genwright.core.files import write_whole
from genwright.evaluation.metric import Metric
from genwright.evaluation.suites.tables import Suite

ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "LOKY_MAX_CPU_COUNT": "1"}
FAMILIES = ("vae", "flow", "autoregressive", "flow-matching")
TABLES = ("adult", "diamonds", "california-housing")
ADULT = (("column_error", 4, -1), ("pair_error", 8, -1), ("tstr", 0.89, 1))
PUBLISHED = "published: CTGAN 16.8 / 20.2 / 0.886, TabDDPM 1.75 / 3.0 / 0.907"
ROWS = 20_000  # training rows that kNN and the forest learn from


def on_validation(data: Data) -> Data:
    """The same data with validation rows in the place of test rows: what families are picked by."""
    return replace(data, items={**data.items, "test": data.valid, "valid": data.valid.iloc[:0]}, encoded={})


class Measured:
    """Metrics of one table and seed, each kept in a file of `folder` once it is measured."""

    def __init__(self, name: str, seed: int, folder: Path):
        self.data, self.seed, self.folder = genwright.load_data(name), seed, folder
        folder.mkdir(parents=True, exist_ok=True)

    @cached_property
    def on_valid(self) -> Suite:
        return Suite(on_validation(self.data), self.seed)

    @cached_property
    def on_test(self) -> Suite:
        return Suite(self.data, self.seed)

    def fit(self, family: str, minutes: float):
        """The model, from its run folder where the run has ended, or goes on there."""
        return genwright.fit(
            self.data, family, minutes=minutes, seed=self.seed, out=self.folder / family, progress=False
        )

    def __call__(self, what: str, measure: Callable[[], dict[str, Metric]]) -> dict[str, Metric]:
        """measure(), or what it gave in an earlier call."""
        path = self.folder / f"{what}.json"
        if not path.exists():
            write_whole(path, json.dumps(plain(measure())).encode())
        metrics = {name: Metric(**found) for name, found in json.loads(path.read_text()).items()}
        said = {name: round(m.value, 4) for name, m in metrics.items()}
        print(f"{self.data.name}, seed {self.seed}, {what}:", said, flush=True)
        return metrics


def one_seed(name: str, families: list[str], minutes: float, seed: int, folder: Path) -> dict:
    """Who was picked, and metrics by role on test rows (draws, completes, copula, reference, mean, neighbours, forest)
    and, by family, on validation rows."""
    measured = Measured(name, seed, folder / f"{name}-{seed}")
    share = minutes / len(families)
    picking = lambda family: measured.on_valid.measure(measured.fit(family, share))[0]
    on_valid = {family: measured(f"{family} on validation rows", lambda: picking(family)) for family in families}
    least = lambda metric: min((f for f in families if metric in on_valid[f]), key=lambda f: on_valid[f][metric].value)
    picked = {"draws": least("two_sample_auc"), "completes": least("imputation_error")}
    judged = lambda family, time: measured(family, lambda: measured.on_test.measure(measured.fit(family, time))[0])
    roles = {role: judged(family, share) for role, family in picked.items()}
    roles |= {
        "copula": judged("copula", minutes),
        "reference": measured("reference", lambda: measured.on_test.reference()),
    }
    others = measured("what people use", lambda: measured.on_test.baselines_imputation(ROWS))
    roles |= {other: {"imputation_error": metric} for other, metric in others.items()}
    return {"picked": picked, "test": roles, "validation": on_valid}


def over_seeds(runs: list[dict], role: str, metric: str) -> tuple[float, float]:
    """Mean over seeds, and its standard error: between seeds, and over rows, many of which all seeds share."""
    found: list[Metric] = [run["test"][role][metric] for run in runs]
    values = np.array([m.value for m in found])
    between = values.std(ddof=1) / len(values) ** 0.5 if len(values) > 1 else 0.0
    return float(values.mean()), hypot(between, float(np.mean([m.se for m in found])))


def bars_of(name: str, runs: list[dict]) -> list[dict]:
    drawn = ", ".join(dict.fromkeys(run["picked"]["draws"] for run in runs))
    filled = ", ".join(dict.fromkeys(run["picked"]["completes"] for run in runs))
    bars = []
    for metric, sign in (("tstr", 1), ("pair_error", -1)):
        (a, se_a), (b, se_b) = (over_seeds(runs, role, metric) for role in ("draws", "copula"))
        gap, se = sign * (a - b), hypot(se_a, se_b)
        what = f"{name}, {drawn} over copula, {metric} ({a:.4g} against {b:.4g})"
        bars.append(bar("L1", what, "> 2 standard errors", round(gap / se, 1), gap > 2 * se, "standard errors"))
    for metric, limit, sign in ADULT if name == "adult" else ():
        value, se = over_seeds(runs, "draws", metric)
        what, wanted = f"{name}, {drawn}, {metric}", f"{'>=' if sign > 0 else '<='} {limit} ({PUBLISHED})"
        unit = runs[0]["test"]["draws"][metric].unit
        bars.append(bar("L1", what, wanted, round(value, 3), sign * (value - limit) >= 0, unit, round(se, 3)))
    error, se = over_seeds(runs, "completes", "imputation_error")
    for other, share in (("neighbours", 1.0), ("forest", 1.05)):
        limit = share * over_seeds(runs, other, "imputation_error")[0]
        what = f"{name}, {filled}, imputation error against {other}"
        bars.append(bar("L3", what, f"<= {limit:.3f}", round(error, 3), error <= limit, "sd", round(se, 3)))
    value, se = over_seeds(runs, "completes", "coverage")
    what, met = f"{name}, {filled}, coverage of 90% intervals", 0.85 <= value <= 0.95
    bars.append(bar("L3", what, "0.85 to 0.95", round(value, 3), met, se=round(se, 3)))
    return bars


def few_rows(minutes: float, folder: Path) -> dict:
    """What the advice says of the simple baselines on 344 penguins."""
    comparison = genwright.compare("penguins", minutes=minutes, seed=0, out=folder / "penguins", progress=False)
    said = [line for line in comparison.results["advice"] if "the simple baseline" in line]
    what = "penguins, advice on simple baselines"
    return bar("L1", what, "said when they win", " ".join(said) or "nothing said", bool(said))


def plain(found: dict | Metric | str) -> dict | str:
    """Metrics, however deep, as JSON."""
    if isinstance(found, dict):
        return {name: plain(part) for name, part in found.items()}
    return found.to_json() if isinstance(found, Metric) else found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=5.0, help="of training for a table and seed, all families")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--data", nargs="*", default=[*TABLES, "penguins"])
    parser.add_argument("--families", nargs="*", default=list(FAMILIES))
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--folder", type=Path)
    options = parser.parse_args()
    folder = options.folder or Path(tempfile.mkdtemp(prefix="genwright-tables-"))
    tables = [name for name in options.data if name != "penguins"]
    os.environ |= ONE_THREAD  # of the workers, which begin anew
    with ProcessPoolExecutor(
        options.workers, get_context("spawn"), initializer=torch.set_num_threads, initargs=(1,)
    ) as pool:
        one = lambda name, seed: pool.submit(one_seed, name, options.families, options.minutes, seed, folder)
        futures = {name: [one(name, seed) for seed in range(options.seeds)] for name in tables}
        few = pool.submit(few_rows, min(options.minutes, 1.0), folder) if "penguins" in options.data else None
        runs = {name: [future.result() for future in futures[name]] for name in tables}
        bars = [row for name in tables for row in bars_of(name, runs[name])] + ([few.result()] if few else [])
    details = {name: [{part: plain(found) for part, found in run.items()} for run in runs[name]] for name in tables}
    record(
        "tables", bars, {"minutes": options.minutes, "seeds": options.seeds, "families": options.families, **details}
    )


if __name__ == "__main__":
    main()
