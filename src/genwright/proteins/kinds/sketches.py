"""Sketches of protein chains: by them a run knows how like its training chains another chain is.

    sketch      hashes, of 15 bits, of about half of the different words of WORD residues in a chain
    identity    of a chain to another ~ (share of its sketch that the other sketch holds)^(1 / WORD), since a word stays
                where none of its residues changed
    known words of a chain = share of its sketch that any training sketch holds

A chain is inside where it is as long as training chains are, and has as many known words as SHARE of validation chains
have: errors were measured on no others.

An alignment would be exact, but then a run would have to hold its training sequences. In a sketch words have no order,
half of them are missing, and two or three share a hash.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import poisson

from .chain import RESIDUES

WORD = 4
RARE = 0.01  # chance of a set of chains without relatives that one shares more than counts as chance
UNEVEN = 2.0  # times as many words two chains share by chance as if all residues were equally frequent
CAUTION = "a predicted lDDT, which holds for chains like the training set alone"  # about the confidence of a prediction
SHARE, FEWEST = 0.95, 5  # of validation chains, whose known words a chain inside has; and how many these are at least
FACTOR, BITS = 2_654_435_769, 16  # multiplicative hashing (Knuth, The Art of Computer Programming 3, 6.4)


def sketch(letters: np.ndarray) -> np.ndarray:
    """Computes the sketch of a chain, (n,) uint16, sorted.

    Args:
        letters: (N,) int8 of a chain; words with an X are left out.
    """
    words = np.lib.stride_tricks.sliding_window_view(letters, WORD) if len(letters) >= WORD else np.empty((0, WORD))
    known = words[(words < RESIDUES).all(1)].astype(np.uint64)
    numbers = known @ RESIDUES ** np.arange(WORD, dtype=np.uint64)
    hashes = (numbers * np.uint64(FACTOR) % np.uint64(2**32)) >> np.uint64(32 - BITS)
    return np.unique(hashes[hashes < 2 ** (BITS - 1)]).astype(np.uint16)


def sketch_to_text(hashes: np.ndarray) -> str:
    return b64encode(hashes.astype("<u2").tobytes()).decode()


def sketch_of_text(text: str) -> np.ndarray:
    """Reads the text of `sketch_to_text`. Raises ValueError for another text."""
    return np.frombuffer(b64decode(text, validate=True), "<u2")


@dataclass(frozen=True)
class Identity:
    """The estimated sequence identity of a chain to the nearest of some others.

    Args:
        share: in [0, 1]; NaN where it is unknown.
        is_bound: whether the identity may be less, since chains without relatives share as many words.
    """

    share: float
    is_bound: bool = False

    def __str__(self) -> str:
        if np.isnan(self.share):
            return "unknown"
        return f"{self.share:.0%} or less" if self.is_bound else f"about {self.share:.0%}"


UNKNOWN_IDENTITY = Identity(float("nan"))


def nearest_identity(letters: np.ndarray, sketches: Sequence[np.ndarray]) -> Identity:
    """Estimates the identity of a chain to the nearest of others; UNKNOWN_IDENTITY for a chain without a sketch, and
    for no others.

    Args:
        letters: (N,) int8 of the chain.
        sketches: Sketches of the others.
    """
    own_sketch, sizes = sketch(letters), [len(sketch) for sketch in sketches]
    if not len(own_sketch) or not sum(sizes):
        return UNKNOWN_IDENTITY
    number = np.repeat(np.arange(len(sizes)), sizes)
    shared = np.bincount(number[np.isin(np.concatenate(sketches), own_sketch)], minlength=1).max()
    expected = UNEVEN * len(own_sketch) * np.mean(sizes) / 2 ** (BITS - 1)
    by_chance = min(poisson.isf(RARE / len(sizes), expected), len(own_sketch))
    return Identity(
        float(max(shared, by_chance) / len(own_sketch)) ** (1 / WORD), bool(shared <= by_chance < len(own_sketch))
    )


def share_known(letters: np.ndarray, words: np.ndarray) -> float:
    """Computes the share of a chain's sketch that is among words; NaN for a chain without a sketch.

    Args:
        letters: (N,) int8 of the chain.
        words: (W,) uint16 hashes of all training sketches.
    """
    own_sketch = sketch(letters)
    return float(np.isin(own_sketch, words).mean()) if len(own_sketch) else float("nan")


def usual_share(shares: Sequence[float]) -> float:
    """Computes the share of known words that SHARE of chains reach; NaN for fewer than FEWEST."""
    known = np.sort([share for share in shares if np.isfinite(share)])
    return float(known[int((1 - SHARE) * len(known) + 1e-9)]) if len(known) >= FEWEST else float("nan")
