"""Molecules in PDB, MOL2, CIF and InChI are those that were written, by their places or by their bonds."""

import numpy as np
import pytest
from other_forms import ALCOHOLS, FLAT, MOLECULES, SHAPE, N, put_form

import genwright
from genwright.core.errors import DataError
from genwright.kinds.points.point_files import read_points

PLACED = [form for form in MOLECULES if form.kind == "points"]


@pytest.mark.parametrize("form", PLACED, ids=[form.name for form in PLACED])
def test_atoms_stand_where_they_were(form, tmp_path):
    items = read_points(put_form(form, tmp_path)).items
    assert len(items) == N
    for k, item in enumerate(items):
        assert np.abs(item.positions - SHAPE(k)).max() < 0.01 and set(item.symbols) <= {"C", "N", "O", "Cl"}


def test_a_cell_that_leans_and_models_and_atoms_without_places(tmp_path):
    cell = "\n".join(f"_cell_length_{side} 10" for side in "abc")
    angles = "_cell_angle_alpha 90\n_cell_angle_beta 90\n_cell_angle_gamma 60\n"
    loop = "loop_\n_atom_site_label\n_atom_site_fract_x\n_atom_site_fract_y\n_atom_site_fract_z\n"
    (tmp_path / "a.cif").write_text(f"data_a\n{cell}\n{angles}{loop}C1 0 0 0\nCl2 0 0.1(2) .5\nH3 ? ? ?\n")
    (item,) = read_points(tmp_path / "a.cif").items
    assert item.symbols == ("C", "Cl") and item.positions[1] == pytest.approx([0.5, 0.75**0.5, 5])
    atom = "HETATM    1  CA  UNL     1       0.897  -0.077  -0.015  1.00  0.00\n"
    (tmp_path / "a.pdb").write_text(f"MODEL        1\n{atom}ENDMDL\nMODEL        2\n{atom}ENDMDL\n")
    assert [item.symbols for item in read_points(tmp_path / "a.pdb").items] == [("C",), ("C",)]


@pytest.mark.parametrize(
    "name, text", [("a.pdb", "HEADER\n"), ("a.mol2", "no\n"), ("a.cif", "data_a\n_x 1\n"), ("a.cif", "")]
)
def test_a_file_without_atoms_gets_a_sentence(tmp_path, name, text):
    (tmp_path / name).write_text(text)
    with pytest.raises(DataError):
        genwright.load_data(tmp_path / name)


@pytest.mark.parametrize("form", [form for form in MOLECULES if "inchi" in form.name], ids=["lines", "column"])
def test_inchi_is_read_wherever_smiles_are(form, tmp_path):
    pytest.importorskip("rdkit")
    source = put_form(form, tmp_path)
    data = genwright.load_data(source)
    assert sorted(line for part in data.items.values() for line in part) == sorted(ALCOHOLS)
    texts = [line.strip('"') for line in source.read_text().splitlines() if "InChI" in line]
    if form.name == "inchi":
        assert genwright.load_data(texts, kind="molecules").kind == "molecules"
    else:
        assert genwright.load_data(source, target="size").kind == "molecules"


def test_a_folder_of_molfiles_is_molecules_where_it_is_asked_for_or_no_atom_has_a_place(tmp_path):
    Chem = pytest.importorskip("rdkit.Chem")
    from rdkit.Chem import AllChem

    for place in ("flat", "drawn"):
        (tmp_path / place).mkdir()
    for k, smiles in enumerate(ALCOHOLS):
        molecule = Chem.MolFromSmiles(smiles)
        (tmp_path / "flat" / f"{k:02}.mol").write_text(FLAT)
        AllChem.Compute2DCoords(molecule)
        (tmp_path / "drawn" / f"{k:02}.mol").write_text(Chem.MolToMolBlock(molecule))
    assert genwright.load_data(tmp_path / "flat").kind == "molecules"
    drawn = genwright.load_data(tmp_path / "drawn")
    assert drawn.kind == "points" and any("--kind molecules" in str(line) for line in drawn.describe())
    data = genwright.load_data(tmp_path / "drawn", kind="molecules")
    assert sorted(line for part in data.items.values() for line in part) == sorted(ALCOHOLS)
