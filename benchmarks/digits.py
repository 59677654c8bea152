"""The main job on scikit-learn's digits: wall clock, memory, quality of every family, replay.

    python benchmarks/digits.py [--minutes 5] [--no-replay] [--folder FOLDER]

A comparison that stands in FOLDER/first is judged as it is, without a wall clock.
"""

from __future__ import annotations

import argparse
import json
import resource
import tempfile
import time
from pathlib import Path

from bars import bar, record, summary

import genwright
from genwright.reports.results import differences, read, schema

BETTER = {"bits_per_dim": -1, "frechet": -1, "two_sample_auc": -1}  # lower is better in all three
ROWS = {
    "vae": ("A2", 0.9),
    "flow": ("C1", 0.9),
    "autoregressive": ("D1", 0.9),
    "flow-matching": ("C2", 0.9),
    "autoencoder": ("A1", 0.85),
    "gan": ("B1", 0.85),
    "energy": ("E1", 0.85),
    "score-matching": ("E2", 0.85),
    "diffusion": ("F1", 0.85),
}  # family: its system, and the share of real accuracy that its samples have to teach


def beats(a: dict, b: dict) -> list[str]:
    """Suite on which metrics a are better than b, the 95% intervals apart; bounds count, estimates of a likelihood do
    not."""
    found = []
    for name, sign in BETTER.items():
        x, y = a.get(name), b.get(name)
        if not x or not y or (name == "bits_per_dim" and x["kind"] == "estimate"):
            continue
        if sign * (x["value"] - y["value"]) > 1.96 * (x["se"] + y["se"]):
            found.append(name)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=5.0)
    parser.add_argument("--no-replay", action="store_true")
    parser.add_argument("--folder", type=Path)
    options = parser.parse_args()
    folder = options.folder or Path(tempfile.mkdtemp(prefix="genwright-digits-"))
    stands = (folder / "first" / "results.json").exists()
    start = time.monotonic()
    genwright.compare("digits", minutes=options.minutes, out=folder / "first")
    wall = time.monotonic() - start
    results = read(folder / "first" / "results.json")
    models = {m["family"]: m for m in results["models"]}
    judge = next(m for m in results["baselines"] if m["family"] == "class-gaussian")["metrics"]
    copy = next(m for m in results["baselines"] if m["family"] == "bootstrap")["metrics"]
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024  # of the whole process
    bars = (
        []
        if stands
        else [
            bar("L1", "compare digits, wall clock", "well under 540 s", round(wall), wall < 510, "s"),
            bar("L1", "compare digits, peak memory", "<= 4096 MiB", round(memory), memory <= 4096, "MiB"),
        ]
    )
    bars += [
        bar(
            "L1",
            "bootstrap caught by memorisation",
            "< 0.85",
            round(copy["memorisation"]["value"], 3),
            copy["memorisation"]["value"] < 0.85,
        ),
    ]
    worst = {f: min(m["metrics"]["cas_cnn"]["value"], m["metrics"]["cas_svc"]["value"]) for f, m in models.items()}
    best = max(worst, key=worst.get)
    bars.append(
        bar(
            "L1",
            f"best family, CAS by the harsher judge ({best})",
            ">= 0.98 of real",
            round(worst[best], 4),
            worst[best] >= 0.98,
        )
    )
    for f, v in worst.items():
        system, least = ROWS[f]
        bars.append(
            bar(system, f"{f}, digits, CAS by the harsher judge", f">= {least:.2f} of real", round(v, 4), v >= least)
        )
    won = {f: beats(m["metrics"], judge) for f, m in models.items()}
    sound = {f: 0.85 <= m["metrics"]["memorisation"]["value"] <= 1.3 for f, m in models.items()}
    good = [f for f in models if len(won[f]) >= 2 and sound[f]]
    bars.append(
        bar(
            "L1",
            "families that beat the per-class Gaussian on two metrics and do not copy",
            ">= 2",
            ", ".join(good) or "none",
            len(good) >= 2,
        )
    )
    if not options.no_replay:
        genwright.compare("digits", replay=folder / "first" / "results.json", out=folder / "again")
        differing = differences(results, read(folder / "again" / "results.json"))
        bars.append(
            bar(
                "L1", "numbers that differ in a replay", "none but time, memory, machine", len(differing), not differing
            )
        )
    from jsonschema import validate

    validate(json.loads((folder / "first" / "results.json").read_text()), schema())
    record("digits", bars, {"metrics won": won, "comparison": summary(results)})


if __name__ == "__main__":
    main()
