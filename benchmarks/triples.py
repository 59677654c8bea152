"""Triples of a made world, and of two small published sets that PyKEEN ships (rows H9)."""

from __future__ import annotations

import numpy as np

RINGS, POSITIONS, TWINS = 5, 20, 3  # entities: rings of positions, with some entities at each
STEPS = {  # how far a relation leads along its ring
    "next": 1, "previous": -1, "after two": 2, "before two": -2, "opposite": POSITIONS // 2,
    "third": 3, "fourth": 4, "seventh": 7,
}  # fmt: skip
KEPT, NOISE = 0.5, 0.02  # share of the true triples that are there, and of false ones beside them


def ring_world(seed: int) -> np.ndarray:
    """Triples (n, 3) of words: every relation leads a number of steps along a ring. `opposite` is symmetric, two pairs
    of relations are inverse, and others are compositions: `third` is `next` after `after two`."""
    rng = np.random.default_rng(seed)
    name = lambda ring, position, twin: f"r{ring}p{position % POSITIONS}t{twin}"
    triples = [
        (name(ring, position, a), relation, name(ring, position + step, b))
        for ring in range(RINGS) for position in range(POSITIONS) for a in range(TWINS) for b in range(TWINS)
        for relation, step in STEPS.items()
    ]  # fmt: skip
    rows = np.array(triples, dtype=object)[rng.random(len(triples)) < KEPT]
    false = rows[rng.permutation(len(rows))[: int(NOISE * len(rows))]].copy()
    false[:, 2] = rows[rng.permutation(len(rows))[: len(false)], 2]
    rows = np.concatenate([rows, false])
    return np.unique(rows[rng.permutation(len(rows))].astype(str), axis=0)
