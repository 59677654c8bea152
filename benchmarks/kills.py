"""Killed at any instant and started again, a run ends with the bits of a run that was never killed.

A VAE and a flow on the digits, a GAN-like toy of two players and a toy of two stages, a checkpoint every second: 20
SIGKILLs at random moments, and 5 at places: inside a checkpoint write (2), at a stage border (1), in `finish` (2). Each
run is then repeated, uninterrupted, by replay, and every tensor compared: weights, averages, optimizer moments. Last, a
budget of time, killed once, against its own replay. About five minutes on two quiet cores.
"""

from __future__ import annotations

import random
import signal
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "src"), str(ROOT / "tests" / "faults")]

from bars import bar, record  # noqa: E402
from killed_run import final_state, kill_after, resumed_at, start, unequal  # noqa: E402

from genwright.run_folder import read_config  # noqa: E402

RUNS = [  # data, family, preset, places to be killed at
    ("digits", "vae", "tiny", ["write:2"]),
    ("digits", "flow", "tiny", ["finish"]),
    ("toy", "toy-gan", "wide", ["write:2"]),
    ("toy", "toy-two-stage", "wide", ["border", "finish"]),
]
MOMENTS = 5  # random kills, each family
EVERY = 1.0  # seconds between checkpoints


def speed(folder: Path, data: str, family: str, preset: str) -> float:
    """Items a second on this machine."""
    assert start(folder, data, family, {"minutes": 0.03, "preset": preset}, 1000.0).wait() == 0
    return read_config(folder)["outcome"]["items_per_second"]


def finish(run: Path, data: str, family: str, budget: dict) -> tuple[int, list[str], list[int]]:
    """Go on to the end and compare with the replay: (tensors, names of those that differ, items at each resume)."""
    assert start(run, data, family, budget, EVERY).wait() == 0
    whole = Path(f"{run}-whole")
    assert start(whole, data, family, {"replay": str(run)}, 1000.0).wait() == 0
    here = final_state(run)
    return len(here), unequal(final_state(whole), here), resumed_at(run)


def kill_family(folder: Path, data: str, family: str, preset: str, places: list[str], rng: random.Random) -> dict:
    rate = speed(folder / f"{family}-speed", data, family, preset)
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
            placed += start(run, data, family, budget, EVERY, place).wait() == -signal.SIGKILL
        count, differing, resumed = finish(run, data, family, budget)
        tensors, unlike, resumes = tensors + count, unlike + differing, resumes + resumed
    kills = {"moments": moments, "places": places}
    return {"family": family, **kills, "tensors": tensors, "unlike": unlike, "resumed_at": resumes}


def kill_timed(folder: Path, rng: random.Random) -> dict:
    budget, run = {"minutes": 0.12, "preset": "tiny"}, folder / "timed"
    killed = kill_after(start(run, "digits", "vae", budget, EVERY), run, rng.uniform(2, 4))
    tensors, unlike, resumed = finish(run, "digits", "vae", budget)
    outcome = read_config(run)["outcome"]
    return {"killed": killed, "tensors": tensors, "unlike": unlike, "resumed_at": resumed, "outcome": outcome}


def main() -> None:
    began, rng = time.monotonic(), random.Random(0)
    with tempfile.TemporaryDirectory() as folder:
        families = []
        for row in RUNS:
            families.append(kill_family(Path(folder), *row, rng))
            print(families[-1], flush=True)
        timed = kill_timed(Path(folder), rng)
    kills = sum(f["moments"] + len(f["places"]) for f in families)
    unlike = sum(len(f["unlike"]) for f in families)
    above = sum(at > 0 for f in families for at in f["resumed_at"])
    tensors = sum(f["tensors"] for f in families)
    same = timed["killed"] and not timed["unlike"]
    bars = [
        bar("training", "SIGKILLs: at random moments and at places", "20 + 5", kills, kills >= 25),
        bar("training", f"tensors that differ from a run never killed, of {tensors}", "0", unlike, unlike == 0),
        bar("training", "resumes from above 0 items", ">= 15", above, above >= 15),
        bar("training", "tensors that differ, a budget of time against its replay", "0", len(timed["unlike"]), same),
    ]
    details = {"families": families, "timed": timed, "seconds": round(time.monotonic() - began)}
    record("kills", bars, details)


if __name__ == "__main__":
    main()
