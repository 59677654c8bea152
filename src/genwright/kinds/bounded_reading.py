"""The door of every reader: within it, reading a source takes memory and processor time in proportion to its size, and
a library that parses it cannot take this process with it."""

import os
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import TypeVar

from ..core.limits import FREE_SECONDS, bounded_memory, bounded_time, can_interrupt, files_on_disk, is_unbounded
from ..core.processes import FORKS
from ..core.reader_process import is_reading_process, read_in_process
from .formats.forms import rooms_of_others, seconds_a_mb

SECONDS_A_FILE = 0.05  # of the processor, beyond those for its size
T = TypeVar("T")


def read_bounded(path: Path | None, read: Callable[..., T], *arguments: object, is_database: bool = False) -> T:
    """Calls a function that reads a source, within its limits, and returns its value.

    A source that other people's code parses (`forms.PARSED_BY_OTHERS`) is read in a process of its own, and so is one
    that a thread reads which no timer can end. Within such a process, and elsewhere than on Linux, all is read in this
    one.

    Raises DataError where the source takes more than it may, or its reader dies.

    Args:
        path: Path of the source; None of an object, which nothing bounds.
        read: called with the arguments.
        is_database: whether it is a database, whatever its name says.
    """
    if path is None or not os.path.exists(path) or is_reading_process():
        return read(*arguments)
    files = list(files_on_disk(path))
    names, size = [name for name, _ in files], sum(size for _, size in files)
    seconds = FREE_SECONDS + seconds_a_mb(names) * size / 1e6 + SECONDS_A_FILE * (len(files) - 1)
    if is_unbounded():
        seconds = None

    def read_in_bounds() -> T:
        with bounded_memory(path):
            return read(*arguments)

    rooms = {"genwright.kinds.tables"} if is_database else rooms_of_others(names)
    if FORKS and (rooms or not can_interrupt()):
        for room in rooms:  # this process needs it next, and the other one would load it for itself alone
            import_module(f"{room}.load")
        return read_in_process(path, seconds, read_in_bounds)
    with bounded_time(path, seconds):
        return read_in_bounds()
