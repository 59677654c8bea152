"""A table with one row for each node: its columns become features by the rules of docs/tables.md, one of them the
label, one the split. Labels, of nodes or of graphs, are cells as people write them: classes, or targets.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from ...core.account import Account
from ...core.errors import DataError
from ...networks.graph.features import Features
from ..splits import PART_WORDS
from ..tables.columns import Constant, Ignored, Labels, Number
from ..tables.fit_column import fit_column
from ..tables.frames import require_column
from ..values.cells import HUGE, read_numbers
from ..values.corrections import Corrections
from ..values.date_forms import find_number_form
from ..values.reading import Reading, blank, find_reading
from .graph_data import UNKNOWN
from .node_columns import IDENTITY_NOTE, NodeColumn, NodeColumns, identity_features, numbers, texts


def labels_of(cells: pd.Series, name: str, kind: str | None = None) -> tuple[Tensor, tuple[str, ...]]:
    """y: (n,) int64 with UNKNOWN where the cell is empty, and the classes in their order; or float targets and no
    classes.

    Words, truth values and whole numbers are classes, other numbers are targets. kind: "number" or "category" says
    otherwise.
    """
    known = cells.dropna()
    if kind == "number" or (kind != "category" and not _are_classes(known)):
        return torch.tensor(numbers(cells, name), dtype=torch.float32), ()
    if known.map(lambda v: isinstance(v, (list, dict, set, np.ndarray))).any():
        raise DataError(f"'{name}' holds lists where a label belongs: name an attribute with one value for each")
    words = np.array(texts(cells), dtype=object)
    words[cells.isna().to_numpy()] = ""
    classes = tuple(sorted(set(words[cells.notna().to_numpy()]), key=_order))
    codes = pd.Index(classes, dtype=object).get_indexer(words)
    return torch.as_tensor(np.where(cells.isna(), UNKNOWN, codes).astype(np.int64)), classes


def array_labels(y: np.ndarray, n: int, what: str, name: str) -> tuple[Tensor, tuple[str, ...]]:
    """Labels from an array (n,) or (n, 1), as in `labels_of`. -1 is no label, except where labels are -1 and 1."""
    y = y[:, 0] if y.ndim == 2 and y.shape[1] == 1 else y
    if y.shape != (n,):
        raise DataError(f"{what} has labels of shape {tuple(y.shape)} for {n:,} {name}: give one label to each")
    cells = pd.Series(y)
    if y.dtype.kind == "i" and set(np.unique(y)) != {-1, 1}:
        cells = cells.astype("Int64").mask(cells == UNKNOWN)
    return labels_of(cells, "y")


def read_split_column(cells: pd.Series) -> np.ndarray | None:
    """(n,) "train" | "valid" | "test" | "", None where the cells say anything else, or name no training."""
    words = cells.astype(object).where(cells.notna(), "").map(lambda cell: str(cell).strip().lower())
    known = words.isin(PART_WORDS)
    return words.map(PART_WORDS).to_numpy(dtype="<U5") if known.all() and (words == "train").any() else None


def _are_classes(known: pd.Series) -> bool:
    if pd.api.types.is_bool_dtype(known.dtype) or not pd.api.types.is_numeric_dtype(known.dtype):
        return pd.api.types.infer_dtype(known) not in (
            "floating",
            "mixed-integer-float",
            "decimal",
        ) or _are_whole_numbers(known)
    return _are_whole_numbers(known)


def _are_whole_numbers(known: pd.Series) -> bool:
    values = pd.to_numeric(known).to_numpy(np.float64)
    return bool((values == np.rint(values)).all())


def _order(label: str) -> tuple:
    """Numbers by their size, before words by the alphabet."""
    try:
        return 0, float(label), label
    except ValueError:
        return 1, 0.0, label


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
    account: Account


def nodes_of(
    table: pd.DataFrame, target: str | None = None, types: dict[str, str] | None = None, drop: list[str] | None = None
) -> Nodes:
    """table: one row a node, without the column of their names. target: the column of labels. types, drop: as in
    `load_data`.

    Raises DataError for a column that is missing, or whose cells are not of the type in `types`.
    """
    types, account, parts = dict(types or {}), Account(len(table), len(table)), None
    table = table.set_axis([str(name) for name in table.columns], axis=1).reset_index(drop=True)
    Corrections.of_options({"types": types, "drop": drop}).require_columns(table.columns)
    y, classes = None, ()
    if target is not None:
        require_column(target, list(table.columns), "target")
        y, classes = labels_of(table.pop(target), target, types.pop(target, None))
    for name in [name for name in table.columns if name.lower() in SPLIT and parts is None]:
        parts = read_split_column(table[name])
        if parts is not None:
            account.remarks.append(f"column `{name}` is the split")
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
                account.remarks += [f"`{name}`: {reading.note}"] * bool(reading.note)
                table[name] = _plain(table[name], name, reading)
                types |= {name: types.get(name, "number")} if reading.written else {}
                types |= {name: "date"} if reading.dates else {}
            column = _column(name, table[name], types.get(name))
        (left if isinstance(column, str) else columns).append(
            f"`{name}`, {column}" if isinstance(column, str) else column
        )
    account.ignore("columns", left)
    if not columns:
        account.remarks.append(IDENTITY_NOTE)
        return Nodes(identity_features(len(table)), y, classes, parts, table, None, account)
    columns = NodeColumns(tuple(columns))
    return Nodes(columns.encode(table), y, classes, parts, table, columns, account)


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
    means = zip(table.columns[sure].tolist(), values[sure], values[sure].mean(1).tolist())
    return {name: NodeColumn(name, mean=mean) for name, own, mean in means if find_number_form(own) is None}


def _column(name: str, cells: pd.Series, kind: str | None) -> NodeColumn | str:
    """The features of a column, or why it has none."""
    column, missing = fit_column(name, cells, kind), bool(cells.isna().any())
    if isinstance(column, Ignored):
        return column.why
    if isinstance(column, Constant):
        return "the same everywhere"
    if isinstance(column, Number):
        values = numbers(cells, name)
        return NodeColumn(name, missing=missing, mean=float(np.nanmean(values)))
    if isinstance(column, Labels):
        labels = tuple(dict.fromkeys(texts(pd.Series(column.labels))))
        return NodeColumn(name, labels[1:] if column.kind == "boolean" else labels, bool(column.rare), missing)
    return "a date: give a number, such as the days since another"
