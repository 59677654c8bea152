# Tests molecules/design/limits.py
"""Hard limits, and what a scaffold to keep lets grow."""

from collections import Counter

import pytest

pytest.importorskip("rdkit")
from rdkit import Chem  # noqa: E402

from genwright.core.errors import DataError  # noqa: E402
from genwright.molecules.design.limits import (  # noqa: E402
    Limits,
    capped,
    describe_refusals,
    scaffold_to_keep,
    smiles_within,
)

USUAL = frozenset("CNOF")


def broken(smiles: str, **limits) -> str:
    return Limits(**{"elements": USUAL, "filters": False} | limits).broken(Chem.MolFromSmiles(smiles))


@pytest.mark.parametrize(
    "smiles, why, off",
    [
        ("C" * 39, "more than 38", {"atoms": None}),
        ("C1CC1", "a ring outside 4 to 7", {"rings": None}),
        ("C1CCCCCCC1", "a ring outside 4 to 7", {"rings": None}),
        ("CBr", "element Br", {"elements": None}),
        ("C[N+](C)(C)C", "filter charge", {"filters": False}),
    ],
)
def test_a_limit_holds_until_it_is_switched_off(smiles, why, off):
    everything = {"elements": USUAL | {"Cl"}, "filters": True}
    assert broken(smiles, **everything).startswith(why)
    assert not broken(smiles, **everything | {"filters": False} | off)


def test_radicals_and_mixtures_are_always_beyond():
    off = dict(elements=None, rings=None, atoms=None)
    assert broken("[CH2]C", **off) == "a radical" and broken("CC.CO", **off) == "several fragments"


def test_what_is_switched_off_is_named():
    lines = Limits(None, None, None, False).describe()
    assert [line.split(": ")[1] for line in lines[1:]] == ["atoms", "rings", "elements", "filters"]


def test_similarity_is_a_limit():
    limits = dict(like=("CCO",), similar=0.9)
    assert not broken("OCC", **limits) and broken("CCN", **limits) == "similarity below 0.9"


@pytest.mark.parametrize(
    "smiles, kept",
    [
        ("Cc1ccc(C(N)=O)cc1", True),
        ("CNC(=O)c1ccc(C)cc1", False),
        ("Cc1ccc(C(N)=O)c(C)c1", False),
        ("NC(=O)c1ccccc1", True),
    ],
)
def test_a_scaffold_grows_at_its_marks_alone(smiles, kept):
    assert (not broken(smiles, keep="[*:1]c1ccc(C(N)=O)cc1")) == kept
    assert not broken(smiles, keep="c1ccccc1")


@pytest.mark.parametrize("scaffold", ["c1ccccc", "CC.CC", "", "FC(F)(F)F"])
def test_what_is_no_scaffold_is_refused(scaffold):
    with pytest.raises(DataError):
        scaffold_to_keep(scaffold)


def test_a_capped_scaffold_is_the_scaffold_itself():
    assert capped("[*:1]c1ccc(C(N)=O)cc1") == "NC(=O)c1ccccc1"
    assert capped("[*:1]n1cccc1") == "c1cc[nH]c1"


def test_the_smiles_of_a_molecule_within_is_canonical():
    assert smiles_within(Limits(USUAL), Chem.MolFromSmiles("OCC")) == "CCO"
    assert smiles_within(Limits(USUAL), Chem.MolFromSmiles("CCBr")) == ""


def test_refusals_are_means_over_searches():
    searches = [Counter({"": 10, "atoms": 30}), Counter({"": 50, "atoms": 25, "rings": 25}), Counter()]
    said = describe_refusals(searches)
    assert "62%" in said and "atoms 50%" in said and "rings 12%" in said and "140" in said and "2 searches" in said
    assert describe_refusals([Counter({"": 3})]) == describe_refusals([]) == ""
