# Tests kinds/points/domain.py, kinds/points/kind.py, kinds/points/load.py
"""Points in space: what is stored, and what comes back."""

import numpy as np
import pytest
import torch

from genwright import load_data
from genwright.contract.small_data import molecules
from genwright.core.errors import DataError
from genwright.kinds.load import read_items
from genwright.kinds.points.atoms import Atoms, list_of_atoms
from genwright.kinds.points.domain import Points
from genwright.kinds.tables.column_marginals import size_marginal


@pytest.fixture(scope="module")
def data():
    return molecules()


def test_positions_have_zero_mean_and_one_scale(data):
    x = data.tensors("train").x
    centres = torch.zeros(len(x), 3).index_add_(0, x.item, x.x[:, 1:])
    assert centres.abs().max() < 1e-5 and float((x.x[:, 1:] ** 2).mean()) == pytest.approx(1, abs=1e-5)


def test_items_come_back_but_for_where_they_were(data):
    x, given = data.domain.encode(data.test)
    for item, back in zip(data.test, data.domain.decode(x, given, 3)):
        assert back.symbols == item.symbols
        assert np.allclose(back.positions, item.positions - item.positions.mean(0), atol=1e-6)


def test_a_record_makes_the_same_domain(data):
    again = Points.from_json(data.domain.to_json())
    assert again.to_json() == data.domain.to_json() and again.describe() == data.domain.describe()


def test_an_item_is_known_by_its_numbers():
    place = np.arange(6.0).reshape(2, 3)
    a, b = Atoms(("C", "O"), place), Atoms(("C", "O"), place + 0.0)
    assert a == b and a.key == b.key and len({a, b}) == 1 and repr(a) == "Atoms(CO, 2 atoms)"
    for other in (Atoms(("O", "C"), place), Atoms(("C", "O"), place[::-1]), Atoms(("C", "O"), place + 1)):
        assert a != other and a.key != other.key
    assert Atoms(("H", "O", "C", "H"), np.zeros((4, 3))).formula == "CH2O"
    assert Atoms(("H", "O", "H"), np.zeros((3, 3))).formula == "H2O"


def test_sizes_that_none_has_are_few_and_none_is_impossible():
    margin = size_marginal(np.array([3, 3, 5, 5, 5, 9]), 512)
    probs = dict(enumerate(margin.probs, 1))
    assert len(probs) == 18 and sum(probs.values()) == pytest.approx(1)
    assert probs[5] / probs[3] == pytest.approx(1.5) and 0 < probs[18] < probs[10] < probs[9]
    assert size_marginal(np.array([400]), 512).edges[-1] == 512.5


def test_a_written_file_is_read_again(data, tmp_path):
    from genwright.kinds.load import read_items

    path = data.domain.write(data.test[:5], tmp_path / "a.xyz")
    back, known, *_ = read_items(path, data.domain)
    assert known is None and [item.symbols for item in back] == [item.symbols for item in data.test[:5]]
    assert all(np.allclose(a.positions, b.positions, atol=1e-6) for a, b in zip(back, data.test))
    with pytest.raises(DataError):
        data.domain.write(data.test[:5], tmp_path / "a.csv")


def test_an_sdf_holds_bonds_where_they_fit(data, tmp_path):
    pytest.importorskip("rdkit")
    from rdkit import Chem

    water, far = data.test[0], Atoms(("O", "H", "H"), 5 * np.eye(3))
    names = [Chem.MolToSmiles(Chem.RemoveHs(m)) for m in _sdf(data.domain, tmp_path, _zwitterion(), water)]
    assert names[0] == "[NH3+]CC(=O)[O-]" and "." not in names[1]
    assert data.domain.describe_set_aside([water, far], tmp_path / "a.sdf").startswith("1 of 2 have no bonds there")
    assert not data.domain.describe_set_aside([water, far], tmp_path / "a.xyz")
    (bare,) = _sdf(data.domain, tmp_path, far)
    assert bare.GetNumBonds() == 0 and np.allclose(bare.GetConformer().GetPositions(), far.positions)


def _sdf(domain, folder, *items) -> list:
    from rdkit import Chem

    path = str(domain.write(items, folder / "a.sdf"))
    return list(Chem.SDMolSupplier(path, removeHs=False, sanitize=all(len(item) > 3 for item in items)))


def _zwitterion() -> Atoms:
    from rdkit import Chem
    from rdkit.Chem import AllChem

    molecule = Chem.AddHs(Chem.MolFromSmiles("[NH3+]CC(=O)[O-]"))
    AllChem.EmbedMolecule(molecule, randomSeed=1)
    symbols = tuple(atom.GetSymbol() for atom in molecule.GetAtoms())
    return Atoms(symbols, molecule.GetConformer().GetPositions())


def test_what_is_drawn_lies_around_what_is_known(data):
    """In the place where the known points are: they were moved to zero for the model."""
    item = (["O", "H", "H"], np.eye(3) + 50)
    x, given, known = data.domain.encode_holes([item], [[True, True, False]], None)
    assert x.x[:2, 1:].sum(0).abs().max() < 1e-5 and known.x.all(1).tolist() == [True, True, False]
    (whole,) = data.domain.decode_holes(x, [item], known, given, {"seed": 1})
    assert np.array_equal(whole.positions[:2], item[1][:2]) and np.allclose(whole.positions[2], item[1][2], atol=1e-5)


UNITS = {"nm": 0.1, "pm": 100.0}


def waters(factor: float) -> list:
    """Thirty molecules of water of the usual size, times the factor."""
    rng = np.random.default_rng(0)
    places = np.array([[0, 0, 0.12], [0, 0.76, -0.48], [0, -0.76, -0.48]])
    return [(["O", "H", "H"], factor * (places + 0.02 * rng.normal(size=(3, 3)))) for _ in range(30)]


@pytest.mark.parametrize("unit", UNITS)
def test_coordinates_in_another_unit_are_asked_about_and_read_in_it(unit, tmp_path):
    (asked,) = load_data(waters(UNITS[unit])).questions
    assert asked.answer == {"unit": unit}
    data = load_data(waters(UNITS[unit]), unit=unit)
    assert not data.questions
    usual = load_data(waters(1.0))
    assert not usual.questions and data.domain.spec.leaf.each.columns[1].scale == pytest.approx(
        usual.domain.spec.leaf.each.columns[1].scale, rel=0.1
    )
    for factor in (UNITS[unit], 1.0):  # a file like the training data, and one like a sample
        usual.domain.write(list_of_atoms(waters(factor)), tmp_path / "t.xyz")
        read = read_items(tmp_path / "t.xyz", data.domain).items
        assert np.abs(read[0].positions).max() == pytest.approx(0.77, abs=0.1)


def test_points_that_are_no_atoms_have_any_unit():
    assert not load_data([(["a", "b"], 0.01 * k * np.eye(3)[:2]) for k in range(1, 40)]).questions


def test_a_model_of_unconverted_coordinates_reads_more_of_them(tmp_path):
    data = load_data(waters(0.1))
    data.domain.write(list_of_atoms(waters(0.1)), tmp_path / "t.xyz")
    assert np.abs(read_items(tmp_path / "t.xyz", data.domain).items[0].positions).max() < 0.1
