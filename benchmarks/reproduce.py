"""Targets, measured: each published figure beside ours, and how many of our bars are met.

    python benchmarks/reproduce.py [NAME ...] [--out runs]

By default all that take at most three minutes. What was measured before is kept, and not measured again in the same
folder.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from bars import bar, details_of, record
from systems import SYSTEMS

from genwright.recipes.targets import TARGETS, target
from genwright.studies.reproduce import ours, reproduce

CHEAP = 3.0  # minutes
EVALUATION = 10.0  # minutes of two cores, of a bound with thousands of draws


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", default=[goal.name for goal in TARGETS if goal.minutes <= CHEAP])
    parser.add_argument("--out", type=Path, default=Path("runs"))
    options = parser.parse_args()
    details = details_of("reproduce")
    for name in options.names:
        results = reproduce(name, out=options.out / f"reproduce-{name}", progress=False)
        metric, goal = ours(results), target(name)
        details[name] = {
            "published": goal.published,
            "ours": metric.value,
            "se": metric.se,
            "seeds": len(results["models"]),
            "seconds": sum(row["seconds"]["train"] for row in results["models"]),
            "evaluate": sum(row["seconds"]["evaluate"] for row in results["models"]),
        }
        record(
            "reproduce", bars_of(details), {goal.name: details[goal.name] for goal in TARGETS if goal.name in details}
        )


def bars_of(details: dict) -> list[dict]:
    bars = []
    for name, found in details.items():
        goal = target(name)
        what = f"`genwright reproduce {name}` ({goal.published:g} {goal.unit} in {goal.source})"
        wanted = f"{'>=' if goal.better == 'higher' else '<='} {goal.bar:g}"
        se = found["se"] and round(found["se"], 4)
        minutes = found["seconds"] / found["seeds"] / 60  # of each training
        measured, met = round(found["ours"], 4), goal.met(found["ours"])
        bars.append(bar(goal.system, what, wanted, measured, met, goal.unit, se, minutes))
        if goal.metric == "importance_bound" and "evaluate" in found:
            took = found["evaluate"] / 60
            what = f"5,000 draws of each of the 10,000 test pictures, `genwright reproduce {name}`"
            wanted = f"<= {EVALUATION:g} minutes"
            bars.append(bar(goal.system, what, wanted, round(took, 2), took <= EVALUATION, "minutes"))
    systems = len({target(name).system for name in details})
    return [
        *bars,
        bar("L7", "systems with a target on record", f"all {len(SYSTEMS)}", systems, systems == len(SYSTEMS)),
    ]


if __name__ == "__main__":
    main()
