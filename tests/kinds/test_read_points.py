# Tests kinds/points/point_files.py
"""Molecules from files as other programs write them, and what is said of files that are damaged."""

import gzip

import numpy as np
import pytest

import genwright
from genwright.core.errors import DataError
from genwright.kinds.points.atoms import Atoms
from genwright.kinds.points.point_files import read_points

WATER = "3\nwater\nO 0.0 0.0 0.117\nH 0.0 0.757 -0.470\nH 0.0 -0.757 -0.470\n"
V2000 = """ethene's half
  made by hand

  3  2  0  0  0  0  0  0  0  0999 V2000
    0.0000    0.0000    0.1170 O   0  0  0  0  0  0  0  0  0  0  0  0
    0.0000    0.7570   -0.4700 H   0  0  0  0  0  0  0  0  0  0  0  0
    0.0000   -0.7570   -0.4700 H   0  0  0  0  0  0  0  0  0  0  0  0
  1  2  1  0
  1  3  1  0
M  END
>  <energy>
-76.4

$$$$
"""
V3000 = """

  made by hand
  0  0  0     0  0            999 V3000
M  V30 BEGIN CTAB
M  V30 COUNTS 3 2 0 0 0
M  V30 BEGIN ATOM
M  V30 1 O 0.0 0.0 0.117 0
M  V30 2 H 0.0 0.757 -
M  V30 -0.470 0 CHG=0
M  V30 3 H 0.0 -0.757 -0.470 0
M  V30 END ATOM
M  V30 END CTAB
M  END
$$$$
"""
POSITIONS = [[0, 0, 0.117], [0, 0.757, -0.47], [0, -0.757, -0.47]]


def one(path, text) -> list[Atoms]:
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_points(path).items


@pytest.mark.parametrize(
    "name, text, count",
    [
        ("a.xyz", WATER, 1),
        ("a.xyz", WATER * 3, 3),
        ("a.xyz", WATER + "\n\n" + WATER + "\n", 2),
        ("a.XYZ", WATER.replace("\n", "\r\n"), 1),
        ("a.xyz.gz", gzip.compress(WATER.encode(), mtime=0), 1),
        ("a.xyz", "\ufeff" + WATER.replace("O ", "8 ").replace("H ", "  1\t"), 1),
        ("a.xyz", WATER.replace("0.117", "1.17*^-1").replace("0.757", "7.57e-1"), 1),
        ("a.xyz", WATER.replace("\nH", " -0.4 extra\nH"), 1),
        ("a.xyz", WATER + "1341.3 1341.4 2921.1\nO\tO\nInChI=1S/H2O/h1H2\n", 1),  # as QM9
        ("a.sdf", V2000, 1),
        ("a.mol", V2000.split("$$$$")[0], 1),
        ("a.sdf", V2000 * 2 + V3000 + "\n", 3),
        ("a.sdf.gz", gzip.compress(V3000.encode(), mtime=0), 1),
        ("a.sdf", V2000.replace("\n", "\r\n"), 1),
    ],
)
def test_a_file_of_molecules(name, text, count, tmp_path):
    found = one(tmp_path / name, text)
    assert len(found) == count
    for item in found:
        assert item.symbols == ("O", "H", "H") and item.positions.tolist() == POSITIONS


def test_columns_of_an_extended_xyz_file(tmp_path):
    text = WATER.replace("water", 'Lattice="9 0 0 0 9 0 0 0 9" Properties=pos:R:3:forces:R:3:species:S:1 energy=-1')
    lines = text.splitlines()
    lines[2:] = [" ".join([*line.split()[1:], "7 8 9", line.split()[0]]) for line in lines[2:]]
    (item,) = one(tmp_path / "a.xyz", "\n".join(lines))
    assert item.symbols == ("O", "H", "H") and item.positions.tolist() == POSITIONS


def test_a_folder_of_files(tmp_path):
    for number in range(11):
        (tmp_path / f"{number:02}.xyz").write_text(WATER.replace("0.117", f"0.{117 + number}"))
    (tmp_path / "more.sdf").write_text(V2000)
    (tmp_path / "readme.md").write_text("of water")
    (tmp_path / ".hidden.xyz").write_text("not read")
    data = genwright.load_data(tmp_path)
    assert data.kind == "points" and sum(data.sizes.values()) == 12 and data.name == tmp_path.name
    assert "other files not used: readme.md" in data.describe()


def test_drawings_are_told_from_shapes(tmp_path):
    flat = "5\n\n" + "".join(f"C {k} {k % 2} 0\n" for k in range(5))
    (tmp_path / "a.xyz").write_text(flat)
    assert read_points(tmp_path / "a.xyz").notes == ["every z is 0: these are drawings, not shapes in space"]


def test_what_stands_beside_a_molecule(tmp_path):
    said = 'Properties=species:S:1:pos:R:3 pbc="F F F" energy=-76.4 name="of two words" half'
    one(tmp_path / "a.xyz", WATER.replace("water", said) + WATER)
    beside = read_points(tmp_path / "a.xyz").beside
    assert beside["energy"].tolist()[0] == -76.4 and beside["energy"].isna().tolist() == [False, True]
    assert beside["name"].tolist()[0] == "of two words" and list(beside) == ["energy", "name"]
    one(tmp_path / "a.sdf", V2000 * 2)
    assert read_points(tmp_path / "a.sdf").beside["energy"].tolist() == [-76.4] * 2
    assert read_points(tmp_path / "a.xyz").places == ["line 1", "line 6"]
    one(tmp_path / "a.xyz", WATER)
    assert read_points(tmp_path / "a.xyz").beside is None


@pytest.mark.parametrize(
    "said, repeats",
    [
        ('Lattice="4 0 0 0 4 0 0 0 4"', True),
        ('Lattice="4 0 0 0 4 0 0 0 4" pbc="F F T"', True),
        ('Lattice="4 0 0 0 4 0 0 0 4" pbc="F F F"', False),
        ("energy=1", False),
    ],
)
def test_a_cell_that_repeats_and_other_columns_are_left_out_and_said(said, repeats, tmp_path):
    columns = WATER.replace("water", f"{said} Properties=species:S:1:pos:R:3:forces:R:3").replace("0.47", "0.47 7 8 9")
    one(tmp_path / "a.xyz", columns.replace("0.117", "0.117 7 8 9") + WATER)
    *of_cells, of_columns, of_comments = read_points(tmp_path / "a.xyz").notes
    assert of_comments == "comments not used: water"
    assert of_columns == "columns of the atoms not used: forces"
    assert [note[:52] for note in of_cells] == ["1 of 2 lie in a periodic cell (Lattice, pbc), which "] * repeats


def test_kinds_that_are_no_elements_are_said(tmp_path):
    one(tmp_path / "a.xyz", WATER + WATER.replace("H ", "Xx ").replace("O ", "XX "))
    notes = read_points(tmp_path / "a.xyz").notes
    assert sorted(notes[:-1]) == [f"{kind} is no element: a kind of its own, in 1 of 2" for kind in ("XX", "Xx")]


def test_sets_whose_points_coincide_are_left_out_and_listed(tmp_path):
    rng = np.random.default_rng(0)
    water = lambda: WATER.replace("0.117", f"{rng.uniform(0.1, 0.2):.6f}")
    (tmp_path / "a.xyz").write_text("".join(water() for _ in range(20)) + WATER.replace("-0.757", "0.757"))
    data = genwright.load_data(tmp_path / "a.xyz")
    assert sum(data.sizes.values()) == 20 and data.unreadable.to_numpy().tolist() == [
        ["line 101", "H2O", "points 2 and 3 lie at one place"]
    ]
    assert "1 of 21 sets left out (line 101: points 2 and 3 lie at one place)" in data.describe()


def test_properties_in_memory_and_in_files_are_given(tmp_path):
    items = [(list(symbols), positions) for symbols, positions in pairs(30)]
    energy = np.arange(30) / 7
    data = genwright.load_data((items, {"energy": energy}), given="energy")
    x, given = data.domain.encode(data.test)
    assert given.shape == (len(data.test), 1) and set(data.test.given["energy"]) <= set(energy)
    back = data.domain.decode(x, given, 3)
    assert np.allclose(back.given["energy"].astype(float), data.test.given["energy"].astype(float))
    again = type(data.domain).from_json(data.domain.to_json())
    assert again.to_json() == data.domain.to_json() and again.given.names == ["energy"]
    for suffix in (".xyz", ".sdf"):
        path = data.domain.write(data.test, tmp_path / f"a{suffix}")
        read = genwright.kinds.load.read_items(path, data.domain)[0]
        assert np.allclose(read.given["energy"].astype(float), data.test.given["energy"].astype(float))
    with pytest.raises(DataError):
        genwright.load_data((items, {"energy": energy}), given="energi")
    with pytest.raises(DataError):
        genwright.load_data((items, {"energy": energy[1:]}), given="energy")


def pairs(n):
    rng = np.random.default_rng(0)
    return [("OHH", rng.normal(size=(3, 3))) for _ in range(n)]


def test_objects_in_memory():
    class Of:  # as ASE has them
        symbols, positions = ["O", "H", "H"], np.eye(3)

    data = genwright.load_data([(list(symbols), positions) for symbols, positions in pairs(20)])
    assert data.kind == "points" and data.domain.symbols == ["H", "O"]
    assert genwright.load_data([Of()] * 12).kind == "points"
    Of.pbc = np.array([True, True, False])
    assert any("12 of 12 lie in a periodic cell" in line for line in genwright.load_data([Of()] * 12).describe())
