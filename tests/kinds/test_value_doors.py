# Tests graphs/kinds/node_tables.py, kinds/values/masks.py, kinds/values/measurements.py
"""One reading of a value, whatever the door: the same cells mean the same in a table, as a target of molecules and of
nodes, and beside lines."""

import numpy as np
import pandas as pd
import pytest
import torch

import genwright
from genwright.core.account import Account
from genwright.core.answers import EXACT, LOWER_BOUND, UNKNOWN, UPPER_BOUND
from genwright.graphs.kinds.node_tables import labels_of, nodes_of
from genwright.kinds.tables.domain import Tables
from genwright.kinds.values.corrections import Corrections
from genwright.kinds.values.masks import as_mask
from genwright.kinds.values.measurements import convert, read_measurements, relate, relation_beside, unit_beside

N = 40
SMILES = [f"{'C' * n}{end}" for n in range(1, 11) for end in ("O", "N", "c1ccccc1", "C(=O)O")]
NUMBERS = np.arange(N) / 4 + 0.25


def written(text) -> list[str]:
    return [text(value) for value in NUMBERS]


CELLS = {  # what: cells of NUMBERS, of which the last two are missing
    "plain": written(str),
    "decimal commas": written(lambda v: str(v).replace(".", ",")),
    "a unit": written(lambda v: f"{v} nM"),
    "percent": written(lambda v: f"{v}%"),
    "brackets and spaces": written(lambda v: f" {v} "),
    "17 digits": written(lambda v: f"{v:.17f}"),
    "numbers": list(NUMBERS),
}
GONE = ["n/a", "not measured", "", None, "NaN", "-", "?"]


@pytest.mark.parametrize("cells", CELLS.values(), ids=CELLS)
@pytest.mark.parametrize("gone", GONE)
def test_a_number_is_one_whatever_asks_for_it(cells, gone):
    cells = pd.Series([*cells[:-2], gone, gone], dtype=object, name="y")
    right = np.append(NUMBERS[:-2], [np.nan, np.nan])
    measured = read_measurements(cells, "y")
    assert np.allclose(np.where(measured.known == EXACT, measured.values, np.nan), right, equal_nan=True)
    assert not measured.wrong.any()
    y, classes = labels_of(cells, "y", Account())
    assert not classes and np.allclose(y.numpy(), right, equal_nan=True)
    nodes = nodes_of(pd.DataFrame({"y": cells, "z": ["a", "b"] * (N // 2)}))
    column = nodes.columns.columns[0]
    assert column.missing and column.mean == pytest.approx(NUMBERS[:-2].mean())


@pytest.mark.parametrize("y, missing", [(-999, [-999]), ("9999", ["9999"]), ("lost", ["lost"])])
def test_words_for_missing_are_taken_at_every_door_of_answers(y, missing):
    cells = [*map(str, NUMBERS[:-3]), *[str(y)] * 3]
    frame = pd.DataFrame({"smiles": SMILES, "y": cells})
    data = genwright.load_data(frame, target="y", missing={"y": missing}, descriptors="none")
    assert (data.columns[0].known == UNKNOWN).sum() == 0 and len(data) == N - 3
    labels, classes = labels_of(frame["y"], "y", Account(), Corrections(missing={"*": missing}))
    assert not classes and torch.isnan(labels).sum() == 3


@pytest.mark.parametrize("cells, word", [([-999.0] * 5, "-999"), ([-1] * 5, "-1")])
def test_a_sentinel_is_asked_about_at_every_door_of_answers(cells, word):
    others = NUMBERS[:-5] if word == "-999" else np.arange(N - 5) % 2
    frame = pd.DataFrame({"smiles": SMILES, "y": [*others, *cells]})
    said = " ".join(genwright.load_data(frame, target="y", descriptors="none").notes)
    account = Account()
    labels_of(frame["y"], "y", account)
    for sentences in (said, " ".join(account.remarks)):
        assert f"--missing y={word}" in sentences


def test_a_relation_and_a_unit_beside_a_number_are_read_with_it():
    frame = pd.DataFrame(
        {
            "standard_relation": ["'='", "'>'", "<", None, "~"],
            "standard_value": [1.0, 2.0, 3.0, 4.0, 5.0],
            "standard_units": ["nM", "uM", "nM", "nM", "%"],
        }
    )
    relation, unit = relation_beside(frame, "standard_value"), unit_beside(frame, "standard_value")
    assert (relation, unit) == ("standard_relation", "standard_units")
    measured = relate(read_measurements(frame["standard_value"], "y"), frame[relation], "y")
    assert measured.known.tolist() == [EXACT, LOWER_BOUND, UPPER_BOUND, EXACT, EXACT]
    measured = convert(measured, frame[unit], "y")
    assert measured.values.tolist() == [1, 2000, 3, 4, 0] and measured.known[4] == UNKNOWN


@pytest.mark.parametrize("cells", [["<0.1", ">10", "≤ 3", "≥4", "~5"], ["<0,1", ">10", "<=3", ">= 4", "5,0"]])
def test_bounds_in_cells(cells):
    measured = read_measurements(pd.Series(cells), "y")
    assert measured.values.tolist() == [0.1, 10, 3, 4, 5] and not measured.exact
    assert measured.known.tolist() == [UPPER_BOUND, LOWER_BOUND, UPPER_BOUND, LOWER_BOUND, EXACT]


@pytest.mark.parametrize("values", [[True, False], [1, 0], [1.0, 0.0], ["1", "0"], ["True", "false"], ["yes", "no"]])
def test_a_mask_is_one_in_every_form(values):
    assert as_mask(values).tolist() == [True, False] and as_mask([2, 0]).dtype != bool


def test_true_is_another_label_than_one_and_both_come_back():
    frame = pd.DataFrame({"x": pd.Series([True, 1, "a"] * 20, dtype=object), "y": range(60)})
    table = Tables.fit(frame)
    column = table.columns[0]
    assert set(column.labels) == {"True", 1, "a"}
    codes = column.encode(frame["x"])
    assert len(set(codes[:3])) == 3 and column.decode(codes, 0).astype(str).tolist() == frame["x"].astype(str).tolist()


@pytest.mark.parametrize("odd", ["x", "12/25/2021", "007", "1.5e3 kg"])
def test_what_a_column_is_depends_on_no_seed(odd):
    days = [f"{1 + k % 28:02}/{1 + k % 12:02}/2021" for k in range(59)]
    names = [f"{'abcdefg'[k % 7] * 2}{k if k else 1}" for k in range(59)]  # one name twice
    frame = pd.DataFrame({"days": [*days, odd], "names": [*names, odd], "ids": [*range(58), 0, 99]})
    kinds = {tuple(column.kind for column in genwright.load_data(frame, seed=seed).domain.columns) for seed in range(8)}
    assert len(kinds) == 1


def test_units_and_relations_that_are_not_read_are_asked_about():
    frame = pd.DataFrame({"smiles": SMILES, "ic50": NUMBERS, "ki": NUMBERS * 2, "unit": ["nM", "uM"] * (N // 2)})
    ask = lambda frame: [note for note in genwright.load_data(frame, target="ic50", descriptors="none").notes]
    assert any("call it `ic50_unit`" in note for note in ask(frame))
    assert any("turned into" in note for note in ask(frame.rename(columns={"unit": "ic50_unit"})))
    table = frame.drop(columns="smiles").assign(k=range(N))
    assert any("`unit` holds several units" in str(asked) for asked in genwright.load_data(table).questions)


def test_words_for_missing_of_a_file_and_of_a_call_add_up(tmp_path):
    (tmp_path / "types.toml").write_text("[missing]\nx = [-999]\n")
    frame = pd.DataFrame({"x": [*range(50), -999, -999, -888, -888], "y": np.arange(54) % 5})
    data = genwright.load_data(frame, types=tmp_path / "types.toml", missing={"x": [-888]})
    assert data.options["missing"] == {"x": [-999, -888]} and not data.questions
