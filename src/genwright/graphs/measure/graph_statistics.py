"""Statistics by which sets of graphs are compared (You 2018, GraphRNN; Liao 2019, GRAN): histograms of degrees,
clustering and eigenvalues of the normalised Laplacian, and how often a node is in each place of a subgraph of four.

adjacency: (m, m) of 0 and 1, symmetric, without a diagonal.

The 15 orbits of connected graphs of two to four nodes (Przulj 2007) are counted exactly, from products of the adjacency
matrix:

     0            an edge
     1,  2        path of three: end, middle
     3            triangle
     4,  5        path of four: end, middle
     6,  7        star of four: leaf, centre
     8            ring of four
     9, 10, 11    triangle with a tail: end of the tail, of the base, where the tail hangs
    12, 13        two triangles on an edge: tip, end of that edge
    14            four nodes, all joined

All subgraphs of a kind are counted first, with whatever other edges there are among their nodes; then, the densest
first, those that are part of a denser kind are taken away, as many times as one is in the other.

Two sets of histograms are compared by the squared maximum mean discrepancy (Gretton 2012), as graph generation measures
it:

    MMD^2 = mean k(x, x') - 2 mean k(x, y) + mean k(y, y'),   over all pairs, those of an item with itself included

    earth mover's    k = exp(-d^2 / 2 s^2),  d = |CDF - CDF'|_1 times the width of a bin     (You 2018)
    total variation  k = exp(-d^2 / 2 s^2),  d = 1/2 |p - p'|_1                              (Liao 2019)
    Gaussian         k = exp(-d^2 / 2 s^2),  d = |p - p'|_2, of numbers that need be no histogram

The first two are not positive definite for certain, so that the number may be below 0; it stays so. Numbers of
different kernels cannot stand in one table.

For people to look at, each graph has a nearest one among others; no metric stands on it.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from scipy.spatial.distance import cdist

from ...core.packages import nx
from ...measure.intervals import halves_se, numpy_generator
from ..kinds.plain_graphs import Kinds

ORBITS = 15


def orbits(adjacency: np.ndarray) -> np.ndarray:
    """Counts how often each node of a graph is in each place of a subgraph of four: (m, 15), whole numbers in float64.

    Args:
        adjacency: (m, m) of 0 and 1, symmetric, without a diagonal.
    """
    a = adjacency.astype(np.float64)
    d = a.sum(1)
    paths = a @ a  # of two edges, between two nodes
    closing = a * paths  # triangles on an edge
    t = closing.sum(1) / 2  # triangles at a node
    pairs = lambda n: n * (n - 1) / 2
    onward = a @ (d - 1)

    o = np.zeros((len(a), ORBITS))
    o[:, 0], o[:, 3] = d, t
    o[:, 1], o[:, 2] = onward - 2 * t, pairs(d) - t
    o[:, 14] = k = _all_joined(a)
    o[:, 13] = (a * pairs(paths)).sum(1) - 3 * k
    o[:, 12] = ((a @ (a * (paths - 1))) * a).sum(1) / 2 - 3 * k
    unjoined = pairs(paths)
    np.fill_diagonal(unjoined, 0)
    o[:, 8] = unjoined.sum(1) - o[:, 12] - o[:, 13] - 3 * k
    o[:, 11] = t * (d - 2) - 2 * o[:, 13] - 3 * k
    o[:, 10] = closing @ (d - 2) - 2 * o[:, 13] - 2 * o[:, 12] - 6 * k
    o[:, 9] = a @ t - 2 * t - 2 * o[:, 12] - 3 * k
    o[:, 7] = d * (d - 1) * (d - 2) / 6 - o[:, 11] - o[:, 13] - k
    o[:, 6] = a @ pairs(d - 1) - o[:, 9] - o[:, 10] - 2 * o[:, 12] - o[:, 13] - 3 * k
    paths_within = (d - 1) * onward - 2 * t
    o[:, 5] = _subtract_denser(paths_within, o, {8: 2, 10: 1, 11: 2, 12: 2, 13: 4, 14: 6})
    o[:, 4] = _subtract_denser(a @ onward - d * (d - 1) - 2 * t, o, {8: 2, 9: 2, 10: 1, 12: 4, 13: 2, 14: 6})
    return o


def _all_joined(a: np.ndarray) -> np.ndarray:
    """(m,) triangles among the neighbours of each node."""
    triangles = np.zeros(len(a))
    for node, neighbours in enumerate(a.astype(bool)):
        joined_adjacency = a[np.ix_(neighbours, neighbours)]
        triangles[node] = ((joined_adjacency @ joined_adjacency) * joined_adjacency).sum() / 6
    return triangles


def _subtract_denser(count: np.ndarray, o: np.ndarray, denser: dict[int, int]) -> np.ndarray:
    return count - sum(times * o[:, orbit] for orbit, times in denser.items())


BINS, SPECTRUM_BINS = 100, 200  # of clustering in [0, 1], and of eigenvalues in [-1e-5, 2]


def degrees(adjacency: np.ndarray) -> np.ndarray:
    """Computes the share of nodes of each degree 0 .. m - 1: (m,)."""
    return _shares(np.bincount(adjacency.sum(1).astype(int), minlength=len(adjacency)))


def clustering(adjacency: np.ndarray) -> np.ndarray:
    """Computes the histogram (BINS,) of clustering coefficients: how many of a node's pairs of neighbours are joined
    (Watts & Strogatz 1998)."""
    degree = adjacency.sum(1)
    closed = np.einsum("ij,jk,ki->i", adjacency, adjacency, adjacency, optimize=True)
    share = np.divide(closed, degree * (degree - 1), out=np.zeros(len(degree)), where=degree > 1)
    return _shares(np.histogram(share, bins=BINS, range=(0.0, 1.0))[0])


def spectrum(adjacency: np.ndarray) -> np.ndarray:
    """Computes the histogram (SPECTRUM_BINS,) of the eigenvalues of 1 - D^-1/2 A D^-1/2, where nodes without an edge
    have a row of 0."""
    degree = adjacency.sum(1)
    root = np.divide(1.0, np.sqrt(degree), out=np.zeros(len(degree)), where=degree > 0)
    laplacian = np.diag((degree > 0).astype(float)) - root[:, None] * adjacency * root
    values = np.linalg.eigvalsh(laplacian).clip(0.0, 2.0)  # where they lie, but for rounding, which must not lose one
    return _shares(np.histogram(values, bins=SPECTRUM_BINS, range=(-1e-5, 2.0))[0])


def mean_orbits(adjacency: np.ndarray) -> np.ndarray:
    """Averages the counts of `orbits` over nodes: (15,). They grow with the graph."""
    return orbits(adjacency).mean(0)


def histograms(adjacencies: Sequence[np.ndarray], of: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """Computes a statistic `of` each graph: (n, bins), with zeros behind where others have more bins."""
    counts = [of(adjacency) for adjacency in adjacencies]
    longest_counts = max(map(len, counts))
    return np.stack([np.pad(row, (0, longest_counts - len(row))) for row in counts])


def _shares(counts: np.ndarray) -> np.ndarray:
    return counts / max(counts.sum(), 1)


def nearest_graphs(graphs: Sequence[Any], candidates: Sequence[Any], nodes: Kinds, edges: Kinds) -> np.ndarray:
    """Finds the nearest of other graphs to each graph: (n,) its number, the first of those that are as near.

    Args:
        graphs: n graphs.
        candidates: to search.
        nodes: kinds of nodes.
        edges: kinds of edges.
    """
    all_graphs = [*graphs, *candidates]
    adjacencies = [nx.to_numpy_array(graph, weight=None) for graph in all_graphs]
    mean = max(np.mean([adjacency.sum(1).mean() for adjacency in adjacencies]), 1e-9)
    parts = [
        histograms(adjacencies, statistic).cumsum(1) * width
        for statistic, width in ((degrees, 1 / mean), (clustering, 1 / BINS), (spectrum, 2 / SPECTRUM_BINS))
    ]
    parts.append(
        _kind_shares([[attributes for _, attributes in graph.nodes.data()] for graph in all_graphs], nodes) / 2
    )
    parts.append(
        _kind_shares([[attributes for *_, attributes in graph.edges.data()] for graph in all_graphs], edges) / 2
    )
    rows = np.concatenate(parts, 1)
    graph_rows, train_rows = rows[: len(graphs)], rows[len(graphs) :]
    return np.array([np.abs(train_rows - row).sum(1).argmin() for row in graph_rows], int)


def _kind_shares(graphs: Sequence[Sequence[dict]], kinds: Kinds) -> np.ndarray:
    """(n, k) of the nodes, or edges, of each graph that are of each kind; zeros where all are alike."""
    counts = np.zeros((len(graphs), kinds.k))
    for row, kind_count in zip(counts, graphs if kinds else ()):
        for attributes in kind_count:
            row[kinds.codes[attributes[kinds.name]]] += 1
    return counts / np.maximum(counts.sum(1, keepdims=True), 1)


def earth_movers(p: np.ndarray, scale: float, width: float = 1.0) -> np.ndarray:
    """Computes the Gaussian kernel (n, n) of histograms by the earth mover's distance.

    Args:
        p: (n, bins) histograms.
        scale: width of the kernel.
        width: Width of a bin.
    """
    return _gaussian(width * cdist(p.cumsum(1), p.cumsum(1), "cityblock"), scale)


def total_variation(p: np.ndarray, scale: float) -> np.ndarray:
    """Computes the Gaussian kernel (n, n) of histograms p (n, bins) by total variation."""
    return _gaussian(0.5 * cdist(p, p, "cityblock"), scale)


def gaussian(p: np.ndarray, scale: float) -> np.ndarray:
    """Computes the Gaussian kernel (n, n) of vectors p (n, numbers)."""
    return _gaussian(cdist(p, p), scale)


def discrepancy(kernel: np.ndarray, samples: int, *seed: int | str) -> tuple[float, float]:
    """Computes MMD^2 and its standard error by random halves.

    Args:
        kernel: (n, n) of all items, of which the first are samples.
        samples: Generated items.
        seed: Seed of the random numbers.
    """
    statistic, sizes = _discrepancy_function(kernel, samples), (samples, len(kernel) - samples)
    return statistic(*map(np.arange, sizes)), float(halves_se(statistic, sizes, numpy_generator("mmd", *seed)))


def discrepancy_own(kernel: np.ndarray, samples: int, *seed: int | str) -> float:
    """Estimates the part of the error of MMD^2 that remains where the other items stay the same: by random halves of
    the samples alone."""
    statistic, training_numbers = _discrepancy_function(kernel, samples), np.arange(len(kernel) - samples)
    return float(halves_se(lambda i: statistic(i, training_numbers), (samples,), numpy_generator("mmd, own", *seed)))


def discrepancy_items(kernel: np.ndarray, samples: int) -> np.ndarray:
    """Computes the influence values (m,) of the items that are no samples on MMD^2; their mean is MMD^2."""
    pull = 2 * (kernel[samples:, samples:].mean(1) - kernel[samples:, :samples].mean(1))
    return _discrepancy_function(kernel, samples)(*map(np.arange, (samples, len(pull)))) + pull - pull.mean()


def _discrepancy_function(kernel: np.ndarray, samples: int) -> Callable[[np.ndarray, np.ndarray], float]:
    """MMD^2 of some samples and some other items, by their numbers."""

    def discrepancy_between(i: np.ndarray, j: np.ndarray) -> float:
        j = j + samples
        own_similarity = kernel[np.ix_(i, i)].mean() + kernel[np.ix_(j, j)].mean()
        return float(own_similarity - 2 * kernel[np.ix_(i, j)].mean())

    return discrepancy_between


def _gaussian(distance: np.ndarray, scale: float) -> np.ndarray:
    return np.exp(-(distance**2) / (2 * scale**2))
