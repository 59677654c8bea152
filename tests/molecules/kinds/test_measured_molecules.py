# Tests molecules/kinds/named.py, molecules/kinds/target_columns.py
"""Molecules with measured values: what a column is taken for, equal molecules, splits, descriptors of a file."""

import gzip
import os

import numpy as np
import pandas as pd
import pytest

import genwright
from genwright.core.answers import EXACT, LOWER_BOUND, UNKNOWN, UPPER_BOUND
from genwright.core.errors import DataError
from genwright.kinds.load import load_to_compare
from genwright.molecules.chemistry.measured import Measured

chem = pytest.importorskip("rdkit.Chem")
ALL = [f"{'C' * n}{end}" for n in range(1, 11) for end in ("O", "N", "c1ccccc1", "C(=O)O")]
CANONICAL = [chem.CanonSmiles(text) for text in ALL]
Y = [len(text) / 3 for text in ALL]


def assay(**columns) -> pd.DataFrame:
    return pd.DataFrame({"smiles": ALL, **columns})


def of(name: str, data: Measured) -> dict[str, tuple[float, int]]:
    """{SMILES: (y, known)} of a column."""
    (column,) = (column for column in data.columns if column.name == name)
    return {smiles: (y, known) for smiles, y, known in zip(data.smiles, column.y.tolist(), column.known.tolist())}


def test_every_form_of_the_same_assay_is_the_same(tmp_path):
    table = assay(y=Y)
    table.to_csv(tmp_path / "t.csv", index=False)
    table.rename(columns={"smiles": "mol"}).to_csv(tmp_path / "other.csv", index=False)
    (tmp_path / "t.tsv.gz").write_bytes(gzip.compress(table.to_csv(index=False, sep="\t").encode()))
    forms = [
        tmp_path / "t.csv",
        tmp_path / "other.csv",
        tmp_path / "t.tsv.gz",
        table,
        (ALL, Y),
        (ALL, np.array(Y)[:, None]),
    ]
    made = [genwright.load_data(form, target="y") for form in forms]
    assert all(data.smiles == CANONICAL and data.hash == made[0].hash for data in made)
    assert genwright.load_data(table, target=["y"]).options == {"target": "y"} == made[0].options
    assert genwright.load_data(table.rename(columns={"y": 3}), target=3).options == {"target": "3"}
    assert genwright.load_data((ALL, table[["y"]].assign(z=1.5)), target="y").hash == made[0].hash
    assert genwright.load_data(table, target="y", seed=1).hash != made[0].hash


@pytest.mark.parametrize("dtype", [object, "category", "string", "Int64", "Float64"])
def test_dtypes_of_a_frame_make_no_difference(dtype, tmp_path):
    active, part = [0, 1, None, 1] * 10, ["train", "test", "valid", "train"] * 10
    plain = assay(active=active, part=part, name=[f"m{k}" for k in range(len(ALL))])
    other = plain.assign(active=pd.Series(active, dtype="Int64").astype(dtype))
    other = other.astype({"part": "category", "name": "category", "smiles": "string"})
    one, two = (genwright.load_data(table, target="active", split_column="part") for table in (plain, other))
    assert one.hash == two.hash and one.names == two.names and len(one) == 30
    if dtype != "category":
        other.to_parquet(tmp_path / "t.parquet")
        assert genwright.load_data(tmp_path / "t.parquet", target="active", split_column="part").hash == one.hash


def test_an_sdf_has_values_behind_its_molecules(tmp_path):
    blocks = (f"{chem.MolToMolBlock(chem.MolFromSmiles(s))}>  <y>\n{y}\n\n$$$$\n" for s, y in zip(ALL, Y))
    (tmp_path / "m.sdf").write_text("".join(blocks))
    data = genwright.load_data(tmp_path / "m.sdf", target="y")
    assert data.smiles == CANONICAL and [y for y, _ in of("y", data).values()] == pytest.approx(Y)


def test_a_table_without_smiles_keeps_its_meaning_and_one_with_them_has_two(tmp_path):
    plain = pd.DataFrame({"code": [f"C{k:02}" for k in range(40)], "y": Y})
    plain.to_csv(tmp_path / "plain.csv", index=False)
    assay(y=Y).to_csv(tmp_path / "assay.csv", index=False)
    compared = lambda name, **more: load_to_compare(tmp_path / name, target="y", **more)
    (assayed, none), (same, _) = compared("assay.csv"), compared("assay.csv", column="smiles")
    assert isinstance(assayed, Measured) and none is None and same.hash == assayed.hash
    for data, target in (compared("plain.csv"), compared("assay.csv", kind="tables")):
        assert data.kind == "tables" and target == "y" and "target" not in data.options
    with pytest.raises(DataError):
        genwright.load_data(tmp_path / "plain.csv", target="y")
    with pytest.raises(DataError):
        genwright.load_data(tmp_path / "assay.csv", target="y", kind="tables")


@pytest.mark.parametrize(
    "cells, classes",
    [
        ([0, 1], ("0", "1")),
        ([1.0, 0.0], ("0", "1")),
        ([True, False], ("false", "true")),
        (["yes", "no"], ("no", "yes")),
        (["Active", "inactive"], ("inactive", "Active")),
        (["active", "Active ", "inactive"], ("inactive", "active")),
        (["inactive", "active", "inconclusive"], ("inactive", "inconclusive", "active")),
        ([3, 7], ("3", "7")),
        (["b", "a", None], ("a", "b")),
        ([0.5, 1.5, 2.5], ()),
        ([0, 1, 2], ()),
        (["1.5", "> 2", "3"], ()),
        (["1", ">2"], ()),
        (["01067", "10115", "80331"], ("01067", "10115", "80331")),
    ],
)
def test_what_a_column_is_taken_for(cells, classes):
    cells = (cells * len(ALL))[: len(ALL)]
    data = genwright.load_data(assay(y=cells), target="y")
    assert data.columns[0].classes == classes
    if classes:
        by_word = {word.casefold(): code for code, word in enumerate(classes)}
        found = of("y", data)
        for smiles, cell in zip(CANONICAL, cells):
            plain = str(int(cell)) if isinstance(cell, float) else str(cell).strip()
            assert (smiles not in found) if cell is None else found[smiles] == (by_word[plain.casefold()], EXACT)


def test_types_correct_what_a_column_is_taken_for():
    two, numbers = assay(y=[5.0, 6.0] * 20), assay(y=[0, 1, 2, 3] * 10)
    assert genwright.load_data(two, target="y", types={"y": "number"}).columns[0].classes == ()
    assert genwright.load_data(numbers, target="y", types={"y": "category"}).columns[0].classes == ("0", "1", "2", "3")


def test_several_targets_and_patterns_are_in_the_order_of_the_table():
    table = assay(**{"NR-A": [0, 1] * 20, "y": Y, "NR-B": [1, 0, 0, None] * 10})
    names = lambda target: [column.name for column in genwright.load_data(table, target=target).columns]
    assert (
        names("NR-*") == ["NR-A", "NR-B"]
        and names(["y", "NR-A"]) == ["NR-A", "y"]
        and names(["*"]) == ["NR-A", "y", "NR-B"]
    )


def test_bounds_are_bounds_or_left_out_and_logarithms_are_taken():
    cells = [">10", "<=0.5", "≥ 3", *map(str, Y[3:])]
    data = genwright.load_data(assay(y=cells), target="y", log="y")
    found = list(of("y", data).values())
    assert found[:3] == [(np.log(10), LOWER_BOUND), (np.log(0.5), UPPER_BOUND), (np.log(3), LOWER_BOUND)]
    assert found[5] == (pytest.approx(np.log(Y[5])), EXACT)
    assert any("2 lower and 1 upper bounds" in line for line in data.describe())
    dropped = genwright.load_data(assay(y=cells), target="y", bounds="drop")
    assert len(dropped) == len(ALL) - 3 and any(
        "3 of 40 molecules left out (no known value" in line for line in dropped.describe()
    )


def test_a_decimal_comma_is_read_where_the_file_writes_it(tmp_path):
    (tmp_path / "t.csv").write_text("smiles;y\n" + "".join(f"{s};{'>' * (k == 0)}{k},5\n" for k, s in enumerate(ALL)))
    data = genwright.load_data(tmp_path / "t.csv", target="y")
    assert list(of("y", data).values())[:2] == [(0.5, LOWER_BOUND), (1.5, EXACT)]


def test_equal_molecules_are_one_item_and_contradictions_are_listed():
    again = ["OC", "NC", "OCC", "NCC"]  # equal to the first two of ends, and of the next length
    table = pd.DataFrame(
        {"smiles": [*ALL, *again], "y": [*Y, Y[0] + 1, None, Y[4], Y[5]], "active": [0, 1] * 20 + [1, 1, 0, 1]}
    )
    data = genwright.load_data(table, target=["y", "active"])
    assert data.smiles == CANONICAL
    y, active = of("y", data), of("active", data)
    assert y["CO"] == (pytest.approx(Y[0] + 0.5), EXACT) and active["CO"] == (0, UNKNOWN)  # 0 and 1: nobody knows
    assert y["CN"] == (Y[1], EXACT) and active["CN"] == (1, EXACT) and active["CCO"] == (0, EXACT)
    told = " ".join(data.describe())
    assert "4 rows repeat a molecule" in told and "1 molecule whose rows contradict each other (row 1, row 41" in told
    assert data.unreadable["where"].tolist() == ["row 1, row 41"] * 2
    assert [why.split("`")[1] for why in data.unreadable["why"]] == ["y", "active"]


def test_most_rows_say_what_class_a_molecule_has_and_exact_numbers_count_before_bounds():
    smiles = [*ALL, "OC", "OC", "NC", "NC"]
    table = pd.DataFrame(
        {
            "smiles": smiles,
            "active": [0, 1] * 20 + [1, 1, 1, 1],
            "y": [*map(str, Y[:1]), ">7", *Y[2:], ">9", "", "<8", ">9"],
        }
    )
    data = genwright.load_data(table, target=["active", "y"])
    assert of("active", data)["CO"] == (1, EXACT)
    assert of("y", data)["CO"] == (Y[0], EXACT) and of("y", data)["CN"] == (9, LOWER_BOUND)


def test_random_parts_hold_each_class_and_a_seed_draws_others():
    table = assay(active=[1, 0, 0, 0, 0] * 8)
    data = genwright.load_data(table, target="active")
    labels = data.columns[0].y
    assert [(data.parts == part).sum() for part in ("train", "valid", "test")] == [28, 4, 8]
    assert all(0 < labels[data.parts == part].mean() < 0.5 for part in ("train", "test"))
    other = data.split_again(3)
    assert (other.parts != data.parts).any() and (
        other.parts == genwright.load_data(table, target="active", seed=3).parts
    ).all()


def test_the_split_of_a_file_a_group_or_a_time_holds_for_molecules_with_several_rows():
    smiles, n = [*ALL, *ALL[:4]], len(ALL)
    words = ["Train"] * 20 + ["val"] * 8 + ["TEST"] * 12 + ["test"] * 2 + ["train"] * 2
    table = pd.DataFrame(
        {"smiles": smiles, "y": [*Y, *Y[:4]], "part": words, "batch": [k % 10 for k in range(n)] + [9, 9, 1, 1]}
    )
    data = genwright.load_data(table, target="y", split_column="part")
    assert data.parts.tolist() == ["test"] * 2 + ["train"] * 18 + ["valid"] * 8 + ["test"] * 12 and data.redraw is None
    assert any("2 molecules stand in several parts" in line for line in data.notes)

    grouped = genwright.load_data(table, target="y", group="batch")
    parts = {}
    for row, text in enumerate(smiles):
        parts.setdefault(table["batch"][row], set()).add(grouped.parts[data.smiles.index(chem.CanonSmiles(text))])
    assert all(len(each) == 1 for each in parts.values()) and parts[0] == parts[9] == parts[1]  # which share molecules

    when = table.assign(when=[f"20{k:02}-05-01" for k in range(n)] + ["2099-01-01"] * 4)
    timed = genwright.load_data(when, target="y", time="when")
    assert timed.parts.tolist() == ["train"] * 28 + ["valid"] * 4 + ["test"] * 8  # by the first of a molecule's rows


def test_scaffolds_are_told_and_split_by():
    rings = ("c1ccccc1", "C1CCCCC1", "c1ccncc1", "c1ccoc1", "C1CCCC1", "c1ccsc1", "C1CC1", "C1CCC1", "C1CCNCC1")
    smiles = [f"{'C' * (1 + k // 9)}{rings[k % 9]}" for k in range(36)] + ["CO", "CCO", "CCCO", "CN"]
    table = pd.DataFrame({"smiles": smiles, "y": Y})
    data = genwright.load_data(table, target="y", split="scaffold-balanced")
    assert "9 scaffolds, the most common of 4 molecules; 4 molecules have no ring" in data.notes
    for ring in rings:
        assert len({data.parts[k] for k, text in enumerate(smiles) if text.endswith(ring)}) == 1
    with pytest.raises(DataError):
        genwright.load_data(assay(y=Y), target="y", split="scaffold")


def test_a_part_without_actives_is_told():
    table = assay(active=[1, 0] * 14 + [0] * 12, part=["train"] * 20 + ["valid"] * 8 + ["test"] * 12)
    told = genwright.load_data(table, target="active", split_column="part").describe()
    assert any("all 12 test molecules are 0 by `active`: ROC-AUC cannot" in line for line in told)


def test_descriptors_of_a_file_are_joined_by_smiles_or_name_never_by_position(tmp_path):
    table = assay(y=Y, name=[f"m{k}" for k in range(len(ALL))])
    numbers = pd.DataFrame({"a": range(40), "b": [np.nan] * 40, "c": [1.0, np.inf] * 20, "d": ["x"] * 40})
    by_smiles = numbers.assign(SMILES=[chem.MolToSmiles(chem.MolFromSmiles(s), doRandom=True) for s in ALL])[::-1]
    by_name = numbers.assign(Name=table["name"])[::-1][:30]
    for descriptors, lacking in ((by_smiles, 0), (by_name, 10)):
        descriptors.to_csv(tmp_path / "d.csv", index=False)
        data = genwright.load_data(table, target="y", descriptors=tmp_path / "d.csv")
        assert data.descriptors == ("a", "c")
        there = data.own[lacking:]
        assert (
            there[:, 0].tolist() == list(range(lacking, 40))
            and np.isnan(there[1::2, 1]).all()
            and (there[::2, 1] == 1).all()
        )
        assert np.isnan(data.own[:lacking]).all()
        told = " ".join(data.describe())
        assert "without a number are left out: b" in told and "hold words are left out: 1" in told
        assert (f"{lacking} of 40 molecules are not in" in told) == (lacking > 0)
    assert (
        genwright.load_data(table, target="y", descriptors=by_smiles).hash
        == genwright.load_data(table, target="y", descriptors=by_smiles[::-1]).hash
    )


@pytest.mark.long
@pytest.mark.skipif(not os.environ.get("GENWRIGHT_DATA"), reason="set GENWRIGHT_DATA to the published files")
def test_bbbp_has_the_duplicates_and_contradictions_that_are_known_of_it():
    told = genwright.load_data("bbbp", target="BBBP", salts="keep").describe()
    for said in ("11 of 2,050 molecules left out", "64 rows repeat a molecule", "10 molecules whose rows contradict"):
        assert any(said in line for line in told), said
