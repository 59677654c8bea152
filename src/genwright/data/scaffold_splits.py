"""Splits of molecules by scaffold (Bemis & Murcko 1996): those that share one stand on one side. Both ways in which the
field does it, each 80% to train, 10% to validate and 10% to test.

scaffold            Wu 2018 (MoleculeNet, DeepChem): the largest groups train, the smallest test; no seed
scaffold-balanced   Yang 2019 (chemprop): groups larger than half of a test part train, the others in any order
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from ..core.draws import seed_of
from ..core.errors import DataError
from ..core.patience import with_progress
from ..domains.standards import quiet_rdkit
from .splits import PARTS, TEST, TRAIN, VALID

SCAFFOLD, BALANCED = "scaffold", "scaffold-balanced"
TRAIN_SHARE, VALID_SHARE = 0.8, 0.1


def scaffold_of(smiles: str) -> str:
    """Its rings and what joins them, without stereo; "" of a molecule without rings."""
    from rdkit.Chem.Scaffolds.MurckoScaffold import MurckoScaffoldSmiles

    return MurckoScaffoldSmiles(smiles, includeChirality=False)


def split_scaffolds(smiles: Sequence[str], way: str, seed: int, what: str) -> pd.Categorical:
    """(n,) parts of molecules that RDKit reads. what: what to call them.

    Raises DataError where a part would be empty.
    """
    with quiet_rdkit():
        scaffolds = [scaffold_of(line) for line in with_progress(smiles, "finding scaffolds")]
    group = pd.factorize(np.array(scaffolds, dtype=object))[0]
    members = [found for _, found in sorted(pd.Series(np.arange(len(group))).groupby(group).groups.items())]
    members = [np.asarray(found) for found in members]
    order = _by_size(members) if way == SCAFFOLD else _balanced(members, len(smiles), seed)
    parts = np.empty(len(smiles), np.int8)
    if way == SCAFFOLD:
        _fill_by_size(parts, [members[k] for k in order])
    else:
        _fill_balanced(parts, [members[k] for k in order])
    if len(np.unique(parts)) < len(PARTS):
        raise DataError(
            f"{what} has {len(members)} scaffolds, too few or too unequal to train, validate and test by them: split "
            "it at random"
        )
    return pd.Categorical.from_codes(parts, PARTS)


def _by_size(members: list[np.ndarray]) -> list[int]:
    """The largest group first; of equal ones that whose first molecule comes later, as DeepChem does."""
    return sorted(range(len(members)), key=lambda k: (len(members[k]), members[k][0]), reverse=True)


def _balanced(members: list[np.ndarray], n: int, seed: int) -> list[int]:
    """Groups larger than half of a part of 10% first, in any order, then the others."""
    rng = np.random.default_rng(seed_of("scaffolds", seed))
    shuffled = rng.permutation(len(members)).tolist()
    return sorted(shuffled, key=lambda k: len(members[k]) <= VALID_SHARE * n / 2)


def _fill_by_size(parts: np.ndarray, groups: list[np.ndarray]) -> None:
    """Each group to train while that keeps its share, then to validation while both keep theirs, else to test."""
    n, train, valid = len(parts), 0, 0
    for group in groups:
        if train + len(group) <= TRAIN_SHARE * n:
            parts[group] = TRAIN
            train += len(group)
        elif train + valid + len(group) <= (TRAIN_SHARE + VALID_SHARE) * n:
            parts[group] = VALID
            valid += len(group)
        else:
            parts[group] = TEST


def _fill_balanced(parts: np.ndarray, groups: list[np.ndarray]) -> None:
    """Each group to the first of train and validation that has room for it, else to test."""
    room = {TRAIN: int(TRAIN_SHARE * len(parts)), VALID: int(VALID_SHARE * len(parts))}
    for group in groups:
        part = next((part for part in (TRAIN, VALID) if len(group) <= room[part]), TEST)
        parts[group] = part
        if part != TEST:
            room[part] -= len(group)
