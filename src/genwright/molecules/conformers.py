"""Molecules of a file in space, as chemists take SMILES to 3D: coordinates by RDKit (ETKDG), relaxed by MMFF94.

Several conformers of a molecule begin from coordinates of their own, and the one of lowest energy comes first.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from ..core.errors import DataError
from ..core.files import write_whole
from ..core.packages import Chem
from ..core.patience import with_progress
from ..core.type_names import RdkitMolecule
from ..kinds.formats.source import Source
from .chemistry.drawings import sdf_block_of
from .chemistry.embedding import embed, mmff_energy, relax
from .chemistry.standards import Unreadable, parsed, quiet_rdkit
from .kinds.library import Molecule, called, read_in_batches

ENERGY = "MMFF94_energy"  # data field of a conformer, kcal/mol


@dataclass
class Written:
    """What `write_conformers` wrote.

    Args:
        molecules: how many have coordinates.
        conformers: how many structures these are.
        lost: (place, reason) of each molecule without.
    """

    molecules: int = 0
    conformers: int = 0
    lost: list[tuple[str, str]] = field(default_factory=list)

    def describe(self) -> list[str]:
        """Says how many molecules have no coordinates, and why the first has none."""
        if not self.lost:
            return []
        place, reason = self.lost[0]
        return [f"{len(self.lost):,} molecules have no coordinates, the first of them {place}: {reason}"]


def write_conformers(library: object, out: Path, each: int = 1, seed: int = 0) -> Written:
    """Writes each molecule of a library in space, in its order, with all of its hydrogens.

    Args:
        library: Molecules: a path, or SMILES in memory.
        out: The file, .sdf.
        each: Conformers of a molecule, the one of lowest energy first.
        seed: Seed of the coordinates to begin with.

    Raises DataError where no molecule has coordinates.
    """
    source, written = Source.take(library), Written()
    molecules = [molecule for part in read_in_batches(source) for molecule in part]
    write_whole(out, _blocks(molecules, each, seed, written))
    if not written.molecules:
        out.unlink()
        reason = written.describe() or [f"{called(source)} holds no molecules"]
        raise DataError(f"{reason[0]}: give a file with SMILES that RDKit can embed")
    return written


def _blocks(molecules: list[Molecule], each: int, seed: int, written: Written) -> Iterator[bytes]:
    for place, text, name, unread in with_progress(molecules, "molecules in space"):
        try:
            if unread:
                raise Unreadable(unread)
            with quiet_rdkit():
                smiles = Chem.MolToSmiles(parsed(text))
        except Unreadable as reason:
            written.lost.append((place, str(reason)))
            continue
        found = _conformers(smiles, each, seed)
        if not found:
            written.lost.append((place, "RDKit finds no coordinates"))
            continue
        written.molecules, written.conformers = written.molecules + 1, written.conformers + len(found)
        for energy, molecule in found:
            data = {"smiles": smiles} | ({} if energy is None else {ENERGY: f"{energy:.4f}"})
            yield sdf_block_of(molecule, name or place, data).encode()


def _conformers(smiles: str, each: int, seed: int) -> list[tuple[float | None, RdkitMolecule]]:
    """Conformers and their energies, the lowest first; without MMFF94's parameters, as they come."""
    molecules = (embed(smiles, seed=1 + seed * each + number) for number in range(each))
    with quiet_rdkit():
        found = [(mmff_energy(molecule) if relax(molecule) else None, molecule) for molecule in molecules if molecule]
    return sorted(found, key=lambda pair: pair[0] or 0.0)
