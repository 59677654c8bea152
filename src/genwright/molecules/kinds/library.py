"""Molecules to predict: from a file part by part, or from memory, each standardised like the model's training
molecules. Molecules that cannot be read keep their places."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Protocol

import numpy as np
import pandas as pd

from ...core.account import Account
from ...core.errors import DataError
from ...kinds.formats.raw import Raw, Read
from ...kinds.formats.source import Source
from ..chemistry.measured import Library
from ..chemistry.standards import Standard, Unreadable, quiet_rdkit
from .kind import MOLECULES
from .molecule_files import can_be_parted, read_smiles_batches
from .molecule_tables import DescriptorFile, name_column, read_descriptors

BATCH_MOLECULES = 500  # molecules of a library: what one process reads, predicts and gives back at once
Molecule = tuple[str, str, str, str]  # place, text, name, and the reason why no reader could parse it


class MoleculeReading(Protocol):
    """The standard, column and descriptors by which a model reads molecules.

    Args:
        kind: Kind of data.
        task: Name of the task.
        column: Name of the column.
    """

    kind: str
    task: str
    standard: Standard
    column: str
    descriptors: str | Sequence[str]


def libraries(source: Source, domain: MoleculeReading, descriptors: object = None) -> Iterator[Library]:
    """Reads the molecules of a source in their order, BATCH_MOLECULES at once.

    Raises DataError for what cannot be read as a source, and, at its end, for one without any molecule that can.

    Args:
        source: a file, or molecules in memory.
        domain: by which a model reads molecules.
        descriptors: the person's table of them, where the model was trained with columns of one.
    """
    if descriptors is not None and isinstance(domain.descriptors, str):
        raise DataError("the model was trained without descriptors of a file: leave descriptors out")
    file = None if descriptors is None else read_descriptors(descriptors, domain.standard, source.reader)
    text, read_any, first = called(source), False, ""
    for molecules in read_in_batches(source, domain.column):
        library = as_library(molecules, domain, text, file)
        read_any = read_any or len(library.smiles) > 0
        first = first or next(
            (f"{place}: {reason}" for place, reason in zip(library.places, library.why) if reason), ""
        )
        yield library
    if not read_any:
        contents = f"no molecule that can be read ({first})" if first else "no molecules"
        raise DataError(f"{text} holds {contents}: give SMILES, a line each or in a column called smiles")


def count(source: Source, column: str = "") -> int:
    """Counts the molecules in a source, including those that cannot be read.

    Args:
        source: What the user passed: a path, a name or an object.
        column: as in `read_in_batches`.
    """
    return sum(map(len, read_in_batches(source, column)))


def read_library(source: Source, domain: MoleculeReading) -> Read:
    """Reads all molecules of a source at once."""
    parts = list(libraries(source, domain))
    first, own_columns = parts[0], [part.own for part in parts]
    join = lambda name: [element for part in parts for element in getattr(part, name)]
    whole = Library(
        first.name, join("texts"), join("names"), join("places"), join("why"), join("smiles"), first.kind,
        first.default_task, None if first.own is None else np.concatenate(own_columns), first.source,
    )  # fmt: skip
    notes = [f"molecules are read as in training: {domain.standard.describe()}", *whole.describe()[1:]]
    return Read(whole, None, whole.places, Account(remarks=notes), whole.names)


def called(source: Source) -> str:
    """Names a source in messages."""
    return source.text or "molecules"


def read_in_batches(source: Source, column: str = "", size: int | None = None) -> Iterator[list[Molecule]]:
    """Reads the molecules of a source of any form in batches, as they are written.

    Args:
        source: a file, or molecules in memory.
        column: Column of SMILES, where they stand in a table that has it.
        size: molecules of a batch. Default: BATCH_MOLECULES.
    """
    path, size = source.path, size or BATCH_MOLECULES
    if path is not None and path.exists() and can_be_parted(path) and source.get("header_row") is None:
        for part in read_smiles_batches(path, column, size):
            yield [(*molecule, "") for molecule in part]
        return
    if isinstance(source.given, (tuple, np.ndarray)):
        listed_source = Source.take(list(source.given), source.options)
        source = replace(source, given=listed_source.given, options=listed_source.options)
    raw = molecules_of(source, column)
    names = [""] * len(raw.items)
    if raw.beside is not None and (called_so := name_column(list(raw.beside.columns))) is not None:
        names = ["" if pd.isna(cell) else str(cell) for cell in raw.beside[called_so]]
    molecules = [(*molecule, "") for molecule in zip(raw.item_places, raw.items, names)]
    if raw.unreadable:  # blocks of an SDF, each with the line in which it begins
        lost = [(place, text, "", reason) for place, text, reason in raw.unreadable]
        molecules = sorted([*molecules, *lost], key=lambda molecule: int(molecule[0].split()[-1]))
    for begin in range(0, len(molecules), size):
        yield molecules[begin : begin + size]


def molecules_of(source: Source, column: str) -> Raw:
    """Reads molecules as they are written, of a column where they stand in a table that has it."""
    if column and not isinstance(source.given, list):
        with suppress(DataError):  # the second reading says what is wrong, if anything is
            return source.but(column=column, kind=MOLECULES).read()
    return source.read_as(MOLECULES)


def as_library(
    molecules: Sequence[Molecule], domain: MoleculeReading, source: str, file: DescriptorFile | None = None
) -> Library:
    """Standardises molecules of a source as those that a model learned from.

    Args:
        molecules: as written.
        domain: by which a model reads molecules.
        source: as it is `called`.
        file: as in `libraries`.
    """
    places, texts, names, reasons = (list(column) for column in zip(*molecules))
    smiles = []
    with quiet_rdkit():
        for k, text in enumerate(texts):
            if not reasons[k]:
                try:
                    smiles.append(domain.standard.smiles(text))
                except Unreadable as reason:
                    reasons[k] = str(reason)
    names_read = [name for name, reason in zip(names, reasons) if not reason]
    own_descriptors = None if file is None else file.rows(smiles, names_read, domain.descriptors)
    return Library(
        Path(source).name, texts, names, places, reasons, smiles, domain.kind, domain.task, own_descriptors, source
    )  # fmt: skip
