"""Molecules with measured values, whose properties are to be predicted: read, standardised, made one where they are
equal, and split."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from ...core.answers import UNKNOWN
from ...core.errors import DataError
from ...core.patience import with_progress
from ...kinds.formats.raw import Raw
from ...kinds.formats.source import Reader
from ...kinds.splits import SPLIT_NAMES, require_enough
from ...kinds.values.corrections import Corrections
from ...kinds.values.frames import require_column
from ...kinds.values.labels import label_text
from ...kinds.values.measurements import relation_beside, unit_beside
from ..chemistry.measured import NO_DESCRIPTORS, RDKIT, Column, Measured
from ..chemistry.scaffolds import scaffold_of
from ..chemistry.standards import CHOICES, Standard, quiet_rdkit, told_of_extensions
from .molecule_splits import MoleculeRows, choose_split
from .molecule_tables import joined, name_column, read_descriptors
from .molecule_texts import NOTE_TEXTS, chosen, mixtures, neutral_parents, read_molecules
from .target_columns import Contradiction, columns_of_concentration, matching, merged, read_column, seek_class

TASK = "properties"
OURS = ("smiles", "name", "valid", "nearest", "similarity", "inside", "spread", "beyond")  # columns of predictions,
ENDS = ("_low", "_high", "_spread", "_beyond")  # and ends of those that each target has
MOST_SCAFFOLDS = 20_000  # molecules
FEWEST = 12  # molecules
OF_GENERATION = ("given", "notation", "keep")  # options


def load(raw: Raw, text: str, options: dict, seed: int) -> Measured:
    """Prepares molecules with measured values. Raises DataError for a target that is not there or that nothing can be
    learned of, too few molecules, or an unknown choice.

    Args:
        raw: Items as they were read from the source.
        text: The text.
        options: Options of `load_data`, by name.
        seed: Seed of the random numbers.
    """
    targets = _targets(raw, text, options)
    raw = _leave_out_rows(raw, options)
    standard = Standard(**{matter: options[matter] for matter in CHOICES if matter in options})
    smiles, rows_read, lost = read_molecules(raw, standard.smiles, text)
    molecule, unique = pd.factorize(np.array(smiles, object))
    places = [raw.item_places[row] for row in rows_read]
    parts = None if raw.parts is None else raw.parts[rows_read]
    rows = MoleculeRows(molecule, raw.beside.iloc[rows_read].reset_index(drop=True), places, parts)
    columns, column_notes = _columns(rows, targets, options)
    columns, contradictions = _merge_columns(columns, molecule, len(unique))
    is_measured = np.any([column.known != UNKNOWN for column in columns], axis=0)
    raw.ignore_beside(_used_columns(raw.beside, targets, options))
    missing_count = int((~is_measured).sum())
    raw.account.leave_out(missing_count, "molecule", "no known value of any target", len(is_measured))
    places = _name_rows(rows)
    notes = [
        *_collect_notes(raw, rows_read, len(unique)),
        *column_notes,
        *_told_of_contradictions(contradictions, places),
    ]
    lost += [
        (contradiction.list_places(places), unique[contradiction.molecule], contradiction.said)
        for contradiction in contradictions
    ]
    smiles, rows = unique[is_measured].tolist(), rows.select_molecules(is_measured)
    columns = tuple(replace(column, y=column.y[is_measured], known=column.known[is_measured]) for column in columns)
    require_enough(len(smiles), text, raw.account, FEWEST)
    split = choose_split(smiles, columns, rows, options, seed, text)
    notes += _contradicted_by_salts(smiles, columns)
    notes += [*_scaffolds(smiles), *split.notes, *_lacking_parts(columns, split.parts)]
    data = Measured(
        raw.name, smiles, _names(rows), columns, split.parts, standard, raw.kind, TASK, raw.column, seed=seed,
        protocol=split.protocol, source=text, licence=raw.licence, notes=notes, options=options, redraw=split.redraw,
        unreadable=pd.DataFrame(lost, columns=["where", "text", "why"]) if lost else None,
    )  # fmt: skip
    return _with_descriptors(data, options, raw.reader)


def _targets(raw: Raw, text: str, options: dict) -> list[str]:
    """The columns to predict. Raises DataError for one that is not there, and for options that do not fit them."""
    if unfit_options := [name for name in OF_GENERATION if name in options]:
        raise DataError(
            f"{unfit_options[0]} is for molecules to generate, and target for those to predict: leave one of the "
            "two out"
        )
    names = [] if raw.beside is None else list(raw.beside.columns)
    if not names:
        raise DataError(
            f"{text} holds molecules without measured values: give a table with a column of values "
            "beside that of SMILES"
        )
    targets = matching(options["target"], names)
    Corrections.of_options(options).require_columns(names)
    for option in ("types", "log"):
        if unknown_targets := [name for name in options.get(option, ()) if name not in targets]:
            raise DataError(
                f"{option} names '{unknown_targets[0]}', which is no target: leave it out, or name it with target"
            )
    if reserved_names := [
        name for name in targets if name in {*OURS, *(target_name + end for target_name in targets for end in ENDS)}
    ]:
        raise DataError(
            f"target '{reserved_names[0]}' has the name of a column that predictions have themselves: rename it"
        )
    return targets


def _leave_out_rows(raw: Raw, options: dict) -> Raw:
    """The rows without those that a person leaves out by a word in a column. Raises DataError for a column or a word
    that is not there."""
    keep = np.ones(len(raw.items), bool)
    words_of = options.get("leave_out") or {}
    if not isinstance(words_of, dict):
        raise DataError(f"leave_out names no column: write --leave-out 'COLUMN={words_of[0]}'")
    for name, words in words_of.items():
        require_column(name, list(raw.beside.columns), "leave_out")
        for word in words if isinstance(words, list) else [words]:
            rows = raw.beside[name].map(label_text).str.strip().str.casefold() == label_text(word).strip().casefold()
            if not rows.any():
                raise DataError(f"leave_out: no cell of column '{name}' holds {word!r}: name another word")
            keep &= ~rows.to_numpy(bool)
    if keep.all():
        return raw
    if not keep.any():
        raise DataError("leave_out leaves out every row: name fewer words")
    rows = np.flatnonzero(keep)
    raw.account.leave_out(len(keep) - len(rows), "row", "leave_out names them", len(keep))
    places, parts = [raw.item_places[row] for row in rows], None if raw.parts is None else raw.parts[rows]
    other_columns = raw.beside.iloc[rows].reset_index(drop=True)
    return replace(raw, items=[raw.items[row] for row in rows], beside=other_columns, places=places, parts=parts)


def _used_columns(other_columns: pd.DataFrame, targets: list[str], options: dict) -> set[str]:
    """Columns beside the molecules that are used: targets, their relations and units, names, and those of the split."""
    around = [of(other_columns, name) for name in targets for of in (relation_beside, unit_beside)]
    around += [name_beside for name in targets for name_beside in columns_of_concentration(other_columns, name)]
    named_options = [options.get(option) for option in ("group", "time", "split_column")]
    return {
        name
        for name in (*targets, *around, *named_options, name_column(list(other_columns.columns)))
        if name is not None
    }


def _columns(rows: MoleculeRows, targets: list[str], options: dict) -> tuple[list[Column], list[str]]:
    """The targets, and sentences on how they were read."""
    corrections, log = Corrections.of_options(options), options.get("log", ())
    bounds = chosen(options, "bounds", ("keep", "drop"), "keep") == "keep"
    columns, notes = [], []
    for name in with_progress(targets, "reading targets"):
        column, column_notes = read_column(rows.beside, rows.where, name, corrections, name in log, bounds)
        columns.append(column)
        notes += column_notes
    for word in options.get("positive", ()):
        columns = seek_class(columns, word)
    return columns, notes


def _merge_columns(columns: list[Column], molecule: np.ndarray, count: int) -> tuple[list[Column], list[Contradiction]]:
    merges = [merged(column, molecule, count) for column in columns]
    return [column for column, _ in merges], [row for _, rows in merges for row in rows]


def _names(rows: MoleculeRows) -> list[str]:
    """Name of each molecule in the first of its rows, or the place of that row if it has none."""
    column = name_column(list(rows.beside.columns))
    row_names = [None] * len(rows.where) if column is None else rows.beside[column].tolist()
    first = np.unique(rows.molecule, return_index=True)[1]
    has_name = lambda row: not pd.isna(row_names[row]) and str(row_names[row]).strip()
    return [str(row_names[row]) if has_name(row) else rows.where[row] for row in first]


def _name_rows(rows: MoleculeRows) -> list[str]:
    """The place of each row, with the name of its molecule if a column has one."""
    column = name_column(list(rows.beside.columns))
    names = [None] * len(rows.where) if column is None else rows.beside[column].tolist()
    return [place if pd.isna(name) else f"{place} ({label_text(name)})" for place, name in zip(rows.where, names)]


def _with_descriptors(data: Measured, options: dict, reader: Reader) -> Measured:
    given = options.get("descriptors", RDKIT)
    if isinstance(given, str) and given in (RDKIT, NO_DESCRIPTORS):
        return replace(data, descriptors=given)
    file = read_descriptors(given, data.standard, reader)
    own, notes = joined(file, data.smiles, data.names)
    options = options | {"descriptors": given if isinstance(given, str) else "DataFrame"}
    return replace(data, own=own, descriptors=file.columns, notes=[*data.notes, *notes], options=options)


# ---------------------------------------------------------------------- words


def _collect_notes(raw: Raw, rows_read: np.ndarray, different: int) -> list[str]:
    """Notes of the source, and notes on unreadable molecules, mixtures, CXSMILES extensions and repeated molecules."""
    texts, repeated_count = [raw.items[row] for row in rows_read], len(rows_read) - different
    repeated = (
        f"{repeated_count:,} row{'s repeat' if repeated_count > 1 else ' repeats'} a molecule: each molecule is "
        "one item"
    )
    notes = [*raw.notes, *mixtures(texts), *told_of_extensions(texts)]
    return [*notes, *[repeated] * bool(repeated_count)]


def _told_of_contradictions(contradictions: list[Contradiction], places: Sequence[str]) -> list[str]:
    if not contradictions:
        return []
    first = "; ".join(
        f"{contradiction.list_places(places)}: {contradiction.said}" for contradiction in contradictions[:NOTE_TEXTS]
    ) + "; ..." * (len(contradictions) > NOTE_TEXTS)
    count = len({contradiction.molecule for contradiction in contradictions})
    return [f"{count:,} molecule{'s' * (count > 1)} whose rows contradict each other ({first})"]


def _contradicted_by_salts(smiles: list[str], columns: Sequence[Column]) -> list[str]:
    """How many molecules have another value than a molecule of the same parent."""
    parents = neutral_parents(smiles)
    rows = {
        row for column in columns for merged_row in merged(column, parents, len(smiles))[1] for row in merged_row.rows
    }
    return [f"molecules with another value than a salt, acid or base of theirs: {len(rows):,}"] * bool(rows)


def _scaffolds(smiles: list[str]) -> list[str]:
    """How many there are; of more than MOST_SCAFFOLDS molecules that takes too long."""
    if len(smiles) > MOST_SCAFFOLDS:
        return []
    with quiet_rdkit():
        cores = pd.Series([scaffold_of(line) for line in with_progress(smiles, "finding scaffolds")])
    counts = cores[cores != ""].value_counts()
    if not len(counts):
        return ["no molecule has a ring"]
    without = int((cores == "").sum())
    scaffold_words = f"{len(counts):,} scaffold{'s' * (len(counts) > 1)}"
    return [f"{scaffold_words}, the most common of {counts.iloc[0]:,} molecules; {without:,} molecules have no ring"]


def _lacking_parts(columns: Sequence[Column], parts: np.ndarray) -> list[str]:
    """A sentence for each part in which a target cannot be measured."""
    lines, called = [], {"valid": "validation", "test": "test"}
    for column in columns:
        for part in SPLIT_NAMES[1:]:
            known = (parts == part) & (column.known != UNKNOWN)
            present = np.unique(column.y[known]).astype(int) if column.classes else ()
            if not known.any():
                lines.append(f"no {called[part]} molecule has a value of `{column.name}`: nothing is measured there")
            elif len(column.classes) == 2 and len(present) == 1:
                alone = column.classes[present[0]]
                lines.append(
                    f"all {known.sum():,} {called[part]} molecules are {alone} by `{column.name}`: ROC-AUC cannot be "
                    "measured there"
                )
    return lines
