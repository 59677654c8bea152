"""`genwright score`: from a run and a file of molecules to a table and a drawing."""

from zipfile import ZipFile

import pandas as pd
import pytest
from made_molecules import molecules

pytest.importorskip("rdkit")

from rdkit import Chem  # noqa: E402

import genwright  # noqa: E402

SMILES = molecules(130)


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    home = tmp_path_factory.mktemp("score")
    (home / "known.txt").write_text("\n".join(SMILES[:100]))
    (home / "new.smi").write_text("\n".join([*SMILES[100:], "CC("]))
    options = dict(preset="tiny", items=300, out=home / "run", progress=False)
    genwright.fit(genwright.load_data(home / "known.txt"), "autoregressive", **options)
    table = pd.DataFrame({"smiles": "CCO", "structure": list(map(Chem.CanonSmiles, SMILES[:100]))})
    table.to_csv(home / "all.csv", index=False)
    data = genwright.load_data(home / "all.csv", kind="molecules", column="structure")
    genwright.fit(data, "n-gram", **options | {"preset": None, "out": home / "columns"})
    table[:9].to_csv(home / "few.csv", index=False)
    table[:9].to_excel(home / "few.xlsx", index=False)
    with ZipFile(home / "few.zip", "w") as file:
        file.write(home / "few.csv", "few.csv")
    blocks = [Chem.MolToMolBlock(Chem.MolFromSmiles(smiles)) + "$$$$\n" for smiles in SMILES[:9]]
    (home / "few.sdf").write_text("".join([*blocks[:4], "CCO\n$$$$\n", *blocks[4:]]))
    return home


def test_scores_are_beside_what_the_run_was_trained_on(do, home):
    said = do("score run new.smi --out ranked.csv --grid best.png --by nats")
    assert said == "31 molecules, 1 of them cannot be read: ranked.csv, ranked.columns.txt, best.png\n"
    table = pd.read_csv(home / "ranked.csv")
    assert len(table) == 31 and set(table["nearest"].dropna()) and (table["nats"] < 0).all()


@pytest.mark.parametrize("form", ["csv", "xlsx", "zip", "sdf"])
def test_each_form_is_read_as_the_run_read_its_own(do, home, form):
    lost = 1 if form == "sdf" else 0
    said = do(f"score columns few.{form} --train few.{form} --out {form}.csv")
    assert said.startswith(f"{9 + lost} molecules" + ", 1 of them cannot be read" * lost)
    table = pd.read_csv(home / f"{form}.csv")
    assert table["valid"].sum() == 9 and (table["similarity"].dropna() == 1).all()
    do(f"log-prob columns few.{form} --out lp.csv")
    assert table["nats"][table["valid"]].tolist() == pytest.approx(pd.read_csv(home / "lp.csv")["nats"].tolist())


def test_training_molecules_can_be_named(do, home):
    do("score run new.smi --train new.smi --out own.csv")
    assert (pd.read_csv(home / "own.csv")["similarity"].dropna() == 1).all()


def test_other_data_than_the_run_was_trained_on_are_refused(do, home):
    text = (home / "known.txt").read_text()
    (home / "known.txt").write_text("\n".join(SMILES[5:100]))
    assert "name the molecules to compare with by --train" in do("score run new.smi", code=2)
    (home / "known.txt").unlink()
    assert "cannot be read again" in do("score run new.smi", code=2)
    (home / "known.txt").write_text(text)


@pytest.mark.parametrize(
    "options, said", [("--out a.txt", ".csv"), ("--grid a.svg", ".png"), ("--by colour", "choose one of nats, weight")]
)
def test_bad_names_are_refused(do, options, said):
    assert said in do(f"score run new.smi {options}", code=2)
