"""Scores of molecules: a row each, in their order, whatever the file."""

import gzip
import math
import os

import pandas as pd
import pytest
from made_molecules import molecules
from PIL import Image

pytest.importorskip("rdkit")

import genwright  # noqa: E402
from genwright.core.errors import DataError  # noqa: E402
from genwright.molecules import library_tables  # noqa: E402
from genwright.molecules.kinds.molecule_files import read_smiles_batches  # noqa: E402
from genwright.molecules.library_tables import COLUMNS, score, score_file  # noqa: E402

KNOWN, NEW = molecules(160)[:120], molecules(160)[120:]


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    options = dict(preset="tiny", items=64, out=tmp_path_factory.mktemp("scores") / "run", progress=False)
    return genwright.fit(genwright.load_data(KNOWN), "autoregressive", **options)


@pytest.fixture
def file(tmp_path):
    lines = [f"{smiles}\tmolecule {k}" for k, smiles in enumerate(NEW)]
    path = tmp_path / "new.smi"
    path.write_text("\n".join([*lines, "", "CC( broken", "[Pt]CC"]) + "\r\n")
    return path


def test_each_molecule_has_a_row(model):
    table = score([*NEW[:5], "CC(", "[Pt]", KNOWN[0]], KNOWN, model)
    assert list(table) == [name for name in COLUMNS if name not in ("id", "name")]
    assert table["valid"].tolist() == [True] * 5 + [False, True, True]
    assert table["nearest"].iloc[-1] and table["similarity"].iloc[-1] == 1 and table["similarity"].iloc[0] < 1
    assert table["alerts"].iloc[6] == "element Pt" and pd.isna(table["qed"].iloc[5])
    assert table["nats"].iloc[6] == -math.inf  # of a symbol that training never saw
    assert table["nats"][:5].to_numpy() == pytest.approx(model.log_prob(NEW[:5]).nats, abs=1e-4)


def test_without_a_model_or_training_molecules_their_columns_are_not_there():
    assert not {"nats", "nearest", "similarity"} & set(score(NEW[:3]))


@pytest.mark.long
@pytest.mark.parametrize("part", [10_000, 7])
def test_a_file_is_scored_part_by_part(file, model, monkeypatch, tmp_path, part):
    monkeypatch.setattr(library_tables, "SCORED_AT_ONCE", part)
    done = score_file(file, tmp_path / "out.csv", KNOWN, model, tmp_path / "best.png", "sa")
    assert (done.count, done.unreadable) == (len(NEW) + 2, 1)
    table = pd.read_csv(tmp_path / "out.csv")
    assert table["smiles"].tolist() == [*NEW, "CC(", "[Pt]CC"] and list(table) == list(COLUMNS)
    assert table["id"].iloc[[0, -2, -1]].tolist() == ["line 1", f"line {len(NEW) + 2}", f"line {len(NEW) + 3}"]
    assert table["name"].iloc[:2].tolist() == ["molecule 0", "molecule 1"] and table["name"].iloc[-2] == "broken"
    whole = score(table["smiles"].tolist(), KNOWN, model)
    assert table["qed"].to_numpy() == pytest.approx(whole["qed"].to_numpy(), nan_ok=True)
    said = (tmp_path / "out.columns.txt").read_text()
    assert all(line.startswith(name) for name, line in zip(COLUMNS, said.split("\n"))) and "RDKit 20" in said
    with Image.open(tmp_path / "best.png") as picture:
        assert picture.width > 500


def test_files_are_read_packed_and_as_tables(tmp_path):
    packed, table = tmp_path / "new.smi.gz", tmp_path / "new.csv"
    packed.write_bytes(gzip.compress(b"smiles name\nCCO ethanol\n\n# amines\nCCN\n"))
    table.write_text("id,SMILES,name\n1,CCO,ethanol\n2,CCN,\n")
    longer = tmp_path / "longer.csv"
    longer.write_text("SMILES\nCCO,ethanol,x\nCCN\n")
    assert list(read_smiles_batches(longer, "", 9)) == [[("row 1", "CCO", ""), ("row 2", "CCN", "")]]
    assert list(read_smiles_batches(packed, "", 9)) == [[("line 2", "CCO", "ethanol"), ("line 5", "CCN", "")]]
    assert list(read_smiles_batches(table, "", 9)) == [[("row 1", "CCO", "ethanol"), ("row 2", "CCN", "")]]


@pytest.mark.parametrize(
    "name, content",
    [
        ("empty.smi", b"\n\n"),
        ("none.csv", b"a,b\n1,2\n"),
        ("latin.smi", b"CCO caf\xe9\n"),
        ("cut.smi.gz", gzip.compress(b"CCO\n" * 999, mtime=0)[:20]),
        ("absent.smi", None),
        ("endless.csv", b"smiles\n" + b'"' + (b"C" * 9_000 + b"\n") * 20),
    ],
)
def test_bad_files_are_refused_and_nothing_is_left(tmp_path, name, content):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(DataError):
        score_file(tmp_path / name, tmp_path / "out.csv")
    assert not (tmp_path / "out.csv").exists()


def test_a_pipe_is_refused_at_once(tmp_path):
    os.mkfifo(tmp_path / "pipe.smi")
    with pytest.raises(DataError):
        score_file(tmp_path / "pipe.smi", tmp_path / "out.csv")
