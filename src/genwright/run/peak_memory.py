"""The memory that a piece of work takes beyond what the process holds before it.

The kernel's own peak covers the whole life of a process, and not every kernel can reset it. So a thread reads the
resident memory every few milliseconds. Free memory goes back to the system first: otherwise a family that works in
memory left by an earlier one would seem to take none.
"""

from __future__ import annotations

import ctypes
import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread

import psutil

LOOK_SECONDS = 0.02  # between two readings


class PeakMemory:
    """A context whose `mib` is the highest resident memory seen inside less that at its beginning, in MiB."""

    _before = _highest = 0  # bytes, also where a signal comes before the first look

    def __enter__(self) -> PeakMemory:
        give_back()
        self._process, self._ended = psutil.Process(), Event()
        self._before = self._highest = self._process.memory_info().rss
        self._thread = Thread(target=self._watch, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *error) -> None:
        self._ended.set()
        self._thread.join()
        self._look()

    @property
    def mib(self) -> float:
        return round((self._highest - self._before) / 2**20, 1)

    def _watch(self) -> None:
        while not self._ended.wait(LOOK_SECONDS):
            self._look()

    def _look(self) -> None:
        self._highest = max(self._highest, self._process.memory_info().rss)


@contextmanager
def quick_collections() -> Iterator[None]:
    """Makes garbage collection skip the objects that were alive at the start of this context, since each collection
    would look at all of them."""
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


def give_back() -> None:
    """Return memory that is free inside the process to the system, where its C library can (glibc)."""
    gc.collect()
    if sys.platform == "linux" and hasattr(ctypes.CDLL(None), "malloc_trim"):
        ctypes.CDLL(None).malloc_trim(0)
