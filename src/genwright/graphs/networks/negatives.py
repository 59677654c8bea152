"""Pairs of nodes without an edge, for a model of links to tell from those with one, and to find the likeliest among.

easy: u and v uniform
hard: in equal parts, v two steps of a random walk away from u, and v in proportion to its degree, as the ends of edges
are
"""

from collections.abc import Callable, Iterator

import numpy as np
import torch
from torch import Tensor

from ...core.draws import Draws
from ...core.errors import DataError
from ...core.graph import Graph, as_scipy, from_edges, is_undirected

MOST_PAIRS = 1 << 27  # pairs of nodes that are all scored
CELLS = 1 << 22  # numbers of rows held at a time
ROUNDS = 20  # times that pairs which are edges, or were drawn before, are drawn again


def pair_keys(pairs: Tensor, nodes: int) -> Tensor:
    """Computes one number for {u, v} in either order, (n,) int64, from pairs (n, 2)."""
    return pairs.amin(1) * nodes + pairs.amax(1)


def pairs_of(graph: Graph) -> Tensor:
    """Finds the pairs u < v (n, 2) int64 that an edge joins in either direction, once each, without loops."""
    ends = graph.edge_index().T
    keys = pair_keys(ends[ends[:, 0] != ends[:, 1]], graph.rows).unique()
    return torch.stack([keys // max(graph.rows, 1), keys % max(graph.rows, 1)], 1)


def graph_of(pairs: Tensor, nodes: int) -> Graph:
    """Builds the graph with both directions of each pair (n, 2)."""
    return from_edges(torch.cat([pairs[:, 0], pairs[:, 1]]), torch.cat([pairs[:, 1], pairs[:, 0]]), nodes).with_weight(
        None
    )


def walk_step(graph: Graph, nodes: Tensor, rng: Draws) -> Tensor:
    """Takes one step of a random walk from each node, back along an edge that arrives; a node without one stays.

    Args:
        graph: square.
        nodes: (n,) int64 nodes.
        rng: random numbers.
    """
    degree = graph.degree[nodes]
    moves = torch.nonzero(degree > 0).flatten()
    edge_offsets = (rng.uniform(len(moves), dtype=torch.double) * degree[moves]).long()
    next_nodes = nodes.clone()
    next_nodes[moves] = graph.source[graph.ptr[nodes[moves]] + edge_offsets]
    return next_nodes


class NonEdges:
    """Draws pairs {u, v} that are no edge of an undirected graph.

    Raises DataError where there is no such pair.

    Args:
        graph: The graph.
        starts, ends: (m,) int64 nodes that u and v are drawn from, starts being some of the ends; all nodes by
            default.
    """

    def __init__(self, graph: Graph, starts: Tensor | None = None, ends: Tensor | None = None):
        everyone = torch.arange(graph.rows, device=graph.ptr.device)
        self.graph, self.starts, self.ends = (
            graph,
            everyone if starts is None else starts,
            everyone if ends is None else ends,
        )
        pairs = pairs_of(graph)
        self.edges = pair_keys(pairs, graph.rows)  # ascending
        begins, stops = (
            torch.zeros_like(everyone, dtype=torch.bool).index_fill_(0, nodes, True)
            for nodes in (self.starts, self.ends)
        )
        linked = int((begins[pairs].any(1) & stops[pairs].all(1)).sum())
        m = len(self.starts)
        if m * (m - 1) // 2 + m * (len(self.ends) - m) <= linked:
            raise DataError("every two nodes are linked: there is no pair without an edge to tell links from")

    def easy(self, n: int, rng: Draws) -> Tensor:
        """Samples pairs (n, 2) int64 without an edge."""
        pairs = self.edges.new_zeros(0, 2)
        while len(pairs) < n:
            count = 2 * (n - len(pairs))
            pairs = torch.cat(
                [pairs, self._free(torch.stack([pick(self.starts, count, rng), pick(self.ends, count, rng)], 1))]
            )
        return pairs[:n]

    def hard(self, n: int, rng: Draws) -> Tensor:
        """Samples hard negative pairs (n, 2) int64: pairs without an edge whose nodes are near or popular."""
        halves = []
        for draw, count in ((self._two_steps, n // 2), (self._popular, n - n // 2)):
            pairs = self.edges.new_zeros(0, 2)
            for _ in range(ROUNDS):
                if len(pairs) < count:
                    pairs = torch.cat([pairs, self._free(draw(2 * (count - len(pairs)), rng))])[:count]
            halves += [pairs, self.easy(count - len(pairs), rng)]
        return torch.cat(halves)

    def distinct(self, n: int, draw: Callable[[int, Draws], Tensor], rng: Draws) -> Tensor:
        """Samples pairs (n', 2) without repeats. n' is n unless hardly so many pairs exist.

        Args:
            n: Number of pairs.
            draw: `self.easy` or `self.hard`.
            rng: Random numbers.
        """
        pairs = self.edges.new_zeros(0, 2)
        for _ in range(ROUNDS):
            pairs = torch.cat([pairs, draw(2 * (n - len(pairs)), rng)])
            _, group = pair_keys(pairs, self.graph.rows).unique(return_inverse=True)
            first = torch.full_like(group, len(pairs)).scatter_reduce(
                0, group, torch.arange(len(pairs), device=group.device), "amin"
            )
            pairs = pairs[first[first < len(pairs)].sort().values]
        return pairs[rng.permutation(len(pairs))[:n]]

    def _free(self, pairs: Tensor) -> Tensor:
        are_edges = is_member(pair_keys(pairs, self.graph.rows), self.edges)
        return pairs[(pairs[:, 0] != pairs[:, 1]) & ~are_edges]

    def _two_steps(self, n: int, rng: Draws) -> Tensor:
        start = pick(self.starts, n, rng)
        return torch.stack([start, walk_step(self.graph, walk_step(self.graph, start, rng), rng)], 1)

    def _popular(self, n: int, rng: Draws) -> Tensor:
        popular = self.graph.source if self.graph.edges else self.ends
        return torch.stack([pick(self.starts, n, rng), pick(popular, n, rng)], 1)


def pick(nodes: Tensor, n: int, rng: Draws) -> Tensor:
    """Samples nodes (n,) with replacement.

    Args:
        nodes: (m,) to sample from.
        n: number of samples.
        rng: random numbers.
    """
    return nodes[rng.integers(len(nodes), (n,))]


def is_member(keys: Tensor, ascending: Tensor) -> Tensor:
    """Tells whether each of keys (n,) is in `ascending` (m,): (n,) bool."""
    if not len(ascending):
        return torch.zeros_like(keys, dtype=torch.bool)
    return ascending[torch.searchsorted(ascending, keys).clamp(max=len(ascending) - 1)] == keys


def likeliest_pairs(score: Callable[[Tensor], Tensor], graph: Graph, n: int, most_pairs: int = MOST_PAIRS) -> Tensor:
    """Finds the pairs without an edge that score highest.

    (n, 2) int64 of the pairs without an edge that score highest, best first; fewer where there are not so many. In a
    directed graph they are ordered, from sender to receiver.

    Rows of pairs are scored in blocks. With more than `most_pairs` pairs, only nodes at most three edges apart are
    scored.

    Args:
        score: pairs (m, 2) -> (m,).
        graph: The graph.
        n: of pairs.
        most_pairs: Most pairs of pairs that are scored whatever their distance.
    """
    best, value = torch.zeros(0, 2, dtype=torch.long), torch.zeros(0)
    for pairs in _candidates(graph, graph.rows**2 // 2 > most_pairs):
        scores = score(pairs).double()
        pairs, value = torch.cat([best, pairs]), torch.cat([value.to(scores), scores])
        order = value.sort(descending=True, stable=True).indices[:n]
        best, value = pairs[order], value[order]
    return best


def _candidates(graph: Graph, near: bool) -> Iterator[Tensor]:
    """Pairs u -> v without an edge, in blocks; u < v in an undirected graph. near: only those at most three edges
    apart, in any direction."""
    from scipy.sparse import csr_matrix

    out = csr_matrix(as_scipy(graph.with_weight(None)).T, dtype=bool)
    is_directed = not is_undirected(graph.with_weight(None))
    a = csr_matrix(out + out.T) if is_directed else out
    steps = np.diff(a.indptr).astype(float)
    reach = a @ (a @ steps) + a @ steps + 1 if near else np.full(graph.rows, float(graph.rows))
    for rows in blocks_of(np.minimum(reach, graph.rows)):
        if near:
            two = a[rows] @ a
            reached_pairs = ((two @ a) + two + a[rows]).tocoo()
            u, v = reached_pairs.row + rows.start, reached_pairs.col
            is_joined = np.asarray(out[u, v]).ravel().astype(bool)
        else:
            u, v = (ends.ravel() for ends in np.mgrid[rows, 0 : graph.rows])
            is_joined = out[rows].toarray().ravel()
        wanted = (u != v) if is_directed else (u < v)
        yield torch.from_numpy(np.stack([u, v], 1)[wanted & ~is_joined].astype(np.int64))


def blocks_of(costs: np.ndarray) -> Iterator[slice]:
    """Splits rows into slices that hold CELLS numbers together, or one row.

    Args:
        costs: (n,) numbers of each row.
    """
    begins = np.flatnonzero(np.diff(np.cumsum(costs) // CELLS, prepend=-1))
    for begin, end in zip(begins, [*begins[1:], len(costs)]):
        yield slice(int(begin), int(end))
