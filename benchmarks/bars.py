"""How a benchmark records what it measured: one JSON file, from which the docs are drawn.

CONTRIBUTING.md has the protocol of measuring. A record holds the commit, whether the tree differed from it, the date
and the load of the machine. A row that is measured again keeps its earlier figures, so that no attempt is lost.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
RESULTS = Path(__file__).parent / "results"
LOAD = os.getloadavg()[0] if hasattr(os, "getloadavg") else None  # processes that were at work before this script


@dataclass(frozen=True)
class Plan:
    """What a row will measure. A script fixes its plans as constants, before it runs.

    system: row of the systems table, as in "C1". what: the figure in words. data, split: on what it is measured, and on
    what choices were made. seeds: of the trainings. budget: items or CPU-minutes of each side. metric: by name. least,
    most: the bar; neither for a figure that has none.
    """

    system: str
    what: str
    data: str
    metric: str
    split: str = "test"
    seeds: tuple[int, ...] = (0,)
    budget: str = "none"
    least: float | None = None
    most: float | None = None
    unit: str = ""

    @property
    def bar(self) -> str:
        bounds = {">=": self.least, "<=": self.most}
        return " and ".join(f"{sign} {bound:g}" for sign, bound in bounds.items() if bound is not None) or "none"

    def row(self, measured: float, se: float | None = None) -> dict:
        """The row of what was measured, with the standard error of a mean."""
        met = (self.least is None or measured >= self.least) and (self.most is None or measured <= self.most)
        found = bar(self.system, self.what, self.bar, measured, met, self.unit, se)
        return found | {"plan": asdict(self) | {"seeds": list(self.seeds)}}


def bar(
    system: str, what: str, wanted: str, measured: float | str, met: bool, unit: str = "", se: float | None = None
) -> dict:
    """One row. system: of the systems table, as in "C1"; wanted: the bar in words; measured: the figure."""
    row = {"system": system, "what": what, "bar": wanted, "measured": measured, "unit": unit, "met": bool(met)}
    return row if se is None else row | {"se": se}


def details_of(name: str) -> dict:
    """The details that earlier calls have recorded; none where there is no results/NAME.json."""
    return _recorded(name).get("details", {})


def record(name: str, bars: list[dict], details: dict | None = None) -> Path:
    """Write results/NAME.json and print the bars. The script is the one that runs."""
    old = _recorded(name)
    machine = {
        "processor": platform.machine(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "load": LOAD,
    }
    changed = _git("status", "--porcelain", "--", ".", ":!benchmarks/results")
    when = {"commit": _git("rev-parse", "--short=10", "HEAD"), "dirty": bool(changed)}
    when["date"] = datetime.now(UTC).strftime("%Y-%m-%d")
    path = RESULTS / f"{name}.json"
    RESULTS.mkdir(exist_ok=True)
    script = Path(sys.argv[0]).resolve().relative_to(ROOT).as_posix()
    found = {"benchmark": name, "script": script, "machine": machine, **when}
    found |= {"bars": [_with_earlier(row, old) for row in bars], "details": details or {}}
    path.write_text(json.dumps(found, indent=1) + "\n")
    for row in bars:
        print(
            f"{'met   ' if row['met'] else 'MISSED'} {row['system']:4} {row['what']}: {row['measured']} {row['unit']} "
            f"(bar: {row['bar']})"
        )
    return path


def _with_earlier(row: dict, old: dict) -> dict:
    """A row with the figures that earlier attempts had: those of the same words in the record which it replaces."""
    before = next((b for b in old.get("bars", []) if (b["system"], b["what"]) == (row["system"], row["what"])), None)
    if before is None:
        return row
    earlier = before.get("earlier", [])
    if before["measured"] != row["measured"]:
        attempt = {"measured": before["measured"], "met": before["met"]}
        earlier = [*earlier, attempt | {key: old.get(key) for key in ("commit", "date")}]
    return row | {"earlier": earlier} if earlier else row


def _recorded(name: str) -> dict:
    path = RESULTS / f"{name}.json"
    return json.loads(path.read_text()) if path.exists() else {}


def _git(*words: str) -> str:
    return subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()


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
