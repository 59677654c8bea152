"""Features of nodes, from the columns of a table, that mean the same on every graph.

    a number        its value, the mean of training where it is missing, and 1 in a column more where it was missing
    a category      1 in the column of its label; labels that were never or seldom seen share one, where there are any

The reader of the table decides whether a column is a number or a category.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch

from ...core.errors import DataError
from ...core.graph import Graph, from_edges
from ...core.limits import require_size
from ...kinds.values.cells import read_numbers
from ...kinds.values.labels import label_texts
from ...kinds.values.reading import blank, find_reading
from ..networks.features import Features, SparseRows, as_features

IDENTITY_NOTE, DEGREE_NOTE = (
    "nodes have no features: each is its own",
    "nodes have no features: their degree stands in, one-hot",
)
WIDE = 512  # features, numbers among them, from which on a table that is mostly zeros is kept sparse


@dataclass(frozen=True)
class NodeColumn:
    """The encoding of a column of nodes.

    Args:
        name: Name of the column.
        labels: Labels of a category, as text, () for a number, whose mean then fills cells that miss it.
        others: whether labels beyond `labels` have a column.
        missing: whether empty cells have one.
    """

    name: str
    labels: tuple[str, ...] = ()
    others: bool = False
    missing: bool = False
    mean: float = 0.0

    @property
    def features(self) -> list[str]:
        known = [f"{self.name} = {label}" for label in self.labels] if self.labels else [self.name]
        return known + [f"{self.name} = other"] * self.others + [f"{self.name} missing"] * self.missing

    def entries(self, cells: pd.Series) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Finds the numbers other than zero of cells: row, feature and value of each."""
        is_missing, width = cells.isna().to_numpy(), len(self.features)
        missing_nodes = np.flatnonzero(is_missing) if self.missing else np.zeros(0, np.int64)
        if self.labels:
            codes = pd.Index(self.labels).get_indexer(label_texts(cells))
            codes = np.where(codes < 0, len(self.labels) if self.others else -1, codes)
            row = np.flatnonzero(~is_missing & (codes >= 0))
            feature, value = codes[row], np.ones(len(row))
        else:
            value = numbers(cells, self.name)
            value = np.where(is_missing, self.mean, value)
            row = np.arange(len(value))
            feature = np.zeros(len(value), np.int64)
        rows = np.concatenate([row, missing_nodes])
        features = np.concatenate([feature, np.full(len(missing_nodes), width - 1)])
        return rows, features, np.concatenate([value, np.ones(len(missing_nodes))])


@dataclass(frozen=True)
class NodeColumns:
    columns: tuple[NodeColumn, ...]

    @property
    def features(self) -> list[str]:
        return [name for column in self.columns for name in column.features]

    def encode(self, table: pd.DataFrame) -> Features:
        """Encodes a table as features (N, features). Categories alone stay sparse, and from WIDE features on all that
        are mostly zeros. Raises DataError where a column is missing, or holds words for numbers."""
        missing_names = [column.name for column in self.columns if column.name not in table.columns]
        if missing_names:
            raise DataError(
                f"the nodes have no column '{missing_names[0]}', which training had: add it, empty where it is "
                "not known"
            )
        parts, plain, begin, dtypes = [], {}, 0, dict(zip(table.columns, table.dtypes))
        for column in self.columns:
            if not column.labels and not column.missing and dtypes[column.name] in (np.int64, np.float64):
                plain[column.name] = begin
            else:
                row, feature, value = column.entries(table[column.name])
                parts.append((row, feature + begin, value))
            begin += len(column.features)
        row, feature, value = (
            (np.concatenate(arrays) for arrays in zip(*parts)) if parts else (np.zeros(0, np.int64),) * 3
        )
        if all(column.labels for column in self.columns):
            weight = torch.tensor(value, dtype=torch.float32)
            return SparseRows(from_edges(torch.tensor(feature), torch.tensor(row), len(table), weight, columns=begin))
        require_size(f"a table of {len(table):,} nodes and {begin:,} features", 4 * len(table) * begin)
        x = np.zeros((len(table), begin), np.float32)
        x[row, feature] = value
        if plain:
            x[:, list(plain.values())] = self._filled(table[list(plain)])
        return as_features(torch.from_numpy(x)) if begin >= WIDE else torch.from_numpy(x)

    def _filled(self, table: pd.DataFrame) -> np.ndarray:
        """(N, columns) of numbers alone, the mean of each where a cell is missing."""
        values = table.to_numpy(np.float64)
        if np.isfinite(values).all():
            return values
        means = {column.name: column.mean for column in self.columns}
        filled_columns = [np.where(np.isnan(v := numbers(table[name], name)), means[name], v) for name in table.columns]
        return np.stack(filled_columns, 1)

    def to_json(self) -> list[dict]:
        return [vars(column) for column in self.columns]

    @classmethod
    def from_json(cls, record: list[dict]) -> "NodeColumns":
        return cls(tuple(NodeColumn(**{**column, "labels": tuple(column["labels"])}) for column in record))


def one_hot(name: str, values: np.ndarray) -> NodeColumns:
    """Encodes whole numbers, values (N,) int, as a single category with one feature a value."""
    return NodeColumns((NodeColumn(name, tuple(str(value) for value in np.unique(values))),))


def identity_features(nodes: int) -> Features:
    """Returns the identity (nodes, nodes) as features, where nothing else is known of nodes."""
    return SparseRows(Graph(torch.arange(nodes + 1), torch.arange(nodes), nodes))


def numbers(cells: pd.Series, name: str) -> np.ndarray:
    """Converts cells to numbers (n,) float64, NaN where missing, however they are written. Raises DataError for words
    and infinity."""
    reading = find_reading(cells, name, "number")
    return read_numbers(blank(cells, reading.missing), name, reading.written)
