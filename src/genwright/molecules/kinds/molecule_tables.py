"""Tables of molecules: a column of SMILES with the other columns beside it, which may be given; and descriptors from
a person's table, joined by SMILES or by name, never by position.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pandas as pd

from ...core.account import Account
from ...core.errors import DataError
from ...kinds.formats.raw import Numbered, Raw
from ...kinds.formats.source import Reader, Source
from ...kinds.values.cells import first_filled
from ...kinds.values.frames import as_frame, require_column
from ...kinds.values.smiles_texts import INCHI, looks_like_smiles
from ..chemistry.standards import Standard, canonical, quiet_rdkit

GLANCED_CELLS, SMILES_SHARE = 200, 0.9  # cells that are looked at, and the share of them that must look like SMILES
PUBCHEM_TAG = "PUBCHEM_RESULT_TAG"  # first column of an assay of PubChem
PARSED = 20  # cells of a column of another name that RDKit must read: C001 looks like one too


def smiles_columns(table: pd.DataFrame) -> list[str]:
    """Finds columns whose cells look like SMILES: those that are called so, or, where there are none, those whose cells
    mostly differ, as those of a label do not (N, S, C)."""
    columns = _looking(table)
    differ = [cells for cells in columns if cells.nunique() > cells.count() / 2]
    plain = [cells for cells in differ if not _is_inchi(cells)]
    return [str(cells.name) for cells in list(filter(_called_so, columns)) or plain or differ]


def named_smiles(table: pd.DataFrame) -> bool:
    """Tells whether a column is called SMILES, and looks like it, or holds InChI."""
    return any(_called_so(cells) or _is_inchi(cells) for cells in _looking(table))


def hold_smiles(table: pd.DataFrame) -> bool:
    """Tells whether a column is called SMILES and looks like it, or holds what RDKit reads."""
    frame = as_frame(table)
    return named_smiles(frame) or bool(parsed_smiles(frame))


def parsed_smiles(frame: pd.DataFrame) -> list[str]:
    """Finds columns whose cells look like SMILES, and of which RDKit reads the first; none without RDKit."""
    if find_spec("rdkit") is None:
        return []
    with quiet_rdkit():
        return [name for name in smiles_columns(frame) if _parses(frame[name])]


def _parses(cells: pd.Series) -> bool:
    filled_cells = first_filled(cells, PARSED)
    return sum(canonical(str(cell)) is not None for cell in filled_cells) >= SMILES_SHARE * len(filled_cells)


def molecules_and_values(smiles: Iterable, values: object, names: str | list[str]) -> Raw:
    """Joins texts with values (n,), (n, T), a dict of columns or a DataFrame, which are called so. Raises DataError
    where there are not as many.

    Args:
        smiles: texts.
        values: Values of the molecules.
        names: Names of the values.
    """
    texts = ["" if text is None else str(text) for text in smiles]
    names = [names] if isinstance(names, str) else list(names)
    properties = pd.DataFrame(values).reset_index(drop=True)
    if isinstance(values, (dict, pd.DataFrame)):
        properties = properties.set_axis([str(name) for name in properties.columns], axis=1)
    elif properties.shape[1] == len(names):
        properties = properties.set_axis(names, axis=1)
    else:
        raise DataError(
            f"there are {properties.shape[1]} values of each molecule and {len(names)} names: name each in target"
        )
    if len(properties) != len(texts):
        raise DataError(f"there are {len(texts):,} molecules and {len(properties):,} values: give one for each")
    return Raw(
        "molecules",
        "molecules",
        texts,
        beside=properties,
        places=Numbered("row", range(1, len(texts) + 1)),
        account=Account(),
    )


def molecules_of_table(table: pd.DataFrame, column: str | None, name: str, source_name: str) -> Raw:
    """Reads the molecules of a column, by default the only one that looks like SMILES.

    Raises DataError where it is not there, or which it is cannot be told.

    Args:
        table: a DataFrame.
        column: Column of SMILES.
        name: column of the molecules' names.
        source_name: what to call the table.
    """
    frame = as_frame(table)
    if column is None:
        names = smiles_columns(frame)
        if len(names) != 1:
            name_list = " and ".join(f"'{name}'" for name in names[:3])
            sentence = (
                f"columns {name_list} of {source_name} look like SMILES"
                if names
                else f"no column of {source_name} looks like SMILES"
            )
            raise DataError(f"{sentence}: name the one that is meant with --column (column=)")
        (column,) = names
    require_column(column, list(frame.columns), "the molecules")
    numbers = np.arange(len(frame)) + 1
    if PUBCHEM_TAG in frame:  # rows of types, texts and units are no results
        results = ~frame[PUBCHEM_TAG].astype(str).str.startswith("RESULT_").to_numpy(bool)
        frame, numbers = frame[results], numbers[results]
    cells = frame[column]
    smiles = cells.where(cells.notna(), "").astype(str).tolist()
    places = Numbered("row", numbers.tolist())
    other_columns = frame.drop(columns=column).reset_index(drop=True)
    return Raw("molecules", name, smiles, beside=other_columns, column=column, places=places, account=Account())


def _require_one_column(names: list[str], source_name: str) -> str:
    """The one column of SMILES. Raises DataError for several."""
    if len(names) > 1:
        raise DataError(
            f"columns {' and '.join(map(repr, names[:3]))} of {source_name} look like SMILES: leave the one that "
            "is meant"
        )
    return names[0]


def _called_so(cells: pd.Series) -> bool:
    return "smiles" in str(cells.name).lower()


def _is_inchi(cells: pd.Series) -> bool:
    """Whether cells that look like SMILES are InChI, which is taken where no column holds SMILES."""
    return first_filled(cells, GLANCED_CELLS).astype(str).str.startswith(INCHI).mean() >= SMILES_SHARE


def _looking(table: pd.DataFrame) -> list[pd.Series]:
    """Columns whose cells look like SMILES, as numbers do not."""
    return [cells for _, cells in table.select_dtypes(exclude=["number", "bool"]).items() if _looks_like_smiles(cells)]


def _looks_like_smiles(cells: pd.Series) -> bool:
    filled_cells = first_filled(cells, GLANCED_CELLS)
    texts = [cell for cell in filled_cells if isinstance(cell, str)]
    return len(texts) > 0 and sum(map(looks_like_smiles, texts)) >= SMILES_SHARE * len(filled_cells)


NOTE_COLUMNS = 5  # columns that a note names
NAMES = ("name", "id")  # columns, in any letters, that say what a molecule is called
EXPORTED_NAME = re.compile(r"(molecule|compound|ligand)[\w ]*(chembl id|name|id)|pubchem_cid", re.IGNORECASE)


def name_column(names: Sequence[str]) -> str | None:
    """Finds the column that names molecules, where there is one."""
    usual_names = [name for candidate_name in NAMES for name in names if name.lower() == candidate_name]
    return next(iter([*usual_names, *filter(EXPORTED_NAME.fullmatch, names)]), None)


@dataclass(frozen=True)
class DescriptorFile:
    """A person's table of descriptors.

    Args:
        columns: Columns of numbers.
        values: (rows, D) float32, NaN where a cell is empty.
        row_of: a molecule's canonical SMILES, or its name where the table has no SMILES, -> its row.
        by_name: which of them.
        called: as a message calls it.
        notes: Notes for the user.
    """

    columns: tuple[str, ...]
    values: np.ndarray
    row_of: dict[str, int]
    by_name: bool
    called: str
    notes: tuple[str, ...] = ()

    def rows(self, smiles: Sequence[str], names: Sequence[str], columns: Sequence[str] = ()) -> np.ndarray:
        """Looks up descriptors (n, D) float32 of molecules, NaN in the rows of those that it does not have. Raises
        DataError for a column that it lacks.

        Args:
            smiles: canonical, of the molecules.
            names: Names of the molecules.
            columns: which, and in which order. Default: all.
        """
        if missing_names := [name for name in columns if name not in self.columns]:
            raise DataError(
                f"{self.called} has no column '{missing_names[0]}', which the model was trained with: add it"
            )
        at = np.array([self.row_of.get(key, -1) for key in (names if self.by_name else smiles)], int)
        values = self.values if not columns else self.values[:, [self.columns.index(name) for name in columns]]
        table = np.full((len(at), values.shape[1]), np.nan, np.float32)
        table[at >= 0] = values[at[at >= 0]]
        return table


def read_descriptors(given: object, standard: Standard, reader: Reader) -> DescriptorFile:
    """Reads descriptors from a table. Raises DataError for one without SMILES and names, or without numbers.

    Args:
        given: a file or a DataFrame.
        standard: how its molecules are written.
        reader: Reader of its source.
    """
    raw, text = reader.read(Source.take(given, {"kind": "tables"}))
    if not isinstance(raw, Raw) or raw.kind != "tables":
        raise DataError(f"{text} holds {reader.called(raw.kind)}, and descriptors are columns of a table: give a table")
    table = as_frame(raw.items)
    by_name = not hold_smiles(table)
    column = name_column(list(table.columns)) if by_name else _require_one_column(smiles_columns(table), text)
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
    if repeated_count := sum(map(bool, keys)) - len(row_of):
        notes.append(f"{repeated_count:,} rows of {text} describe a molecule again: the first of them is taken")
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
        shown_names = f"{', '.join(empty[:NOTE_COLUMNS])}{', ..' * (len(empty) > NOTE_COLUMNS)}"
        notes.append(f"columns of {text} without a number are left out: {shown_names}")
    if words := table.shape[1] - numbers.shape[1] - len(empty):
        notes.append(f"columns of {text} that hold words are left out: {words:,}")
    if holes := int(numbers.isna().to_numpy().sum()):
        notes.append(f"{holes:,} empty cells of {text} are filled with the mean of training molecules")
    return numbers, notes


def joined(file: DescriptorFile, smiles: Sequence[str], names: Sequence[str]) -> tuple[np.ndarray, list[str]]:
    """Joins descriptors (n, D) to molecules to learn from, and says how many were found. Raises DataError where none of
    them is in the file.

    Args:
        file: File of descriptors.
        smiles: canonical, of the molecules.
        names: Names of the molecules.
    """
    values = file.rows(smiles, names)
    missing_count = int(np.isnan(values).all(1).sum())
    if missing_count == len(values):
        key_name = "name" if file.by_name else "SMILES"
        raise DataError(
            f"{file.called} describes none of {len(values):,} molecules by their {key_name}: give descriptors of them"
        )
    notes = [f"{values.shape[1]:,} descriptors of {file.called}, joined by {'name' if file.by_name else 'SMILES'}"]
    if missing_count:
        notes.append(
            f"{missing_count:,} of {len(values):,} molecules are not in {file.called}: the training mean stands in"
        )
    return values, [*notes, *file.notes]


def _keys(cells: pd.Series, standard: Standard | None) -> list[str]:
    """Names, or canonical SMILES, "" where there is none."""
    texts = ["" if pd.isna(cell) else str(cell).strip() for cell in cells]
    if standard is None:
        return texts
    with quiet_rdkit():
        return [standard.smiles_or(text, "") for text in texts]
