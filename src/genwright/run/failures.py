"""Failures of a family, which become the reason of its row, apart from those of the machine, which end the work.

A family may fail in any way: while its network is built, trained or written, while its run is opened, and while it
samples, scores or is drawn. Other families go on. Nothing goes on when a disk is full or a device is away.
"""

import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from ..core.errors import DeviceError, FolderInUse, GenwrightError, ProcessLost, Waiting, WorkerKilled, briefly

MACHINE = (FolderInUse, ProcessLost, WorkerKilled, DeviceError)


@contextmanager
def catch_failure(tell: Callable[[str], object] = str) -> Iterator[None]:
    """Catches an error of a family within this context and passes its reason to `tell`. Ctrl-C, work that waits, and
    errors of the machine pass."""
    try:
        yield
    except Exception as error:
        if not is_of_family(error):
            raise
        tell(reason_of(error))


def is_of_family(error: Exception) -> bool:
    """Tells whether an error comes from a family, and not from the machine or from the plan of the work."""
    if isinstance(error, (*MACHINE, Waiting)):
        return False
    chain: list[BaseException] = [error]
    while (cause := chain[-1].__cause__) is not None:
        chain.append(cause)
    return not any(isinstance(one, OSError) and one.errno is not None for one in chain)


def reason_of(error: Exception) -> str:
    """Returns the sentence of an error; for one without a sentence, its class, its first line, and where in the code it
    is."""
    if isinstance(error, GenwrightError):
        return str(error)
    if isinstance(error, MemoryError):
        return "it needs more memory than there is"
    frames = traceback.extract_tb(error.__traceback__)
    place = f" at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    return f"an error in its code{place} ({type(error).__name__}: {briefly(error)})"
