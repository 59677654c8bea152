"""Starts processes: of genwright, which import nothing from the folder at hand, and of programs that a person names.

Python looks for modules first in the folder at hand, or in that of a script. There a file numpy.py among a person's
data would run in the place of numpy. `-P` of Python leaves that folder out. Every process of ours has it: by GENWRIGHT,
or within `safe_path` where a library starts the process. A process that this one forks has the path that this one has,
and ends with it by `end_with_parent`.
"""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager

PYTHON = [sys.executable, "-P"]
GENWRIGHT = [*PYTHON, "-m", "genwright"]
SAFE_PATH = "PYTHONSAFEPATH"  # of the environment: any text means -P
OURS = "genwright"  # that text where we set it, which programs of a person do not get
FORKS = sys.platform == "linux"  # elsewhere a fork is missing, or unsafe beside the threads of the system's libraries
DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG


def set_safe_path() -> None:
    """Lets every process that this one or a library of it starts leave the folder at hand out, until it ends."""
    if not os.environ.get(SAFE_PATH):
        os.environ[SAFE_PATH] = OURS


@contextmanager
def safe_path() -> Iterator[None]:
    """Keeps the current folder out of the import path of processes that a library starts, within this context."""
    path_before = os.environ.get(SAFE_PATH)
    set_safe_path()
    try:
        yield
    finally:
        if path_before is None:
            os.environ.pop(SAFE_PATH, None)
        else:
            os.environ[SAFE_PATH] = path_before


def person_environment() -> dict[str, str]:
    """Returns the environment for a program of the user, with Python's import path as the user set it."""
    return {name: value for name, value in os.environ.items() if (name, value) != (SAFE_PATH, OURS)}


def end_with_parent(parent: int) -> None:
    """Lets the kernel kill this process, which was forked a moment ago, once the thread that forked it ends.

    Args:
        parent: id of the process that forked it. If that one has ended already, this one ends at once.
    """
    import ctypes

    ctypes.CDLL(None).prctl(DIE_WITH_PARENT, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)
