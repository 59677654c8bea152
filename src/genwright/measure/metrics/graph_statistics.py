"""Statistics by which graphs are compared (You 2018, GraphRNN; Liao 2019, GRAN): histograms of degrees, clustering and
eigenvalues of the normalised Laplacian, and how often a node is in each place of a subgraph of four.

adjacency: (m, m) of 0 and 1, symmetric, without a diagonal.
"""

from collections.abc import Callable, Sequence

import numpy as np

from .graph_orbits import orbits

BINS, SPECTRUM_BINS = 100, 200  # of clustering in [0, 1], and of eigenvalues in [-1e-5, 2]


def degrees(adjacency: np.ndarray) -> np.ndarray:
    """(m,) share of nodes of each degree 0 .. m - 1."""
    return _shares(np.bincount(adjacency.sum(1).astype(int), minlength=len(adjacency)))


def clustering(adjacency: np.ndarray) -> np.ndarray:
    """(BINS,) share of nodes by how many of their pairs of neighbours are joined (Watts & Strogatz 1998)."""
    degree = adjacency.sum(1)
    closed = np.einsum("ij,jk,ki->i", adjacency, adjacency, adjacency, optimize=True)
    share = np.divide(closed, degree * (degree - 1), out=np.zeros(len(degree)), where=degree > 1)
    return _shares(np.histogram(share, bins=BINS, range=(0.0, 1.0))[0])


def spectrum(adjacency: np.ndarray) -> np.ndarray:
    """(SPECTRUM_BINS,) share of the eigenvalues of 1 - D^-1/2 A D^-1/2, where nodes without an edge have a row of 0."""
    degree = adjacency.sum(1)
    root = np.divide(1.0, np.sqrt(degree), out=np.zeros(len(degree)), where=degree > 0)
    laplacian = np.diag((degree > 0).astype(float)) - root[:, None] * adjacency * root
    values = np.linalg.eigvalsh(laplacian).clip(0.0, 2.0)  # where they lie, but for rounding, which must not lose one
    return _shares(np.histogram(values, bins=SPECTRUM_BINS, range=(-1e-5, 2.0))[0])


def mean_orbits(adjacency: np.ndarray) -> np.ndarray:
    """(15,) mean over nodes of the counts of `orbits`, as they are: they grow with the graph."""
    return orbits(adjacency).mean(0)


def histograms(adjacencies: Sequence[np.ndarray], of: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """(n, bins): `of` each graph, with zeros behind where others have more bins."""
    found = [of(adjacency) for adjacency in adjacencies]
    wide = max(map(len, found))
    return np.stack([np.pad(row, (0, wide - len(row))) for row in found])


def _shares(counts: np.ndarray) -> np.ndarray:
    return counts / max(counts.sum(), 1)
