"""How a benchmark records what it measured: one JSON file with a list of rows, from which the docs are drawn.

CONTRIBUTING.md says how figures are measured ("Measuring"); this file holds what a benchmark can get wrong. A `Plan`
fixes a row before it runs, and alone decides whether the bar is met. A `Run` keeps the parts of a measurement on disk,
each with the source that measured it. `record` stamps each row with its run.
"""

from __future__ import annotations

import ast
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import cache, partial
from pathlib import Path
from typing import Any

from genwright.studies.report.records import Results

ROOT = Path(__file__).resolve().parents[1]
HERE, RESULTS = ROOT / "benchmarks", ROOT / "benchmarks" / "results"
PACES = HERE / "paces.toml"  # items that a training sees in a minute of one core
PACING = 0.3, 0.8  # minutes of two trainings, between which the pace is measured
SHORT = 0.5  # minutes of trainings whose pace is measured in seconds: some of few items end by themselves
SHORT_PACING = 0.02, 0.06
FREE = 0.8  # share of a core that a training must have for its pace to be measured
LEAST_TRAININGS = 3  # of each side, where families are compared
LONGEST = 15.0  # minutes of training; a row that trains for longer is an aim
MET, MISSED, SHOWN, REACHED, NOT_REACHED = "met", "missed", "shown", "aim, reached", "aim, not reached"
CHECKED, FAILED, HISTORICAL = "check, passed", "check, failed", "historical"
CONFIDENCE = 0.9  # of intervals: each end is wrong in one case of twenty
STARTED = list(os.getloadavg()) if hasattr(os, "getloadavg") else None  # before the benchmark itself loads the machine
BAR = re.compile(r"(>=|<=|>|<)? ?(-?[\d,]*\.?\d+(?:e-?\d+)?)%? ?(.*)")
_stamps: dict[Path, dict] = {}  # of the records that this process wrote


@dataclass(frozen=True)
class Plan:
    """A row before it runs: a constant of its module.

    split: the part that the figure is of; choices are made on validation items. budget: of each training, in words;
    minutes: of one core that it stands for, which `Run.fit` counts in items, so that a busy machine changes nothing.
    least, most: the bar; without either the figure is shown. strict: the figure has to be better than the bar, so that
    its interval excludes it. margin: the figure has to be as good as the bar, so that its interval is not beyond the
    bar by more. sides: what the figure compares, all measured in one run. over_seeds: how the figure sums up its seeds.
    repeated: what was done once for each seed, such as "trainings" or "splits"; the standard error is that between
    them, and that of samples where there is one seed. check: whether the figure follows from how it is made, so that it
    cannot be missed.

    Raises ValueError for several seeds without a word for what they repeat, and for two trainings of each side.
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
    repeated: str = ""
    margin: float | None = None
    check: bool = False

    def __post_init__(self) -> None:
        if len(self.seeds) > 1 and not self.repeated:
            raise ValueError(f"{self.what}: say what its {len(self.seeds)} seeds repeat, such as trainings or splits")
        if self.sides and "training" in self.repeated and 1 < len(self.seeds) < LEAST_TRAININGS:
            raise ValueError(f"{self.what}: compare {LEAST_TRAININGS} trainings of each side, or one and say so")

    @property
    def bar(self) -> str:
        if self.least is None and self.most is None:
            return "shown"
        sign = (">" if self.most is None else "<") + "=" * (not self.strict)
        return f"{sign} {self.most if self.least is None else self.least:g}"

    def row(
        self, value: float, se: float | None = None, digits: int = 4, note: str = "", so_far: str = "", **sides: float
    ) -> dict:  # fmt: skip
        """The line of the systems table: whether the bar is met follows from the unrounded value and its interval.

        Args:
            value: The figure.
            se: Its standard error, over what was repeated.
            digits: Of the rounded figure.
            note: What else belongs to the figure, such as the calls that were made.
            so_far: How much of what is planned was measured, as in "3 of 10 splits"; "" for all.
            sides: The figures that it compares.

        Raises ValueError for other sides than the plan has, and for a mean, a comparison to be won or a margin without
        a standard error.
        """
        if set(sides) != set(self.sides):
            raise ValueError(f"{self.what}: the plan compares {self.sides}, one run measured {tuple(sides)}")
        if len(self.seeds) > 1 and self.over_seeds == "mean" and se is None:
            raise ValueError(f"{self.what}: a mean over {len(self.seeds)} seeds needs its standard error")
        if se is None and (self.margin is not None or self.strict and self.sides):
            raise ValueError(f"{self.what}: nothing is better or as good without an interval: give a standard error")
        planned = json.loads(json.dumps(asdict(self)))
        interval = interval_of(value, se, len(self.seeds))
        row = bar(self.system, self.what, self.bar, round(value, digits), settle(planned, value, interval), self.unit,
                  se if se is None else round(se, digits), self.minutes)  # fmt: skip
        row |= {"seeds": list(self.seeds), "plan": planned, "sides": sides}
        row |= {"interval": interval and [round(float(end), digits) for end in interval]}
        return row | ({"note": note} if note else {}) | ({"so_far": so_far} if so_far else {})


def interval_of(value: float, se: float | None, count: int) -> tuple[float, float] | None:
    """The interval of a figure at CONFIDENCE: Student's over several repetitions, else the normal one of samples."""
    if se is None:
        return None
    from scipy.stats import norm, t

    share = (1 + CONFIDENCE) / 2
    half = se * float(t.ppf(share, count - 1) if count > 1 else norm.ppf(share))
    return value - half, value + half


def settle(plan: dict, value: float, interval: tuple[float, float] | None) -> bool | None:
    """Whether a planned bar is met; None where the figure is shown. "Better" and "as good as" need an interval."""
    least, most, margin = plan["least"], plan["most"], plan["margin"]
    if least is None and most is None:
        return None
    limit, sign = (least, 1) if most is None else (most, -1)
    if margin is None and not plan["strict"]:
        return sign * (value - limit) >= 0
    if interval is None:
        return margin is None and not plan["sides"] and sign * (value - limit) > 0
    worse = min(sign * (end - limit) for end in interval)
    return worse > 0 if margin is None else worse >= -margin


def replication(row: dict, trainings: dict[str, dict] | None = None) -> str:
    """What was repeated for a row, and so what its standard error is of.

    Args:
        row: Of a record.
        trainings: Those of its record, which say how many items each saw; older records ended trainings by a clock.
    """
    plan = row["plan"]
    if not plan:
        return "not recorded" if verdict(row) == HISTORICAL else "one run"
    by_clock = "; ended by a clock" * bool(row["minutes"] and not trainings)
    if len(plan["seeds"]) > 1:
        return f"{len(plan['seeds'])} {plan['repeated']}{by_clock}"
    of_samples = "; ± is that of samples" * (row["se"] is not None)
    if not row["minutes"]:
        return f"one run{of_samples}"
    return f"one training{' each' * (len(plan['sides']) > 1)}{of_samples}{by_clock}"


def plans(rows: dict[Hashable, tuple], **common: Any) -> dict[Any, Plan]:
    """{key: (what, metric, bar, more)} -> {key: Plan}. bar: ">= 0.9 unit" or "shown"; more: fields of this row, where
    it has its own; common: fields of all rows."""
    found = {}
    for key, (what, metric, wanted, *more) in rows.items():
        fields = common | {"what": what, "metric": metric} | (more[0] if more else {})
        if wanted != "shown":
            sign, number, unit = BAR.fullmatch(wanted).groups()
            fields |= {"least" if sign[0] == ">" else "most": float(number.replace(",", "")), "strict": len(sign) == 1}
            fields |= {"unit": unit} if unit else {}
        found[key] = Plan(**fields)
    return found


def reaches(wanted: str, value: float) -> bool | None:
    """Whether a value meets a bar such as ">= 0.9 of real"; None where the figure is shown."""
    if wanted == "shown":
        return None
    sign, number, _ = BAR.match(wanted).groups()
    limit = float(number.replace(",", ""))
    return {">=": value >= limit, "<=": value <= limit, ">": value > limit, "<": value < limit, None: value == limit}[
        sign
    ]


def judge(
    system: str, what: str, wanted: str, value: float, digits: int | None = 3, unit: str = "", se: float | None = None,
    minutes: float = 0.0,
) -> dict:  # fmt: skip
    """The row of a figure without a `Plan`; its bar, in words that begin with sign and number, decides."""
    shown = value if digits is None or isinstance(value, int) else round(float(value), digits)
    se = None if se is None else round(float(se), 4 if digits is None else digits + 1)
    return bar(system, what, wanted, shown, reaches(wanted, value), unit, se, minutes)


def bar(
    system: str, what: str, wanted: str, measured: float | str, met: bool | None, unit: str = "",
    se: float | None = None, minutes: float = 0.0,
) -> dict:  # fmt: skip
    """One line of the systems table, of a row without a `Plan`.

    system: its row, as in "C1"; wanted: the bar in words; measured: the figure; met: None where it is only shown;
    minutes: of training.
    """
    row = {"system": system, "what": what, "bar": wanted, "measured": measured, "unit": unit}
    return row | {"met": None if met is None else bool(met), "se": se, "minutes": minutes, "seeds": None, "plan": None}


def verdict(row: dict) -> str:
    """In a word. Rows that no version of the source is known of are older than the protocol, and count as nothing."""
    if "run" in row and row["run"]["source"] is None:
        return HISTORICAL
    if row["met"] is None:
        return SHOWN
    if (row.get("plan") or {}).get("check"):
        return CHECKED if row["met"] else FAILED
    if row.get("minutes", 0) > LONGEST:
        return REACHED if row["met"] else NOT_REACHED
    return MET if row["met"] else MISSED


class Run:
    """What a benchmark works with: its folder, the parts that it keeps there, its trainings, and its record.

    trial: everything at its smallest, in a folder of its own. pacing: such a trial measures the pace of each training.
    """

    def __init__(self, name: str, folder: Path, trial: bool = False, pacing: bool = False):
        self.name, self.folder, self.trial, self.pacing = name, folder.resolve(), trial, pacing
        self.sources: dict[str, dict] = {}  # {part: the stamp of its measurement}
        self.trainings: dict[str, dict] = {}  # {training: the items that it saw, and its seed}
        folder.mkdir(parents=True, exist_ok=True)

    def kept(self, part: str, measure: Callable[[], Any]) -> Any:
        """The result of measure(), or of an earlier call, from FOLDER/PART.json; beside it the source that measured."""
        path = self.folder / f"{part}.json"
        if not path.exists():
            outer, self.sources, self.trainings = (self.sources, self.trainings), {}, {}
            found = {"run": _stamp(), "found": measure(), "parts": self.sources}  # parts that this one is made of
            found |= {"trainings": self.trainings}
            self.sources, self.trainings = outer
            path.write_text(json.dumps(found))
            print(part, json.dumps(found["found"])[:2_000], flush=True)
        return self.part(part)

    def has(self, part: str) -> bool:
        return (self.folder / f"{part}.json").exists()

    def part(self, part: str) -> Any:
        """The result of a part that was kept."""
        kept = json.loads((self.folder / f"{part}.json").read_text())
        if not isinstance(kept, dict) or set(kept) - {"trainings"} != {"run", "found", "parts"}:
            sys.exit(
                f"{self.folder / part}.json does not say which source measured it: delete it, and measure it again"
            )
        self.sources |= kept["parts"] | {part: kept["run"]}
        self.trainings |= kept.get("trainings", {})
        return kept["found"]

    def pieces(self, parts: dict[str, dict[str, Callable[[], Any]]], asked: Iterable[str] | None = None) -> dict | None:
        """{piece: its result} of all parts, of which those that are asked are measured now; None as long as one lacks.

        parts: {part: {piece: what measures it}}.
        """
        for part in parts if asked is None else asked:
            for piece, measure in parts[part].items():
                self.kept(piece, measure)
        every = [piece for part in parts.values() for piece in part]
        return {piece: self.part(piece) for piece in every} if all(map(self.has, every)) else None

    def fit(self, data: Any, family: str | None = None, out: str | None = None, **options: Any) -> Any:
        """`genwright.fit` without progress; a run in FOLDER/OUT resumes, and is opened where it has ended.

        A budget of minutes becomes one of items: the minutes times the pace that is fixed in `PACES`.
        """
        import genwright

        training = training_of(data, family, options)
        if self.pacing and options.get("minutes") and training not in fixed_paces():
            fit = partial(genwright.fit, data, family, progress=False, **options)
            model = measure_pace(training, fit, PACING if options["minutes"] > SHORT else SHORT_PACING)
            if out is not None:  # others may take its codec
                model.save(self.begin(out))
            return model
        if not self.trial and options.get("minutes"):
            options |= {"items": self.items_of(training, options.pop("minutes"))}
        if self.trial:
            least = {"minutes": 0.02, "items": 300, "epochs": 1, "steps": 2, "more": 1.0}
            options |= {key: min(options[key], most) for key, most in least.items() if options.get(key)}
        how = {} if out is None else {"out": self.begin(out)}
        model = genwright.fit(data, family, progress=False, **options, **how)
        seed = options.get("seed", 0)
        seen = {"items": model.config["outcome"].get("items"), "seed": seed}
        self.trainings[out or f"{training}, seed {seed}"] = seen
        return model

    def items_of(self, training: str, minutes: float) -> int:
        """The items of so many minutes of one core. Exits where no pace is fixed."""
        if training not in (paces := fixed_paces()):
            sys.exit(
                f"benchmarks/paces.toml has no pace of {training!r}, and budgets are items: measure it by "
                f"`python benchmarks/bench.py {self.name} --pace`, and commit it"
            )
        return round(minutes * paces[training])

    def begin(self, out: str) -> Path:
        """The folder of a training, comparison or search that resumes there; its source is that of the first call."""
        begun = self.folder / f"{out}.begun"
        if not begun.exists():
            self.refuse(self.folder / out)
            begun.write_text(json.dumps(_stamp()))
        self.sources[out] = json.loads(begun.read_text())
        return self.folder / out

    def refuse(self, path: Path) -> None:
        """Exit if there is a part whose source is unknown."""
        if path.exists():
            sys.exit(f"{path} does not say which source made it: delete it and run again")

    def small(self, value: Any, least: Any) -> Any:
        """The value, or in a trial the least one."""
        return least if self.trial else value

    @contextmanager
    def fresh(self) -> Iterator[Path]:
        """A folder that goes with the block."""
        place = Path(tempfile.mkdtemp(prefix=f"genwright-{self.name}-"))
        try:
            yield place
        finally:
            shutil.rmtree(place, ignore_errors=True)

    def record(self, rows: list[dict], details: dict | None = None, name: str | None = None) -> None:
        """Write the record NAME, by default of the benchmark's own name."""
        stamp = self.newest()
        record(name or self.name, [row | self.parts() for row in rows], details, self.name, stamp, self.trainings)

    def newest(self) -> dict:
        """The stamp of the part that was measured last: a row is no younger than its parts."""
        return max(self.sources.values(), key=lambda stamp: stamp["date"], default=_stamp())

    def parts(self) -> dict:
        """{"parts": how many parts each commit measured}, if one is not of the present source."""
        now = _stamp()["source"]
        if all(one["source"] == now and not one["dirty"] for one in self.sources.values()):
            return {}
        called = lambda one: f"{one['commit']}{' with changes' * bool(one['dirty'])}, {one['date'][:10]}"
        return {"parts": dict(Counter(map(called, self.sources.values())))}


def details_of(name: str) -> dict:
    """The details that earlier calls have recorded; none where there is no results/NAME.json."""
    return _earlier(name).get("details", {})


def training_of(data: Any, family: str | None, options: dict[str, Any]) -> str:
    """The words by which `PACES` knows a training: data, family, preset and hyperparameters."""
    numbers = (options.get("hyperparameters") or {}) | ({"control": options["control"]} if "control" in options else {})
    words = [getattr(data, "name", data if isinstance(data, str) else "items"), family or "default"]
    words += [options["preset"]] if options.get("preset") else []
    return " ".join([*map(str, words), *(f"{name}={value}" for name, value in sorted(numbers.items()))])


def fixed_paces() -> dict[str, int]:
    return tomllib.loads(PACES.read_text())


def measure_pace(training: str, fit: Callable[..., Any], lengths: tuple[float, float] = PACING) -> Any:
    """Train a model for a moment, and fix in `PACES` how many items it sees in a minute of one core. lengths: minutes
    of two trainings.

    Exits where other processes take the core: a budget of minutes is wall time, and the longer of two such trainings
    may then see fewer items.
    """
    items, seconds, began = [], [], time.perf_counter()
    for minutes in lengths:  # what begins and ends a training is in both
        before = time.process_time()
        model = fit(minutes=minutes)
        items.append(model.config["outcome"]["items"])
        seconds.append(time.process_time() - before)
    if (share := sum(seconds) / (time.perf_counter() - began)) < FREE or items[1] <= items[0]:
        sys.exit(f"this core gave {training!r} {share:.0%} of its time: measure its pace where nothing else runs")
    pace = 60 * (items[1] - items[0]) / (seconds[1] - seconds[0])
    paces = fixed_paces() | {training: int(float(f"{pace:.2g}"))}
    head = PACES.read_text().partition("\n\n")[0]
    PACES.write_text("\n".join([head, "", *(f'"{name}" = {pace}' for name, pace in sorted(paces.items()))]) + "\n")
    return model


def record(
    name: str, bars: list[dict], details: dict | None, benchmark: str, stamp: dict | None = None,
    trainings: dict[str, dict] | None = None,
) -> Path:  # fmt: skip
    """Write results/NAME.json and print the rows.

    Args:
        benchmark: The name by which `bench.py` runs it.
        stamp: Of the measurement, by default that of this moment.
        trainings: {training: the items that it saw, and its seed}.

    A row whose figure did not change was carried over, and keeps its stamp. Raises SystemExit where a planned row is
    measured a second time by the same clean source: its test items were looked at already.
    """
    from ages import loaded_files, of_this_tree

    machine = {"processor": platform.machine(), "cores": os.cpu_count(), "python": platform.python_version()}
    path = RESULTS / f"{name}.json"
    RESULTS.mkdir(exist_ok=True)
    run = _stamps.setdefault(path, stamp or _stamp())
    before = {_key(row): row for row in _earlier(name).get("bars", [])}
    rows = [_stamped(row, before.get(_key(row)), run) for row in bars]
    found = {
        "benchmark": name,
        "script": f"bench.py {benchmark}",
        "machine": machine,
        "code": loaded_files(),
        "trainings": trainings or {},
        "bars": rows,
        "details": details or {},
    }
    path.write_text(json.dumps(found | of_this_tree(found), indent=1) + "\n")
    for row in rows:
        print(f"{verdict(row):16} {row['system']:4} {row['what']}: {row['measured']} {row['unit']} (bar: {row['bar']})")
    return path


@cache
def benchmarks() -> dict[str, tuple[str, str]]:
    """{name: (its module, the first paragraph of what it says)}, read from the sources without importing them."""
    found = {}
    for path in sorted(HERE.glob("*.py")):
        for node in ast.parse(path.read_text()).body:
            marks = [getattr(mark, "func", mark) for mark in getattr(node, "decorator_list", ())]
            if any(getattr(mark, "id", "") == "benchmark" for mark in marks):
                found[node.name] = path.stem, " ".join(ast.get_docstring(node).split("\n\n")[0].split())
    return found


def command_of(record: dict) -> str:
    """What measures a record again, or where its program was: for the pages."""
    command, _, commit = record["script"].partition(" at ")
    return f"`{command}`" + f" at {commit}" * bool(commit)


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
    run, attempts = before["run"], before["attempts"]
    if run == stamp:  # written a moment ago by this process
        return row | {"run": stamp, "attempts": attempts}
    if (row["measured"], row["se"]) == (before["measured"], before.get("se")):
        parts = {"parts": before["parts"]} if "parts" in before else {}
        return {key: value for key, value in row.items() if key != "parts"} | parts | {"run": run, "attempts": attempts}
    same = run["source"] == stamp["source"] and not (run["dirty"] or stamp["dirty"])
    if row["plan"] and same:
        sys.exit(f"{row['what']}: measured already, by the same source (results of {run['date']}): the figure stands")
    return row | {"run": stamp, "attempts": attempts + 1}


def summary(results: Results) -> dict:
    """What the docs show of a comparison's results.json: rows of metrics."""
    row = lambda m: {name: getattr(m, name) for name in ("family", "metrics", "seconds", "parameters")}
    return {
        "data": results.data["name"],
        "minutes": results.plan.minutes,
        "reference": results.reference and results.reference.to_json(),
        "models": [row(m) for m in results.models + results.baselines if not m.error],
    }


def benchmark(
    tiny: dict[str, Any] | None = None, peer: str | None = None, plans: tuple[str, ...] = ()
) -> Callable[[Callable], Callable]:
    """Marks a function that `bench.py` runs. tiny: its options in a trial; peer: the library that it is measured
    beside; plans: the constants of its module that hold its plans."""

    def mark(measure: Callable) -> Callable:
        measure.tiny, measure.peer, measure.plans = tiny or {}, peer, plans
        return measure

    return mark
