"""Exports of ChEMBL, PubChem and BindingDB, made here in the form of each, hold the items of the hand-cleaned table."""

import math

import numpy as np
import pandas as pd
import pytest
from made_molecules import molecules

import genwright
from genwright.core import domain
from genwright.core.answers import EXACT, LOWER_BOUND, UPPER_BOUND
from genwright.core.errors import DataError

ALL = molecules(40)


@pytest.fixture(autouse=True)
def failures_raise(monkeypatch):
    monkeypatch.setattr(domain, "FAILURES_RAISE", True)


@pytest.fixture
def chembl(tmp_path):
    """40 rows with semicolons and quotes: every seventh is above 10,000 nM, row 5 below 1, row 11 is not active without
    a value, row 12 is doubtful, row 13 is in uM, row 15 in a unit of mass, row 14 is a Ki."""
    rows = []
    for k, smiles in enumerate(ALL):
        row = dict(kind="IC50", relation="'='", value=10.0 * (k + 1), unit="nM", doubt=None, comment=None)
        row["p"] = f"{9 - math.log10(row['value']):.2f}"
        if k % 7 == 3:
            row |= dict(relation="'>'", value=10_000.0, p=None)
        special = {
            5: dict(relation="'<'", value=1.0, p=None),
            11: dict(relation=None, value=None, unit=None, p=None, comment="Not Active"),
            12: dict(value=1e9, p=None, doubt="Outside typical range"),
            13: dict(value=2.5, unit="uM", p="5.60"),
            14: dict(kind="Ki"),
            15: dict(value=3.0, unit="ug.mL-1", p=None),
        }
        rows.append({"id": f"CHEMBL{1000 + k}", "smiles": smiles} | row | special.get(k, {}))
    names = dict(
        id="Molecule ChEMBL ID", smiles="Smiles", kind="Standard Type", relation="Standard Relation", p="pChEMBL Value",
        value="Standard Value", unit="Standard Units", doubt="Data Validity Comment", comment="Comment",
    )  # fmt: skip
    table = pd.DataFrame(rows).rename(columns=names).assign(**{"#RO5 Violations": 0, "Assay Type": "B"})
    order = ["Molecule ChEMBL ID", "#RO5 Violations", "Smiles", "Standard Type", "Standard Relation", "Standard Value"]
    order += ["Standard Units", "pChEMBL Value", "Data Validity Comment", "Comment", "Assay Type"]
    path = tmp_path / "chembl.csv"
    table[order].to_csv(path, index=False, sep=";", quoting=1, encoding="utf-8-sig")
    return path


def items(data):
    """{molecule: (value, what is known)} of the only target."""
    (column,) = data.columns
    return {s: (round(y, 6), k) for s, y, k in zip(data.smiles, column.y.tolist(), column.known.tolist())}


def cleaned(values, name="y"):
    """The items of a table with a number or a bound as text for each molecule."""
    filled = {smiles: value for smiles, value in zip(ALL, values) if value is not None}
    table = pd.DataFrame({"smiles": filled.keys(), name: [str(value) for value in filled.values()]})
    return items(genwright.load_data(table, target=name))


def test_an_export_of_chembl(chembl):
    data = genwright.load_data(chembl, target="Standard Value")
    values = [">10000" if k % 7 == 3 else 10.0 * (k + 1) for k in range(40)]
    values[5], values[11], values[12], values[13], values[15] = "<1", None, 1e9, 2500.0, None
    assert items(data) == cleaned(values)
    notes = "\n".join(data.describe())
    asked = ("Type=Ki", "Units=uM", "Units=ug.mL-1")
    for part in (
        "'Data Validity Comment=Outside typical range'",
        "'pChEMBL Value'",
        *(f"'Standard {a}'" for a in asked),
    ):
        assert part in notes
    left = {"Standard Type": ["Ki"], "Data Validity Comment": ["Outside typical range"]}
    left["Standard Units"] = ["uM", "ug.mL-1"]
    data = genwright.load_data(chembl, target="Standard Value", leave_out=left)
    values[12], values[13], values[14] = None, None, None
    assert items(data) == cleaned(values) and "leave-out" not in "\n".join(data.describe())
    for wrong in ({"Standard Type": ["Kd"]}, {"Type": ["Ki"]}, ["Ki"], {"Assay Type": ["B"]}):
        with pytest.raises(DataError):
            genwright.load_data(chembl, target="Standard Value", leave_out=wrong)


def test_pchembl_has_no_unit_and_takes_the_bounds_of_the_concentration(chembl):
    data = genwright.load_data(chembl, target="pChEMBL Value")
    values = ["<5" if k % 7 == 3 else float(f"{9 - math.log10(10.0 * (k + 1)):.2f}") for k in range(40)]
    values[5], values[11], values[12], values[13], values[15] = ">9", None, None, 5.6, None
    assert items(data) == cleaned(values)
    assert (data.columns[0].known == UPPER_BOUND).sum() == 6 and (data.columns[0].known == LOWER_BOUND).sum() == 1


def test_empty_columns_of_comments_end_no_question(chembl):
    table = pd.read_csv(chembl, sep=";", encoding="utf-8-sig").assign(
        **{"Data Validity Comment": np.nan, "Remark": None}
    )
    assert "--target 'pChEMBL Value'" in "\n".join(genwright.load_data(table, target="Standard Value").describe())


@pytest.mark.parametrize(
    "sentinel, values, asked",
    [(-999, range(1, 37), True), (-1, range(1, 37), True), (-1, np.linspace(4, 9, 36), True),
     (-1, np.linspace(-3, 3, 36), False), (-1, [0, 1] * 18, True), (9, np.linspace(4, 9, 36), False)],
)  # fmt: skip
def test_numbers_that_stand_for_missing_values_are_asked(sentinel, values, asked):
    table = pd.DataFrame({"smiles": ALL, "y": [*values, *[sentinel] * 4]})
    notes = "\n".join(genwright.load_data(table, target="y").describe())
    assert (f"--missing y={sentinel}" in notes) == asked
    if sentinel < -1:
        with pytest.raises(DataError, match=f"--missing y={sentinel}"):
            genwright.load_data(table, target="y", log="y")


def test_an_export_of_pubchem(tmp_path):
    outcome = ["Active" if k % 3 == 0 else "Inactive" for k in range(40)]
    outcome[10], outcome[20] = "Inconclusive", "Unspecified"
    table = pd.DataFrame(
        {
            "PUBCHEM_RESULT_TAG": range(1, 41), "PUBCHEM_CID": range(2000, 2040), "PUBCHEM_EXT_DATASOURCE_SMILES": ALL,
            "PUBCHEM_ACTIVITY_OUTCOME": outcome, "Standard Type": "IC50",
            "Standard Relation": [">" if k % 5 == 1 else "=" for k in range(40)],
            "Standard Value": [0.5 * (k + 1) for k in range(40)], "Standard Units": "uM",
        }
    )  # fmt: skip
    head = pd.DataFrame([["RESULT_TYPE", "FLOAT"], ["RESULT_DESCR", "value"], ["RESULT_UNIT", None]])
    head = head.set_axis(["PUBCHEM_RESULT_TAG", "Standard Value"], axis=1)
    path = tmp_path / "pubchem.csv"
    pd.concat([head, table])[list(table)].to_csv(path, index=False)
    data = genwright.load_data(path, target="Standard Value")
    assert items(data) == cleaned([f"{'>' * (k % 5 == 1)}{0.5 * (k + 1)}" for k in range(40)])
    assert not data.account.left_out
    asked = genwright.load_data(path, target="PUBCHEM_ACTIVITY_OUTCOME")
    assert any("--missing PUBCHEM_ACTIVITY_OUTCOME=Inconclusive" in line for line in asked.describe())
    missing = {"PUBCHEM_ACTIVITY_OUTCOME": ["Inconclusive", "Unspecified"]}
    data = genwright.load_data(path, target="PUBCHEM_ACTIVITY_OUTCOME", missing=missing)
    assert data.columns[0].classes == ("Inactive", "Active") and len(data) == 38
    assert set(items(data).values()) == {(0, EXACT), (1, EXACT)}


def test_an_export_of_bindingdb(tmp_path):
    values = [">10000" if k % 6 == 2 else f" {12.5 * (k + 1):g}" for k in range(40)]
    values[4], values[9] = "<0.1", None
    table = pd.DataFrame({"BindingDB Reactant_set_id": range(40), "Ligand SMILES": ALL, "Target Name": "EGFR"})
    table["Ki (nM)"], table["IC50 (nM)"] = [5.0 if k == 9 else None for k in range(40)], values
    table.to_csv(tmp_path / "bindingdb.tsv", sep="\t", index=False)
    data = genwright.load_data(tmp_path / "bindingdb.tsv", target="IC50 (nM)")
    assert items(data) == cleaned([value and value.strip() for value in values], "IC50 (nM)")
    table["Target Name"] = np.where(np.arange(40) < 30, "EGFR", "HER2")
    asked = genwright.load_data(table, target="IC50 (nM)").describe()
    assert any("--leave-out 'Target Name=HER2'" in line for line in asked)


def test_a_number_and_bounds_of_one_molecule_that_contradict_are_listed():
    smiles = [*ALL, ALL[0], ALL[1], ALL[2], ALL[2]]
    cells = [*map(str, range(10, 50)), ">20", ">5", "<1", ">30"]
    data = genwright.load_data(pd.DataFrame({"smiles": smiles, "y": cells}), target="y")
    why = data.unreadable["why"].tolist()
    assert any("10, >20" in each and "contradict" in each for each in why) and not any("11, >5" in each for each in why)
    assert any("12, <1, >30" in each for each in why)
    named = pd.DataFrame({"smiles": smiles, "y": cells, "Molecule ChEMBL ID": [f"CHEMBL{k}" for k in range(44)]})
    data = genwright.load_data(named, target="y")
    assert data.names[3] == "CHEMBL3" and data.unreadable["where"][0] == "row 1 (CHEMBL0), row 41 (CHEMBL40)"
    two = pd.DataFrame({"smiles": [*ALL, ALL[0]], "y": [">20", *map(str, range(39)), "<10"]})
    data = genwright.load_data(two, target="y")
    assert data.unreadable["why"].tolist() == ["`y` is >20, <10: bounds contradict, >20 is learned"]


@pytest.mark.parametrize(
    "odd, why", [("CCO>>CC=O", "reaction"), ("[R1]CCO", "row 1"), ("*CCO", "row 1"), ("*CC* |Sg:n:1,2::ht|", "row 1")]
)
def test_what_is_no_molecule_is_left_out_with_its_row(odd, why):
    table = pd.DataFrame({"smiles": [odd, *ALL[1:]], "y": range(40)})
    data = genwright.load_data(table, target="y")
    assert len(data) == 39 and any("row 1" in line and why in line for line in data.describe())


def test_a_class_of_a_number_and_few_molecules_are_refused():
    with pytest.raises(DataError, match="leave --positive out"):
        genwright.load_data(pd.DataFrame({"smiles": ALL, "y": range(40)}), target="y", positive="1")
    with pytest.raises(DataError):
        genwright.load_data(pd.DataFrame({"smiles": ALL[:11], "y": range(11)}), target="y")


def test_a_column_of_one_sort_of_bound_is_read_and_rows_without_effect_are_named():
    values = [float(k) for k in range(1, 31)]
    table = pd.DataFrame({"smiles": molecules(30), "y": values, "y_relation": [">"] * 30})
    assert (genwright.load_data(table, target="y").columns[0].known == LOWER_BOUND).all()
    table = pd.DataFrame(
        {"smiles": molecules(30), "y": [None] * 10 + values[10:], "y_relation": [None] * 20 + [">"] * 10}
    )
    table["Comment"] = ["Not Active"] * 10 + [None] * 20
    data = genwright.load_data(table, target="y")
    assert (data.columns[0].known == LOWER_BOUND).sum() == 10 and any("of 10 rows" in str(note) for note in data.notes)
