"""Splits of molecules into training, validation and test sets.

By scaffold (Bemis & Murcko 1996), those that share one stand on one side. Both ways in which the field does it, each
80% to train, 10% to validate and 10% to test:

    scaffold            Wu 2018 (MoleculeNet, DeepChem): the largest groups train, the smallest test; no seed
    scaffold-balanced   Yang 2019 (chemprop): groups larger than half of a test part train, the others in any order

All rows of a molecule with measured values stand in one set: the set of its whole group, of its first time, or the
strictest that a row names.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from ...core.errors import DataError
from ...core.patience import with_progress
from ...core.seeds import seed_of
from ...kinds.sequences.domain import line_keys
from ...kinds.splits import (
    SPLIT_NAMES,
    TEST,
    TRAIN,
    VALID,
    count_copies,
    far_from_share,
    group_keys,
    linked,
    parts_named,
    shared_keys,
    split,
    split_groups,
    split_times,
)
from ...kinds.values.column_dates import row_times
from ...kinds.values.frames import require_column
from ..chemistry.fingerprints import cluster_butina, morgan_counts, packed
from ..chemistry.measured import Column
from ..chemistry.scaffolds import scaffold_of
from ..chemistry.standards import quiet_rdkit
from .molecule_texts import SALTS, chosen, neutral_parents

SCAFFOLD, BALANCED, BUTINA = GROUPED = "scaffold", "scaffold-balanced", "butina"
MOST_CLUSTERED = 20_000  # molecules that are compared with each other
TRAIN_SHARE, VALID_SHARE = 0.8, 0.1


def split_scaffolds(
    smiles: Sequence[str], way: str, seed: int, noun: str, same_scaffold: np.ndarray | None = None
) -> pd.Categorical:
    """Splits molecules by scaffold, or by cluster of similar fingerprints.

    Args:
        smiles: of n molecules that RDKit reads.
        way: one of GROUPED.
        seed: of all but the first.
        noun: name of the molecules.
        same_scaffold: (n,) numbers from 0, equal for molecules whose scaffolds count as one, such as a salt and its
            acid.

    Returns:
        (n,) parts.

    Raises DataError where a part would be empty, and for more than MOST_CLUSTERED molecules in clusters.
    """
    if way == BUTINA and len(smiles) > MOST_CLUSTERED:
        raise DataError(
            f"{noun} has {len(smiles):,} molecules, and clusters are for {MOST_CLUSTERED:,}: use {BALANCED}"
        )
    with quiet_rdkit():
        if way == BUTINA:
            scaffolds = list(map(str, cluster_butina(packed(morgan_counts(smiles)))))
        else:
            scaffolds = [scaffold_of(line) for line in with_progress(smiles, "finding scaffolds")]
    if same_scaffold is not None:
        linked_scaffolds = linked(same_scaffold, pd.factorize(np.array(scaffolds, object))[0])[same_scaffold]
        scaffolds = pd.Series(scaffolds).groupby(linked_scaffolds).transform("min").tolist()
    groups = list(pd.Series(scaffolds).groupby(scaffolds, sort=False).indices.values())
    parts = _by_size(groups, len(smiles)) if way == SCAFFOLD else _balanced(groups, len(smiles), seed)
    if len(np.unique(parts)) < len(SPLIT_NAMES):
        raise DataError(
            f"{noun} has {len(groups)} {'clusters' if way == BUTINA else 'scaffolds'}, too few or too unequal to "
            "train, validate and test by them: split it at random"
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
        fitting_parts = [part for part, room_left in room.items() if len(group) <= room_left]
        if fitting_parts:
            parts[group] = fitting_parts[0]
            room[fitting_parts[0]] -= len(group)
    return parts


OFFICIAL, RANDOM = "official", "random"
SPLITS = (OFFICIAL, RANDOM, *GROUPED)
WAYS = ("split", "group", "time", "split_column")


class Split(NamedTuple):
    """The parts of n molecules, and how they were chosen.

    Args:
        parts: (n,) "train" | "valid" | "test".
        notes: Notes for the user.
        redraw: parts by another seed, None where no seed matters.
    """

    parts: np.ndarray
    notes: list[str]
    redraw: Callable[[int], np.ndarray] | None = None

    @property
    def protocol(self) -> str:
        """Names the split in a few words, such as "random split", to stand beside a figure."""
        return self.notes[0].partition(":")[0]


class MoleculeRows(NamedTuple):
    """Rows of a source of molecules.

    Args:
        molecule: (r,) the number of the molecule of each row.
        beside: the other columns.
        where: the place of each row.
        parts: (r,) as in `Raw`.
    """

    molecule: np.ndarray
    beside: pd.DataFrame
    where: Sequence[str]
    parts: np.ndarray | None

    def select_molecules(self, selected: np.ndarray) -> MoleculeRows:
        """Selects the rows of some molecules (n,) bool, which are numbered anew."""
        rows = selected[self.molecule]
        return MoleculeRows(
            (np.cumsum(selected) - 1)[self.molecule[rows]],
            self.beside[rows].reset_index(drop=True),
            [place for place, is_chosen in zip(self.where, rows) if is_chosen],
            None if self.parts is None else self.parts[rows],
        )


def way_of(options: dict, parts: np.ndarray | None, text: str) -> str:
    """Returns the way of splitting that the user asked for, or the usual one. Raises DataError for one that is unknown,
    or that the source does not name.

    Args:
        options: Options of `load_data`.
        parts: Parts of the source, None where it names none.
        text: name of the source.
    """
    way = chosen(options, "split", SPLITS, RANDOM if parts is None else OFFICIAL)
    if way == OFFICIAL and parts is None:
        raise DataError(f"{text} does not say which molecules are the test set: name another split, {RANDOM} for one")
    return way


def choose_split(
    smiles: list[str], columns: Sequence[Column], rows: MoleculeRows, options: dict, seed: int, text: str
) -> Split:
    """Splits n molecules as options ask. Salts, acids and bases of one molecule stay together unless the source or a
    column names the parts. Raises DataError for two ways at once, and for a column that does not fit.

    Args:
        smiles: canonical, of n molecules.
        columns: measured properties.
        rows: Rows of the source.
        options: Options of `load_data`.
        seed: Seed of the split.
        text: name of the source.
    """
    parent_number = neutral_parents(smiles)
    split = _split(smiles, parent_number, columns, rows, options, seed, text)
    return split._replace(notes=[*split.notes, *count_copies(parent_number, split.parts, "molecules", SALTS)])


def _split(
    smiles: list[str],
    parent_number: np.ndarray,
    columns: Sequence[Column],
    rows: MoleculeRows,
    options: dict,
    seed: int,
    text: str,
) -> Split:
    """The split without its note on salts. parent_number: (n,) as of `neutral_parents`."""
    named_ways = [name for name in WAYS if name in options]
    if len(named_ways) > 1:
        raise DataError(f"{named_ways[0]} and {named_ways[1]} are two ways to split {text}: name one of them")
    if named_ways and named_ways[0] != "split":
        column = options[named_ways[0]]
        require_column(column, list(rows.beside.columns), named_ways[0])
        cells = rows.beside[column]
        if named_ways[0] == "split_column":
            note = parts_named(cells, column)
            return _settle_parts(note, rows.molecule, smiles, parent_number, seed, f"column `{column}` of the file")
        groups_by = {"group": _by_group, "time": _by_time}[named_ways[0]]
        return groups_by(cells, column, rows.molecule, parent_number, seed)
    way = way_of(options, rows.parts, text)
    if way == OFFICIAL:
        return _settle_parts(rows.parts, rows.molecule, smiles, parent_number, seed, "the split of the source")
    if way == RANDOM:
        keys, labels = line_keys(smiles), _labels(columns)
        redraw = lambda seed: np.asarray(split(keys, labels, None, seed, parent_number))
        return Split(redraw(seed), ["random split: 20% of molecules test; others much like them may train"], redraw)
    redraw = lambda seed: np.asarray(split_scaffolds(smiles, way, seed, text, parent_number))
    group = "cluster" if way == BUTINA else "scaffold"
    note = f"{way} split: molecules of one {group} stand on one side"
    return Split(redraw(seed), [note], None if way == SCAFFOLD else redraw)


def _labels(columns: Sequence[Column]) -> np.ndarray | None:
    """The strata of a random split: the classes, where one target is to be learned and has some."""
    if len(columns) > 1 or not columns[0].classes:
        return None
    return columns[0].y.astype(np.int64)


def _by_group(cells: pd.Series, column: str, molecule: np.ndarray, parent_number: np.ndarray, seed: int) -> Split:
    """Groups that share a molecule, or salts of one, are one."""
    keys = group_keys(cells, column)
    own = np.zeros(len(parent_number), np.uint64)
    own[molecule] = shared_keys(keys, parent_number[molecule])
    redraw = lambda seed: np.asarray(split_groups(own, seed, column))
    parts = redraw(seed)
    train, valid, test = (len(np.unique(own[parts == part])) for part in SPLIT_NAMES)
    note = f"split by group: `{column}` has {train:,} groups to train, {valid:,} to validate, {test:,} to test"
    far = far_from_share(pd.Categorical(parts, SPLIT_NAMES), None, own, "molecules", "are of one group")
    return Split(parts, [note, *far], redraw)


def _by_time(cells: pd.Series, column: str, molecule: np.ndarray, parent_number: np.ndarray, seed: int) -> Split:
    """A molecule counts from the first time at which it, or a salt of it, was measured."""
    times = row_times(cells.reset_index(drop=True), column)
    first = np.full(len(parent_number), np.inf)
    np.minimum.at(first, parent_number[molecule], times)
    first = first[parent_number]
    parts = np.asarray(split_times(first, column))
    begin = cells.iloc[np.where((parts == "test")[molecule] & (times == first[molecule]), times, np.inf).argmin()]
    far = far_from_share(pd.Categorical(parts, SPLIT_NAMES), None, first, "molecules", "are of one time")
    return Split(parts, [f"split by time: the newest molecules by `{column}` are test, from {begin} on", *far])


def _settle_parts(
    row_parts: np.ndarray, molecule: np.ndarray, smiles: list[str], parent_number: np.ndarray, seed: int, noun: str
) -> Split:
    """The last of train, valid and test that a row of a molecule names; a validation part is drawn where none is."""
    rank = {part: number for number, part in enumerate(("", *SPLIT_NAMES))}
    ranks = np.array([rank[part] for part in row_parts], np.int8)
    part_ranks = np.zeros(len(smiles), np.int8)
    np.maximum.at(part_ranks, molecule, ranks)
    both_count = len(np.unique(molecule[(ranks < part_ranks[molecule]) & (ranks > 0)]))
    notes = [f"split by {noun}"]
    if both_count:
        notes.append(
            f"{both_count:,} molecules stand in several parts by {noun}: each is kept in the last, test before all"
        )
    parts = np.asarray(split(line_keys(smiles), None, np.array(["", *SPLIT_NAMES])[part_ranks], seed, parent_number))
    return Split(parts, notes)
