"""Every random draw is a function of named integers, never of a global state."""

from __future__ import annotations

import hashlib
import secrets
import threading
from contextlib import contextmanager

import torch

STREAMS = 1  # version: the same seed gives the same numbers as long as it is the same
_TURN = threading.RLock()  # one thread at a time draws from torch's global generator; a fit inside a fit may


def seed_of(*parts: int | str) -> int:
    """A 63-bit seed from any names and numbers; equal parts give equal seeds on every machine."""
    digest = hashlib.blake2b("/".join(map(str, parts)).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "little") >> 1


def generator(*parts: int | str) -> torch.Generator:
    return torch.Generator().manual_seed(seed_of(*parts))


@contextmanager
def seeded(seed: int):
    """Within, torch's global generator begins at `seed`: layers take their first weights from it, and dropout its
    draws.

    Afterwards it is where it was. Other threads of this process wait at their own `seeded` meanwhile.
    """
    with _TURN:
        before = torch.get_rng_state()
        torch.default_generator.manual_seed(seed)
        try:
            yield
        finally:
            torch.set_rng_state(before)


def fresh_seed() -> int:
    """A seed from the system's entropy, short enough to be typed again."""
    return secrets.randbelow(2**31)
