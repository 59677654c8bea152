"""Molecules as numbers of their atoms and bonds, which networks on graphs read: the features of chemprop's second
version (Heid 2024).

    atom: one of each row of ATOM, or the place behind it, then whether it is aromatic, and a hundredth of its mass
    bond: 0, its order, whether it is conjugated, whether it is in a ring, its stereo or the place behind it

Hydrogens are counted, and are no atoms of their own. Reading properties from a molecule costs most, so equal atoms, and
equal bonds, share one row in a table of the kinds seen.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from ..core.errors import DataError
from ..core.graph import Graph, from_edges, offsets
from .standards import quiet_rdkit

VERSION = 1  # of the features: another one reads no weights of this one
ATOM = {  # values with a place of their own, by the numbers that RDKit has for them
    "element": (*range(1, 37), 53),
    "neighbours": tuple(range(6)),  # hydrogens too
    "charge": (-1, -2, 1, 2, 0),
    "chirality": tuple(range(4)),
    "hydrogens": tuple(range(5)),
    "hybridisation": (1, 2, 3, 5, 4, 6, 7),  # s, sp, sp2, sp2d, sp3, sp3d, sp3d2
}
ORDERS = (1, 2, 3, 12)  # single, double, triple, aromatic
STEREO = tuple(range(6))  # none, any, Z, E, cis, trans
ATOM_FEATURES = sum(len(values) + 1 for values in ATOM.values()) + 2
BOND_FEATURES = 1 + len(ORDERS) + 2 + len(STEREO) + 1


class _Numbers(dict):
    """Gives each new key the next number."""

    def __missing__(self, key: tuple) -> int:
        self[key] = number = len(self)
        return number


def molecule_graphs(smiles: Sequence[str]) -> tuple[Tensor, Graph, Tensor]:
    """x (N, ATOM_FEATURES) float32 of all atoms, the molecules side by side as one graph, in which each bond runs both
    ways and has features (E, BOND_FEATURES), and where the atoms of each molecule begin, (n + 1,) int64.

    Raises DataError for a text that RDKit reads no molecule from.
    """
    atoms, bonds = _Numbers(), _Numbers()
    sizes, kinds, ends, bond_kinds = [], [], [], []
    with quiet_rdkit():
        from rdkit.Chem import MolFromSmiles

        for text in smiles:
            molecule, first = MolFromSmiles(text), len(kinds)
            if molecule is None or not molecule.GetNumAtoms():
                raise DataError(f"{text[:80]!r} is no molecule: leave it out, or correct it")
            # by number: RDKit's own iterators take twice as long
            kinds += [atoms[_of_atom(molecule.GetAtomWithIdx(i))] for i in range(molecule.GetNumAtoms())]
            for bond in map(molecule.GetBondWithIdx, range(molecule.GetNumBonds())):
                ends.append((first + bond.GetBeginAtomIdx(), first + bond.GetEndAtomIdx()))
                bond_kinds.append(bonds[bond.GetBondType(), bond.GetIsConjugated(), bond.IsInRing(), bond.GetStereo()])
            sizes.append(len(kinds) - first)
    begin, end = torch.tensor(ends, dtype=torch.long).view(-1, 2).T
    features = _table(bonds, _bond_row, BOND_FEATURES)[torch.tensor(bond_kinds * 2, dtype=torch.long)]
    graph = from_edges(torch.cat([begin, end]), torch.cat([end, begin]), len(kinds), features=features)
    x = _table(atoms, _atom_row, ATOM_FEATURES)[torch.tensor(kinds, dtype=torch.long)]
    return x, graph, offsets(torch.tensor(sizes, dtype=torch.long))


def _of_atom(atom) -> tuple:
    """A value for each row of ATOM, whether it is aromatic, and its mass."""
    return (
        atom.GetAtomicNum(),
        atom.GetTotalDegree(),
        atom.GetFormalCharge(),
        atom.GetChiralTag(),
        atom.GetTotalNumHs(),
        atom.GetHybridization(),
        atom.GetIsAromatic(),
        atom.GetMass(),
    )


def _atom_row(key: tuple) -> list[float]:
    *values, aromatic, mass = key
    places = [_place(value, those) for value, those in zip(values, ATOM.values())]
    return [number for row in places for number in row] + [float(aromatic), 0.01 * mass]


def _bond_row(key: tuple) -> list[float]:
    order, conjugated, ring, stereo = key
    return [0.0, *_place(order, ORDERS)[:-1], float(conjugated), float(ring), *_place(stereo, STEREO)]


def _place(value: int, values: tuple[int, ...]) -> list[float]:
    """One at the value's place, or behind all where it has none."""
    return [float(value == other) for other in values] + [float(value not in values)]


def _table(kinds: _Numbers, row, width: int) -> Tensor:
    """(kinds, width) by number."""
    return torch.tensor([row(key) for key in kinds], dtype=torch.float32).view(-1, width)
