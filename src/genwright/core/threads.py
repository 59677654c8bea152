"""The number of threads. It changes the bits of a result, so a run records it and uses it again when it resumes."""

from __future__ import annotations

from contextlib import contextmanager

import torch


def use_threads(count: int) -> None:
    """Compute with so many threads from now on, in this thread of the process.

    A thread takes the process's number over when it first asks for it, and has its own from then on; so it is asked.
    """
    if torch.get_num_threads() != count:
        torch.set_num_threads(count)


@contextmanager
def threads(count: int):
    """Compute with this number of threads, and then restore the previous number."""
    before = torch.get_num_threads()
    use_threads(count)
    try:
        yield
    finally:
        use_threads(before)
