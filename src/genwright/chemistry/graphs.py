"""Molecules as graphs whose nodes and edges have kinds, and back.

A node's `atom` is an element with its charge (C, N+, O-), an edge's `bond` is single, double or triple: rings that are
aromatic are written in one of their Kekule forms, whichever RDKit takes. Hydrogens fill the valences; stereo,
isotopes and radicals are left out.
"""

import re
from typing import Any

from .standards import quiet_rdkit

ATOM, BOND = "atom", "bond"
ORDERS = {"single": 1, "double": 2, "triple": 3}
KIND = re.compile(r"([A-Z][a-z]?)(?:(\d*)([+-]))?")


def graph_of(molecule: Any) -> Any:
    """A networkx.Graph of a molecule of RDKit, which is left as it is."""
    import networkx as nx
    from rdkit import Chem

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


def is_atom(kind: Any) -> bool:
    """Whether it is written as one; that there is such an element is not looked at."""
    return isinstance(kind, str) and KIND.fullmatch(kind) is not None


def is_molecule(graph: Any) -> bool:
    """Whether its nodes and edges say what those of a molecule do; valences are not looked at."""
    return all(is_atom(told.get(ATOM)) for _, told in graph.nodes.data()) and all(
        told.get(BOND) in ORDERS for *_, told in graph.edges.data()
    )


def smiles_of(graph: Any) -> str | None:
    """The canonical SMILES of a graph that RDKit can sanitise, connected or not; None of another."""
    if not is_molecule(graph):
        return None
    with quiet_rdkit():
        from rdkit import Chem

        molecule, place = Chem.RWMol(), {}
        kinds = [Chem.BondType.SINGLE, Chem.BondType.DOUBLE, Chem.BondType.TRIPLE]
        try:
            for name, told in graph.nodes.data(ATOM):
                symbol, count, sign = KIND.fullmatch(told).groups()
                atom = Chem.Atom(symbol)
                atom.SetFormalCharge((int(count or 1) if sign == "+" else -int(count or 1)) if sign else 0)
                place[name] = molecule.AddAtom(atom)
            for u, v, told in graph.edges.data(BOND):
                molecule.AddBond(place[u], place[v], kinds[ORDERS[told] - 1])
            Chem.SanitizeMol(molecule)
            smiles = Chem.MolToSmiles(molecule)
        except (ValueError, RuntimeError):  # a valence, or an element that is none
            return None
        return smiles or None


def _atom(symbol: str, charge: int) -> str:
    size = abs(charge) if abs(charge) > 1 else ""
    return f"{symbol}{size}{'+' if charge > 0 else '-'}" if charge else symbol
