# Tests molecules/design/edits.py, molecules/design/genetic.py
"""What searches propose: edits and crossovers of valid molecules, new ones, by the seed alone."""

from dataclasses import replace
from random import Random

import pytest
from made_molecules import molecules

pytest.importorskip("rdkit")
from rdkit import Chem  # noqa: E402

from genwright.core.errors import DataError  # noqa: E402
from genwright.molecules.design import edits, families, genetic  # noqa: E402
from genwright.molecules.design.families import Task  # noqa: E402
from genwright.molecules.design.limits import Limits, describe_refusals, elements_of  # noqa: E402

SMILES = molecules(30)
CANONICAL = [Chem.MolToSmiles(Chem.MolFromSmiles(text)) for text in SMILES]


def task(start=CANONICAL, batch=16, seed=0, **limits) -> Task:
    elements = elements_of(start)
    return Task(list(start), Limits(elements, **{"filters": False} | limits), elements, seed, batch, 100, None)


@pytest.mark.parametrize("edit", edits.EDITS, ids=lambda edit: edit.__name__)
def test_an_edit_changes_molecules_and_most_of_what_it_makes_is_valid(edit):
    rng, made = Random(0), 0
    for text in CANONICAL:
        molecule = edits.kekule(Chem.MolFromSmiles(text))
        if edit(molecule, rng, ["C", "N", "O", "F"]) and not Chem.SanitizeMol(molecule, catchErrors=True):
            again = Chem.MolFromSmiles(Chem.MolToSmiles(molecule))
            made += again is not None and Chem.MolToSmiles(again) != text
    assert made >= 5


def test_hydrogens_of_the_kekule_form_follow_from_valences():
    assert edits.kekule(Chem.MolFromSmiles("c1cc[nH]c1")).GetAtomWithIdx(3).GetTotalNumHs() == 1


def test_a_crossover_has_a_piece_of_both():
    rng, (a, b) = Random(0), (edits.kekule(Chem.MolFromSmiles(text)) for text in ("FC(F)(F)c1ccccc1", "BrCCCCCl"))
    made = {Chem.MolToSmiles(child) for _ in range(60) if (child := genetic.crossed(a, b, rng))}
    assert any("F" in text and "Br" in text for text in made) and len(made) > 5


def run(search, rounds: int) -> list:
    proposals, found = next(search), []
    for _ in range(rounds):
        found += proposals
        proposals = search.send([float(len(one.smiles)) for one in proposals])
    return found


@pytest.mark.parametrize("module", [genetic, edits], ids=["genetic", "random-edits"])
def test_proposals_are_new_valid_and_within_the_limits_and_follow_the_seed(module):
    found = run(module.search(task()), 12)
    made = [one for one in found if one.parent]
    assert len({one.smiles for one in found}) == len(found) and len(made) >= 48
    limits = task().limits
    for one in made:
        molecule = Chem.MolFromSmiles(one.smiles)
        assert Chem.MolToSmiles(molecule) == one.smiles and not limits.broken(molecule)
        assert one.smiles not in CANONICAL
    assert run(module.search(task()), 12) == found
    assert run(module.search(task(seed=1)), 12) != found


def test_genetic_climbs():
    steps = genetic.search(task())
    proposals, means = next(steps), []
    for _ in range(20):
        scores = [float(one.smiles.count("F")) for one in proposals]
        means.append(sum(scores) / len(scores))
        proposals = steps.send(scores)
    assert means[-1] > means[0] + 1


def test_parents_are_drawn_by_rank_and_reach_the_whole_population():
    rng, population = Random(0), [(float(-k), str(k)) for k in range(1_000)]
    ranks = [int(genetic._draw_parent(population, rng)) for _ in range(4_000)]
    assert 0.08 < sum(rank == 0 for rank in ranks) / 4_000 < 0.2 and max(ranks) > 900
    assert 0.55 < sum(rank < 50 for rank in ranks) / 4_000 < 0.75  # a share u of parents is of the best 1000 ** u


@pytest.mark.parametrize("size", [1, families.GENERATION, 16])
def test_a_generation_is_as_large_as_it_has_to_be(size):
    steps = genetic.search(replace(task(), generation=size))
    begun = next(steps)
    assert len(begun) == len(CANONICAL) and len(steps.send([0.0] * len(begun))) == size


@pytest.mark.parametrize("module", [genetic, edits], ids=["genetic", "random-edits"])
def test_what_limits_refuse_is_counted_by_its_limit(module):
    asked = task(atoms=max(Chem.MolFromSmiles(text).GetNumAtoms() for text in CANONICAL) - 2, rings=(5, 6))
    found = run(module.search(asked), 4)
    counts = asked.gate.counts
    assert counts["atoms"] and counts["rings"] and "atoms" in describe_refusals([counts])
    assert counts[""] >= sum(bool(one.parent) for one in found)
    assert not describe_refusals([task().gate.counts])


@pytest.mark.long
def test_genetic_begins_with_one_molecule_and_keeps_a_scaffold():
    keep = "[*:1]c1ccc(C(N)=O)cc1"
    found = run(genetic.search(task(["NC(=O)c1ccccc1"], batch=4, keep=keep)), 2)
    pattern = Chem.MolFromSmarts("c1ccc(C(N)=O)cc1")
    assert len(found) == 1 + families.GENERATION and all(
        Chem.MolFromSmiles(one.smiles).HasSubstructMatch(pattern) for one in found
    )


@pytest.mark.parametrize("module", [genetic, edits], ids=["genetic", "random-edits"])
def test_limits_that_no_edit_meets_end_a_search_with_a_remedy(module, monkeypatch):
    for place in (genetic, edits):
        monkeypatch.setattr(place, "PATIENCE", 50)
    with pytest.raises(DataError):
        run(module.search(task(["C"], atoms=1)), 3)


def test_best_of_data_looks_at_each_molecule_once():
    steps = families.search(task(batch=8))
    seen, proposals = [], next(steps)
    with pytest.raises(StopIteration):
        while True:
            seen += [one.smiles for one in proposals]
            proposals = steps.send([0.0] * len(proposals))
    assert sorted(seen) == sorted(CANONICAL)
