"""Read from a run folder, not from the state of a job, which process trains it and how its run stands.

.process.json   host and id of the process that trains there, when it began and ended, and why it failed. The process
                touches the file every few seconds. The disk dates a file, so clocks of hosts may differ by hours.
"""

import json
import math
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from socket import gethostname
from threading import Event, Thread

import psutil

from ..core.cpu import CpuShare
from ..core.errors import GenwrightError, RunError
from ..core.files import write_whole
from ..core.folder import CONFIG, LOCK, METRICS, WEIGHTS
from ..core.schemas import read_record, require
from ..training.budget import items_of
from .curves import read_metrics
from .failures import is_of_family, reason_of

PROCESS = ".process.json"
LOGS = "logs"  # folder of what commands print, in a folder of their runs
BEAT = 5.0  # seconds between two signs of life
SILENT = 12 * BEAT  # seconds without one, after which a process of another host counts as lost
WAITING, RUNNING, STOPPED, STALE, FAILED, COMPLETED = "waiting", "running", "stopped", "stale", "failed", "done"
RECORD_BYTES = 2**16  # most of .process.json
ERROR_LETTERS = 4_000  # of an error that it holds
TAIL = 2**14  # bytes at the end of metrics.jsonl that hold its last line
SCHEMA = {  # schema of .process.json
    "type": "object",
    "required": ["host", "process", "began"],
    "properties": {
        "host": {"type": "string"},
        "process": {"type": "integer", "minimum": 1, "maximum": 2**31 - 1},
        "began": {"type": "number"},
        "ended": {"type": "number"},
        "error": {"type": "string"},
        "cpu": {"type": "number"},
        "wall": {"type": "number"},
        "memory": {"type": "number"},
    },
}


@dataclass(frozen=True)
class RunState:
    """State of a run.

    Args:
        status: "waiting" (nobody began it), "running", "stopped" (it ended early and goes on when the same command
            runs again), "stale" (its process was lost without a word), "failed" (the same command would fail again)
            or "done".
        process: What `.process.json` says of the last process, {} without one.
        minutes_left: Minutes left of training, None where it is not running or nobody knows.
        config: What `config.toml` says, unchecked, {} without one.
        damage: A sentence about a record that cannot be read, else "".
    """

    status: str
    process: dict = field(default_factory=dict)
    minutes_left: float | None = None
    config: dict = field(default_factory=dict)
    damage: str = ""

    @property
    def host(self) -> str:
        """The host that it runs on, or ran on last."""
        return self.process.get("host", "")

    @property
    def error(self) -> str:
        """Sentence that says why it failed, or what is wrong with its records."""
        return self.damage or self.process.get("error", "")


def run_state(folder: Path) -> RunState:
    """Reads the state of the run in `folder` from its files."""
    config, damage = _read(folder / CONFIG, {"type": "object"}, "copy it again, or fit the model anew")
    process, also = _process(folder)
    state = partial(RunState, process=process, config=config, damage=damage or also)
    if "outcome" in config and os.path.exists(folder / WEIGHTS):
        return state(COMPLETED)
    if process and "ended" not in process and _lives(folder, process):
        return state(RUNNING, minutes_left=_minutes_left(folder, config))
    if damage or "error" in process:
        return state(FAILED)
    if process and "ended" not in process:
        return state(STALE)
    return state(STOPPED if config or process else WAITING)


def find_trainer(folder: Path) -> psutil.Process | None:
    """Returns the genwright command on this host that trains the run in `folder`, None where there is none. The
    folder's record only says where to look: the process itself must have the folder's lock open."""
    process, _ = _process(folder)
    if not process or "ended" in process or process["host"] != gethostname():
        return None
    with suppress(psutil.Error):
        process_found = psutil.Process(process["process"])
        is_ours = "genwright" in {Path(word).stem for word in process_found.cmdline()}
        lock = os.path.join(os.path.realpath(folder), LOCK)
        return process_found if is_ours and lock in {file.path for file in process_found.open_files()} else None
    return None


def count_runs_beside(folder: Path, other_folders: list[Path]) -> int:
    """Returns the number of other runs that trained on the host of this one while it did, as far as their last
    processes tell."""
    mine, _ = _process(folder)
    theirs = [_process(other)[0] for other in other_folders if other != folder]
    last = lambda process: process.get("ended", float("inf"))
    overlap = lambda a, b: a["host"] == b["host"] and a["began"] < last(b) and b["began"] < last(a)
    return sum(bool(mine and other_process) and overlap(mine, other_process) for other_process in theirs)


@contextmanager
def training_in(folder: Path | None) -> Iterator[None]:
    """Marks the run in `folder` as trained by this process, within this context. None: a run without a folder.

    Raises RunError where a process of another host shows that it trains there: not every shared disk has locks."""
    if folder is None:
        yield
        return
    _require_alone(folder)
    path, cpu, stop = folder / PROCESS, CpuShare(), Event()
    resident = psutil.Process().memory_info().rss
    record = {"host": gethostname(), "process": os.getpid(), "began": time.time()}
    _write(path, record)
    beating = Thread(target=_beat, args=(path, stop), daemon=True)
    beating.start()
    try:
        with cpu:
            yield
    except Exception as error:
        if is_of_family(error) and not isinstance(error, RunError):  # a folder may be mended
            record["error"] = reason_of(error)[:ERROR_LETTERS]
        raise
    finally:
        stop.set()
        beating.join()
        memory = round(max(0, _peak() - resident) / 2**20, 1)
        _write(path, record | {"ended": time.time(), "cpu": cpu.cpu, "wall": cpu.wall, "memory": memory})


# ---------------------------------------------------------------------- signs of life


def _beat(path: Path, stop: Event) -> None:
    while not stop.wait(BEAT):
        with suppress(OSError):  # a disk that is away for a while
            os.utime(path)


def _write(path: Path, record: dict) -> None:
    """A disk that refuses says so when the run itself is written."""
    with suppress(RunError):
        write_whole(path, json.dumps(record).encode())


def _lives(folder: Path, process: dict) -> bool:
    if process["host"] == gethostname():
        with suppress(psutil.Error):
            process_found = psutil.Process(
                process["process"]
            )  # one that was killed is a zombie until who began it looks
            return (
                process_found.create_time() <= process["began"] + 1 and process_found.status() != psutil.STATUS_ZOMBIE
            )
        return False
    try:
        return _file_time(folder) - (folder / PROCESS).stat().st_mtime < SILENT
    except OSError:
        return False


def _file_time(folder: Path) -> float:
    """The time by the clock that dates the files of a folder."""
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            return os.fstat(file.fileno()).st_mtime
    except OSError:  # a folder to read alone
        return time.time()


def _require_alone(folder: Path) -> None:
    """Raises RunError where another host's process gives a sign of life while this one looks."""
    process, _ = _process(folder)
    if not process or "ended" in process or process["host"] == gethostname() or not _lives(folder, process):
        return
    path, end = folder / PROCESS, time.monotonic() + 3 * BEAT
    last_seen = path.stat().st_mtime_ns
    while time.monotonic() < end:
        time.sleep(BEAT / 5)
        if path.stat().st_mtime_ns != last_seen:
            raise RunError(f"a process on {process['host']} trains in {folder}: wait, or choose another folder")


def _peak() -> int:
    """The highest resident memory of this process so far, in bytes; 0 where the system does not say."""
    try:
        import resource
    except ImportError:  # Windows
        return 0
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


# ---------------------------------------------------------------------- what the files say


def _process(folder: Path) -> tuple[dict, str]:
    """Contents of `.process.json`, as `_read`."""
    return _read(folder / PROCESS, SCHEMA, "delete it", RECORD_BYTES)


def _read(path: Path, schema: dict, remedy: str, most_bytes: int | None = None) -> tuple[dict, str]:
    """A record, and a sentence about what is wrong with it, "" where nothing is; {} for one that is missing or
    damaged."""
    if not os.path.lexists(path):
        return {}, ""
    try:
        record = read_record(path, remedy, allowed_folder=path.parent, maximum=most_bytes)
        require(record, schema, path, remedy)
    except GenwrightError as error:
        return {}, str(error)
    return record, ""


def _minutes_left(folder: Path, config: dict) -> float | None:
    """Minutes left by the budget and the last line of metrics.jsonl."""
    try:
        last = read_metrics(folder / METRICS, TAIL)[-1]
        if "minutes" in config["budget"]:
            extra_seconds = sum(stage.get("more", 0.0) for stage in config["stages"])
            minutes_left = config["budget"]["minutes"] + (extra_seconds - last["seconds"]) / 60
        else:
            total = items_of(config["budget"], config["data"]["items"], config["training"]["batch"])
            minutes_left = (total - last["items"]) / last["items"] * last["seconds"] / 60
        return max(0.0, minutes_left) if math.isfinite(minutes_left) else None
    except (GenwrightError, OSError, LookupError, TypeError, AttributeError, ValueError, ArithmeticError):
        return None
