"""Tables: the best family against the Gaussian copula, and its completions against what people use to fill holes.

    python benchmarks/tables.py [--minutes 5] [--seeds 3] [--data adult diamonds california-housing] [--families ...]

Two fits run at a time, one core each. For each table and seed the trainable families share the minutes equally. The family that draws is the one whose samples
trees tell least from validation rows; the family that completes, the one with the smallest imputation error there. Test
rows judge. On penguins a short comparison must say in its advice how the simple baselines fare.
"""

from __future__ import annotations

import argparse
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from math import hypot
from multiprocessing import get_context
from tempfile import TemporaryDirectory

import numpy as np
import torch
from bars import bar, record

import genwright
from genwright.data import Data
from genwright.evaluation.metric import Metric
from genwright.evaluation.tables import Rulers
from genwright.recipes import registry

TABLES = ("adult", "diamonds", "california-housing")
ADULT = (("column_error", 4, -1), ("pair_error", 8, -1), ("tstr", 0.89, 1))
PUBLISHED = "published: CTGAN 16.8 / 20.2 / 0.886, TabDDPM 1.75 / 3.0 / 0.907"
ROWS = 20_000  # training rows that kNN and the forest learn from


def on_validation(data: Data) -> Data:
    """The same data with validation rows in the place of test rows: what families are picked by."""
    return replace(data, items={**data.items, "test": data.valid, "valid": data.valid.iloc[:0]}, _tensors={})


def one_seed(name: str, families: list[str], minutes: float, seed: int) -> dict:
    """Who was picked, and metrics by role on test rows (draws, completes, copula, floor, mean, neighbours, forest) and,
    by family, on validation rows."""
    data = genwright.load_data(name)
    picking, rulers = Rulers(on_validation(data), seed), Rulers(data, seed)
    models, on_valid = {}, {}
    for family in families:
        models[family] = genwright.fit(data, family, minutes=minutes / len(families), seed=seed, progress=False)
        on_valid[family] = picking.measure(models[family])[0]
        say(data, seed, f"{family} on validation rows", on_valid[family])
    least = lambda metric: min((f for f in families if metric in on_valid[f]), key=lambda f: on_valid[f][metric].value)
    picked = {"draws": least("two_sample_auc"), "completes": least("imputation_error")}
    models["copula"] = genwright.fit(data, "copula", minutes=minutes, seed=seed, progress=False)
    measured = {family: rulers.measure(models[family])[0] for family in {*picked.values(), "copula"}}
    roles = {role: measured[family] for role, family in picked.items()}
    roles |= {"copula": measured["copula"], "floor": rulers.floor()}
    roles |= {name: {"imputation_error": metric} for name, metric in rulers.baselines_imputation(ROWS).items()}
    for role, metrics in roles.items():
        say(data, seed, f"{role} ({picked[role]})" if role in picked else role, metrics)
    return {"picked": picked, "test": roles, "validation": on_valid}


def say(data: Data, seed: int, who: str, metrics: dict[str, Metric]) -> None:
    print(f"{data.name}, seed {seed}, {who}:", {name: round(m.value, 4) for name, m in metrics.items()}, flush=True)


def over_seeds(runs: list[dict], role: str, metric: str) -> tuple[float, float]:
    """Mean over seeds, and its standard error: between seeds, and over rows, which all seeds share."""
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


def few_rows(minutes: float) -> dict:
    """What the advice says of the simple baselines on 344 penguins."""
    with TemporaryDirectory() as folder:
        comparison = genwright.compare("penguins", minutes=minutes, seed=0, out=f"{folder}/penguins", progress=False)
    said = [line for line in comparison.results["advice"] if line.startswith("The simple baseline")]
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
    parser.add_argument("--families", nargs="*", default=registry.families("tables"))
    options = parser.parse_args()
    tables = [name for name in options.data if name != "penguins"]
    with ProcessPoolExecutor(2, get_context("spawn"), initializer=torch.set_num_threads, initargs=(1,)) as pool:
        seeds = range(options.seeds)
        futures = {name: [pool.submit(one_seed, name, options.families, options.minutes, seed) for seed in seeds] for name in tables}
        runs = {name: [future.result() for future in futures[name]] for name in tables}
    bars = [row for name in tables for row in bars_of(name, runs[name])]
    if "penguins" in options.data:
        bars.append(few_rows(min(options.minutes, 1.0)))
    details = {name: [{part: plain(found) for part, found in run.items()} for run in runs[name]] for name in tables}
    record("tables", bars, {"minutes": options.minutes, "seeds": options.seeds, "families": options.families, **details})


if __name__ == "__main__":
    main()
