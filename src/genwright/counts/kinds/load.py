"""Counts: split by content, and understood by their domain."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ...core.data import Data
from ...kinds.assemble import Prepared, assemble
from ...kinds.formats.raw import Numbered, Raw, Read
from ...kinds.formats.source import Source
from ...kinds.splits import require_enough
from ...kinds.values.frames import as_frame, check_rows, require_column
from .cellranger import find_matrices
from .domain import Counts, find_groups
from .layers import find_layers
from .rows import CountRows, rows_of_frame

SHOWN = 3  # names in a sentence


def load(raw: Raw, text: str, options: dict, seed: int) -> Data:
    """Raises DataError for too few rows, for numbers that are no counts, and for options that do not fit."""
    given, dropped = list(options.get("given", ())), list(options.get("drop", ()))
    rows = _rows_of(raw, [*given, *options.get("types", ())], dropped, text)
    check_rows(len(rows), text)
    rows = _with_counts(rows, raw)
    require_enough(len(rows), text, raw.account)
    beside = rows.beside
    for name in given:
        require_column(name, list(map(str, beside.columns)), "given")
    groups = find_groups(beside.drop(columns=given))
    raw.account.use("columns of obs", [*given, *([groups] if groups else [])])
    keys = rows.keys()
    if given:
        keys = keys ^ rows.keys_beside(given)
    prepared = Prepared(
        raw, text, options, seed, rows, "rows", keys, values={name: rows.given[name] for name in given},
        beside=beside[given], notes=[*raw.notes, *_describe_names(rows)],
    )  # fmt: skip
    return assemble(prepared, lambda cut: Counts.fit(cut.items["train"], cut.fields, groups, options.get("layer", "")))


def _rows_of(raw: Raw, named: list[str], dropped: list[str], text: str) -> CountRows:
    """The rows of counts that a source holds, with what is known beside them."""
    if isinstance(raw.items, CountRows):
        rows = raw.items if raw.beside is None else raw.items.with_beside(raw.beside)
        return _without(rows, dropped)
    frame = as_frame(raw.items)
    for name in dropped:
        require_column(name, list(frame.columns), "drop")
    frame = frame.drop(columns=dropped)
    is_number = {name: pd.api.types.is_numeric_dtype(frame[name].dtype) for name in frame.columns}
    beside = [name for name in frame.columns if name in named or not is_number[name]]
    raw.account.see("columns of obs", beside)
    return rows_of_frame(frame, beside, text)


def _without(rows: CountRows, dropped: list[str]) -> CountRows:
    """Rows without some of their columns, counted or beside. Raises DataError for one that is not there."""
    beside = list(map(str, rows.beside.columns))
    for name in dropped:
        require_column(name, [*beside, *rows.names], "drop")
    if not dropped:
        return rows
    rows = rows.with_beside(rows.beside.drop(columns=[name for name in dropped if name in beside]))
    return rows.with_columns([name for name in rows.names if name not in dropped])


def _with_counts(rows: CountRows, raw: Raw) -> CountRows:
    """Rows in which anything was counted; the account gets the others."""
    held = rows.sizes > 0
    raw.account.records = len(rows)
    raw.account.leave_out(int((~held).sum()), "row", "nothing was counted in it")
    return rows if held.all() else rows[held]


def _describe_names(rows: CountRows) -> list[str]:
    """A sentence about columns in which nothing was counted."""
    seen = rows.column_sizes > 0
    if seen.all():
        return []
    never = [rows.names[j] for j in np.flatnonzero(~seen)]
    shown = ", ".join(f"`{name}`" for name in never[:SHOWN]) + ", ..." * (len(never) > SHOWN)
    return [f"nothing was counted in {len(never):,} of {len(seen):,} columns ({shown}): samples hardly ever will"]


def read_items(source: Source, domain: Counts) -> Read:
    """Rows of counts for a model, with the columns that it knows, by their names. The layer is that of training, where
    the source has it.

    Raises DataError where one of them is missing.
    """
    if domain.layer and domain.layer in [*find_layers(source), *find_matrices(source)]:
        source = source.but(layer=domain.layer)
    raw = source.read_as(domain.kind)
    if isinstance(raw.items, CountRows):
        rows = raw.items if raw.beside is None else raw.items.with_beside(raw.beside)
        other = domain.other_columns(rows)
    else:
        rows, other = domain.read_table(as_frame(raw.items), source.called)
    raw.account.use("columns of obs", [*domain.given.names, domain.groups])
    raw.account.see("columns that the model does not know", other)
    places = Numbered("row", range(1, len(rows) + 1)) if rows.places is None else rows.places.tolist()
    return Read(domain.with_own_columns(rows), None, places, raw.account)
