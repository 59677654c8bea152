"""Molecules as graphs: with kinds of nodes and edges, and with the features that networks read.

A node's `atom` is an element with its charge (C, N+, O-), an edge's `bond` is single, double or triple: rings that are
aromatic are written in one of their Kekule forms, whichever RDKit takes. Hydrogens fill the valences; stereo,
isotopes and radicals are left out.

Features are those of chemprop's second version (Heid 2024):

    atom: one of each row of ATOM_VALUES, or the place behind it, whether it is aromatic, and a hundredth of its mass
    bond: 0, its order, whether it is conjugated, whether it is in a ring, its stereo or the place behind it

Hydrogens are counted, and are no atoms of their own. Reading properties from a molecule costs most, so equal atoms, and
equal bonds, share one row in a table of the kinds seen.
"""

import re
from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from ...core.errors import DataError
from ...core.graph import Graph, from_edges, offsets
from ...core.packages import Chem, nx
from ...core.type_names import NetworkxGraph, RdkitMolecule
from .standards import quiet_rdkit

ATOM, BOND = "atom", "bond"
ORDERS = {"single": 1, "double": 2, "triple": 3}
KIND = re.compile(r"([A-Z][a-z]?)(?:(\d*)([+-]))?")


def graph_of(molecule: RdkitMolecule) -> NetworkxGraph:
    """Makes a networkx.Graph of a molecule of RDKit, which is left as it is."""
    molecule = Chem.RWMol(molecule)
    Chem.Kekulize(molecule, clearAromaticFlags=True)
    names = {order: name for name, order in ORDERS.items()}
    graph = nx.Graph()
    for atom in molecule.GetAtoms():
        graph.add_node(atom.GetIdx(), **{ATOM: _atom(atom.GetSymbol(), atom.GetFormalCharge())})
    for bond in molecule.GetBonds():
        name = names.get(bond.GetBondTypeAsDouble(), "single")
        graph.add_edge(bond.GetBeginAtomIdx(), bond.GetEndAtomIdx(), **{BOND: name})
    return graph


def is_atom(kind: object) -> bool:
    """Tells whether a kind is written as an atom; that there is such an element is not checked."""
    return isinstance(kind, str) and KIND.fullmatch(kind) is not None


def is_molecule(graph: NetworkxGraph) -> bool:
    """Tells whether a graph has the attributes of a molecule's atoms and bonds; valences are not checked."""
    return all(is_atom(attributes.get(ATOM)) for _, attributes in graph.nodes.data()) and all(
        attributes.get(BOND) in ORDERS for *_, attributes in graph.edges.data()
    )


def smiles_of(graph: NetworkxGraph) -> str | None:
    """Writes the canonical SMILES of a graph that RDKit can sanitise, connected or not; None of another."""
    if not is_molecule(graph):
        return None
    with quiet_rdkit():
        molecule, place = Chem.RWMol(), {}
        try:
            for name, attributes in graph.nodes.data(ATOM):
                symbol, count, sign = KIND.fullmatch(attributes).groups()
                atom = Chem.Atom(symbol)
                atom.SetFormalCharge((int(count or 1) if sign == "+" else -int(count or 1)) if sign else 0)
                place[name] = molecule.AddAtom(atom)
            for u, v, attributes in graph.edges.data(BOND):
                molecule.AddBond(place[u], place[v], Chem.BondType.values[ORDERS[attributes]])
            Chem.SanitizeMol(molecule)
            smiles = Chem.MolToSmiles(molecule)
        except (ValueError, RuntimeError):  # a valence, or an element that is none
            return None
        return smiles or None


def _atom(symbol: str, charge: int) -> str:
    size = abs(charge) if abs(charge) > 1 else ""
    return f"{symbol}{size}{'+' if charge > 0 else '-'}" if charge else symbol


VERSION = 1  # version of the features: another one reads no weights of this one
ATOM_VALUES = {  # values with a place of their own, by the numbers that RDKit has for them
    "element": (*range(1, 37), 53),
    "neighbours": tuple(range(6)),  # hydrogens too
    "charge": (-1, -2, 1, 2, 0),
    "chirality": tuple(range(4)),
    "hydrogens": tuple(range(5)),
    "hybridisation": (1, 2, 3, 5, 4, 6, 7),  # s, sp, sp2, sp2d, sp3, sp3d, sp3d2
}
BOND_TYPES = (1, 2, 3, 12)  # single, double, triple, aromatic
STEREO = tuple(range(6))  # none, any, Z, E, cis, trans
ATOM_FEATURES = sum(len(values) + 1 for values in ATOM_VALUES.values()) + 2
BOND_FEATURES = 1 + len(BOND_TYPES) + 2 + len(STEREO) + 1


class _Numbers(dict):
    """Gives each new key the next number."""

    def __missing__(self, key: tuple) -> int:
        self[key] = number = len(self)
        return number


def molecule_graphs(
    smiles: Sequence[str], see: Callable[[int, RdkitMolecule], None] | None = None
) -> tuple[Tensor, Graph, Tensor]:
    """Makes one graph of all molecules side by side, in which each bond runs both ways. Returns features of atoms x (N,
    ATOM_FEATURES) float32, the graph with features of bonds (E, BOND_FEATURES), and where each molecule begins, (n +
    1,) int64.

    Raises DataError for a text that RDKit reads no molecule from.

    Args:
        smiles: a text for each.
        see: is called with the number of each molecule and RDKit's object, so that other features need not parse it
            again.
    """
    atoms, bonds = _Numbers(), _Numbers()
    sizes, kinds, ends, bond_kinds = [], [], [], []
    with quiet_rdkit():
        for number, text in enumerate(smiles):
            molecule, first = Chem.MolFromSmiles(text), len(kinds)
            if molecule is None or not molecule.GetNumAtoms():
                raise DataError(f"{text[:80]!r} is no molecule: leave it out, or correct it")
            if see is not None:
                see(number, molecule)
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
    """A value for each row of ATOM_VALUES, whether it is aromatic, and its mass."""
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
    places = [_one_hot_place(value, those) for value, those in zip(values, ATOM_VALUES.values())]
    return [number for row in places for number in row] + [float(aromatic), 0.01 * mass]


def _bond_row(key: tuple) -> list[float]:
    order, conjugated, ring, stereo = key
    return [
        0.0,
        *_one_hot_place(order, BOND_TYPES)[:-1],
        float(conjugated),
        float(ring),
        *_one_hot_place(stereo, STEREO),
    ]


def _one_hot_place(value: int, values: tuple[int, ...]) -> list[float]:
    """A row of zeros with a one at the value's place, behind all where it has none."""
    return [float(value == choice) for choice in values] + [float(value not in values)]


def _table(kinds: _Numbers, row, width: int) -> Tensor:
    """(kinds, width) by number."""
    return torch.tensor([row(key) for key in kinds], dtype=torch.float32).view(-1, width)
