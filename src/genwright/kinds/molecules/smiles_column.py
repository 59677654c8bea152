"""A column of a table as molecules, and the other columns beside it, which may be given."""

from importlib.util import find_spec
from typing import Any

import pandas as pd

from ...chemistry.standards import canonical, quiet_rdkit
from ...chemistry.symbols import looks_like_smiles
from ...core.errors import DataError
from ..raw import Numbered, Raw
from ..tables.frames import as_frame, require_column

GLANCED_CELLS, SMILES_SHARE = 200, 0.9  # cells that are looked at, and the share of them that must look like SMILES
PARSED = 20  # cells of a column of another name that RDKit must read: C001 looks like one too


def smiles_columns(table: pd.DataFrame) -> list[str]:
    """Columns whose cells look like SMILES: those that are called so, or, where there are none, those whose cells
    mostly differ, as those of a label do not (N, S, C)."""
    names = [str(name) for name in table.columns if _looks(table[name])]
    differ = [name for name in names if table[name].nunique() > table[name].count() / 2]
    return [name for name in names if _called_so(name)] or differ


def named_smiles(table: pd.DataFrame) -> bool:
    """Whether a column is called SMILES, and looks like it."""
    return any(_called_so(str(name)) and _looks(table[name]) for name in table.columns)


def hold_smiles(table: pd.DataFrame) -> bool:
    """Whether a column is called SMILES and looks like it, or holds what RDKit reads."""
    frame = as_frame(table)
    return named_smiles(frame) or bool(parsed_smiles(frame))


def parsed_smiles(frame: pd.DataFrame) -> list[str]:
    """Columns whose cells look like SMILES, and of which RDKit reads the first; none without RDKit."""
    if find_spec("rdkit") is None:
        return []
    with quiet_rdkit():
        return [name for name in smiles_columns(frame) if _parses(frame[name])]


def _parses(cells: pd.Series) -> bool:
    filled = cells.dropna().head(PARSED)
    return sum(canonical(str(cell)) is not None for cell in filled) >= SMILES_SHARE * len(filled)


def molecules_and_values(smiles: Any, values: Any, names: str | list[str]) -> Raw:
    """Texts, and values (n,), (n, T), a dict of columns or a DataFrame, which are called so. Raises DataError where
    there are not as many."""
    texts = ["" if text is None else str(text) for text in smiles]
    names = [names] if isinstance(names, str) else list(names)
    beside = pd.DataFrame(values).reset_index(drop=True)
    if isinstance(values, (dict, pd.DataFrame)):
        beside = beside.set_axis([str(name) for name in beside.columns], axis=1)
    elif beside.shape[1] == len(names):
        beside = beside.set_axis(names, axis=1)
    else:
        raise DataError(
            f"there are {beside.shape[1]} values of each molecule and {len(names)} names: name each in target"
        )
    if len(beside) != len(texts):
        raise DataError(f"there are {len(texts):,} molecules and {len(beside):,} values: give one for each")
    return Raw("molecules", "molecules", texts, beside=beside, places=Numbered("row", range(1, len(texts) + 1)))


def molecules_of_table(table: pd.DataFrame, column: str | None, name: str, what: str) -> Raw:
    """The molecules of a column, by default the only one that looks like SMILES. what: what to call the table.

    Raises DataError where it is not there, or which it is cannot be told.
    """
    frame = as_frame(table)
    if column is None:
        names = smiles_columns(frame)
        if len(names) != 1:
            ours = " and ".join(f"'{name}'" for name in names[:3])
            told = f"columns {ours} of {what} look like SMILES" if names else f"no column of {what} looks like SMILES"
            raise DataError(f"{told}: name the one that is meant with --column (column=)")
        (column,) = names
    require_column(column, list(frame.columns), "the molecules")
    cells = frame[column]
    smiles = cells.where(cells.notna(), "").astype(str).tolist()
    places = Numbered("row", range(1, len(smiles) + 1))
    beside = frame.drop(columns=column).reset_index(drop=True)
    return Raw("molecules", name, smiles, beside=beside, column=column, places=places)


def _called_so(name: str) -> bool:
    return "smiles" in name.lower()


def _looks(cells: pd.Series) -> bool:
    filled = cells.dropna().head(GLANCED_CELLS)
    texts = [cell for cell in filled if isinstance(cell, str)]
    return len(texts) > 0 and sum(map(looks_like_smiles, texts)) >= SMILES_SHARE * len(filled)
