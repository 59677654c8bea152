"""What several benchmarks need: standard errors, turns, molecules, commands, memory, samples in a suite's hands."""

from __future__ import annotations

import gzip
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from itertools import islice
from math import inf
from pathlib import Path
from statistics import median
from time import process_time
from typing import Any

import numpy as np
import psutil
from bars import HERE, ROOT

from genwright.studies.report.records import Results
from genwright.studies.report.results import metric_of, rows

GENWRIGHT = [sys.executable, "-m", "genwright"]
ONE_THREAD = {"OMP_NUM_THREADS": "1"}
Result = tuple[list[dict], dict] | None  # rows and details


def data_folder(*parts: str) -> Path:
    return Path(os.environ["GENWRIGHT_DATA"], *parts)


def se_of(values: Iterable[float]) -> float:
    """Standard error of the mean; 0 of a single value."""
    values = np.asarray(list(values), float)
    return float(values.std(ddof=1) / len(values) ** 0.5) if len(values) > 1 else 0.0


def valued(metrics: dict[str, Any]) -> dict[str, float]:
    """Values of metrics by name, and their standard errors as "NAME se"."""
    return {n: m.value for n, m in metrics.items()} | {f"{n} se": m.se for n, m in metrics.items()}


def in_turns(
    steps: dict[str, Callable[[], Any]], rounds: int, times: int = 1, clock: Callable = process_time, untimed: int = 1
) -> dict[str, list[float]]:
    """{name: seconds of one call in each round}: the steps take turns, `times` calls a turn; `untimed` rounds come
    first. A step that returns a number takes seconds for each of so many things."""
    taken: dict[str, list[float]] = {name: [] for name in steps}
    for turn in range(untimed + rounds):
        for name, step in steps.items():
            began = clock()
            counts = [step() for _ in range(times)]
            seconds = clock() - began
            things = sum(counts) if isinstance(counts[0], int) else times
            if turn >= untimed:
                taken[name].append(seconds / things)
    return taken


def medians(taken: dict[str, list[float]]) -> dict[str, float]:
    return {name: median(each) for name, each in taken.items()}


@cache
def moses_lines(part: str = "train", n: int | None = None) -> list[str]:
    """The first SMILES of a part of MOSES."""
    with gzip.open(data_folder("moses", f"{part}.csv.gz"), "rt") as file:
        return [line.split(",")[0].strip() for line in islice(file, 1, None if n is None else n + 1)]


def moses_library(folder: Path, count: int) -> Path:
    """A file of the first molecules of MOSES, a SMILES a line."""
    path = folder / f"{count}.smi"
    if not path.exists():
        path.write_text("\n".join(moses_lines(n=count)) + "\n")
    return path


class Drawn:
    """Items in the place of a model's samples, for a suite to measure; they carry what they were given."""

    def __init__(self, items: Any):
        self.items, self.config = items, {"family": "drawn"}

    def has(self, verb: str) -> bool:
        return verb == "sample"

    def sample(self, n: int, *given: Any, **options: Any) -> Any:
        return self.items[:n]


def test_given(data: Any, n: int) -> Any:
    """(n, G) conditions of test items, in turn."""
    table = data.tensors("test").given
    return table[np.arange(n) % len(table)]


def suite_features(suite: Any, images: Any) -> np.ndarray:
    """(n, d) features of images in the user's form, by the network of an image suite."""
    x, _ = suite.domain.encode(np.asarray(images))
    return suite.features(x.float() / (suite.domain.spec.leaf.levels - 1))


def on_cores(cores: int) -> list[str]:
    """The words that bind a command to so many cores."""
    these = sorted(os.sched_getaffinity(0))[:cores]
    if len(these) < cores:
        sys.exit(f"{cores} cores are needed")
    return ["taskset", "-c", ",".join(map(str, these))]


def genwright_in(folder: Path, *words: Any, **options: Any) -> subprocess.CompletedProcess:
    """Run a command of this tree in a folder, and hear what it says."""
    environment = os.environ | {"PYTHONPATH": str(ROOT / "src")}
    command = [*GENWRIGHT, *map(str, words)]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, env=environment, **options)


def silent_rows(results: Results) -> list[str]:
    """Families of a comparison that lack a headline number without a reason."""
    headline = results.metrics["headline"].values()
    lacks = lambda row: not all(metric_of(row.metrics.get(metric)) for metric in headline)
    return [row.family for row in rows(results) if lacks(row) and not row.unmeasured]


def run_command(
    words: Iterable[Any], cores: int = 1, folder: Path | None = None, seconds: float = inf, **environment: str
) -> dict[str, float]:
    """Run `genwright` with words on so many cores, and measure its seconds on the clock and of the processor.

    Returns "MiB" as well, the sum of the peaks of its processes, and as "done" whether it has ended: it is killed after
    `seconds`. Raises SystemExit where it fails.
    """
    command, began, peaks, ended = [*on_cores(cores), *GENWRIGHT, *map(str, words)], time.monotonic(), {}, 0
    environment = os.environ | {"PYTHONPATH": str(ROOT / "src")} | environment
    with tempfile.TemporaryFile("w+") as said:
        how = dict(cwd=folder, env=environment, stdout=said, stderr=said, start_new_session=True)
        process = subprocess.Popen(command, **how)
        try:
            while not ended and time.monotonic() - began < seconds:
                peaks |= peaks_of(process.pid)
                time.sleep(0.1)
                ended, status, usage = os.wait4(process.pid, os.WNOHANG)
        finally:
            if not ended:
                os.killpg(process.pid, signal.SIGKILL)
                _, status, usage = os.wait4(process.pid, 0)
        if ended and status:
            said.seek(0)
            sys.exit(f"{' '.join(command)} failed:\n{said.read()[-3000:]}")
    found = {"seconds": time.monotonic() - began, "processor": usage.ru_utime + usage.ru_stime}
    return found | {"MiB": sum(peaks.values()) / 1024, "done": bool(ended)}


def killed_after(process: subprocess.Popen, seconds: float | None) -> bool:
    """Whether a process was killed, by itself or after so many seconds."""
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
    return process.wait() == -signal.SIGKILL


def alive(process: psutil.Process) -> bool:
    """Whether it runs or is stopped. A zombie, whose exit code nobody has read, does not run."""
    return process.is_running() and process.status() != psutil.STATUS_ZOMBIE


def send(what: signal.Signals, processes: Iterable[psutil.Process]) -> list[psutil.Process]:
    """Send a signal to those that live, and return them."""
    living = [process for process in processes if alive(process)]
    for process in living:
        process.send_signal(what)
    return living


def peaks_of(session: int) -> dict[int, int]:
    """The peak of memory so far, in KiB, of each process of a session."""
    peaks = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if int((folder / "stat").read_text().rpartition(")")[2].split()[3]) == session:
                peaks[int(folder.name)] = memory_of("VmHWM", folder.name)
        except (OSError, ValueError, TypeError):  # it has ended
            continue
    return peaks


def memory_of(key: str, process: str = "self") -> int:
    """A line of /proc/PROCESS/status, in KiB: VmRSS is what it holds, VmHWM its peak."""
    return int(re.search(rf"{key}:\s+(\d+)", Path(f"/proc/{process}/status").read_text())[1])


def restart_peak() -> None:
    """Let the kernel count the peak of this process anew."""
    Path("/proc/self/clear_refs").write_text("5")


def peak_of(work: Callable[[], Any]) -> float:
    """MiB by which the peak of this process, while it works, is above what it held before."""
    restart_peak()
    held = memory_of("VmRSS")
    work()
    return (memory_of("VmHWM") - held) / 1024


def apart_command(function: Callable, *arguments: Any) -> list[str]:
    """The command that calls a function of one of our modules in a process of its own, and prints its JSON."""
    code = (
        f"import json, sys; sys.path[:0] = [{str(HERE)!r}]; from {function.__module__} import {function.__name__} as do"
    )
    code += "; print(json.dumps(do(*json.loads(sys.argv[1]))))"
    return [sys.executable, "-c", code, json.dumps(arguments)]


def apart(function: Callable, *arguments: Any, **environment: str) -> Any:
    """What a function of one of our modules returns in a process of its own."""
    command, environment = apart_command(function, *arguments), os.environ | environment
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, env=environment, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def device_name(device: Any) -> str:
    """The GPU that computes, or "processor"."""
    import torch

    return torch.cuda.get_device_name(device) if device.type == "cuda" else "processor"


@contextmanager
def budget_in_items(items: int) -> Iterator[None]:
    """Comparisons train every family on so many items in the place of minutes, of which a busy machine makes fewer."""
    from genwright.studies.compare import turns

    fit = turns.fit

    def in_items(data, family, *, minutes=None, more=None, probe=True, about=None, replay=None, **options):
        return fit(data, family, replay=replay, **({} if replay else {"items": items}), **options)

    turns.fit = in_items
    try:
        yield
    finally:
        turns.fit = fit
