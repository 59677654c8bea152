"""Molecules that know valences and nothing else: random graphs with the sizes, elements, rings and multiple bonds of
others. All are valid, nearly all are new, and few are chemistry: what those two counts are worth."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from random import Random

from ..core.errors import DataError
from .standards import quiet_rdkit


@dataclass(frozen=True)
class Census:
    """elements: atomic numbers, and how many atoms of each. shapes: of every molecule its heavy atoms, rings, and the
    bonds that are more than single, a triple one twice."""

    elements: dict[int, int]
    shapes: list[tuple[int, int, int]]

    def to_json(self) -> dict:
        return {"elements": list(self.elements.items()), "shapes": self.shapes}

    @classmethod
    def from_json(cls, record: dict) -> Census:
        return cls(dict(record["elements"]), record["shapes"])


def census_of(smiles: Iterable[str]) -> Census:
    """Counted over molecules. Those that RDKit cannot read are left out, as are atoms of elements that it knows no
    single valence of. Raises DataError where none is left, or RDKit is not installed."""
    elements, shapes = Counter(), []
    with quiet_rdkit():
        from rdkit import Chem

        for line in smiles:
            molecule = Chem.MolFromSmiles(line)
            if molecule is None or not molecule.GetNumHeavyAtoms():
                continue
            Chem.Kekulize(molecule, clearAromaticFlags=True)
            pieces = len(Chem.GetMolFrags(molecule))
            orders = [bond.GetBondTypeAsDouble() for bond in molecule.GetBonds()]
            more = sum(int(order) - 1 for order in orders if order > 1)
            shapes.append((molecule.GetNumAtoms(), len(orders) - molecule.GetNumAtoms() + pieces, more))
            elements.update(atom.GetAtomicNum() for atom in molecule.GetAtoms() if _valence(atom.GetAtomicNum()) > 0)
    if not elements:
        raise DataError("none of the training items is a molecule whose valences are known: give SMILES")
    return Census(dict(sorted(elements.items())), shapes)


def random_molecule(census: Census, rng: Random) -> str | None:
    """The canonical SMILES of a random molecule: a tree of atoms, each joined to any before it that has a valence free,
    then bonds that close rings and bonds that become double, where two free valences allow it. None where a draw ran
    out of valences for its tree.

    As large as a molecule that was counted; with as many rings and double bonds as that one, or as fit.
    """
    from rdkit import Chem

    size, rings, more = rng.choice(census.shapes)
    atoms = rng.choices(list(census.elements), list(census.elements.values()), k=size)
    atoms.sort(key=lambda element: _valence(element) == 1)  # those that end a branch come last
    free, bonds = [_valence(element) for element in atoms], {}
    for new in range(1, size):
        open_ = [at for at in range(new) if free[at]]
        if not open_:
            return None
        _bond(bonds, free, rng.choice(open_), new)
    for count, closes in ((rings, True), (more, False)):
        for _ in range(count):
            pairs = [
                (a, b)
                for b in range(size)
                for a in range(b)
                if free[a] and free[b] and ((a, b) not in bonds if closes else 0 < bonds.get((a, b), 0) < 3)
            ]
            if pairs:
                _bond(bonds, free, *rng.choice(pairs))
    molecule = Chem.RWMol()
    for element in atoms:
        molecule.AddAtom(Chem.Atom(element))
    orders = {1: Chem.BondType.SINGLE, 2: Chem.BondType.DOUBLE, 3: Chem.BondType.TRIPLE}
    for pair, order in bonds.items():
        molecule.AddBond(*pair, orders[order])
    return None if Chem.SanitizeMol(molecule, catchErrors=True) else Chem.MolToSmiles(molecule)


def _bond(bonds: dict[tuple[int, int], int], free: list[int], a: int, b: int) -> None:
    """One more bond between two atoms."""
    bonds[a, b] = bonds.get((a, b), 0) + 1
    free[a] -= 1
    free[b] -= 1


def _valence(element: int) -> int:
    """Bonds of an uncharged atom; -1 where there is no one number."""
    from rdkit import Chem

    return Chem.GetPeriodicTable().GetDefaultValence(element)
