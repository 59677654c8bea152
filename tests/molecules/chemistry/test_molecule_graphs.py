"""Molecules as graphs and back."""

import networkx as nx
import pytest

import genwright
from genwright.molecules.chemistry.molecule_graphs import graph_of, is_molecule, smiles_of

Chem = pytest.importorskip("rdkit.Chem")

SMILES = ["CCO", "c1ccccc1O", "C#N", "C[N+](C)(C)C", "O=C([O-])c1cc[nH]c1", "CC(=O)O", "C.O", "[Ca+2]", "FC(F)(F)Cl"]


@pytest.mark.parametrize("smiles", SMILES)
def test_a_molecule_comes_back(smiles):
    graph = graph_of(Chem.MolFromSmiles(smiles))
    assert is_molecule(graph) and smiles_of(graph) == Chem.CanonSmiles(smiles)
    turned = nx.relabel_nodes(graph, {node: f"n{len(graph) - node}" for node in graph})
    assert smiles_of(turned) == Chem.CanonSmiles(smiles)


def test_what_is_no_molecule_has_no_smiles():
    five = nx.star_graph(5)
    nx.set_node_attributes(five, "C", "atom")
    nx.set_edge_attributes(five, "single", "bond")
    assert is_molecule(five) and smiles_of(five) is None
    five.nodes[0]["atom"] = "Xx"
    assert smiles_of(five) is None
    five.nodes[0]["atom"] = "carbon"
    assert not is_molecule(five) and smiles_of(five) is None and not is_molecule(nx.path_graph(3))


def test_a_file_of_smiles_is_one_of_graphs_where_that_is_asked_for(tmp_path):
    lines = [*("C" * k + "O" for k in range(1, 12)), "C" * 4 + "=C", "CCN", "no molecule"]
    (tmp_path / "mine.smi").write_text("\n".join(lines))
    data = genwright.load_data(tmp_path / "mine.smi", kind="graph-sets")
    assert data.facts()[0].startswith("13 graphs") and any("molecules left out" in fact for fact in data.facts())
    assert data.domain.nodes.values == ("C", "O", "N") and data.domain.edges.values == ("single", "double")
    back = {smiles_of(graph) for part in data.items.values() for graph in part}
    assert back == {Chem.CanonSmiles(line) for line in lines[:-1]}
