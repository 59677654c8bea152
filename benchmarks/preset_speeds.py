"""How fast nine presets train, draw, and score or predict: three kinds of data, three sizes each; and against another
tree.

    python benchmarks/preset_speeds.py                              seconds of this tree, into
                                                                    results/preset_speeds.json
    python benchmarks/preset_speeds.py --against ../before          the same, and paired ratios with the tree in
                                                                    ../before
    python benchmarks/preset_speeds.py --device cuda                seconds of this tree on a GPU, into
                                                                    results/preset_speeds_cuda.json
    python benchmarks/preset_speeds.py --rule                       training alone, by the rule that chooses threads
                                                                    and dtype and by the probe (fit --probe), into
                                                                    results/preset_rule.json

Each tree works in a process of its own, of one thread unless the run says otherwise. It fits each preset once, and then
replays that run, in turns with the other tree, first one, then the other. Both must have chosen the same threads and
dtypes, and a budget of items makes their steps as many. For the rule two processes with all cores work in turns in the
same way, one of which fitted with the probe; run it on an idle machine, as the probe would choose otherwise on a busy
one.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path
from statistics import geometric_mean, median

import torch
from bars import bar, record
from kept_samples import device_name

ROOT = Path(__file__).resolve().parents[1]
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
DRAWN, SCORED = 64, 64  # items
AGAIN = 5  # times that a verb is called in a round, of which the middle counts
EACH, POOLED = 0.9, 0.97  # ratios of speed that are met


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--against", type=Path, help="the root of another tree of this project")
    parser.add_argument("--rule", action="store_true", help="compare how threads and dtype are chosen")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--device", default="cpu", choices=("cpu", "cuda"))
    parser.add_argument(
        "--worker", nargs=2, help=argparse.SUPPRESS
    )  # source, folder: what this script starts itself with
    options = parser.parse_args()
    if options.worker:
        return work(Path(options.worker[1]))
    with tempfile.TemporaryDirectory() as place:
        if options.rule:
            return rule(place, options.rounds)
        roots = {"here": ROOT} | ({"there": options.against} if options.against else {})
        trees = {tree: Worker(root, str(Path(place) / tree), device=options.device) for tree, root in roots.items()}
        for name in PRESETS:
            chosen = [tree.ask("fit", name) for tree in trees.values()]
            if chosen[0] != chosen[-1]:
                sys.exit(f"{name}: threads and dtypes are {chosen[0]} here and {chosen[1]} there, so the two differ")
        report(in_turns(trees, "time", options.rounds), options.device)


def in_turns(workers: dict[str, Worker], what: str, rounds: int) -> dict[str, dict[str, list[dict[str, float]]]]:
    """Seconds by worker and preset, one dictionary a round; a first one warms up."""
    seconds = {worker: {name: [] for name in PRESETS} for worker in workers}
    for k in range(rounds + 1):
        for name in PRESETS:
            for worker in list(workers)[:: 1 if k % 2 else -1]:
                seconds[worker][name].append(workers[worker].ask(what, name))
        print(f"round {k} of {rounds}", flush=True)
    return {worker: {name: each[1:] for name, each in found.items()} for worker, found in seconds.items()}


def rule(place: str, rounds: int) -> None:
    """Training by the rule and by the probe."""
    workers = {how: Worker(ROOT, str(Path(place) / how), threads=os.cpu_count()) for how in ("ruled", "probed")}
    chosen = {how: {name: worker.ask(how, name) for name in PRESETS} for how, worker in workers.items()}
    seconds = in_turns(workers, "train", rounds)
    ratios = {}
    for name, each in seconds["ruled"].items():
        pairs = zip(seconds["probed"][name], each)
        ratios[name] = median(probed["train"] / ruled["train"] for probed, ruled in pairs)
    pooled = geometric_mean(ratios.values())
    what = "training of nine presets, threads and dtype by rule against by probe: pooled ratio of speeds"
    bars = [bar("speed", what, f">= {POOLED}", round(pooled, 3), pooled >= POOLED)]
    load = os.getloadavg()[0]
    record("preset_rule", bars, {"rounds": rounds, "load": load, "chosen": chosen, "ratios": ratios})


class Worker:
    """A process that imports the library of one tree."""

    def __init__(self, root: Path, folder: str, threads: int = 1, device: str = "cpu"):
        command = [sys.executable, __file__, "--worker", str(root), folder]
        path = os.pathsep.join([str(root / "src"), *filter(None, [os.environ.get("PYTHONPATH")])])
        environment = os.environ | {"PYTHONPATH": path, "PYTHONWARNINGS": "ignore"}
        environment |= {"OMP_NUM_THREADS": str(threads)} | ({"CUDA_VISIBLE_DEVICES": ""} if device == "cpu" else {})
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
        )

    def ask(self, *words: str):
        print(json.dumps(words), file=self.process.stdin, flush=True)
        return json.loads(self.process.stdout.readline())


def work(folder: Path) -> None:
    say = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    for line in sys.stdin:
        what, name = json.loads(line)
        print(json.dumps(TASKS[what](name, folder / name)), file=say)


def fit(name: str, folder: Path, **how: bool) -> list[list]:
    """Threads, and whether in bfloat16, of each stage."""
    import genwright

    data, family, preset, budget = PRESETS[name]
    model = genwright.fit(load(data), family, preset=preset, out=folder, progress=False, **budget, **how)
    return [[stage["threads"], stage["bf16"]] for stage in model.config["stages"]]


def trained(name: str, folder: Path) -> dict[str, float]:
    """Seconds of training again, as it was chosen."""
    import genwright

    data, start = load(PRESETS[name][0]), time.perf_counter()
    genwright.fit(data, replay=folder, progress=False)
    return {"train": time.perf_counter() - start}


def timed(name: str, folder: Path) -> dict[str, float]:
    """Seconds of training again, and of each verb."""
    import genwright

    data, seconds = load(PRESETS[name][0]), {}

    def clock(what: str, call, times: int = AGAIN):
        each = []
        for _ in range(times):
            start = time.perf_counter()
            result = call()
            each.append(time.perf_counter() - start)
        seconds[what] = median(each)
        return result

    model = clock("train", lambda: genwright.fit(data, replay=folder, progress=False), 1)
    if model.has("predict"):
        clock("predict", lambda: model.predict(data))
        clock("encode", lambda: model.encode(data))
    else:
        clock("sample", lambda: model.sample(DRAWN, seed=0))
        clock("log_prob", lambda: model.log_prob(data.test[:SCORED], seed=0))
    return seconds


TASKS = {"fit": fit, "ruled": fit, "probed": partial(fit, probe=True), "train": trained, "time": timed}


def load(name: str, made={}):
    """Data that need no download: scikit-learn's digits, random pictures and rows, a club, and as many made papers as
    in Cora."""
    if name not in made:
        made[name] = {"digits": digits, "pictures": pictures, "table": table, "club": club, "papers": papers}[name]()
    return made[name]


def digits():
    import genwright

    return genwright.load_data("digits")


def club():
    import genwright

    return genwright.load_data("karate-club")


def pictures():
    import numpy as np

    import genwright

    return genwright.load_data(np.random.default_rng(0).integers(0, 256, (1_000, 28, 28), dtype=np.uint8))


def table():
    import numpy as np
    import pandas as pd

    import genwright

    rng = np.random.default_rng(0)
    x = rng.normal(size=(20_000, 6)) @ rng.normal(size=(6, 6))
    frame = pd.DataFrame(x, columns=[f"x{j}" for j in range(6)])
    frame["kind"], frame["count"] = np.where(x[:, 0] > 0, "a", "b"), rng.poisson(np.exp(x[:, 1].clip(-2, 2)))
    return genwright.load_data(frame)


def papers():
    """2,708 nodes of 7 classes with 1,433 words, most edges within a class, read as an edge list would be."""
    import numpy as np
    import pandas as pd

    import genwright

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


def report(seconds: dict[str, dict[str, list[dict[str, float]]]], device: str) -> None:
    """seconds: by tree and preset, one dictionary a round."""
    file = "preset_speeds" if device == "cpu" else f"preset_speeds_{device}"
    middle = lambda tree, name, what: median(row[what] for row in seconds[tree][name])
    speeds = {
        name: {what: middle("here", name, what) for what in rounds[0]} for name, rounds in seconds["here"].items()
    }
    details = {"rounds": len(next(iter(seconds["here"].values()))), "drawn": DRAWN, "scored": SCORED, "seconds": speeds}
    details |= {"device": device_name(torch.device(device))}
    if "there" not in seconds:
        trained = geometric_mean(row["train"] for row in speeds.values())
        what = "training of nine presets, geometric mean"
        return print(record(file, [bar("speed", what, "shown", round(trained, 3), None, "s")], details))
    ratios = {}
    for name, rounds in seconds["here"].items():
        for what in rounds[0]:
            pairs = zip(seconds["there"][name], rounds)
            ratios[f"{name}: {what}"] = median(before[what] / after[what] for before, after in pairs)
    pooled, least = geometric_mean(ratios.values()), min(ratios, key=ratios.get)
    bars = [
        bar(
            "speed",
            "nine presets against the tree before: pooled ratio of speeds",
            f">= {POOLED}",
            round(pooled, 3),
            pooled >= POOLED,
        ),
        bar("speed", f"the slowest of them ({least})", f">= {EACH}", round(ratios[least], 3), ratios[least] >= EACH),
    ]
    record(file, bars, details | {"ratios": ratios})


if __name__ == "__main__":
    main()
