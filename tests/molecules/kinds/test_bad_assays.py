"""What people get wrong with molecules and measured values: one sentence that names the input and a remedy, or a skip
that is counted and listed."""

from pathlib import Path

import pandas as pd
import pytest

import genwright
from genwright.core.errors import DataError
from genwright.molecules.families.properties_domain import properties_data

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


WRONG = {  # what: content of t.csv, options, what is named
    "no SMILES column": ("id,y\n" + "".join(f"m{k},{k}\n" for k in range(N)), {}, "--column"),
    "two SMILES columns": (csv(also_smiles=ALL), {}, "also_smiles"),
    "a target that is not there": (csv(name="activity"), {"target": "activty"}, "did you mean 'activity'?"),
    "a pattern that matches nothing": (csv(), {"target": "NR-*"}, "NR-*"),
    "a target all empty": (csv([""] * N), {}, "'y'"),
    "a constant target": (csv([3.5] * N), {}, "'y'"),
    "text that is neither": (csv([f"note {k}" for k in range(N)]), {}, "'y'"),
    "dates": (csv([f"2024-05-{k % 28 + 1:02}" for k in range(N)]), {"target": "y"}, "--types y=category"),
    "days in digits": (csv([20240501 + k % 28 for k in range(N)]), {"target": "y"}, "--types y=category"),
    "few with a value": (csv([1, 2, *[""] * (N - 2)]), {}, "t.csv"),
    "one active": (csv([1] + [0] * (N - 1)), {}, "'y'"),
    "words among numbers": (csv(changed("1,5")), {}, "'1,5' in row 7"),
    "a logarithm of zero": (csv(changed("0.0")), {"log": "y"}, "--log y"),
    "a logarithm of no target": (csv(), {"log": "z"}, "'z'"),
    "a type that nobody knows": (csv(), {"types": {"y": "colour"}}, "'colour'"),
    "a target called as predictions are": (csv(name="valid"), {"target": "valid"}, "'valid'"),
    "two ways to split": (csv(g=range(N)), {"group": "g", "split": "random"}, "split and group"),
    "a split column of other words": (csv(part=["A"] * N), {"split_column": "part"}, "'part'"),
    "a group that is empty": (csv(g=[None, *range(N - 1)]), {"group": "g"}, "'g'"),
    "a time that is none": (csv(t=["soon"] * N), {"time": "t"}, "'soon'"),
    "nothing that can be read": (csv(smiles=["junk("] * N), {"column": "smiles"}, "row 1"),
    "descriptors of other molecules": (csv(), {"descriptors": "smiles,a\nBr,1\nI,2\n"}, "d.csv"),
}


def put(place: Path, content: str, options: dict) -> tuple[Path, dict]:
    (place / "t.csv").write_text(content)
    if "descriptors" in options:
        (place / "d.csv").write_text(options["descriptors"])
        options = options | {"descriptors": place / "d.csv"}
    return place / "t.csv", {"target": "y", "descriptors": "none", **options}


@pytest.mark.parametrize("content, options, named", WRONG.values(), ids=WRONG)
def test_a_mistake_is_named(content, options, named, tmp_path):
    path, options = put(tmp_path, content, options)
    with pytest.raises(DataError) as error:
        properties_data(genwright.load_data(path, **options))
    assert named in str(error.value)


SKIPS = [  # what, SMILES in place of the first, y in its place, how many are left, what is said
    ("an empty SMILES", "", "1", N - 1, "1 of 40 molecules left out (row 1: nothing is there)"),
    ("a mixture", "CCCl.[Na+]", "1", N, "molecules written as several fragments: 1"),
    ("a metal", "[Pt]", "1", N, ""),
    ("600 atoms", "C" * 600, "1", N, ""),
    ("a single atom", "C", "1", N, ""),
    ("a bound", ALL[0], ">10", N, "1 lower and 0 upper bounds"),
    ("a duplicate that contradicts", "NC", "9", N - 1, "1 molecule whose rows contradict each other (row 1, row 2"),
    ("an empty cell", ALL[0], "", N - 1, "1 of 40 molecules left out (no known value of any target)"),
]


@pytest.mark.parametrize("what, smiles, y, left, said", SKIPS, ids=[row[0].replace(" ", "-") for row in SKIPS])
def test_what_is_taken_or_skipped_is_counted(what, smiles, y, left, said, tmp_path):
    path, options = put(tmp_path, csv(changed(y, 0), smiles=[smiles, *ALL[1:]]), {})
    data = genwright.load_data(path, **options)
    assert len(properties_data(data).whole) == left and any(said in line for line in data.describe())
    assert (data.unreadable is not None) == (what in ("an empty SMILES", "a duplicate that contradicts"))
