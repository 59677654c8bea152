"""Streams as they come from a bad disk or a broken line."""

import numpy as np


def damaged(stream: bytes, rng: np.random.Generator) -> bytes:
    """The stream with a bit turned, its end cut off, or up to eight bytes put in or taken out, at a random place."""
    found, at, some = bytearray(stream), rng.integers(len(stream)), rng.integers(1, 9)
    match rng.integers(4):
        case 0:
            found[at] ^= 1 << rng.integers(8)
        case 1:
            del found[at:]
        case 2:
            found[at:at] = rng.bytes(some)
        case 3:
            del found[at : at + some]
    return bytes(found)
