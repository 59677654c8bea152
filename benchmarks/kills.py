"""Killed at any instant and started again: the bits of a run never killed, or a refusal; never another run's model.

    python benchmarks/kills.py --workers 16

Fits with a budget of items: families of every kind of data, of one stage and of several, on the digits, on small data
and on toys, a checkpoint every second, killed at random moments and at places (in a checkpoint's write, at a stage
border, in `finish`). One fit has a budget of time. `--family NAME` tries the fits of that family alone, and records
nothing.
Restarts of another run over one that was stopped, killed at every removal, then called again.
Saves over another model, killed before each renaming and at random moments, then opened. Comparisons, killed at random
moments. Every end is then repeated, uninterrupted, by replay, and compared: tensors of the last checkpoint (weights,
averages, optimizer moments), the weights' file byte for byte, every number of results.json but time. About five minutes
on 16 cores, half an hour on two.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from subprocess import TimeoutExpired

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "src"), str(ROOT / "tests" / "faults")]

from bars import bar, record  # noqa: E402
from killed_run import REFUSED, final_state, kill_after, load, process, resumed_at, start, unequal  # noqa: E402

from genwright.core.errors import RunError  # noqa: E402
from genwright.reports.results import differences, read  # noqa: E402
from genwright.run.folder import read_config  # noqa: E402
from genwright.run.open import load_model  # noqa: E402
from genwright.training.files import unpack  # noqa: E402
from genwright.training.weights import state_of  # noqa: E402

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
MOMENTS = 5  # random kills, each family
EVERY = 1.0  # seconds between checkpoints
REMOVALS = 7  # of a restart over a stopped run: two checkpoints, their folder, and the four files beside it
RESTARTS = ("toy-vae", "toy-two-stage")
SAVED = ("toy-vae", "toy-gan")
RENAMES = 4  # of a save
SAVES = 30  # random kills, all
COMPARISONS, COMPARED = 2, ["vae", "autoregressive"]
COMPARISON_KILLS = 4  # each
LIMIT = 600  # seconds, of any process


def weights(run: Path) -> bytes:
    return (run / "weights.safetensors").read_bytes()


def finish(run: Path, data: str, family: str, budget: dict) -> dict:
    """Go on to the end and compare with the replay."""
    assert start(run, data, family, budget, EVERY).wait(LIMIT) == 0
    return repeated(run, data)


def repeated(run: Path, data: str) -> dict:
    """How many tensors there are, and in which of them the run differs from its replay, or in its data."""
    whole = Path(f"{run}-whole")
    assert start(whole, data, None, {"replay": str(run)}, 1000.0).wait(LIMIT) == 0
    here = final_state(run)
    unlike = unequal(final_state(whole), here)
    unlike += ["weights.safetensors"] * (weights(run) != weights(whole))
    unlike += ["data"] * (read_config(run)["data"]["hash"] != load(data).hash)
    return {"tensors": len(here), "unlike": unlike}


def speed(folder: Path, data: str, family: str, preset: str) -> float:
    """Items a second on this machine."""
    assert start(folder, data, family, {"minutes": 0.1, "preset": preset}, 1000.0).wait(LIMIT) == 0
    return read_config(folder)["outcome"]["items_per_second"]


def kill_fit(folder: Path, seed: int, data: str, family: str, preset: str, places: list[str]) -> dict:
    folder = folder / f"fit-{seed}"
    folder.mkdir()
    rng, rate = random.Random(seed), speed(folder / f"{family}-speed", data, family, preset)
    moments, placed, tensors, unlike, resumes = 0, 0, 0, [], []
    attempt = 0
    while moments < MOMENTS or placed < len(places):
        attempt += 1
        delays = [rng.uniform(0.3, 2.5) for _ in range(MOMENTS - moments)]
        budget = {"items": int(rate * (sum(delays) + 3)), "preset": preset}
        run = folder / f"{family}-{attempt}"
        for delay in delays:  # a machine that became faster ends the run too soon: then the rest go to another run
            moments += kill_after(start(run, data, family, budget, EVERY), run, delay)
        for place in places[placed:]:
            placed += start(run, data, family, budget, EVERY, place).wait(LIMIT) == -signal.SIGKILL
        found = finish(run, data, family, budget)
        tensors, unlike, resumes = tensors + found["tensors"], unlike + found["unlike"], resumes + resumed_at(run)
    done = {"kills": moments + placed, "tensors": tensors, "unlike": unlike, "resumed_at": resumes}
    return {"what": "fit", "data": data, "family": family, **done}


def kill_timed(folder: Path, seed: int) -> dict:
    budget, run = {"minutes": 0.12, "preset": "tiny"}, folder / "timed"
    killed = kill_after(start(run, "digits", "vae", budget, EVERY), run, random.Random(seed).uniform(2, 4))
    found = finish(run, "digits", "vae", budget)
    return {"what": "fit", "family": "vae, by time", "kills": int(killed), **found, "resumed_at": resumed_at(run)}


def kill_restart(folder: Path, family: str, removal: int) -> dict:
    """Of other data over a run that was stopped after two checkpoints; then the same call, the same call without
    config.toml, and at last the restart again.
    """
    run, other = folder / f"restart-{family}-{removal}", {"items": 3200}
    assert start(run, "toy", family, {"items": 6400}, 0.0, "write:3").wait(LIMIT) == -signal.SIGKILL
    done = start(run, "toy-2", family, other | {"restart": True}, EVERY, f"remove:{removal}").wait(LIMIT)
    codes = [start(run, "toy-2", family, other, EVERY).wait(LIMIT)]
    if any((run / "checkpoints").glob("*.safetensors")):  # else nothing says whose the folder is without its record
        (run / "config.toml").unlink()
        codes.append(start(run, "toy-2", family, other, EVERY).wait(LIMIT))
    unlike = [f"{code}, not {REFUSED}" for code in codes if code != REFUSED]
    assert start(run, "toy-2", family, other | {"restart": True}, EVERY).wait(LIMIT) == 0
    found = repeated(run, "toy-2")
    found |= {"unlike": unlike + found["unlike"], "refused": codes.count(REFUSED)}
    return {"what": "restart", "family": family, "kills": 1 + (done == -signal.SIGKILL), **found}


def kill_save(folder: Path, seed: int, family: str, place: int | None) -> dict:
    """Before the renaming number `place`, or at a random moment of saves in turn."""
    rng, case = random.Random(seed), folder / f"save-{seed}"
    case.mkdir()
    models = [str(case / data) for data in ("toy", "toy-2")]
    for model, data in zip(models, ("toy", "toy-2")):
        assert start(Path(model), data, family, {"items": 640}, 1000.0).wait(LIMIT) == 0
    out = shutil.copytree(models[0], case / "out")
    if place is not None:
        killed = process(out, f"rename:{place}", "save", models=models[1:], times=1).wait(LIMIT) == -signal.SIGKILL
    else:
        saving = process(out, "none", "save", models=models, times=10**6)
        while not Path(f"{out}.ready").exists() and saving.poll() is None:
            time.sleep(0.01)
        try:
            saving.wait(rng.uniform(0, 1))
        except TimeoutExpired:
            saving.kill()
        killed = saving.wait(LIMIT) == -signal.SIGKILL
    whole = [load_model(Path(model)) for model in models]
    state = {model.config["data"]["hash"]: state_of(model.family) for model in whole}
    unlike, refused = [], 0
    try:
        opened = load_model(out)
        unlike = unequal(state[opened.config["data"]["hash"]], state_of(opened.family))
    except RunError:
        refused = 1
    again = whole[1].save(out)
    unlike += ["weights.safetensors"] * (weights(again) != weights(Path(models[1])))
    unlike += [path.name for path in out.iterdir() if path.name.endswith(".part")]
    found = {"tensors": 0 if refused else len(state_of(opened.family)), "unlike": unlike, "refused": refused}
    return {"what": "save", "family": family, "kills": int(killed), **found}


def kill_comparison(folder: Path, number: int) -> dict:
    rng, out = random.Random(number), folder / f"comparison-{number}"
    call = {"data": "trees", "families": COMPARED, "minutes": 0.25, "seed": number}
    kills = 0
    for _ in range(COMPARISON_KILLS):
        running = process(out, "none", "compare", **call)
        try:
            running.wait(rng.uniform(4, 12))
        except TimeoutExpired:
            running.kill()
        kills += running.wait() == -signal.SIGKILL
    assert process(out, "none", "compare", **call).wait(LIMIT) == 0
    whole = Path(f"{out}-whole")
    assert process(whole, "none", "compare", data="trees", replay=str(out)).wait(LIMIT) == 0
    unlike, tensors = differences(read(out), read(whole)), 0
    for run in [path.parent.relative_to(out) for path in out.rglob("weights.safetensors")]:
        tensors += len(unpack(out / run / "weights.safetensors")[0])
        unlike += [str(run)] * (weights(out / run) != weights(whole / run))
    return {"what": "comparison", "family": ", ".join(COMPARED), "kills": kills, "tensors": tensors, "unlike": unlike}


def cases(folder: Path, family: str | None) -> list:
    """The longest first, so that no worker ends long after the others. family: fits of it alone, where it is named."""
    fits = [partial(kill_fit, folder, seed, *row) for seed, row in enumerate(FITS) if family in (None, row[1])]
    if family:
        return fits
    found = [partial(kill_comparison, folder, number) for number in range(COMPARISONS)] + fits
    found += [partial(kill_timed, folder, 0)]
    found += [partial(kill_restart, folder, family, 1 + removal) for family in RESTARTS for removal in range(REMOVALS)]
    places = enumerate([*range(1, RENAMES + 1), *[None] * SAVES])
    return found + [partial(kill_save, folder, seed, SAVED[seed % len(SAVED)], place) for seed, place in places]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--workers", type=int, default=2, help="cases at a time")
    parser.add_argument("--family", help="try the fits of this family alone")
    options, began = parser.parse_args(), time.monotonic()
    workers = options.workers
    os.environ.setdefault("OMP_NUM_THREADS", str(max(1, (os.cpu_count() or 1) // workers)))  # of each process
    load("toy")
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(workers) as pool:
        done = []
        for case in [pool.submit(case) for case in cases(Path(folder), options.family)]:
            done.append(case.result())
            print(done[-1], flush=True)
    if options.family:
        return
    total = lambda key: sum(case.get(key, 0) for case in done)
    kills, tensors, refused = total("kills"), total("tensors"), total("refused")
    unlike = sum(len(case["unlike"]) for case in done)
    above = sum(at > 0 for case in done for at in case.get("resumed_at", []))
    kinds = ("fit", "restart", "save", "comparison")
    of = ", ".join(f"{kind}s {sum(case['kills'] for case in done if case['what'] == kind)}" for kind in kinds)
    differ = f"tensors and files that differ from those never killed, of {tensors} tensors, {refused} calls refused"
    counted = sum(case["kills"] for case in done if case["what"] == "fit" and "data" in case)
    kinds_of_data = len({case["data"] for case in done if case["what"] == "fit" and "data" in case})
    of_kinds = f"SIGKILLs of fits with a budget of items, of {kinds_of_data} data sets of every kind"
    bars = [
        bar("training", f"SIGKILLs: {of}", ">= 100", kills, kills >= 100),
        bar("training", of_kinds, ">= 100", counted, counted >= 100),
        bar("training", differ, "0", unlike, unlike == 0),
        bar("training", "resumes from above 0 items", ">= 15", above, above >= 15),
    ]
    record("kills", bars, {"cases": done, "workers": workers, "seconds": round(time.monotonic() - began)})


if __name__ == "__main__":
    main()
