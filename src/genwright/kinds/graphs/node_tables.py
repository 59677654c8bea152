"""A table with one row a node: its columns become features by the rules of docs/tables.md, one of them the label, one
the split."""

from typing import NamedTuple

import numpy as np
import pandas as pd
from torch import Tensor

from ...core.errors import DataError
from ...networks.graph.features import Features
from ..tables.cells import HUGE, read_numbers
from ..tables.columns import Constant, Ignored, Labels, Number
from ..tables.fit_column import KINDS, fit_column
from ..tables.frames import require_column
from ..tables.reading import Reading, blank, find_reading
from .graph_labels import labels_of, read_split_column
from .node_columns import IDENTITY_NOTE, NodeColumn, NodeColumns, identity_features, numbers, texts

SPLIT = ("split", "part", "parts")


class Nodes(NamedTuple):
    """Nodes of a table. y, classes: as in GraphData, None and () if no target is named. table: all columns but labels
    and split."""

    x: Features
    y: Tensor | None
    classes: tuple[str, ...]
    parts: np.ndarray | None
    table: pd.DataFrame | None
    columns: NodeColumns | None
    notes: list[str]


def nodes_of(
    table: pd.DataFrame, target: str | None = None, types: dict[str, str] | None = None, drop: list[str] | None = None
) -> Nodes:
    """table: one row a node, without the column of their names. target: the column of labels. types, drop: as in
    `load_data`.

    Raises DataError for a column that is missing, or whose cells are not of the type in `types`.
    """
    types, notes, parts = dict(types or {}), [], None
    table = table.set_axis([str(name) for name in table.columns], axis=1).reset_index(drop=True)
    for name, wanted in [*[(name, "types") for name in types], *[(name, "drop") for name in drop or ()]]:
        require_column(name, list(table.columns), wanted)
    wrong = [(name, kind) for name, kind in types.items() if kind not in KINDS]
    if wrong:
        raise DataError(f"kind '{wrong[0][1]}' of column '{wrong[0][0]}' is not known: use one of {', '.join(KINDS)}")
    y, classes = None, ()
    if target is not None:
        require_column(target, list(table.columns), "target")
        y, classes = labels_of(table.pop(target), target, types.pop(target, None))
    for name in [name for name in table.columns if name.lower() in SPLIT and parts is None]:
        parts = read_split_column(table[name])
        if parts is not None:
            notes.append(f"column `{name}` is the split")
            table = table.drop(columns=name)
    columns, left, sure = [], [], _sure_numbers(table.drop(columns=[*types, *(drop or ())]))
    for name in table.columns:
        if name in (drop or ()):
            column = "dropped on request"
        elif name in sure:
            column = sure[name]
        else:
            reading = find_reading(table[name], name, types.get(name))
            if reading != Reading():
                notes += [f"`{name}`: {reading.note}"] * bool(reading.note)
                table[name] = _plain(table[name], name, reading)
                types |= {name: types.get(name, "number")} if reading.written else {}
            column = _column(name, table[name], types.get(name))
        (left if isinstance(column, str) else columns).append(
            f"`{name}`, {column}" if isinstance(column, str) else column
        )
    notes += [f"columns left out: {'; '.join(left)}"] * bool(left)
    if not columns:
        notes.append(IDENTITY_NOTE)
        return Nodes(identity_features(len(table)), y, classes, parts, table, None, notes)
    columns = NodeColumns(tuple(columns))
    return Nodes(columns.encode(table), y, classes, parts, table, columns, notes)


def _plain(cells: pd.Series, name: str, reading: Reading) -> pd.Series:
    """The cells without those that stand for a missing value, and numbers where they are written as text."""
    cells = blank(cells, reading.missing)
    return cells if reading.written is None else pd.Series(read_numbers(cells, name, reading.written), cells.index)


def _sure_numbers(table: pd.DataFrame) -> dict[str, NodeColumn]:
    """Columns, found in one pass, that can be nothing but numbers: filled, different, and one of them twice if they are
    whole."""
    table = table.select_dtypes([np.int64, np.float64])
    values = np.ascontiguousarray(table.to_numpy(np.float64).T)
    if not values.size:
        return {}
    low, high = values.min(1), values.max(1)  # NaN where one is missing, of which nothing below is true
    sure = (low < high) & (high - low + 1 < len(table)) & (np.maximum(-low, high) <= HUGE)
    return {
        name: NodeColumn(name, mean=mean)
        for name, mean in zip(table.columns[sure].tolist(), values[sure].mean(1).tolist())
    }


def _column(name: str, cells: pd.Series, kind: str | None) -> NodeColumn | str:
    """How a column becomes features, or why it does not."""
    column, missing = fit_column(name, cells, kind), bool(cells.isna().any())
    if isinstance(column, Ignored):
        return column.why
    if isinstance(column, Constant):
        return "the same everywhere"
    if isinstance(column, Number):
        values = numbers(cells, name)
        return NodeColumn(name, missing=missing, mean=float(np.nanmean(values)))
    if isinstance(column, Labels):
        labels = tuple(texts(pd.Series(column.labels)))
        return NodeColumn(name, labels[1:] if column.kind == "boolean" else labels, bool(column.rare), missing)
    return "a date: give a number, such as the days since another"
