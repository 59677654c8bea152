"""Features of atoms and bonds against those of chemprop 2.3.1, number by number, as they stand on record.

python tests/oracles/test_molecule_features_chemprop.py writes the record, where chemprop is installed.
"""

import json
from pathlib import Path

import pytest
import torch

from genwright.molecules.chemistry.molecule_graphs import molecule_graphs

RECORD = Path(__file__).with_name("molecule_features_chemprop.json")
SMILES = r"""
C [Na+] [2H]C([2H])([2H])O CCO c1ccncc1 C/C=C/[C@H](F)Cl C/C=C\[C@@H](N)C(=O)O C[N+](C)(C)CC(=O)[O-]
CC(=O)Oc1ccccc1C(=O)O N#Cc1ccc2[nH]ccc2c1 F[P-](F)(F)(F)(F)F CS(=O)(=O)c1ccc(I)cc1Br O=[U+2]=O
C[Si](C)(C)C#C[Se]C [O-2].[Fe+3] N[Pt@SP1](N)(Cl)Cl [NH3]->[Pt](Cl)Cl CC(C)C[CH2] B(O)(O)c1ccccc1 C1CC2CCC1C2
CC=C=CC CN1C=NC2=C1C(=O)N(C(=O)N2C)C
""".split()


def sparse(row) -> list:
    """[place, number] of what is not 0."""
    return [[place, round(float(number), 6)] for place, number in enumerate(row) if number]


@pytest.mark.parametrize("smiles", SMILES)
def test_features_are_those_of_chemprop(smiles):
    theirs = json.loads(RECORD.read_text())[smiles]
    x, graph, _ = molecule_graphs([smiles])
    assert [sparse(row) for row in x] == theirs["atoms"]
    mine = {tuple(ends): sparse(row) for ends, row in zip(graph.edge_index().T.tolist(), graph.features)}
    assert mine == {(begin, end): row for begin, end, row in theirs["bonds"]}


def main() -> None:
    from chemprop.featurizers import SimpleMoleculeMolGraphFeaturizer
    from rdkit.Chem import MolFromSmiles

    record, featurise = {}, SimpleMoleculeMolGraphFeaturizer()
    for smiles in SMILES:
        found = featurise(MolFromSmiles(smiles))
        bonds = [[*ends, sparse(row)] for ends, row in zip(torch.from_numpy(found.edge_index).T.tolist(), found.E)]
        record[smiles] = {"atoms": [sparse(row) for row in found.V], "bonds": bonds}
    RECORD.write_text(json.dumps(record) + "\n")


if __name__ == "__main__":
    main()
