"""What is passed on says nothing of where the data lay: the card, domain.json and report.html of a run."""

import json

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from scipy.io import wavfile

import genwright
from genwright.studies.report.report import report

FEW = {"steps": 2, "progress": False}


@pytest.fixture
def secret(tmp_path):
    (tmp_path / "secret-place" / "data").mkdir(parents=True)
    return tmp_path / "secret-place" / "data"


def require_silent(run):
    report(run)
    for name in ("README.md", "domain.json", "report.html"):
        assert "secret-place" not in (run / name).read_text(), name


def test_damaged_images_are_counted_without_their_path(secret, tmp_path):
    for k in range(40):
        Image.fromarray(np.random.default_rng(k).integers(0, 256, (8, 8), np.uint8)).save(secret / f"{k}.png")
    (secret / "x.png").write_bytes(b"\x89PNG\r\n\x1a\nbroken")
    with pytest.warns(UserWarning, match="secret-place.*x.png"):  # which nobody passes on
        genwright.fit(secret, "gaussian", out=tmp_path / "run", **FEW)
    require_silent(tmp_path / "run")
    assert "1 of 41 images left out" in (tmp_path / "run" / "README.md").read_text()


def test_damaged_sound_is_counted_without_its_path(secret):
    for k in range(30):
        wavfile.write(secret / f"{k}.wav", 1_000, np.random.default_rng(k).integers(-999, 999, 150, np.int16))
    (secret / "x.wav").write_bytes((secret / "0.wav").read_bytes()[:-50])
    with pytest.warns(UserWarning, match="secret-place.*x.wav"):
        data = genwright.load_data(secret)
    assert not any("secret-place" in line for line in [*data.describe(), json.dumps(data.domain.to_json())])


def test_descriptors_are_called_by_the_name_of_their_file(secret, tmp_path):
    pytest.importorskip("rdkit")
    smiles = [f"{'C' * (k % 9 + 1)}{'O' * (k % 4)}N" for k in range(60)]
    frame = pd.DataFrame({"smiles": smiles, "y": np.arange(60.0), "extra": 1.5 * np.arange(60), "word": "a"})
    frame[["smiles", "y"]].to_csv(secret / "mols.csv", index=False)
    frame.drop(columns="y").to_csv(secret / "mine.csv", index=False)
    data = genwright.load_data(secret / "mols.csv", target="y", descriptors=secret / "mine.csv")
    assert any("mine.csv" in note for note in data.notes)
    assert not any("secret-place" in line for line in map(str, data.notes))


def test_a_table_of_a_place_is_reported_without_it(secret, tmp_path):
    sizes = pd.DataFrame({"size": np.arange(200) % 7 * 0.31, "kind": ["oak", "elm"] * 100})
    sizes.to_csv(secret / "trees.csv", index=False)
    genwright.fit(secret / "trees.csv", "independent", out=tmp_path / "run", **FEW)
    require_silent(tmp_path / "run")
