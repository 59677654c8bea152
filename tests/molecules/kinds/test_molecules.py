# Tests molecules/kinds/domain.py, molecules/kinds/kind.py, molecules/kinds/molecule_files.py,
#   molecules/zoo/policies.py
"""Molecules as lines of symbols: there and back, files that are written, scaffolds that go on."""

import pandas as pd
import pytest

import genwright
from genwright.contract.small_data import small_data
from genwright.core.errors import DataError, RunError
from genwright.kinds.domain import Drawn
from genwright.molecules.chemistry.scaffolds import before_point, reopened
from genwright.molecules.kinds.domain import Molecules
from genwright.molecules.kinds.molecule_files import read_sdf_molecules

chem = pytest.importorskip("rdkit.Chem")
SCAFFOLDS = ["[*:1]C[C@H](N)C(=O)O", "O=C1CC(N2CCN([*:1])CC2)c2ccccc2N1", "C=C1C[C@@H]2CC[C@]1([*:1])C2", "O=[*:1]"]
SEVERAL = ["[*:2]n1cccc1[*:1]", "O=C([*:2])N[C@@H](C)[*:1]", "[*:1]/C=C/C[*:2]", "[*:3]c1cc([*:1])cc([*:2])c1"]


@pytest.fixture(scope="module")
def data():
    return small_data("molecules")


def test_molecules_come_back(data):
    x, given = data.domain.encode(data.test)
    assert data.domain.decode(x, given, None) == data.test
    again = Molecules.from_json(data.domain.to_json())
    assert again.to_json() == data.domain.to_json() and (again.encode(data.test)[0] == x).all()


@pytest.mark.parametrize("scaffold", SCAFFOLDS)
def test_what_follows_a_scaffold_is_bound_at_its_point(scaffold):
    """Also where the atom there is a stereo centre."""
    known = before_point(scaffold)
    grown = chem.MolFromSmiles(scaffold.replace("[*:1]", "[Si]") if "=[" not in scaffold else "O=[Si]")
    assert chem.CanonSmiles(f"{known}[Si]") == chem.MolToSmiles(grown)
    assert known == before_point(scaffold)


@pytest.mark.parametrize("scaffold", SEVERAL)
def test_points_are_grown_one_after_another_where_they_are(scaffold):
    """Each by a piece of its own, as if all were put in their places at once."""
    pieces, now, whole = ["C(F)(F)F", "OCl", "S(C)(=O)=O"], scaffold, chem.MolFromSmiles(scaffold)
    for number in range(1, scaffold.count("[*:") + 1):
        piece = pieces.pop()
        whole = chem.CombineMols(whole, chem.MolFromSmiles(f"[*:{number}]{piece}"))
        grown = before_point(now) + piece
        now = reopened(now, grown)
    assert now is None and chem.CanonSmiles(grown) == chem.MolToSmiles(chem.molzip(whole))


def test_completions_go_on_at_each_point(data, monkeypatch):
    """Of a model that writes an O wherever it may; where brackets would be needed, which training never saw, a hydrogen
    stays."""
    model = genwright.fit(data, "autoregressive", preset="tiny", items=500, seed=0, progress=False)

    def fill(x, known, given, draws):
        place = known.sum(1, keepdim=True).long()
        o = data.domain.alphabet.encode("O")[0]
        x = x.scatter(1, place, float(o)).scatter(1, place + 1, float(data.domain.leaf.end))
        behind = x.new_ones(x.shape).cumsum(1) - 1 > place + 1
        return x.masked_fill(behind, data.domain.leaf.pad)

    monkeypatch.setattr(model.family, "fill", fill)
    whole = model.complete(["[*:2]CC[*:1]", "[*:1]c1ccccc1", "[*:1]N([*:2])[*:3]"], draws=2, seed=0)
    assert whole[0] == whole[1] and whole[0].seed == 0
    assert [chem.CanonSmiles(smiles) for smiles in whole[0]] == ["OCCO", "Oc1ccccc1", "ONO"]
    assert model.complete("[*:2]CC[*:1]", seed=0) == whole[0][:1]


def test_completions_hold_their_scaffold(data):
    model = genwright.fit(data, "autoregressive", preset="tiny", items=9_000, seed=0, progress=False)
    draws = model.complete(["[*:1]CCCO", "OC*"], draws=40, seed=0)
    first = chem.MolFromSmiles("CCCO")
    molecules = [chem.MolFromSmiles(draw[0]) for draw in draws]
    assert any(molecule is not None for molecule in molecules)
    assert all(molecule.HasSubstructMatch(first) for molecule in molecules if molecule is not None)
    assert len({draw[0] for draw in draws}) > 1 and all(draw[1].startswith("OC") for draw in draws)


def test_draws_are_written_apart_from_what_is_no_molecule(data, tmp_path):
    drawn = Drawn(["CCO", "C1CC", "c1ccccc1"], {"label": ["a", "b", "c"]}, seed=0)
    assert data.domain.write(drawn, tmp_path / "new.smi").read_text() == "CCO\nc1ccccc1\n"
    assert (tmp_path / "new.invalid.txt").read_text().splitlines()[1:] == ["C1CC"]
    assert data.domain.describe_set_aside(drawn, tmp_path / "new.smi").startswith("1 of 3 are no molecules")
    table = pd.read_csv(data.domain.write(drawn, tmp_path / "new.csv"))
    assert table.to_dict("list") == {"smiles": ["CCO", "c1ccccc1"], "label": ["a", "c"]}
    back = read_sdf_molecules(data.domain.write(drawn, tmp_path / "new.sdf"))
    assert back.items == ["CCO", "c1ccccc1"] and list(back.beside["label"]) == ["a", "c"]
    with pytest.raises(DataError):
        data.domain.write(drawn, tmp_path / "new.pdf")


def test_all_molecules_leave_nothing_beside(data, tmp_path):
    data.domain.write(["CCO", "C1CC"], tmp_path / "new.smi")
    data.domain.write([["CCO"], ["CCN"]], tmp_path / "new.smi")
    assert [path.name for path in tmp_path.iterdir()] == ["new.smi"]
    assert data.domain.describe_set_aside(["CCO"], tmp_path / "new.smi") == ""


def test_selfies_draw_molecules_alone():
    pytest.importorskip("selfies")
    data = genwright.load_data([*small_data("molecules").train], kind="molecules", notation="selfies")
    model = genwright.fit(data, "autoregressive", preset="tiny", items=2_000, progress=False)
    drawn = model.sample(50, seed=0)
    assert all(chem.MolFromSmiles(smiles) is not None for smiles in drawn) and len(set(drawn)) > 10
    assert model.log_prob(data.test[:5]).kind == "exact"
    held = chem.MolFromSmiles("c1ccccc1")
    assert all(chem.MolFromSmiles(s).HasSubstructMatch(held) for s in model.complete(["[*:1]c1ccccc1"] * 5, seed=0))


def test_a_file_of_a_person_beside_is_kept(data, tmp_path):
    mine = tmp_path / "new.invalid.txt"
    mine.write_text("my notes\n")
    data.domain.write(["CCO"], tmp_path / "new.smi")
    with pytest.raises(RunError):
        data.domain.write(["CCO", "C1CC"], tmp_path / "new.smi")
    assert mine.read_text() == "my notes\n"
    mine.rename(tmp_path / "mine.txt")
    data.domain.write(["CCO", "C1CC"], tmp_path / "new.smi")
    data.domain.write(["CCO"], tmp_path / "new.smi")
    assert not mine.exists()
