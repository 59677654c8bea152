"""A protein chain: its residues, the places of its backbone atoms, and the sequences aligned to it."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from ...core.errors import DataError

LETTERS = "ARNDCQEGHILKMFPSTWYVX-"  # by number: 20 residues, X for any other, - for a gap of an alignment
RESIDUES, UNKNOWN, GAP = 20, 20, 21
RESIDUE_NAMES = "ALA ARG ASN ASP CYS GLN GLU GLY HIS ILE LEU LYS MET PHE PRO SER THR TRP TYR VAL UNK".split()
BACKBONE = ("N", "CA", "C")
MOSTLY = 0.5  # share of letters that are residues, at least, in a sequence of a protein
GAPS = re.compile(r"[\s.-]+")
_NUMBERS = np.full(256, UNKNOWN, np.int8)
for _number, _letter in enumerate(LETTERS):
    _NUMBERS[[ord(_letter), ord(_letter.lower())]] = _number


@dataclass(frozen=True, eq=False)
class Chain:
    """A protein chain of N residues. Raises DataError for arrays that do not fit each other.

    Args:
        name: how a person knows it, such as the name of its file.
        letters: (N,) int8, 0 to 19 in the order of `LETTERS`, 20 for X.
        atoms: (N, 3, 3) float32 in angstrom, rows N, CA and C; NaN where a place is unknown.
        breaks: (N,) bool, True where the bond to the next residue is broken.
        alignment: (S, N) int8 of related sequences, 21 for a gap; the first row is the chain itself. Default: None.
    """

    name: str
    letters: np.ndarray
    atoms: np.ndarray
    breaks: np.ndarray
    alignment: np.ndarray | None = None

    def __post_init__(self):
        count = len(self.letters)
        if self.atoms.shape != (count, 3, 3) or self.breaks.shape != (count,):
            raise DataError(
                f"chain {self.name} has {count:,} letters, atoms {self.atoms.shape} and breaks {self.breaks.shape}: "
                "give (N,), (N, 3, 3) and (N,)"
            )
        rows = self.alignment
        if rows is not None and (rows.ndim != 2 or not len(rows) or not np.array_equal(rows[0], self.letters)):
            raise DataError(
                f"the alignment of chain {self.name} is of another sequence: its first row must be the chain"
            )

    def __len__(self) -> int:
        return len(self.letters)

    @property
    def sequence(self) -> str:
        """The residues as letters, X for those that are none of the 20."""
        return letters_of(self.letters)

    @property
    def is_protein(self) -> bool:
        """Whether there are residues, and letters that are none are few enough."""
        return len(self) > 0 and (self.letters == UNKNOWN).mean() <= MOSTLY

    @property
    def has_backbone(self) -> np.ndarray:
        """Which residues have N, CA and C: (N,) bool."""
        return np.isfinite(self.atoms).all((1, 2))

    def cut(self, start: int, stop: int) -> Chain:
        """Cuts out the residues from `start` up to `stop`."""
        part = slice(start, stop)
        rows = None if self.alignment is None else self.alignment[:, part]
        return Chain(self.name, self.letters[part], self.atoms[part], self.breaks[part], rows)


def chain_of_sequence(sequence: str, name: str = "sequence") -> Chain:
    """Makes a chain whose structure is not known. Blanks, gaps and a * at the end are left out; other letters that are
    no residues become X."""
    letters = numbers_of(GAPS.sub("", sequence).rstrip("*"))
    return Chain(name, letters, np.full((len(letters), 3, 3), np.nan, np.float32), np.zeros(len(letters), bool))


def numbers_of(sequence: str) -> np.ndarray:
    """Numbers the letters of a sequence, (N,) int8, 20 for each that is no residue."""
    return _NUMBERS[np.frombuffer(sequence.encode("latin-1", "replace"), np.uint8)]


def letters_of(numbers: np.ndarray) -> str:
    """Writes the letters of numbers, the inverse of `numbers_of`."""
    return "".join(LETTERS[number] for number in numbers.tolist())
