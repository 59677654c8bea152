# Tests molecules/kinds/molecule_splits.py
"""Splits by scaffold: what keeps together, who is taken first, and the shares."""

import numpy as np
import pytest

from genwright.molecules.chemistry.scaffolds import scaffold_of
from genwright.molecules.kinds.molecule_splits import BALANCED, SCAFFOLD, split_scaffolds

pytest.importorskip("rdkit")
RINGS = [
    "c1ccccc1",
    "C1CC1",
    "C1CCC1",
    "C1CCCC1",
    "c1ccncc1",
    "c1ccoc1",
    "c1ccsc1",
    "C1CCNCC1",
    "C1CCOC1",
    "c1cc[nH]c1",
]
SIZES = [40, 20, 10, 8, 6, 5, 4, 3, 2, 2]  # molecules of each ring
OTHERS = [f"c1ccccc1{'C' * k}C1CC1" for k in range(1, 21)]  # a scaffold each
SMILES = [f"{'C' * k}{ring}" for ring, size in zip(RINGS, SIZES) for k in range(1, size + 1)]


def test_a_scaffold_is_rings_and_what_joins_them():
    assert scaffold_of("CCOc1ccccc1CC1CC1C") == "c1ccc(CC2CC2)cc1"
    assert scaffold_of("CCO") == "" and scaffold_of("C[C@H]1CCO[C@@H]1C") == "C1CCOC1"


@pytest.mark.parametrize("way", [SCAFFOLD, BALANCED])
def test_one_scaffold_stands_on_one_side(way):
    parts = np.asarray(split_scaffolds(SMILES + OTHERS, way, 0, "mine"))
    rings = np.repeat(RINGS, SIZES)
    assert all(len(set(parts[:100][rings == ring])) == 1 for ring in RINGS)
    assert [(parts == part).sum() for part in ("train", "valid", "test")] == [96, 12, 12]


def test_the_largest_train_and_the_rarest_test_whatever_the_seed():
    """By hand, as DeepChem fills its parts: 40, 20, 10 and 8 train, and the last 2; 6 and 5 validate, the rest test."""
    parts = np.asarray(split_scaffolds(SMILES, SCAFFOLD, 0, "mine"))
    firsts = np.cumsum([0, *SIZES])[:-1]
    assert parts[firsts].tolist() == ["train"] * 4 + ["valid"] * 2 + ["test"] * 3 + ["train"]
    assert (np.asarray(split_scaffolds(SMILES, SCAFFOLD, 5, "mine")) == parts).all()


def test_balanced_takes_the_large_to_train_and_shuffles_the_rest():
    seeds = [split_scaffolds(SMILES[:60] + OTHERS, BALANCED, seed, "mine") for seed in range(8)]
    assert len({parts.codes.tobytes() for parts in seeds}) == 8
    for parts in seeds:
        assert set(parts[:60]) == {"train"}
