"""Likelihood by diffusion: the variational bound as a training objective beside the simple loss.

    GENWRIGHT_DATA=FOLDER python benchmarks/diffusion_bounds.py [--dataset mnist ...] [--folder runs/diffusion-bounds]

Three presets of `diffusion` train on MNIST and on Fashion-MNIST for fifteen minutes of one core each: `large` by the
simple loss, `bound` and `vdm` by two forms of the bound. The curve is of validation images, after 4, 8 and 15 minutes,
each with its cooldown. The test images are scored once, by the models of fifteen minutes. The samples of `large` and
`bound` are compared too. A fit on a density that is known compares the bound with the probability flow.

Set OMP_NUM_THREADS=1. The script writes each part to disk as it is measured, and resumes. Each of two processes may
take a data set of its own (--dataset); the one that ends last, or a call without --dataset, writes the record. Models
train on the processor and draw on a GPU if there is one; the record names the device.
"""

from __future__ import annotations

import argparse
import json
from math import log
from pathlib import Path

import numpy as np
import torch
from bars import Plan, kept, record
from kept_samples import draw, drawn

import genwright
from genwright.core.data import Data
from genwright.core.draws import Draws
from genwright.evaluation.metrics.frechet import frechet, frechet_own
from genwright.evaluation.suites.images import Suite
from genwright.run.model import Model

PRESETS = {"simple": "large", "bound": "bound", "vdm": "vdm"}
BOUNDS = ("bound", "vdm")
MINUTES = (4, 8, 15)
MOST_BITS = {"mnist": 1.15, "fashion-mnist": 3.3}
SAMPLED = ("simple", "bound")  # sides whose samples are compared
SCORED = {"valid": 256, "test": 1_000}  # images
DRAWS, SAMPLES, SEED = 8, 2_000, 0  # values of t at which each image's bound is estimated
HELD = 0.001  # seconds beyond the first point, which let a run resume from before its cooldown
KNOWN, KNOWN_MINUTES, KNOWN_ROWS = "eight-gaussians", 2, 2_000
WHERE = dict(system="F3", split="test", seeds=(SEED,))
PICTURES = dict(budget="fifteen minutes of one core a side", minutes=MINUTES[-1], **WHERE)
DENSITY = dict(
    data=KNOWN, budget="two minutes of one core", minutes=KNOWN_MINUTES, sides=("bound", "flow", "truth"), **WHERE
)
PLANS = {
    name: {
        "bits": Plan(
            what=f"{name}: bound of the preset that is better on validation images", data=name,
            metric="bits per dimension", most=most, unit="bits/dim", sides=BOUNDS, **PICTURES,
        ),
        "better bits": Plan(
            what=f"{name}: the bound's objective codes better than the simple loss", data=name,
            metric="difference of bits per dimension on the same images, over its standard error", least=2.0,
            unit="SE", sides=SAMPLED, **PICTURES,
        ),
        "better samples": Plan(
            what=f"{name}: the simple loss samples better than the bound's objective", data=name,
            metric="difference of Frechet distances, over its standard error", least=2.0, unit="SE",
            sides=SAMPLED, **PICTURES,
        ),
    }
    for name, most in MOST_BITS.items()
} | {
    KNOWN: {
        "flow": Plan(
            what=f"{KNOWN}: probability flow and bound apart", metric="mean difference", most=0.02, unit="nats",
            **DENSITY,
        ),
        "truth": Plan(
            what=f"{KNOWN}: bound above the truth", metric="mean difference over its standard error", most=3.0,
            unit="SE", **DENSITY,
        ),
    }
}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folder", type=Path, default=Path("runs/diffusion-bounds"))
    parser.add_argument("--dataset", nargs="*", choices=list(PLANS), default=list(PLANS))
    options = parser.parse_args()
    for name in options.dataset:
        (options.folder / name).mkdir(parents=True, exist_ok=True)
        (measure_known if name == KNOWN else measure_images)(options.folder / name)
    measured = {name: options.folder / name / "measured.json" for name in PLANS}
    if missing := [name for name, path in measured.items() if not path.exists()]:
        print(f"not recorded yet: measure {', '.join(missing)} in {options.folder} too")
        return
    found = {name: json.loads(path.read_text()) for name, path in measured.items()}
    record("diffusion_bounds", [row for name in PLANS for row in rows(name, found[name])], found)


def measure_images(folder: Path) -> None:
    suite, found = Suite(genwright.load_data(folder.name)), {}
    data = suite.data  # in drawn order, so that the first images are a sample of all
    for side in PRESETS:
        curve = {
            minutes: kept(
                folder, f"{side}-{minutes}", lambda: scored(trained(folder, data, side, minutes), data, "valid")
            )
            for minutes in MINUTES
        }
        tested = kept(folder, f"{side}-test", lambda: scored(trained(folder, data, side, MINUTES[-1]), data, "test"))
        found[side] = {"curve": curve, **tested}
    for side in SAMPLED:
        found[side] |= kept(folder, f"{side}-samples", lambda: distance(folder / side, suite, folder / f"{side}.npz"))
    kept(folder, "measured", lambda: found)


def trained(folder: Path, data: Data, side: str, minutes: int) -> Model:
    """After so many minutes of one training: a longer one resumes where the shorter one began its cooldown."""
    budget = dict(minutes=MINUTES[0], more=60.0 * (minutes - MINUTES[0]) + HELD, seed=SEED)
    where = dict(out=folder / side, device="cpu", progress=False)
    return genwright.fit(data, "diffusion", preset=PRESETS[side], **where, **budget)


def scored(model: Model, data: Data, part: str) -> dict:
    images = getattr(data, part)[: SCORED[part]]
    found = model.log_prob(images, draws=DRAWS, seed=SEED)
    bits = found.bits_per_dim
    each = (-found.nats / (found.dims * log(2))).round(5).tolist()
    return {"bits": bits.value, "se": bits.se, "each": each, "items": model.config["outcome"]["items"]}


def distance(run: Path, suite: Suite, out: Path) -> dict:
    if not out.exists():
        draw(out, run, SAMPLES, seed=SEED)
    images, device = drawn(out)
    x, _ = suite.domain.encode(images)
    clouds = suite.features(x.float() / (suite.domain.spec.leaf.levels - 1)), suite.features(suite.test)
    se = float(frechet_own(*clouds, np.random.default_rng(SEED)))
    return {"frechet": frechet(*clouds), "frechet se": se, "device": device}


def measure_known(folder: Path) -> None:
    data = genwright.load_data(KNOWN)
    model = genwright.fit(data, "diffusion", preset="bound", minutes=KNOWN_MINUTES, seed=SEED, progress=False)
    items = data.tensors("test")[:KNOWN_ROWS]
    with torch.no_grad():
        bound, _ = model.family.log_likelihood(items.x, items.given, Draws("bound", SEED))
        flow = model.family.ode_log_likelihood(items.x, items.given, Draws("flow", SEED))
    truth = data.log_density(data.test[:KNOWN_ROWS])
    each = {"bound": bound.double().numpy(), "flow": flow.double().numpy(), "truth": truth}
    kept(folder, "measured", lambda: {side: nats.round(5).tolist() for side, nats in each.items()})


def rows(name: str, found: dict) -> list[dict]:
    plans = PLANS[name]
    if name == KNOWN:
        nats = {side: np.array(each) for side, each in found.items()}
        means = {side: float(each.mean()) for side, each in nats.items()}
        above, apart = nats["bound"] - nats["truth"], abs(means["flow"] - means["bound"])
        over = float(above.mean() / standard_error(above))
        return [plans["flow"].row(apart, **means), plans["truth"].row(over, **means)]
    bits, distances = {side: found[side]["bits"] for side in found}, {side: found[side]["frechet"] for side in SAMPLED}
    best = min(BOUNDS, key=lambda side: found[side]["curve"][str(MINUTES[-1])]["bits"])
    better = np.subtract(found["simple"]["each"], found["bound"]["each"])
    error = float(np.hypot(*(found[side]["frechet se"] for side in SAMPLED)))
    return [
        plans["bits"].row(bits[best], found[best]["se"], **{side: bits[side] for side in BOUNDS}),
        plans["better bits"].row(
            float(better.mean() / standard_error(better)), **{side: bits[side] for side in SAMPLED}
        ),
        plans["better samples"].row((distances["bound"] - distances["simple"]) / error, **distances),
    ]


def standard_error(each: np.ndarray) -> float:
    return float(each.std(ddof=1) / len(each) ** 0.5)


if __name__ == "__main__":
    main()
