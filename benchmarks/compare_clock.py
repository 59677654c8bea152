"""A budget is a promise: wall clock of `genwright compare DATA --minutes 2` on data of every size, until it is measured
and its report is written, and of `make compare` (four minutes).

    GENWRIGHT_DATA=FOLDER python benchmarks/compare_clock.py [NAME ...] [--minutes 0.1]

Each is a process of its own on two cores, which must have nothing else to do: the load before it is on record. Without
names all are measured, about an hour; with names the others keep what is on record. With other minutes than the
promise is about it is a try, and nothing is written.

breast-cancer-cut: scikit-learn's breast cancer, 200 drawn rows, the first 25 measurements and the diagnosis. bace:
inhibitors of MoleculeNet's BACE, 1,000 drawn rows, 18 columns of 595, a table on which nothing here was tuned.
fashion-cut: 5,000 drawn pictures of Fashion-MNIST's training part. coauthor-physics: 247,962 edges, 495,924 as PyG
counts them, in both directions. blocks: made, 500,000 edges in one direction, of 20,000 nodes in 8 communities, with
16 numbers of noise around the community's mean and labels.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
from bars import RESULTS, bar, record

MINUTES, MOST = 2.0, 300  # of training; seconds until it is done
LONG, LONG_MOST = 4.0, 480  # the same of `make compare`
CORES = 2


def breast_cancer(folder: Path) -> list[str]:
    from sklearn.datasets import load_breast_cancer

    found = load_breast_cancer(as_frame=True)
    table = found.data.iloc[:, :25].assign(diagnosis=found.target_names[found.target])
    table.sample(200, random_state=0).to_csv(folder / "breast-cancer-cut.csv", index=False)
    return ["breast-cancer-cut.csv"]


def bace(folder: Path) -> list[str]:
    table = pd.read_csv(source("moleculenet", "bace.csv.gz")).drop(columns=["mol", "CID", "Model"])
    table["Class"] = np.where(table["Class"] == 1, "active", "inactive")
    varied = [name for name in table if table[name].nunique() > 1][:18]
    table[varied].sample(1000, random_state=0).to_csv(folder / "bace.csv", index=False)
    return ["bace.csv"]


def fashion(folder: Path) -> list[str]:
    from genwright.data.readers.idx import read_idx_pictures

    x, y = read_idx_pictures(source("fashion-mnist", "train-images-idx3-ubyte.gz"))
    rows = np.random.default_rng(0).permutation(len(x))[:5000]
    np.savez(folder / "fashion-cut.npz", x=x[rows], y=y[rows])
    return ["fashion-cut.npz"]


def blocks(folder: Path, nodes: int = 20_000, edges: int = 500_000, classes: int = 8) -> list[str]:
    """Four of five edges join nodes of one community."""
    rng = np.random.default_rng(0)
    label = np.arange(nodes) % classes
    a = rng.integers(0, nodes, 2 * edges)
    far = rng.integers(0, nodes, 2 * edges)
    near = rng.integers(0, nodes // classes, 2 * edges) * classes + label[a]
    b = np.where(rng.random(2 * edges) < 0.8, near, far)
    pairs = np.unique(np.sort(np.stack([a, b], 1)[a != b], 1), axis=0)
    pairs = pairs[rng.permutation(len(pairs))[:edges]]
    pd.DataFrame(pairs, columns=["source", "target"]).to_csv(folder / "blocks.csv", index=False)
    features = rng.normal(0, 1, (classes, 16))[label] + rng.normal(0, 3, (nodes, 16))
    table = pd.DataFrame(features.round(3), columns=[f"x{k}" for k in range(16)])
    table.insert(0, "id", np.arange(nodes))
    table.assign(label=np.array([f"c{k}" for k in range(classes)])[label]).to_csv(folder / "nodes.csv", index=False)
    return ["blocks.csv", "--nodes", "nodes.csv", "--target", "label"]


def source(*parts: str) -> Path:
    return Path(os.environ["GENWRIGHT_DATA"], *parts)


def named(name: str):
    return lambda folder: [name]


DATA = {  # name -> (what it is, what writes its files and gives the words of the command, minutes, seconds at most)
    "digits": ("digits, 1,797 pictures of 8x8", named("digits"), MINUTES, MOST),
    "adult": ("Adult, 48,842 rows x 15 columns", named("adult"), MINUTES, MOST),
    "breast-cancer-cut": ("200 rows x 26 columns of breast cancer", breast_cancer, MINUTES, MOST),
    "bace": ("1,000 rows x 18 columns of BACE", bace, MINUTES, MOST),
    "fashion-cut": ("5,000 pictures of 28x28 of Fashion-MNIST", fashion, MINUTES, MOST),
    "cora": ("Cora", named("cora"), MINUTES, MOST),
    "coauthor-physics": ("Coauthor physics, 247,962 edges", named("coauthor-physics"), MINUTES, MOST),
    "blocks": ("a made graph of 500,000 edges", blocks, MINUTES, MOST),
    "tiny-shakespeare": ("tiny Shakespeare, 8,713 pieces of 128 characters", named("tiny-shakespeare"), MINUTES, MOST),
    "qm9-smiles": (
        "QM9, lines of up to 37 characters",
        lambda folder: ["qm9-smiles", "--kind", "sequences"],
        MINUTES,
        MOST,
    ),
    "jsb-chorales": ("382 chorales of four voices", named("jsb-chorales"), MINUTES, MOST),
    "fsdd": ("3,000 clips of spoken digits", named("fsdd"), MINUTES, MOST),
    "make-compare": ("make compare: digits", named("digits"), LONG, LONG_MOST),
}


def measured(name: str, minutes: float) -> dict:
    """What one comparison took: seconds, MiB, rows."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        words = [*DATA[name][1](folder), "--minutes", str(minutes), "--out", "out"]
        load = os.getloadavg()[0]
        with (folder / "said").open("w") as said:
            start = time.perf_counter()
            command = [sys.executable, "-m", "genwright", "compare", *words]
            child = subprocess.Popen(command, cwd=folder, stdout=said, stderr=said, preexec_fn=two_cores)
            _, status, used = os.wait4(child.pid, 0)
            seconds = time.perf_counter() - start
        if status:
            raise SystemExit(f"{' '.join(command)} failed:\n{(folder / 'said').read_text()[-3000:]}")
        results = json.loads((folder / "out" / "results.json").read_text())
    rows = results["models"] + results["baselines"]
    took = lambda *parts: round(sum(row["seconds"][part] or 0 for row in rows for part in parts), 1)
    return {
        "minutes": minutes,
        "seconds": round(seconds, 1),
        "processor_seconds": round(used.ru_utime + used.ru_stime, 1),
        "training_seconds": took("train"),
        "measuring_seconds": took("sample", "evaluate"),
        "peak_mib": round(used.ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)),
        "measured": sum(bool(row["metrics"]) for row in rows),
        "errors": {row["family"]: row["error"] for row in rows if row["error"]},
        "sizes": results.get("measured", {}),
        "load_before": round(load, 2),
    }


def two_cores() -> None:
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:CORES])


def bars_of(found: dict[str, dict]) -> list[dict]:
    bars = []
    for name, (what, _, minutes, most) in DATA.items():
        if name not in found:
            continue
        took = found[name]
        failed = f", {len(took['errors'])} failed" if took["errors"] else ""
        told = f"compare --minutes {minutes:g}, {what} ({took['measured']} rows measured{failed})"
        bars.append(bar("L1", told, f"<= {most} s", took["seconds"], took["seconds"] <= most and not failed, "s"))
    return bars


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(DATA)}; all by default")
    parser.add_argument("--minutes", type=float, help="a try with other minutes of training, which writes nothing")
    asked = parser.parse_args()
    if unknown := set(asked.names) - set(DATA):
        parser.error(f"no data are called {', '.join(sorted(unknown))}")
    known = RESULTS / "compare_clock.json"
    found = json.loads(known.read_text())["details"] if known.exists() else {}
    for name in asked.names or DATA:
        one = measured(name, asked.minutes or DATA[name][2])
        print(name, json.dumps(one, indent=1), flush=True)
        if asked.minutes is None:
            found[name] = one
            record("compare_clock", bars_of(found), found)


if __name__ == "__main__":
    main()
