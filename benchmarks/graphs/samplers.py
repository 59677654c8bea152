"""Sampling on wide graphs: edges a second, accuracy against the whole graph, memory as the graph grows tenfold.

python benchmarks/graphs/samplers.py speed      half a minute, alone on the machine
python benchmarks/graphs/samplers.py accuracy [--seeds 3]
python benchmarks/graphs/samplers.py memory
"""

from __future__ import annotations

import argparse
import ctypes
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).parents[1]))
from bars import bar, record  # noqa: E402

import genwright
from genwright.core.answers import Answers, Target
from genwright.core.draws import Draws
from genwright.core.graph import Graph, pointer
from genwright.core.spec import Spec
from genwright.core.trainable import Batch
from genwright.graphs.samplers import Uniform
from genwright.predictors.task_data import Sizes, TaskContext
from genwright.recipes import registry
from genwright.run.tasks import task_of

SAMPLERS = ("uniform", "fastgcn", "ladies", "as-gcn", "bandit", "pass", "clusters", "walks")
SIZES, BATCHES = (100_000, 1_000_000), (64, 512)
FEATURES, WIDTH = 128, 256


def power_law(nodes: int, edges: int, seed: int = 0) -> Graph:
    """Undirected, `edges` directed ones in all, ends drawn by (rank + 10)^-0.6, ranks in random order (Chung & Lu
    2002)."""
    rng = np.random.default_rng(seed)
    law = (np.arange(nodes) + 10.0) ** -0.6
    ends = rng.permutation(nodes)[rng.choice(nodes, (2, edges // 2), p=law / law.sum())]
    source, target = np.concatenate([ends, ends[::-1]], axis=1)
    order = np.lexsort((source, target))
    return Graph(pointer(torch.from_numpy(target), nodes), torch.from_numpy(source[order]), nodes)


# ---------------------------------------------------------------------- speed


def speed(rounds: int = 60) -> None:
    graph = power_law(169_000, 2_500_000)
    rows = {}
    for name, sampler in (
        ("without replacement", Uniform((15, 10))),
        ("with replacement", Uniform((15, 10), replacement=True)),
    ):
        sampler.attach(graph, torch.zeros(graph.rows, 1), np.arange(1))
        wall, cpu = [], []
        for number in range(rounds):
            rng = np.random.Generator(np.random.SFC64(number))
            batch = rng.permutation(graph.rows)[:1024]
            start, spent = time.perf_counter(), time.process_time()
            blocks = sampler.draw(batch, rng)
            spent, start = time.process_time() - spent, time.perf_counter() - start
            edges = sum(block.graph.edges for block in blocks)
            wall.append(edges / start / 1e6)
            cpu.append(edges / spent / 1e6)
        columns = sum(block.graph.columns for block in blocks)
        # each edge: a random number, its number, source, weight and column written and read; each column: a mark twice
        # and a node
        least = edges * (8 + 2 * (8 + 8 + 4 + 8)) + columns * (4 * 2 + 8)
        rows[name] = {
            "edges": edges,
            "columns": columns,
            "best": max(cpu),
            "median": float(np.median(cpu)),
            "best_wall": max(wall),
            "median_wall": float(np.median(wall)),
            "gigabytes": least / 1e9,
        }
    copied = copy_bandwidth()
    for row in rows.values():
        row["share_of_copy_bandwidth"] = row["gigabytes"] * 1e3 / row["edges"] * row["median"] * 1e3 / copied
        print(row)
    peer = pyg(graph, rounds)
    exact = rows["without replacement"]
    bars = [
        bar(
            "H5",
            "uniform, 15 + 10 of batches of 1,024, no replacement, relabelled, median, by processor time",
            ">= 10 a core",
            round(exact["median"], 2),
            exact["median"] >= 10,
            "million edges / s",
        ),
        bar("H5", "the same, best of the rounds", "shown", round(exact["best"], 2), None, "million edges / s"),
        bar("H5", "PyG NeighborLoader on a plain install", "shown", peer, None),
    ]
    record("graph_samplers_speed", bars, {**rows, "copy_gigabytes_per_second": copied})


def copy_bandwidth() -> float:
    """Gigabytes a second, read and written, of a copy of 256 MB: the best of ten."""
    a = np.ones(1 << 25)
    b = np.empty_like(a)
    seconds = []
    for _ in range(10):
        start = time.perf_counter()
        np.copyto(b, a)
        seconds.append(time.perf_counter() - start)
    return 2 * a.nbytes / min(seconds) / 1e9


def pyg(graph: Graph, rounds: int) -> str:
    """Million edges a second of the peer's sampler, or how it fails."""
    try:
        from torch_geometric.data import Data
        from torch_geometric.loader import NeighborLoader

        loader = NeighborLoader(
            Data(edge_index=graph.edge_index(), num_nodes=graph.rows), [15, 10], batch_size=1024, shuffle=True
        )
        start, edges = time.perf_counter(), 0
        for number, batch in enumerate(loader):
            edges += batch.edge_index.shape[1]
            if number + 1 == rounds:
                break
        return f"{edges / (time.perf_counter() - start) / 1e6:.2f} million edges / s"
    except ImportError as error:
        return f"ImportError: {error}"


# ---------------------------------------------------------------------- accuracy


def accuracy(seeds: int) -> None:
    base, found = genwright.load_data("coauthor-physics"), {}
    for preset in ("few", *SAMPLERS):
        shares, seconds = [], []
        for seed in range(seeds):
            data = replace(base, seed=seed)
            test = task_of(data, "nodes").tensors("test").x.numpy()
            model = genwright.fit(data, "gcn", preset=preset, seed=seed, progress=False)
            right = (
                model.predict(data)["label"].to_numpy()[test]
                == np.array(data.classes, dtype=object)[data.y.numpy()[test]]
            )
            shares.append(100 * float(right.mean()))
            seconds.append(model.config["outcome"]["seconds"])
        found[preset] = {"accuracy": shares, "mean": float(np.mean(shares)), "seconds": float(np.mean(seconds))}
        print(preset, found[preset], flush=True)
    whole = found["few"]
    bars = []
    for preset in SAMPLERS:
        gap = np.subtract(found[preset]["accuracy"], whole["accuracy"])
        se = round(float(gap.std(ddof=1) / seeds**0.5), 2) if seeds > 1 else None
        bars.append(
            bar(
                "H5",
                f"{preset}, Coauthor Physics, 20 a class, {seeds} splits: points above the whole graph",
                ">= -1",
                round(float(gap.mean()), 2),
                gap.mean() >= -1,
                "points",
                se,
            )
        )
    record("graph_samplers_accuracy", bars, {"splits": seeds, **found})


# ---------------------------------------------------------------------- memory


def memory() -> None:
    """Peak of a training step (mean of 30) beyond what is held before them, on 100,000 and 1,000,000 nodes of mean
    degree 10."""
    bars, found = [], {}
    with tempfile.TemporaryDirectory() as folder:
        for nodes in SIZES:
            graph = power_law(nodes, 10 * nodes)
            np.savez(Path(folder) / f"{nodes}.npz", ptr=graph.ptr.numpy(), source=graph.source.numpy())
        for name in SAMPLERS:
            for batch in BATCHES:
                small, large = (_steps_apart(f"{folder}/{nodes}.npz", name, batch) for nodes in SIZES)
                growth = large["peak_megabytes"] / small["peak_megabytes"]
                found[f"{name}, {batch}"] = {"million": small, "ten million": large}
                what = f"{name}, batches of {batch}: peak of a step, 10 million edges over 1 million"
                bars.append(bar("H5", what, "0.9 to 1.1", round(growth, 3), 0.9 <= growth <= 1.1))
                print(bars[-1], small, large, flush=True)
    record("graph_samplers_memory", bars, found)


def _steps_apart(graph: str, sampler: str, batch: int) -> dict:
    command = [sys.executable, __file__, "steps", "--graph", graph, "--sampler", sampler, "--batch", str(batch)]
    given_back = {
        "MALLOC_MMAP_THRESHOLD_": "65536",
        "MALLOC_TRIM_THRESHOLD_": "65536",
    }  # else what is freed stays, as chance has it
    done = subprocess.run(command, capture_output=True, text=True, env=os.environ | given_back)
    if done.returncode:
        raise SystemExit(done.stderr)
    return json.loads(done.stdout.splitlines()[-1])


def steps(path: str, name: str, batch: int, count: int = 30) -> None:
    """What the memory of one process does over `count` steps, as one line of JSON."""
    torch.set_num_threads(1)
    found = np.load(path)
    graph = Graph(*(torch.from_numpy(found[key]) for key in ("ptr", "source")), len(found["ptr"]) - 1)
    rng = np.random.default_rng(0)
    x = torch.from_numpy(rng.standard_normal(size=(graph.rows, FEATURES), dtype=np.float32))
    train = torch.from_numpy(rng.permutation(graph.rows)[: graph.rows // 10])
    y = torch.full((graph.rows,), -1)
    y[train] = torch.from_numpy(rng.integers(0, 10, len(train)))
    row = registry.row(*registry.NODES, "gcn")
    sizes = Sizes(FEATURES, (Target(classes=tuple("abcdefghij")),))
    numbers = registry.hyperparameters(row, sizes, Spec(()), len(train), name, {"batch": batch, "width": WIDTH})
    family = registry.build(row, sizes, Spec(()), numbers).family
    start = time.perf_counter()
    family.attach(TaskContext(graph, x, y))
    attach = time.perf_counter() - start
    family.train()

    def step(number: int, size: int = batch) -> None:
        nodes = train[Draws("order", number).integers(len(train), (size,))]
        labels = Answers.exact(y[nodes, None].float())
        loss, _ = family.loss(Batch(nodes, torch.zeros(size, 0), Draws("step", number), 0, labels))
        torch.autograd.grad(loss, [p for p in family.parameters() if p.requires_grad], allow_unused=True)

    step(0, 2)  # what is loaded or kept once
    ctypes.CDLL("libc.so.6").malloc_trim(0)
    held, peaks = memory_of("VmRSS"), []
    start = time.perf_counter()
    for number in range(1, count + 1):
        Path("/proc/self/clear_refs").write_text("5")  # VmHWM begins anew
        step(number)
        peaks.append(memory_of("VmHWM") - held)
    seconds = (time.perf_counter() - start) / count
    print(
        json.dumps(
            {
                "held_megabytes": held,
                "peak_megabytes": float(np.mean(peaks)),
                "attach_seconds": attach,
                "step_seconds": seconds,
            }
        )
    )


def memory_of(key: str) -> float:
    return int(re.search(rf"{key}:\s+(\d+)", Path(f"/proc/{os.getpid()}/status").read_text())[1]) / 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("part", choices=["speed", "accuracy", "memory", "steps"])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--graph", help=argparse.SUPPRESS)
    parser.add_argument("--sampler", help=argparse.SUPPRESS)
    parser.add_argument("--batch", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.part == "steps":
        steps(options.graph, options.sampler, options.batch)
    elif options.part == "accuracy":
        accuracy(options.seeds)
    else:
        {"speed": speed, "memory": memory}[options.part]()


if __name__ == "__main__":
    main()
