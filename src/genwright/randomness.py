"""Every random draw is a function of named integers, never of a global state."""

from __future__ import annotations

import hashlib
import secrets

import torch


def seed_of(*parts: int | str) -> int:
    """A 63-bit seed from any names and numbers; equal parts give equal seeds on every machine."""
    digest = hashlib.blake2b("/".join(map(str, parts)).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "little") >> 1


def generator(*parts: int | str) -> torch.Generator:
    return torch.Generator().manual_seed(seed_of(*parts))


def fresh_seed() -> int:
    """A seed from the system's entropy, short enough to be typed again."""
    return secrets.randbelow(2**31)
