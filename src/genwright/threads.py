"""How many threads compute: a choice that changes the bits of a result, so it is recorded and obeyed."""

from __future__ import annotations

from contextlib import contextmanager

import torch


@contextmanager
def threads(count: int):
    """Compute with so many threads, and give back what was set before."""
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)
