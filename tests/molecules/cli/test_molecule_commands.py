"""The command line on molecules: from a person's file to samples in three forms, likelihoods and completions."""

import pandas as pd
import pytest

import genwright
from genwright.run.folder import read_config
from genwright.studies.compare import compare_plan

chem = pytest.importorskip("rdkit.Chem")
SMILES = [f"{'C' * n}{end}" for n in range(1, 9) for end in ("O", "N", "c1ccccc1", "C(=O)O", "S")]


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    home = tmp_path_factory.mktemp("molecules")
    lines = [*(f"{smiles} m{k}" for k, smiles in enumerate(SMILES)), "c1cccc1 odd"]
    (home / "mine.smi").write_text("\n".join(lines))
    data = genwright.load_data(home / "mine.smi")
    genwright.fit(data, "autoregressive", preset="tiny", items=15_000, out=home / "run", progress=False)
    return home


@pytest.mark.long
def test_describe_says_what_was_left_out_and_lists_it(do, home):
    said = do("describe mine.smi --stereo drop --split scaffold-balanced --seed 1 --out left.csv", 2)
    assert "mine.smi has 2 scaffolds, too few" in said
    said = do("describe mine.smi --stereo drop --out left.csv")
    assert "1 of 41 molecules left out (line 41: Can't kekulize" in said and "stereo is dropped" in said
    assert pd.read_csv(home / "left.csv")["where"].tolist() == ["line 41"]


def test_choices_are_recorded_and_repeated(do, home):
    do("fit mine.smi --family bootstrap --charges neutral --notation selfies --out chosen --quiet")
    assert read_config(home / "chosen")["data"]["options"] == {"notation": "selfies", "charges": "neutral"}
    assert pd.read_csv(home / "chosen/unreadable.csv")["text"].tolist() == ["c1cccc1"]
    assert do("fit --replay chosen --quiet") == "model: chosen-replay\n"


def test_fit_reads_a_file_as_its_family_needs_it(do, home):
    do("fit mine.smi --family decorator --preset tiny --items 64 --out deco --quiet")
    assert read_config(home / "deco")["data"]["options"] == {"notation": "scaffold-first"}
    again = genwright.fit(home / "mine.smi", "decorator", preset="tiny", items=64, out=home / "deco", progress=False)
    assert again.domain.notation == "scaffold-first"
    assert "--notation scaffold-first" in do("fit mine.smi --family decorator --notation selfies --items 64", 2)


@pytest.mark.parametrize(
    "words, notation",
    [
        ("--family decorator --family autoregressive", "scaffold-first"),
        ("--family autoregressive", "smiles"),
        ("", "smiles"),
        ("--all", "smiles"),
    ],
)
def test_compare_reads_a_file_as_its_named_families_need_it(do, home, monkeypatch, words, notation):
    monkeypatch.setattr(compare_plan, "forecast", lambda data, plan: [data.domain.notation])
    assert do(f"compare mine.smi --dry-run --quiet {words}") == f"{notation}\n"


def test_samples_are_written_in_three_forms(do, home):
    for suffix in ("smi", "csv", "sdf"):
        said = do(f"sample run -n 60 --seed 0 --temperature 2 --out new.{suffix}")
        assert f"60 sampled with seed 0: new.{suffix}" in said
    lines = (home / "new.smi").read_text().split()
    assert pd.read_csv(home / "new.csv")["smiles"].tolist() == lines and len(lines) > 10
    assert (home / "new.sdf").read_text().count("$$$$") == len(lines)
    assert len(lines) == 60 and "samples are valid" in said and not (home / "new.invalid.txt").exists()
    do("sample run -n 20 --seed 0 --temperature 2 --out fewer.smi")
    assert (home / "fewer.smi").read_text().split() == lines[:20]
    assert all(chem.MolFromSmiles(line) is not None for line in lines)


def test_scores_stand_beside_smiles_and_names(do, home):
    (home / "others.smi").write_text("OCC ethanol\nCC[Se]C strange\nCCC(=O)O\n")
    said = do("log-prob run others.smi --out scores.csv")
    table = pd.read_csv(home / "scores.csv")
    assert table["smiles"].tolist() == ["CCO", "CCC(=O)O"] and table["name"].tolist()[:1] == ["ethanol"]
    assert table["id"].tolist() == ["line 1", "line 3"]
    assert "1 of 3 molecules left out (line 2: it holds [Se]" in said.err and (table["nats"] < 0).all()


def test_a_scaffold_is_completed(do, home):
    (home / "scaffolds.smi").write_text("[*:1]c1ccccc1\nCC*\n")
    assert "filled" in do("complete run scaffolds.smi --seed 3 --out filled.csv")
    kept = chem.MolFromSmiles("c1ccccc1")
    found = [chem.MolFromSmiles(smiles) for smiles in pd.read_csv(home / "filled.csv")["smiles"]]
    assert found and found[0].HasSubstructMatch(kept)


def test_scaffolds_without_marked_places_are_grown_as_asked_into_one_table(do, home):
    do("fit mine.smi --given weight,logp --family autoregressive --preset tiny --steps 30 --out asked --quiet")
    (home / "rings.smi").write_text("c1ccccc1\nCCC\n")
    said = do("complete asked rings.smi --given weight=90 --given logp=1 --samples 5 --seed 0 --out grown.csv")
    table = pd.read_csv(home / "grown.csv")
    assert "10 completions of 2 scaffolds with seed 0, chosen from up to 30 draws of each" in said and len(table) == 10
    assert (table["asked_weight"] == 90).all() and table["sample"].tolist() == [1, 2, 3, 4, 5] * 2
    assert table[table["valid"]]["kept"].all() and (home / "grown.columns.txt").exists()
    do("complete asked rings.smi --given weight=90 --given logp=1 --samples 2 --seed 0 --out grown.smi")
    assert (home / "grown-1.smi").exists() and (home / "grown-2.smi").exists()
