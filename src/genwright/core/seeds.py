"""Seeds, from names and numbers or from the system."""

import hashlib
import secrets


def seed_of(*parts: int | str, rank: int = 0) -> int:
    """Computes a 63-bit seed from any names and numbers; equal parts give equal seeds on every machine.

    Args:
        rank: Rank of the process among those that train one model together; rank 0 has the seed of a process alone.
    """
    parts += ("rank", rank) if rank else ()
    digest = hashlib.blake2b("/".join(map(str, parts)).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "little") >> 1


def fresh_seed() -> int:
    """Draws a seed from the system's entropy, short enough to be typed again."""
    return secrets.randbelow(2**31)
