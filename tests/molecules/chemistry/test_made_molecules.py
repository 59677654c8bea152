# Tests molecules/chemistry/random_molecules.py
"""Molecules of pieces, and of valences alone: all of them are molecules, of the sizes and elements of those that were
counted, and most are new."""

from collections import Counter
from random import Random

import numpy as np
import pytest

Chem = pytest.importorskip("rdkit.Chem")

from genwright.core.errors import DataError  # noqa: E402
from genwright.molecules.chemistry.random_molecules import census_of, pieces_of, random_molecule, recombined  # noqa: E402  # noqa: E402

AMIDES = [f"{acid}C(=O)N{amine}" for acid in ("CC", "c1ccccc1", "c1ccncc1", "CC(C)", "COCC") for amine in (
    "CC", "Cc1ccccc1", "CCOC", "C1CCCCC1", "c1ccc(F)cc1", "CCSC")]  # fmt: skip


def made(count, draw, n=200):
    known = count(AMIDES)
    return known, [draw(known, Random(i)) for i in range(n)]


def molecules(smiles):
    return [Chem.MolFromSmiles(line) for line in smiles]


@pytest.fixture(
    scope="module", params=[(pieces_of, recombined), (census_of, random_molecule)], ids=lambda p: p[1].__name__
)
def drawn(request):
    known, found = made(*request.param)
    again = [request.param[1](known, Random(i)) for i in range(20)]
    assert again == found[:20]
    return [line for line in found if line is not None]


def test_all_are_canonical_molecules_in_one_piece_without_radicals(drawn):
    assert len(drawn) > 100
    found = molecules(drawn)
    assert [Chem.MolToSmiles(molecule) for molecule in found] == drawn and not any("." in line for line in drawn)
    assert not any(atom.GetNumRadicalElectrons() or not atom.GetAtomicNum() for m in found for atom in m.GetAtoms())


def test_they_are_as_large_as_training_molecules_of_their_elements_and_new(drawn):
    theirs, ours = ([m.GetNumHeavyAtoms() for m in molecules(lines)] for lines in (AMIDES, drawn))
    assert max(ours) <= max(theirs) and abs(np.mean(ours) - np.mean(theirs)) < 3
    elements = lambda lines: Counter(atom.GetSymbol() for m in molecules(lines) for atom in m.GetAtoms())
    assert set(elements(drawn)) <= set(elements(AMIDES)) and elements(drawn)["C"] > elements(drawn)["N"]
    known = {Chem.MolToSmiles(molecule) for molecule in molecules(AMIDES)}
    assert len(set(drawn)) > 0.4 * len(drawn) and len(set(drawn) - known) > 0.5 * len(set(drawn))


def test_pieces_join_by_the_rules_alone():
    ethers = pieces_of(["CCOCC", "CCCOCCC"])
    assert ethers.sizes == [5, 7] and sum(ethers.seen) == 6
    amines = pieces_of(["CCN(CC)CC"])
    lines = {recombined(amines, Random(i)) for i in range(50)} - {None}
    assert lines == {"CCN(CC)CC"}  # an ethyl group is joined to the amine, and never to another


def test_pieces_are_drawn_as_often_as_they_were_seen():
    ethers = pieces_of(["CCOCC"] * 30 + ["CCCOCCC"])
    lines = [recombined(ethers, Random(i)) for i in range(100)]
    assert lines.count("CCOCC") > 80  # 60 ethyl groups were seen beside 2 propyl groups


def test_a_molecule_that_is_not_cut_leaves_nothing_of_itself():
    assert pieces_of(["CCCCCC", "CCOCC"]).sizes == [5]
    with pytest.raises(DataError, match="give SMILES"):
        pieces_of(["CCCCCC"])


def test_random_molecules_have_the_rings_and_double_bonds_that_were_counted():
    census = census_of(["C1CCCCC1"] * 3)
    assert census.elements == {6: 18} and census.shapes == [(6, 1, 0)] * 3
    found = molecules(random_molecule(census, Random(i)) for i in range(30))
    assert {m.GetRingInfo().NumRings() for m in found} == {1} and {m.GetNumHeavyAtoms() for m in found} == {6}
    assert census_of(["c1ccccc1"]).shapes == [(6, 1, 3)] and census_of(["C#C", "nonsense"]).shapes == [(2, 0, 2)]
    assert random_molecule(census_of(["FF"] * 9 + ["F[Na]", "FCl"]), Random(0)) in ("FF", "FCl", "ClCl", None)
