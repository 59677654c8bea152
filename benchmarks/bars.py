"""How a benchmark records what it measured: one JSON file with a list of bars, from which the docs are drawn."""

from __future__ import annotations

import json
import os
import platform
import sys
from pathlib import Path

RESULTS = Path(__file__).parent / "results"


def bar(
    system: str, what: str, wanted: str, measured: float | str, met: bool, unit: str = "", se: float | None = None
) -> dict:
    """One line of the systems table. system: its row, as in "C1"; wanted: the bar in words; measured: the figure."""
    row = {"system": system, "what": what, "bar": wanted, "measured": measured, "unit": unit, "met": bool(met)}
    return row if se is None else row | {"se": se}


def details_of(name: str) -> dict:
    """The details that earlier calls have recorded; none where there is no results/NAME.json."""
    path = RESULTS / f"{name}.json"
    return json.loads(path.read_text())["details"] if path.exists() else {}


def record(name: str, bars: list[dict], details: dict | None = None) -> Path:
    """Write results/NAME.json and print the bars. The script is the one that runs."""
    machine = {"processor": platform.machine(), "cores": os.cpu_count(), "python": platform.python_version()}
    path = RESULTS / f"{name}.json"
    RESULTS.mkdir(exist_ok=True)
    script = Path(sys.argv[0]).resolve().relative_to(RESULTS.parents[1]).as_posix()
    found = {"benchmark": name, "script": script, "machine": machine, "bars": bars, "details": details or {}}
    path.write_text(json.dumps(found, indent=1) + "\n")
    for row in bars:
        print(
            f"{'met   ' if row['met'] else 'MISSED'} {row['system']:4} {row['what']}: {row['measured']} {row['unit']} "
            f"(bar: {row['bar']})"
        )
    return path


def summary(results: dict) -> dict:
    """What the docs show of a comparison's results.json: rows of metrics, and what its advice says."""
    row = lambda m: {name: m[name] for name in ("family", "metrics", "seconds", "parameters")}
    return {
        "data": results["data"]["name"],
        "minutes": results["plan"]["minutes"],
        "advice": results["advice"],
        "reference": results["reference"],
        "models": [row(m) for m in results["models"] + results["baselines"] if not m["error"]],
    }
