"""Kills, processes and damaged files (training, L4, files)."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from importlib import import_module
from itertools import count, product
from pathlib import Path
from select import select
from statistics import geometric_mean, mean, median, stdev

import psutil
import torch
from bars import ROOT, Run, benchmark, judge, plans
from common import GENWRIGHT, Result, alive, apart_command, killed_after, send, silent_rows

import genwright
from genwright.contract.small_data import small_data
from genwright.core.errors import RunError
from genwright.run.folder import read_config
from genwright.run.open import load_model
from genwright.studies.report.results import read
from genwright.training.weights import digest, state_of, unpack
from genwright.zoo import registry

sys.path[:0] = [str(ROOT / "tests" / "faults"), str(ROOT / "tests")]
from killed_run import REFUSED, final_state, kill_after, load, process, resumed_at, start, unequal  # noqa: E402
from made_results import differences  # noqa: E402

FITS = [  # data, family, preset, places to be killed at
    ("digits", "vae", "tiny", ["write:2"]),
    ("digits", "flow", "tiny", ["finish"]),
    ("toy", "toy-gan", "wide", ["write:2"]),
    ("toy", "toy-two-stage", "wide", ["border", "finish"]),
    ("digits", "vq-vae", "tiny", ["border", "write:2"]),
    ("digits", "vq-vae-2", "tiny", ["border", "finish"]),
    ("small images", "latent-diffusion", "tiny", ["border", "write:2"]),
    ("small images", "gan", "tiny", ["write:2"]),
    ("small tables", "diffusion", "tiny", ["finish"]),
    ("small tables", "autoencoder", "tiny", ["border"]),
    ("small sequences", "autoregressive", "tiny", ["write:2"]),
    ("small sequences", "vae", "tiny", ["finish"]),
    ("small audio", "autoregressive", "tiny", ["write:2"]),
    ("small audio", "vq-vae", "tiny", ["border"]),
    ("small music", "discrete-diffusion", "tiny", ["finish"]),
    ("small molecules", "adversarial-autoencoder", "tiny", ["write:2"]),
    ("small points", "equivariant-diffusion", "tiny", ["finish"]),
    ("small points", "latent-diffusion", "tiny", ["border"]),
    ("small graph-sets", "discrete-diffusion", "tiny", ["write:2"]),
    ("small graph-sets", "gran", "tiny", ["finish"]),
]
LIMIT = 600  # seconds, of any process


def weights(folder: Path) -> bytes:
    return (folder / "weights.safetensors").read_bytes()


def finish(*call, **options) -> None:
    assert process(*call, **options).wait(LIMIT) == 0


def repeat_comparison(out: Path) -> tuple[Path, list[str]]:
    """The same comparison by replay, and which of its numbers differ."""
    whole = Path(f"{out}-whole")
    finish(whole, "none", "compare", data="trees", replay=str(out))
    return whole, differences(read(out), read(whole))


# ---------------------------------------------------------------------- comparisons

KILLED = plans(
    {
        "kills": ("comparisons killed: SIGKILLs", "kills", ">= 10"),
        "unlike": ("comparisons killed: weights and numbers unlike their replay", "files", "<= 0"),
        "missing": ("comparisons killed: rows with neither number nor reason", "rows", "<= 0"),
    },
    system="training", data="300 trees, made by the tests", split="test", seeds=(0,), minutes=0.5,
    budget="0.5 minutes of training by the clock",
)  # fmt: skip


@benchmark(plans=("KILLED",), tiny={"moments": 1})
def compare_kills(run: Run, moments: int = 6) -> Result:
    """`genwright compare` killed at ten moments and called again: the weights of each replay, and no number less.

    A small table, two families and the baselines, half a minute of training. Kills: at random moments of training and
    measuring, in the middle of a checkpoint's write, and before the renaming of a file. Then the same call ends it;
    each family's run is repeated by `fit --replay` from its own folder, and its weights are compared byte for byte, as
    are all numbers with those of `compare --replay`. About ten minutes on two cores.
    """
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    call, rng = {"data": "trees", "families": ["flow", "vae"], "minutes": run.small(0.5, 0.1)}, random.Random(0)
    points: list = [*range(moments), *run.small(["write:1", "write:3", "rename:15", "rename:30"], [])]
    found: dict = {"kills": [], "comparisons": 0, "runs": 0, "unlike": [], "missing": []}
    rng.shuffle(points)
    with run.fresh() as folder:
        while points and found["comparisons"] < 8:  # a comparison that ended before a kill leaves the rest to another
            out = folder / f"comparison-{found['comparisons']}"
            found["comparisons"] += 1
            while points:
                place = isinstance(points[-1], str)
                seconds = LIMIT if place else rng.uniform(4.0, 25.0)
                if not killed_after(process(out, points[-1] if place else "none", "compare", **call), seconds):
                    break
                found["kills"].append(points.pop())
            finish(out, "none", "compare", **call)
            found["missing"] += silent_rows(read(out))
            for one in sorted(path.parent for path in out.rglob("weights.safetensors")):
                if one.parent == out:  # further splits are other data, which the whole comparison repeats
                    again = folder / f"{out.name}-{one.name}"
                    finish(again, "none", "fit", data="trees", family=None, replay=str(one))
                    found["runs"] += 1
                    found["unlike"] += [one.name] * (weights(one) != weights(again))
            found["unlike"] += repeat_comparison(out)[1]
    return [plan.row(len(found[key])) for key, plan in KILLED.items()], found


# ---------------------------------------------------------------------- fits, restarts, saves

MOMENTS, EVERY = 5, 1.0  # random kills, each family; seconds between checkpoints
REMOVALS = 7  # of a restart over a stopped run: two checkpoints, their folder, and the four files beside it
RENAMES, SAVES = 4, 30  # of a save; random kills of saves, all


@benchmark(tiny={"family": "pca"})
def kills(run: Run, workers: int = 2, family: str | None = None) -> Result:
    """Killed at any instant and started again: the bits of a run never killed, or a refusal; never another run's model.

    Fits with a budget of items: families of every kind of data, of one stage and of several, on the digits, on small
    data and on toys, a checkpoint every second, killed at random moments and at places (in a checkpoint's write, at a
    stage border, in `finish`). One fit has a budget of time. --family tries the fits of that family alone, and records
    nothing. Restarts of another run over one that was stopped, killed at every removal, then called again. Saves over
    another model, killed before each renaming and at random moments, then opened. Comparisons, killed at random
    moments. Every end is then repeated, uninterrupted, by replay, and compared: tensors of the last checkpoint
    (weights, averages, optimizer moments), the weights' file byte for byte, every number of results.json but time.
    About five minutes on 16 cores, half an hour on two.
    """
    began = time.monotonic()
    os.environ.setdefault("OMP_NUM_THREADS", str(max(1, (os.cpu_count() or 1) // workers)))  # of each process
    load("toy")
    with run.fresh() as folder, ThreadPoolExecutor(workers) as pool:
        cases = [partial(kill_fit, folder, seed, *row) for seed, row in enumerate(FITS) if family in (None, row[1])]
        if not family:  # the longest first, so that no worker ends long after the others
            cases = [partial(kill_comparison, folder, number) for number in range(2)] + cases
            cases.append(partial(kill_timed, folder, 0))
            restarts = product(("toy-vae", "toy-two-stage"), range(1, REMOVALS + 1))
            cases += [partial(kill_restart, folder, *restart) for restart in restarts]
            saves = enumerate([*range(1, RENAMES + 1), *[None] * SAVES])
            cases += [
                partial(kill_save, folder, seed, ("toy-vae", "toy-gan")[seed % 2], place) for seed, place in saves
            ]
        done = [case.result() for case in [pool.submit(case) for case in cases]]
    if family:
        return print(*done, sep="\n")
    total = lambda key, cases=done: sum(case.get(key, 0) for case in cases)
    unlike, fits = sum(len(case["unlike"]) for case in done), [case for case in done if "data" in case]
    above = sum(at > 0 for case in done for at in case.get("resumed_at", []))
    of_kind = lambda kind: total("kills", [case for case in done if case["what"] == kind])
    each = ", ".join(f"{kind}s {of_kind(kind)}" for kind in ("fit", "restart", "save", "comparison"))
    differ = f"tensors and files that differ from those never killed, of {total('tensors')} tensors, {total('refused')}"
    of_kinds = f"{len({case['data'] for case in fits})} data sets of every kind"
    return [
        judge("training", f"SIGKILLs: {each}", ">= 100", total("kills")),
        judge("training", f"SIGKILLs of fits with a budget of items, of {of_kinds}", ">= 100", total("kills", fits)),
        judge("training", f"{differ} calls refused", "0", unlike),
        judge("training", "resumes from above 0 items", ">= 15", above),
    ], {"cases": done, "workers": workers, "seconds": round(time.monotonic() - began)}


def repeated(run: Path, data: str) -> dict:
    """How many tensors there are, and in which of them the run differs from its replay, or in its data."""
    whole, here = Path(f"{run}-whole"), final_state(run)
    assert start(whole, data, None, {"replay": str(run)}, 1000.0).wait(LIMIT) == 0
    unlike = unequal(final_state(whole), here)
    unlike += ["weights.safetensors"] * (weights(run) != weights(whole))
    unlike += ["data"] * (read_config(run)["data"]["hash"] != load(data).hash)
    return {"tensors": len(here), "unlike": unlike}


def end_fit(run: Path, data: str, family: str, budget: dict) -> dict:
    """Resume to the end and compare with the replay."""
    assert start(run, data, family, budget, EVERY).wait(LIMIT) == 0
    return repeated(run, data)


def kill_fit(folder: Path, seed: int, data: str, family: str, preset: str, places: list[str]) -> dict:
    folder = folder / f"fit-{seed}"
    folder.mkdir()
    rng, speed = random.Random(seed), folder / f"{family}-speed"
    assert start(speed, data, family, {"minutes": 0.1, "preset": preset}, 1000.0).wait(LIMIT) == 0
    rate = read_config(speed)["outcome"]["items_per_second"]
    moments, placed, tensors, unlike, resumes, attempts = 0, 0, 0, [], [], count(1)
    while moments < MOMENTS or placed < len(places):
        delays = [rng.uniform(0.3, 2.5) for _ in range(MOMENTS - moments)]
        budget, run = {"items": int(rate * (sum(delays) + 3)), "preset": preset}, folder / f"{family}-{next(attempts)}"
        for delay in delays:  # a machine that became faster ends the run too soon: then the rest go to another run
            moments += kill_after(start(run, data, family, budget, EVERY), run, delay)
        for place in places[placed:]:
            placed += killed_after(start(run, data, family, budget, EVERY, place), LIMIT)
        found = end_fit(run, data, family, budget)
        tensors, unlike, resumes = tensors + found["tensors"], unlike + found["unlike"], resumes + resumed_at(run)
    done = {"kills": moments + placed, "tensors": tensors, "unlike": unlike, "resumed_at": resumes}
    return {"what": "fit", "data": data, "family": family} | done


def kill_timed(folder: Path, seed: int) -> dict:
    budget, run = {"minutes": 0.12, "preset": "tiny"}, folder / "timed"
    killed = kill_after(start(run, "digits", "vae", budget, EVERY), run, random.Random(seed).uniform(2, 4))
    found = end_fit(run, "digits", "vae", budget)
    return {"what": "fit", "family": "vae, by time", "kills": int(killed), **found, "resumed_at": resumed_at(run)}


def kill_restart(folder: Path, family: str, removal: int) -> dict:
    """Of other data over a run that was stopped after two checkpoints; then the same call, the same call without
    config.toml, and at last the restart again."""
    run, other = folder / f"restart-{family}-{removal}", {"items": 3200}
    assert killed_after(start(run, "toy", family, {"items": 6400}, 0.0, "write:3"), LIMIT)
    again = start(run, "toy-2", family, other | {"restart": True}, EVERY, f"remove:{removal}")
    killed = killed_after(again, LIMIT)
    codes = [start(run, "toy-2", family, other, EVERY).wait(LIMIT)]
    if any((run / "checkpoints").glob("*.safetensors")):  # else nothing says whose the folder is without its record
        (run / "config.toml").unlink()
        codes.append(start(run, "toy-2", family, other, EVERY).wait(LIMIT))
    found = end_fit(run, "toy-2", family, other | {"restart": True})
    found["unlike"] += [f"{code}, not {REFUSED}" for code in codes if code != REFUSED]
    return {"what": "restart", "family": family, "kills": 1 + killed, **found, "refused": codes.count(REFUSED)}


def kill_save(folder: Path, seed: int, family: str, place: int | None) -> dict:
    """Before the renaming number `place`, or at a random moment of saves in turn."""
    case = folder / f"save-{seed}"
    case.mkdir()
    models = [str(case / data) for data in ("toy", "toy-2")]
    for model, data in zip(models, ("toy", "toy-2")):
        assert start(Path(model), data, family, {"items": 640}, 1000.0).wait(LIMIT) == 0
    out = shutil.copytree(models[0], case / "out")
    if place is not None:
        killed = killed_after(process(out, f"rename:{place}", "save", models=models[1:], times=1), LIMIT)
    else:
        saving = process(out, "none", "save", models=models, times=10**6)
        while not Path(f"{out}.ready").exists() and saving.poll() is None:
            time.sleep(0.01)
        killed = killed_after(saving, random.Random(seed).uniform(0, 1))
    whole, unlike, refused = [load_model(Path(model)) for model in models], [], 0
    state = {model.config["data"]["hash"]: state_of(model.family) for model in whole}
    try:
        opened = load_model(out)
        unlike = unequal(state[opened.config["data"]["hash"]], state_of(opened.family))
    except RunError:
        refused = 1
    again = whole[1].save(out)
    unlike += ["weights.safetensors"] * (weights(again) != weights(Path(models[1])))
    unlike += [path.name for path in out.iterdir() if path.name.endswith(".part")]
    tensors = 0 if refused else len(state_of(opened.family))
    found = {"kills": int(killed), "tensors": tensors, "unlike": unlike, "refused": refused}
    return {"what": "save", "family": family, **found}


def kill_comparison(folder: Path, number: int) -> dict:
    rng, out, families = random.Random(number), folder / f"comparison-{number}", ["vae", "autoregressive"]
    call = {"data": "trees", "families": families, "minutes": 0.25, "seed": number}
    killed = sum(killed_after(process(out, "none", "compare", **call), rng.uniform(4, 12)) for _ in range(4))
    finish(out, "none", "compare", **call)
    (whole, unlike), tensors = repeat_comparison(out), 0
    for one in [path.parent.relative_to(out) for path in out.rglob("weights.safetensors")]:
        tensors += len(unpack(out / one / "weights.safetensors")[0])
        unlike += [str(one)] * (weights(out / one) != weights(whole / one))
    found = {"kills": killed, "tensors": tensors, "unlike": unlike}
    return {"what": "comparison", "family": ", ".join(families), **found}


# ---------------------------------------------------------------------- several processes

SAME = {  # family -> label of its data
    "autoregressive": "sequences",
    "vae": "images",
    "gan": "images",
    "vq-vae": "images",
    "equivariant-diffusion": "points",
    "gin": "graphs",
    "dmpnn": "properties",
}
LAUNCHES = ("--processes", "--processes again", "torchrun", "replay")
SEEDS, SIZES = (0, 1, 2, 3, 4), (1, 2, 4)
ITEMS, SPEED_SECONDS = 16_000, 60
NETWORKS = {"U-Net": ("digits", "diffusion", "small"), "LSTM": ("sequences", "autoregressive", "lstm")}
SIDES = {"one thread": (1, 1), "two threads": (1, 2), "two processes": (2, 1)}
TOLD = "several processes:"
STRIKES = ("rank 0", "rank 1", "launcher", "all", "terminate", "stop 0", "stop 1")
SEVERAL = plans(
    {
        "bits": (f"{TOLD} families whose launches, replay and torchrun differ in a bit", "families", "<= 0"),
        "sizes": (f"{TOLD} how far 2 and 4 move the mean of five seeds, in deviations of a seed", "deviations", "<= 1",
                  {"data": "digits", "split": "test", "seeds": SEEDS, "budget": "20,000 items",
                   "over_seeds": "largest", "repeated": "trainings"}),
        "gradient": (f"{TOLD} relative change of the first step's gradient", "share", "<= 1e-6", {"budget": "1 step"}),
        "hangs": (f"{TOLD} kills after which a process did not end in time", "kills", "<= 0",
                  {"data": "digits", "budget": f"{ITEMS:,} items"}),
        "other bits": (f"{TOLD} kills after which the run ended with other bits, or left half a file", "kills", "<= 0",
                       {"data": "digits", "budget": f"{ITEMS:,} items"}),
        **{network: (f"{TOLD} speed of a {network}, two processes / one, a thread each", "ratio", ">= 1.6",
                     {"data": data, "budget": f"{SPEED_SECONDS} seconds", "minutes": 1.0, "sides": tuple(SIDES)})
           for network, (data, *_) in NETWORKS.items()},
    },
    system="L4", data="small data", split="train", seeds=(0,), budget="640 items",
)  # fmt: skip


def train(label: str, family: str, out: str, options: dict) -> None:
    """Fit on data that have no name; each process of a launch runs this."""
    torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
    data = genwright.load_data("digits") if label == "digits" else small_data(label)
    if registry.predicts(registry.place(label)[1] if label != "digits" else registry.GENERATE):
        options = options | {"task": label}
    genwright.fit(data, family, out=out, progress=False, **{"checkpoint_seconds": 0.5, "timeout": 60} | options)


def launch(count: int, label: str, family: str, out: Path, torchrun: bool = False, threads: int = 1, **options) -> None:
    """Run `train` in `count` processes, to its end."""
    environment = os.environ | {"OMP_NUM_THREADS": str(threads)}
    command = apart_command(train, label, family, str(out), options)
    if torchrun:
        words = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", str(count), "--no-python"]
        subprocess.run([sys.executable, *words, *command], check=True, env=environment)
        return
    port = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(random.SystemRandom().randrange(30_000, 40_000))}
    ranks = [{"RANK": str(r), "LOCAL_RANK": str(r), "WORLD_SIZE": str(count)} for r in range(count)]
    started = [subprocess.Popen(command, env=environment | port | rank) for rank in (ranks if count > 1 else [{}])]
    if any([one.wait() for one in started]):
        sys.exit(f"{label} {family} failed")


def key(run: Path) -> str:
    """A digest of the weights, whatever else their file says."""
    return digest(unpack(run / "weights.safetensors")[0], "")


@benchmark(plans=("SEVERAL",), tiny={"part": ("bits",)})
def several_processes(
    run: Run, part: tuple[str, ...] = ("bits", "sizes", "kills", "throughput"), kills: int = 60
) -> Result:
    """One model on several processes: the same bits, any size, kills, throughput.

    bits: two processes on the contract's small data, twice by --processes, once by torchrun, and a replay. That the
    processes agree at each checkpoint is checked by training itself, which otherwise stops. sizes: the same batch on 1,
    2 and 4 processes, five seeds: how far the mean test likelihood moves with the number of processes, in standard
    deviations of a seed; and the gradient of the first step. kills: a rank, the launcher or all are killed, or a rank
    stands still; half of it beside a busy process; the same command must end with the bits of a run that nobody
    disturbed. throughput: items a second of two processes of one thread, against one process of one and of two threads;
    it needs two cores that have nothing else to do.
    """
    folder = run.folder

    def bits(family: str) -> dict:
        keys, out = {}, lambda name: folder / f"{family}-{name.strip('-').replace(' ', '-')}"
        for name in LAUNCHES:
            how = dict(replay=str(out("processes"))) if name == "replay" else dict(preset="tiny", items=640)
            launch(2, SAME[family], family, out(name), name == "torchrun", restart=True, **how)
            keys[name] = key(out(name))
        return keys

    def nats(size: int, seed: int) -> float:
        out = folder / f"size-{size}-{seed}-run"
        launch(size, "digits", "vae", out, seed=seed, preset="tiny", items=20_000)
        data = genwright.load_data("digits")
        return float(genwright.load_model(out).log_prob(data.test, seed=0).nats.mean())

    def first_gradient() -> float:
        """How far the first step's gradients, which AdamW's first moments hold, differ between one process and two.
        Each process draws its own numbers, so this is of a family that draws none."""
        moments = []
        for size in (1, 2):
            out = folder / f"gradient-{size}"
            launch(size, "properties", "dmpnn", out, steps=1, preset="tiny", hyperparameters={"dropout": 0.0})
            (path,) = (out / "checkpoints").glob("*.safetensors")
            first = sorted((name, t) for name, t in unpack(path)[0].items() if "/first/" in name)
            moments.append(torch.cat([t.flatten() for _, t in first]))
        return float((moments[0] - moments[1]).norm() / moments[0].norm())

    def speed(network: str, side: str) -> float:
        """Items a second, of training alone."""
        (label, family, preset), (count, threads) = NETWORKS[network], SIDES[side]
        out, budget = folder / f"speed-{network}-{side.replace(' ', '-')}-run", SPEED_SECONDS / 60
        launch(count, label, family, out, threads=threads, minutes=budget, checkpoint_seconds=60, preset=preset)
        return read_config(out)["outcome"]["items_per_second"]

    whole = lambda: run.kept("whole-key", lambda: undisturbed(folder / "whole"))
    pieces = {
        "bits": {f"bits-{family}": partial(bits, family) for family in SAME},
        "sizes": {f"size-{size}-{seed}": partial(nats, size, seed) for size, seed in product(SIZES, SEEDS)},
        "kills": {f"kill-{n}-found": lambda n=n: disturb(folder, f"kill-{n}", whole(), STRIKES[n % len(STRIKES)])
                  for n in range(kills)},
        "throughput": {f"speed-{network}-{side}": partial(speed, network, side)
                       for network, side in product(NETWORKS, SIDES)},
    }  # fmt: skip
    pieces["sizes"]["gradient"] = first_gradient
    found = run.pieces(pieces, part)
    if found is None:
        return None
    nats_of = {size: [found[f"size-{size}-{seed}"] for seed in SEEDS] for size in SIZES}
    disturbed = [found[name] for name in pieces["kills"]]
    moved = lambda size: abs(mean(nats_of[size]) - mean(nats_of[1])) / stdev(nats_of[1])
    values = {
        "bits": sum(len(set(found[name].values())) > 1 for name in pieces["bits"]),
        "sizes": max(map(moved, SIZES[1:])),
        "gradient": found["gradient"],
        "hangs": sum(one["hung"] for one in disturbed),
        "other bits": sum(not one["same"] for one in disturbed),
    }
    table = [SEVERAL[name].row(value, digits=9 if name == "gradient" else 4) for name, value in values.items()]
    for network in NETWORKS:
        sides = {side: found[f"speed-{network}-{side}"] for side in SIDES}
        table.append(SEVERAL[network].row(sides["two processes"] / sides["one thread"], **sides))
    return table, found


def fit_digits(out: Path, items: int = ITEMS) -> subprocess.Popen:
    words = ["fit", "digits", "--family", "gan", "--preset", "tiny", "--items", str(items), "--out", str(out)]
    words += ["--processes", "2", "--checkpoint-seconds", "1", "--timeout", "10", "--quiet"]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    return subprocess.Popen([*GENWRIGHT, *words], env=environment, stderr=subprocess.DEVNULL)


def undisturbed(out: Path, items: int = ITEMS) -> str:
    """The weights of a run that nobody disturbed."""
    if fit_digits(out, items).wait():
        sys.exit("the run that nobody disturbed failed")
    return key(out)


def disturb(folder: Path, name: str, whole: str, what: str, items: int = ITEMS, joining: bool = False) -> dict:
    """Disturb a run at a random moment, and run the same command to its end.

    Args:
        folder: of the runs.
        name: of this run, which gives its random moment too.
        whole: the weights of a run that nobody disturbed.
        what: one of STRIKES.
        items: budget of the run.
        joining: strike while the processes join, else while they train.
    """
    rng, out = random.Random(name), folder / name
    busy = subprocess.Popen([sys.executable, "-c", "while True: pass"]) if rng.random() < 0.5 else None
    launcher = fit_digits(out, items)
    begun = (lambda: are_joining(launcher.pid)) if joining else lambda: list(out.glob("checkpoints/*.safetensors"))
    while launcher.poll() is None and not begun():
        time.sleep(0.02)
    time.sleep(rng.uniform(0, 1 if joining else 5))
    first = psutil.Process(launcher.pid) if launcher.poll() is None else None
    ranks = sorted(first.children(), key=lambda rank: rank.pid) if first else []
    every, both = [first, *ranks] if first else [], ranks if len(ranks) == 2 else []
    struck = {"rank 0": both[:1], "rank 1": both[1:], "stop 0": both[:1], "stop 1": both[1:], "launcher": every[:1]}
    signals = {"terminate": signal.SIGTERM, "stop 0": signal.SIGSTOP, "stop 1": signal.SIGSTOP}
    hit = send(signals.get(what, signal.SIGKILL), (struck | {"all": every, "terminate": every[:1]})[what])
    end = time.monotonic() + 55  # seconds: --timeout, torchrun's patience with one that stands still, and the rest
    while (launcher.poll() is None or any(map(alive, ranks))) and time.monotonic() < end:
        time.sleep(0.1)
    left = send(signal.SIGKILL, every)
    launcher.wait()
    if busy:
        busy.kill()
        busy.wait()
    fit_digits(out, items).wait()
    same = (out / "weights.safetensors").exists() and key(out) == whole and not list(out.rglob("*.part"))
    return {"what": what, "struck": len(hit), "hung": bool(left), "same": same}


def are_joining(launcher: int) -> bool:
    """Whether a process of this launcher has a connection, by which it meets the others."""
    try:
        return any(rank.net_connections("tcp") for rank in psutil.Process(launcher).children())
    except psutil.Error:  # it has ended meanwhile
        return False


# ---------------------------------------------------------------------- damaged files

DAMAGED = plans(
    {
        "failed": ("damaged files that ended in a bug, a crash or no sentence, of 20,000", "files", "<= 0"),
        "long": ("damaged files that took more than 10 s of the processor", "files", "<= 0"),
        "large": ("damaged files that took more than 1 GiB", "files", "<= 0"),
        "read": ("damaged files read", "files", ">= 20,000"),
    },
    system="files", data="small whole files of every format, run folders, results and replays, damaged", split="none",
    seeds=(0,), budget="20,000 files",
)  # fmt: skip
DAMAGED_FORMS = plans(
    {
        "wrong": ("damaged files of every form: a bug, a crash, no sentence, over 20 s, over 1 GiB", "files", "<= 0"),
        "read": ("damaged files of every form: the fewest of one form", "files", ">= 150"),
    },
    system="files", data="small whole files in each form of tests/other_forms.py, damaged", split="none", seeds=(1,),
    budget="150 files a form",
)  # fmt: skip
GIVEN_UP = 60  # seconds without a word from a worker: the interpreter itself hangs


@benchmark(plans=("DAMAGED",), tiny={"files": 40, "workers": 1})
def fuzz(
    run: Run, files: int = 20_000, seed: int = 0, workers: int = os.cpu_count(), only: int | None = None
) -> Result:
    """Twenty thousand damaged files over all readers, run folders, results and replays: no bug, no hang, no memory that
    runs away.

    About 20 CPU-minutes. --only 1234: this file of the seed again, with all that it says, and nothing is recorded.
    tests/faults/fuzz.py and damage.py hold the files and the ways to damage them. Each worker is a process that reads
    one file after another. A worker that crashes, or does not come back, is a failure of the file that it was
    reading, and another takes its place. The same command resumes: what was read stands in a log, which belongs to this
    seed and to the sources as they are.
    """
    damage = import_module("fuzz")
    with run.fresh() as place:
        home, log = damage.make(place), logs(run, seed)
        if only is not None:
            return print(json.dumps(damage.run(home, seed, only)._asdict(), indent=1))
        results = read_all(home, log, list(range(files)), seed, workers)
    wrong = [result for result in results if result["wrong"]]
    for one in wrong:
        print(f"{one['wrong']}: {one['target']}, again by --seed {seed} --only {one['k']}")
    hangs, large = (sum(one["wrong"] == kind for one in wrong) for kind in ("hang", "memory"))
    values = {"failed": len(wrong) - hangs - large, "long": hangs, "large": large, "read": len(results)}
    table = lambda key: dict(sorted(Counter(str(result[key]) for result in results).items()))
    most = lambda key: max((result[key] for result in results), default=0)
    return [DAMAGED[key].row(value) for key, value in values.items()], {
        "seed": seed, "files": len(results), "CPU-seconds": round(sum(result["seconds"] for result in results)),
        "slowest": most("seconds"), "largest MiB": most("mib"), "exit codes": table("code"),
        "targets": table("target"),
        "failures": sorted(wrong, key=lambda result: result["k"])[:100],
    }  # fmt: skip


@benchmark(plans=("DAMAGED_FORMS",), tiny={"each": 1, "workers": 1, "forms": ("csv", "aln")})
def fuzz_forms(
    run: Run, each: int = 150, seed: int = 1, workers: int = os.cpu_count(), forms: tuple[str, ...] = ()
) -> Result:
    """So many damaged files of every form that is read: no bug, no hang, no memory that runs away.

    Each file is a case of `fuzz`, which reads one of them again by its number. --forms aln ods: these alone.
    """
    from other_forms import FORMS

    damage = import_module("fuzz")
    places = {target.name: k for k, target in enumerate(damage.TARGETS)}
    names = [form.name for form in FORMS if form.name in places and (not forms or form.name in forms)]
    cases = [places[name] + turn * len(damage.TARGETS) for turn in range(each) for name in names]
    with run.fresh() as place:
        results = read_all(damage.make(place), logs(run, seed), cases, seed, workers)
    wrong = [result for result in results if result["wrong"]]
    count = Counter(result["target"] for result in results)
    values = {"wrong": len(wrong), "read": min(count[name] for name in names)}
    return [DAMAGED_FORMS[key].row(value) for key, value in values.items()], {
        "seed": seed, "files": len(results), "forms": len(names),
        "CPU-seconds": round(sum(result["seconds"] for result in results)),
        "slowest": max(result["seconds"] for result in results),
        "largest MiB": max(result["mib"] for result in results),
        "failures": sorted(wrong, key=lambda result: result["k"])[:100],
    }  # fmt: skip


def logs(run: Run, seed: int) -> Path:
    """The log of what was read, which belongs to this seed and to the sources as they are."""
    sources = [*(ROOT / "src").rglob("*.py"), *(ROOT / "tests" / "faults").glob("*.py")]
    digest = hashlib.blake2b(b"".join(file.read_bytes() for file in sorted(sources)), digest_size=8).hexdigest()
    return run.folder / f"{digest}-{seed}.jsonl"


def read_all(home: Path, log: Path, cases: list[int], seed: int, workers: int) -> list[dict]:
    """Read the cases that the log does not hold, in so many processes; the results of all."""
    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(lambda first: read_share(home, log, cases[first::workers], seed), range(workers)))
    return logged(log, cases)


def logged(log: Path, cases: list[int]) -> list[dict]:
    """Results of earlier runs; a line that was cut is none."""
    found, wanted = [], set(cases)
    for line in log.read_text().splitlines() if log.exists() else ():
        with contextlib.suppress(ValueError):
            found.append(json.loads(line))
    return [result for result in found if result["k"] in wanted]


def read_damaged(home: str, cases: str, seed: int) -> None:
    """Read the cases whose numbers a file holds: a line of JSON before and after each, so that a case which ends the
    process is known."""
    damage = import_module("fuzz")
    torch.set_num_threads(1)
    say = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    for k in json.loads(Path(cases).read_text()):
        print(json.dumps(k), file=say)
        print(json.dumps(damage.run(Path(home), seed, k)._asdict()), file=say)


def read_share(home: Path, log: Path, cases: list[int], seed: int) -> None:
    """Read cases in a process that another replaces where it dies or hangs."""
    damage, environment = import_module("fuzz"), os.environ | {"OMP_NUM_THREADS": "1", "PYTHONWARNINGS": "ignore"}
    done = {result["k"] for result in logged(log, cases)}
    left = [k for k in cases if k not in done]
    while left:
        share, at = home / f"share-{left[0]}.json", None
        share.write_text(json.dumps(left))
        command = apart_command(read_damaged, str(home), str(share), seed)
        how = dict(stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment, bufsize=0)
        with subprocess.Popen(command, **how) as reader, log.open("a", encoding="utf-8", buffering=1) as noted:
            note = lambda said: noted.write(json.dumps({"k": at, **said}) + "\n")
            while heard := select([reader.stdout], [], [], GIVEN_UP)[0]:
                said = json.loads(reader.stdout.readline() or "null")
                if said is None:  # it has ended
                    break
                if isinstance(said, int):
                    at = said
                else:
                    note(said)
                    at = None
            if not heard:
                reader.kill()
            code = reader.wait()
            if at is None and heard:
                return
            if at is None:
                sys.exit("a worker could not begin: run it alone with --workers 1 to see why")
            name = damage.TARGETS[at % len(damage.TARGETS)].name
            seconds, wrong = (0.0, f"the process died ({code})") if heard else (float(GIVEN_UP), "hang")
            note(damage.Result(name, "", code, seconds, 0.0, "", wrong)._asdict())
        left = left[left.index(at) + 1 :]


# ---------------------------------------------------------------------- time of reading

DESCRIBE = plans(
    {
        "worst": ("`describe` of each form: the most by which its time exceeds 1.1 times that of the tree before",
                  "processor time, median", "<= 0.05 s"),
        "pooled": ("`describe` of all forms beside the tree before", "geometric mean of the ratios of processor time",
                   "shown", {"unit": "times"}),
    },
    system="speed", data="small files in each form of tests/other_forms.py", split="none", seeds=(0,),
    budget="five rounds in turns",
)  # fmt: skip


@benchmark(plans=("DESCRIBE",), tiny={"rounds": 1, "forms": ("aln", "ods"), "against": ROOT})
def describe_forms(run: Run, against: Path = Path("../before"), rounds: int = 5, forms: tuple[str, ...] = ()) -> Result:
    """What `genwright describe` takes for a small file of each form, with all processes that it starts.

    --against ROOT: another tree of this project, which describes the same files in turns. --forms aln ods: these alone.
    """
    from other_forms import FORMS, put_form

    with run.fresh() as place:
        chosen = [form for form in FORMS if not forms or form.name in forms]
        sources = {form.name: put_form(form, place / form.name) for form in chosen}
        seconds = [{name: [] for name in sources} for _ in (ROOT, against)]
        for k, (name, source) in product(range(rounds), sources.items()):
            for tree, found in list(zip((ROOT, against.resolve()), seconds))[:: 1 if k % 2 else -1]:
                found[name].append(time_describe(tree, source))
    here, there = ({name: median(each) for name, each in found.items()} for found in seconds)
    excess = {name: here[name] - 1.1 * there[name] for name in here}
    worst = max(excess, key=excess.get)
    named = replace(DESCRIBE["worst"], what=f"{DESCRIBE['worst'].what} ({worst})")
    pooled = geometric_mean(here[name] / there[name] for name in here)
    return [named.row(excess[worst], digits=3), DESCRIBE["pooled"].row(pooled, digits=3)], {
        "rounds": rounds, "seconds": here, "seconds before": there
    }  # fmt: skip


def time_describe(root: Path, source: Path) -> float:
    """Seconds of the processor that the command of a tree takes, with its processes."""
    path = os.pathsep.join([str(root / "src"), *filter(None, [os.environ.get("PYTHONPATH")])])
    environment = os.environ | {"PYTHONPATH": path, "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "genwright", "describe", str(source)]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, _, used = os.wait4(process.pid, 0)
    process.returncode = 0  # it was waited for here
    return used.ru_utime + used.ru_stime
