# Tests molecules/chemistry/fingerprints.py, molecules/zoo/graph_networks.py
"""Descriptors and fingerprints of molecules: RDKit's own numbers, computed once."""

import numpy as np
import pytest
from made_molecules import molecules

pytest.importorskip("rdkit")

from rdkit import Chem, DataStructs  # noqa: E402
from rdkit.Chem import Descriptors, rdFingerprintGenerator  # noqa: E402

from genwright.molecules.chemistry import descriptors as module  # noqa: E402
from genwright.molecules.chemistry.descriptors import NAMES, descriptors  # noqa: E402
from genwright.molecules.chemistry.fingerprints import morgan_counts, nearest, packed, several_nearest  # noqa: E402

SOME = [Chem.CanonSmiles(text) for text in molecules(12)]
ODD = ["C", "[Na+].[Cl-]", "[H][H]", "[Fe]", "F[P-](F)(F)(F)(F)F", "C[C@H](F)Cl", "[2H]C"]


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "genwright"


def test_names_are_those_of_rdkit():
    assert len(set(NAMES)) == len(NAMES) and set(NAMES) == {name for name, _ in Descriptors.descList}


@pytest.mark.parametrize("text", SOME[:2] + ODD)
def test_numbers_are_those_of_rdkit(text):
    found = dict(zip(NAMES, descriptors([text])[0]))
    wanted = Descriptors.CalcMolDescriptors(Chem.MolFromSmiles(text), missingVal=np.nan)
    for name, value in wanted.items():
        with np.errstate(over="ignore"):
            value = np.float32(value)
        if np.isfinite(value):
            assert found[name] == pytest.approx(value, rel=1e-6, abs=1e-9), name
        else:
            assert np.isnan(found[name]), name


def test_what_is_no_number_is_nan():
    long = "C" * 200
    found = dict(zip(NAMES, descriptors([long])[0]))
    assert np.isnan(found["Ipc"]) and np.isfinite(found["MolWt"])  # beyond what single precision holds
    assert np.isnan(descriptors(["CC("])).all()


def test_each_molecule_is_computed_once(folder, monkeypatch):
    first = descriptors(SOME)
    assert list(folder.iterdir())
    counted = []
    rows = module._rows
    monkeypatch.setattr(module, "_rows", lambda smiles: counted.extend(smiles) or rows(smiles))
    assert np.array_equal(descriptors(SOME[::-1] + SOME[:3])[::-1][3:], first, equal_nan=True) and not counted
    assert descriptors(["CCO", "CCO", SOME[0]]).shape == (3, len(NAMES)) and counted == ["CCO"]
    assert descriptors([]).shape == (0, len(NAMES))


def test_a_damaged_cache_changes_no_number(folder):
    first = descriptors(SOME)
    (file,) = folder.iterdir()
    file.write_bytes(b"damaged" * 100)
    assert np.array_equal(descriptors(SOME), first, equal_nan=True)


def test_processes_find_the_same(folder, monkeypatch):
    first = descriptors(SOME)
    for file in folder.iterdir():
        file.unlink()
    monkeypatch.setattr(module, "CHUNK", 5)
    assert np.array_equal(descriptors(SOME, processes=2), first, equal_nan=True)


def test_counts_are_those_of_rdkit():
    generator = rdFingerprintGenerator.GetMorganGenerator(radius=3, fpSize=512)
    found = morgan_counts(SOME, radius=3, bits=512)
    for row, text in zip(found, SOME):
        assert (row == generator.GetCountFingerprintAsNumPy(Chem.MolFromSmiles(text))).all()


def test_the_nearest_are_those_of_rdkit_whatever_the_blocks(monkeypatch):
    some, among = molecules(20), molecules(60)[20:] * 2  # each twice: of equal ones the first is nearer
    generator = rdFingerprintGenerator.GetMorganGenerator(radius=2, fpSize=2048)
    mols = [[generator.GetFingerprint(Chem.MolFromSmiles(text)) for text in texts] for texts in (some, among)]
    table = np.array([DataStructs.BulkTanimotoSimilarity(one, mols[1]) for one in mols[0]])
    order = np.argsort(-table.astype(np.float32), axis=1, kind="stable")
    bits = [packed(morgan_counts(texts)) for texts in (some, among)]
    from genwright.molecules.chemistry import fingerprints

    for rows, columns in ((1_000, 5_000), (7, 11)):
        monkeypatch.setattr(fingerprints, "ROWS", rows)
        monkeypatch.setattr(fingerprints, "COLUMNS", columns)
        similar, number = several_nearest(*bits, 5)
        assert np.array_equal(number, order[:, :5])
        assert similar == pytest.approx(np.take_along_axis(table, order[:, :5], 1), abs=1e-6)
        assert np.array_equal(nearest(*bits)[1], order[:, 0])
    assert several_nearest(bits[0], bits[1][:3], 5)[0].shape == (20, 3)
