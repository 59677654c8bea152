"""Two molecules that differ in one group are a matched pair, and the groups are named."""

import pytest

from genwright.molecules.chemistry.matched_pairs import exchanged_groups


@pytest.mark.parametrize(
    "one, other, groups",
    [
        ("Cc1ccccc1", "c1ccccc1", ("*C", "*[H]")),
        ("Fc1ccccc1", "Clc1ccccc1", ("*F", "*Cl")),
        ("CC(=O)Nc1ccc(F)cc1", "CC(=O)Nc1ccc(OC)cc1", ("*F", "*OC")),
        ("CC(=O)Nc1ccc(F)cc1", "CC(=O)Nc1cccc(F)c1", None),  # the group is elsewhere
        ("Oc1ccc(F)cc1Cl", "Oc1ccc(Cl)cc1F", None),  # two groups
        ("c1ccncc1", "c1ccccc1", None),  # an atom of a ring
        ("CCO", "c1ccccc1", None),
        ("CCO", "CCO", None),
        ("C", "N", None),
        ("[Na+].[Cl-]", "C", None),
        ("C" * 300, "C" * 299 + "O", None),
        (
            "CC1(C)S[C@@H]2[C@H](NC(=O)Cc3ccccc3)C(=O)N2[C@H]1C(=O)O",
            "CC1(C)S[C@@H]2[C@H](NC(=O)COc3ccccc3)C(=O)N2[C@H]1C(=O)O",
            ("*c1ccccc1", "*Oc1ccccc1"),
        ),
    ],
)
def test_the_exchanged_groups_are_named(one, other, groups):
    assert exchanged_groups(one, other) == groups
    assert exchanged_groups(other, one) == (groups and groups[::-1])
