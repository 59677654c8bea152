"""A table with one row for each node: its columns become features by the rules of docs/tables.md, one of them the
label, one the split. Labels, of nodes or of graphs, are cells as people write them: classes, or targets.
"""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from ...core.account import Account
from ...core.domain import ask_each
from ...core.errors import DataError
from ...kinds.tables.column_questions import ask_answers, ask_beside, ask_cells, ask_sentinels
from ...kinds.tables.columns import Column, Constant, Ignored, Labels, Number
from ...kinds.tables.fit_column import ON_REQUEST, fit_column
from ...kinds.values.cells import HUGE, read_numbers
from ...kinds.values.corrections import NUMBERS, Corrections
from ...kinds.values.date_forms import find_number_form
from ...kinds.values.frames import require_column
from ...kinds.values.labels import PART_WORDS, label_order, label_texts
from ...kinds.values.masks import as_mask
from ...kinds.values.reading import Reading, blank, find_labels, find_reading
from ..networks.features import Features
from .graph_data import UNKNOWN
from .node_columns import IDENTITY_NOTE, NodeColumn, NodeColumns, identity_features, numbers


def labels_of(
    cells: pd.Series, name: str, account: Account, corrections: Corrections = Corrections()
) -> tuple[Tensor, tuple[str, ...]]:
    """Reads labels from cells. Returns y: (n,) int64 with UNKNOWN where the cell is missing, and the classes in their
    order; or float targets and no classes.

    Words, truth values and whole numbers are classes, other numbers are targets, unless corrections say otherwise.

    Args:
        cells: Cells of the column.
        name: Name of the column.
        account: gains how they were read, and the questions about them.
        corrections: Corrections of the column.
    """
    kind, words = corrections.kind(name), corrections.words(name)
    if cells.map(lambda v: isinstance(v, (list, dict, set, np.ndarray))).any():
        raise DataError(f"'{name}' holds lists where a label belongs: name an attribute with one value for each")
    reading = find_reading(cells, name, kind, words)
    account.remarks += [f"`{name}`: {reading.note}"] * bool(reading.note)
    plain = _plain_cells(cells, name, reading)
    if kind in NUMBERS or (kind is None and not _are_classes(plain.dropna())):
        y, classes = torch.tensor(numbers(plain, name), dtype=torch.float32), ()
    else:
        plain = find_labels(cells, name, words)
        present = plain.notna().to_numpy()
        texts = np.where(present, np.array(label_texts(plain), dtype=object), "")
        classes = tuple(sorted(set(texts[present]), key=label_order))
        codes = pd.Index(classes, dtype=object).get_indexer(texts)
        y = torch.as_tensor(np.where(present, codes, UNKNOWN).astype(np.int64))
    known = y.double().numpy() if not classes else np.where(y == UNKNOWN, np.nan, y)
    account.remarks += map(str, ask_each([ask_answers], name, known, classes, corrections))
    return y, classes


def array_labels(
    y: np.ndarray, n: int, source_name: str, name: str, account: Account
) -> tuple[Tensor, tuple[str, ...]]:
    """Reads labels from an array (n,) or (n, 1), as in `labels_of`. -1 is no label, except where labels are -1 and 1.

    Args:
        y: labels.
        n: number of items.
        source_name: name of the source, for messages.
        name: Name of the items, for messages.
        account: gains how they were read.
    """
    y = y[:, 0] if y.ndim == 2 and y.shape[1] == 1 else y
    if y.shape != (n,):
        raise DataError(f"{source_name} has labels of shape {tuple(y.shape)} for {n:,} {name}: give one label to each")
    cells = pd.Series(y)
    if y.dtype.kind == "i" and set(np.unique(y)) != {-1, 1}:
        cells = cells.astype("Int64").mask(cells == UNKNOWN)
    return labels_of(cells, "y", account)


def read_split_column(cells: pd.Series) -> np.ndarray | None:
    """Reads the parts (n,) "train" | "valid" | "test" | "" from cells, None where the cells say anything else, or name
    no training."""
    words = cells.astype(object).where(cells.notna(), "").map(lambda cell: str(cell).strip().lower())
    known = words.isin(PART_WORDS)
    return words.map(PART_WORDS).to_numpy(dtype="<U5") if known.all() and (words == "train").any() else None


def parts_of_masks(masks: Mapping[str, np.ndarray], nodes: int, source_name: str) -> np.ndarray | None:
    """Reads the parts (nodes,) "train" | "valid" | "test" | "" from bool masks; None where no node is to train. Raises
    DataError where a node is in two.

    Args:
        masks: by their names, such as `train_mask`.
        nodes: number of nodes.
        source_name: name of the source, for messages.
    """
    parts = np.full(nodes, "", dtype="<U5")
    for name, mask in masks.items():
        part = PART_WORDS[name.lower().removesuffix(MASK)]
        if (repeated_nodes := np.flatnonzero(mask & (parts != ""))).size:
            node, other_part = int(repeated_nodes[0]), parts[repeated_nodes[0]]
            raise DataError(
                f"{repeated_nodes.size:,} nodes of {source_name} are in two masks, node {node} in {other_part} "
                f"and {part}: leave each in one"
            )
        parts[mask] = part
    return parts if (parts == "train").any() else None


def _masks_of(table: pd.DataFrame) -> dict[str, np.ndarray]:
    """Columns of a table that are masks of the split, by their names and cells."""
    mask_names = [name for name in table.columns if name.lower().endswith(MASK)]
    mask_names = [name for name in mask_names if name.lower().removesuffix(MASK) in PART_WORDS]
    masks = {name: as_mask(table[name]) for name in mask_names}
    return {name: mask for name, mask in masks.items() if mask.dtype == bool}


def _are_classes(known: pd.Series) -> bool:
    if pd.api.types.is_bool_dtype(known.dtype) or not pd.api.types.is_numeric_dtype(known.dtype):
        return pd.api.types.infer_dtype(known) not in (
            "floating",
            "mixed-integer-float",
            "decimal",
        ) or _are_whole_numbers(known)
    return _are_whole_numbers(known)


def _are_whole_numbers(known: pd.Series) -> bool:
    values = read_numbers(known, str(known.name))
    return bool((values == np.rint(values)).all())


SPLIT, MASK = ("split", "part", "parts"), "_mask"


class Nodes(NamedTuple):
    """The nodes of a table.

    Args:
        y: as in GraphData, None and () if no target is named.
        classes: as in GraphData, None and () if no target is named.
        table: all columns but labels and split.
        columns: Names of the columns.
        account: Record of what the reader saw and used.
    """

    x: Features
    y: Tensor | None
    classes: tuple[str, ...]
    parts: np.ndarray | None
    table: pd.DataFrame | None
    columns: NodeColumns | None
    account: Account


def nodes_of(table: pd.DataFrame, target: str | None = None, corrections: Corrections = Corrections()) -> Nodes:
    """Reads a table of nodes: features, labels and split.

    Raises DataError for a column that is missing, or whose cells are not of the kind in `corrections`.

    Args:
        table: one row a node, without the column of their names.
        target: the column of labels.
        corrections: Corrections of the columns.
    """
    account, parts = Account(len(table), len(table)), None
    table = table.set_axis([str(name) for name in table.columns], axis=1).reset_index(drop=True)
    corrections.require_columns(table.columns)
    y, classes = None, ()
    if target is not None:
        require_column(target, list(table.columns), "target")
        y, classes = labels_of(table.pop(target), target, account, corrections)
        if not classes:
            account.remarks += map(str, ask_each([ask_beside], table))
    for name in [name for name in table.columns if name.lower() in SPLIT and parts is None]:
        parts = read_split_column(table[name])
        if parts is not None:
            account.remarks.append(f"column `{name}` is the split")
            table = table.drop(columns=name)
    if parts is None and (masks := _masks_of(table)):
        parts = parts_of_masks(masks, len(table), "the table")
        if parts is not None:
            account.remarks.append(f"columns {', '.join(f'`{name}`' for name in masks)} are the split")
            table = table.drop(columns=list(masks))
    corrected = [name for name in table.columns if corrections.kind(name) or corrections.words(name)]
    columns, remaining, numeric = [], [], _sure_numbers(table.drop(columns=corrected))
    for name in table.columns:
        if name in corrections.drop:
            column = ON_REQUEST
        elif name in numeric:
            column = numeric[name]
            account.remarks += map(str, ask_each([ask_sentinels], name, table[name].to_numpy(np.float64)))
        else:
            kind = corrections.kind(name)
            reading = find_reading(table[name], name, kind, corrections.words(name))
            if reading != Reading():
                account.remarks += [f"`{name}`: {reading.note}"] * bool(reading.note)
                table[name] = _plain_cells(table[name], name, reading)
                kind = kind or ("number" if reading.written else "date" if reading.dates else None)
            fitted = fit_column(name, table[name], kind)
            account.remarks += map(str, ask_each([ask_cells], table[name], fitted, kind))
            column = _features(fitted, table[name])
        (remaining if isinstance(column, str) else columns).append(
            f"`{name}`, {column}" if isinstance(column, str) else column
        )
    account.see("columns", remaining)
    if not columns:
        account.remarks.append(IDENTITY_NOTE)
        return Nodes(identity_features(len(table)), y, classes, parts, table, None, account)
    columns = NodeColumns(tuple(columns))
    return Nodes(columns.encode(table), y, classes, parts, table, columns, account)


def _plain_cells(cells: pd.Series, name: str, reading: Reading) -> pd.Series:
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
    is_number = (low < high) & (high - low + 1 < len(table)) & (np.maximum(-low, high) <= HUGE)
    means = zip(table.columns[is_number].tolist(), values[is_number], values[is_number].mean(1).tolist())
    return {name: NodeColumn(name, mean=mean) for name, cells, mean in means if find_number_form(cells) is None}


def _features(column: Column, cells: pd.Series) -> NodeColumn | str:
    """The features of a column, or why it has none."""
    name, missing = column.name, bool(cells.isna().any())
    if isinstance(column, Ignored):
        return column.why
    if isinstance(column, Constant):
        return "the same everywhere"
    if isinstance(column, Number):
        return NodeColumn(name, missing=missing, mean=float(np.nanmean(numbers(cells, name))))
    if isinstance(column, Labels):
        labels = tuple(dict.fromkeys(label_texts(column.labels)))
        return NodeColumn(name, labels[1:] if column.kind == "boolean" else labels, bool(column.rare), missing)
    return "a date: give a number, such as the days since another"
