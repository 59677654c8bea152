# Tests kinds/points/atoms.py
"""Bonds of atoms in space: found again from positions alone, and not sought for ever."""

import numpy as np
import pytest

pytest.importorskip("rdkit")

from genwright.kinds.points.atoms import NO_BONDS_FIT, STOPPED, molecule_of, smiles_of, summarise_reasons, written
from genwright.kinds.points.atoms import PERCEIVED_ATOMS as ATOMS  # noqa: E402


def embedded(smiles: str):
    from rdkit import Chem
    from rdkit.Chem import AllChem

    molecule = Chem.AddHs(Chem.MolFromSmiles(smiles))
    AllChem.EmbedMolecule(molecule, randomSeed=7)
    AllChem.MMFFOptimizeMolecule(molecule)
    return [atom.GetSymbol() for atom in molecule.GetAtoms()], molecule.GetConformer().GetPositions()


@pytest.mark.parametrize("smiles", ["CCO", "c1ccsc1", "CC(=O)N", "C#CC#N", "CS(C)(=O)=O"])
def test_bonds_are_perceived(smiles):
    from rdkit.Chem import CanonSmiles

    symbols, positions = embedded(smiles)
    turned = positions @ np.linalg.qr(np.random.default_rng(0).normal(size=(3, 3)))[0] + 3
    molecule, why = molecule_of(symbols, turned)
    assert not why and smiles_of(molecule) == CanonSmiles(smiles)


def test_what_has_no_bonds_that_fit_is_told_from_what_is_not_searched():
    many = np.arange(3.0 * (ATOMS + 1)).reshape(-1, 3)
    reasons = [
        molecule_of(["C", "H"], np.eye(3)[:2])[1],
        molecule_of(["O", "O"], np.zeros((2, 3)))[1],
        molecule_of(["red", "O"], np.eye(3)[:2])[1],
        molecule_of(["H"] * len(many), many)[1],
    ]
    assert (
        reasons == [NO_BONDS_FIT, NO_BONDS_FIT, NO_BONDS_FIT, STOPPED]
        and summarise_reasons(reasons) == f"3 {NO_BONDS_FIT}, 1 {STOPPED}"
    )


def test_a_molecule_has_one_name_however_its_ring_is_read():
    ring, turned = np.zeros((6, 6), int), np.zeros((6, 6), int)
    for i in range(6):
        j = (i + 1) % 6
        ring[i, j] = ring[j, i] = 1 + i % 2
        turned[i, j] = turned[j, i] = 2 - i % 2
    assert written("CCCCCC", ring) == written("CCCCCC", turned) != written("CCCCCC", ring.clip(max=1))
