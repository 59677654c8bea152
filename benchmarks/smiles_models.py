"""Models of SMILES on MOSES: what they draw after trainings of several lengths, beside the published models.

    GENWRIGHT_DATA=FOLDER python benchmarks/smiles_models.py [--family autoregressive] [--preset lstm]
        [--minutes 10 20 40 60] [--n 30000] [--against 176074] [--folder runs/smiles-models]

FOLDER/moses holds train.csv.gz and test.csv.gz; the metrics are MOSES' with its conventions, against its whole test
set. Each length is a training of its own, cooled down. A run that is in --folder is measured as it is, and rows that
other calls have recorded stay, so that lengths can be measured one by one; bars are of the longest, of an hour. The
floor is of training molecules in the place of samples. Published: the README of MOSES (Polykovskiy 2020), means over
several trainings.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from time import perf_counter

import numpy as np
from bars import bar, details_of, record

import genwright
from genwright.core.run_files import WEIGHTS
from genwright.evaluation.metrics.molecules import Molecules, describe, tool
from genwright.evaluation.metrics.moses import REFERENCE, moses

NAME, HOUR = "smiles_models", 60.0
COLUMNS = ("valid", "unique@1000", "unique@10000", "FCD/Test", "SNN/Test", "Frag/Test", "Scaf/Test", "IntDiv",
           "IntDiv2", "Filters", "Novelty")  # fmt: skip
PUBLISHED = {  # by COLUMNS
    "training set": (1.0, 1.0, 1.0, 0.008, 0.6419, 1.0, 0.9907, 0.8567, 0.8508, 1.0, 1.0),
    "CharRNN": (0.9748, 1.0, 0.9994, 0.0732, 0.6015, 0.9998, 0.9242, 0.8562, 0.8503, 0.9943, 0.8419),
    "VAE": (0.9767, 1.0, 0.9984, 0.099, 0.6257, 0.9994, 0.9386, 0.8558, 0.8498, 0.997, 0.6949),
    "AAE": (0.9368, 1.0, 0.9973, 0.5555, 0.6081, 0.991, 0.9022, 0.8557, 0.8499, 0.996, 0.7931),
    "JTN-VAE": (1.0, 1.0, 0.9996, 0.3954, 0.5477, 0.9965, 0.8964, 0.8551, 0.8493, 0.976, 0.9143),
    "LatentGAN": (0.8966, 1.0, 0.9968, 0.2968, 0.5371, 0.9986, 0.8867, 0.8565, 0.8505, 0.9735, 0.9498),
    "n-gram": (0.2376, 0.974, 0.9217, 5.5069, 0.5209, 0.9846, 0.5302, 0.8738, 0.8644, 0.9582, 0.9694),
}
BARS = {"valid": 0.94, "unique@10000": 0.998, "FCD/Test": 0.40, "SNN/Test": 0.57, "Scaf/Test": 0.88, "Filters": 0.985,
        "Novelty": 0.85}  # fmt: skip
SECONDS = 120.0  # in which the samples are to be drawn


def row_of(model, train: list[str], test: Molecules, n: int) -> dict:
    began = perf_counter()
    samples = model.sample(n, seed=0)
    seconds = perf_counter() - began
    (stage,) = model.config["stages"]
    return {
        "n": n,
        "metrics": moses(describe(samples), test, train=train),
        "seconds to draw": round(seconds, 1),
        "items": model.config["outcome"]["items"],
        "validation": stage.get("validation"),  # what two play against each other has none
        "threads": stage["threads"],
    }


def bars_of(name: str, row: dict) -> list[dict]:
    found, n = [], row["n"]
    for metric, wanted in BARS.items():
        value, falls = row["metrics"][metric], metric.startswith("FCD")
        met = value <= wanted if falls else value >= wanted
        told = f"{'<=' if falls else '>='} {wanted:g}"
        found.append(bar("J1", f"{name}, {n:,} drawn: {metric}", told, round(value, 4), met, minutes=HOUR))
    seconds = row["seconds to draw"]
    found.append(bar("J1", f"{name}: {n:,} drawn in", f"<= {SECONDS:g} s", seconds, seconds <= SECONDS, "s"))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--family", default="autoregressive")
    parser.add_argument("--preset", default="lstm")
    parser.add_argument("--minutes", type=float, nargs="+", default=[10.0, 20.0, 40.0, HOUR])
    parser.add_argument("--n", type=int, default=30_000)
    parser.add_argument("--against", type=int, help="so many test molecules; all by default")
    parser.add_argument("--folder", type=Path, default=Path("runs/smiles-models"))
    options = parser.parse_args()
    data = genwright.load_data("moses")
    rows = details_of(NAME).get("rows", {})
    models = {}
    for minutes in options.minutes:
        out = options.folder / f"{options.family}-{options.preset}-{minutes:g}"
        if not (out / WEIGHTS).exists():
            genwright.fit(data, options.family, preset=options.preset, minutes=minutes, out=out, progress=False)
        models[f"{options.family} {options.preset}, {minutes:g} minutes"] = genwright.load_model(out)
    train, test = list(data.train), describe(list(data.test)[: options.against], REFERENCE)
    pick = np.random.default_rng(0).choice(len(train), options.n, replace=False)  # the file is in an order
    floor = moses(describe([train[k] for k in pick]), test)
    for name, model in models.items():
        rows[name] = row_of(model, train, test, options.n)
        print(name, json.dumps(rows[name]), flush=True)
    bars = [line for name, row in rows.items() if name.endswith(f"{HOUR:g} minutes") for line in bars_of(name, row)]
    published = {name: dict(zip(COLUMNS, row)) for name, row in PUBLISHED.items()}
    asked = {"n": options.n, "against": len(test), "chemistry": tool()}
    record(NAME, bars, asked | {"rows": rows, "floor": floor, "published": published})


if __name__ == "__main__":
    main()
