"""Graphs whose nodes and edges are atoms and bonds mean molecules."""

from ...graphs.kinds.meaning import Meaning
from ..chemistry.molecule_graphs import ATOM, BOND, is_atom, smiles_of

MEANING = Meaning(ATOM, BOND, is_atom, smiles_of, "RDKit can sanitise it")
