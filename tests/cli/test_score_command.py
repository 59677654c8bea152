"""`genwright score`: from a run and a file of molecules to a table and a drawing."""

import pandas as pd
import pytest
from made_molecules import molecules

pytest.importorskip("rdkit")

import genwright  # noqa: E402

SMILES = molecules(130)


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    home = tmp_path_factory.mktemp("score")
    (home / "known.txt").write_text("\n".join(SMILES[:100]))
    (home / "new.smi").write_text("\n".join([*SMILES[100:], "CC("]))
    options = dict(preset="tiny", items=300, out=home / "run", progress=False)
    genwright.fit(genwright.load_data(home / "known.txt"), "autoregressive", **options)
    return home


def test_scores_are_beside_what_the_run_was_trained_on(do, home):
    said = do("score run new.smi --out ranked.csv --grid best.png --by nats")
    assert said == "31 molecules, 1 of them cannot be read: ranked.csv, ranked.columns.txt, best.png\n"
    table = pd.read_csv(home / "ranked.csv")
    assert len(table) == 31 and set(table["nearest"].dropna()) and (table["nats"] < 0).all()


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
