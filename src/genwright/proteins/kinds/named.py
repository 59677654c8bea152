"""A made world of chains that fold by a law, so that what a model learns of folding can be measured.

foldable-chains              five helices of 6 to 9 residues, side by side, up and down in turn
foldable-chains-hidden       the same; a third of the turn letters are hidden in a sequence, and shown by its alignment
foldable-chains-local        the same; turns as one sees them who looks along the helix before the loop
foldable-chains-two-faced    four helices; a letter of the last turn may mean left or right

Helices stand 8.5 angstrom apart on a square grid. Each loop holds a letter that says whether the next step turns left,
goes straight or turns right, as the laboratory sees it from above, and all helices begin on the same side: where a
helix lies depends on the sum of all turns before it. By the local law, a helix and the next one lie alike wherever they
are: their own letter says all. The letter of the first loop says nothing. A fold is the sequence
of turns of a walk that meets no place twice: three helices have 3 folds, four 9, five 25.

Helices are peptides. Loops are traces of CA, whose N and C lie on the lines to the neighbours: 27% of all bonds from C
to the next N are off by more than .3 angstrom. Scores look at CA, and at the angles of helices.

Some folds never train: they are the test part. Validation chains are new chains of training folds. A chain is drawn by
a seed and its number, so training has new ones at each pass.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from itertools import product

import numpy as np

from ...core.account import Account
from ...kinds.formats.raw import Raw
from .chain import Chain, numbers_of
from .geometry import HELIX, backbone_of_trace, build_backbone

TURNS = {"L": 1, "S": 0, "R": -1}  # quarters of a turn, counter-clockwise from above
LETTER_OF_TURN, TWO_FACED, HIDDEN = {"L": "D", "S": "N", "R": "T"}, "P", "S"
HELIX_LETTERS = "AEKLMQRI"
SHORTEST, LONGEST, LOOP_BONDS = 6, 9, 4  # residues of a helix; bonds from one helix to the next, over three residues
APART, BOND = 8.5, 3.8  # angstrom between axes of neighbours, and between CA
BULGES = np.linspace(0.5, 8.0, 16)  # angstrom of a loop along z
COUNTS = {"train": 512, "valid": 64, "test": 96}
ROWS = 16  # of an alignment
UNSEEN = 0.24  # share of folds that never train


@dataclass(frozen=True)
class FoldableWorld:
    """A made world of chains: a law by which letters fold.

    Args:
        helices: Helices of a chain.
        seed: Seed of the folds that never train, and of all chains.
        hidden: share of turn letters that cannot be read in a sequence; above 0, chains have alignments.
        two_faced: whether half of the last turns to a side have a letter that means left or right.
        local: whether turns and helices are as one sees them who looks along the helix before the loop.
    """

    helices: int = 5
    seed: int = 0
    hidden: float = 0.0
    two_faced: bool = False
    local: bool = False

    @property
    def folds(self) -> list[str]:
        """All folds, as turns L, S and R."""
        walks = ["".join(turns) for turns in product(TURNS, repeat=self.helices - 2)]
        return [turns for turns in walks if len({*_walk(turns, self.local)[0]}) == self.helices]

    @property
    def unseen_folds(self) -> list[str]:
        """Folds that never train."""
        rng = np.random.default_rng([self.seed, self.helices])
        return sorted(rng.permutation(self.folds)[: round(UNSEEN * len(self.folds))].tolist())

    @property
    def seen_folds(self) -> list[str]:
        """Folds that train."""
        return [turns for turns in self.folds if turns not in self.unseen_folds]

    def draw(self, folds: Sequence[str], stream: int, numbers: Sequence[int]) -> list[Chain]:
        """Draws chains of these numbers, each of one of the folds.

        Args:
            stream: another one has other chains.
        """
        return [self._chain(folds, np.random.default_rng([self.seed, stream, number]), number) for number in numbers]

    def _chain(self, folds: Sequence[str], rng: np.random.Generator, number: int) -> Chain:
        turns = folds[rng.integers(len(folds))]
        sizes = rng.integers(SHORTEST, LONGEST + 1, self.helices).tolist()
        atoms = build_fold(turns, sizes, self.local)
        rows = [self._sequence(turns, sizes, rng) for _ in range(ROWS if self.hidden else 1)]
        letters = numbers_of(rows[0])
        alignment = np.stack([numbers_of(row) for row in rows]) if self.hidden else None
        return Chain(f"{turns}-{number}", letters, atoms, np.zeros(len(letters), bool), alignment)

    def _sequence(self, turns: str, sizes: Sequence[int], rng: np.random.Generator) -> str:
        letters = [LETTER_OF_TURN[turn] for turn in rng.choice(list(TURNS)) + turns]
        if self.two_faced and turns[-1] != "S" and rng.random() < 0.5:
            letters[-1] = TWO_FACED
        letters = [HIDDEN if rng.random() < self.hidden else letter for letter in letters]
        helices = ["".join(rng.choice(list(HELIX_LETTERS), size)) for size in sizes]
        return helices[0] + "".join(f"G{letter}G{helix}" for letter, helix in zip(letters, helices[1:]))


def foldable_chains(
    seed: int, name: str = "foldable-chains", helices: int = 5, hidden: float = 0.0, two_faced: bool = False,
    local: bool = False,
) -> Raw:  # fmt: skip
    """Makes the chains of a made world, of which training has new ones at each pass.

    Args:
        seed: Seed of the random numbers.
    """
    world = FoldableWorld(helices, seed, hidden, two_faced, local)
    folds = {"train": world.seen_folds, "valid": world.seen_folds, "test": world.unseen_folds}
    chains = [
        chain
        for stream, (part, count) in enumerate(COUNTS.items())
        for chain in world.draw(folds[part], stream, range(count))
    ]
    parts = np.repeat(list(COUNTS), list(COUNTS.values()))
    raw = Raw("proteins", name, chains, parts=parts, drawn=partial(world.draw, world.seen_folds, 0), account=Account())
    raw.account.remarks.append(f"folds that never train: {', '.join(world.unseen_folds)}")
    return raw


def hidden_turns(seed: int) -> Raw:
    """Makes chains with alignments, which alone show a third of the turns."""
    return foldable_chains(seed, "foldable-chains-hidden", hidden=0.3)


def local_turns(seed: int) -> Raw:
    """Makes chains whose turns are as one sees them who looks along the helix before the loop."""
    return foldable_chains(seed, "foldable-chains-local", local=True)


def two_faced_turns(seed: int) -> Raw:
    """Makes chains of four helices, of which some letters mean left or right."""
    return foldable_chains(seed, "foldable-chains-two-faced", helices=4, two_faced=True)


def _walk(turns: str, local: bool) -> tuple[list[tuple[int, int]], list[int]]:
    """Places of helices on the grid, and the heading, in quarters of a turn, of the step to each; the first step goes
    along x. local: whether turns are as seen along helices, of which every second points down."""
    x, y, places, headings = 1, 0, [(0, 0), (1, 0)], [0, 0]
    for number, turn in enumerate(turns):
        side = -TURNS[turn] if local and number % 2 == 1 else TURNS[turn]
        heading = (headings[-1] + side) % 4
        x, y = x + (1, 0, -1, 0)[heading], y + (0, 1, 0, -1)[heading]
        places.append((x, y))
        headings.append(heading)
    return places, headings


def helix_sizes(sequence: str) -> list[int]:
    """Counts the residues of each helix of a sequence of this world."""
    return [len(helix) for helix in re.split("G.G", sequence)]


def build_fold(turns: str, sizes: Sequence[int], local: bool = False) -> np.ndarray:
    """Builds the atoms (N, 3, 3) float32 of a fold, the mean of all at the origin.

    Args:
        turns: letters L, S and R, two fewer than helices.
        sizes: residues of each helix.
        local: whether turns, and the side on which a helix begins, are as one sees them who looks along the helix
            before the loop. Default: False, as the laboratory sees them.
    """
    places, headings = _walk(turns, local)
    helices = [
        _standing_helix(size, number % 2 == 0, heading if local else 0) + [*(APART * np.array(place)), 0.0]
        for number, (size, place, heading) in enumerate(zip(sizes, places, headings))
    ]
    parts = [helices[0]]
    for number, (previous_helix, next_helix) in enumerate(zip(helices, helices[1:])):
        parts += [_loop(previous_helix, next_helix, 1.0 if number % 2 == 0 else -1.0), next_helix]
    atoms = np.concatenate(parts)
    return (atoms - atoms.mean((0, 1))).astype(np.float32)


@lru_cache
def _standing_helix(size: int, upwards: bool, heading: int = 0) -> np.ndarray:
    """(size, 3, 3) a helix around the z axis, its middle at 0, whose first CA lies on the side of x below 0, or where
    that side is after so many quarters of a turn."""
    atoms = _helix(size)
    atoms = atoms if upwards else atoms * [1.0, -1.0, -1.0]  # half a turn around x, no mirror image
    angle = np.pi * (1 + heading / 2) - np.arctan2(atoms[0, 1, 1], atoms[0, 1, 0])
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return np.concatenate([atoms[..., :2] @ turn.T, atoms[..., 2:]], -1)


def _helix(size: int) -> np.ndarray:
    """(size, 3, 3) a helix that goes up the z axis, its middle at 0."""
    ca = build_backbone(*np.tile(HELIX, (size, 1)).T).astype(float)
    bends = np.diff(ca[:, 1], n=2, axis=0)  # each points at the axis
    axis = np.linalg.svd(bends)[2][2]
    axis *= np.sign(axis @ (ca[-1, 1] - ca[0, 1]))
    side = np.cross(axis, [1.0, 0.0, 0.0] if abs(axis[0]) < 0.9 else [0.0, 1.0, 0.0])
    side /= np.linalg.norm(side)
    upright = ca @ np.stack([side, np.cross(axis, side), axis]).T
    flat = upright[:, 1, :2]
    centre = np.linalg.lstsq(np.c_[2 * flat, np.ones(size)], (flat**2).sum(1), rcond=None)[0][:2]  # of a circle
    return upright - [*centre, upright[:, 1, 2].mean()]


def _loop(previous_helix: np.ndarray, next_helix: np.ndarray, outwards: float) -> np.ndarray:
    """(3, 3, 3) residues of a loop that bulges along z from the end of a helix to the beginning of the next, so far
    that they are a bond apart."""
    start, stop = previous_helix[-1, 1], next_helix[0, 1]
    angle = np.linspace(0, np.pi, 101)[:, None]
    paths = start + (1 - np.cos(angle)) / 2 * (stop - start) + np.zeros((len(BULGES), 1, 1))
    paths[..., 2] += np.sin(angle[:, 0]) * outwards * BULGES[:, None]
    lengths = np.linalg.norm(np.diff(paths, axis=1), axis=2).cumsum(1)
    chosen = min(int((lengths[:, -1] < LOOP_BONDS * BOND).sum()), len(BULGES) - 1)  # the first that is long enough
    path, along = paths[chosen], np.r_[0.0, lengths[chosen]]
    ends = np.linspace(0, along[-1], LOOP_BONDS + 1)
    trace = np.stack([np.interp(ends, along, axis) for axis in path.T], 1)
    return backbone_of_trace(trace)[1:-1].astype(float)
