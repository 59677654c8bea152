"""The seven edits of a graph GA (Jensen 2019), each a small change of one molecule that valences allow; and random
edits, a floor that searches have to beat.

Molecules are edited in Kekule form without stereo: what an edit makes has no marks of stereo. The floor changes start
molecules at random, without any selection:

    molecule ~ start,  k ~ 1 .. 5,  k edits one after another
"""

from collections.abc import Callable, Collection
from random import Random

from ...core.packages import Chem
from ...core.type_names import RdkitMolecule
from .families import Exhausted, Proposal, Search, Task
from .limits import LARGEST_RING, SMALLEST_RING

USUAL = {"C": 6, "N": 2, "O": 2, "F": 1, "S": 1, "Cl": 1, "Br": 1}  # how often an edit takes an element
RARE = 0.5  # weight of an element that USUAL lacks
ORDERS = {1: 12, 2: 7, 3: 1}  # how often a new atom is joined by a single, a double or a triple bond
TRIES = 10  # edits that are tried before a molecule counts as one that cannot be edited


def edited(molecule: RdkitMolecule, rng: Random, elements: Collection[str]) -> RdkitMolecule | None:
    """Edits a molecule once at random, and returns the sanitised result; None where TRIES edits came to none.

    Args:
        molecule: The molecule.
        rng: Random numbers.
        elements: those that new atoms may have.
    """
    plain = kekule(molecule)
    for _ in range(TRIES):
        changed = Chem.RWMol(plain)
        if rng.choice(EDITS)(changed, rng, elements) and not Chem.SanitizeMol(changed, catchErrors=True):
            return changed
    return None


def kekule(molecule: RdkitMolecule) -> RdkitMolecule:
    """Converts a molecule to single, double and triple bonds alone, without stereo, and with hydrogens that follow from
    valences."""
    plain = Chem.RWMol(molecule)
    Chem.RemoveStereochemistry(plain)
    Chem.Kekulize(plain, clearAromaticFlags=True)
    for atom in plain.GetAtoms():
        if not atom.GetNumRadicalElectrons():
            atom.SetNoImplicit(False)
            atom.SetNumExplicitHs(0)
    plain.UpdatePropertyCache(strict=False)
    return plain


def append_atom(molecule: RdkitMolecule, rng: Random, elements: Collection[str]) -> bool:
    order = rng.choices(list(ORDERS), list(ORDERS.values()))[0]
    free_atoms = [atom.GetIdx() for atom in molecule.GetAtoms() if atom.GetTotalNumHs() >= order]
    if not free_atoms:
        return False
    new = molecule.AddAtom(Chem.Atom(_element(rng, elements)))
    molecule.AddBond(rng.choice(free_atoms), new, Chem.BondType.values[order])
    return True


def insert_atom(molecule: RdkitMolecule, rng: Random, elements: Collection[str]) -> bool:
    single_bonds = [bond for bond in molecule.GetBonds() if bond.GetBondTypeAsDouble() == 1]
    if not single_bonds:
        return False
    bond = rng.choice(single_bonds)
    ends = bond.GetBeginAtomIdx(), bond.GetEndAtomIdx()
    new = molecule.AddAtom(Chem.Atom(_element(rng, elements)))
    molecule.RemoveBond(*ends)
    for end in ends:
        molecule.AddBond(end, new, Chem.BondType.SINGLE)
    return True


def delete_atom(molecule: RdkitMolecule, rng: Random, elements: Collection[str]) -> bool:
    """Deletes an atom at an end, or one between two others, which are then joined.

    Args:
        molecule: The molecule.
        rng: Random numbers.
    """
    removable_atoms = [atom for atom in molecule.GetAtoms() if atom.GetDegree() in (1, 2)]
    if not removable_atoms:
        return False
    atom = rng.choice(removable_atoms)
    near = [neighbour.GetIdx() for neighbour in atom.GetNeighbors()]
    if len(near) == 2:
        if molecule.GetBondBetweenAtoms(*near):
            return False
        molecule.AddBond(*near, Chem.BondType.SINGLE)
    molecule.RemoveAtom(atom.GetIdx())
    return True


def change_atom(molecule: RdkitMolecule, rng: Random, elements: Collection[str]) -> bool:
    atom = molecule.GetAtomWithIdx(rng.randrange(molecule.GetNumAtoms()))
    element = _element(rng, elements)
    if element == atom.GetSymbol():
        return False
    molecule.ReplaceAtom(atom.GetIdx(), Chem.Atom(element))
    return True


def change_bond(molecule: RdkitMolecule, rng: Random, elements: Collection[str]) -> bool:
    if not molecule.GetNumBonds():
        return False
    bond = molecule.GetBondWithIdx(rng.randrange(molecule.GetNumBonds()))
    order = rng.choice([bond_order for bond_order in ORDERS if bond_order != bond.GetBondTypeAsDouble()])
    bond.SetBondType(Chem.BondType.values[order])
    return True


def delete_ring_bond(molecule: RdkitMolecule, rng: Random, elements: Collection[str]) -> bool:
    """Deletes a bond of a ring, which opens; the molecule stays in one piece.

    Args:
        molecule: The molecule.
        rng: Random numbers.
    """
    ring_bonds = [bond for bond in molecule.GetBonds() if bond.IsInRing()]
    if not ring_bonds:
        return False
    bond = rng.choice(ring_bonds)
    molecule.RemoveBond(bond.GetBeginAtomIdx(), bond.GetEndAtomIdx())
    return True


def add_ring_bond(molecule: RdkitMolecule, rng: Random, elements: Collection[str]) -> bool:
    """Joins two atoms that then close a ring of a usual size.

    Args:
        molecule: The molecule.
        rng: Random numbers.
    """
    bond_distances = Chem.GetDistanceMatrix(molecule, force=True)
    free_atoms = [atom.GetIdx() for atom in molecule.GetAtoms() if atom.GetTotalNumHs()]
    pairs = [
        (a, b)
        for a in free_atoms
        for b in free_atoms
        if a < b and SMALLEST_RING <= bond_distances[a, b] + 1 <= LARGEST_RING
    ]
    if not pairs:
        return False
    molecule.AddBond(*rng.choice(pairs), Chem.BondType.SINGLE)
    return True


EDITS: tuple[Callable[[RdkitMolecule, Random, Collection[str]], bool], ...] = (
    append_atom, insert_atom, delete_atom, change_atom, change_bond, delete_ring_bond, add_ring_bond,
)  # fmt: skip


def _element(rng: Random, elements: Collection[str]) -> str:
    known = sorted(elements)
    return rng.choices(known, [USUAL.get(symbol, RARE) for symbol in known])[0]


MOST_EDITS = 5  # edits of one molecule
PATIENCE = 20_000  # attempts without a new molecule


def search(task: Task) -> Search:
    """Raises Exhausted where no edit makes a molecule within the limits."""
    rng, known, batch, failures = task.rng("random-edits"), set(task.start), [], 0
    while True:
        parent = rng.choice(task.start)
        molecule = Chem.MolFromSmiles(parent)
        for _ in range(rng.randint(1, MOST_EDITS)):
            molecule = molecule and edited(molecule, rng, task.elements)
        smiles = molecule and task.gate.smiles(molecule, known)
        if not smiles:
            failures += 1
            if failures > PATIENCE:
                raise no_new_molecules_error(task)
            continue
        known.add(smiles)
        batch.append(Proposal(smiles, parent))
        failures = 0
        if len(batch) == task.batch:
            yield batch
            batch = []


def no_new_molecules_error(task: Task) -> Exhausted:
    return Exhausted(
        f"{PATIENCE:,} edits of {len(task.start):,} start molecules gave no new molecule within the limits: switch one "
        "off, as with --filters off, or give more molecules"
    )
