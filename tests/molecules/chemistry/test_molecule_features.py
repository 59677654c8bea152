"""Features of atoms and bonds: sizes, the graph around them, and the molecules that other code forgets."""

import pytest
import torch
from made_molecules import molecules
from rdkit import Chem

from genwright.core.graph import is_undirected, subgraphs
from genwright.molecules.chemistry.molecule_graphs import ATOM_FEATURES, BOND_FEATURES, molecule_graphs


def test_molecules_are_side_by_side_and_each_is_what_it_is_alone():
    smiles = ["[Na+]", *molecules(20), "C", "C/C=C/[C@H](F)Cl"]
    x, graph, members = molecule_graphs(smiles)
    assert x.shape == (graph.rows, ATOM_FEATURES) == (int(members[-1]), 72)
    assert graph.features.shape == (graph.edges, BOND_FEATURES) and BOND_FEATURES == 14
    assert is_undirected(graph) and torch.equal(graph.features[graph.transposed[2]], graph.features)
    for number, text in enumerate(smiles):
        part, atoms, _ = subgraphs(graph, members, torch.tensor([number]))
        alone_x, alone, _ = molecule_graphs([text])
        assert torch.equal(x[atoms], alone_x) and torch.equal(part.features, alone.features)
        assert torch.equal(part.source, alone.source) and torch.equal(part.ptr, alone.ptr)
        molecule = Chem.MolFromSmiles(text)
        assert (part.rows, part.edges) == (molecule.GetNumAtoms(), 2 * molecule.GetNumBonds())


def test_each_group_of_features_holds_one():
    x, graph, _ = molecule_graphs(["C[N+](C)(C)C", "[U]", "F[P-](F)(F)(F)(F)F", "[2H]C#N"])
    begin = 0
    for size in (38, 7, 6, 5, 6, 8):
        assert (x[:, begin : begin + size].sum(1) == 1).all()
        begin += size
    assert (graph.features[:, 0] == 0).all() and (graph.features[:, 7:].sum(1) == 1).all()


@pytest.mark.parametrize("smiles", [[], ["[He]"], ["C", "[K+].[Cl-]"]])
def test_molecules_without_bonds_have_graphs_without_edges(smiles):
    x, graph, members = molecule_graphs(smiles)
    assert graph.edges == 0 and graph.features.shape == (0, BOND_FEATURES)
    assert len(members) == len(smiles) + 1 and len(x) == graph.rows == int(members[-1])
