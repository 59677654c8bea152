"""A laboratory in the place of a score: what is asked for, and what is told."""

import os

import pandas as pd
import pytest
from made_molecules import molecules

pytest.importorskip("rdkit")

import genwright as gw  # noqa: E402
from genwright.core.errors import BudgetError, DataError  # noqa: E402
from genwright.molecules.design.laboratory import tell  # noqa: E402
from genwright.molecules.design.oracle import CallsFile  # noqa: E402

SMILES = molecules(40)
QUICK = dict(filters=False, rings=None, progress=False)


def measured(folder) -> pd.DataFrame:
    table = pd.read_csv(folder / "ask.csv")
    return table.assign(score=[float(text.upper().count("N")) for text in table["smiles"]])


@pytest.mark.long
def test_rounds_of_asking_and_telling_ask_nothing_twice(tmp_path):
    out = tmp_path / "lab"
    found, asked = gw.design(SMILES, ask=8, out=out, **QUICK), []
    assert len(found.best) == 0 and "No molecule was scored yet" in found.report.read_text()
    for _ in range(3):
        table = measured(out)
        assert len(table) == 8 and table["sa"].between(1, 10).all()
        asked += table["smiles"].tolist()
        again = gw.design(SMILES, ask=8, out=out, **QUICK)
        pd.testing.assert_frame_equal(measured(out), table)
        found = gw.design(SMILES, ask=8, tell=table, out=out, **QUICK)
    assert len(set(asked)) == len(asked) == len(found.calls) == 24 and len(again.calls) == 16
    assert found.calls["number"].tolist() == list(range(1, 25)) and found.best["score"].is_monotonic_decreasing


def test_what_is_told_first_is_what_the_search_begins_with(tmp_path):
    known = pd.DataFrame({"smiles": SMILES[:10], "score": range(10)})
    known.loc[3, "score"] = None
    known.to_csv(tmp_path / "known.csv", index=False)
    found = gw.design(SMILES, tell=tmp_path / "known.csv", ask=5, out=tmp_path / "lab", **QUICK)
    assert set(found.calls["family"]) == {"told"} and (found.calls["error"] == "not measured").sum() == 1
    assert not set(pd.read_csv(tmp_path / "lab" / "ask.csv")["smiles"]) & set(found.calls["smiles"])
    again = gw.design(SMILES, tell=known, ask=5, out=tmp_path / "lab", **QUICK)
    assert any("10 molecules were told before" in note for note in again.notes)
    assert found.best["score"].iloc[0] == 9


@pytest.mark.long
def test_a_row_that_a_person_adds_is_a_measurement_as_well(tmp_path):
    out = tmp_path / "lab"
    gw.design(SMILES, ask=3, out=out, **QUICK)
    table = pd.concat([measured(out), pd.DataFrame({"smiles": ["NCCN"], "score": [7.0]})])
    table.to_csv(out / "ask.csv", index=False)
    for _ in range(2):
        found = gw.design(SMILES, ask=5, tell=out / "ask.csv", out=out, **QUICK)
        table.to_csv(out / "ask.csv", index=False)
    assert len(found.calls) == 4 and found.best["smiles"].iloc[0] == "NCCN"
    assert any("asks for 3 molecules at a time" in note for note in found.notes)


@pytest.mark.parametrize(
    "table, named",
    [
        (pd.DataFrame({"smiles": ["C"]}), "score"),
        (pd.DataFrame({"smiles": ["C"], "score": ["inf"]}), "inf"),
        (pd.DataFrame({"smiles": ["C"], "score": [1e308]}), "1e"),
        (pd.DataFrame([["C", 1.0, 2.0]], columns=["smiles", "score", "score"]), "table"),
        ("nowhere.csv", "nowhere.csv"),
    ],
)
def test_a_table_that_cannot_be_used_is_refused(tmp_path, table, named):
    with pytest.raises(DataError, match=named):
        gw.design(SMILES, tell=table, ask=5, out=tmp_path / "lab", **QUICK)


def test_a_laboratory_has_one_search(tmp_path):
    with pytest.raises(BudgetError):
        gw.design(SMILES, ask=5, seeds=2, out=tmp_path / "lab", **QUICK)


@pytest.mark.skipif(os.name != "posix", reason="pipes and devices with names are POSIX")
def test_what_never_ends_is_no_table(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for source in (tmp_path / "pipe", "/dev/zero"):
        with pytest.raises(DataError):
            gw.design(SMILES, tell=source, ask=5, out=tmp_path / "lab", **QUICK)


@pytest.mark.parametrize("change", [{"seed": "1e999"}, {"seed": "x"}, {"family": "$x"}, {"seed": "1e30"}])
def test_a_row_that_a_person_changed_is_one_sentence(tmp_path, change):
    row = {"smiles": "C", "parent": "", "family": "genetic", "seed": 0} | change
    pd.DataFrame([row]).to_csv(tmp_path / "ask.csv", index=False)
    with CallsFile(tmp_path, ()) as file, pytest.raises(DataError):
        tell(file, tmp_path, pd.DataFrame({"smiles": ["C", None], "score": [1.0, 2.0]}))


def test_parents_that_a_person_changed_are_refused(tmp_path):
    told = pd.DataFrame({"smiles": ["C", "CC"], "score": [1.0, 2.0]})
    with CallsFile(tmp_path, ()) as file:
        for parents in (["no molecule", ""], ["CC", "C"], ["", "C"]):
            told.assign(parent=parents, family="genetic", seed=0).to_csv(tmp_path / "ask.csv", index=False)
            if parents != ["", "C"]:
                with pytest.raises(DataError):
                    tell(file, tmp_path, told)
        assert file.rows == [] and tell(file, tmp_path, told) == ["2 measurements recorded"]
        assert [row["parent"] for row in file.rows] == ["", "C"]
