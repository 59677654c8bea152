"""The number of threads. It changes the bits of a result, so a run records it and uses it again when it resumes."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import torch

_most: ContextVar[int] = ContextVar("most_threads", default=sys.maxsize)


def use_threads(count: int) -> None:
    """Compute with so many threads from now on, in this thread of the process.

    A thread takes the process's number over when it first asks for it, and has its own from then on; so it is asked.
    """
    if torch.get_num_threads() != count:
        torch.set_num_threads(count)


def allowed_threads(count: int) -> int:
    """This number of threads, or as many as `limit_threads` allows."""
    return min(count, _most.get())


@contextmanager
def limit_threads(count: int) -> Iterator[None]:
    """Compute with this number of threads, models with no more of them than this."""
    token = _most.set(count)
    try:
        with threads(count):
            yield
    finally:
        _most.reset(token)


@contextmanager
def threads(count: int) -> Iterator[None]:
    """Compute with this number of threads, and then restore the previous number."""
    before = torch.get_num_threads()
    use_threads(count)
    try:
        yield
    finally:
        use_threads(before)
