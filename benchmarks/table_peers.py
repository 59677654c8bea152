"""Rows of Adult by our families and by CTGAN and TVAE: what samples teach after the same seconds of training, and how
many rows are drawn a second.

    pip install ctgan==0.11.1          (in an environment of its own: no other part of the library needs it)
    python benchmarks/table_peers.py [--seconds 25] [--seeds 3]

One thread. The peers count epochs: as many as fit into the seconds, by what one and three of them take. Samples are as
many as training rows, and each teaches the trees that all others teach (`tstr`: ROC-AUC on test rows). Drawing ends
with a table in the user's form; processor time, in turns, medians of a model a family.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from statistics import median
from time import process_time
from warnings import catch_warnings, simplefilter

import numpy as np
import pandas as pd
import torch
from bars import bar, record
from ctgan import CTGAN, TVAE

import genwright
from genwright.core.data import Data
from genwright.evaluation.suites.tables import Suite

OURS = ("autoregressive", "flow-matching", "vae", "mixture")
PEERS = {"CTGAN": CTGAN, "TVAE": TVAE}
ABSENT = "(absent)"  # the peers know no missing categories
TURNS = 5


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=25.0)
    parser.add_argument("--seeds", type=int, default=3)
    options = parser.parse_args()
    torch.set_num_threads(1)
    data = genwright.load_data("adult")
    suite, n = Suite(data), len(data.train)
    samplers: dict[str, Callable] = {}
    taught: dict[str, list[float]] = {name: [] for name in (*OURS, *PEERS)}
    for seed in range(options.seeds):
        for name, scores in taught.items():
            train = fitted if name in OURS else peer
            samplers[name] = train(name, data, options.seconds, seed)
            scores.append(suite._train_on_synthetic(suite._rows(samplers[name](n)))["tstr"].value)
            print(name, seed, scores[-1], flush=True)
    speeds = {name: [] for name in samplers}
    for _ in range(TURNS):
        for name, draw in samplers.items():
            start = process_time()
            draw(n)
            speeds[name].append(n / (process_time() - start))
    rows = {
        name: {
            "tstr": float(np.mean(scores)),
            "se": float(np.std(scores, ddof=1) / len(scores) ** 0.5) if len(scores) > 1 else None,
            "rows a second": round(median(speeds[name])),
        }
        for name, scores in taught.items()
    }
    peers = max(rows[name]["tstr"] for name in PEERS)
    best = max(OURS, key=lambda name: rows[name]["tstr"])
    better = [name for name in OURS if rows[name]["tstr"] > rows["TVAE"]["tstr"]]
    fast = max(better, key=lambda name: rows[name]["rows a second"], default=None)
    wanted, drawn = rows["TVAE"]["rows a second"], rows[fast]["rows a second"] if fast else 0
    said = f"adult, {options.seconds:g} seconds of training"
    bars = [
        bar(
            "L1",
            f"{said}: what samples of {best} teach, beside CTGAN and TVAE",
            f"> {peers:.3f}",
            round(rows[best]["tstr"], 3),
            rows[best]["tstr"] > peers,
            "ROC-AUC",
        ),
        bar(
            "L1",
            f"{said}: rows drawn a second by {fast}, whose samples teach {rows[fast or best]['tstr']:.3f} against "
            f"TVAE's {rows['TVAE']['tstr']:.3f}",
            f">= {wanted:,}",
            drawn,
            drawn >= wanted,
            "rows/s",
        ),
    ]
    record("table_peers", bars, {"seconds": options.seconds, "seeds": options.seeds, "families": rows})


def fitted(family: str, data: Data, seconds: float, seed: int) -> Callable[[int], pd.DataFrame]:
    model = genwright.fit(data, family, minutes=seconds / 60, seed=seed, progress=False)
    return lambda n: model.sample(n, seed=seed)


def peer(name: str, data: Data, seconds: float, seed: int) -> Callable[[int], pd.DataFrame]:
    named = [column for column in data.train if not pd.api.types.is_numeric_dtype(data.train[column])]
    train = data.train.astype({column: object for column in named}).fillna(dict.fromkeys(named, ABSENT))

    def trained(epochs: int):
        torch.manual_seed(seed)
        np.random.seed(seed)
        model, start = PEERS[name](epochs=epochs, enable_gpu=False), process_time()
        with catch_warnings():
            simplefilter("ignore")
            model.fit(train, named)
        return model, process_time() - start

    one, three = trained(1)[1], trained(3)[1]
    epoch = (three - one) / 2
    epochs = max(1, round((seconds - one) / epoch) + 1)
    model, spent = trained(epochs)
    print(f"{name}: {epochs} epochs, {spent:.0f} s", flush=True)
    return lambda n: model.sample(n).replace({column: {ABSENT: None} for column in named})


if __name__ == "__main__":
    main()
