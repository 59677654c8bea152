"""Molecules of a file in space: each has all its atoms and usual bonds, and those without a shape are named."""

import numpy as np
import pytest

Chem = pytest.importorskip("rdkit.Chem")
from genwright.core.errors import DataError  # noqa: E402
from genwright.molecules.conformers import ENERGY, write_conformers  # noqa: E402

LINES = ["CCO ethanol", "nonsense", "CC(C)B(O)O boron", "c1cc2ccc1C2 torn", "O=C(O)c1ccccc1"]


def test_each_molecule_has_conformers_of_rising_energy(tmp_path):
    (tmp_path / "m.smi").write_text("\n".join(LINES))
    written = write_conformers(tmp_path / "m.smi", tmp_path / "m.sdf", 3)
    found = list(Chem.SDMolSupplier(str(tmp_path / "m.sdf"), removeHs=False))
    assert (written.molecules, written.conformers) == (3, 9) and len(found) == 9
    assert [place for place, _ in written.lost] == ["line 2", "line 4"] and "line 2" in written.describe()[0]
    assert [one.GetProp("_Name") for one in found[::3]] == ["ethanol", "boron", "line 5"]
    for one in found:
        smiles = Chem.MolFromSmiles(one.GetProp("smiles"))
        assert one.GetNumAtoms() == Chem.AddHs(smiles).GetNumAtoms() and one.GetConformer().Is3D()
        at = one.GetConformer().GetPositions()
        bonds = [np.linalg.norm(at[bond.GetBeginAtomIdx()] - at[bond.GetEndAtomIdx()]) for bond in one.GetBonds()]
        assert 0.9 < min(bonds) and max(bonds) < 1.7
    energies = [float(one.GetProp(ENERGY)) for one in found if one.HasProp(ENERGY)]
    assert len(energies) == 6 and energies[:3] == sorted(energies[:3])


def test_a_file_without_any_shape_writes_none(tmp_path):
    (tmp_path / "m.smi").write_text("\n".join(LINES[1:4:2]))
    with pytest.raises(DataError, match="line 1"):
        write_conformers(tmp_path / "m.smi", tmp_path / "m.sdf")
    assert not (tmp_path / "m.sdf").exists()
