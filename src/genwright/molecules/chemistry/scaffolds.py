"""Scaffolds of molecules: the rings and what links them (Bemis & Murcko 1996), and scaffolds to be completed.

A scaffold to be completed is SMILES with `[*:1]`, `[*:2]` .. where atoms are to be attached. A model that writes a line
from its beginning to its end grows one point at a time, that of the lowest number: the scaffold is written so that this
point comes last, and what follows is bound to it. The others hold a hydrogen until their turn comes.
"""

import re
from functools import lru_cache

from ...core.errors import DataError
from ...core.packages import Chem
from ...core.type_names import RdkitMolecule

CACHED_SCAFFOLDS = 1 << 16  # molecules whose scaffolds are kept: one assay is described by them, and split by any seed
RINGS = 2  # fewest rings of a scaffold that molecules are compared by


def murcko_scaffold(molecule: RdkitMolecule | None) -> RdkitMolecule | None:
    """Finds the scaffold of a molecule; None where there is no molecule, or none can be made of it."""
    from rdkit.Chem.Scaffolds.MurckoScaffold import GetScaffoldForMol

    try:
        return None if molecule is None else GetScaffoldForMol(molecule)
    except (ValueError, RuntimeError):  # rings that cannot be told apart from their side chains
        return None


@lru_cache(CACHED_SCAFFOLDS)
def scaffold_of(smiles: str) -> str:
    """Computes the Bemis-Murcko scaffold as SMILES without stereo; "" for a molecule without rings."""
    core = murcko_scaffold(Chem.MolFromSmiles(smiles))
    return "" if core is None else Chem.MolToSmiles(core, isomericSmiles=False)


def scaffold(mol) -> str | None:
    """Writes the scaffold of a molecule of RDKit as SMILES; None where it has fewer than two rings, or none can be
    made."""
    core = murcko_scaffold(mol)
    return None if core is None or core.GetRingInfo().NumRings() < RINGS else Chem.MolToSmiles(core)


POINT = "[*:1]"
ANY_POINT = re.compile(r"\[\*:\d+\]")
MARK = 118  # an element that no molecule has
WAYS = (100, 1_000)  # random SMILES of a scaffold that are tried: more where none of the fewer ends at its point


@lru_cache(maxsize=1024)
def before_point(scaffold: str) -> str:
    """Writes the scaffold as SMILES up to its first attachment point, with hydrogens at the other points. The result is
    the simplest of many ways to write it.

    Raises DataError for a text that is no molecule, has no point, or has one that is not bound to one atom; for stereo
    that a hydrogen at another point would undo; and if no way is found."""
    first, other_points = _points(molecule := _read(scaffold))
    centres = _centres(molecule)
    molecule.GetAtomWithIdx(first).SetAtomMapNum(1)
    for point in other_points:
        molecule.GetAtomWithIdx(point).SetAtomicNum(1)
        molecule.GetAtomWithIdx(point).SetAtomMapNum(0)
    spare = Chem.RemoveHsParameters()
    spare.removeDefiningBondStereo = True
    molecule = Chem.RemoveHs(molecule, spare)
    if _centres(molecule) < centres:
        raise DataError(
            f"{scaffold} has stereo at an atom that grows later, and a hydrogen there would undo it. Give that point "
            "the lowest number, or mark the stereo in the result"
        )
    for count in WAYS:
        written_smiles = Chem.MolToRandomSmilesVect(molecule, count, randomSeed=0)
        if ways := [way for way in written_smiles if way.endswith(POINT)]:
            return min(ways, key=lambda way: (way.count("("), len(way), way)).removesuffix(POINT)
    raise DataError(f"{scaffold} could not be written with {POINT} at its end: write it so yourself")


def reopened(scaffold: str, grown_smiles: str) -> str | None:
    """Marks the other attachment points of a scaffold again in the molecule that was grown at its first point, from the
    start that `before_point` wrote. Returns None if there are no others, RDKit cannot read the molecule, or it does not
    begin so."""
    first, other_points = _points(molecule := _read(scaffold))
    completed_molecule = Chem.MolFromSmiles(grown_smiles)
    if not other_points or completed_molecule is None:
        return None
    start_molecule = Chem.MolFromSmiles(before_point(scaffold) + POINT)  # its atoms are the first of what was grown
    for end in (start_molecule.GetAtomWithIdx(start_molecule.GetNumAtoms() - 1), molecule.GetAtomWithIdx(first)):
        end.SetAtomicNum(MARK)
    places = molecule.GetSubstructMatch(start_molecule, useChirality=True)
    elements = [
        [atom.GetAtomicNum() for atom in half_molecule.GetAtoms()]
        for half_molecule in (start_molecule, completed_molecule)
    ]
    if not places or elements[1][: len(places) - 1] != elements[0][:-1]:
        return None
    completed_molecule = Chem.AddHs(completed_molecule)
    for point in map(molecule.GetAtomWithIdx, other_points):
        (root,) = point.GetNeighbors()
        neighbours = completed_molecule.GetAtomWithIdx(places.index(root.GetIdx())).GetNeighbors()
        hydrogen = next(atom for atom in neighbours if atom.GetAtomicNum() == 1)
        hydrogen.SetAtomicNum(0)
        hydrogen.SetAtomMapNum(point.GetAtomMapNum())
    return Chem.MolToSmiles(Chem.RemoveHs(completed_molecule))


@lru_cache(maxsize=1024)
def opened(scaffold: str) -> tuple[str, ...]:
    """Opens a scaffold without points at its free valences one by one: SMILES with POINT at one atom that holds a
    hydrogen, once for atoms that are alike. Centres whose stereo is said stay closed.

    Raises DataError for what is no molecule, and where no atom is free."""
    molecule = _read(scaffold)
    ranks, by_rank = Chem.CanonicalRankAtoms(molecule, breakTies=False), {}
    for atom in molecule.GetAtoms():
        has_stereo = atom.GetChiralTag() != Chem.ChiralType.CHI_UNSPECIFIED
        if atom.GetTotalNumHs() and atom.GetAtomicNum() and not has_stereo and ranks[atom.GetIdx()] not in by_rank:
            if way := _with_point(molecule, atom.GetIdx()):
                by_rank[ranks[atom.GetIdx()]] = way
    if not by_rank:
        raise DataError(f"{scaffold} has no free valence to grow at: take a scaffold with a hydrogen")
    return tuple(by_rank.values())


def closed(scaffold: str) -> str:
    """Closes the attachment points of a scaffold by hydrogens: SMILES."""
    molecule = _read(scaffold)
    for atom in molecule.GetAtoms():
        if not atom.GetAtomicNum():
            atom.SetAtomicNum(1)
            atom.SetAtomMapNum(0)
    return Chem.MolToSmiles(Chem.RemoveHs(molecule))


def _with_point(molecule: RdkitMolecule, place: int) -> str | None:
    """The molecule with POINT at one of its atoms; None where RDKit makes no molecule of that."""
    marked_molecule = Chem.RWMol(molecule)
    atom, point = marked_molecule.GetAtomWithIdx(place), Chem.Atom(0)
    if atom.GetNumExplicitHs():
        atom.SetNumExplicitHs(atom.GetNumExplicitHs() - 1)
    point.SetAtomMapNum(1)
    marked_molecule.AddBond(place, marked_molecule.AddAtom(point), Chem.BondType.SINGLE)
    return None if Chem.SanitizeMol(marked_molecule, catchErrors=True) else Chem.MolToSmiles(marked_molecule)


def _read(scaffold: str) -> RdkitMolecule:
    molecule = Chem.MolFromSmiles(scaffold)
    if molecule is None:
        raise DataError(f"{scaffold} cannot be read by RDKit: write it as SMILES, with {POINT} where it continues")
    return molecule


def _points(molecule: RdkitMolecule) -> tuple[int, list[int]]:
    """The atom that is the first point, and the other points by number. Raises DataError where there are none, or one
    has no number or is not bound to one atom of the scaffold."""
    points = sorted(
        (atom for atom in molecule.GetAtoms() if atom.GetAtomicNum() == 0), key=lambda atom: atom.GetAtomMapNum()
    )
    bound = lambda point: [neighbour.GetAtomicNum() > 0 for neighbour in point.GetNeighbors()] == [True]
    if not points or points[0].GetAtomMapNum() < 1 or not all(map(bound, points)):
        raise DataError(
            f"{Chem.MolToSmiles(molecule)} is completed at {POINT}, {POINT.replace('1', '2')} .., each bound to one "
            "atom of the scaffold: mark it so"
        )
    first, *other_atoms = (atom.GetIdx() for atom in points)
    return first, other_atoms


def _centres(molecule: RdkitMolecule) -> int:
    """Atoms and bonds whose stereo is said."""
    Chem.AssignStereochemistry(molecule, cleanIt=True, force=True)
    atoms = sum(atom.GetChiralTag() != Chem.ChiralType.CHI_UNSPECIFIED for atom in molecule.GetAtoms())
    return atoms + sum(bond.GetStereo() > Chem.BondStereo.STEREOANY for bond in molecule.GetBonds())
