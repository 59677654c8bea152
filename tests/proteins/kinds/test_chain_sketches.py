# Tests proteins/kinds/sketches.py
"""Sketches of chains: they tell how like a chain others are, and hold no sequence."""

import numpy as np
import pytest

from genwright.proteins.kinds.chain import UNKNOWN
from genwright.proteins.kinds.sketches import (
    UNKNOWN_IDENTITY,
    nearest_identity,
    sketch,
    sketch_of_text,
    sketch_to_text,
)

LENGTH, CHAINS = 400, 20


def chains(seed: int, count: int = CHAINS, length: int = LENGTH) -> list[np.ndarray]:
    return list(np.random.default_rng(seed).integers(0, 20, (count, length)).astype(np.int8))


KNOWN = chains(0)
SKETCHES = list(map(sketch, KNOWN))


def mutated(letters: np.ndarray, share: float, seed: int) -> np.ndarray:
    """With this share of its residues as they were."""
    rng = np.random.default_rng(seed)
    changed = rng.permutation(len(letters)) >= round(share * len(letters))
    return np.where(changed, (letters + rng.integers(1, 20, len(letters))) % 20, letters).astype(np.int8)


@pytest.mark.parametrize("share", [1.0, 0.9, 0.75, 0.6, 0.5])
def test_the_identity_to_the_nearest_is_found(share):
    found = [nearest_identity(mutated(one, share, k), SKETCHES) for k, one in enumerate(KNOWN)]
    assert abs(np.mean([each.share for each in found]) - share) < 0.03
    assert not share >= 0.6 or not any(each.is_bound for each in found)


@pytest.mark.parametrize("length", [12, 40, 120, 400])
def test_a_chain_without_relatives_has_a_bound(length):
    found = [nearest_identity(one, SKETCHES) for one in chains(1, length=length) if len(sketch(one)) > 2]
    assert np.mean([each.is_bound for each in found]) >= 0.95
    assert length < 120 or max(each.share for each in found) < 0.6


def test_a_part_of_a_chain_is_identical():
    assert nearest_identity(KNOWN[3][50:150], SKETCHES).share == 1


def test_what_has_no_sketch_is_unknown():
    strange = np.full(30, UNKNOWN, np.int8)
    for letters, known in (
        (KNOWN[0][:3], SKETCHES),
        (strange, SKETCHES),
        (KNOWN[0], []),
        (KNOWN[0], [sketch(strange)]),
    ):
        assert nearest_identity(letters, known) is UNKNOWN_IDENTITY


def test_a_sketch_is_written_and_read_and_holds_half_of_the_words():
    for letters, hashes in zip(KNOWN, SKETCHES):
        assert np.array_equal(sketch_of_text(sketch_to_text(hashes)), hashes)
        assert 0.4 < len(hashes) / len(letters) < 0.6 and (np.diff(hashes.astype(int)) > 0).all()
    with pytest.raises(ValueError):
        sketch_of_text("no sketch")
