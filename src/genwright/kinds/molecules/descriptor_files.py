"""Descriptors of molecules from a person's table, joined by SMILES or by name, never by position."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ...chemistry.standards import Standard, Unreadable, quiet_rdkit
from ...core.errors import DataError
from ..kind import Source
from ..raw import Raw
from ..read import called, read
from ..tables.frames import as_frame
from .smiles_column import hold_smiles, smiles_columns

NOTE_COLUMNS = 5  # columns that a note names
NAMES = ("name", "id")  # columns, in any letters, that say what a molecule is called


def name_column(names: Sequence[str]) -> str | None:
    """The column that says what molecules are called, where there is one."""
    return next((name for wanted in NAMES for name in names if name.lower() == wanted), None)


@dataclass(frozen=True)
class DescriptorFile:
    """columns: of numbers. values: (rows, D) float32, NaN where a cell is empty. row_of: a molecule's canonical SMILES,
    or its name where the table has no SMILES, -> its row. by_name: which of them. called: as a message calls it."""

    columns: tuple[str, ...]
    values: np.ndarray
    row_of: dict[str, int]
    by_name: bool
    called: str
    notes: tuple[str, ...] = ()

    def rows(self, smiles: Sequence[str], names: Sequence[str], columns: Sequence[str] = ()) -> np.ndarray:
        """(n, D) float32 of molecules, NaN in the rows of those that it does not have. columns: which, and in which
        order; all by default. Raises DataError for a column that it lacks."""
        if lacking := [name for name in columns if name not in self.columns]:
            raise DataError(f"{self.called} has no column '{lacking[0]}', which the model was trained with: add it")
        at = np.array([self.row_of.get(key, -1) for key in (names if self.by_name else smiles)], int)
        values = self.values if not columns else self.values[:, [self.columns.index(name) for name in columns]]
        table = np.full((len(at), values.shape[1]), np.nan, np.float32)
        table[at >= 0] = values[at[at >= 0]]
        return table


def read_descriptors(given: Any, standard: Standard) -> DescriptorFile:
    """A file or a DataFrame. Raises DataError for one without SMILES and names, or without numbers."""
    raw, text = read(Source(given, {"kind": "tables"}))
    if not isinstance(raw, Raw) or raw.kind != "tables":
        raise DataError(f"{text} holds {called(raw)}, and descriptors are columns of a table: give a table")
    table = as_frame(raw.items)
    by_name = not hold_smiles(table)
    column = name_column(list(table.columns)) if by_name else smiles_columns(table)[0]
    if column is None:
        raise DataError(
            f"{text} says of no row which molecule it describes: add a column of SMILES, or one called name, by which "
            "descriptors are joined"
        )
    keys = _keys(table[column], None if by_name else standard)
    text = Path(text).name  # notes stand in model cards, which say nothing of where a file lies
    numbers, notes = _numbers(table.drop(columns=column), text)
    row_of: dict[str, int] = {}
    for row, key in enumerate(keys):
        if key:
            row_of.setdefault(key, row)
    if again := sum(map(bool, keys)) - len(row_of):
        notes.append(f"{again:,} rows of {text} describe a molecule again: the first of them is taken")
    return DescriptorFile(tuple(numbers.columns), numbers.to_numpy(np.float32), row_of, by_name, text, tuple(notes))


def _numbers(table: pd.DataFrame, text: str) -> tuple[pd.DataFrame, list[str]]:
    """Columns that hold numbers, as float32, NaN where a cell is empty or infinite, and what to say of the others."""
    with np.errstate(over="ignore"):
        numbers = table.select_dtypes(["number", "bool"]).astype(np.float64).astype(np.float32)
    numbers = numbers.where(np.isfinite(numbers))
    empty = [name for name in numbers.columns if numbers[name].isna().all()]
    numbers, notes = numbers.drop(columns=empty), []
    if not numbers.shape[1]:
        raise DataError(f"{text} has no column of numbers beside the molecules: give descriptors as numbers")
    if empty:
        shown = f"{', '.join(empty[:NOTE_COLUMNS])}{', ..' * (len(empty) > NOTE_COLUMNS)}"
        notes.append(f"columns of {text} without a number are left out: {shown}")
    if words := table.shape[1] - numbers.shape[1] - len(empty):
        notes.append(f"columns of {text} that hold words are left out: {words:,}")
    if holes := int(numbers.isna().to_numpy().sum()):
        notes.append(f"{holes:,} empty cells of {text} are filled with the mean of training molecules")
    return numbers, notes


def joined(file: DescriptorFile, smiles: Sequence[str], names: Sequence[str]) -> tuple[np.ndarray, list[str]]:
    """Descriptors (n, D) of molecules to learn from, and what to say of them. Raises DataError where none of them is in
    the file."""
    values = file.rows(smiles, names)
    lacking = int(np.isnan(values).all(1).sum())
    if lacking == len(values):
        by = "name" if file.by_name else "SMILES"
        raise DataError(
            f"{file.called} describes none of {len(values):,} molecules by their {by}: give descriptors of them"
        )
    said = [f"{values.shape[1]:,} descriptors of {file.called}, joined by {'name' if file.by_name else 'SMILES'}"]
    if lacking:
        said.append(f"{lacking:,} of {len(values):,} molecules are not in {file.called}: the training mean stands in")
    return values, [*said, *file.notes]


def _keys(cells: pd.Series, standard: Standard | None) -> list[str]:
    """Names, or canonical SMILES, "" where there is none."""
    texts = ["" if pd.isna(cell) else str(cell).strip() for cell in cells]
    if standard is None:
        return texts
    with quiet_rdkit():
        return [_canonical(text, standard) for text in texts]


def _canonical(text: str, standard: Standard) -> str:
    try:
        return standard.smiles(text)
    except Unreadable:
        return ""
