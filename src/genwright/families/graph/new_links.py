"""The likeliest pairs of nodes that no edge joins, in blocks of memory that do not grow with the graph."""

from collections.abc import Callable, Iterator

import numpy as np
import torch
from torch import Tensor

from ...core.graph import Graph, as_scipy

MOST = 1 << 27  # pairs of nodes that are all scored
CELLS = 1 << 22  # numbers of rows held at a time


def likeliest_pairs(score: Callable[[Tensor], Tensor], graph: Graph, n: int, most: int = MOST) -> Tensor:
    """(n, 2) int64 of the pairs without an edge that score highest, best first; fewer where there are not so many.

    Rows of pairs are scored in blocks. With more than `most` pairs, only nodes at most three edges apart are scored.

    Args:
        score: pairs (m, 2) -> (m,).
        graph: undirected.
        n: of pairs.
        most: of pairs that are scored whatever their distance.
    """
    best, value = torch.zeros(0, 2, dtype=torch.long), torch.zeros(0)
    for pairs in _candidates(graph, graph.rows**2 // 2 > most):
        scores = score(pairs).double()
        pairs, value = torch.cat([best, pairs]), torch.cat([value.to(scores), scores])
        order = value.sort(descending=True, stable=True).indices[:n]
        best, value = pairs[order], value[order]
    return best


def _candidates(graph: Graph, near: bool) -> Iterator[Tensor]:
    """Pairs u < v without an edge, in blocks. near: only those at most three edges apart."""
    from scipy.sparse import csr_matrix

    a = csr_matrix(as_scipy(graph.with_weight(None)), dtype=bool)
    steps = np.diff(a.indptr).astype(float)
    reach = a @ (a @ steps) + a @ steps + 1 if near else np.full(graph.rows, float(graph.rows))
    for rows in blocks_of(np.minimum(reach, graph.rows)):
        if near:
            two = a[rows] @ a
            there = ((two @ a) + two).tocoo()
            u, v = there.row + rows.start, there.col
            joined = np.asarray(a[u, v]).ravel().astype(bool)
        else:
            u, v = (ends.ravel() for ends in np.mgrid[rows, 0 : graph.rows])
            joined = a[rows].toarray().ravel()
        yield torch.from_numpy(np.stack([u, v], 1)[(u < v) & ~joined].astype(np.int64))


def blocks_of(costs: np.ndarray) -> Iterator[slice]:
    """Slices of rows that hold CELLS numbers together, or one row. costs: (n,) numbers of each row."""
    begins = np.flatnonzero(np.diff(np.cumsum(costs) // CELLS, prepend=-1))
    for begin, end in zip(begins, [*begins[1:], len(costs)]):
        yield slice(int(begin), int(end))
