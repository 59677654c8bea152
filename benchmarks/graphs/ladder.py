"""The ladder on Cora and Citeseer: every rung beside its published accuracy, and the seconds of the whole.

python benchmarks/graphs/ladder.py [--data cora citeseer] [--seeds 5]
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
from bars import bar, record  # noqa: E402

from genwright.studies.ladder import ladder, ordered

NEAR = 1.5  # points that a rung may stay below its published figure
LONGEST = 300  # seconds of a whole ladder, as the command runs it
SEEDS_OF_COMMAND = 3


def rungs(data: str, seeds: int) -> tuple[list[dict], dict]:
    """Bars of one graph, and the figures of every rung."""
    start = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        results = ladder(data, seeds=seeds, out=Path(folder) / "ladder", progress=False).results
    seconds = (time.monotonic() - start) * SEEDS_OF_COMMAND / seeds
    bars, figures = [], {}
    for row in ordered(results):
        own, paper = (row["metrics"].get(name) for name in ("accuracy", "published"))
        figures[row["family"]] = {
            "accuracy": own,
            "published": paper,
            "seconds": row["seconds"]["train"],
            "parameters": row["parameters"],
        }
        if paper:
            wanted, met = f">= {paper['value']} - {NEAR}", own["value"] >= paper["value"] - NEAR
            se = own["se"] and round(own["se"], 2)
            bars.append(bar("H3", f"{row['family']}, {data}, accuracy", wanted, round(own["value"], 1), met, "%", se))
    bars.append(
        bar(
            "H3",
            f"the whole ladder, {data}, {SEEDS_OF_COMMAND} seeds",
            f"<= {LONGEST}",
            round(seconds),
            seconds <= LONGEST,
            "s",
        )
    )
    return bars, figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", nargs="*", default=["cora", "citeseer"])
    parser.add_argument("--seeds", type=int, default=5)
    options = parser.parse_args()
    bars, details = [], {"seeds": options.seeds}
    for name in options.data:
        found, details[name] = rungs(name, options.seeds)
        bars += found
    record("ladder", bars, details)


if __name__ == "__main__":
    main()
