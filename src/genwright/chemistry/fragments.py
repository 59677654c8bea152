"""Molecules put together from the pieces of others: bonds that chemists make are cut (BRICS, Degen 2008), and pieces
are joined where such bonds could be made. The result is a molecule. Only the counts of the pieces and the sizes of
molecules are learned."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from functools import cache, cached_property
from random import Random
from typing import Any

from ..core.errors import DataError
from .standards import quiet_rdkit

Molecule = Any  # of rdkit; of a piece, the open ends are atoms of number 0, whose isotope is the kind of the end
DOUBLE = 7  # the kind of end that is joined by a double bond


@dataclass(frozen=True)
class Pieces:
    """smiles: of the different pieces. seen: how often each was. sizes: heavy atoms of every molecule that they came
    from."""

    smiles: list[str]
    seen: list[int]
    sizes: list[int]

    @cached_property
    def molecules(self) -> list[Molecule]:
        """The pieces."""
        from rdkit import Chem

        return [Chem.MolFromSmiles(piece) for piece in self.smiles]

    @cached_property
    def ends(self) -> list[tuple[int, ...]]:
        """The kinds of the open ends of each piece."""
        return [tuple(piece.GetAtomWithIdx(end).GetIsotope() for end in _ends(piece)) for piece in self.molecules]

    @cached_property
    def fitting(self) -> dict[tuple[int, bool], list[int]]:
        """{(kind of end, closing): numbers of the pieces that join it}: closing ones have no other end, others have."""
        found = defaultdict(list)
        for number, ends in enumerate(self.ends):
            for kind in {partner for end in ends for partner in _partners(end)}:
                found[kind, len(ends) == 1].append(number)
        return dict(found)

    @cached_property
    def closing_size(self) -> float:
        """Heavy atoms of a piece of one end, as they were seen: the mean."""
        closing = [number for number, ends in enumerate(self.ends) if len(ends) == 1]
        total = sum(self.seen[number] for number in closing)
        atoms = sum(self.seen[number] * self.molecules[number].GetNumHeavyAtoms() for number in closing)
        return atoms / max(1, total)

    def to_json(self) -> dict:
        return asdict(self)

    @classmethod
    def from_json(cls, record: dict) -> Pieces:
        return cls(**record)


def pieces_of(smiles: Iterable[str]) -> Pieces:
    """Pieces of molecules, their counts, and the sizes of the molecules. Molecules that RDKit cannot read, or that have
    open ends, are left out. So is a molecule that no bond of BRICS cuts: its one piece would be a copy of it.

    Raises DataError if none is left, or RDKit is not installed.
    """
    seen, sizes = Counter(), []
    with quiet_rdkit():
        from rdkit import Chem
        from rdkit.Chem import BRICS

        for line in smiles:
            molecule = Chem.MolFromSmiles(line)
            if molecule is None or not molecule.GetNumHeavyAtoms() or _ends(molecule):
                continue
            pieces = Chem.GetMolFrags(BRICS.BreakBRICSBonds(molecule), asMols=True)
            pieces = [piece for piece in pieces if _ends(piece)]
            if pieces:
                sizes.append(molecule.GetNumHeavyAtoms())
                seen.update(map(Chem.MolToSmiles, pieces))
    if not sizes:
        raise DataError("none of the training items is a molecule that can be cut in pieces: give SMILES")
    return Pieces(sorted(seen), [seen[piece] for piece in sorted(seen)], sizes)


def recombined(pieces: Pieces, rng: Random) -> str | None:
    """The canonical SMILES of a molecule of such pieces, as large as some that they came from; None where a draw comes
    to no molecule, or to a larger one than there was.

    Pieces are drawn as often as they were seen among those that fit an open end: those that leave another end open,
    until the molecule would have the size asked for once all ends are closed, then those that close one.
    """
    from rdkit import Chem

    draw = lambda numbers: pieces.molecules[rng.choices(numbers, [pieces.seen[number] for number in numbers])[0]]
    goal, most, made = rng.choice(pieces.sizes), max(pieces.sizes), draw(range(len(pieces.molecules)))
    while ends := _ends(made):
        end = rng.choice(ends)
        kind = made.GetAtomWithIdx(end).GetIsotope()
        closing = made.GetNumHeavyAtoms() + len(ends) * pieces.closing_size >= goal
        fitting = pieces.fitting.get((kind, closing)) or pieces.fitting.get((kind, not closing))
        if not fitting or made.GetNumHeavyAtoms() > most:
            return None
        made = _joined(made, end, draw(fitting), kind, rng)
    if made.GetNumHeavyAtoms() > most or Chem.SanitizeMol(made, catchErrors=True):
        return None
    return Chem.MolToSmiles(made)


def _ends(molecule: Molecule) -> list[int]:
    """Numbers of the atoms that are open ends."""
    return [atom.GetIdx() for atom in molecule.GetAtoms() if not atom.GetAtomicNum()]


@cache
def _partners(kind: int) -> set[int]:
    """The kinds of end that one of this kind is joined to, by the rules of BRICS."""
    from rdkit.Chem import BRICS

    pairs = [tuple(int(name.strip("ab")) for name in rule[:2]) for group in BRICS.reactionDefs for rule in group]
    return {b for a, b in pairs if a == kind} | {a for a, b in pairs if b == kind}


def _joined(made: Molecule, end: int, piece: Molecule, kind: int, rng: Random) -> Molecule:
    """Two molecules as one, bonded where their ends were: an end of `made`, and any of the piece that fits it."""
    from rdkit import Chem

    partners, first = _partners(kind), made.GetNumAtoms()
    other = first + rng.choice([at for at in _ends(piece) if piece.GetAtomWithIdx(at).GetIsotope() in partners])
    whole = Chem.RWMol(Chem.CombineMols(made, piece))
    beside = [whole.GetAtomWithIdx(at).GetNeighbors()[0].GetIdx() for at in (end, other)]
    whole.AddBond(*beside, Chem.BondType.DOUBLE if kind == DOUBLE else Chem.BondType.SINGLE)
    for at in sorted((end, other), reverse=True):
        whole.RemoveAtom(at)
    return whole.GetMol()
