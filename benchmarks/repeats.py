"""Whether figures mean what they say: rows of records, repeated with other seeds."""

from __future__ import annotations

import json
from importlib import import_module
from math import hypot

import bars
import numpy as np
from bars import Run, benchmark, plans
from common import Result

SHIFT, DRAWN = 100, 12  # added to each seed; rows that are drawn
CHEAP = {  # benchmarks of a quarter of an hour at most, and the constant of their module that holds their seeds
    "relaxation_bias": "TRAININGS", "checkerboard_kl": "TRAININGS", "bound_errors": "TRAININGS",
    "table_gap": "TRAININGS", "kept_rules": "KEPT_SEEDS", "link_picks": "PICK_SEEDS",
}  # fmt: skip
AGAIN = plans(
    {"within": (f"of {DRAWN} rows drawn by a seed, repeated with other seeds: within their intervals", "rows",
                ">= 10 rows")},
    system="L7", data="records of several trainings or splits", split="test", seeds=(0,), budget="that of each row",
)  # fmt: skip


def repeatable_rows() -> list[tuple[str, dict]]:
    """(benchmark, row) of every row of cheap benchmarks whose interval is one over several trainings or splits."""
    found = []
    for name in CHEAP:
        path = bars.RESULTS / f"{name}.json"
        rows = json.loads(path.read_text())["bars"] if path.exists() else []
        repeated = [row for row in rows if row["se"] is not None and len(row["seeds"] or ()) > 1]
        found += [(name, row | {"interval": interval(row)}) for row in repeated]
    return found


def interval(row: dict) -> list[float]:
    """Of a row; older ones hold the standard error alone."""
    return row.get("interval") or list(bars.interval_of(row["measured"], row["se"], len(row["seeds"])))


def agree(row: dict, again: dict) -> bool:
    """Whether two measurements differ by no more than both intervals, which are independent, allow."""
    half = lambda one: (one["interval"][1] - one["interval"][0]) / 2
    return abs(row["measured"] - again["measured"]) <= hypot(half(row), half(again)) + 1e-12


@benchmark(plans=("AGAIN",), tiny={"drawn": 1})
def repeat_rows(run: Run, drawn: int = DRAWN, seed: int = 0) -> Result:
    """Rows drawn by a seed among those of cheap benchmarks, measured again with other seeds: how many differ by no more
    than both 90% intervals allow.

    A row can be drawn where its benchmark takes a quarter of an hour at most, and its interval is one over several
    trainings or splits: that of one training says nothing of another.
    """
    rows = repeatable_rows()
    picked = [rows[k] for k in sorted(np.random.default_rng(seed).permutation(len(rows))[:drawn])]
    again: dict[tuple[str, str], dict] = {}
    for name in dict.fromkeys(name for name, _ in picked):
        for row in run.kept(f"again-{name}", lambda: measured_again(run, name)):
            again[name, row["what"]] = row
    found = []
    for name, row in picked:
        now = again[name, row["what"]]
        ends = {when: [one["measured"], *one["interval"]] for when, one in (("then", row), ("now", now))}
        found.append({"what": row["what"], "benchmark": name, "agree": agree(row, now)} | ends)
    for one in found:
        print("within " if one["agree"] else "outside", one["what"], one["then"], one["now"])
    return [AGAIN["within"].row(sum(one["agree"] for one in found))], {"seed": seed, "rows": found}


def measured_again(run: Run, name: str) -> list[dict]:
    """The rows of a benchmark by other seeds."""
    module = import_module(bars.benchmarks()[name][0])
    constant, measure = CHEAP[name], getattr(module, name)
    before = getattr(module, constant)
    other = tuple(seed + SHIFT for seed in before)
    part = Run(name, run.folder / name, run.trial, run.pacing)
    options = {"seeds": other} if "seeds" in measure.__annotations__ else {}
    setattr(module, constant, other)
    try:
        rows, _ = measure(part, **options, **(measure.tiny if run.trial and not options else {}))
    finally:
        setattr(module, constant, before)
    run.trainings |= {f"{name} {training}": seen for training, seen in part.trainings.items()}
    return rows
