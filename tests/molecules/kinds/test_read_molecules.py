# Tests molecules/kinds/load.py, molecules/kinds/recognise.py
"""Files of molecules: what is read, what is left out and listed, and who tests."""

import gzip
import re

import numpy as np
import pandas as pd
import pytest

import genwright
from genwright.contract.small_data import small_data
from genwright.core.errors import DataError
from genwright.kinds.load import read_items

chem = pytest.importorskip("rdkit.Chem")
ALL = [f"{'C' * n}{end}" for n in range(1, 9) for end in ("O", "N", "c1ccccc1", "C(=O)O")]


def everything(data) -> list[str]:
    return sorted([*data.train, *data.valid, *data.test])


def blocks(smiles: list[str]) -> str:
    """As an SDF file, with a number and a text behind each."""
    made = [chem.MolToMolBlock(chem.MolFromSmiles(s)) for s in smiles]
    return "".join(f">  <logP>\n{k / 2}\n\n>  <batch>\nb{k}\n\n".join([b, "$$$$\n"]) for k, b in enumerate(made))


CANONICAL = sorted(map(chem.CanonSmiles, ALL))


@pytest.mark.parametrize("suffix", ["smi", "smiles", "smi.gz"])
def test_a_file_of_smiles(suffix, tmp_path):
    text = "SMILES\tName\r\n# made\r\n" + "".join(f"{s}\tno. {i}\r\n" for i, s in enumerate(ALL)) + "\r\n"
    path = tmp_path / f"mine.{suffix}"
    path.write_bytes(gzip.compress(text.encode()) if suffix.endswith("gz") else text.encode())
    data = genwright.load_data(path)
    assert data.kind == "molecules" and everything(data) == CANONICAL and data.unreadable is None
    assert any("line 1 is read as a header" in line for line in data.describe())
    items, *_ = read_items(path, data.domain)
    assert list(items.given["name"][:2]) == ["no. 0", "no. 1"] and sorted(items.given["smiles"]) == CANONICAL


def test_an_sdf_is_points_unless_molecules_are_asked_for(tmp_path):
    (tmp_path / "m.sdf").write_text(blocks(ALL))
    assert genwright.load_data(tmp_path / "m.sdf").kind == "points"
    data = genwright.load_data(tmp_path / "m.sdf", kind="molecules", given=["logP"])
    assert everything(data) == CANONICAL and data.train[0] == chem.CanonSmiles(
        ALL[int(2 * data.train.given["logP"][0])]
    )
    assert read_items(tmp_path / "m.sdf", data.domain)[0][0] == chem.CanonSmiles(ALL[0])


def test_a_table_is_molecules_by_the_name_of_its_column(tmp_path):
    table = pd.DataFrame({"id": range(len(ALL)), "SMILES": ALL, "active": np.arange(len(ALL)) % 2})
    for path in (tmp_path / "t.csv", tmp_path / "t.parquet"):
        (table.to_csv if path.suffix == ".csv" else table.to_parquet)(path, index=False)
        data = genwright.load_data(path, given=["active"])
        assert data.kind == "molecules" and everything(data) == CANONICAL and data.domain.column == "SMILES"
        assert set(data.train.given["active"]) == {0, 1}
        assert genwright.load_data(path, kind="tables").kind == "tables"
        assert genwright.load_data(path, types={"active": "category"}).kind == "tables"
        assert genwright.load_data(path, column="SMILES", kind="sequences").kind == "sequences"
    other = table.rename(columns={"SMILES": "structure"})
    assert genwright.load_data(other).kind == "tables"
    assert everything(genwright.load_data(other, kind="molecules")) == CANONICAL
    assert everything(genwright.load_data(other, kind="molecules", column="structure")) == CANONICAL
    with pytest.raises(DataError):
        genwright.load_data(other.assign(again=ALL), kind="molecules")
    with pytest.raises(DataError):
        genwright.load_data(other[["id", "active"]], kind="molecules")


def test_a_table_of_molecules_is_still_a_table_to_a_model_of_tables():
    table = pd.DataFrame({"smiles": ALL, "active": np.arange(len(ALL)) % 2, "size": [float(len(s)) for s in ALL]})
    data = genwright.load_data(table, kind="tables")
    assert len(read_items(table, data.domain)[0]) == len(ALL)


def test_a_model_of_a_column_reads_other_files_too(tmp_path):
    table = pd.DataFrame({"structure": ALL, "mixture": ALL, "active": np.arange(len(ALL)) % 2})
    domain = genwright.load_data(table, kind="molecules", column="structure", given=["active"]).domain
    table.to_csv(tmp_path / "t.csv", index=False)
    (tmp_path / "m.smi").write_text("OCC\nCCN\n")
    assert read_items(tmp_path / "m.smi", domain)[0] == ["CCO", "CCN"]
    items, *_ = read_items(tmp_path / "t.csv", domain)
    assert sorted(items) == CANONICAL and list(items.given["active"]) == list(table["active"])
    with pytest.raises(DataError, match="iris holds|look"):
        read_items("iris", domain)


def test_a_list_and_lines_are_molecules_where_asked_for(tmp_path):
    (tmp_path / "m.txt").write_text("\n".join(ALL))
    for source in (ALL, tmp_path / "m.txt", (ALL, ["a", "b"] * (len(ALL) // 2))):
        data = genwright.load_data(source, kind="molecules")
        assert data.kind == "molecules" and everything(data) == CANONICAL
        assert genwright.load_data(source).kind == "sequences"


def test_what_cannot_be_read_is_counted_and_listed(tmp_path):
    wrong = {"c1cccc1": "kekulize", "": None, "CC>>C": "reaction", "[Xx]C": "no SMILES", "C*": "any"}
    wrong |= {"C" * 10_000: "letters", "C" * 600: "600 symbols"}
    (tmp_path / "m.smi").write_text("\n".join([*ALL, *wrong]))
    data = genwright.load_data(tmp_path / "m.smi")
    reasons = [(text, why) for text, why in wrong.items() if why]
    assert everything(data) == CANONICAL and len(data.unreadable) == len(reasons)
    for (text, why), row in zip(reasons, data.unreadable.itertuples()):
        assert row.text == text and why in row.why
    assert data.unreadable["where"][1] == f"line {len(ALL) + 3}"
    assert any(f"{len(reasons)} of {len(ALL) + len(reasons)} molecules left out (line 33: Can't" in line
               for line in data.describe())  # fmt: skip
    genwright.fit(data, "bootstrap", out=tmp_path / "run", progress=False)
    assert len(pd.read_csv(tmp_path / "run/unreadable.csv")) == len(reasons)


RACEMATE = "CC[C@H](C)O |&1:2|"
EXTENDED = [RACEMATE, "CC[C@H](N)O |o1:2|", "CC[C@H](F)O |a:2|", "CC[C@H](F)[C@H](C)O |&1:2|"]


def test_racemates_and_centres_of_unknown_hand_have_no_stereo_and_are_counted(tmp_path):
    (tmp_path / "m.smi").write_text("\n".join(["# made", f"{RACEMATE} butanol", *EXTENDED[1:], "CC |,no|", *ALL]))
    pd.DataFrame({"smiles": [*EXTENDED, *ALL]}).to_csv(tmp_path / "m.csv", index=False)
    kept = ["CCC(C)O", "CCC(N)O", "CC[C@H](F)O", "CCC(F)[C@H](C)O"]
    for source in (tmp_path / "m.smi", tmp_path / "m.csv", [*EXTENDED, *ALL]):
        data = genwright.load_data(source, kind="molecules")
        assert everything(data) == sorted([*map(chem.CanonSmiles, kept), *CANONICAL])
        assert any(
            "4 molecules with a CXSMILES extension. Centres of racemates (&)" in line for line in data.describe()
        )
    data = genwright.load_data(tmp_path / "m.smi")
    assert any("lines left out (comments, which begin with #)" in line for line in data.describe())
    assert data.unreadable["why"].tolist() == ["RDKit does not read the extension behind it, |,no|"]
    notes = (read := read_items(tmp_path / "m.smi", data.domain)).notes
    items = read.items
    assert any("CXSMILES extension" in note for note in notes)
    assert items.given["name"][0] == "butanol" and items[0] == "CCC(C)O"


def test_an_sdf_says_which_centres_are_mixed(tmp_path):
    made = [chem.MolFromSmiles(text) for text in (*EXTENDED, *ALL)]
    (tmp_path / "m.sdf").write_text("".join(chem.MolToV3KMolBlock(molecule) + "$$$$\n" for molecule in made))
    data = genwright.load_data(tmp_path / "m.sdf", kind="molecules")
    assert "CCC(C)O" in everything(data) and "CCC(N)O" in everything(data)
    assert any("3 molecules with a CXSMILES extension" in line for line in data.describe())


def test_an_sdf_that_is_cut_or_has_no_bonds_is_read_as_far_as_it_goes(tmp_path):
    whole, loose = blocks(ALL), blocks(["C.C.C"])
    (tmp_path / "m.sdf").write_text(whole + loose + whole[:120])
    data = genwright.load_data(tmp_path / "m.sdf", kind="molecules")
    assert everything(data) == CANONICAL
    assert [why[:12] for why in data.unreadable["why"]] == ["it has no bo", "RDKit does n"]
    assert data.unreadable["where"][0] == f"line {whole.count(chr(10)) + 1}"


def test_choices_are_done_and_said_and_kept(tmp_path):
    salts = [f"{s}.[Na+].[Cl-]" for s in ALL]
    data = genwright.load_data(salts, kind="molecules")
    assert everything(data) == CANONICAL and "molecules written as several fragments: 32" in data.describe()
    kept = genwright.load_data(salts, kind="molecules", salts="keep", stereo="drop")
    assert all("[Na+]" in smiles for smiles in kept.train)
    assert any("salts and mixtures are kept; charges are kept; stereo is dropped" in line for line in kept.describe())
    assert kept.domain.to_json()["standard"]["salts"] == "keep"


def test_equal_molecules_stand_on_one_side_and_their_values_are_compared():
    twice = [s for smiles in ALL for s in (smiles, chem.MolToSmiles(chem.MolFromSmiles(smiles), rootedAtAtom=0))]
    table = pd.DataFrame({"smiles": twice, "label": ["a", "b"] * len(ALL)})
    data = genwright.load_data(table, given="label")
    assert not set(data.train) & set(data.test) and not set(data.train) & set(data.valid)
    said = " ".join(data.describe())
    assert "32 of 64 molecules are equal to another" in said and "copies are in one part" in said
    assert "repeated molecules with different values of `label`: 32" in said


def test_symbols_that_training_never_saw_are_counted():
    split = lambda seed: genwright.load_data([*ALL, "CC[Se]C"], kind="molecules", seed=seed)
    data = next(found for seed in range(30) if "CC[Se]C" not in (found := split(seed)).train)
    said = "1 to validate or test hold symbols that no molecule to train does: [Se]"
    assert any(said in line for line in data.describe())


def test_what_a_model_has_no_symbol_for_is_left_out_and_said(tmp_path):
    data = small_data("molecules")
    (tmp_path / "m.smi").write_text("CCO a\nC[Se]C b\nnonsense c\nOCC d\n")
    items, _, places, account, *_ = read_items(tmp_path / "m.smi", data.domain)
    notes = account.sentences()
    assert items == ["CCO", "CCO"] and list(items.given["name"]) == ["a", "d"] and places == ["line 1", "line 4"]
    assert re.match(r"2 of 4 molecules left out \(line 2: it holds \[Se\].*; line 3: it is no SMI", notes[1])
    assert notes[0] == "1 of 2 molecules read as their canonical SMILES"
