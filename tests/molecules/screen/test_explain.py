"""An explanation points at the atoms that the answer hangs on."""

import numpy as np
import pandas as pd
import pytest
from markupsafe import escape
from rdkit import Chem

import genwright
from genwright.cli.commands import main
from genwright.molecules.library_tables import open_predictor
from genwright.molecules.screen.explain import atoms_of, explain


def test_atoms_of_the_group_that_makes_a_molecule_active_raise_the_prediction_most(place):
    model = open_predictor(place.folder / "forest")
    smiles = next(text for text, hit in zip(place.measured, place.active) if hit)
    canonical = Chem.MolToSmiles(Chem.MolFromSmiles(smiles))
    _, differences = atoms_of(model, canonical, model.domain.targets[0])
    group = Chem.MolFromSmiles(canonical).GetSubstructMatch(Chem.MolFromSmarts("CS(=O)(=O)"))
    others = np.delete(differences, group)
    assert differences[list(group)].max() == differences.max() > 2 * np.abs(others).mean()


def test_a_masked_atom_is_masked_alone(place):
    """Of a network on atoms: what is drawn is what the network says of the molecule with one row of zeros."""
    data = genwright.load_data(place.folder / "assay.csv", target="y", descriptors="none")
    model = genwright.fit(data, "gin", preset="tiny", steps=4, progress=False)
    shown, differences = atoms_of(model, "Cc1ccccc1O", model.domain.targets[0])
    assert shown == pytest.approx(float(model.predict(["Cc1ccccc1O"])["y"][0]), rel=1e-4)
    assert len(differences) == 8 and np.isfinite(differences).all() and np.ptp(differences) > 0


def test_the_page_draws_the_first_molecules_with_their_predictions(place, tmp_path):
    found = explain(place.folder / "forest", place.folder / "library.smi", n=3)
    assert found.count == 3 and found.page.count("<svg") == 3 and set(found.table) >= {"atom", "element", "difference"}
    assert "need not sum to the prediction" in found.page and "logits of" in found.page


@pytest.mark.long
def test_commands_screen_and_explain(place, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(place.folder)
    for words in (
        ["screen", "library.smi.gz", "--run", "forest", "--top", "5", "--out", str(tmp_path / "hits"), "-q"],
        ["explain", "forest", str(tmp_path / "hits" / "ranked.csv"), "-n", "2", "--out", str(tmp_path / "a.html")],
    ):
        with pytest.raises(SystemExit) as ended:
            main(words)
        assert not ended.value.code, capsys.readouterr().err
    said = capsys.readouterr().out
    assert "report.html" in said and "atoms of 2 molecules" in said
    assert (tmp_path / "hits" / "top.sdf").read_text().count("$$$$") == 5
    best = pd.read_csv(tmp_path / "hits" / "ranked.csv")["smiles"][0]
    assert best in (tmp_path / "a.html").read_text()


def test_molecules_that_cannot_be_read_are_counted(place):
    found = explain(place.folder / "forest", ["c1cccc1", place.library[0], "C(", place.library[1]], n=2)
    assert found.count == 2 and "Skipped 2 that cannot be read (item 0: " in found.skipped
    assert str(escape(found.skipped)) in found.page
