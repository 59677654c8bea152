"""What a molecule is taken for: each choice on molecules whose answer is known, and what is no molecule."""

import pytest

from genwright.molecules.chemistry.standards import Standard, Unreadable, canonical, neutral_parent, quiet_rdkit

pytest.importorskip("rdkit")


@pytest.fixture(autouse=True)
def quiet():
    with quiet_rdkit():
        yield


@pytest.mark.parametrize(
    "choices, written, expected",
    [
        ({}, "OCC", "CCO"),
        ({}, "C(O)C the name", "CCO"),
        ({}, "[Na+].CC(=O)[O-]", "CC(=O)[O-]"),
        ({}, "C[N+](C)(C)CCO.O=C([O-])c1ccccc1O", "O=C([O-])c1ccccc1O"),  # more heavy atoms, fewer atoms
        ({}, "CN.OP(=O)(O)O", "CN"),  # one with carbon before a larger one without
        ({"salts": "keep"}, "[Na+].CC(=O)[O-]", "CC(=O)[O-].[Na+]"),
        ({"charges": "neutral"}, "[Na+].CC(=O)[O-]", "CC(=O)O"),
        ({"charges": "neutral"}, "C[N+](C)(C)C", "C[N+](C)(C)C"),
        ({}, "C[C@H](N)/C=C/Cl", "C[C@H](N)/C=C/Cl"),
        ({"stereo": "drop"}, "C[C@H](N)/C=C/Cl", "CC(N)C=CCl"),
        ({"tautomers": "canonical"}, "CC(O)=CC", "CCC(C)=O"),
        ({}, "[2H]C", "[2H]C"),  # an isotope
        ({}, "[CH3]", "[CH3]"),  # a radical
        ({}, "[NH+]", "[NH+]"),
    ],
)
def test_a_choice_does_what_it_says(choices, written, expected):
    standard = Standard(**choices)
    assert standard.smiles(written) == expected
    assert standard.smiles(expected) == expected == canonical(expected)
    assert Standard(**standard.to_json()) == standard


@pytest.mark.parametrize(
    "text, why",
    [
        ("", "nothing is there"),
        ("c1cccc1", "kekulize"),
        ("CC(C)(C)(C)C", "valence"),
        ("C1CC", "no SMILES"),
        ("[Xx]", "no SMILES"),
        ("CCO>>CC=O", "a reaction"),
        ("*CC", "may be any"),
        ("[*:1]CC", "may be any"),
        ("[#0]C", "may be any"),
        ("[R1]CCO", "R-group"),
        ("C[R']", "R-group"),
        ("*CC* |Sg:n:1,2::ht|", "polymer"),
        ("C[C,N]", "no SMILES"),
        ("C\0C", "letters that no SMILES has"),
        ("Cé", "letters that no SMILES has"),
        ("C" * 10_000, "10,000 letters"),
        ("(" * 4_000, "no SMILES"),
    ],
)
def test_what_is_no_molecule_says_why(text, why):
    with pytest.raises(Unreadable, match=why):
        Standard().smiles(text)
    assert canonical(text) is None


def test_what_is_no_molecule_after_a_choice_says_so():
    """RDKit takes the charges off, and cannot read what it then writes."""
    assert Standard().smiles("[NH-]c1cco[cH+]n1")
    with pytest.raises(Unreadable):
        Standard(charges="neutral").smiles("[NH-]c1cco[cH+]n1")


PARENTS = {  # molecule -> ways to write it, its salts and its solvates
    "CC(=O)O": ("CC(=O)[O-].[Na+]", "CC(=O)O[Na]", "[K]OC(C)=O", "CC(=O)[O-].CC(=O)[O-].[Ca+2]", "[CH3:1]C(=O)O.O.O"),
    "CCO": ("CCO.O", "CCO.[Na+].[Cl-]", "CC[O-].[Li+]"),
    "NCCC(=O)O": ("[NH3+]CCC(=O)[O-]", "NCCC(=O)O.Cl", "NCCC(=O)[O-].[K+]", "NCCC(=O)O.NCCC(=O)O.OS(=O)(=O)O"),
    "CC(N)c1ccccc1": (
        "C[C@H](N)c1ccccc1.C[C@@H](N)c1ccccc1",  # a racemate
        "CC([NH3+])c1ccccc1.[Br-]",
        "CC(N)c1ccccc1.O=C(O)C=CC(=O)O",
        "CC(N)c1ccccc1.OC(=O)C(F)(F)F.CS(C)=O",
    ),
    "C[C@H](N)c1ccccc1": ("C[C@H](N)c1ccccc1.C[C@H]([NH3+])c1ccccc1.[Cl-]",),  # a hemihydrochloride
    "CC[n+]1ccccc1": ("CC[n+]1ccccc1.F[P-](F)(F)(F)(F)F", "CC[n+]1ccccc1.[O-][N+](=O)[O-]"),
    "O=C(O)c1ccccc1O": ("C[N+](C)(C)CCO.O=C([O-])c1ccccc1O",),
    "[13CH3]CN": ("[13CH3]C[NH3+].[I-]",),
}


def test_salts_solvates_acids_and_bases_have_one_parent():
    for molecule, forms in PARENTS.items():
        for text in (molecule, *forms):
            assert neutral_parent(text) == molecule, text
    assert len({neutral_parent(text) for forms in PARENTS.values() for text in forms}) == len(PARENTS)


def test_a_mixture_is_no_molecule_unless_salts_are_kept():
    mixture = "CN(C)CCOC(c1ccccc1)c1ccccc1.Cn1c(=O)c2[nH]c(Cl)nc2n(C)c1=O"
    with pytest.raises(Unreadable, match="mixture"):
        Standard().smiles(mixture)
    kept = Standard("keep").smiles(mixture)
    assert kept.count(".") == 1 and neutral_parent(kept) == kept
