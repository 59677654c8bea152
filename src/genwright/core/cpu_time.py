"""CPU time, which measures work on a busy machine too, and the share of a core that the process got."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass


def cpu_seconds() -> float:
    """CPU seconds that this process, its threads and its ended children have used."""
    children = os.times()
    return time.process_time() + children.children_user + children.children_system


@dataclass
class CpuShare:
    """As a context, which may be entered again: the share of a core that the calling thread got inside, 1.0 on an idle
    machine. Other threads compute beside this one, so its own share tells how busy the machine was."""

    cpu: float = 0.0
    wall: float = 0.0

    def __enter__(self) -> CpuShare:
        self._began = time.thread_time(), time.perf_counter()
        return self

    def __exit__(self, *error) -> None:
        cpu, wall = self._began
        self.cpu += time.thread_time() - cpu
        self.wall += time.perf_counter() - wall

    @property
    def share(self) -> float | None:
        """0 to 1; None where nothing was timed."""
        return round(min(1.0, self.cpu / self.wall), 3) if self.wall > 0 else None
