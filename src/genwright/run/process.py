"""Read from a run folder, not from the state of a job, which process trains it and how its run stands.

.process.json   host and id of the process that trains there, when it began and ended, and why it failed. The process
                touches the file every few seconds. The disk dates a file, so clocks of hosts may differ by hours.
"""

from __future__ import annotations

import json
import os
import tempfile
import time
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from socket import gethostname
from threading import Event, Thread

import psutil

from ..core.cpu_time import CpuShare
from ..core.errors import DataError, RunError, TrainingFailed, Unsupported
from ..core.run_files import CONFIG, METRICS, WEIGHTS
from ..training.budget import items_of

PROCESS = ".process.json"
LOGS = "logs"  # in a folder of runs that are commands: what these print
BEAT = 5.0  # seconds between two signs of life
SILENT = 12 * BEAT  # seconds without one, after which a process of another host counts as lost
FAILURES = (TrainingFailed, Unsupported, DataError)  # the same command would fail again
WAITING, RUNNING, STOPPED, STALE, FAILED, DONE = "waiting", "running", "stopped", "stale", "failed", "done"
TAIL = 2**14  # bytes at the end of metrics.jsonl that hold its last line


@dataclass(frozen=True)
class RunState:
    """How a run stands. status: "waiting" (nobody began it), "running", "stopped" (it ended early and goes on when the
    same command runs again), "stale" (its process was lost without a word), "failed" (the same command would fail
    again) or "done". process: what `.process.json` says of the last process, {} without one. minutes_left: of training,
    None where it is not running or nobody knows."""

    status: str
    process: dict = field(default_factory=dict)
    minutes_left: float | None = None

    @property
    def host(self) -> str:
        """The host that it runs on, or ran on last."""
        return self.process.get("host", "")

    @property
    def error(self) -> str:
        """Why it failed."""
        return self.process.get("error", "")


def run_state(folder: Path) -> RunState:
    """How the run in `folder` stands, by its files alone."""
    config, process = record_of(folder), _process(folder)
    if "outcome" in config and (folder / WEIGHTS).exists():
        return RunState(DONE, process)
    if process and "ended" not in process:
        if _lives(folder, process):
            return RunState(RUNNING, process, _minutes_left(folder, config))
        return RunState(STALE, process)
    if "error" in process:
        return RunState(FAILED, process)
    return RunState(STOPPED if config or process else WAITING, process)


def count_runs_beside(folder: Path, others: list[Path]) -> int:
    """How many other runs trained on the host of this one while it did, as far as their last processes tell."""
    mine = _process(folder)
    theirs = [_process(other) for other in others if other != folder]
    return sum(bool(mine and other) and _overlap(mine, other) for other in theirs)


@contextmanager
def training_in(folder: Path | None) -> Iterator[None]:
    """Within, this process trains the run in `folder`, whose lock it holds; None: a run without a folder.

    Raises RunError where a process of another host shows that it trains there: not every shared disk has locks.
    """
    if folder is None:
        yield
        return
    _require_alone(folder)
    path, cpu, ended = folder / PROCESS, CpuShare(), Event()
    resident = psutil.Process().memory_info().rss
    record = {"host": gethostname(), "process": os.getpid(), "began": time.time()}
    _write(path, record)
    beating = Thread(target=_beat, args=(path, ended), daemon=True)
    beating.start()
    try:
        with cpu:
            yield
    except FAILURES as error:
        record["error"] = str(error)
        raise
    finally:
        ended.set()
        beating.join()
        memory = round(max(0, _peak() - resident) / 2**20, 1)
        _write(path, record | {"ended": time.time(), "cpu": cpu.cpu, "wall": cpu.wall, "memory": memory})


# ---------------------------------------------------------------------- signs of life


def _beat(path: Path, ended: Event) -> None:
    while not ended.wait(BEAT):
        with suppress(OSError):  # a disk that is away for a while
            os.utime(path)


def _write(path: Path, record: dict) -> None:
    """A disk that refuses says so when the run itself is written."""
    with suppress(OSError):
        path.write_text(json.dumps(record), encoding="utf-8")


def _lives(folder: Path, process: dict) -> bool:
    if process["host"] == gethostname():
        with suppress(psutil.Error):
            there = psutil.Process(process["process"])  # one that was killed is a zombie until who began it looks
            return there.create_time() <= process["began"] + 1 and there.status() != psutil.STATUS_ZOMBIE
        return False
    try:
        return _now(folder) - (folder / PROCESS).stat().st_mtime < SILENT
    except OSError:
        return False


def _now(folder: Path) -> float:
    """The time by the clock that dates the files of a folder."""
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            return os.fstat(file.fileno()).st_mtime
    except OSError:  # a folder to read alone
        return time.time()


def _require_alone(folder: Path) -> None:
    """Raises RunError where another host's process gives a sign of life while this one looks."""
    process = _process(folder)
    if not process or "ended" in process or process["host"] == gethostname() or not _lives(folder, process):
        return
    path, end = folder / PROCESS, time.monotonic() + 3 * BEAT
    seen = path.stat().st_mtime_ns
    while time.monotonic() < end:
        time.sleep(BEAT / 5)
        if path.stat().st_mtime_ns != seen:
            raise RunError(f"a process on {process['host']} trains in {folder}: wait, or choose another folder")


def _overlap(a: dict, b: dict) -> bool:
    last = lambda process: process.get("ended", float("inf"))
    return a["host"] == b["host"] and a["began"] < last(b) and b["began"] < last(a)


def _peak() -> int:
    """The highest resident memory of this process so far, in bytes; 0 where the system does not say."""
    try:
        import resource
    except ImportError:  # Windows
        return 0
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


# ---------------------------------------------------------------------- what the files say


def _process(folder: Path) -> dict:
    """Contents of `.process.json`; {} if it is missing or damaged."""
    try:
        found = json.loads((folder / PROCESS).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    kinds = {"host": str, "process": int, "began": (int, float)}
    whole = isinstance(found, dict) and all(isinstance(found.get(name), kind) for name, kind in kinds.items())
    return found if whole else {}


def record_of(folder: Path) -> dict:
    """The contents of `config.toml`, unchecked; {} if it is missing or damaged."""
    try:
        return tomllib.loads((folder / CONFIG).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}


def _minutes_left(folder: Path, config: dict) -> float | None:
    """By the budget and the last line of metrics.jsonl."""
    try:
        with open(folder / METRICS, "rb") as file:
            file.seek(max(0, (folder / METRICS).stat().st_size - TAIL))
            last = json.loads(file.read().splitlines()[-1])
        if "minutes" in config["budget"]:
            more = sum(stage.get("more", 0.0) for stage in config["stages"])
            return max(0.0, config["budget"]["minutes"] + (more - last["seconds"]) / 60)
        total = items_of(config["budget"], config["data"]["items"], config["training"]["batch"])
        return max(0.0, (total - last["items"]) / last["items"] * last["seconds"] / 60)
    except (OSError, ValueError, LookupError, TypeError, ZeroDivisionError):
        return None
