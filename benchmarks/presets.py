"""Nine presets, trained and timed in a process of their own, by what every tree of this project has: so
`preset_speeds` can time the tree before too."""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from statistics import median

import numpy as np
import pandas as pd

import genwright

PRESETS = {  # name: data, family, preset, budget
    "pictures, small": ("digits", "vae", "small", {"items": 6_400}),
    "pictures, middle": ("digits", "flow-matching", "small", {"items": 3_200}),
    "pictures, large": ("pictures", "autoregressive", "large", {"items": 128}),
    "tables, small": ("table", "vae", "small", {"items": 12_800}),
    "tables, middle": ("table", "flow", "small", {"items": 25_600}),
    "tables, large": ("table", "autoregressive", "large", {"items": 51_200}),
    "nodes, small": ("club", "gcn", "few", {"epochs": 200}),
    "nodes, middle": ("papers", "gcn", "few", {"epochs": 40}),
    "nodes, large": ("papers", "gat", "few", {"epochs": 5}),
}
SAMPLED, SCORED = 64, 64  # items
AGAIN = 5  # times that a verb is called in a round, of which the middle counts


def work(folder: str) -> None:
    say = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    for line in sys.stdin:
        what, name = json.loads(line)
        print(json.dumps(TASKS[what](name, Path(folder) / name)), file=say)


def fit_preset(name: str, folder: Path) -> list[list]:
    """Threads, and whether in bfloat16, of each stage."""
    data, family, preset, budget = PRESETS[name]
    model = genwright.fit(preset_data(data), family, preset=preset, out=folder, progress=False, **budget)
    return [[stage["threads"], stage["bf16"]] for stage in model.config["stages"]]


def timed(name: str, folder: Path) -> dict[str, float]:
    """Seconds of training again, as it was chosen, and of each verb."""
    data, began = preset_data(PRESETS[name][0]), time.perf_counter()
    model = genwright.fit(data, replay=folder, progress=False)
    spent = time.perf_counter() - began
    if model.has("predict"):
        calls = {"predict": lambda: model.predict(data), "encode": lambda: model.encode(data)}
    else:
        calls = {"sample": lambda: model.sample(SAMPLED, seed=0)}
        calls |= {"log_prob": lambda: model.log_prob(data.test[:SCORED], seed=0)}
    return {"train": spent} | {what: seconds_of(call) for what, call in calls.items()}


TASKS = {"fit": fit_preset, "time": timed}


@cache
def preset_data(name: str):
    """Data that need no download: scikit-learn's digits, random pictures and rows, a club, and as many made papers as
    in Cora."""
    made = {"pictures": pictures, "table": table, "papers": papers}
    return made[name]() if name in made else genwright.load_data({"club": "karate-club"}.get(name, name))


def pictures():
    return genwright.load_data(np.random.default_rng(0).integers(0, 256, (1_000, 28, 28), dtype=np.uint8))


def table():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(20_000, 6)) @ rng.normal(size=(6, 6))
    frame = pd.DataFrame(x, columns=[f"x{j}" for j in range(6)])
    frame["kind"], frame["count"] = np.where(x[:, 0] > 0, "a", "b"), rng.poisson(np.exp(x[:, 1].clip(-2, 2)))
    return genwright.load_data(frame)


def papers():
    """2,708 nodes of 7 classes with 1,433 words, most edges within a class, read as an edge list would be."""
    rng, n = np.random.default_rng(0), 2_708
    y = rng.integers(0, 7, n)
    x = (rng.random((n, 1_433)) < 0.01) | (rng.random((n, 1_433)) < 0.05 * (np.arange(1_433) % 7 == y[:, None]))
    ends = rng.integers(0, n, (40_000, 2))
    ends = ends[(y[ends[:, 0]] == y[ends[:, 1]]) & (ends[:, 0] != ends[:, 1])]
    with tempfile.TemporaryDirectory() as place:
        pd.DataFrame(ends, columns=["source", "target"]).to_csv(Path(place) / "edges.csv", index=False)
        nodes = pd.DataFrame(x.astype(float), columns=[f"w{j}" for j in range(x.shape[1])])
        nodes.insert(0, "id", np.arange(n))
        nodes.assign(field=[f"f{k}" for k in y]).to_csv(Path(place) / "nodes.csv", index=False)
        return genwright.load_data(Path(place) / "edges.csv", nodes=Path(place) / "nodes.csv", target="field")


def seconds_of(call: Callable) -> float:
    """Median seconds of one call, after one that fills caches."""
    call()
    spent = []
    for _ in range(AGAIN):
        began = time.perf_counter()
        call()
        spent.append(time.perf_counter() - began)
    return median(spent)
