"""The command line on a person's measurements: from a table to predictions of a library, some of it unreadable."""

import gzip

import numpy as np
import pandas as pd
import pytest
from made_molecules import molecules

from genwright.molecules import library_tables
from genwright.molecules.kinds import library

pytest.importorskip("rdkit")
SMILES = molecules(120)
LIBRARY = ["CCO first", "junk( second", "c1ccccc1N third", f"{SMILES[0]} fourth", "=CMD() fifth", "[Na+].[Cl-] sixth"]
FIT = "fit assay.csv --target y --family dmpnn --preset tiny --epochs 2 --descriptors none --split random --quiet"


@pytest.fixture(autouse=True)
def trained(do, home):
    rng = np.random.default_rng(0)
    y = [len(text) + rng.normal() for text in SMILES]
    pd.DataFrame({"smiles": SMILES, "y": y}).to_csv(home / "assay.csv", index=False)
    with gzip.open(home / "library.smi.gz", "wt") as file:
        file.write("\n".join(LIBRARY))
    do(f"{FIT} --out run")


def test_a_library_keeps_its_rows_and_its_order(do, home):
    assert "6 predicted: out.csv" in do("predict run library.smi.gz --out out.csv")
    table = pd.read_csv(home / "out.csv")
    assert table["name"].tolist() == ["first", "second", "third", "fourth", "fifth", "sixth"]
    assert table["valid"].tolist()[:5] == [True, False, True, True, False]
    assert np.array_equal(table["y"].notna(), table["valid"]) and np.array_equal(
        table["nearest"].notna(), table["valid"]
    )
    assert set(table["nearest"].dropna()) <= set(SMILES) | {*map(canonical, SMILES)}
    assert table["nearest"][3] == canonical(SMILES[0]) or table["similarity"][3] < 1
    legend = [line.split(": ")[0] for line in (home / "out.columns.txt").read_text().splitlines()]
    assert legend == list(table)


def test_several_processes_write_the_same_file(do, home, monkeypatch):
    monkeypatch.setattr(library, "BATCH_MOLECULES", 2)
    monkeypatch.setattr(library_tables, "PARALLEL_FROM", 2)
    files = []
    for cores in (1, 2):
        monkeypatch.setattr(library_tables, "cores", lambda: cores)
        do("predict run library.smi.gz --out out.csv")
        files.append((home / "out.csv").read_bytes())
    assert files[0] == files[1]
    (home / "bad.smi").write_text("good\nmorning\nto\nyou")
    assert "bad.smi holds no molecule that can be read (line 1: it is no SMILES)" in do("predict run bad.smi", code=2)


def test_options_of_a_graph_are_refused_not_passed_over(do, home):
    told = do("predict run library.smi.gz --out out.csv --nodes assay.csv", code=2)
    assert "run was not trained on a graph: leave nodes out" in told and not (home / "out.csv").exists()


def canonical(smiles: str) -> str:
    from rdkit import Chem

    return Chem.MolToSmiles(Chem.MolFromSmiles(smiles))


def test_the_nearest_molecule_is_a_number_where_the_table_has_changed(do, home):
    do("predict run library.smi.gz --out before.csv")
    table = pd.read_csv(home / "assay.csv")
    table.iloc[::-1].to_csv(home / "assay.csv", index=False)
    do("predict run library.smi.gz --out after.csv")
    (home / "assay.csv").unlink()
    do("predict run library.smi.gz --out gone.csv")
    before, after, gone = (pd.read_csv(home / f"{name}.csv") for name in ("before", "after", "gone"))
    assert after.equals(gone) and after.drop(columns="nearest").equals(before.drop(columns="nearest"))
    numbers = after["nearest"].dropna().astype(int)
    assert [canonical(table["smiles"][k]) for k in numbers] == before["nearest"].dropna().tolist()
    assert pd.read_csv(home / "gone.csv", dtype=str)["nearest"].dropna().str.isdigit().all()


def test_codes_of_a_library_stand_beside_their_names(do, home):
    do("encode run library.smi.gz --out codes.npz")
    codes = np.load(home / "codes.npz")
    assert len(codes["codes"]) == len(codes["id"]) == len(LIBRARY)
    assert np.isnan(codes["codes"]).all(1).tolist() == [text.split()[0] in ("junk(", "=CMD()") for text in LIBRARY]


@pytest.mark.long
def test_a_run_begins_from_another_by_the_command_line(do, home):
    table = pd.read_csv(home / "assay.csv").assign(z=lambda t: t["smiles"].str.count("O"))
    table.to_csv(home / "more.csv", index=False)
    do("fit more.csv --target z --descriptors none --split random --from run --steps 2 --out child --quiet")
    do("predict child library.smi.gz --out z.csv")
    assert "z" in pd.read_csv(home / "z.csv")
    said = do("fit more.csv --target z --split random --from run --steps 2 --out other --quiet", 2)
    assert "read it with the same options" in said
