"""`genwright compare digits --minutes 4` by two workers against one process: rows, steps, and wall clock of training.

    GENWRIGHT_DATA=FOLDER python benchmarks/many_runs.py

On two cores that have nothing else to do; the load before it is on record. Each side is a process of its own, one after
the other. Wall clock of training: from the beginning of a side until its last family has its row, which is before
anything is measured. One process trains with one thread as well, so that both sides have the same share of the cores.
About twenty minutes.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bars import Plan, record

from genwright.reports.results import read, rows

MINUTES, WORKERS = 4, 2
STEPS = 0.25  # of what one process takes: a family's items may differ by no more
WHERE = dict(
    system="L4", data="digits", split="validation", seeds=(0,), minutes=float(MINUTES),
    budget=f"{MINUTES} minutes of training of all families together", sides=("one process", "two workers"),
)  # fmt: skip
PLANS = {
    "rows": Plan(what="many runs: rows that only one side has", metric="rows", most=0, **WHERE),
    "steps": Plan(
        what="many runs: largest difference of a family's items, in shares", metric="share", most=STEPS, **WHERE
    ),
    "clock": Plan(
        what="many runs: wall clock of training, two workers / one process", metric="ratio", most=0.65, **WHERE
    ),
}


def compare(folder: Path, *more: str) -> tuple[dict, float]:
    """The results, and the seconds until all families that train had ended."""
    words = ["compare", "digits", "--minutes", str(MINUTES), "--out", str(folder), "--quiet", *more]
    began = time.time()
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    subprocess.run([sys.executable, "-m", "genwright", *words], check=True, env=environment)
    results = read(folder)
    last = max((folder / row["folder"] / "weights.safetensors").stat().st_mtime for row in results["models"])
    return results, last - began


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        one, alone = compare(Path(folder) / "one")
        two, together = compare(Path(folder) / "two", "--workers", str(WORKERS))
    items = [{row["family"]: row["items"] for row in side["models"] if not row["error"]} for side in (one, two)]
    families = [{row["family"] for row in rows(side) if not row["error"]} for side in (one, two)]
    apart = {name: abs(items[1][name] / items[0][name] - 1) for name in items[0].keys() & items[1].keys()}
    found = {  # the figure, and what it is made of on each side
        "rows": (len(families[0] ^ families[1]), *map(len, families)),
        "steps": (max(apart.values()), *(sum(side.values()) for side in items)),
        "clock": (together / alone, alone, together),
    }
    table = [plan.row(found[key][0], **dict(zip(plan.sides, found[key][1:]))) for key, plan in PLANS.items()]
    record("many_runs", table, {"items": dict(zip(WHERE["sides"], items)), "apart": apart})


if __name__ == "__main__":
    main()
