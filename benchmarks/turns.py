"""Comparisons whose families train side by side: processes that are killed, and a machine that is busy."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import time
from functools import partial
from pathlib import Path

import psutil
from answers import clock_comparison
from bars import Run, benchmark, plans
from common import Result, alive, send, silent_rows
from faults import differences, finish, process, weights

from genwright.studies.report.picks import in_order
from genwright.studies.report.results import read, rows

FAMILIES, CORES = ["flow", "vae", "autoregressive"], 2
APART = 0.3, 6.0  # seconds between two kills
ENDING = 5.0  # seconds in which processes must end whose parent was killed
TURN_KILLS = plans(
    {
        "kills": ("kills of a worker and of the parent of a comparison", "kills", ">= 20"),
        "rows": ("kills of a worker and of the parent of a comparison: rows that were lost", "rows", "<= 0"),
        "orphans": ("kills of a worker and of the parent of a comparison: orphans", "processes", "<= 0"),
        "bits": ("kills of a worker and of the parent of a comparison: other bits", "weights and numbers", "<= 0"),
    },
    system="training", data="300 trees, made by the tests", split="test", seeds=(0,),
    budget="the items of a comparison of 0.1 minutes, on two cores",
)  # fmt: skip
BUSY_DIGITS = plans(
    {
        "trained": ("digits, 1.5 minutes beside two busy processes: families trained", "families", ">= 7"),
        "picks": ("digits, 1.5 minutes beside two busy processes: picks of a simple baseline", "picks", "<= 0"),
        "end": ("digits, 1.5 minutes beside two busy processes: end over the last announced end", "ratio", "<= 1.15"),
    },
    system="L1", data="digits", split="test", seeds=(0,), minutes=1.5, budget="1.5 minutes of training by the clock",
)  # fmt: skip


@benchmark(plans=("TURN_KILLS",), tiny={"pieces": 1, "kills": 2})
def turn_kills(run: Run, pieces: int = 5, kills: int = 4) -> Result:
    """A comparison with budgets of items on two cores, of which workers and the parent are killed at random moments.

    A small table, three families and the baselines. Its items are those of a comparison of 0.1 minutes, by `replay`;
    once they train undisturbed. Then a process that trains or measures is killed at random moments, or the process that
    was started, which is then started again. Each comparison that came to its end is held against the undisturbed one:
    its rows, its numbers, and the weights byte for byte. An orphan is a process that lives five seconds after its
    parent. Every four kills are a piece that is kept, so the same call resumes. About ten minutes on two cores.
    """
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    recorded, whole = run.begin("recorded"), run.begin("whole")
    call = {"data": "trees", "cores": CORES}
    finish(recorded, "none", "compare", families=FAMILIES, minutes=run.small(0.1, 0.05), **call)
    call |= {"replay": str(recorded)}
    finish(whole, "none", "compare", **call)
    measure = lambda number: run.kept(f"kills-{number}", lambda: kill_processes(run.folder, number, kills, call))
    done = [measure(number) for number in range(pieces)]
    values = {key: sum(len(piece[key]) for piece in done) for key in TURN_KILLS}
    return [plan.row(values[key]) for key, plan in TURN_KILLS.items()], {"pieces": done}


def kill_processes(folder: Path, number: int, kills: int, call: dict) -> dict[str, list]:
    """Kill processes of comparisons so often, let each comparison come to its end, and hold it against the undisturbed
    one."""
    rng, struck, found = random.Random(number), [], {"rows": [], "orphans": [], "bits": []}
    while len(struck) < kills:
        out, ended = folder / f"disturbed-{number}", False
        shutil.rmtree(out, ignore_errors=True)
        while not ended:
            ended = disturb(partial(process, out, "none", "compare", **call), rng, kills, struck, found["orphans"])
        for name, wrong in unlike(folder / "whole", out).items():
            found[name] += wrong
    return {"kills": struck} | found


def disturb(start: partial, rng: random.Random, kills: int, struck: list[dict], orphans: list[int]) -> bool:
    """Start a comparison and kill a worker of it, or itself, until so many kills were made; whether it came to its end.

    Args:
        start: starts its process.
        struck: the kills, which grow.
        orphans: processes that outlived it, which grow.
    """
    began, parent, seen = time.monotonic(), start(), set()
    watched = psutil.Process(parent.pid)
    while parent.poll() is None:
        wait(parent, rng.uniform(*APART) if len(struck) < kills else ENDING)
        if parent.poll() is not None or not (workers := children_of(watched)):
            continue
        seen |= workers
        if len(struck) == kills:
            continue
        target = rng.choice(["parent", "worker"])
        (victim,) = [watched] if target == "parent" else rng.sample(sorted(workers, key=lambda one: one.pid), 1)
        if send(signal.SIGKILL, [victim]):
            struck.append({"target": target, "seconds": round(time.monotonic() - began, 1)})
        if target == "parent":
            parent.wait()
    _, left = psutil.wait_procs(seen, ENDING)
    orphans += [one.pid for one in left if alive(one)]
    return parent.returncode == 0


def wait(process: subprocess.Popen, seconds: float) -> None:
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        return


def children_of(parent: psutil.Process) -> set[psutil.Process]:
    try:
        return set(parent.children(recursive=True))
    except psutil.NoSuchProcess:
        return set()


def unlike(whole: Path, out: Path) -> dict[str, list[str]]:
    """The rows that a comparison lost, and its weights and numbers unlike those of the undisturbed one."""
    here, there = read(out), read(whole)
    lost = {row.family for row in rows(there)} - {row.family for row in rows(here)}
    paths = sorted(path.relative_to(whole) for path in whole.rglob("weights.safetensors"))
    other = [
        str(path)
        for path in paths
        if not (out / path).exists() or weights((out / path).parent) != weights((whole / path).parent)
    ]
    return {"rows": [*sorted(lost), *silent_rows(here)], "bits": [*other, *differences(there, here)]}


@benchmark(plans=("BUSY_DIGITS",))
def busy_digits(run: Run) -> Result:
    """`genwright compare digits --minutes 1.5` on two cores, both of which a busy process shares.

    How many families have a trained model, whether a pick is a simple baseline, and when all was done over when it was
    last said to be. About five minutes, on two cores that have nothing else to do.
    """
    with run.fresh() as folder:
        clock, said = clock_comparison(folder, ["digits", "--minutes", run.small(1.5, 0.1)], CORES)
        results = read(folder / "out")
    simple = {row.family for row in results.baselines}
    picked = {pick.purpose: pick.family for pick in in_order(results)}
    values = {
        "trained": sum(not row.error for row in results.models),
        "picks": sum(family in simple for family in picked.values()),
        "end": clock["late"],
    }
    errors = {row.family: row.error for row in results.models if row.error}
    details = clock | {"picks": picked, "errors": errors, "left out": results.families_left_out, "said": said[-2000:]}
    return [plan.row(values[key]) for key, plan in BUSY_DIGITS.items()], details
