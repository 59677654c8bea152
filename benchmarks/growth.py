"""How the time of the commonest commands grows with their data, and how near their hot loops come to the machine."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median

import numpy as np
import pandas as pd
import torch
from bars import Plan, Run, benchmark, plans
from common import Result, in_turns, medians
from peers import pyg
from peers.ours import our_step
from speed import GROWN, graph_of
from torch.utils.flop_counter import FlopCounterMode

import genwright
from genwright.core.trainable import Items
from genwright.kinds.sequences.domain import Sequences
from genwright.zoo import registry

GROWTH = {  # key: (what, sizes, the greatest exponent)
    ("describe", "rows"): ("describe a CSV file of 8 columns", (10_000, 40_000, 160_000), 1.2),
    ("describe", "columns"): ("describe a CSV file of 1,000 rows", (10, 40, 160), 1.2),
    ("train", "columns"): ("a training step of autoregressive on 64 rows", (10, 40, 160), 1.2),
    ("sample", "rows"): ("sample autoregressive, 10 columns", (256, 1_024, 4_096), 1.2),
    ("sample", "columns"): ("sample 64 rows of autoregressive", (10, 40, 160), 1.2),
    ("score", "rows"): ("score by autoregressive, 10 columns", (250, 1_000, 4_000), 1.2),
    ("score", "columns"): ("score 100 rows by autoregressive", (10, 40, 160), 1.2),
    ("train", "length"): ("a training step of the LSTM on 16 lines", (30, 120, 480), 1.2),
    ("train", "nodes"): ("a training epoch of gcn, 7 edges a node", (3_000, 12_000, 48_000), 1.2),
    ("train", "side"): ("a training step of flow matching on 16 images", (8, 16, 32), 2.0),
}
EXPONENTS: dict[tuple[str, str], Plan] = plans(
    {key: (f"{what}: exponent of its time in {key[1]}", "slope of log CPU seconds", f"<= {most:g}")
     for key, (what, _, most) in GROWTH.items()},
    system="growth", data="made data", split="train", seeds=(0,), budget="three sizes in turns, medians",
)  # fmt: skip
LIMIT, COPIED = 1_024, 2**24  # side of the matrices, and numbers, by which the limits of the machine are measured
ROWS, BATCH, LINES, IMAGES = 300, 64, 16, 16


@benchmark(plans=("EXPONENTS",), tiny={"rounds": 1, "keys": ("sample rows", "train nodes")})
def growth(run: Run, rounds: int = 3, keys: tuple[str, ...] = ()) -> Result:
    """Exponents of time in rows, columns, length, nodes and side, of ten commands at three sizes each.

    One thread, CPU seconds, medians of turns. Models are trained for a moment, since a call costs what it costs
    whatever the weights. A hot loop is the largest size of a training step or of scores. Its products per second
    stand beside those of one large matrix product in the same dtype; the sums of gcn stand beside a copy in memory.
    """
    torch.set_num_threads(1)
    names = [key for key in GROWTH if not keys or " ".join(key) in keys]
    limits = machine_limits(rounds)
    rows, seconds, loops = [], {}, {}
    with run.fresh() as place:
        for key in names:
            sizes = GROWTH[key][1]
            calls = {size: MAKERS[key](size, run, place) for size in sizes}
            seconds[" ".join(key)] = taken = {str(n): s for n, s in medians(in_turns(calls, rounds)).items()}
            slope = np.polyfit(np.log(sizes), np.log(list(taken.values())), 1)[0]
            rows.append(EXPONENTS[key].row(float(slope), digits=2))
            if key in LOOPS:
                done = LOOPS[key](calls[sizes[-1]], sizes[-1])
                loops[GROWTH[key][0]] = loop_of(done, taken[str(sizes[-1])], limits, LIMITS[key])
    return rows, {"seconds": seconds, "limits": limits, "loops": loops, "rounds": rounds, "threads": 1}


# ---------------------------------------------------------------------- what is timed


def without_result(call: Callable[[], object]) -> Callable[[], None]:
    """The call without what it returns, which a clock of turns would take for a count."""

    def run() -> None:
        call()

    return run


def made_table(rows: int, columns: int) -> pd.DataFrame:
    """Numbers that depend on those before them, and a category for every fourth column."""
    rng = np.random.default_rng(0)
    x = np.cumsum(rng.normal(size=(rows, columns)), 1).round(2)
    frame = pd.DataFrame(x, columns=[f"x{j}" for j in range(columns)])
    for j in range(0, columns, 4):
        frame[f"x{j}"] = np.array(["low", "middle", "high"])[np.digitize(x[:, j], [-1, 1])]
    return frame


def describing(size: int, run: Run, place: Path, axis: str) -> Callable[[], None]:
    rows, columns = (size, 8) if axis == "rows" else (1_000, size)
    path = place / f"{rows}-{columns}.csv"
    made_table(rows, columns).to_csv(path, index=False)
    return without_result(lambda: genwright.load_data(path).domain.describe())


def recipe_of(kind: str, family: str, preset: str, data) -> tuple:
    """A family's recipe for data, untrained, and the data's training items."""
    how = registry.row(*registry.place(kind), family).construction
    return how.build(data.domain.spec, data.domain.given, how.presets[preset]), data.tensors("train")


def training_table(size: int, run: Run, place: Path) -> Callable[[], None]:
    recipe, items = recipe_of("tables", "autoregressive", "small", genwright.load_data(made_table(ROWS, size)))
    step = our_step(recipe, items, BATCH)
    return without_result(step)


def verb_of_table(size: int, run: Run, place: Path, axis: str, verb: str, few: int) -> Callable[[], None]:
    columns, count = (10, size) if axis == "rows" else (size, few)
    frame = made_table(max(ROWS, count), columns)
    data = genwright.load_data(frame[:ROWS])
    model = run.fit(data, "autoregressive", preset="small", items=BATCH)
    if verb == "sample":
        return without_result(partial(model.sample, count, seed=0))
    return without_result(partial(model.log_prob, frame[:count]))


def training_lines(size: int, run: Run, place: Path) -> Callable[[], None]:
    rng = np.random.default_rng(0)
    lines = ["".join(rng.choice(list("abcdefgh "), size)) for _ in range(ROWS // 4)]
    domain = Sequences.fit(lines)
    x, _ = domain.encode(lines)
    how = registry.row(*registry.place("sequences"), "autoregressive").construction
    recipe = how.build(domain.spec, domain.given, how.presets["lstm"])
    step = our_step(recipe, Items(x, torch.zeros(len(x), 0)), LINES, lengths=recipe.family.lengths(x))
    return without_result(step)


def training_graph(size: int, run: Run, place: Path) -> Callable[[], None]:
    step = pyg.ours(*graph_of(f"{size} nodes"), "gcn", GROWN)
    return without_result(step)


def training_images(size: int, run: Run, place: Path) -> Callable[[], None]:
    images = np.random.default_rng(0).integers(0, 256, (4 * IMAGES, size, size), dtype=np.uint8)
    step = our_step(*recipe_of("images", "flow-matching", "small", genwright.load_data(images)), IMAGES)
    return without_result(step)


MAKERS = {
    ("describe", "rows"): partial(describing, axis="rows"),
    ("describe", "columns"): partial(describing, axis="columns"),
    ("train", "columns"): training_table,
    ("sample", "rows"): partial(verb_of_table, axis="rows", verb="sample", few=0),
    ("sample", "columns"): partial(verb_of_table, axis="columns", verb="sample", few=64),
    ("score", "rows"): partial(verb_of_table, axis="rows", verb="score", few=0),
    ("score", "columns"): partial(verb_of_table, axis="columns", verb="score", few=100),
    ("train", "length"): training_lines,
    ("train", "nodes"): training_graph,
    ("train", "side"): training_images,
}


# ---------------------------------------------------------------------- the limits of the machine


def machine_limits(rounds: int, of: tuple[str, ...] = ("float32", "bfloat16", "copy")) -> dict[str, float]:
    """10^9 operations a second of one large matrix product, in both dtypes; 10^9 bytes a second of a copy, read and
    written. of: which of them. A core without bfloat16 takes a minute for its product."""
    a, one = torch.randn(LIMIT, LIMIT), torch.randn(COPIED)
    half, other = a.bfloat16(), torch.empty_like(one)
    calls = {"float32": lambda: a @ a, "bfloat16": lambda: half @ half, "copy": lambda: other.copy_(one)}
    done = {"float32": 2 * LIMIT**3, "bfloat16": 2 * LIMIT**3, "copy": 2 * 4 * COPIED}
    return {name: done[name] / best_of(calls[name], 3 * rounds) / 1e9 for name in of}


def loop_of(done: float, seconds: float, limits: dict[str, float], of: str) -> dict[str, str | float]:
    """The rate of a loop, 10^9 operations or bytes a second, beside a limit of the machine."""
    rate = done / seconds / 1e9
    return {"of": of, "rate": rate, "limit": limits[of], "share": rate / limits[of]}


def best_of(call: Callable, rounds: int) -> float:
    """The median CPU seconds of one call, after one that fills caches."""
    call()
    spent = []
    for _ in range(rounds):
        began = time.process_time()
        call()
        spent.append(time.process_time() - began)
    return median(spent)


def products(call: Callable[[], None], size: int) -> int:
    """Operations of the matrix products and convolutions of a call."""
    with FlopCounterMode(display=False) as counter:
        call()
    return counter.get_total_flops()


def summed_bytes(call: Callable[[], None], nodes: int) -> int:
    """Bytes that an epoch of gcn reads at least to sum over edges, forward and back in both layers."""
    graph, x, *_, classes = graph_of(f"{nodes} nodes")
    return 4 * graph.edges * 2 * (GROWN["width"] + classes)


LOOPS = {("train", "columns"): products, ("score", "rows"): products, ("train", "side"): products}
LOOPS[("train", "nodes")] = summed_bytes
LIMITS = {("train", "columns"): "bfloat16", ("score", "rows"): "float32", ("train", "side"): "bfloat16"}
LIMITS[("train", "nodes")] = "copy"
