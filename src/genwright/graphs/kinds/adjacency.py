"""An adjacency matrix as a table: the names of nodes above and, in any order, on the left. Between them stands the
weight of the edge from the node on the left to the node above; 0 or nothing where there is none. Without names, nodes
are numbered, and the matrix is symmetric.

Every table is looked at, so what needs torch is imported for square ones alone.
"""

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from ...core.account import Account
from ...kinds.values.frames import UNNAMED
from ...kinds.values.labels import label_texts
from ...kinds.values.reading import find_numbers

if TYPE_CHECKING:
    from .graph_data import GraphData

FEWEST = 3  # nodes
MOST_FILLED = (
    0.5  # largest share of joined pairs, and of nodes joined to themselves: distances and confusions fill more
)


class Matrix(NamedTuple):
    """An adjacency matrix read from a table.

    Args:
        names: Names of the nodes.
        weights: (n, n), 0 where there is no edge.
        note: which way edges run.
    """

    names: list
    weights: np.ndarray
    note: str

    @property
    def learnable(self) -> bool:
        """Whether links can be learned: some pairs have no edge, and no weight is negative."""
        return self.weights.min() >= 0 and self._pairs < self._cells

    @property
    def sure(self) -> bool:
        """Whether the table can hardly be anything else."""
        loops = np.count_nonzero(np.diag(self.weights))
        return self.learnable and self._pairs <= MOST_FILLED * self._cells and loops <= MOST_FILLED * len(self.names)

    @property
    def _pairs(self) -> int:
        """Number of ordered pairs of different nodes that an edge joins."""
        return np.count_nonzero(self.weights) - np.count_nonzero(np.diag(self.weights))

    @property
    def _cells(self) -> int:
        return len(self.names) * (len(self.names) - 1)

    def edges(self) -> pd.DataFrame:
        """Lists the edges as a table: source, target, and weight where any is not 1. An edge that runs both ways has
        two rows."""
        from .graph_data import without_ones

        source, target = np.nonzero(self.weights)
        names = pd.Series(self.names, dtype=object)
        ends = {"source": names.take(source).array, "target": names.take(target).array}
        weight = without_ones(self.weights[source, target])
        return pd.DataFrame(ends | ({} if weight is None else {"weight": weight})).infer_objects()

    def graph(self, name: str, account: Account) -> "GraphData":
        """Builds the graph of the matrix, in which each node is its own feature.

        Args:
            account: Account of the table.
        """
        from .graph_data import GraphData, graph_of, without_ones
        from .node_columns import IDENTITY_NOTE, identity_features

        source, target = np.nonzero(self.weights)
        weight, nodes = without_ones(self.weights[source, target]), len(self.names)
        graph, merged = graph_of("the matrix", source, target, nodes, weight)
        account = Account(remarks=[IDENTITY_NOTE]) + account + Account(remarks=[self.note]) + merged
        return GraphData(name, graph, identity_features(nodes), names=self.names, account=account)


def find_matrix(table: pd.DataFrame) -> Matrix | None:
    """Reads a table as an adjacency matrix; None where it is none."""
    n = len(table)
    unnamed = FEWEST <= n == table.shape[1] and list(table.columns) == [f"x{j}" for j in range(n)]
    if unnamed:
        table = table.set_axis(range(n), axis=1).reset_index(names=UNNAMED)
    if n < FEWEST or table.shape[1] != n + 1 or table.iloc[:, 0].isna().any():
        return None

    row_names, column_names = (
        [name.strip() for name in label_texts(names)] for names in (table.iloc[:, 0], table.columns[1:])
    )
    if len(set(row_names)) < n or set(row_names) != set(column_names):
        return None
    cells = [find_numbers(table.iloc[:, j]) for j in range(1, n + 1)]
    if any(column is None for column in cells):
        return None
    order = pd.Index(row_names).get_indexer(column_names)
    known = np.stack(cells, 1)[order]
    weights, upper = np.nan_to_num(known), np.triu_indices(n, 1)
    halves = [np.isnan(triangle[upper]) for triangle in (known, known.T)]
    is_half = any(first_half.all() and not second_half.any() for first_half, second_half in (halves, halves[::-1]))
    if is_half:
        weights = np.where(np.isnan(known), weights.T, weights)
    if not weights.any() or (unnamed and not np.array_equal(weights, weights.T)):
        return None
    if not np.array_equal(weights, weights.T):
        note = "edges of the matrix run from the names on the left to those above"
    else:
        note = f"the matrix is {'half filled' if is_half else 'symmetric'}: its edges have no direction"
    return Matrix(table.iloc[order, 0].tolist(), weights, note)
