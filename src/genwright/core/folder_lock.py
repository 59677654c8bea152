"""A lock on a folder, so that one process at a time writes to it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from .errors import RunError, remedy

LOCK = ".lock"  # an empty file


@contextmanager
def hold_folder(folder: Path, does: str) -> Iterator[None]:
    """Within, the folder is there, and its lock is ours. does: a verb that says what the holder does in it.

    Raises RunError where another process holds the lock, or the disk refuses.
    """
    lock = FileLock(folder / LOCK, timeout=0)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if (folder / LOCK).exists() and (folder / LOCK).stat().st_size:
            raise RunError(f"{folder}/{LOCK} is not genwright's, which is empty: choose another folder")
        lock.acquire()
    except Timeout as error:
        raise RunError(f"another process {does} in {folder}: wait, or choose another folder") from error
    except OSError as error:
        raise RunError(f"cannot write to {folder}: {error.strerror}; {remedy(error)}") from error
    try:
        yield
    finally:
        lock.release()
