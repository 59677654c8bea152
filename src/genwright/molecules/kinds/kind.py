"""Molecules: as strings to generate, or with measured values to predict, which a target names."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ...core.account import Account
from ...core.domain import Question
from ...core.errors import DataError
from ...graphs.kinds.graph_sets import GRAPH_SETS
from ...kinds.formats.forms import TEXT, suffixes_of
from ...kinds.formats.raw import Raw
from ...kinds.formats.source import Held, Source
from ...kinds.kind import Format, Kind, Widgets
from ...kinds.options import take_options
from ...kinds.points.kind import NO_PROOF

if TYPE_CHECKING:
    import pandas as pd

MOLECULES = "molecules"


def _names_molecules(source: Source) -> bool:
    """Whether a source asks for molecules, by name or by a target, which else only tables and graphs have."""
    kind = source.get("kind")
    return kind == MOLECULES or (kind is None and source.get("target") is not None)


def _is_molecules(source: Source) -> bool:
    """A file of SMILES; where molecules are asked for, also lines, a list of texts, and an .sdf, which else is points
    in space."""
    from . import molecule_files

    is_named = _names_molecules(source)
    if source.is_folder:
        from ...kinds.formats.folders import list_files

        return is_named and bool(list_files(source.path, molecule_files.BONDED)[0])
    other_forms = (*molecule_files.BONDED, *TEXT) if is_named else ()
    return source.ends(*suffixes_of("genwright.molecules.kinds.molecule_files"), *other_forms) or (
        is_named and source.holds_texts
    )


def _molecules(source: Source) -> Raw:
    from .molecule_files import BONDED, read_sdf_molecules, read_smiles

    if source.path is None:
        texts = ["" if text is None else str(text) for text in source.given]
        return Raw(MOLECULES, "molecules", texts, account=Account())
    return (read_sdf_molecules if source.is_folder or source.ends(*BONDED) else read_smiles)(source.path)


def _is_measured(source: Source) -> bool:
    """(smiles, values) with the names of the values."""
    return source.is_pair and source.get("target") is not None and source.get("kind") in (None, MOLECULES)


def _measured(source: Source) -> Raw:
    from .molecule_tables import molecules_and_values

    return molecules_and_values(*source.given, source.get("target"))


def _take(raw: Held, source: Source) -> Held:
    """Molecules of a table, of lines or of bonds between points without positions; as graphs, where these are asked
    for."""
    raw = _as_molecules(raw, source)
    if raw.kind != MOLECULES or source.get("kind") != GRAPH_SETS:
        return raw
    from .molecule_texts import as_graphs

    return as_graphs(raw)


def _as_molecules(raw: Held, source: Source) -> Held:
    if raw.kind == "points" and source.path is not None and _lie_nowhere(raw, source):
        from .molecule_files import read_sdf_molecules

        raw = read_sdf_molecules(source.path)
        raw.account.remarks.append("every coordinate is 0: these are molecules by their bonds")
        return raw
    if raw.kind == "tables" and _hold_molecules(raw, source):
        from .molecule_tables import molecules_of_table

        lines = molecules_of_table(raw.items, raw.column or source.get("column"), raw.name, source.called)
        return replace(lines, account=raw.account + lines.account, asked=raw.asked, sheet=raw.sheet)
    if raw.kind == "tables" and not raw.column and _names_molecules(source):
        raise DataError(
            f"target '{source.get('target')}' needs molecules, and no column of {source.called} looks like SMILES. "
            "Name the SMILES column with --column (column=), or pass the nodes of an edge list with --nodes (nodes=)"
        )
    if raw.kind == "sequences" and _names_molecules(source) and not raw.window:
        return replace(raw, kind=MOLECULES)
    return raw


def _lie_nowhere(raw: Raw, source: Source) -> bool:
    """Whether points of files that have bonds all lie at 0, as a drawing without coordinates has them."""
    from .molecule_files import BONDED

    sets = [item for item in raw.items if len(item) > 1]
    bonded = source.is_folder or source.ends(*BONDED)
    return bonded and bool(sets) and not any(item.positions.any() for item in sets)


def _hold_molecules(raw: Raw, source: Source) -> bool:
    """Whether a table is taken for molecules; one of which a column is wanted by that column."""
    if not raw.column:
        return holds_molecules(raw.items, source)
    return raw.column in raw.items and holds_molecules(raw.items[[raw.column]], source)


def are_measured(source: Source) -> bool:
    """Tells whether a source with a target is molecules with measured values, without reading it."""
    return source.get("kind") in (None, MOLECULES) and (source.get("column") is not None or _is_molecules(source))


def hold_measured(raw: Held, source: Source) -> bool:
    """Tells whether contents that were read without the target are molecules with measured values."""
    if source.get("kind") not in (None, MOLECULES):
        return False
    return raw.kind == MOLECULES or (raw.kind == "tables" and holds_molecules(raw.items, source))


def holds_molecules(table: pd.DataFrame, source: Source) -> bool:
    """Tells whether a table is taken for molecules: where they are asked for, or a column is called SMILES and looks
    like it. Columns that are corrected, as those of tables are, or cut in windows are none. With a target, a column
    that is named, or holds SMILES, suffices.

    Args:
        table: The table.
        source: What the user passed: a path, a name or an object.
    """
    from .molecule_tables import hold_smiles, named_smiles

    if source.get("kind") is None and source.get("target") is not None:
        return source.get("column") is not None or hold_smiles(table)
    if source.get("kind") not in (None, GRAPH_SETS) or any(map(source.get, ("types", "drop", "windows"))):
        return source.get("kind") == MOLECULES
    return named_smiles(table)


def _recognise(columns: pd.DataFrame) -> list[Question]:
    from .recognise import ask_molecules

    return ask_molecules(columns)


KIND = Kind(
    MOLECULES,
    "molecules",
    "genwright.molecules.kinds.load",
    options=take_options("given column notation salts charges stereo tautomers keep split target types missing log "
        "positive leave_out bounds descriptors group time split_column sheet header_row"),
    formats=(Format(_is_molecules, _molecules), Format(_is_measured, _measured, "molecules and values", asked=True)),
    schema=Path(__file__).with_suffix(".schema.json"),
    small_data="genwright.molecules.contract:Molecules",
    take=_take, recognise=_recognise, wants_target=are_measured, holds_target=hold_measured,
    cautions=(NO_PROOF,), widgets=Widgets(rows=True),
)  # fmt: skip
