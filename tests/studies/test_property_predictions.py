"""Predictions about a file of molecules: in its order, part by part, with what each column is."""

import pandas as pd
import pytest
import torch

from genwright.core.answers import Target
from genwright.core.errors import DataError, RunError
from genwright.molecules.families.properties_domain import Properties
from genwright.molecules.kinds import library
from genwright.molecules.library_tables import predict_file

pytest.importorskip("rdkit")
TEXTS = ["CCO", "junk(", "CCN", "C", "=CMD()", "c1ccccc1"]


class Sizes:
    """Predicts how long the canonical SMILES is. The table that it learned from is gone."""

    device = torch.device("cpu")
    data = {"source": "gone.csv", "hash": "", "options": {"target": ["size", "kind"]}}
    config = {"seed": 0, "task": "properties", "data": data}

    domain = Properties((Target("size", (), 1.0, 2.0), Target("kind", ("a", "b"))), descriptors="none")

    def predict(self, library):
        sizes = torch.tensor([[(len(text) - 1) / 2, 0.25, 0.75] for text in library.smiles]).reshape(-1, 3)
        return self.domain.table(sizes, library)


@pytest.mark.parametrize("part", [1, 4, 100])
def test_a_file_is_predicted_in_order_whatever_its_parts(part, tmp_path, monkeypatch):
    monkeypatch.setattr(library, "BATCH_MOLECULES", part)
    (tmp_path / "m.smi").write_text("".join(f"{text} m{k}\n" for k, text in enumerate(TEXTS)))
    done = predict_file(Sizes(), tmp_path / "m.smi", tmp_path / "out.csv")
    assert done.count == 6 and done.paths[0] == tmp_path / "out.csv"
    assert [note for note in done.notes if note.startswith("2 of 6 ")] and "training" in done.notes[0]
    table = pd.read_csv(tmp_path / "out.csv")
    assert table["name"].tolist() == [f"m{k}" for k in range(6)]
    assert table["valid"].tolist() == [True, False, True, True, False, True]
    assert table["size"].dropna().tolist() == [3, 3, 1, 8] and table["kind"].dropna().tolist() == ["b"] * 4
    legend = done.paths[1].read_text().splitlines()
    assert [line.split(": ")[0] for line in legend] == list(table)


def test_nothing_is_left_of_what_cannot_be_predicted(tmp_path):
    (tmp_path / "m.smi").write_text("good\nmorning\n")
    with pytest.raises(DataError):
        predict_file(Sizes(), tmp_path / "m.smi", tmp_path / "out.csv")
    (tmp_path / "out.columns.txt").write_text("mine")
    with pytest.raises(RunError):
        predict_file(Sizes(), tmp_path / "m.smi", tmp_path / "out.csv")
    assert not (tmp_path / "out.csv").exists() and (tmp_path / "out.columns.txt").read_text() == "mine"
