"""Cores of this machine: CPU time, the share of a core that a thread got, and work in several processes.

CPU time measures work on a busy machine too.
"""

import os
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from .errors import BudgetError, WorkerKilled
from .patience import without_bars
from .processes import safe_path

Item, Result = TypeVar("Item"), TypeVar("Result")


def cpu_seconds() -> float:
    """Returns the CPU seconds that this process, its threads and its ended children have used."""
    children = os.times()
    return time.process_time() + children.children_user + children.children_system


@dataclass
class CpuShare:
    """Measures how much of a processor core the calling thread gets inside this context: 1.0 on an idle machine.

    The context may be entered again. Other threads compute at the same time, so a small share shows a busy machine."""

    cpu: float = 0.0
    wall: float = 0.0

    def __enter__(self) -> "CpuShare":
        self._began = time.thread_time(), time.perf_counter()
        return self

    def __exit__(self, *error) -> None:
        cpu, wall = self._began
        self.cpu += time.thread_time() - cpu
        self.wall += time.perf_counter() - wall

    def add(self, other: "CpuShare") -> None:
        """Adds what another context timed, such as one of a process that has ended."""
        self.cpu, self.wall = self.cpu + other.cpu, self.wall + other.wall

    @property
    def share(self) -> float | None:
        """The share, 0 to 1; None where nothing was timed."""
        return round(min(1.0, self.cpu / self.wall), 3) if self.wall > 0 else None

    def part_on(self, device: str) -> float:
        """Returns the part of a second of the clock that work on a device computes: 1.0 where nothing was timed, and on
        a GPU, which shares no core."""
        return self.share or 1.0 if device == "cpu" else 1.0


_process_cores: int | None = None  # cores of a process that works beside others of the same command


def limit_cores(count: int) -> None:
    """Limits this process to so many cores from now on: others of the same command use the rest."""
    global _process_cores
    _process_cores = count


def cores() -> int:
    """Counts the processors that this process may use, by its affinity, the limits of its container, and
    `limit_cores`."""
    from joblib import cpu_count

    return min(cpu_count(), _process_cores or cpu_count())


def require_cores(count: int) -> None:
    """Raises BudgetError for a number of cores that this process may not use."""
    if not 0 < count <= cores():
        raise BudgetError(f"this process may use {cores()} cores, not {count}: try --cores 1 (cores=1)")


def idle_cores(seconds: float = 0.3) -> int:
    """Counts the cores that this process may use and that nobody else keeps busy, at least one; measured for so many
    seconds."""
    import psutil

    busy = sum(psutil.cpu_percent(seconds, percpu=True)) / 100
    return max(1, min(cores(), round((psutil.cpu_count() or 1) - busy)))


def in_order(function: Callable[[Item], Result], items: Iterable[Item], processes: int) -> Iterator[Result]:
    """Computes function(item) for each item in several processes, and returns the results in order.

    Raises WorkerKilled where one of them was killed.

    Args:
        function: imported by name in the processes, which show no bars.
        items: arguments.
        processes: number of them.
    """
    if processes == 1:
        yield from map(function, items)
        return
    from concurrent.futures.process import BrokenProcessPool

    from joblib import Parallel, delayed  # its processes do not run the caller's script anew

    refused: list[Exception] = []

    def calls() -> Iterator[object]:
        try:
            for item in items:
                yield delayed(_without_bars)(function, item)
        except Exception as error:  # joblib asks for items in a thread of its own, where an error would be lost
            refused.append(error)

    try:
        with safe_path():
            yield from Parallel(processes, return_as="generator", batch_size=1)(calls())
    except BrokenProcessPool as error:
        raise WorkerKilled(
            "a process that worked for this one was killed: free some memory, or ask for fewer processes; then run the "
            "same command again"
        ) from error
    if refused:
        raise refused[0]


def _without_bars(function: Callable[[Item], Result], item: Item) -> Result:
    with without_bars():
        return function(item)
