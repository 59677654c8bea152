# Tests proteins/kinds/named.py
"""The made world of protein chains: its laws, its folds, and what a chain is by its seed and number."""

import numpy as np
import pytest
import torch

import genwright
from genwright.proteins.kinds.chain import numbers_of
from genwright.proteins.kinds.geometry import C_N
from genwright.proteins.kinds.named import FoldableWorld, build_fold, helix_sizes
from genwright.proteins.measure import structure_scores as structures
from genwright.run.tasks import task_of

MIRRORED = str.maketrans("LR", "RL")


@pytest.mark.parametrize("helices, folds", [(3, 3), (4, 9), (5, 25), (6, 71)])
def test_folds_are_walks_that_meet_no_place_twice(helices, folds):
    assert len(FoldableWorld(helices).folds) == folds


def test_a_chain_is_known_by_its_seed_and_number():
    world = FoldableWorld()
    few, others = world.draw(world.folds, 0, [3, 7]), FoldableWorld(seed=1).draw(world.folds, 0, [3, 7])
    again = world.draw(world.folds, 0, [7, 3])[::-1]
    assert all(np.array_equal(a.letters, b.letters) and np.array_equal(a.atoms, b.atoms) for a, b in zip(few, again))
    assert few[0].sequence != few[1].sequence and few[0].sequence != others[0].sequence


def test_a_fold_is_a_chain_without_clashes():
    atoms = build_fold("LSR", [6, 9, 7, 8, 6])
    bonds = np.linalg.norm(np.diff(atoms[:, 1], axis=0), axis=1)
    away = np.linalg.norm(atoms[:, None, 1] - atoms[:, 1], axis=-1)[np.triu_indices(len(atoms), 3)]
    assert len(atoms) == 36 + 4 * 3 and (abs(bonds - 3.8) < 1).all() and away.min() > 3


def test_helices_are_peptides_and_loops_are_not():
    """The docs and the docstring of the world say how many bonds are off."""
    off = []
    for chain in FoldableWorld().draw(["LSR", "SSS"], 0, range(30)):
        bonds = np.linalg.norm(chain.atoms[1:, 0] - chain.atoms[:-1, 2], axis=1)
        off += [*(abs(bonds - C_N) > 0.3)]
        in_loop = np.isin(chain.letters, numbers_of("GDNT"))
        assert abs(bonds - C_N)[~in_loop[1:] & ~in_loop[:-1]].max() < 0.01
    assert np.mean(off) == pytest.approx(0.27, abs=0.02)


def test_trivial_answers_of_the_law():
    """By lDDT: straight and mirrored turns, another fold, the structure of another chain of the same length, and a
    mirror image, which distances cannot see."""
    world, rng, found = FoldableWorld(), np.random.default_rng(0), {}
    for chain in world.draw(world.folds, 0, range(60)):
        turns, sizes = chain.name.split("-")[0], helix_sizes(chain.sequence)
        others = iter(lambda: rng.integers(6, 10, 5).tolist(), None)
        other_sizes = next(other for other in others if sum(other) == sum(sizes))
        fold = rng.choice([fold for fold in world.folds if fold != turns])
        answers = {
            "straight": build_fold("SSS", sizes), "mirrored": build_fold(turns.translate(MIRRORED), sizes),
            "fold": build_fold(fold, sizes), "chain": build_fold(fold, other_sizes),
            "image": chain.atoms * np.float32([1, 1, -1]),
        }  # fmt: skip
        for name, atoms in answers.items():
            score = np.nanmean(structures.lddt(atoms, chain.atoms, chain.has_backbone))
            found.setdefault(name, []).append(score)
    means = {name: float(np.mean(values)) for name, values in found.items()}
    expected = {"straight": 0.68, "mirrored": 0.77, "fold": 0.71, "chain": 0.51, "image": 1.0}
    assert means == pytest.approx(expected, abs=0.03)


def test_by_the_local_law_a_turn_looks_the_same_everywhere():
    for local in (True, False):
        atoms = build_fold("LL", [7] * 4, local)
        first, second = atoms[10:27], atoms[20:37]  # a helix, the loop after it, and the next helix
        assert (structures.rmsd(first, second, np.ones(17, bool)) < 0.01) == local
    assert len(FoldableWorld(local=True).folds) == 25


def test_variants_hide_turns_or_mean_two():
    (hidden,) = FoldableWorld(hidden=0.3).draw(["LSR"], 0, [0])
    turns = hidden.alignment[:, np.flatnonzero(hidden.letters == numbers_of("G")[0])[::2] + 1]
    unread = (turns == numbers_of("S")[0]).mean()
    assert hidden.alignment.shape == (16, len(hidden)) and turns.shape == (16, 4) and 0.1 < unread < 0.5
    assert {*turns[:, 1].tolist()} == {*numbers_of("DS").tolist()}  # the second letter is that of L, or hidden
    two = FoldableWorld(4, two_faced=True)
    sequences = [chain.sequence for chain in two.draw(["LR", "LL", "SS"], 0, range(40))]
    assert any("GPG" in text for text in sequences) and not all("GPG" in text for text in sequences)


@pytest.mark.long
def test_training_has_new_chains_at_each_pass_and_unseen_folds_test():
    task = task_of(genwright.load_data("foldable-chains"), "structure")
    seen, unseen = ({chain.name.split("-")[0] for chain in task.items[part]} for part in ("train", "test"))
    assert len(seen) == 19 and len(unseen) == 6 and not seen & unseen
    items, which = task.encoded["train"], torch.arange(4)
    first, later = items.for_batch(which, 0), items.for_batch(which, 0, passes=1)
    assert torch.equal(first.x.x, items[which].x.x) and not torch.equal(first.x.x, later.x.x)
    assert torch.equal(later.x.x, items.for_batch(which, 9, passes=1).x.x)
