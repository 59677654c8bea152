"""Molecules from atoms in space, by a perception of bonds that looks at all atoms together (Kim & Kim 2015, as in
RDKit). They are neutral as a whole, in one piece or several.

If no bonds fit, the search for them may be long: it ends after ITERATIONS, and does not begin for more than ATOMS.
Molecules whose search was stopped are counted apart from molecules without bonds that fit.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np

ATOMS, ITERATIONS = 100, 1_000
STOPPED, NO_BONDS_FIT = "not settled", "without bonds that fit"


def molecule_of(symbols: Sequence[str], positions: np.ndarray) -> tuple[Any, str]:
    """RDKit's molecule, sanitised, of the atoms as they are listed, and ""; or None, and why there is none."""
    from rdkit import Chem, rdBase
    from rdkit.Chem import rdDetermineBonds
    from rdkit.Geometry import Point3D

    if len(symbols) > ATOMS:
        return None, STOPPED
    molecule, places = Chem.RWMol(), Chem.Conformer(len(symbols))
    with rdBase.BlockLogs():
        try:
            for number, (symbol, place) in enumerate(zip(symbols, positions.tolist())):
                atom = Chem.Atom(symbol)
                atom.SetNoImplicit(True)
                molecule.AddAtom(atom)
                places.SetAtomPosition(number, Point3D(*place))
            molecule.AddConformer(places)
            rdDetermineBonds.DetermineBonds(molecule, charge=0, embedChiral=False, maxIterations=ITERATIONS)
            Chem.SanitizeMol(molecule)
            return molecule, ""
        except (ValueError, RuntimeError) as error:  # RDKit's own kinds of errors are of these two
            return None, STOPPED if "iteration" in str(error).lower() else NO_BONDS_FIT


def smiles_of(molecule: Any) -> str:
    """Canonical SMILES of what `molecule_of` made, its hydrogens not written."""
    from rdkit import Chem, rdBase

    with rdBase.BlockLogs():
        return Chem.MolToSmiles(Chem.RemoveHs(molecule))


def one_molecule(molecule: Any) -> bool:
    """Whether `molecule_of` made one, and in one piece."""
    return molecule is not None and "." not in smiles_of(molecule)


def summarise_reasons(reasons: Sequence[str]) -> str:
    """How many there are of each reason, but of none."""
    counts = Counter(reason for reason in reasons if reason)
    return ", ".join(f"{counts[reason]:,} {reason}" for reason in (NO_BONDS_FIT, STOPPED) if counts[reason])


def written(symbols: Sequence[str], orders: np.ndarray) -> str:
    """Canonical SMILES of atoms whose bonds are known, orders (m, m): equal for the same molecule, however its atoms
    are listed, and whatever its shape."""
    from rdkit import Chem, rdBase

    molecule = Chem.RWMol()
    for symbol in symbols:
        molecule.AddAtom(Chem.Atom(symbol))
    kinds = (Chem.BondType.SINGLE, Chem.BondType.DOUBLE, Chem.BondType.TRIPLE)
    for i, j in np.argwhere(np.triu(orders)).tolist():
        molecule.AddBond(i, j, kinds[orders[i, j] - 1])
    with rdBase.BlockLogs():
        Chem.SanitizeMol(molecule, catchErrors=True)  # rings of alternating bonds are one, whichever begins
    return Chem.MolToSmiles(molecule)
