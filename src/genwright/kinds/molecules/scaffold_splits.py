"""Splits of molecules by scaffold (Bemis & Murcko 1996): those that share one stand on one side. Both ways in which the
field does it, each 80% to train, 10% to validate and 10% to test.

scaffold            Wu 2018 (MoleculeNet, DeepChem): the largest groups train, the smallest test; no seed
scaffold-balanced   Yang 2019 (chemprop): groups larger than half of a test part train, the others in any order
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from ...chemistry.scaffolds import scaffold_of
from ...chemistry.standards import quiet_rdkit
from ...core.errors import DataError
from ...core.patience import with_progress
from ...core.seeds import seed_of
from ..splits import SPLIT_NAMES, TEST, TRAIN, VALID, linked

SCAFFOLD, BALANCED = "scaffold", "scaffold-balanced"
TRAIN_SHARE, VALID_SHARE = 0.8, 0.1


def split_scaffolds(
    smiles: Sequence[str], way: str, seed: int, what: str, same: np.ndarray | None = None
) -> pd.Categorical:
    """Split molecules by scaffold.

    Args:
        smiles: of n molecules that RDKit reads.
        way: SCAFFOLD or BALANCED.
        seed: of the second.
        what: name of the molecules.
        same: (n,) numbers from 0, equal for molecules whose scaffolds count as one, such as a salt and its acid.

    Returns:
        (n,) parts.

    Raises DataError where a part would be empty.
    """
    with quiet_rdkit():
        scaffolds = [scaffold_of(line) for line in with_progress(smiles, "finding scaffolds")]
    if same is not None:
        linked_scaffolds = linked(same, pd.factorize(np.array(scaffolds, object))[0])[same]
        scaffolds = pd.Series(scaffolds).groupby(linked_scaffolds).transform("min").tolist()
    groups = list(pd.Series(scaffolds).groupby(scaffolds, sort=False).indices.values())
    parts = _by_size(groups, len(smiles)) if way == SCAFFOLD else _balanced(groups, len(smiles), seed)
    if len(np.unique(parts)) < len(SPLIT_NAMES):
        raise DataError(
            f"{what} has {len(groups)} scaffolds, too few or too unequal to train, validate and test by them: split "
            "it at random"
        )
    return pd.Categorical.from_codes(parts, SPLIT_NAMES)


def _by_size(groups: list[np.ndarray], n: int) -> np.ndarray:
    """The largest group first, of equal ones that whose first molecule comes later, as DeepChem takes them: to train
    while that keeps its share, then to validation while both keep theirs, else to test."""
    parts, train, valid = np.empty(n, np.int8), 0, 0
    for group in sorted(groups, key=lambda group: (len(group), group[0]), reverse=True):
        if train + len(group) <= TRAIN_SHARE * n:
            parts[group] = TRAIN
            train += len(group)
        elif train + valid + len(group) <= (TRAIN_SHARE + VALID_SHARE) * n:
            parts[group] = VALID
            valid += len(group)
        else:
            parts[group] = TEST
    return parts


def _balanced(groups: list[np.ndarray], n: int, seed: int) -> np.ndarray:
    """Groups larger than half of a test part first, in any order, then the others: each to the first of training and
    validation that has room for it, else to test."""
    order = np.random.default_rng(seed_of("scaffolds", seed)).permutation(len(groups)).tolist()
    parts, room = np.full(n, TEST, np.int8), {TRAIN: int(TRAIN_SHARE * n), VALID: int(VALID_SHARE * n)}
    for group in (groups[k] for k in sorted(order, key=lambda k: len(groups[k]) <= VALID_SHARE * n / 2)):
        fits = [part for part, free in room.items() if len(group) <= free]
        if fits:
            parts[group] = fits[0]
            room[fits[0]] -= len(group)
    return parts
