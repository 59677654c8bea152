"""A scaffold that is to be completed: SMILES with `[*:1]` where atoms are to be attached."""

from __future__ import annotations

from ..core.errors import DataError

POINT = "[*:1]"
WAYS = 1_000  # in which a scaffold is written, of which those count that end where atoms are to be attached


def before_point(scaffold: str) -> str:
    """The scaffold as SMILES up to its attachment point, written so that the point comes last: what follows is bound to
    it. Of all such ways the simplest is taken.

    Raises DataError for what is no molecule, has another number of points than one, or is not written so.
    """
    from rdkit import Chem

    molecule = Chem.MolFromSmiles(scaffold)
    if molecule is None:
        raise DataError(f"{scaffold} cannot be read by RDKit: write it as SMILES, with {POINT} where it is to go on")
    points = [atom for atom in molecule.GetAtoms() if atom.GetAtomicNum() == 0]
    if len(points) != 1 or points[0].GetDegree() != 1:
        raise DataError(
            f"{scaffold} is completed at one place, by {POINT} bound to one atom, and {len(points)} are marked: leave "
            "one, and mark the others in what comes out"
        )
    ways = {way for way in Chem.MolToRandomSmilesVect(molecule, WAYS, randomSeed=0) if way.endswith(POINT)}
    if not ways:
        raise DataError(f"{scaffold} could not be written with {POINT} at its end: write it so yourself")
    return min(ways, key=lambda way: (way.count("("), len(way), way)).removesuffix(POINT)
