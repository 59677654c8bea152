"""What people get wrong with molecules and measured values: one sentence that names the input and a remedy, or a skip
that is counted and listed."""

from pathlib import Path

import pandas as pd
import pytest

import genwright
from genwright.core.errors import DataError
from genwright.predictors.properties_domain import properties_data

pytest.importorskip("rdkit")
ALL = [f"{'C' * n}{end}" for n in range(1, 11) for end in ("O", "N", "c1ccccc1", "C(=O)O")]
N = len(ALL)


def csv(y=range(N), name="y", smiles=ALL, **more) -> str:
    return pd.DataFrame({"smiles": smiles, name: list(y), **more}).to_csv(index=False)


def changed(cell: str, row: int = 6) -> list[str]:
    """Numbers, one of them written otherwise."""
    cells = [f"{k / 4}" for k in range(N)]
    cells[row] = cell
    return cells


# fmt: off
SENTENCES = [  # what, content of t.csv, options, words of the sentence
    ("no SMILES column", "id,y\n" + "".join(f"m{k},{k}\n" for k in range(N)), {},
     "target 'y'|no column|SMILES|--column"),
    ("two SMILES columns", csv(also_smiles=ALL), {}, "'smiles' and 'also_smiles'|--column"),
    ("a target that is not there", csv(), {"target": "activity"}, "column 'activity'|target|not in the table|y"),
    ("a target nearly called so", csv(name="activity"), {"target": "activty"}, "did you mean 'activity'?"),
    ("a pattern that matches nothing", csv(), {"target": "NR-*"}, "'NR-*'|its columns are y"),
    ("a target all empty", csv([""] * N), {}, "target 'y' is empty in all 40|with values"),
    ("a constant target", csv([3.5] * N), {}, "target 'y' holds one value, '3.5'|that varies"),
    ("a target of one class", csv(["active"] * N), {}, "target 'y' holds one value, 'active'|that varies"),
    ("text that is neither", csv([f"note {k}" for k in range(N)]), {},
     "target 'y' holds text, 40 different|another column"),
    ("three molecules", csv([1, 2, 3], smiles=ALL[:3]), {}, "t.csv holds 3 items: at least 10"),
    ("few with a value", csv([1, 2, *[""] * (N - 2)]), {}, "t.csv holds 2 items: at least 10"),
    ("one active", csv([1] + [0] * (N - 1)), {}, "target 'y'|1 molecule '1'|at least 2 of each class"),
    ("training of one class", csv([0] * 30 + [1] * 10, part=["train"] * 30 + ["test"] * 10), {"split_column": "part"},
     "training knows one value of target 'y'|--split random"),
    ("an infinite value", csv(changed("inf")), {}, "target 'y'|no finite number ('inf' in row 7)|--types y=category"),
    ("1,5 for a number", csv(changed("1,5")), {}, "target 'y'|'1,5' in row 7|write 1.5 for 1,5"),
    ("words among numbers", csv(changed("n.d.")), {}, "'n.d.' in row 7|empty unknown cells"),
    ("a logarithm of zero", csv(changed("0.0")), {"log": "y"},
     "target 'y' holds 0 in row 1, which has no logarithm|--log y"),
    ("a logarithm of classes", csv(["a", "b", "c", "a"] * 10), {"log": "y"},
     "classes, which have no logarithm|--log y"),
    ("a logarithm of no target", csv(), {"log": "z"}, "log names 'z', which is no target|with target"),
    ("a type of no target", csv(), {"types": {"z": "number"}}, "types names 'z', which is no target"),
    ("a type that nobody knows", csv(), {"types": {"y": "colour"}}, "kind 'colour' of column 'y'|number or category"),
    ("unknown bounds", csv(), {"bounds": "ignore"}, "bounds='ignore' is unknown|keep, drop"),
    ("a target called as predictions are", csv(name="valid"), {"target": "valid"}, "target 'valid'|rename it"),
    ("two targets whose predictions share a column", csv(y_low=range(N)), {"target": "y*"}, "target 'y_low'|rename it"),
    ("a given beside a target", csv(z=range(N)), {"given": ["z"]}, "given is for molecules to generate|leave one"),
    ("two ways to split", csv(g=range(N)), {"group": "g", "split": "random"},
     "split and group are two ways|one of them"),
    ("a split column of other words", csv(part=["A"] * N), {"split_column": "part"},
     "column 'part'|'A'|train, valid or test"),
    ("a split column without a test", csv(part=["train"] * N), {"split_column": "part"}, "names no row test"),
    ("a group that is empty", csv(g=[None, *range(N - 1)]), {"group": "g"}, "column 'g'|is empty in row 0|fill it"),
    ("a time that is none", csv(t=["soon"] * N), {"time": "t"}, "column 't' holds 'soon'|another column for time"),
    ("nothing that can be read", csv(smiles=["junk("] * N), {"column": "smiles"},
     "no molecule that can be read (row 1"),
    ("descriptors of other molecules", csv(), {"descriptors": "smiles,a\nBr,1\nI,2\n"},
     "describes none of 40 molecules by their SMILES"),
    ("descriptors of nobody", csv(), {"descriptors": "a,b\n1,2\n3,4\n"}, "says of no row which molecule|called name"),
    ("descriptors without numbers", csv(), {"descriptors": "smiles,a\nCO,x\nCN,y\n"},
     "no column of numbers beside the molecules"),
    ("descriptors that are not there", csv(), {"descriptors": None}, "d.csv' is neither a file nor a folder"),
]
# fmt: on


def put(place: Path, content: str, options: dict) -> tuple[Path, dict]:
    (place / "t.csv").write_text(content)
    options = {"target": "y", **options}
    if "descriptors" in options:
        if options["descriptors"] is not None:
            (place / "d.csv").write_text(options["descriptors"])
        options["descriptors"] = place / "d.csv"
    return place / "t.csv", {"descriptors": "none", **options}


@pytest.mark.parametrize(
    "what, content, options, words", SENTENCES, ids=[row[0].replace(" ", "-") for row in SENTENCES]
)
def test_one_sentence_with_a_remedy(what, content, options, words, tmp_path):
    path, options = put(tmp_path, content, options)
    with pytest.raises(DataError) as error:
        properties_data(genwright.load_data(path, **options))
    said = str(error.value)
    assert "\n" not in said and len(said) < 500
    for word in words.split("|"):
        assert word in said, f"{word!r} is not in {said!r}"


SKIPS = [  # what, SMILES in place of the first, y in its place, how many are left, what is said
    ("an empty SMILES", "", "1", N - 1, "1 of 40 molecules left out (row 1: nothing is there)"),
    ("a mixture", "CCCl.[Na+]", "1", N, "molecules written as several fragments: 1"),
    ("a metal", "[Pt]", "1", N, ""),
    ("600 atoms", "C" * 600, "1", N, ""),
    ("a single atom", "C", "1", N, ""),
    ("a bound", ALL[0], ">10", N, "1 lower and 0 upper bounds"),
    ("a duplicate that contradicts", "NC", "9", N - 1, "1 molecule whose rows contradict each other (row 1, row 2"),
    ("an empty cell", ALL[0], "", N - 1, "1 of 40 molecules have no known value of any target: left out"),
]


@pytest.mark.parametrize("what, smiles, y, left, said", SKIPS, ids=[row[0].replace(" ", "-") for row in SKIPS])
def test_what_is_taken_or_skipped_is_counted(what, smiles, y, left, said, tmp_path):
    path, options = put(tmp_path, csv(changed(y, 0), smiles=[smiles, *ALL[1:]]), {})
    data = genwright.load_data(path, **options)
    assert len(properties_data(data).whole) == left and any(said in line for line in data.describe())
    assert (data.unreadable is not None) == (what in ("an empty SMILES", "a duplicate that contradicts"))
