"""How far predicted properties of molecules can be believed: intervals of numbers, probabilities of classes.

    GENWRIGHT_DATA=FOLDER python benchmarks/property_belief.py [--folder runs/property-belief]

Intervals: D-MPNN and forest on five random splits of ESOL and Lipophilicity (FreeSolv has too few molecules that
validate), and, for reading, on two scaffold-balanced ones. Classes: an ensemble of five at its temperature against one
network as it is, on three scaffold-balanced splits of BBBP and BACE; the ensemble alone on one of Tox21. The script
writes each part to disk as it is measured, and resumes.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from bars import Plan, kept, record
from properties import MINUTES, split_table

import genwright
from genwright.evaluation.suites.properties import suite
from genwright.predictors.uncertainty import Calibration
from genwright.run.tasks import task_of

NUMBERS, CLASSES, MANY = ("ESOL", "Lipophilicity"), ("BBBP", "BACE"), "Tox21"
SEEDS, MEMBERS = (0, 1, 2, 3, 4), 5
NETWORK, FOREST = "dmpnn", "forest"
RANDOM, SCAFFOLD = "random", "scaffold-balanced"
SPLITS = {RANDOM: SEEDS, SCAFFOLD: SEEDS[:2], CLASSES: SEEDS[:3], MANY: SEEDS[:1]}
WHERE = dict(system="J6", minutes=MINUTES, budget="five minutes of one core at most")
OF_NUMBERS = dict(data=" and ".join(NUMBERS), over_seeds="pooled", **WHERE)
AT_RANDOM = dict(split=f"test, {RANDOM}", seeds=SPLITS[RANDOM], **OF_NUMBERS)
BY_SCAFFOLD = dict(split=f"test, {SCAFFOLD}", seeds=SPLITS[SCAFFOLD], **OF_NUMBERS)
OF_CLASSES = dict(split=f"test, {SCAFFOLD}", over_seeds="pooled", **WHERE)
PLANS = {
    "least": Plan(
        what="90% intervals of dmpnn: answers inside, at least", metric="share", least=0.87, **AT_RANDOM,
    ),
    "most": Plan(
        what="90% intervals of dmpnn: answers inside, at most", metric="share", most=0.93, **AT_RANDOM,
    ),
    "width": Plan(
        what="90% intervals: mean width, dmpnn over forest", metric="geometric mean over sets", most=1.0, strict=True,
        sides=(NETWORK, FOREST), **AT_RANDOM,
    ),
    "scaffolds": Plan(
        what="90% intervals of dmpnn: answers inside, new scaffolds", metric="share", **BY_SCAFFOLD,
    ),
    "inside": Plan(
        what="90% intervals of dmpnn: answers inside, new scaffolds near to training", metric="share", least=0.85,
        **BY_SCAFFOLD,
    ),
    "better": Plan(
        what="calibration error of a calibrated ensemble of five below that of one network", data=" and ".join(CLASSES),
        metric="of six splits", least=5, seeds=SPLITS[CLASSES], **OF_CLASSES,
    ),
    "tox21": Plan(
        what="calibration error of a calibrated ensemble of five", data=MANY, metric="mean over targets", most=0.05,
        seeds=SPLITS[MANY], **OF_CLASSES,
    ),
}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folder", type=Path, default=Path("runs/property-belief"))
    folder = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    intervals = {
        way: {name: {side: [
            kept(folder, f"{name}-{way}-{side}-{seed}", lambda: interval(name, way, side, seed)) for seed in SPLITS[way]
        ] for side in sides} for name in NUMBERS}
        for way, sides in ((RANDOM, (NETWORK, FOREST)), (SCAFFOLD, (NETWORK,)))
    }  # fmt: skip
    errors = {
        name: [kept(folder, f"{name}-classes-{seed}", lambda: calibrations(name, sides, seed)) for seed in seeds]
        for name, sides, seeds in (
            *((name, ("ensemble", "single"), SPLITS[CLASSES]) for name in CLASSES),
            (MANY, ("ensemble",), SPLITS[MANY]),
        )
    }
    record("property_belief", rows(intervals, errors), {"intervals": intervals, "classes": errors})


def rows(intervals: dict, errors: dict) -> list[dict]:
    def pooled(way: str, what: str, of: str) -> float:
        parts = [one for name in NUMBERS for one in intervals[way][name][NETWORK]]
        return sum(part[what] for part in parts) / sum(part[of] for part in parts)

    widths = {
        side: [np.mean([one["width"] for one in intervals[RANDOM][name][side]]) for name in NUMBERS]
        for side in (NETWORK, FOREST)
    }
    each = [one for name in CLASSES for one in errors[name]]
    values = {
        "least": pooled(RANDOM, "held", "n"),
        "most": pooled(RANDOM, "held", "n"),
        "scaffolds": pooled(SCAFFOLD, "held", "n"),
        "inside": pooled(SCAFFOLD, "held_inside", "n_inside"),
        "better": sum(one["ensemble"] < one["single"] for one in each),
        "tox21": float(np.mean([one["ensemble"] for one in errors[MANY]])),
    }
    ratio = float(np.exp(np.mean(np.log(np.divide(widths[NETWORK], widths[FOREST])))))
    sides = {side: round(float(np.mean(found)), 3) for side, found in widths.items()}
    told = [PLANS[name].row(value, digits=3) for name, value in values.items()]
    return [*told, PLANS["width"].row(ratio, digits=3, **sides)]


def loaded(name: str, way: str, seed: int):
    table, _, targets = split_table(name, seed)
    if way == RANDOM:
        return task_of(genwright.load_data(table.drop(columns="split"), target=targets, seed=seed), None)
    return task_of(genwright.load_data(table, target=targets, split_column="split", seed=seed), None)


def interval(name: str, way: str, side: str, seed: int) -> dict:
    """How many test answers lie in their interval, of how many; the same of molecules near to training; the width."""
    data = loaded(name, way, seed)
    budget = {"minutes": MINUTES} if side == NETWORK else {}
    model = genwright.fit(data, side, seed=seed, progress=False, **budget)
    found = suite(data)(data).measure(model).metrics
    held, near = found["coverage"], found["coverage_inside"]
    return {
        "held": held.value * held.n, "n": held.n, "held_inside": near.value * near.n, "n_inside": near.n,
        "width": found["width"].value,
    }  # fmt: skip


def calibrations(name: str, sides: tuple[str, ...], seed: int) -> dict:
    """Calibration errors: of an "ensemble" at its temperature, and of a "single" network as it is."""
    data, found = loaded(name, SCAFFOLD, seed), {}
    for side in sides:
        members = MEMBERS if side == "ensemble" else 1
        model = genwright.fit(data, NETWORK, ensemble=members, minutes=MINUTES, seed=seed, progress=False)
        if side == "single":
            model.family.calibration = Calibration.none(data.domain.targets).to_rows()
        found[side] = suite(data)(data).measure(model).metrics["calibration"].value
    return found


if __name__ == "__main__":
    main()
