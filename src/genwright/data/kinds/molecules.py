"""Molecules as strings."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ..kind import TEXT, Format, Held, Kind, Source, are_texts
from ..option import CHARGES, COLUMN, GIVEN, NOTATION, SALTS, SPLIT, STEREO, TAUTOMERS
from ..raw import Raw
from .graph_sets import GRAPH_SETS

if TYPE_CHECKING:
    import pandas as pd

MOLECULES = "molecules"


def _is_molecules(source: Source) -> bool:
    """A file of SMILES; where molecules are asked for, also lines, a list of texts, and an .sdf, which else is points
    in space."""
    from ..readers import sdf_molecules, smiles_files

    asked = source.get("kind") == MOLECULES
    others = (*sdf_molecules.SUFFIXES, *TEXT) if asked else ()
    return source.ends(*smiles_files.SUFFIXES, *others) or (asked and are_texts(source.given))


def _molecules(source: Source) -> Raw:
    from ..readers.sdf_molecules import SUFFIXES, read_sdf_molecules
    from ..readers.smiles_files import read_smiles

    if source.path is None:
        texts = ["" if text is None else str(text) for text in source.given]
        return Raw(MOLECULES, "molecules", texts)
    return (read_sdf_molecules if source.ends(*SUFFIXES) else read_smiles)(source.path)


def _take(raw: Held, source: Source) -> Held:
    """A table with a column of molecules, or lines where molecules are asked for."""
    if raw.kind == "tables" and holds_molecules(raw.items, source):
        from ..readers.smiles_column import molecules_of_table

        return molecules_of_table(raw.items, source.get("column"), raw.name, source.called)
    if raw.kind == "sequences" and source.get("kind") == MOLECULES and not raw.window:
        return replace(raw, kind=MOLECULES)
    return raw


def holds_molecules(table: pd.DataFrame, source: Source) -> bool:
    """Whether a table is taken for molecules: where they are asked for, or a column is called SMILES and looks like it,
    unless columns are corrected, as those of tables are, or cut in windows."""
    if source.get("kind") not in (None, GRAPH_SETS) or any(map(source.get, ("types", "drop", "windows"))):
        return source.get("kind") == MOLECULES
    from ..readers.smiles_column import named_smiles

    return named_smiles(table)


KIND = Kind(
    MOLECULES,
    "molecules",
    "genwright.data.molecules",
    options=(GIVEN, COLUMN, NOTATION, SALTS, CHARGES, STEREO, TAUTOMERS, SPLIT),
    formats=(Format(_is_molecules, _molecules),),
    schema=Path(__file__).with_suffix(".schema.json"),
    small_data="genwright.contract.kinds:Molecules",
    take=_take,
)
