"""How a benchmark records what it measured: one JSON file with a list of rows, from which the docs are drawn.

CONTRIBUTING.md says how figures are measured ("Measuring"); this file holds what a script can get wrong. A `Plan` fixes
a row before it runs, and alone decides whether the bar is met. `record` stamps each row with its run.
"""

from __future__ import annotations

import json
import os
import platform
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "benchmarks" / "results"
LONGEST = 15.0  # minutes of training; a row that trains for longer is an aim
MET, MISSED, SHOWN, REACHED, NOT_REACHED = "met", "missed", "shown", "aim, reached", "aim, not reached"
UNKNOWN = {"commit": None, "dirty": None, "source": None, "date": None, "load": None, "cores": None}
STARTED = list(os.getloadavg()) if hasattr(os, "getloadavg") else None  # before the benchmark itself loads the machine
_stamps: dict[Path, dict] = {}  # of the records that this process wrote


@dataclass(frozen=True)
class Plan:
    """A row before it runs: a constant of its script.

    split: the part that the figure is of; choices are made on validation items. budget: items, steps or CPU-minutes of
    each training, minutes: as many minutes of training as it stands for. least, most: the bar; without either the
    figure is shown. strict: whether the bar itself is not enough. sides: what the figure compares, all measured in one
    run. over_seeds: how the figure sums up its seeds.
    """

    system: str
    what: str
    data: str
    split: str
    seeds: tuple[int, ...]
    budget: str
    metric: str
    minutes: float = 0.0
    least: float | None = None
    most: float | None = None
    strict: bool = False
    unit: str = ""
    sides: tuple[str, ...] = ()
    over_seeds: str = "mean"

    @property
    def bar(self) -> str:
        if self.least is None and self.most is None:
            return "shown"
        sign = (">" if self.most is None else "<") + "=" * (not self.strict)
        return f"{sign} {self.most if self.least is None else self.least:g}"

    def row(self, value: float, se: float | None = None, digits: int = 4, **sides: float) -> dict:
        """The line of the systems table: whether the bar is met follows from the unrounded value."""
        if set(sides) != set(self.sides):
            raise ValueError(f"{self.what}: the plan compares {self.sides}, one run measured {tuple(sides)}")
        if len(self.seeds) > 1 and self.over_seeds == "mean" and se is None:
            raise ValueError(f"{self.what}: a mean over {len(self.seeds)} seeds needs its standard error")
        if self.least is None and self.most is None:
            met = None
        else:
            gap = value - self.least if self.most is None else self.most - value
            met = gap > 0 or (gap == 0 and not self.strict)
        se = se if se is None else round(se, digits)
        row = bar(self.system, self.what, self.bar, round(value, digits), met, self.unit, se, self.minutes)
        return row | {"seeds": list(self.seeds), "plan": json.loads(json.dumps(asdict(self))), "sides": sides}


def bar(
    system: str,
    what: str,
    wanted: str,
    measured: float | str,
    met: bool | None,
    unit: str = "",
    se: float | None = None,
    minutes: float = 0.0,
) -> dict:
    """One line of the systems table, of a row without a `Plan`.

    system: its row, as in "C1"; wanted: the bar in words; measured: the figure; met: None where it is only shown;
    minutes: of training.
    """
    row = {"system": system, "what": what, "bar": wanted, "measured": measured, "unit": unit}
    return row | {"met": None if met is None else bool(met), "se": se, "minutes": minutes, "seeds": None, "plan": None}


def verdict(row: dict) -> str:
    if row["met"] is None:
        return SHOWN
    if row.get("minutes", 0) > LONGEST:
        return REACHED if row["met"] else NOT_REACHED
    return MET if row["met"] else MISSED


def kept(folder: Path, name: str, measure: Callable[[], dict]) -> dict:
    """What measure() gives, or what it gave in an earlier call: it stands in FOLDER/NAME.json."""
    path = folder / f"{name}.json"
    if not path.exists():
        path.write_text(json.dumps(measure()))
        print(name, path.read_text(), flush=True)
    return json.loads(path.read_text())


def details_of(name: str) -> dict:
    """The details that earlier calls have recorded; none where there is no results/NAME.json."""
    return _earlier(name).get("details", {})


def record(name: str, bars: list[dict], details: dict | None = None) -> Path:
    """Write results/NAME.json and print the rows. The script is the one that runs.

    A row whose figure did not change was carried over, and keeps its stamp. Raises SystemExit where a planned row is
    measured a second time by the same clean source: its test items were looked at already.
    """
    machine = {"processor": platform.machine(), "cores": os.cpu_count(), "python": platform.python_version()}
    path = RESULTS / f"{name}.json"
    RESULTS.mkdir(exist_ok=True)
    stamp = _stamps.setdefault(path, _stamp())
    before = {_key(row): row for row in _earlier(name).get("bars", [])}
    rows = [_stamped(row, before.get(_key(row)), stamp) for row in bars]
    script = Path(sys.argv[0]).resolve().relative_to(ROOT).as_posix()
    found = {"benchmark": name, "script": script, "machine": machine, "bars": rows, "details": details or {}}
    path.write_text(json.dumps(found, indent=1) + "\n")
    for row in rows:
        print(f"{verdict(row):16} {row['system']:4} {row['what']}: {row['measured']} {row['unit']} (bar: {row['bar']})")
    return path


def _earlier(name: str) -> dict:
    path = RESULTS / f"{name}.json"
    return json.loads(path.read_text()) if path.exists() else {}


def _key(row: dict) -> tuple[str, str]:
    """The system and the words of a row, which identify it in its record; remarks in brackets may change."""
    return row["system"], re.sub(r" \(.*\)", "", row["what"])


def _stamp() -> dict:
    """The commit, the date and the load of the machine."""
    git = lambda *words: subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True).stdout.strip()
    dirty = git("status", "--porcelain", "--", "src", "benchmarks", ":!benchmarks/results")
    return {
        "commit": git("rev-parse", "--short=8", "HEAD") or None,
        "dirty": bool(dirty),
        "source": git("rev-parse", "HEAD:src") or None,
        "date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M"),
        "load": STARTED,
        "cores": os.cpu_count(),
    }


def _stamped(row: dict, before: dict | None, stamp: dict) -> dict:
    if before is None:
        return row | {"run": stamp, "attempts": 1}
    run, attempts = before.get("run", UNKNOWN), before.get("attempts", 1)
    if run == stamp:  # written a moment ago by this process
        return row | {"run": stamp, "attempts": attempts}
    if (row["measured"], row["se"]) == (before["measured"], before.get("se")):
        return row | {"run": run, "attempts": attempts}
    same = run["source"] is not None and run["source"] == stamp["source"] and not (run["dirty"] or stamp["dirty"])
    if row["plan"] and same:
        sys.exit(f"{row['what']}: measured already, by the same source (results of {run['date']}): the figure stands")
    return row | {"run": stamp, "attempts": attempts + 1}


def summary(results: dict) -> dict:
    """What the docs show of a comparison's results.json: rows of metrics."""
    row = lambda m: {name: m[name] for name in ("family", "metrics", "seconds", "parameters")}
    return {
        "data": results["data"]["name"],
        "minutes": results["plan"]["minutes"],
        "reference": results["reference"],
        "models": [row(m) for m in results["models"] + results["baselines"] if not m["error"]],
    }
