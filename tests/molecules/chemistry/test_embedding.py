"""Shapes in space: who has one, and how strained it is."""

from math import inf, isnan

import pytest

pytest.importorskip("rdkit")
from genwright.molecules.chemistry.embedding import STRAINED, bend_strain, can_embed, embed, relax  # noqa: E402

EASY = ["CCCCCC", "c1ccccc1C(=O)NC", "C1C2CC3CC1CC(C2)C3", "CC12CCC3C(C1CCC2O)CCC4=CC(=O)CCC34C"]
STRAINED_ONES = ["C1C2C3C1C23", "C1=CC2CC1C2"]


def test_bent_angles_make_the_strain():
    assert all(bend_strain(smiles) < STRAINED / 2 for smiles in EASY)
    assert all(bend_strain(smiles) > STRAINED for smiles in STRAINED_ONES)
    assert bend_strain("c1cc2ccc1C2") == inf and not can_embed("c1cc2ccc1C2")
    assert isnan(bend_strain("CB(C)C"))  # MMFF94 has no boron


def test_a_relaxed_molecule_has_usual_bonds():
    molecule = embed("CCO")
    assert relax(molecule)
    distances = molecule.GetConformer().GetPositions()
    assert ((distances[0] - distances[1]) ** 2).sum() ** 0.5 == pytest.approx(1.52, abs=0.02)
